"""The Responses API with the official package, sync and async; responses_cases.py has its details."""

import auriko

from cases import SIMULATED, case, each, failure_of, settle


def ask(client, model="simulated", **fields):
    return settle(client.responses.create(model=model, input="Hello there", **fields))


@case("responses")
async def plain(client):
    response = await ask(client)
    assert response.status == "completed" and response.output_text.startswith(SIMULATED), response
    assert response.usage.output_tokens == 64 and response.routing_metadata.provider == "sim", response


@case("responses")
async def streamed(client):
    events = [event async for event in each(await ask(client, stream=True))]
    assert events[0].type == "response.created" and events[-1].type == "response.completed", events
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == (await ask(client)).output_text, text


@case("responses")
async def routed(client):
    for strategy, provider in (("cost-focus", "thrifty"), ("ttft-focus", "prompt")):
        response = await ask(client, "contested", gateway={"routing": {"optimize": strategy}})
        assert response.routing_metadata.provider == provider, response.routing_metadata


@case("responses")
async def unknown_model(client):
    error = await failure_of(lambda: client.responses.create(model="no-such-model", input="Hi"), auriko.NotFoundError)
    assert error.code == "model_not_found", repr(error)
