"""Google's Gemini API as a script: reads every request with the types of Google's own client, which refuse unknown
fields, and with the rules that its documentation states beside them; answers as the API does.

What the last user message says decides about failures: `fail 429`, `fail 503`, `fail 400`, `blocked`, `cut`.
"""

import base64
import hashlib
import json
import re

from google.genai import types
from pydantic import TypeAdapter, ValidationError

from vendor_http import Cut, Refused, Vendor, instance, pieces, serve

FIELDS = {
    "contents": list[types.Content],
    "systemInstruction": types.Content,
    "tools": list[types.Tool],
    "toolConfig": types.ToolConfig,
    "generationConfig": types.GenerationConfig,
    "safetySettings": list[types.SafetySetting],
}
TYPES = {name: TypeAdapter(kind) for name, kind in FIELDS.items()}
THOUGHT = "**Thinking**\n\nThe user wants an answer – so I give one. ✓"
TEXT = "Hello from Gemini – grüß dich! 👋"
# Stands for the signature of another vendor's call; the API documents it.
FOREIGN = "skip_thought_signature_validator"
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}
STATUSES = {
    "fail 429": (429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric.", [RETRY_INFO]),
    "fail 503": (503, "UNAVAILABLE", "The model is overloaded. Please try again later.", []),
    "fail 400": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
        [],
    ),
}


def sign(name):
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def refuse(status, word, message, details=()):
    body = {"error": {"code": status, "message": message, "status": word}}
    if details:
        body["error"]["details"] = list(details)
    raise Refused(status, body)


def require(holds, message):
    if not holds:
        refuse(400, "INVALID_ARGUMENT", message)


def check_types(request):
    for field, value in request.items():
        require(field in TYPES, f'Invalid JSON payload received. Unknown name "{field}": Cannot find field.')
        try:
            # From text, as bytes are base64 only there.
            TYPES[field].validate_json(json.dumps(value))
        except ValidationError as failure:
            fault = failure.errors()[0]
            require(False, f"{field}.{'.'.join(map(str, fault['loc']))}: {fault['msg']}")


def check_contents(request, model):
    contents = request["contents"]
    require(contents, "contents is not specified")
    calls = []
    for index, entry in enumerate(contents):
        require(entry.get("role") in ("user", "model"), "Please use a valid role: user, model.")
        require(entry.get("parts"), f"contents[{index}].parts must not be empty")
        made = [part for part in entry["parts"] if "functionCall" in part]
        answers = [part["functionResponse"] for part in entry["parts"] if "functionResponse" in part]
        names = [answer["name"] for answer in answers]
        require(
            sorted(names) == sorted(calls),
            "the number of function response parts must equal that of function call parts",
        )
        calls = [part["functionCall"]["name"] for part in made]
        if made and model.startswith("gemini-3"):
            signature = made[0].get("thoughtSignature")
            is_known = signature in (FOREIGN, sign(calls[0]))
            require(is_known, f"Function call `{calls[0]}` is missing a thought_signature in functionCall parts.")


def last_text(request):
    texts = [part["text"] for part in request["contents"][-1]["parts"] if "text" in part]
    return texts[-1] if texts else ""


def function_to_call(request):
    config = (request.get("toolConfig") or {}).get("functionCallingConfig") or {}
    functions = [it for tool in request.get("tools") or [] for it in tool.get("functionDeclarations") or []]
    allowed = config.get("allowedFunctionNames")
    functions = [it for it in functions if not allowed or it["name"] in allowed]
    mode = config.get("mode", "AUTO")
    is_asked = mode == "ANY" or (mode == "AUTO" and "weather" in last_text(request))
    return functions[0] if functions and is_asked else None


def parts(request):
    settings = request.get("generationConfig") or {}
    found = []
    if (settings.get("thinkingConfig") or {}).get("includeThoughts"):
        found.append({"text": THOUGHT, "thought": True})
    function = function_to_call(request)
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    if function is not None:
        arguments = instance(function.get("parametersJsonSchema") or function.get("parameters") or {})
        call = {"name": function["name"], "args": arguments}
        found.append({"functionCall": call, "thoughtSignature": sign(function["name"])})
    elif schema or settings.get("responseMimeType") == "application/json":
        found.append({"text": json.dumps(instance(schema or {}))})
    else:
        found.append({"text": TEXT, "thoughtSignature": sign(TEXT)})
    return found


def chunk(request, model, found, finish=None):
    thinks = any(part.get("thought") for part in parts(request))
    candidate = {"index": 0, "content": {"role": "model", "parts": found}}
    usage = {"promptTokenCount": 20, "candidatesTokenCount": 12, "totalTokenCount": 32}
    if thinks:
        usage |= {"thoughtsTokenCount": 8, "totalTokenCount": 40}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": "vendor-1"}


def frames(request, model):
    def frame(value):
        return f"data: {json.dumps(value, ensure_ascii=False)}\r\n\r\n"

    found = parts(request)
    for index, part in enumerate(found):
        # A signature comes with the last piece of its part.
        texts = pieces(part["text"]) if "text" in part else [None]
        for position, text in enumerate(texts):
            is_last = position == len(texts) - 1
            piece = {name: value for name, value in part.items() if is_last or name != "thoughtSignature"}
            if text is not None:
                piece["text"] = text
            is_end = is_last and index == len(found) - 1
            yield frame(chunk(request, model, [piece], "STOP" if is_end else None))
            if last_text(request) == "cut":
                yield Cut


class Gemini(Vendor):
    def answer(self, request):
        if self.headers["x-goog-api-key"] != "conform":
            refuse(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        path = re.fullmatch(r"/v1beta/models/([\w.-]+):(generateContent|streamGenerateContent\?alt=sse)", self.path)
        if path is None:
            refuse(404, "NOT_FOUND", f"{self.path} is not found for API version v1beta")
        model = path[1]
        check_types(request)
        check_contents(request, model)
        if last_text(request) in STATUSES:
            refuse(*STATUSES[last_text(request)])
        if last_text(request) == "blocked":
            usage = {"promptTokenCount": 20, "totalTokenCount": 20}
            feedback = {"blockReason": "PROHIBITED_CONTENT"}
            blocked = {"promptFeedback": feedback, "usageMetadata": usage, "modelVersion": model}
            return blocked if path[2] == "generateContent" else [f"data: {json.dumps(blocked)}\r\n\r\n"]
        if path[2] == "generateContent":
            return chunk(request, model, parts(request), "STOP")
        return frames(request, model)


if __name__ == "__main__":
    serve(Gemini)
