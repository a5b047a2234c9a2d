"""Checks what the gateway sends to Anthropic against the types of Anthropic's own client.

    pip install anthropic
    cargo build -p auriko-gateway
    python scripts/check-anthropic-requests.py target/debug/auriko-gateway

Starts the gateway in front of a server on this machine that keeps what it is sent, and reads every request as
`anthropic.types.MessageCreateParams`, which must leave nothing out. Prints one line per case; fails if one does.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from anthropic import types
from pydantic import TypeAdapter

MODELS = ("claude-opus-5-5", "claude-sonnet-5", "claude-opus-4-6", "claude-haiku-4-5", "claude-sonnet-4-20250514")
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"const": "a"}, "when": {"type": ["string", "null"], "format": "date"}, "count": {"type": "integer", "minimum": 1}},
    "required": ["kind"],
    "additionalProperties": False,
}
MARK = {"type": "ephemeral"}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}, "cache_control": MARK}
HELLO = [{"role": "user", "content": "Hi"}]
LONG = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "word " * 5000}]
CALLS = [{"id": f"functions.f:{n}", "type": "function", "function": {"name": "f", "arguments": '{"kind":"a"}'}} for n in range(2)]
THOUGHTS = [{"type": "thinking", "thinking": "hm", "signature": "EqQB"}, {"type": "redacted", "data": "xyz"}]
ANSWERED = [
    {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": MARK}]},
    *HELLO,
    {"role": "assistant", "content": "Well", "reasoning": THOUGHTS, "tool_calls": CALLS},
    {"role": "tool", "tool_call_id": "functions.f:0", "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": PIXEL}}]},
    {"role": "tool", "tool_call_id": "functions.f:1", "content": ""},
]
FILES = ["data:application/pdf;base64,JVBERi0=", "data:text/plain;base64,SGkh"]
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
CASES = {
    "plain": {"messages": HELLO},
    "cached": {"messages": LONG, "tools": [{"type": "function", "function": {"name": "g"}}]},
    "parameters": {"messages": HELLO, "temperature": 0.5, "top_p": 0.9, "top_k": 4, "stop": "x", "max_tokens": 9, "user": "u"},
    "images": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}, "cache_control": MARK} for url in (PIXEL, "https://h/a.png")]}]},
    "files": {"messages": [{"role": "user", "content": [{"type": "file", "file": {"filename": "a", "file_data": data}} for data in FILES]}]},
    "tools": {"messages": ANSWERED, "tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False},
    "no tools": {"messages": ANSWERED, "tools": [TOOL], "tool_choice": "none"},
    "schema": {"messages": HELLO, "response_format": FORMAT},
    "open schema": {"messages": HELLO, "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "additionalProperties": {"type": "number"}}}}},
    "schema and tools": {"messages": HELLO, "response_format": FORMAT, "tools": [TOOL]},
    "reasoning": {"messages": ANSWERED, "tools": [TOOL], "reasoning_effort": "max"},
}
# Fields of API version 2023-06-01, which the gateway asks for. The client's types are those of a later one, without them.
SAMPLING = ("temperature", "top_p", "top_k")
REPLY = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}


class Upstream(BaseHTTPRequestHandler):
    received = []

    def do_POST(self):
        self.received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        body = json.dumps(REPLY).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def read(value):
    """Lists are read item by item, as they are asked for."""
    if isinstance(value, dict):
        return {key: read(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else [read(item) for item in value]


def check(url, model, request, adapter):
    body = json.dumps({"model": f"anthropic/{model}", **request}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/chat/completions", body)):
        sent = {field: value for field, value in Upstream.received.pop().items() if field not in SAMPLING}
    if read(adapter.validate_python(sent)) != sent:
        raise ValueError("the types read something else than was sent")


def main():
    adapter = TypeAdapter(types.MessageCreateParams)
    upstream = HTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "auriko.toml")
        config.write_text(f'[[providers]]\nid = "anthropic"\nkind = "anthropic"\napi_key = "k"\nbase_url = "http://127.0.0.1:{upstream.server_port}/v1"\n')
        gateway = subprocess.Popen([sys.argv[1], "--port", "0", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        failed = 0
        try:
            url = re.search(r"http://\S+", gateway.stdout.readline())[0]
            for model in MODELS:
                for name, request in CASES.items():
                    try:
                        check(url, model, request, adapter)
                        print(f"ok {model} {name}")
                    except Exception as error:
                        failed += 1
                        print(f"FAIL {model} {name}: {error}")
        finally:
            gateway.terminate()
            gateway.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
