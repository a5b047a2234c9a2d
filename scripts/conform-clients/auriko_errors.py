"""Errors as the official package raises them: class, status, code and what else they carry."""

import auriko

from cases import BASE_URL, HELLO, case, each, failure_of, settle


async def fails(client, kind, status, code, model="simulated", messages=HELLO, **fields):
    """The error, which must be the same for a plain call and a streamed one."""
    for stream in (True, False):
        call = lambda: client.chat.completions.create(
            model=model,
            messages=messages,
            stream=stream,
            **fields,
        )
        error = await failure_of(call, auriko.AurikoAPIError)
        assert type(error) is kind, repr(error)
        assert (error.status_code, error.code) == (status, code), repr(error)
        assert error.message and error.request_id.startswith("req_"), repr(error)
    return error


@case("errors")
async def an_unknown_model(client):
    error = await fails(client, auriko.NotFoundError, 404, "model_not_found", model="no-such-model")
    assert error.type == "not_found_error" and error.param == "model" and "no-such-model" in error.message
    assert error.body["error"]["suggestion"] and error.doc_url.endswith("model_not_found"), error.body


@case("errors")
async def a_value_out_of_range(client):
    error = await fails(client, auriko.BadRequestError, 400, "invalid_parameter_value", temperature=9.0)
    assert error.type == "invalid_request_error" and error.param == "temperature", repr(error)


@case("errors")
async def no_messages(client):
    error = await failure_of(
        lambda: client.chat.completions.create(model="simulated", messages=[]), auriko.BadRequestError
    )
    assert error.status_code == 400 and error.param == "messages", repr(error)


@case("errors")
async def a_message_without_a_role(client):
    messages = [{"content": "Hi"}]
    error = await failure_of(
        lambda: client.chat.completions.create(model="simulated", messages=messages), auriko.BadRequestError
    )
    assert error.param.startswith("messages"), repr(error)


@case("errors")
async def a_provider_that_refuses(client):
    error = await fails(client, auriko.BadRequestError, 400, "invalid_request", model="broken")
    assert error.provider == "broken" and str(error).startswith("[broken] "), repr(error)


@case("errors")
async def a_provider_that_fails(client):
    error = await fails(client, auriko.APIStatusError, 502, "upstream_error", model="down")
    assert error.type == "api_error" and error.provider == "down", repr(error)


@case("errors")
async def a_provider_without_capacity(client):
    extensions = {"extensions": {"simulated": {"failure_rate": 1.0, "failure_status": 429}}}
    error = await fails(
        client, auriko.APIStatusError, 503, "no_provider_available", model="thinker", extra_body=extensions
    )
    assert error.type == "api_error" and error.provider == "thinker", repr(error)


@case("errors")
async def a_provider_that_refuses_its_key(client):
    call = lambda: client.chat.completions.create(model="locked", messages=HELLO)
    error = await failure_of(call, auriko.APIStatusError)
    assert (error.status_code, error.code) == (502, "upstream_error") and "key" in error.message, repr(error)


@case("errors")
async def a_deadline(client):
    routing = {"routing": {"deadline_ms": 50}}
    error = await fails(client, auriko.APIStatusError, 504, "upstream_timeout", model="stuck", gateway=routing)
    assert error.provider == "stuck", repr(error)


@case("errors")
async def no_fallback_wanted(client):
    call = lambda: client.chat.completions.create(
        model="covered", messages=HELLO, gateway={"routing": {"allow_fallbacks": False}}
    )
    error = await failure_of(call, auriko.APIStatusError)
    assert (error.status_code, error.provider) == (503, "brittle"), repr(error)


@case("errors")
async def a_stream_that_breaks(client):
    seen = []
    stream = await settle(client.chat.completions.create(model="cut", messages=HELLO, stream=True))
    try:
        async for chunk in each(stream):
            seen.append(chunk)
    except auriko.APIStatusError as error:
        assert (error.status_code, error.code) == (200, "upstream_error") and error.provider == "cut", repr(error)
        assert any(choice.delta.content for chunk in seen for choice in chunk.choices), seen
        return
    raise AssertionError("the stream ended as if it were whole")


@case("errors")
async def retries_until_it_gives_up(client):
    other = type(client)(base_url=f"{BASE_URL}/v1", api_key="ak_test", max_retries=1)
    call = lambda: other.chat.completions.create(model="down", messages=HELLO)
    assert (await failure_of(call, auriko.APIStatusError)).status_code in (502, 503)
    await settle(other.close())


@case("errors")
async def a_path_that_is_not_there(client):
    other = type(client)(base_url=f"{BASE_URL}/v2", api_key="ak_test", max_retries=0)
    error = await failure_of(lambda: other.models.list(), auriko.NotFoundError)
    assert error.code == "resource_not_found", repr(error)
    await settle(other.close())
