//! OpenAI's Responses API as callers see it.

use auriko_client::Method;
use auriko_gateway::{Call, ReplyBody};
use serde_json::{Value, json};

use crate::http::{QUICK, Seen, Served, send, serve};
use crate::upstream::{Answer, End, delta, farewell, finish, upstream};

const PATH: &str = "/v1/responses";

impl Served {
    /// A response; what every request has is added.
    async fn respond(&self, mut body: Value) -> Seen {
        let object = body.as_object_mut().expect("an object");
        object.entry("model").or_insert(json!("simulated"));
        object.entry("input").or_insert(json!("Hello there"));
        send(Method::Post, &format!("{}{PATH}", self.url), &[], Some(body.to_string())).await
    }

    async fn streamed(&self, mut body: Value) -> Vec<Value> {
        body["stream"] = true.into();
        let seen = self.respond(body).await;
        assert_eq!((seen.status, seen.header("content-type")), (200, "text/event-stream"));
        events(&seen)
    }
}

/// The events of a stream, which are numbered and whose names are their types.
fn events(seen: &Seen) -> Vec<Value> {
    let frame = |(number, frame): (usize, &str)| {
        let (name, data) = frame.split_once("\ndata: ").expect("a name and data");
        let data: Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        assert_eq!(data["sequence_number"], number);
        data
    };
    seen.text.split_terminator("\n\n").enumerate().map(frame).collect()
}

/// What the deltas of one kind add up to.
fn deltas(events: &[Value], kind: &str) -> String {
    let kind = format!("response.{kind}.delta");
    let of_kind = events.iter().filter(|event| event["type"] == kind);
    of_kind.map(|event| event["delta"].as_str().expect("text")).collect()
}

fn kinds(output: &Value) -> Vec<&str> {
    let items = output.as_array().expect("an array");
    items.iter().map(|item| item["type"].as_str().expect("a type")).collect()
}

/// Without what differs from call to call.
fn comparable(response: &Value) -> Value {
    let mut response = response.clone();
    let own = response["id"].as_str().expect("an id").trim_start_matches("resp_").to_owned();
    let object = response.as_object_mut().expect("an object");
    object.remove("created_at");
    for name in ["ttft_ms", "throughput_tps"] {
        object["routing_metadata"].as_object_mut().expect("an object").remove(name);
    }
    serde_json::from_str(&response.to_string().replace(&own, "1")).expect("JSON")
}

fn check_error(seen: &Seen, status: u16, code: &str, param: Option<&str>, part: &str) {
    let error = &seen.json()["error"];
    assert_eq!((seen.status, error["code"].as_str(), error["param"].as_str()), (status, Some(code), param));
    assert!(error["message"].as_str().expect("text").contains(part), "{error}");
    assert!(seen.header("x-request-id").starts_with("req_"));
}

#[tokio::test]
async fn plain_and_streamed_replies_say_the_same() {
    let served = serve(QUICK).await;
    for body in [
        json!({}),
        json!({ "reasoning": { "effort": "low" } }),
        json!({ "reasoning": { "effort": "low" }, "include": ["reasoning.encrypted_content"] }),
        json!({ "max_output_tokens": 3, "metadata": { "k": "v" } }),
        json!({ "extensions": { "simulated": { "cached_tokens": 2 } }, "instructions": "Be brief." }),
    ] {
        let seen = served.respond(body.clone()).await;
        assert_eq!((seen.status, seen.header("content-type")), (200, "application/json; charset=utf-8"));
        let plain = seen.json();
        let id = format!("resp_{}", seen.header("x-request-id").trim_start_matches("req_"));
        assert_eq!((&plain["id"], &plain["object"]), (&json!(id), &json!("response")));
        let events = served.streamed(body).await;
        let last = events.last().expect("an end");
        assert_eq!(comparable(&last["response"]), comparable(&plain));
        assert_eq!(last["routing_metadata"], last["response"]["routing_metadata"]);
        assert_eq!(last["type"], format!("response.{}", plain["status"].as_str().expect("a status")));
        assert_eq!(deltas(&events, "output_text"), plain["output_text"].as_str().expect("text"));
        assert!(plain["routing_metadata"]["cost"]["usd"].as_f64() > Some(0.0), "{plain}");
    }
}

#[tokio::test]
async fn a_call_without_a_socket_gets_the_same_events() {
    let served = serve(QUICK).await;
    let body =
        json!({ "model": "simulated", "input": "Hello there", "max_output_tokens": 5, "stream": true });
    let reply = served.gateway.handle(Call::post(PATH, body.to_string())).await;
    let ReplyBody::Events(mut batches) = reply.body else { panic!("a stream") };
    let mut encoder = batches.encoder();
    let (mut embedded, mut buffer) = (Vec::new(), Vec::new());
    while let Some(batch) = batches.next().await {
        for (choice, event) in &batch {
            encoder.encode_json(*choice, event, &mut buffer, &mut |json| {
                embedded.push(serde_json::from_str::<Value>(json).expect("JSON"));
            });
        }
    }
    let over_http = served.streamed(body).await;
    let kinds =
        |events: &[Value]| -> Vec<Value> { events.iter().map(|event| event["type"].clone()).collect() };
    assert_eq!(kinds(&embedded), kinds(&over_http));
    let last = |events: &[Value]| comparable(&events.last().expect("an end")["response"]);
    assert_eq!(last(&embedded), last(&over_http));
}

#[tokio::test]
async fn tools_are_called_and_answered() {
    let served = serve(QUICK).await;
    let schema =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    let tools = json!([{ "type": "function", "name": "weather", "parameters": schema }]);
    let thinking = json!({ "effort": "low" });
    let forced = json!({
        "tools": tools, "tool_choice": { "type": "function", "name": "weather" }, "reasoning": thinking,
        "include": ["reasoning.encrypted_content"],
    });
    let reply = served.respond(forced.clone()).await.json();
    assert_eq!(
        (kinds(&reply["output"]), &reply["status"]),
        (vec!["reasoning", "function_call"], &json!("completed"))
    );
    assert_eq!((&reply["tools"], &reply["tool_choice"]), (&tools, &forced["tool_choice"]));
    let call = &reply["output"][1];
    let arguments = call["arguments"].as_str().expect("text");
    assert!(serde_json::from_str::<Value>(arguments).expect("JSON")["city"].is_string(), "{call}");
    assert_eq!(deltas(&served.streamed(forced).await, "function_call_arguments"), arguments);
    let mut input = vec![json!({ "role": "user", "content": "Hello" })];
    input.extend(reply["output"].as_array().expect("an array").clone());
    input.push(json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "sunny" }));
    let reply = served.respond(json!({ "tools": tools, "input": input })).await.json();
    assert_eq!(
        (kinds(&reply["output"]), &reply["routing_metadata"]["warnings"]),
        (vec!["message"], &Value::Null)
    );
}

#[tokio::test]
async fn an_answer_fits_its_schema() {
    let served = serve(QUICK).await;
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    let format = json!({ "type": "json_schema", "name": "answer", "schema": schema, "strict": true });
    let reply = served.respond(json!({ "text": { "format": format } })).await.json();
    let answer: Value = serde_json::from_str(reply["output_text"].as_str().expect("text")).expect("JSON");
    assert!(answer["n"].is_i64(), "{answer}");
    assert_eq!(reply["text"]["format"], format);
}

#[tokio::test]
async fn refusals_speak_of_this_apis_fields() {
    let served = serve(QUICK).await;
    let invalid = "invalid_parameter_value";
    check_error(&served.get(PATH).await, 405, "method_not_allowed", None, "use `POST`");
    check_error(
        &served.respond(json!({ "model": "nobody" })).await,
        404,
        "model_not_found",
        Some("model"),
        "`nobody`",
    );
    check_error(
        &served.respond(json!({ "store": true })).await,
        400,
        invalid,
        Some("store"),
        "nothing is stored",
    );
    let earlier = json!({ "previous_response_id": "resp_1" });
    check_error(
        &served.respond(earlier).await,
        400,
        invalid,
        Some("previous_response_id"),
        "nothing is stored",
    );
    let search = json!({ "tools": [{ "type": "web_search" }] });
    check_error(
        &served.respond(search).await,
        400,
        "hosted_tool_not_supported",
        Some("tools[0].type"),
        "`web_search`",
    );
    let stored = json!({ "input": [{ "type": "item_reference", "id": "msg_1" }] });
    let code = "input_requires_responses_endpoint";
    check_error(&served.respond(stored).await, 400, code, Some("input[0].type"), "stored item");
    let fails = json!({ "extensions": { "simulated": { "failure_rate": 1.0, "failure_status": 503 } } });
    check_error(&served.respond(fails).await, 503, "no_provider_available", None, "capacity");
    // Refused by the router, in whose words the field is `response_format`.
    let config = format!("{QUICK}capabilities = {{ json_schema = false }}\n");
    let served = serve(&config).await;
    let format = json!({ "type": "json_schema", "name": "n", "schema": {} });
    let seen = served.respond(json!({ "text": { "format": format } })).await;
    check_error(&seen, 400, "structured_output_not_supported", Some("text.format"), "json_schema");
    let suggestion = seen.json()["error"]["suggestion"].as_str().expect("text").to_owned();
    assert!(suggestion.contains("`text.format`"), "{suggestion}");
}

#[tokio::test]
async fn nothing_is_kept_to_be_asked_for_again() {
    let served = serve(QUICK).await;
    for (method, path) in [
        (Method::Get, "/v1/responses/resp_1"),
        (Method::Delete, "/v1/responses/resp_1"),
        (Method::Get, "/v1/responses/resp_1/input_items"),
        (Method::Post, "/v1/responses/resp_1/cancel"),
    ] {
        let seen = send(method, &format!("{}{path}", served.url), &[], None).await;
        check_error(&seen, 404, "resource_not_found", None, path);
        assert!(seen.text.contains("not stored"), "{}", seen.text);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_says_so() {
    let served = serve(QUICK).await;
    let events = served.streamed(json!({ "extensions": { "simulated": { "cut_after_tokens": 3 } } })).await;
    let [.., error, failed] = events.as_slice() else { panic!("too short") };
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("upstream_error")));
    assert!(error["message"].is_string() && error.get("error").is_none(), "{error}");
    assert_eq!(
        (&failed["type"], &failed["response"]["status"]),
        (&json!("response.failed"), &json!("failed"))
    );
    assert_eq!(failed["response"]["error"]["code"], "upstream_error");
    assert_eq!(deltas(&events, "output_text").split_whitespace().count(), 3);
}

#[tokio::test]
async fn signed_thinking_is_only_shown_to_who_can_use_it() {
    let served = serve(QUICK).await;
    let body = json!({ "model": "simulated", "input": "Hi", "reasoning": { "effort": "low" } });
    let sealed = async |headers: &[(&str, &str)]| {
        let seen =
            send(Method::Post, &format!("{}{PATH}", served.url), headers, Some(body.to_string())).await;
        seen.json()["output"][0].get("encrypted_content").is_some()
    };
    assert!(!sealed(&[]).await);
    assert!(sealed(&[("user-agent", "auriko-python/1.2.0")]).await);
    assert!(sealed(&[("x-auriko-features", "reasoning-blocks")]).await);
}

#[tokio::test]
async fn models_can_be_called_through_this_endpoint() {
    let served = serve(QUICK).await;
    let list = served.get("/v1/models?endpoint=responses").await.json();
    let endpoints = list["data"][0]["supported_endpoints"].as_array().expect("a list");
    assert!(endpoints.contains(&json!("responses")), "{endpoints:?}");
}

#[tokio::test]
async fn a_model_that_only_its_providers_own_endpoint_reaches_is_refused() {
    let served =
        serve("[[providers]]\nid = \"openai\"\nkind = \"openai-compatible\"\napi_key = \"k\"\n").await;
    let body = json!({ "model": "gpt-5.5-pro", "input": "Hi" });
    let url = format!("{}/v1/responses", served.url);
    let seen = send(Method::Post, &url, &[], Some(body.to_string())).await;
    let error = &seen.json()["error"];
    assert_eq!(
        (seen.status, &error["code"], &error["param"]),
        (400, &json!("no_responses_endpoint"), &json!("model"))
    );
    assert!(error["suggestion"].as_str().is_some_and(|it| it.contains("/v1/models")), "{error}");
    let chat = served.chat(json!({ "model": "gpt-5.5-pro" })).await;
    assert_eq!((chat.status, &chat.json()["error"]["code"]), (400, &json!("response_api_only")));
}

/// Through a provider of chat completions: what it is sent, and how its reply comes back.
#[tokio::test]
async fn providers_are_asked_in_their_own_words() {
    let call = json!({ "index": 0, "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{\"a\":" } });
    let frames = vec![
        delta(&json!({ "role": "assistant", "reasoning_content": "hm" })),
        delta(&json!({ "content": "Hi" })),
        delta(&json!({ "tool_calls": [call] })),
        delta(&json!({ "tool_calls": [{ "index": 0, "function": { "arguments": "1}" } }] })),
        finish("tool_calls"),
        farewell(),
    ];
    let upstream = upstream(vec![Answer::Stream(frames, End::Close)]).await;
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\nmodels = [{{ id = \"m\" }}]\n",
        upstream.url
    );
    let served = serve(&config).await;
    let events = served
        .streamed(json!({
            "model": "m", "instructions": "Be brief.", "user": "u", "max_output_tokens": 50,
            "tools": [{ "type": "function", "name": "f", "parameters": { "type": "object" }, "strict": true }],
            "tool_choice": "auto", "parallel_tool_calls": false, "text": { "format": { "type": "json_object" } },
            "input": [
                { "role": "user", "content": [{ "type": "input_text", "text": "Hi" }] },
                { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "t" }] },
                { "type": "function_call", "id": "fc_1", "call_id": "c0", "name": "f", "arguments": "{}" },
                { "type": "function_call_output", "call_id": "c0", "output": "no" },
            ],
        }))
        .await;
    let response = &events.last().expect("an end")["response"];
    assert_eq!(kinds(&response["output"]), ["reasoning", "message", "function_call"]);
    assert_eq!((&response["id"], &response["model"]), (&json!("resp_up-1"), &json!("dated")));
    assert_eq!(response["output"][2]["arguments"], "{\"a\":1}");
    assert_eq!(response["usage"]["total_tokens"], 15);
    let sent = &upstream.bodies()[0];
    let earlier = json!({ "id": "c0", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": "Hi" },
        { "role": "assistant", "content": "", "reasoning_content": "t", "tool_calls": [earlier] },
        { "role": "tool", "content": "no", "tool_call_id": "c0" },
    ]);
    assert_eq!(sent["messages"], messages);
    let function = json!({ "name": "f", "parameters": { "type": "object" }, "strict": true });
    assert_eq!(sent["tools"], json!([{ "type": "function", "function": function }]));
    let settings = ["user", "parallel_tool_calls", "tool_choice"].map(|name| sent[name].clone());
    assert_eq!(settings, [json!("u"), json!(false), json!("auto")]);
    assert_eq!(sent["response_format"], json!({ "type": "json_object" }));
    for name in ["store", "input", "text", "instructions", "max_output_tokens"] {
        assert!(sent.get(name).is_none(), "{name}");
    }
}
