"""Chat completions with the official package: replies, streams, tools, formats, reasoning, caching."""

import json

from cases import HELLO, PIXEL, PLACE, SIMULATED, WEATHER, case, each, settle


def ask(client, model="simulated", messages=HELLO, **fields):
    return settle(client.chat.completions.create(model=model, messages=messages, **fields))


async def read(stream):
    return [chunk async for chunk in each(stream)]


def text_of(chunks):
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


@case("chat")
async def plain(client):
    reply = await ask(client)
    assert reply.object == "chat.completion" and reply.model and reply.created > 1_700_000_000, reply
    [choice] = reply.choices
    assert choice.message.role == "assistant" and choice.message.content.startswith(SIMULATED), choice
    assert choice.finish_reason == "stop" and choice.message.tool_calls is None, choice
    usage = reply.usage
    assert usage.completion_tokens == 64 and usage.prompt_tokens > 0, usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage


@case("chat")
async def routing_metadata_of_a_reply(client):
    routing = (await ask(client)).routing_metadata
    assert (routing.provider, routing.provider_model_id, routing.model_canonical) == ("sim", "simulated", "simulated")
    assert routing.routing_strategy == "cost-focus" and not routing.warnings, routing
    assert 0 < routing.cost.usd < 0.001, routing.cost


@case("chat")
async def headers_of_a_reply(client):
    first, second = await ask(client), await ask(client)
    assert first.response_headers.request_id.startswith("req_"), first.response_headers
    assert first.response_headers.request_id != second.response_headers.request_id
    assert first.id != second.id


@case("chat")
async def an_alias(client):
    assert (await ask(client, "sim-alias")).routing_metadata.model_canonical == "simulated"


@case("chat")
async def a_provider_and_its_model(client):
    assert (await ask(client, "sim/anything")).routing_metadata.provider == "sim"


@case("chat")
async def instructions_count(client):
    messages = [{"role": "system", "content": "Be brief and kind."}, *HELLO]
    assert (await ask(client, messages=messages)).usage.prompt_tokens > (await ask(client)).usage.prompt_tokens


@case("chat")
async def limits(client):
    for field in ("max_tokens", "max_completion_tokens"):
        reply = await ask(client, **{field: 5})
        assert reply.choices[0].finish_reason == "length" and reply.usage.completion_tokens == 5, reply


@case("chat")
async def several_choices(client):
    reply = await ask(client, n=3)
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in reply.choices}) == 3


@case("chat")
async def a_seed(client):
    one, same, other = [(await ask(client, seed=seed)).choices[0].message.content for seed in (1, 1, 2)]
    assert one == same and one != other


@case("chat")
async def every_parameter(client):
    reply = await ask(
        client,
        temperature=0.5,
        top_p=0.9,
        frequency_penalty=0.1,
        presence_penalty=0.1,
        top_k=4,
        min_p=0.1,
        top_a=0.1,
        repetition_penalty=1.1,
        stop=["END"],
        seed=1,
        logprobs=False,
        logit_bias={"1": 2.0},
        user="someone",
        verbosity="low",
        prompt_cache_key="k",
        safety_identifier="s",
        parallel_tool_calls=False,
        tools=[WEATHER],
    )
    assert reply.choices[0].message.content.startswith(SIMULATED) and not reply.routing_metadata.warnings, reply


@case("chat")
async def images(client):
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    reply = await ask(client, messages=[{"role": "user", "content": parts}])
    assert reply.choices[0].message.content.startswith(SIMULATED), reply


@case("stream")
async def a_stream_says_what_a_reply_says(client):
    stream = await ask(client, stream=True)
    chunks = await read(stream)
    assert text_of(chunks) == (await ask(client)).choices[0].message.content
    assert len({chunk.id for chunk in chunks}) == 1 and chunks[0].choices[0].delta.role == "assistant"
    finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert finishes == ["stop"], finishes


@case("stream")
async def what_a_stream_gathers(client):
    stream = await ask(client, stream=True, stream_options={"include_usage": True})
    assert stream.routing_metadata is None and stream.response_headers.request_id.startswith("req_")
    await read(stream)
    assert stream.usage.completion_tokens == 64 and stream.usage.prompt_tokens > 0, stream.usage
    routing = stream.routing_metadata
    assert routing.provider == "sim" and routing.cost.usd > 0 and routing.ttft_ms >= 0, routing


@case("stream")
async def several_streamed_choices(client):
    texts = {}
    for chunk in await read(await ask(client, stream=True, n=2)):
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
    plain = await ask(client, n=2)
    assert texts == {choice.index: choice.message.content for choice in plain.choices}


@case("stream")
async def leaving_a_stream_early(client):
    stream = await ask(client, "slow", stream=True)
    async for _ in each(stream):
        break
    await settle(stream.close())
    assert (await ask(client)).choices


@case("tools")
async def a_tool_loop(client):
    messages = list(HELLO)
    first = await ask(client, messages=messages, tools=[WEATHER], tool_choice="required")
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls" and message.content is None, first
    [call] = message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert call.function.name == "weather" and isinstance(arguments["city"], str), call
    assert isinstance(arguments["days"], int), arguments
    messages += [message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    second = await ask(client, messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content.startswith(SIMULATED), second


@case("tools")
async def a_named_tool(client):
    other = {"type": "function", "function": {"name": "other", "parameters": {"type": "object", "properties": {}}}}
    choice = {"type": "function", "function": {"name": "other"}}
    reply = await ask(client, tools=[WEATHER, other], tool_choice=choice)
    assert reply.choices[0].message.tool_calls[0].function.name == "other", reply


@case("tools")
async def a_tool_of_its_own_accord(client):
    reply = await ask(client, "eager", tools=[WEATHER])
    assert reply.choices[0].message.tool_calls, reply
    reply = await ask(client, "eager", tools=[WEATHER], tool_choice="none")
    assert reply.choices[0].message.tool_calls is None, reply


@case("tools")
async def streamed_tool_calls(client):
    calls = {}
    for chunk in await read(await ask(client, stream=True, tools=[WEATHER], tool_choice="required")):
        for choice in chunk.choices:
            for delta in choice.delta.tool_calls or []:
                call = calls.setdefault(delta.index, {"id": delta.id, "name": delta.function.name, "arguments": ""})
                call["arguments"] += delta.function.arguments or ""
    [call] = calls.values()
    assert call["id"] and call["name"] == "weather" and json.loads(call["arguments"])["city"], call


@case("format")
async def a_json_schema(client):
    definition = {"name": "place", "strict": True, "schema": PLACE}
    reply = await ask(client, response_format={"type": "json_schema", "json_schema": definition})
    answer = json.loads(reply.choices[0].message.content)
    assert set(answer) == {"city", "days"} and isinstance(answer["days"], int), answer


@case("format")
async def a_json_object(client):
    reply = await ask(client, response_format={"type": "json_object"})
    assert json.loads(reply.choices[0].message.content)["simulated"] is True, reply


@case("reasoning")
async def thinking_and_back(client):
    reply = await ask(client, "thinker", reasoning_effort="high")
    message = reply.choices[0].message
    [block] = message.reasoning
    assert block.type == "thinking" and block.signature and block.thinking == message.reasoning_content, message
    assert reply.usage.completion_tokens_details.reasoning_tokens == 24, reply.usage
    again = [*HELLO, message.model_dump(), {"role": "user", "content": "Go on"}]
    assert (await ask(client, "thinker", again, reasoning_effort="low")).choices[0].message.content


@case("reasoning")
async def streamed_thinking(client):
    chunks = await read(await ask(client, "thinker", stream=True, reasoning_effort="low"))
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    thought = "".join(delta.reasoning_content or "" for delta in deltas)
    plain = await ask(client, "thinker", reasoning_effort="low")
    assert thought == plain.choices[0].message.reasoning_content, thought
    [signature] = [delta.reasoning_signature for delta in deltas if delta.reasoning_signature]
    assert signature == plain.choices[0].message.reasoning[0].signature


@case("reasoning")
async def thinking_that_is_not_wanted(client):
    for fields in ({"reasoning_effort": "off"}, {"reasoning": {"exclude": True}, "reasoning_effort": "low"}):
        assert (await ask(client, "thinker", **fields)).choices[0].message.reasoning_content is None


@case("caching")
async def cached_tokens_cost_less(client):
    reply = await ask(client, "cached")
    details, cost = reply.usage.prompt_tokens_details, reply.routing_metadata.cost
    assert details.cached_tokens == reply.usage.prompt_tokens, reply.usage
    assert 0 < cost.cache_savings_percent <= 100 and cost.cache_savings_usd > 0, cost
