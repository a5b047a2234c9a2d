"""OpenAI's own Python package against a gateway, unchanged: every case with its client and with its async client.

python openai_cases.py http://127.0.0.1:8787 [sync|async]
"""

import json

import openai
from pydantic import BaseModel

from cases import BASE_URL, HELLO, MODE, PIXEL, SIMULATED, WEATHER, case, each, failure_of, run, settle


class Place(BaseModel):
    city: str
    days: int


def ask(client, model="simulated", **fields):
    return settle(client.chat.completions.create(**{"model": model, "messages": HELLO, **fields}))


@case("chat")
async def plain(client):
    reply = await ask(client)
    assert reply.choices[0].message.content.startswith(SIMULATED) and reply.choices[0].finish_reason == "stop", reply
    assert reply.usage.completion_tokens == 64 and reply._request_id.startswith("req_"), reply
    assert reply.routing_metadata["provider"] == "sim", reply


@case("chat")
async def images_and_instructions(client):
    parts = [{"type": "text", "text": "See?"}, {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}]
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}]
    assert (await ask(client, messages=messages)).choices[0].message.content.startswith(SIMULATED)


@case("chat")
async def every_parameter(client):
    reply = await ask(
        client,
        temperature=1,
        top_p=1,
        n=1,
        stop="END",
        seed=7,
        max_completion_tokens=9,
        presence_penalty=0,
        frequency_penalty=0,
        logit_bias={},
        user="u",
        store=False,
        metadata={"a": "b"},
        service_tier="auto",
        prompt_cache_key="k",
        safety_identifier="s",
        verbosity="low",
    )
    assert reply.usage.completion_tokens == 9 and reply.choices[0].finish_reason == "length", reply


@case("chat")
async def a_raw_response(client):
    raw = await settle(client.chat.completions.with_raw_response.create(model="simulated", messages=HELLO))
    assert raw.status_code == 200 and raw.headers["x-request-id"] == raw.request_id, raw.headers
    assert raw.parse().choices[0].message.content.startswith(SIMULATED)


@case("stream")
async def streamed(client):
    chunks = [chunk async for chunk in each(await ask(client, stream=True))]
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == (await ask(client)).choices[0].message.content, text
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1


@case("stream")
async def usage_on_demand(client):
    asked = [chunk async for chunk in each(await ask(client, stream=True, stream_options={"include_usage": True}))]
    assert [chunk.usage.completion_tokens for chunk in asked if chunk.usage] == [64], asked[-1]


@case("stream")
async def the_stream_helper(client):
    kinds, manager = [], client.chat.completions.stream(model="simulated", messages=HELLO)
    if MODE == "async":
        async with manager as stream:
            async for event in stream:
                kinds.append(event.type)
            completion = await stream.get_final_completion()
    else:
        with manager as stream:
            kinds = [event.type for event in stream]
            completion = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= set(kinds), kinds
    assert completion.choices[0].message.content.startswith(SIMULATED), completion


@case("stream")
async def leaving_early(client):
    stream = await ask(client, "slow", stream=True)
    async for _ in each(stream):
        break
    await settle(stream.close())


@case("tools")
async def a_tool_loop(client):
    first = await ask(client, tools=[WEATHER], tool_choice="required")
    message = first.choices[0].message
    [call] = message.tool_calls
    assert first.choices[0].finish_reason == "tool_calls" and json.loads(call.function.arguments)["city"], call
    messages = [*HELLO, message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert (await ask(client, messages=messages, tools=[WEATHER])).choices[0].message.content.startswith(SIMULATED)


@case("tools")
async def parsed_arguments(client):
    tool = openai.pydantic_function_tool(Place)
    parse = client.chat.completions.parse(model="simulated", messages=HELLO, tools=[tool], tool_choice="required")
    [call] = (await settle(parse)).choices[0].message.tool_calls
    assert isinstance(call.function.parsed_arguments, Place), call


@case("tools")
async def streamed_tool_calls(client):
    text = ""
    async for chunk in each(await ask(client, "eager", stream=True, tools=[WEATHER])):
        for choice in chunk.choices:
            for delta in choice.delta.tool_calls or []:
                text += delta.function.arguments or ""
    assert Place.model_validate_json(text)


@case("format")
async def parse(client):
    reply = await settle(client.chat.completions.parse(model="simulated", messages=HELLO, response_format=Place))
    assert isinstance(reply.choices[0].message.parsed, Place), reply


@case("format")
async def json_object(client):
    reply = await ask(client, response_format={"type": "json_object"})
    assert isinstance(json.loads(reply.choices[0].message.content), dict)


@case("reasoning")
async def thinking(client):
    reply = await ask(client, "thinker", reasoning_effort="medium")
    assert reply.usage.completion_tokens_details.reasoning_tokens == 24, reply.usage
    assert reply.choices[0].message.reasoning_content, reply
    # Signed blocks go to those alone who know them.
    assert "reasoning" not in reply.choices[0].message.model_extra, reply


@case("caching")
async def cached_tokens(client):
    usage = (await ask(client, "cached")).usage
    assert usage.prompt_tokens_details.cached_tokens == usage.prompt_tokens, usage


@case("models")
async def the_list(client):
    ids = [model.id async for model in each(await settle(client.models.list()))]
    assert "simulated" in ids and len(ids) == len(set(ids))


@case("models")
async def one_model(client):
    model = await settle(client.models.retrieve("simulated"))
    assert (model.id, model.object, model.owned_by) == ("simulated", "model", "auriko"), model


@case("routing")
async def gateway_in_extra_body(client):
    extra = {"gateway": {"models": ["contested"], "routing": {"optimize": "tps"}}}
    # The package insists on a model; the gateway refuses two answers to one question.
    error = await failure_of(lambda: ask(client, extra_body=extra), openai.BadRequestError)
    assert error.param == "gateway.models", error.body
    reply = await ask(client, "contested", extra_body={"gateway": {"routing": {"optimize": "tps"}}})
    assert reply.routing_metadata["provider"] == "rapid", reply.routing_metadata


@case("errors")
async def by_class(client):
    for model, kind, status, code in (
        ("no-such-model", openai.NotFoundError, 404, "model_not_found"),
        ("broken", openai.BadRequestError, 400, "invalid_request"),
        ("down", openai.InternalServerError, 502, "upstream_error"),
        ("limited", openai.InternalServerError, 503, "no_provider_available"),
    ):
        error = await failure_of(lambda: ask(client, model), openai.APIStatusError)
        assert type(error) is kind and (error.status_code, error.code) == (status, code), repr(error)
        assert error.request_id.startswith("req_"), repr(error)


@case("errors")
async def nothing_is_retried_in_vain(client):
    # With retries on: an error that would come again says so in a header, and is raised at once.
    patient = client.with_options(max_retries=5)
    error = await failure_of(lambda: ask(patient, temperature=9), openai.BadRequestError)
    assert error.param == "temperature" and error.response.headers["x-should-retry"] == "false"


@case("errors")
async def a_stream_that_breaks(client):
    stream = await ask(client, "cut", stream=True)
    try:
        async for _ in each(stream):
            pass
    except openai.APIError as error:
        assert error.code == "upstream_error" and "cut" in error.message, error.body
        return
    raise AssertionError("the stream ended as if it were whole")


@case("responses")
async def a_response(client):
    response = await settle(client.responses.create(model="simulated", input="Hi"))
    assert response.status == "completed" and response.output_text.startswith(SIMULATED), response


@case("embeddings")
async def embeddings(client):
    create = lambda **fields: settle(client.embeddings.create(model="simulated", **fields))
    result = await create(input=["one", "two"])
    assert len(result.data) == 2 and isinstance(result.data[1].embedding[0], float), result
    assert result.usage.prompt_tokens > 0, result.usage
    # The package asks for base64 by itself.
    same = await create(input=["one", "two"], encoding_format="float")
    assert all(abs(a - b) < 1e-6 for a, b in zip(same.data[0].embedding, result.data[0].embedding, strict=True))


if __name__ == "__main__":
    kind = openai.AsyncOpenAI if MODE == "async" else openai.OpenAI
    run(lambda: kind(base_url=f"{BASE_URL}/v1", api_key="ak_test", max_retries=0))
