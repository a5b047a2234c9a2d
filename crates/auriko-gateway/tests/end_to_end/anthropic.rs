//! The gateway in front of an Anthropic server, and of one that falls back to another API.

use serde_json::{Value, json};

use crate::http::{Seen, Served, send, serve, text_of};
use crate::upstream::{Answer, End, Upstream, delta, farewell, finish, frame, upstream};

/// An Anthropic provider and a dearer OpenAI-compatible one of the same model.
async fn serving(anthropic: &Upstream, other: &Upstream) -> Served {
    let entry = |id: &str, kind: &str, url: &str, price: f64| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"{kind}\"\nbase_url = \"{url}\"\napi_key = \"key-of-{id}\"\n\
             models = [{{ id = \"m\", upstream_id = \"claude-haiku-4-5\", input_price = {price:.1}, output_price = {price:.1} }}]\n"
        )
    };
    let anthropic = entry("anthropic", "anthropic", &anthropic.url, 1.0);
    serve(&format!("{anthropic}{}", entry("other", "openai-compatible", &other.url, 5.0))).await
}

async fn pair(answers: Vec<Answer>, other: Answer) -> (Served, Upstream, Upstream) {
    let (anthropic, other) = (upstream(answers).await, upstream(vec![other]).await);
    (serving(&anthropic, &other).await, anthropic, other)
}

fn nobody() -> Answer {
    Answer::Status(500, vec![], String::new())
}

fn usage() -> Value {
    json!({ "input_tokens": 6, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0, "output_tokens": 5 })
}

fn plain(content: &Value, stop_reason: &str) -> Answer {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": usage(),
    });
    Answer::Status(200, vec![], message.to_string())
}

fn event(payload: &Value) -> String {
    format!("event: {}\n{}", payload["type"].as_str().expect("events have types"), frame(payload))
}

fn opening() -> Vec<String> {
    let message = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": [], "usage": usage() });
    vec![event(&json!({ "type": "message_start", "message": message })), event(&json!({ "type": "ping" }))]
}

/// A stream of blocks, each with its deltas.
fn stream(blocks: &[(Value, Vec<Value>)], stop_reason: &str) -> Answer {
    let mut frames = opening();
    for (index, (block, deltas)) in blocks.iter().enumerate() {
        frames.push(event(&json!({ "type": "content_block_start", "index": index, "content_block": block })));
        let delta = |delta| event(&json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        frames.extend(deltas.iter().map(delta));
        frames.push(event(&json!({ "type": "content_block_stop", "index": index })));
    }
    let stop = json!({ "stop_reason": stop_reason, "stop_sequence": null });
    frames.push(event(&json!({ "type": "message_delta", "delta": stop, "usage": { "output_tokens": 7 } })));
    frames.push(event(&json!({ "type": "message_stop" })));
    Answer::Stream(frames, End::Close)
}

fn text(text: &str) -> (Value, Vec<Value>) {
    (json!({ "type": "text", "text": "" }), vec![json!({ "type": "text_delta", "text": text })])
}

fn failed(status: u16, kind: &str, message: &str) -> Answer {
    let error =
        json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_1" });
    Answer::Status(status, vec![], error.to_string())
}

fn good_elsewhere() -> Answer {
    Answer::Stream(vec![delta(&json!({ "content": "Hi" })), finish("stop"), farewell()], End::Close)
}

/// As [`Served::chat`], for a caller that keeps signed thinking.
async fn chat_with_blocks(served: &Served, body: &Value) -> Seen {
    let headers = [("x-auriko-features", "reasoning-blocks")];
    let url = format!("{}/v1/chat/completions", served.url);
    send(auriko_client::Method::Post, &url, &headers, Some(body.to_string())).await
}

#[tokio::test]
async fn a_plain_reply_is_translated_both_ways() {
    let (served, anthropic, _) =
        pair(vec![plain(&json!([{ "type": "text", "text": "Hi" }]), "max_tokens")], nobody()).await;
    let reply = served.chat(json!({ "model": "m", "max_tokens": 50, "user": "u", "seed": 1 })).await.json();
    let choice = &reply["choices"][0];
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!("Hi"), &json!("length")));
    assert_eq!(choice["native_finish_reason"], "max_tokens");
    assert_eq!((&reply["id"], &reply["model"]), (&json!("msg_1"), &json!("claude-haiku-4-5-20251001")));
    assert_eq!(
        (&reply["usage"]["prompt_tokens"], &reply["usage"]["prompt_tokens_details"]["cached_tokens"]),
        (&json!(10), &json!(4))
    );
    let routing = &reply["routing_metadata"];
    assert_eq!((&routing["provider"], &routing["cost"]["usd"]), (&json!("anthropic"), &json!(0.000_015)));
    assert_eq!(routing["warnings"][0]["code"], "parameter_dropped");
    let sent = &anthropic.bodies()[0];
    assert_eq!((&sent["max_tokens"], &sent["metadata"]["user_id"]), (&json!(50), &json!("u")));
    let asked = anthropic.state.lock().expect("nobody panicked");
    assert_eq!(asked.paths, ["/v1/messages"]);
    let header = |name: &str| asked.headers[0].get(name).and_then(|value| value.to_str().ok());
    assert_eq!((header("x-api-key"), header("authorization")), (Some("key-of-anthropic"), None));
    assert_eq!(header("anthropic-version"), Some("2023-06-01"));
}

#[tokio::test]
async fn a_stream_is_relayed() {
    let (served, _, _) = pair(vec![stream(&[text("Hel"), text("lo")], "end_turn")], nobody()).await;
    let seen = served.chat(json!({ "model": "m", "stream": true })).await;
    let (chunks, is_done) = seen.chunks();
    assert!(is_done && chunks.iter().all(|chunk| chunk["id"] == "msg_1"), "{}", seen.text);
    assert_eq!(text_of(&chunks), "Hello");
    let last = chunks.last().expect("chunks");
    assert_eq!(
        (&last["usage"]["total_tokens"], &last["routing_metadata"]["provider"]),
        (&json!(17), &json!("anthropic"))
    );
    assert_eq!(chunks[chunks.len() - 2]["choices"][0]["native_finish_reason"], "end_turn");
}

#[tokio::test]
async fn signed_thinking_and_calls_survive_two_turns() {
    let signature = "EqQB\\/+\u{e9}==";
    let thinking = json!({ "type": "thinking", "thinking": "hm", "signature": signature });
    let redacted = json!({ "type": "redacted_thinking", "data": "xyz" });
    let call = json!({ "type": "tool_use", "id": "toolu_1", "name": "f", "input": { "x": 1 } });
    let first = plain(&json!([thinking, redacted, call]), "tool_use");
    let second = plain(&json!([{ "type": "text", "text": "done" }]), "end_turn");
    let (served, anthropic, _) = pair(vec![first, second], nobody()).await;
    let mut body = json!({
        "model": "m", "reasoning_effort": "low", "messages": [{ "role": "user", "content": "Hi" }],
        "tools": [{ "type": "function", "function": { "name": "f", "parameters": { "type": "object", "properties": {} } } }],
    });
    let reply = chat_with_blocks(&served, &body).await.json();
    let message = reply["choices"][0]["message"].clone();
    assert_eq!(reply["choices"][0]["finish_reason"], "tool_calls");
    let result = json!({ "role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "42" });
    body["messages"].as_array_mut().expect("an array").extend([message, result]);
    assert_eq!(chat_with_blocks(&served, &body).await.json()["choices"][0]["message"]["content"], "done");
    let sent = &anthropic.bodies()[1];
    assert_eq!(sent["messages"][1]["content"], json!([thinking, redacted, call]));
    let expected = json!([{ "type": "tool_result", "tool_use_id": "toolu_1", "content": [{ "type": "text", "text": "42" }] }]);
    assert_eq!(sent["messages"][2]["content"], expected);
    assert_eq!(sent["thinking"], json!({ "type": "enabled", "budget_tokens": 2048 }));
}

#[tokio::test]
async fn streamed_thinking_and_calls_are_relayed() {
    let thinking = vec![
        json!({ "type": "thinking_delta", "thinking": "hm" }),
        json!({ "type": "signature_delta", "signature": "s" }),
    ];
    let input = vec![json!({ "type": "input_json_delta", "partial_json": "{\"x\":1}" })];
    let blocks = [
        (json!({ "type": "thinking", "thinking": "", "signature": "" }), thinking),
        (json!({ "type": "tool_use", "id": "toolu_1", "name": "f", "input": {} }), input),
        (json!({ "type": "tool_use", "id": "toolu_2", "name": "g", "input": {} }), vec![]),
    ];
    let (served, _, _) = pair(vec![stream(&blocks, "tool_use")], nobody()).await;
    let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true })).await.chunks();
    let mut deltas = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]);
    assert!(is_done && deltas.clone().any(|delta| delta["reasoning_content"] == "hm"));
    assert!(deltas.any(|delta| delta["reasoning_signature"] == "s"));
    let arguments = |index: u64| {
        let calls = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0]);
        let pieces = calls.filter(|call| call["index"] == index);
        pieces.filter_map(|call| call["function"]["arguments"].as_str()).collect::<String>()
    };
    assert_eq!((arguments(0), arguments(1)), ("{\"x\":1}".to_owned(), "{}".to_owned()));
}

#[tokio::test]
async fn a_schema_that_can_not_be_enforced_is_answered_by_a_tool() {
    let input = vec![json!({ "type": "input_json_delta", "partial_json": "{\"a\":{\"b\":1}}" })];
    let blocks = [(json!({ "type": "tool_use", "id": "t", "name": "answer", "input": {} }), input)];
    let (served, anthropic, _) = pair(vec![stream(&blocks, "tool_use")], nobody()).await;
    let schema = json!({ "type": "object", "additionalProperties": { "type": "object" } });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    let (chunks, _) =
        served.chat(json!({ "model": "m", "stream": true, "response_format": format })).await.chunks();
    assert_eq!(text_of(&chunks), "{\"a\":{\"b\":1}}");
    assert!(chunks.iter().any(|chunk| chunk["choices"][0]["finish_reason"] == "stop"));
    assert_eq!(anthropic.bodies()[0]["tool_choice"]["name"], "answer");
}

#[tokio::test]
async fn the_next_provider_is_tried() {
    let early = |kind: &str| {
        let mut frames = opening();
        frames.push(event(&json!({ "type": "error", "error": { "type": kind, "message": "because" } })));
        Answer::Stream(frames, End::Close)
    };
    for failure in [
        failed(529, "overloaded_error", "Overloaded"),
        failed(500, "api_error", "Internal server error"),
        failed(429, "rate_limit_error", "slow down"),
        failed(401, "authentication_error", "invalid x-api-key"),
        failed(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
        early("overloaded_error"),
        early("api_error"),
        Answer::Stream(opening(), End::Close),
    ] {
        let (served, _, other) = pair(vec![failure], good_elsewhere()).await;
        let seen = served.chat(json!({ "model": "m", "stream": true })).await;
        let (chunks, is_done) = seen.chunks();
        assert!(is_done, "{}", seen.text);
        assert_eq!((text_of(&chunks).as_str(), other.bodies().len()), ("Hi", 1));
    }
}

#[tokio::test]
async fn what_the_adapter_can_not_send_goes_elsewhere() {
    let (served, anthropic, _) = pair(vec![nobody()], good_elsewhere()).await;
    let body = json!({ "model": "m", "stream": true, "response_format": { "type": "json_object" } });
    assert_eq!(text_of(&served.chat(body).await.chunks().0), "Hi");
    assert_eq!(anthropic.bodies().len(), 0);
    let only = json!({ "routing": { "providers": ["anthropic"] } });
    let body = json!({ "model": "m", "response_format": { "type": "json_object" }, "gateway": only });
    let seen = served.chat(body).await;
    assert_eq!((seen.status, &seen.json()["error"]["code"]), (400, &json!("json_mode_not_supported")));
}

#[tokio::test]
async fn errors_have_our_codes() {
    let long = "prompt is too long: 200251 tokens > 200000 maximum";
    let cases = [
        (failed(400, "invalid_request_error", "messages: bad"), 400, "invalid_request"),
        (failed(400, "invalid_request_error", long), 400, "context_length_exceeded"),
        (failed(404, "not_found_error", "model: claude-x"), 404, "model_not_found"),
        (failed(413, "request_too_large", "too large"), 413, "payload_too_large"),
        (failed(529, "overloaded_error", "Overloaded"), 503, "no_provider_available"),
    ];
    for (failure, status, code) in cases {
        let (served, _, _) = pair(vec![failure], nobody()).await;
        let only = json!({ "routing": { "providers": ["anthropic"] } });
        let seen = served.chat(json!({ "model": "m", "gateway": only })).await;
        assert_eq!((seen.status, &seen.json()["error"]["code"]), (status, &json!(code)), "{}", seen.text);
        assert_eq!(seen.header("x-error-provider"), "anthropic");
        assert!(!seen.text.contains("key-of"), "{}", seen.text);
    }
}

#[tokio::test]
async fn an_error_inside_the_stream_ends_it() {
    let mut frames = opening();
    frames.push(event(&json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "Hi" } })));
    frames.push(event(
        &json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }),
    ));
    let (served, _, other) = pair(vec![Answer::Stream(frames, End::Close)], good_elsewhere()).await;
    let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true })).await.chunks();
    let error = &chunks.last().expect("chunks")["error"];
    assert_eq!((is_done, text_of(&chunks).as_str(), other.bodies().len()), (false, "Hi", 0));
    assert_eq!((&error["code"], &error["provider"]), (&json!("no_provider_available"), &json!("anthropic")));
}
