"""Chat requests that try a vendor: what the gateway makes of them must be what the vendor takes."""

import vendor_anthropic
from cases import HELLO, PIXEL

# Keywords that vendors are particular about.
SCHEMA = {
    "type": "object",
    "properties": {
        "node": {"$ref": "#/definitions/Node"},
        "kind": {"const": "a"},
        "when": {"type": ["string", "null"], "format": "date"},
        "count": {"type": "integer", "minimum": 1},
    },
    "required": ["kind"],
    "additionalProperties": False,
    "definitions": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/definitions/Node"}}}},
}
FLAT = {**SCHEMA, "properties": {"kind": {"const": "a"}, "count": {"type": "integer", "minimum": 1}}}
FLAT.pop("definitions")
MARK = {"cache_control": {"type": "ephemeral"}}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
STRICT = {"type": "function", "function": {"name": "f", "parameters": FLAT, "strict": True}, **MARK}
LONG = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "word " * 5000}]
CALLS = [
    {"id": f"functions.f:{n}", "type": "function", "function": {"name": "f", "arguments": '{"kind":"a"}'}}
    for n in range(2)
]
# Of another vendor: none of it may arrive, and nothing may fail for it.
FOREIGN_THOUGHTS = [{"type": "thinking", "thinking": "hm", "signature": "gemini.text:CpcB"}]
ANSWERED = [
    {"role": "system", "content": [{"type": "text", "text": "Be brief.", **MARK}]},
    *HELLO,
    {"role": "assistant", "content": "Well", "reasoning_content": "hm", "tool_calls": CALLS},
    {
        "role": "tool",
        "tool_call_id": "functions.f:0",
        "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": PIXEL}}],
    },
    {"role": "tool", "tool_call_id": "functions.f:1", "content": ""},
]


def user(*parts):
    return [{"role": "user", "content": list(parts)}]


def schema(value):
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": value}}}


REQUESTS = {
    "plain": {"messages": HELLO},
    "instructions": {
        "messages": [{"role": "developer", "content": "Be brief."}, *HELLO, {"role": "system", "content": "And kind."}]
    },
    "several_turns": {
        "messages": [*HELLO, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Go on"}]
    },
    "two_users_in_a_row": {"messages": [*HELLO, *HELLO]},
    "a_long_prompt": {"messages": LONG, "tools": [{"type": "function", "function": {"name": "g"}}]},
    "parameters": {
        "messages": HELLO,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 4,
        "stop": "x",
        "max_tokens": 9,
        "user": "u",
    },
    "images": {
        "messages": user(
            *({"type": "image_url", "image_url": {"url": url}, **MARK} for url in (PIXEL, "https://example.com/a.png"))
        )
    },
    "files": {
        "messages": user(
            *(
                {"type": "file", "file": {"filename": "a", "file_data": data}}
                for data in ("data:application/pdf;base64,JVBERi0=", "data:text/plain;base64,SGkh")
            )
        )
    },
    "tools": {"messages": ANSWERED, "tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False},
    "a_strict_tool": {"messages": HELLO, "tools": [STRICT]},
    "no_tools_wanted": {"messages": ANSWERED, "tools": [TOOL], "tool_choice": "none"},
    "schema": {"messages": HELLO, **schema(FLAT)},
    "recursive_schema": {"messages": HELLO, **schema(SCHEMA)},
    "open_schema": {"messages": HELLO, **schema({"type": "object", "additionalProperties": {"type": "number"}})},
    "schema_and_tools": {"messages": HELLO, "tools": [STRICT], **schema(FLAT)},
    "low_reasoning": {"messages": HELLO, "reasoning_effort": "low"},
    "most_reasoning_after_tools": {"messages": ANSWERED, "tools": [TOOL], "reasoning_effort": "max"},
    "reasoning_and_sampling": {"messages": HELLO, "reasoning_effort": "high", "temperature": 0.2, "top_k": 3},
    "foreign_thoughts": {
        "messages": [*HELLO, {"role": "assistant", "content": "Yes?", "reasoning": FOREIGN_THOUGHTS}, *HELLO]
    },
}
# What only one of them has.
OWN_THOUGHTS = [
    {"type": "thinking", "thinking": "hm", "signature": vendor_anthropic.sign("hm")},
    {"type": "redacted", "data": vendor_anthropic.sign("")},
]
OWN_REQUESTS = {
    "anthropic": {
        "thoughts_of_its_own": {
            "messages": [*ANSWERED[:2], {**ANSWERED[2], "reasoning": OWN_THOUGHTS}, *ANSWERED[3:]],
            "tools": [TOOL],
            "reasoning_effort": "high",
        },
    },
    "google_ai_studio": {
        "choices_and_seed": {"messages": HELLO, "seed": 1, "n": 2, "presence_penalty": 0.5},
        "search": {"messages": HELLO, "web_search_options": {}},
        "extensions": {
            "messages": HELLO,
            "extensions": {
                "google": {
                    "safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
                    "generation_config": {"media_resolution": "MEDIA_RESOLUTION_LOW"},
                }
            },
        },
    },
}
