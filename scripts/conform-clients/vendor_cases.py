"""What the gateway sends to Anthropic and Gemini, and what it makes of their replies.

    python vendor_cases.py http://127.0.0.1:8787 anthropic|google_ai_studio

The gateway's providers `anthropic` and `google_ai_studio` must be vendor_anthropic.py and vendor_gemini.py: those refuse
a request that the vendor would refuse, which fails its case here. Asked through the chat completions with OpenAI's
package and through the Messages with Anthropic's, so that each vendor is met in its own dialect and in a foreign one.
"""

import json

import anthropic
import openai

import vendor_anthropic
import vendor_gemini
from cases import BASE_URL, HELLO, MODE, PLACE, SIMULATED, WEATHER, case, failure_of, run
from vendor_requests import MARK, OWN_REQUESTS, REQUESTS, TOOL, schema, user

VENDORS = {
    "anthropic": (
        vendor_anthropic,
        ("claude-opus-5-5", "claude-sonnet-5", "claude-opus-4-6", "claude-haiku-4-5", "claude-sonnet-4-20250514"),
    ),
    "google_ai_studio": (vendor_gemini, ("gemini-2.5-flash", "gemini-3.1-pro-preview")),
}
# Asked for nothing else, so that what fails on purpose leaves no other case without its provider.
SPARE = {"anthropic": "anthropic/claude-opus-4-5", "google_ai_studio": "google_ai_studio/gemini-2.5-flash-lite"}
# What a model can't do, as the catalogue and the adapters know: refused before anybody is asked.
REFUSED = {
    ("claude-opus-5-5", "recursive_schema"): "structured_output_not_supported",
    ("gemini-2.5-flash", "schema_and_tools"): "tools_with_structured_output_not_supported",
}

# Signed thinking goes to those alone who ask for it.
FEATURES = {"x-auriko-features": "reasoning-blocks"}
chat = openai.AsyncOpenAI(base_url=f"{BASE_URL}/v1", api_key="k", max_retries=0, default_headers=FEATURES)
messages_api = anthropic.AsyncAnthropic(base_url=BASE_URL, api_key="k", max_retries=0)


def ask(model, messages=HELLO, **fields):
    """All fields as they are: some are not among the package's arguments."""
    return chat.chat.completions.create(model=model, messages=messages, extra_body=fields)


async def stream(model, messages=HELLO, **fields):
    """The streamed reply put together: text, thoughts, calls, finish word."""
    whole = {"content": "", "reasoning": "", "signature": "", "calls": {}, "finish": None, "usage": None}
    async for chunk in await chat.chat.completions.create(
        model=model, messages=messages, stream=True, extra_body=fields
    ):
        whole["usage"] = chunk.usage or whole["usage"]
        for choice in chunk.choices:
            extra = choice.delta.model_extra or {}
            whole["content"] += choice.delta.content or ""
            whole["reasoning"] += extra.get("reasoning_content") or ""
            whole["signature"] += extra.get("reasoning_signature") or ""
            whole["finish"] = choice.finish_reason or whole["finish"]
            for call in choice.delta.tool_calls or []:
                entry = whole["calls"].setdefault(call.index, ["", ""])
                entry[0] += call.function.name or ""
                entry[1] += call.function.arguments or ""
    return whole


def request_case(vendor, model, name, request):
    async def check(_client):
        if (model, name) in REFUSED:
            error = await failure_of(lambda: ask(f"{vendor}/{model}", **request), openai.BadRequestError)
            assert error.code == REFUSED[model, name], error.body
            return
        reply = await ask(f"{vendor}/{model}", **request)
        message, streamed = reply.choices[0].message, await stream(f"{vendor}/{model}", **request)
        assert (message.content or "") == streamed["content"], (message, streamed)
        assert reply.choices[0].finish_reason == streamed["finish"], (reply, streamed)
        assert reply.usage.completion_tokens >= 12, reply.usage

    check.__name__ = f"{model}_{name}"
    case(vendor)(check)


def vendor_cases(vendor, script, models):
    for model in models:
        for name, request in {**REQUESTS, **OWN_REQUESTS.get(vendor, {})}.items():
            request_case(vendor, model, name, request)
    model = f"{vendor}/{models[-1] if vendor != 'anthropic' else 'claude-haiku-4-5'}"
    question = [{"role": "user", "content": "The weather?"}]

    def own(function):
        return case(vendor)(function)

    @own
    async def text_arrives_as_it_was_sent(_client):
        assert (await ask(model)).choices[0].message.content == script.TEXT
        assert (await stream(model))["content"] == script.TEXT

    @own
    async def thoughts_arrive_as_they_were_sent(_client):
        reply = await ask(model, reasoning_effort="low")
        streamed = await stream(model, reasoning_effort="low")
        assert reply.choices[0].message.reasoning_content == script.THOUGHT == streamed["reasoning"], streamed

    @own
    async def a_tool_loop_with_thinking(_client):
        fields = {"tools": [WEATHER], "reasoning_effort": "low"}
        first = await ask(model, question, **fields)
        message = first.choices[0].message
        [call] = message.tool_calls
        assert first.choices[0].finish_reason == "tool_calls", first
        assert json.loads(call.function.arguments) == {"city": "Paris", "days": 2}, call
        streamed = await stream(model, question, **fields)
        [[name, arguments]] = streamed["calls"].values()
        assert name == "weather" and json.loads(arguments) == {"city": "Paris", "days": 2}, streamed
        # Signatures of thoughts and calls must go back; the vendor checks them.
        answer = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
        second = await ask(model, [*question, message.model_dump(exclude_none=True), answer], **fields)
        assert second.choices[0].message.content == script.TEXT, second

    @own
    async def a_forced_tool(_client):
        choice = {"type": "function", "function": {"name": "weather"}}
        reply = await ask(model, tools=[TOOL, WEATHER], tool_choice=choice)
        assert reply.choices[0].message.tool_calls[0].function.name == "weather", reply

    @own
    async def an_answer_by_schema(_client):
        reply = await ask(model, **schema(PLACE))
        assert json.loads(reply.choices[0].message.content) == {"city": "Paris", "days": 2}, reply

    @own
    async def the_prompt_is_too_long(_client):
        failing = [{"role": "user", "content": "fail 400"}]
        error = await failure_of(lambda: ask(model, failing), openai.BadRequestError)
        assert error.code == "context_length_exceeded", error.body

    @own
    async def no_capacity(_client):
        failing = [{"role": "user", "content": "fail 429"}]
        error = await failure_of(lambda: ask(f"{vendor}/{models[0]}", failing), openai.InternalServerError)
        assert error.code == "no_provider_available" and error.response.headers["retry-after"] == "3", error.body

    @own
    async def another_provider_steps_in(_client):
        failing = [{"role": "user", "content": "fail 429"}]
        # OpenAI's package insists on a model, the gateway on one answer to the question which.
        fields = {
            "model": openai.omit,
            "gateway": {"models": [SPARE[vendor], "simulated"], "routing": {"mode": "fallback"}},
        }
        for request in (ask, stream):
            reply = await request(messages=failing, **fields)
            text = reply["content"] if request is stream else reply.choices[0].message.content
            assert text.startswith(SIMULATED), reply

    @own
    async def a_stream_that_breaks(_client):
        failing = [{"role": "user", "content": "cut"}]
        error = await failure_of(lambda: stream(f"{vendor}/{models[1]}", failing), openai.APIError)
        assert error.code == "upstream_error", error.body

    @own
    async def in_the_words_of_anthropic(_client):
        fields = {"model": model, "max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 1024}}
        tool = {"name": "weather", "input_schema": PLACE}
        plain = await messages_api.messages.create(**fields, messages=question, tools=[tool])
        async with messages_api.messages.stream(**fields, messages=question, tools=[tool]) as streaming:
            streamed = await streaming.get_final_message()
        for message in (plain, streamed):
            thought, call = message.content
            assert thought.thinking == script.THOUGHT and call.input == {"city": "Paris", "days": 2}, message
            result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
            turns = [
                *question,
                {"role": "assistant", "content": message.content},
                {"role": "user", "content": [result]},
            ]
            last = await messages_api.messages.create(**fields, messages=turns, tools=[tool])
            # Gemini signs texts too; that signature is a block of thinking without a text, after the text.
            assert [block.text for block in last.content if block.type == "text"] == [script.TEXT], last
            assert last.stop_reason == "end_turn", last


def anthropic_alone():
    @case("anthropic")
    async def parameters_that_it_does_not_have(_client):
        reply = await ask("anthropic/claude-haiku-4-5", frequency_penalty=0.5, logprobs=True)
        kinds = {(warning["type"], warning["message"].split("`")[1]) for warning in reply.routing_metadata["warnings"]}
        assert {("unsupported_parameter", name) for name in ("frequency_penalty", "logprobs")} <= kinds, kinds

    @case("anthropic")
    async def overloaded_before_the_first_word(_client):
        # An error right after the reply began: nobody was told anything yet, so another provider can be asked.
        failing = [{"role": "user", "content": "fail early"}]
        models = ["anthropic/claude-opus-4-8", "simulated"]
        reply = await stream(openai.omit, failing, gateway={"models": models, "routing": {"mode": "fallback"}})
        assert reply["content"].startswith(SIMULATED), reply

    @case("anthropic")
    async def an_error_in_the_stream(_client):
        failing = [{"role": "user", "content": "fail stream"}]
        error = await failure_of(lambda: stream("anthropic/claude-opus-4-6", failing), openai.APIError)
        assert error.code in ("upstream_error", "no_provider_available"), error.body

    @case("anthropic")
    async def cached_tokens(_client):
        marked = user({"type": "text", "text": "word " * 5000, **MARK})
        usage = (await ask("anthropic/claude-haiku-4-5", marked)).usage
        assert usage.prompt_tokens_details.cached_tokens == 100 and usage.prompt_tokens == 120, usage

    @case("anthropic")
    async def overloaded(_client):
        failing = [{"role": "user", "content": "fail 529"}]
        error = await failure_of(lambda: ask("anthropic/claude-opus-4-7", failing), openai.InternalServerError)
        assert error.code == "no_provider_available", error.body


def gemini_alone():
    @case("google_ai_studio")
    async def a_blocked_prompt(_client):
        blocked = [{"role": "user", "content": "blocked"}]
        [choice] = (await ask("google_ai_studio/gemini-2.5-pro", blocked)).choices
        assert choice.finish_reason == "content_filter" and not choice.message.content, choice
        assert (await stream("google_ai_studio/gemini-2.5-pro", blocked))["finish"] == "content_filter"


if __name__ == "__main__":
    vendor = MODE if MODE in VENDORS else "anthropic"
    vendor_cases(vendor, *VENDORS[vendor])
    {"anthropic": anthropic_alone, "google_ai_studio": gemini_alone}[vendor]()
    run(lambda: None)
