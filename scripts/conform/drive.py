"""Runs cases through the official Python SDK, sync and async, and prints one JSON line for each.

Input: a JSON array of runs on standard input. No retry waits: the waits are recorded, and the jitter comes from a seed.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import time
from typing import Any

import anyio
import auriko
from auriko.errors import AurikoAPIError
from auriko.models.responses import UnknownStreamEvent

MULTIPLIER = 48_271
MODULUS = 2_147_483_647
HEADERS = (
    "request_id",
    "retry_after_seconds",
    "rate_limit_remaining",
    "rate_limit_limit",
    "rate_limit_reset",
    "credits_balance_microdollars",
    "token_count_model",
)

waits: list[float] = []
state = 1


def jitter() -> float:
    global state
    state = (state * MULTIPLIER) % MODULUS
    return (state - 1) / (MODULUS - 1)


async def note(seconds: float) -> None:
    waits.append(seconds)


random.random = jitter
time.sleep = waits.append
anyio.sleep = note


def finite(value: Any) -> Any:
    """JSON has no words for infinity and not-a-number."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list) else value


def headers_of(headers: Any) -> dict[str, Any] | None:
    return None if headers is None else {name: getattr(headers, name) for name in HEADERS}


def error_of(error: BaseException) -> dict[str, Any]:
    if not isinstance(error, AurikoAPIError):
        return {"class": type(error).__name__}
    return {
        "class": type(error).__name__,
        "message": error.message,
        "status": error.status_code,
        "type": error.type,
        "code": error.code,
        "param": error.param,
        "body": error.body,
        "doc_url": error.doc_url,
        "provider": error.provider,
        "request_id": error.request_id,
        "retry_after_seconds": error.retry_after_seconds,
        "headers": headers_of(error.response_headers),
        "text": str(error),
    }


def value_of(item: Any) -> Any:
    if isinstance(item, UnknownStreamEvent):
        return item.data
    # What was not sent is left out, so that defaults of the models are no values of the reply.
    return item.model_dump(mode="json", exclude_unset=True)


def resource(client: Any, call: str) -> Any:
    for name in call.split("."):
        client = getattr(client, name)
    return client


def client_options(run: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {"api_key": "ak_test_conform", "base_url": run["base_url"], "timeout": 20.0}
    options.update(run.get("client", {}))
    return options


def finish(outcome: dict[str, Any], stream: Any) -> dict[str, Any]:
    for name in ("usage", "routing_metadata", "completed_response"):
        value = getattr(stream, name, None)
        outcome[name] = None if value is None else value_of(value)
    outcome["headers"] = headers_of(stream.response_headers)
    return outcome


def run_sync(run: dict[str, Any]) -> dict[str, Any]:
    with auriko.Client(**client_options(run)) as client:
        result = resource(client, run["call"])(*run.get("args", []), **run.get("params", {}))
        if not run.get("params", {}).get("stream"):
            return {"value": value_of(result), "headers": headers_of(getattr(result, "response_headers", None))}
        outcome: dict[str, Any] = {"items": []}
        try:
            for item in result:
                outcome["items"].append(value_of(item))
        except Exception as error:  # noqa: BLE001: what is raised is the result
            outcome["error"] = error_of(error)
        return finish(outcome, result)


async def run_async(run: dict[str, Any]) -> dict[str, Any]:
    async with auriko.AsyncClient(**client_options(run)) as client:
        result = await resource(client, run["call"])(*run.get("args", []), **run.get("params", {}))
        if not run.get("params", {}).get("stream"):
            return {"value": value_of(result), "headers": headers_of(getattr(result, "response_headers", None))}
        outcome: dict[str, Any] = {"items": []}
        try:
            async for item in result:
                outcome["items"].append(value_of(item))
        except Exception as error:  # noqa: BLE001
            outcome["error"] = error_of(error)
        return finish(outcome, result)


def main() -> None:
    global state
    for run in json.load(sys.stdin):
        waits.clear()
        state = run["seed"]
        try:
            outcome = asyncio.run(run_async(run)) if run["is_async"] else run_sync(run)
        except Exception as error:  # noqa: BLE001
            outcome = {"error": error_of(error)}
        print(json.dumps(finite({"id": run["id"], "outcome": outcome, "waits": list(waits)})), flush=True)


main()
