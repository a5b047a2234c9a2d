"""Anthropic's Messages API as a script: reads every request with the types of Anthropic's own client and with the rules
that its documentation states beside them, refuses what breaks one, and answers as the API does.

What the last user message says decides about failures: `fail 429`, `fail 529`, `fail 400`, `fail early`, `fail stream`,
`cut`.
"""

import base64
import hashlib
import json

from anthropic import types
from pydantic import TypeAdapter, ValidationError

from vendor_http import Cut, Refused, Vendor, instance, pieces, serve

REQUEST = TypeAdapter(types.MessageCreateParams)
# Fields of API version 2023-06-01, which the gateway asks for. The client's types are those of a later one, without them.
SAMPLING = ("temperature", "top_p", "top_k")
THOUGHT = "The user wants an answer – so I give one. ✓"
TEXT = "Hello from Claude – grüß dich! 👋"
STATUSES = {
    "fail 429": (429, "rate_limit_error", "Number of requests has exceeded your rate limit.", {"retry-after": "3"}),
    "fail 529": (529, "overloaded_error", "Overloaded", {}),
    "fail 400": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", {}),
}


def sign(thinking):
    return base64.b64encode(hashlib.sha256(thinking.encode()).digest()).decode()


def error(kind, message):
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_vendor"}


def require(holds, message):
    if not holds:
        raise Refused(400, error("invalid_request_error", message))


def read(value):
    """Lists are read item by item, as they are asked for."""
    if isinstance(value, dict):
        return {key: read(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else [read(item) for item in value]


def check_types(request):
    sent = {field: value for field, value in request.items() if field not in SAMPLING}
    try:
        known = read(REQUEST.validate_python(sent))
    except ValidationError as failure:
        fault = failure.errors()[-1]
        require(False, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}")
    require(known == sent, "Extra inputs are not permitted")


def blocks_of(message):
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def check_messages(request):
    messages = request["messages"]
    require(messages and messages[0]["role"] == "user", 'messages: first message must use the "user" role')
    open_calls = set()
    for index, message in enumerate(messages):
        blocks = blocks_of(message)
        require(blocks, f"messages.{index}: content must not be empty")
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        missing = open_calls - results
        require(not missing, f"messages.{index}: tool_use ids without tool_result blocks immediately after: {missing}")
        require(results <= open_calls, f"messages.{index}: unexpected tool_use_id in tool_result blocks")
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
        for block in blocks:
            is_blank = block["type"] == "text" and not block["text"].strip()
            require(not is_blank, f"messages.{index}: text content blocks must contain non-whitespace text")
            if block["type"] == "thinking":
                require(block["signature"] == sign(block["thinking"]), f"messages.{index}: Invalid `signature`")
            if block["type"] == "redacted_thinking":
                require(block["data"] == sign(""), f"messages.{index}: Invalid `data` in `redacted_thinking` block")
    require(not open_calls, "messages: tool_use without tool_result at the end")


def check_settings(request):
    marks = json.dumps(request).count('"cache_control"')
    require(marks <= 4, f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")
    thinking = request.get("thinking") or {}
    if thinking.get("type") in ("enabled", "adaptive"):
        forced = request.get("tool_choice", {}).get("type") in ("any", "tool")
        require(not forced, "Thinking may not be enabled when tool_choice forces tool use.")
        require(request.get("temperature", 1) == 1, "`temperature` may only be set to 1 when thinking is enabled.")
        require("top_k" not in request, "`top_k` must be unset when thinking is enabled.")
    budget = thinking.get("budget_tokens")
    if budget is not None:
        require(budget >= 1024, "thinking.budget_tokens: Input should be greater than or equal to 1024")
        require(request["max_tokens"] > budget, "`max_tokens` must be greater than `thinking.budget_tokens`.")


def last_text(request):
    texts = [block["text"] for block in blocks_of(request["messages"][-1]) if block["type"] == "text"]
    return texts[-1] if texts else ""


def tool_to_call(request):
    choice, tools = request.get("tool_choice", {"type": "auto"}), request.get("tools") or []
    if choice["type"] == "tool":
        return next(tool for tool in tools if tool["name"] == choice["name"])
    is_asked = choice["type"] == "any" or (choice["type"] == "auto" and "weather" in last_text(request))
    return tools[0] if tools and is_asked else None


def content(request):
    blocks = []
    if (request.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        blocks.append({"type": "thinking", "thinking": THOUGHT, "signature": sign(THOUGHT)})
    tool = tool_to_call(request)
    form = (request.get("output_config") or {}).get("format")
    if tool is not None:
        arguments = instance(tool["input_schema"])
        blocks.append({"type": "tool_use", "id": "toolu_01", "name": tool["name"], "input": arguments})
    elif form:
        blocks.append({"type": "text", "text": json.dumps(instance(form["schema"]))})
    else:
        blocks.append({"type": "text", "text": TEXT})
    return blocks


def message(request):
    blocks = content(request)
    # A tenth of what was marked is read from the cache.
    is_marked = '"cache_control"' in json.dumps(request)
    usage = {
        "input_tokens": 20,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 100 if is_marked else 0,
        "output_tokens": 12,
    }
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": blocks,
        "stop_reason": "tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }


def deltas(block):
    """The block as it begins, and what is added to it."""
    if block["type"] == "thinking":
        parts = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return {"type": "thinking", "thinking": "", "signature": ""}, [*parts, signature]
    if block["type"] == "tool_use":
        parts = ["", *pieces(json.dumps(block["input"]))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]


def frames(request):
    whole = message(request)

    def frame(kind, **fields):
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields}, ensure_ascii=False)}\n\n"

    begun = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield frame("message_start", message=begun)
    yield frame("ping")
    overloaded = frame("error", error={"type": "overloaded_error", "message": "Overloaded"})
    if last_text(request) == "fail early":
        yield overloaded
        return
    for index, block in enumerate(whole["content"]):
        opening, parts = deltas(block)
        yield frame("content_block_start", index=index, content_block=opening)
        for part in parts:
            yield frame("content_block_delta", index=index, delta=part)
            if last_text(request) == "cut":
                yield Cut
            if last_text(request) == "fail stream":
                yield overloaded
                return
        yield frame("content_block_stop", index=index)
    ending = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield frame("message_delta", delta=ending, usage={"output_tokens": whole["usage"]["output_tokens"]})
    yield frame("message_stop")


class Anthropic(Vendor):
    def answer(self, request):
        if self.headers["x-api-key"] != "sk-ant-conform":
            raise Refused(401, error("authentication_error", "invalid x-api-key"))
        if self.path != "/v1/messages":
            raise Refused(404, error("not_found_error", "Not Found"))
        require(self.headers["anthropic-version"] == "2023-06-01", "anthropic-version: header is required")
        check_types(request)
        check_messages(request)
        check_settings(request)
        failure = STATUSES.get(last_text(request))
        if failure is not None:
            status, kind, text, headers = failure
            raise Refused(status, error(kind, text), headers)
        return frames(request) if request.get("stream") else message(request)


if __name__ == "__main__":
    serve(Anthropic)
