//! Anthropic's Messages API as callers see it.

use auriko_client::Method;
use auriko_gateway::{Call, ReplyBody};
use serde_json::{Value, json};

use crate::http::{QUICK, Seen, Served, send, serve};
use crate::upstream::{Answer, End, delta, farewell, finish, upstream};

const PATH: &str = "/v1/messages";

impl Served {
    /// A message; what every request has is added.
    async fn message(&self, mut body: Value) -> Seen {
        let object = body.as_object_mut().expect("an object");
        object.entry("model").or_insert(json!("simulated"));
        object.entry("max_tokens").or_insert(json!(1000));
        object.entry("messages").or_insert(json!([{ "role": "user", "content": "Hello there" }]));
        self.post(PATH, &body.to_string()).await
    }

    async fn post(&self, path: &str, body: &str) -> Seen {
        let headers =
            [("x-api-key", "k"), ("anthropic-version", "2023-06-01"), ("anthropic-beta", "x-1,y-2")];
        send(Method::Post, &format!("{}{path}", self.url), &headers, Some(body.to_owned())).await
    }
}

/// The events of a stream, whose names are their types.
fn events(seen: &Seen) -> Vec<Value> {
    let frame = |frame: &str| {
        let (name, data) = frame.split_once("\ndata: ").expect("a name and data");
        let data: Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        data
    };
    seen.text.split_terminator("\n\n").map(frame).collect()
}

/// What the deltas of one kind add up to.
fn deltas(events: &[Value], field: &str) -> String {
    events.iter().filter_map(|event| event["delta"][field].as_str()).collect()
}

fn check_error(seen: &Seen, status: u16, kind: &str, part: &str) {
    let body = seen.json();
    assert_eq!((seen.status, &body["type"], &body["error"]["type"]), (status, &json!("error"), &json!(kind)));
    assert!(body["error"]["message"].as_str().expect("text").contains(part), "{body}");
    assert!(body["error"].get("code").is_none() && body["error"].get("param").is_none(), "{body}");
    assert_eq!(seen.header("request-id"), seen.header("x-request-id"));
    assert!(seen.header("request-id").starts_with("req_"));
}

#[tokio::test]
async fn plain_and_streamed_replies_say_the_same() {
    let served = serve(QUICK).await;
    for body in [
        json!({}),
        json!({ "thinking": { "type": "enabled", "budget_tokens": 2000 } }),
        json!({ "max_tokens": 3 }),
        json!({ "extensions": { "simulated": { "cached_tokens": 2 } } }),
    ] {
        let plain = served.message(body.clone()).await;
        assert_eq!((plain.status, plain.header("content-type")), (200, "application/json; charset=utf-8"));
        let plain = plain.json();
        let mut streamed = body;
        streamed["stream"] = true.into();
        let seen = served.message(streamed).await;
        assert_eq!(seen.header("content-type"), "text/event-stream");
        assert_eq!(seen.header("request-id"), seen.header("x-request-id"));
        let events = events(&seen);
        let start = &events[0]["message"];
        let id = format!("msg_{}", seen.header("x-request-id").trim_start_matches("req_"));
        assert_eq!((&start["id"], &start["model"]), (&json!(id), &plain["model"]));
        assert!(start["usage"]["input_tokens"].as_u64() > Some(0));
        let content = plain["content"].as_array().expect("an array");
        for (kind, field) in [("text", "text"), ("thinking", "thinking"), ("thinking", "signature")] {
            let whole = content.iter().find(|block| block["type"] == kind);
            assert_eq!(
                deltas(&events, field),
                whole.map_or("", |block| block[field].as_str().expect("text"))
            );
        }
        let (stop, before) = (&events[events.len() - 1], &events[events.len() - 2]);
        assert_eq!((&stop["type"], &before["type"]), (&json!("message_stop"), &json!("message_delta")));
        assert_eq!(before["usage"], plain["usage"]);
        assert_eq!(before["delta"]["stop_reason"], plain["stop_reason"]);
        for routing in [&stop["routing_metadata"], &plain["routing_metadata"]] {
            assert_eq!(
                (&routing["provider"], &routing["model_canonical"]),
                (&json!("simulated"), &json!("simulated"))
            );
            assert!(routing["cost"]["usd"].as_f64() > Some(0.0), "{routing}");
        }
    }
}

#[tokio::test]
async fn a_call_without_a_socket_gets_the_same_events() {
    let served = serve(QUICK).await;
    let messages = json!([{ "role": "user", "content": "Hello there" }]);
    let body = json!({ "model": "simulated", "max_tokens": 20, "stream": true, "messages": messages });
    let reply = served.gateway.handle(Call::post(PATH, body.to_string())).await;
    let ReplyBody::Events(mut batches) = reply.body else { panic!("a stream") };
    let mut encoder = batches.encoder();
    let (mut embedded, mut buffer) = (Vec::new(), Vec::new());
    while let Some(batch) = batches.next().await {
        for (choice, event) in &batch {
            encoder.encode_json(*choice, event, &mut buffer, &mut |json| embedded.push(json.to_owned()));
        }
    }
    let masked = |mut event: Value| {
        for (parent, field) in
            [("message", "id"), ("routing_metadata", "ttft_ms"), ("routing_metadata", "throughput_tps")]
        {
            event.get_mut(parent).and_then(Value::as_object_mut).map(|parent| parent.remove(field));
        }
        event
    };
    let embedded: Vec<_> =
        embedded.iter().map(|event| masked(serde_json::from_str(event).expect("JSON"))).collect();
    let over_http: Vec<_> = events(&served.message(body).await).into_iter().map(masked).collect();
    assert_eq!(embedded, over_http);
}

#[tokio::test]
async fn tools_are_called_and_answered() {
    let served = serve(QUICK).await;
    let schema =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    let tools = json!([{ "name": "weather", "input_schema": schema }]);
    let forced = json!({ "tools": tools, "tool_choice": { "type": "tool", "name": "weather" } });
    let reply = served.message(forced.clone()).await.json();
    let call = reply["content"][0].clone();
    assert_eq!(
        (&call["type"], &call["name"], &reply["stop_reason"]),
        (&json!("tool_use"), &json!("weather"), &json!("tool_use"))
    );
    assert!(call["input"]["city"].is_string(), "{call}");
    let mut streamed = forced;
    streamed["stream"] = true.into();
    let events = events(&served.message(streamed).await);
    assert_eq!(events[1]["content_block"]["input"], json!({}));
    assert_eq!(serde_json::from_str::<Value>(&deltas(&events, "partial_json")).expect("JSON"), call["input"]);
    let result = json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "sunny" });
    let messages = json!([
        { "role": "user", "content": "Hello" },
        { "role": "assistant", "content": reply["content"] },
        { "role": "user", "content": [result] },
    ]);
    let reply = served.message(json!({ "tools": tools, "messages": messages })).await.json();
    assert_eq!((&reply["content"][0]["type"], &reply["stop_reason"]), (&json!("text"), &json!("end_turn")));
}

#[tokio::test]
async fn an_answer_fits_its_schema() {
    let served = serve(QUICK).await;
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    let format = json!({ "format": { "type": "json_schema", "schema": schema } });
    let reply = served.message(json!({ "output_config": format })).await.json();
    let answer: Value =
        serde_json::from_str(reply["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert!(answer["n"].is_i64(), "{answer}");
}

#[tokio::test]
async fn refusals_are_anthropics() {
    let served = serve(QUICK).await;
    for path in [PATH, "/v1/messages/count_tokens", "/v1/messages?beta=true"] {
        check_error(&served.get(path).await, 405, "invalid_request_error", "use `POST`");
        check_error(&served.post(path, "{").await, 400, "invalid_request_error", "line 1");
        let unknown =
            json!({ "model": "nobody", "max_tokens": 5, "messages": [{ "role": "user", "content": "x" }] });
        check_error(&served.post(path, &unknown.to_string()).await, 404, "not_found_error", "`nobody`");
    }
    check_error(
        &served.message(json!({ "max_tokens": null })).await,
        400,
        "invalid_request_error",
        "`max_tokens`",
    );
    let fails = |status: u16| json!({ "extensions": { "simulated": { "failure_rate": 1.0, "failure_status": status } } });
    check_error(&served.message(fails(503)).await, 503, "overloaded_error", "capacity");
    check_error(&served.message(fails(500)).await, 502, "api_error", "failed");
    let url = format!("{}{PATH}", served.url);
    let page = send(Method::Post, &url, &[("origin", "https://example.com")], Some("{}".to_owned())).await;
    check_error(&page, 403, "permission_error", "web pages");
    let small = serve(&format!("body_limit_bytes = 100\n{QUICK}")).await;
    let long = json!({ "system": "x".repeat(200) });
    check_error(&small.message(long).await, 413, "request_too_large", "100 bytes");
}

#[tokio::test]
async fn a_stream_that_breaks_says_so() {
    let served = serve(QUICK).await;
    let body = json!({ "stream": true, "extensions": { "simulated": { "cut_after_tokens": 3 } } });
    let events = events(&served.message(body).await);
    let last = &events[events.len() - 1];
    assert_eq!((&last["type"], &last["error"]["type"]), (&json!("error"), &json!("api_error")));
    assert_eq!(deltas(&events, "text").split_whitespace().count(), 3);
}

#[tokio::test]
async fn tokens_are_counted_without_asking_anybody() {
    let served = serve(QUICK).await;
    let count = async |text: &str| {
        let body = json!({ "model": "simulated", "messages": [{ "role": "user", "content": text }] });
        let seen = served.post("/v1/messages/count_tokens", &body.to_string()).await;
        assert_eq!((seen.status, seen.header("x-token-count-model")), (200, "estimate"));
        seen.json()
    };
    assert_eq!(count("12345678").await, json!({ "input_tokens": 2 }));
    assert_eq!(count(&"x".repeat(4000)).await, json!({ "input_tokens": 1000 }));
}

#[tokio::test]
async fn what_was_not_understood_is_said() {
    let served = serve(QUICK).await;
    let reply = served.message(json!({ "brand_new": 1, "container": "c" })).await.json();
    let warnings = reply["routing_metadata"]["warnings"].as_array().expect("warnings").clone();
    let kinds: Vec<_> = warnings.iter().map(|warning| warning["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["unsupported_field"; 2]);
}

/// Through a provider of another API: what it is sent, and how its reply comes back.
#[tokio::test]
async fn other_providers_are_asked_in_their_own_words() {
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
    let mark = json!({ "type": "ephemeral" });
    let body = json!({
        "model": "m", "stream": true, "metadata": { "user_id": "u" }, "stop_sequences": ["END"],
        "system": [{ "type": "text", "text": "Be brief.", "cache_control": mark }],
        "tools": [{ "name": "f", "input_schema": { "type": "object" }, "cache_control": mark }],
        "tool_choice": { "type": "auto", "disable_parallel_tool_use": true },
        "messages": [
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "t", "signature": "s" },
                { "type": "tool_use", "id": "c0", "name": "f", "input": {}, "cache_control": mark },
            ] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "c0", "is_error": true, "content": "no" }] },
        ],
    });
    let events = events(&served.message(body).await);
    let kinds: Vec<_> = events.iter().filter_map(|event| event["content_block"]["type"].as_str()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    assert_eq!(deltas(&events, "partial_json"), "{\"a\":1}");
    assert_eq!(events[0]["message"]["id"], "msg_up-1");
    let usage = json!({ "input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 5 });
    assert_eq!(events[events.len() - 2]["usage"], usage);
    let sent = &upstream.bodies()[0];
    let earlier = json!({ "id": "c0", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let messages = json!([
        { "role": "system", "content": [{ "type": "text", "text": "Be brief." }] },
        { "role": "assistant", "content": "", "reasoning_content": "t", "tool_calls": [earlier] },
        { "role": "tool", "content": "no", "tool_call_id": "c0" },
    ]);
    assert_eq!(sent["messages"], messages);
    assert_eq!(
        sent["tools"],
        json!([{ "type": "function", "function": { "name": "f", "parameters": { "type": "object" } } }])
    );
    let settings =
        ["max_tokens", "user", "stop", "parallel_tool_calls", "tool_choice"].map(|name| sent[name].clone());
    assert_eq!(settings, [json!(1000), json!("u"), json!(["END"]), json!(false), json!("auto")]);
}
