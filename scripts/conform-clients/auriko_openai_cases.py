"""`AurikoAsyncOpenAI` of the official package, with the `openai` package that it is made for, against a gateway.

python auriko_openai_cases.py http://127.0.0.1:8787
"""

import auriko
import openai
from auriko import AurikoAsyncOpenAI
from pydantic import BaseModel

from cases import BASE_URL, HELLO, SIMULATED, WEATHER, case, each, failure_of, run

SEEN = []


def make():
    return AurikoAsyncOpenAI(base_url=f"{BASE_URL}/v1", api_key="ak_test", max_retries=0, on_response=SEEN.append)


def ask(client, model="simulated", **fields):
    return client.chat.completions.create(model=model, messages=HELLO, **fields)


@case("chat")
async def routing_of_a_reply(client):
    SEEN.clear()
    reply = await ask(client)
    assert reply.choices[0].message.content.startswith(SIMULATED), reply
    assert client.last_routing_metadata.provider == "sim", client.last_routing_metadata
    assert [routing.provider for routing in SEEN] == ["sim"], SEEN
    assert auriko.parse_routing_metadata(reply) == client.last_routing_metadata


@case("stream")
async def routing_of_a_stream(client):
    SEEN.clear()
    stream = await ask(client, stream=True)
    assert client.last_routing_metadata is None
    chunks = [chunk async for chunk in each(stream)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices).startswith(SIMULATED)
    routing = client.last_routing_metadata
    assert routing.provider == "sim" and routing.ttft_ms >= 0 and SEEN == [routing], routing


@case("stream")
async def routing_of_the_stream_helper(client):
    async with client.chat.completions.stream(model="simulated", messages=HELLO) as stream:
        completion = await stream.get_final_completion()
    assert completion.choices[0].message.content.startswith(SIMULATED), completion
    assert client.last_routing_metadata.provider == "sim"


@case("tools")
async def routing_of_a_tool_call(client):
    reply = await ask(client, tools=[WEATHER], tool_choice="required")
    assert reply.choices[0].message.tool_calls[0].function.name == "weather", reply
    assert client.last_routing_metadata.provider == "sim"


@case("format")
async def routing_of_a_parsed_reply(client):
    class Place(BaseModel):
        city: str

    reply = await client.chat.completions.parse(model="simulated", messages=HELLO, response_format=Place)
    assert isinstance(reply.choices[0].message.parsed, Place), reply
    assert client.last_routing_metadata.provider == "sim"


@case("routing")
async def options_in_extra_body(client):
    options = auriko.route_types.RoutingOptions(optimize="ttft-focus")
    await ask(client, "contested", extra_body=options.to_extra_body())
    routing = client.last_routing_metadata
    assert (routing.provider, routing.routing_strategy) == ("prompt", "ttft-focus"), routing


@case("routing")
async def nothing_is_left_of_an_earlier_reply(client):
    await ask(client)
    await failure_of(lambda: ask(client, "no-such-model"), openai.NotFoundError)
    assert client.last_routing_metadata is None


def error_case(name, model, own, theirs, status, code, **fields):
    async def check(client):
        for stream in (False, True):
            error = await failure_of(lambda: ask(client, model, stream=stream, **fields), openai.APIStatusError)
            assert isinstance(error, own) and isinstance(error, theirs), type(error).__mro__
            assert (error.status_code, error.code) == (status, code), repr(error)
            assert error.response_headers.request_id.startswith("req_"), error.response_headers

    check.__name__ = name
    case("errors")(check)


error_case("unknown_model", "no-such-model", auriko.NotFoundError, openai.NotFoundError, 404, "model_not_found")
error_case("refused", "broken", auriko.BadRequestError, openai.BadRequestError, 400, "invalid_request")
error_case("failed", "down", auriko.APIStatusError, openai.InternalServerError, 502, "upstream_error")
error_case("no_capacity", "limited", auriko.APIStatusError, openai.InternalServerError, 503, "no_provider_available")
error_case(
    "out_of_range", "simulated", auriko.BadRequestError, openai.BadRequestError, 400, "invalid_parameter_value", top_p=5
)


@case("models")
async def the_list(client):
    assert "simulated" in [model.id async for model in client.models.list()]


@case("responses")
async def routing_of_a_response(client):
    response = await client.responses.create(model="simulated", input="Hi")
    assert response.output_text.startswith(SIMULATED), response
    assert client.last_routing_metadata.provider == "sim"


if __name__ == "__main__":
    run(make)
