"""What the case files in Python share: a list of cases, and a way to write a case once for a client and its async twin.

A case is `async def case(client)` under `@case(group)`. It awaits through `settle` and iterates through `each`, which
leave alone what a client that is not async returns. `needs` names a path of the gateway: the case is skipped, and says
so, where there is nothing.
"""

import asyncio
import inspect
import json
import sys
import urllib.error
import urllib.request

BASE_URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8787"
MODE = sys.argv[2] if len(sys.argv) > 2 else "sync"

HELLO = [{"role": "user", "content": "Hello there"}]
SIMULATED = "This is a simulated reply"
PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "The weather at a place.", "parameters": PLACE},
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)

CASES = []


def case(group, needs=None):
    def register(function):
        CASES.append((group, function, needs))
        return function

    return register


async def settle(value):
    return await value if inspect.isawaitable(value) else value


async def each(items):
    if hasattr(items, "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


async def failure_of(make, kind):
    """What the call raises; whether at once or from its stream."""
    try:
        result = await settle(make())
        if hasattr(result, "__aiter__") or hasattr(result, "__next__"):
            async for _ in each(result):
                pass
    except kind as error:
        return error
    raise AssertionError("it was not refused")


def is_served(path):
    request = urllib.request.Request(BASE_URL + path)
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as error:
        # Another 404 or another status comes from somebody who is there.
        body = error.read()
        return error.code != 404 or json.loads(body)["error"]["code"] != "resource_not_found"
    return True


def run(make):
    """`make`: gives the client that all cases share."""

    async def main():
        client = make()
        failed = False
        for group, function, needs in CASES:
            name = f"{group}/{function.__name__}"
            if needs is not None and not is_served(needs):
                print(f"skip {name}: there is no {needs}", flush=True)
                continue
            try:
                await function(client)
                print(f"ok {name}", flush=True)
            except Exception as error:  # every case is to run
                failed = True
                print(f"FAIL {name}: {type(error).__name__}: {' '.join(str(error).split())[:400]}", flush=True)
        return failed

    sys.exit(1 if asyncio.run(main()) else 0)
