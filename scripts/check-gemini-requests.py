"""Checks what the gateway sends to Gemini against the types of Google's own client.

    pip install google-genai
    cargo build -p auriko-gateway
    python scripts/check-gemini-requests.py target/debug/auriko-gateway

Starts the gateway in front of a server on this machine that keeps what it is sent, and reads every request with
the models of `google.genai.types`, which refuse unknown fields. Prints one line per case; fails if one does.
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

from google.genai import types
from pydantic import TypeAdapter

FIELDS = {
    "contents": list[types.Content],
    "systemInstruction": types.Content,
    "tools": list[types.Tool],
    "toolConfig": types.ToolConfig,
    "generationConfig": types.GenerationConfig,
    "safetySettings": list[types.SafetySetting],
}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
SCHEMA = {
    "type": "object",
    "properties": {"node": {"$ref": "#/definitions/Node"}, "kind": {"const": "a"}, "when": {"type": ["string", "null"], "format": "date"}},
    "required": ["node"],
    "additionalProperties": False,
    "definitions": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/definitions/Node"}}}},
}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
HELLO = [{"role": "user", "content": "Hi"}]
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}, "provider_signature": "CpcBAAAA"}
ANSWERED = [
    {"role": "system", "content": "Be brief."},
    *HELLO,
    {"role": "assistant", "content": "Well", "reasoning": [{"type": "thinking", "thinking": "hm", "signature": "gemini.text:CpcB"}], "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": PIXEL}}]},
]
CASES = {
    "plain": {"messages": HELLO},
    "parameters": {"messages": HELLO, "temperature": 0.5, "top_p": 0.9, "top_k": 4, "stop": "x", "seed": 1, "n": 2, "max_tokens": 9, "logprobs": True, "top_logprobs": 2},
    "images": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}} for url in (PIXEL, "https://h/a.png")]}]},
    "tools": {"messages": ANSWERED, "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
    "schema": {"messages": HELLO, "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}},
    "reasoning": {"messages": HELLO, "reasoning_effort": "high"},
    "search": {"messages": HELLO, "web_search_options": {}},
    "extensions": {"messages": HELLO, "extensions": {"google": {"safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}], "generation_config": {"media_resolution": "MEDIA_RESOLUTION_LOW"}}}},
}
REPLY = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}


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


def check(url, model, request):
    body = json.dumps({"model": f"google_ai_studio/{model}", **request}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/chat/completions", body)):
        sent = Upstream.received.pop()
    for field, value in sent.items():
        # From text, as bytes are base64 only there.
        TypeAdapter(FIELDS[field]).validate_json(json.dumps(value))


def main():
    upstream = HTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "auriko.toml")
        config.write_text(f'[[providers]]\nid = "google_ai_studio"\nkind = "gemini"\napi_key = "k"\nbase_url = "http://127.0.0.1:{upstream.server_port}/v1beta"\n')
        gateway = subprocess.Popen([sys.argv[1], "--port", "0", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        failed = 0
        try:
            url = re.search(r"http://\S+", gateway.stdout.readline())[0]
            for model in ("gemini-2.5-flash", "gemini-3.1-pro-preview"):
                for name, request in CASES.items():
                    try:
                        check(url, model, request)
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
