"""LangChain's `ChatOpenAI`, and the subclass of it that the official package has, against a gateway.

python langchain_cases.py http://127.0.0.1:8787
"""

import openai
from auriko import AurikoAPIError
from auriko.frameworks.langchain import AurikoChatOpenAI
from auriko.route_types import RoutingOptions
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from cases import BASE_URL, SIMULATED, case, failure_of, run

SETTINGS = {"base_url": f"{BASE_URL}/v1", "api_key": "ak_test", "max_retries": 0}


class Place(BaseModel):
    """A place."""

    city: str
    days: int


@tool
def weather(city: str) -> str:
    """The weather at a place."""
    return f"sunny in {city}"


def model(name="simulated", **settings):
    return ChatOpenAI(model=name, **SETTINGS, **settings)


@case("chat")
async def invoke(client):
    reply = client.invoke("Hello there")
    assert isinstance(reply, AIMessage) and reply.content.startswith(SIMULATED), reply
    assert reply.response_metadata["finish_reason"] == "stop", reply.response_metadata


@case("chat")
async def ainvoke(client):
    messages = [SystemMessage("Be brief."), HumanMessage("Hello there")]
    assert (await client.ainvoke(messages)).content.startswith(SIMULATED)


@case("chat")
async def batch(client):
    replies = client.batch(["one", "two", "three"])
    assert len({reply.content for reply in replies}) == 3, replies


@case("chat")
async def usage_metadata(client):
    usage = client.invoke("Hello there").usage_metadata
    assert usage["output_tokens"] == 64 and usage["input_tokens"] > 0, usage
    assert usage["total_tokens"] == usage["input_tokens"] + 64, usage
    assert model("cached").invoke("Hello there").usage_metadata["input_token_details"]["cache_read"] > 0


@case("chat")
async def a_chain(client):
    prompt = ChatPromptTemplate.from_messages([("system", "Be {how}."), ("user", "{question}")])
    chain = prompt | client | StrOutputParser()
    assert chain.invoke({"how": "brief", "question": "Why?"}).startswith(SIMULATED)


@case("stream")
async def stream(client):
    whole = None
    for chunk in model(stream_usage=True).stream("Hello there"):
        whole = chunk if whole is None else whole + chunk
    assert whole.content == client.invoke("Hello there").content, whole
    assert whole.usage_metadata["output_tokens"] == 64, whole.usage_metadata


@case("stream")
async def astream(client):
    text = "".join([chunk.content async for chunk in client.astream("Hello there")])
    assert text.startswith(SIMULATED), text


@case("stream")
async def events(client):
    kinds = {event["event"] async for event in client.astream_events("Hello there")}
    assert {"on_chat_model_start", "on_chat_model_stream", "on_chat_model_end"} <= kinds, kinds


@case("tools")
async def bind_tools(client):
    bound = client.bind_tools([weather], tool_choice="required")
    first = bound.invoke("Hello there")
    [call] = first.tool_calls
    assert call["name"] == "weather" and isinstance(call["args"]["city"], str), call
    answer = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
    last = client.bind_tools([weather]).invoke([HumanMessage("Hello there"), first, answer])
    assert last.content.startswith(SIMULATED) and not last.tool_calls, last


@case("tools")
async def streamed_tool_calls(client):
    whole = None
    for chunk in model("eager").bind_tools([weather]).stream("Hello there"):
        whole = chunk if whole is None else whole + chunk
    [call] = whole.tool_calls
    assert call["name"] == "weather" and call["args"]["city"], call


def structured_case(method):
    async def check(client):
        result = client.with_structured_output(Place, method=method).invoke("Hello there")
        assert isinstance(result, Place), result

    check.__name__ = f"with_structured_output_by_{method}"
    case("format")(check)


for method in ("json_schema", "function_calling"):
    structured_case(method)


@case("errors")
async def an_unknown_model(client):
    error = await failure_of(lambda: model("no-such-model").ainvoke("Hi"), openai.NotFoundError)
    assert error.code == "model_not_found", repr(error)


@case("routing")
async def options_in_extra_body(client):
    routed = model("contested", extra_body={"gateway": {"routing": {"optimize": "ttft-focus"}}})
    assert len(routed.invoke("Hello there").content) > 0


@case("routing")
async def the_subclass_of_auriko(client):
    own = AurikoChatOpenAI(model="contested", routing=RoutingOptions(optimize="tps-focus"), **SETTINGS)
    result = own.generate([[HumanMessage("Hello there")]])
    routing = result.generations[0][0].generation_info["routing_metadata"]
    assert (routing["provider"], routing["routing_strategy"]) == ("rapid", "tps-focus"), routing
    error = await failure_of(lambda: AurikoChatOpenAI(model="broken", **SETTINGS).ainvoke("Hi"), AurikoAPIError)
    assert error.status_code == 400, repr(error)


if __name__ == "__main__":
    run(model)
