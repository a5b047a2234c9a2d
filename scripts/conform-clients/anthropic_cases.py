"""Anthropic's own Python SDK against a gateway, unchanged.

    python anthropic_cases.py http://127.0.0.1:8787 [model]

Needs the package `anthropic`. The model must be a simulated one: what it answers is then known.
Prints one line per case and ends with status 1 if one fails.
"""

import asyncio
import base64
import json
import struct
import sys
import zlib

import anthropic

from plain_cases import case, run

BASE_URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8787"
MODEL = sys.argv[2] if len(sys.argv) > 2 else "simulated"

client = anthropic.Anthropic(base_url=BASE_URL, api_key="none", max_retries=0)

HELLO = [{"role": "user", "content": "Hello there"}]
WEATHER = {
    "name": "weather",
    "description": "The weather at a place.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
}


def ask(**changes):
    return {"model": MODEL, "max_tokens": 1000, "messages": HELLO, **changes}


def run_async(use):
    """Its connections belong to one event loop, so each case has a client of its own."""

    async def run():
        async with anthropic.AsyncAnthropic(base_url=BASE_URL, auth_token="none", max_retries=0) as client:
            return await use(client)

    return asyncio.run(run())


def check_text(message):
    assert message.type == "message" and message.role == "assistant", message
    assert message.id.startswith("msg_"), message.id
    assert message.content[-1].type == "text", message.content
    assert message.content[-1].text.startswith("This is a simulated reply"), message.content
    assert message.stop_reason == "end_turn" and message.stop_sequence is None, message.stop_reason
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0, message.usage


@case
def plain():
    message = client.messages.create(**ask())
    check_text(message)
    assert message._request_id.startswith("req_"), message._request_id
    assert message.routing_metadata["provider"], message.routing_metadata


@case
def plain_async():
    check_text(run_async(lambda client: client.messages.create(**ask())))


@case
def raw_stream():
    kinds = [event.type for event in client.messages.create(**ask(), stream=True)]
    assert kinds[:3] == ["message_start", "content_block_start", "content_block_delta"], kinds[:3]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"], kinds[-3:]


@case
def stream_helper():
    with client.messages.stream(**ask()) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    check_text(message)
    assert text == message.content[0].text, text
    assert text == client.messages.create(**ask()).content[0].text, "plain and streamed replies differ"
    assert message.usage.output_tokens == 64, message.usage


@case
def stream_helper_async():
    async def use(client):
        async with client.messages.stream(**ask()) as stream:
            text = "".join([delta async for delta in stream.text_stream])
            message = await stream.get_final_message()
        check_text(message)
        assert text == message.content[0].text, text

    run_async(use)


@case
def routing_at_the_end_of_a_stream():
    last = list(client.messages.create(**ask(), stream=True))[-1]
    assert last.routing_metadata["model_canonical"] == MODEL, last


@case
def max_tokens():
    message = client.messages.create(**ask(max_tokens=5))
    assert message.stop_reason == "max_tokens" and message.usage.output_tokens == 5, message


@case
def tool_loop():
    messages = list(HELLO)
    choice = {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}
    first = client.messages.create(**ask(messages=messages, tools=[WEATHER], tool_choice=choice))
    assert first.stop_reason == "tool_use", first.stop_reason
    call = first.content[-1]
    assert call.type == "tool_use" and call.name == "weather" and isinstance(call.input["city"], str), call
    messages.append({"role": "assistant", "content": first.content})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "sunny"}]}
    messages.append({"role": "user", "content": [result, {"type": "text", "text": "And tomorrow?"}]})
    # The simulated provider calls once when it must, so what follows leaves it the choice.
    check_text(client.messages.create(**ask(messages=messages, tools=[WEATHER])))


@case
def tool_runner():
    asked = []

    @anthropic.beta_tool
    def weather(city: str) -> str:
        """The weather at a place.

        Args:
            city: Where.
        """
        asked.append(city)
        return "sunny"

    extra = {"extensions": {"simulated": {"call_tools": True}}}
    runner = client.beta.messages.tool_runner(
        model=MODEL, max_tokens=1000, messages=HELLO, tools=[weather], extra_body=extra
    )
    last = runner.until_done()
    assert len(asked) == 1 and last.stop_reason == "end_turn", (asked, last)


@case
def streamed_tool():
    with client.messages.stream(**ask(tools=[WEATHER], tool_choice={"type": "any"})) as stream:
        pieces = [event.partial_json for event in stream if event.type == "input_json"]
        message = stream.get_final_message()
    call = message.content[-1]
    assert json.loads("".join(pieces)) == call.input and call.input["city"], (pieces, call)
    assert message.stop_reason == "tool_use", message.stop_reason


@case
def thinking():
    budget = {"type": "enabled", "budget_tokens": 1024}
    message = client.messages.create(**ask(max_tokens=2000, thinking=budget))
    assert [block.type for block in message.content] == ["thinking", "text"], message.content
    assert message.content[0].thinking and message.content[0].signature, message.content[0]
    # Older versions of the package do not know this field, but keep it.
    details = message.usage.model_dump()["output_tokens_details"]
    assert details["thinking_tokens"] > 0, message.usage
    again = [*HELLO, {"role": "assistant", "content": message.content}, {"role": "user", "content": "Go on"}]
    check_text(client.messages.create(**ask(max_tokens=2000, thinking=budget, messages=again)))


@case
def streamed_thinking():
    config = {"type": "adaptive"}
    with client.messages.stream(**ask(thinking=config, output_config={"effort": "low"})) as stream:
        kinds = {event.type for event in stream}
        message = stream.get_final_message()
    assert {"thinking", "signature", "text"} <= kinds, kinds
    assert message.content[0].signature.startswith("sim_"), message.content[0]


@case
def image_and_document():
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    content = [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": base64.b64encode(png).decode()},
        },
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "document", "title": "Notes", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
        {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
    ]
    check_text(client.messages.create(**ask(messages=[{"role": "user", "content": content}])))


@case
def system():
    blocks = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    long = client.messages.create(**ask(system=blocks)).usage.input_tokens
    assert long > client.messages.create(**ask()).usage.input_tokens, "the system prompt was lost"
    check_text(client.messages.create(**ask(system="Be brief.")))


@case
def cached_tokens_are_apart():
    extra = {"extensions": {"simulated": {"cached_tokens": 2}}}
    usage = client.messages.create(**ask(), extra_body=extra).usage
    whole = client.messages.create(**ask()).usage.input_tokens
    assert usage.cache_read_input_tokens == 2 and usage.input_tokens == whole - 2, usage


@case
def structured_output():
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    config = {"format": {"type": "json_schema", "schema": schema}}
    message = client.messages.create(**ask(output_config=config))
    assert isinstance(json.loads(message.content[0].text)["city"], str), message.content


@case
def every_setting():
    message = client.messages.create(
        **ask(
            stop_sequences=["END"],
            metadata={"user_id": "someone"},
            service_tier="auto",
            # Newer versions of the package have no arguments for these.
            extra_body={"temperature": 0.5, "top_p": 0.9, "top_k": 5},
        )
    )
    check_text(message)
    assert "warnings" not in message.routing_metadata, message.routing_metadata


@case
def count_tokens():
    raw = client.messages.with_raw_response.count_tokens(model=MODEL, messages=HELLO, tools=[WEATHER])
    assert raw.parse().input_tokens > 10, raw.parse()
    assert raw.headers["x-token-count-model"], raw.headers


@case
def raw_response():
    raw = client.messages.with_raw_response.create(**ask())
    assert raw.status_code == 200 and raw.request_id == raw.headers["x-request-id"], raw.headers
    check_text(raw.parse())


@case
def beta():
    message = client.beta.messages.create(**ask(), betas=["interleaved-thinking-2025-05-14"])
    assert message.content[0].text.startswith("This is a simulated reply"), message.content
    with client.beta.messages.stream(**ask()) as stream:
        assert "".join(stream.text_stream).startswith("This is a simulated reply")


def refused(kind, error_type, **changes):
    for stream in (False, True):
        try:
            client.messages.create(**ask(**changes), stream=stream)
        except kind as error:
            assert error.body["type"] == "error" and error.body["error"]["type"] == error_type, error.body
            assert error.body["error"]["message"] and error.request_id.startswith("req_"), error.body
            continue
        raise AssertionError("it was not refused")


@case
def unknown_model():
    refused(anthropic.NotFoundError, "not_found_error", model="no-such-model")


@case
def invalid_requests():
    refused(anthropic.BadRequestError, "invalid_request_error", max_tokens=0)
    refused(anthropic.BadRequestError, "invalid_request_error", messages=[])
    refused(anthropic.BadRequestError, "invalid_request_error", extra_body={"temperature": 1.5})


@case
def a_failing_provider():
    extra = {"extensions": {"simulated": {"failure_rate": 1.0, "failure_status": 503}}}
    refused(anthropic.InternalServerError, "overloaded_error", extra_body=extra)


@case
def a_stream_that_breaks():
    extra = {"extensions": {"simulated": {"cut_after_tokens": 5}}}
    seen = []
    try:
        for event in client.messages.create(**ask(), stream=True, extra_body=extra):
            seen.append(event.type)
    except anthropic.APIStatusError as error:
        assert error.body["error"]["type"] == "api_error", error.body
        assert "content_block_delta" in seen, seen
        return
    raise AssertionError("the stream ended as if it were whole")


if __name__ == "__main__":
    run()
