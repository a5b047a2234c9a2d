"""What the scripted vendor servers share: HTTP/1.1 over loopback, replies as JSON or as server-sent events.

An event stream is sent in pieces of a few bytes, so that frames, lines and characters arrive cut in two.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A prime, so that cuts fall elsewhere in every frame.
PIECE_BYTES = 37


class Refused(Exception):
    """An error reply: status, body, and headers if any."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


class Cut:
    """Among the frames of a stream: the connection breaks here."""


class Vendor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Or each small write waits for the acknowledgement of the last.
    disable_nagle_algorithm = True

    def answer(self, request):
        """The reply as a dict, or the frames of its stream. Raises `Refused`."""
        raise NotImplementedError

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            reply = self.answer(request)
        except Refused as error:
            self.send_json(error.status, error.body, error.headers)
            return
        if isinstance(reply, dict):
            self.send_json(200, reply, {})
        else:
            self.send_frames(reply)

    def send_json(self, status, value, headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def send_frames(self, frames):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for frame in frames:
            if frame is Cut:
                self.close_connection = True
                return
            text = frame.encode()
            for start in range(0, len(text), PIECE_BYTES):
                piece = text[start : start + PIECE_BYTES]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


def serve(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(f"listens on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def pieces(text, count=3):
    """The text cut into about `count` deltas."""
    size = max(1, -(-len(text) // count))
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]


def instance(schema):
    """A small value that fits a schema, as far as the cases need it."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return instance(schema["anyOf"][0])
    kind = schema.get("type", "object")
    kind = (kind[0] if isinstance(kind, list) else kind).lower()
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: instance(properties.get(name, {"type": "string"})) for name in schema.get("required", [])}
    return {"array": [], "string": "Paris", "integer": 2, "number": 2.5, "boolean": True, "null": None}[kind]
