"""OpenAI's and Auriko's own Python SDKs on the Responses API of a gateway, unchanged.

    python responses_cases.py http://127.0.0.1:8787 [model]

Needs the packages `openai`, `auriko` and `pydantic`. The model must be a simulated one: what it answers is then
known. Prints one line per case and ends with status 1 if one fails.
"""

import asyncio
import json
import sys

import auriko
import openai
from pydantic import BaseModel

from plain_cases import case, run

BASE_URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8787"
MODEL = sys.argv[2] if len(sys.argv) > 2 else "simulated"

client = openai.OpenAI(base_url=f"{BASE_URL}/v1", api_key="none", max_retries=0)
own = auriko.Client(base_url=BASE_URL, api_key="none", max_retries=0)

ENCRYPTED = "reasoning.encrypted_content"
CALLS_TOOLS = {"extensions": {"simulated": {"call_tools": True}}}
WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "The weather at a place.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def ask(**changes):
    return {"model": MODEL, "input": "Hello there", **changes}


def run_async(use):
    """Its connections belong to one event loop, so each case has a client of its own."""

    async def run():
        async with openai.AsyncOpenAI(base_url=f"{BASE_URL}/v1", api_key="none", max_retries=0) as client:
            return await use(client)

    return asyncio.run(run())


def run_own_async(use):
    async def run():
        async with auriko.AsyncClient(base_url=BASE_URL, api_key="none", max_retries=0) as client:
            return await use(client)

    return asyncio.run(run())


def check_text(response):
    assert response.object == "response" and response.status == "completed", response
    assert response.id.startswith("resp_"), response.id
    assert response.output[-1].type == "message", response.output
    assert response.output_text.startswith("This is a simulated reply"), response.output_text
    assert response.error is None and response.incomplete_details is None, response
    assert response.usage.input_tokens > 0 and response.usage.output_tokens > 0, response.usage


# The official client of OpenAI.


@case
def plain():
    response = client.responses.create(**ask(instructions="Be brief.", metadata={"k": "v"}))
    check_text(response)
    assert response._request_id.startswith("req_"), response._request_id
    assert response.instructions == "Be brief." and response.metadata == {"k": "v"}, response
    assert response.store is False and response.tools == [] and response.tool_choice == "auto", response
    assert response.routing_metadata["provider"], response.routing_metadata


@case
def plain_async():
    check_text(run_async(lambda client: client.responses.create(**ask())))


@case
def raw_stream():
    events = list(client.responses.create(**ask(), stream=True))
    kinds = [event.type for event in events]
    assert kinds[:5] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
    ], kinds[:5]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ], kinds[-4:]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    last = events[-1].response
    check_text(last)
    assert text == last.output_text == client.responses.create(**ask()).output_text, text
    assert last.routing_metadata["model_canonical"] == MODEL, last


@case
def stream_helper():
    with client.responses.stream(**ask()) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        response = stream.get_final_response()
    check_text(response)
    assert text == response.output_text and response.usage.output_tokens == 64, response


@case
def stream_helper_async():
    async def use(client):
        async with client.responses.stream(**ask()) as stream:
            text = "".join([event.delta async for event in stream if event.type == "response.output_text.delta"])
            response = await stream.get_final_response()
        check_text(response)
        assert text == response.output_text, text

    run_async(use)


@case
def messages_as_input():
    content = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
    ]
    items = [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Hello", "annotations": []}]},
        {"role": "user", "content": content},
    ]
    check_text(client.responses.create(**ask(input=items)))


@case
def max_output_tokens():
    response = client.responses.create(**ask(max_output_tokens=16))
    assert response.status == "incomplete" and response.incomplete_details.reason == "max_output_tokens", response
    assert response.output[0].status == "incomplete" and response.usage.output_tokens == 16, response
    with client.responses.stream(**ask(max_output_tokens=16)) as stream:
        last = list(stream)[-1]
    assert last.type == "response.incomplete" and last.response.output_text == response.output_text, last


class Place(BaseModel):
    city: str
    days: int


@case
def parse():
    response = client.responses.parse(**ask(text_format=Place))
    assert isinstance(response.output_parsed, Place), response
    assert json.loads(response.output_text)["city"] == response.output_parsed.city, response


@case
def parse_stream():
    with client.responses.stream(**ask(text_format=Place)) as stream:
        response = stream.get_final_response()
    assert isinstance(response.output_parsed, Place), response


@case
def json_object():
    text = client.responses.create(**ask(text={"format": {"type": "json_object"}})).output_text
    assert isinstance(json.loads(text), dict), text


@case
def tool_loop():
    items = [{"role": "user", "content": "Hello"}]
    first = client.responses.create(**ask(input=items, tools=[WEATHER], tool_choice="required"))
    call = first.output[-1]
    assert first.status == "completed" and call.type == "function_call" and call.name == "weather", first
    assert isinstance(json.loads(call.arguments)["city"], str) and call.id != call.call_id, call
    items += first.output
    items.append({"type": "function_call_output", "call_id": call.call_id, "output": "sunny"})
    check_text(client.responses.create(**ask(input=items, tools=[WEATHER])))
    parts = [
        {"type": "input_text", "text": "sunny"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    ]
    items[-1]["output"] = parts
    check_text(client.responses.create(**ask(input=items, tools=[WEATHER])))


@case
def streamed_tool():
    choice = {"type": "function", "name": "weather"}
    with client.responses.stream(**ask(tools=[WEATHER], tool_choice=choice)) as stream:
        events = list(stream)
        response = stream.get_final_response()
    pieces = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    done = [event for event in events if event.type == "response.function_call_arguments.done"]
    call = response.output[-1]
    assert "".join(pieces) == done[0].arguments == call.arguments and len(pieces) > 1, (pieces, call)
    assert json.loads(call.arguments)["city"], call
    assert response.tools[0].name == "weather" and response.tool_choice.name == "weather", response


@case
def parsed_tool():
    tool = openai.pydantic_function_tool(Place)["function"]
    flat = {"type": "function", **tool}
    response = client.responses.parse(**ask(tools=[flat], tool_choice="required"))
    call = response.output[-1]
    assert call.type == "function_call" and "city" in call.arguments, call


@case
def reasoning():
    settings = ask(reasoning={"effort": "low", "summary": "auto"}, include=[ENCRYPTED], store=False)
    response = client.responses.create(**settings)
    assert [item.type for item in response.output] == ["reasoning", "message"], response.output
    thought = response.output[0]
    assert thought.summary[0].text and thought.encrypted_content, thought
    assert response.usage.output_tokens_details.reasoning_tokens > 0, response.usage
    assert response.reasoning.effort == "low", response.reasoning
    items = [{"role": "user", "content": "Hello"}, *response.output, {"role": "user", "content": "Go on"}]
    again = client.responses.create(**{**settings, "input": items})
    check_text(again)
    assert not again.routing_metadata.get("warnings"), again.routing_metadata


@case
def reasoning_that_is_not_asked_for_stays_away():
    thought = client.responses.create(**ask(reasoning={"effort": "low"})).output[0]
    assert thought.type == "reasoning" and thought.encrypted_content is None, thought
    assert client.responses.create(**ask(reasoning={"effort": "none"})).output[0].type == "message"


@case
def streamed_reasoning():
    with client.responses.stream(**ask(reasoning={"effort": "low"}, include=[ENCRYPTED])) as stream:
        events = list(stream)
        response = stream.get_final_response()
    kinds = [event.type for event in events]
    assert "response.reasoning_summary_part.added" in kinds, kinds
    text = "".join(event.delta for event in events if event.type == "response.reasoning_summary_text.delta")
    assert text == response.output[0].summary[0].text and response.output[0].encrypted_content, response.output[0]


@case
def every_setting():
    response = client.responses.create(
        **ask(
            temperature=0.5,
            top_p=0.9,
            user="someone",
            parallel_tool_calls=True,
            prompt_cache_key="k",
            safety_identifier="s",
            service_tier="auto",
            truncation="disabled",
            text={"verbosity": "low"},
            max_tool_calls=3,
            store=False,
            background=False,
            extra_body={"gateway": {"routing": {"optimize": "cost"}, "metadata": {"tags": ["t"]}}},
        )
    )
    check_text(response)
    assert "warnings" not in response.routing_metadata, response.routing_metadata
    assert (response.temperature, response.top_p, response.prompt_cache_key) == (0.5, 0.9, "k"), response
    assert response.text.verbosity == "low" and response.max_tool_calls == 3, response


@case
def cached_tokens():
    extra = {"extensions": {"simulated": {"cached_tokens": 2}}}
    usage = client.responses.create(**ask(), extra_body=extra).usage
    assert usage.input_tokens_details.cached_tokens == 2, usage
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens, usage


@case
def with_raw_response():
    raw = client.responses.with_raw_response.create(**ask())
    assert raw.status_code == 200 and raw.headers["x-request-id"].startswith("req_"), raw.headers
    check_text(raw.parse())


@case
def nothing_is_stored():
    for use in [
        lambda: client.responses.retrieve("resp_1"),
        lambda: client.responses.delete("resp_1"),
        lambda: client.responses.cancel("resp_1"),
        lambda: client.responses.input_items.list("resp_1"),
    ]:
        try:
            use()
        except openai.NotFoundError as error:
            assert error.code == "resource_not_found", error.body
            continue
        raise AssertionError("something was found")


def refused(kind, code, param, **changes):
    for stream in (False, True):
        try:
            client.responses.create(**ask(**changes), stream=stream)
        except kind as error:
            assert (error.code, error.param) == (code, param), error.body
            assert error.message and error.request_id.startswith("req_"), error.body
            continue
        raise AssertionError("it was not refused")


@case
def refusals():
    bad, invalid = openai.BadRequestError, "invalid_parameter_value"
    refused(openai.NotFoundError, "model_not_found", "model", model="no-such-model")
    refused(bad, invalid, "store", store=True)
    refused(bad, invalid, "background", background=True)
    refused(bad, invalid, "previous_response_id", previous_response_id="resp_1")
    refused(bad, invalid, "conversation", conversation="conv_1")
    refused(bad, invalid, "temperature", temperature=3)
    refused(bad, invalid, "input", input=[])
    refused(bad, "hosted_tool_not_supported", "tools[0].type", tools=[{"type": "web_search"}])
    reference = [{"type": "item_reference", "id": "msg_1"}]
    refused(bad, "input_requires_responses_endpoint", "input[0].type", input=reference)
    fails = {"extensions": {"simulated": {"failure_rate": 1.0, "failure_status": 503}}}
    refused(openai.InternalServerError, "no_provider_available", None, extra_body=fails)


@case
def a_stream_that_breaks():
    extra = {"extensions": {"simulated": {"cut_after_tokens": 5}}}
    events = list(client.responses.create(**ask(), stream=True, extra_body=extra))
    assert [event.type for event in events[-2:]] == ["error", "response.failed"], events[-2:]
    assert events[-2].code == "upstream_error" and events[-2].message, events[-2]
    response = events[-1].response
    assert response.status == "failed" and response.error.code == "upstream_error", response
    assert len(response.output_text.split()) == 5, response.output_text


# The official client of Auriko.


@case
def auriko_plain():
    response = own.responses.create(**ask(instructions="Be brief.", metadata={"k": "v"}))
    check_text(response)
    assert response.routing_metadata.provider and response.response_headers.request_id.startswith("req_")
    assert response.metadata == {"k": "v"} and response.store is False, response


@case
def auriko_plain_async():
    check_text(run_own_async(lambda client: client.responses.create(**ask())))


def check_own_events(events, completed):
    kinds = [type(event).__name__ for event in events]
    assert "UnknownStreamEvent" not in kinds, kinds
    assert kinds[0] == "ResponseCreatedEvent" and kinds[-1] == "ResponseCompletedEvent", kinds
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    check_text(completed)
    assert text == completed.output_text and completed.routing_metadata.provider, completed


@case
def auriko_stream():
    with own.responses.create(**ask(reasoning={"effort": "low"}), stream=True) as stream:
        events = list(stream)
    check_own_events(events, stream.completed_response)
    assert [item.type for item in stream.completed_response.output] == ["reasoning", "message"]


@case
def auriko_stream_async():
    async def use(client):
        stream = await client.responses.create(**ask(), stream=True)
        events = [event async for event in stream]
        check_own_events(events, stream.completed_response)

    run_own_async(use)


@case
def auriko_turns():
    first = own.responses.create(**ask(tools=[WEATHER], reasoning={"effort": "low"}), **CALLS_TOOLS)
    assert [type(item).__name__ for item in first.output] == [
        "ResponseReasoningOutputItem",
        "ResponseFunctionCallOutputItem",
    ], first.output
    # Its clients echo thinking without having asked for its encrypted form.
    echoed = [item.model_dump(exclude_none=True) for item in first.output]
    assert echoed[0]["encrypted_content"], echoed[0]
    items = [
        {"role": "user", "content": "Hello"},
        *echoed,
        {"type": "function_call_output", "call_id": first.output[-1].call_id, "output": "sunny"},
    ]
    check_text(own.responses.create(**ask(input=items, tools=[WEATHER])))


@case
def auriko_incomplete():
    response = own.responses.create(**ask(max_output_tokens=3))
    assert response.status == "incomplete", response
    assert response.incomplete_details == {"reason": "max_output_tokens"}, response
    stream = own.responses.create(**ask(max_output_tokens=3), stream=True)
    assert list(stream)[-1].type == "response.incomplete"
    assert stream.completed_response.output_text == response.output_text


@case
def auriko_errors():
    def refused(kind, code, **changes):
        try:
            own.responses.create(**ask(**changes))
        except kind as error:
            assert error.code == code, error
            return
        raise AssertionError("it was not refused")

    refused(auriko.NotFoundError, "model_not_found", model="no-such-model")
    refused(auriko.BadRequestError, "hosted_tool_not_supported", tools=[{"type": "web_search"}])
    refused(auriko.BadRequestError, "invalid_parameter_value", temperature=3)


@case
def auriko_stream_that_breaks():
    extensions = {"simulated": {"cut_after_tokens": 5}}
    seen = []
    try:
        for event in own.responses.create(**ask(), stream=True, extensions=extensions):
            seen.append(event.type)
    except auriko.APIStatusError as error:
        assert error.code == "upstream_error" and error.provider, error
        assert "response.output_text.delta" in seen, seen
        return
    raise AssertionError("the stream ended as if it were whole")


if __name__ == "__main__":
    run()
