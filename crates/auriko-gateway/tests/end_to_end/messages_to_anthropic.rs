//! Anthropic's API on both sides: what a caller and a provider say to each other arrives unchanged.

use auriko_client::Method;
use serde_json::{Value, json};

use crate::http::{Seen, Served, send, serve};
use crate::upstream::{Answer, End, Upstream, frame, upstream};

async fn serving(answer: Answer) -> (Served, Upstream) {
    let upstream = upstream(vec![answer]).await;
    let config = format!(
        "[[providers]]\nid = \"anthropic\"\nkind = \"anthropic\"\nbase_url = \"{}\"\napi_key = \"k\"\n\
         models = [{{ id = \"m\", upstream_id = \"claude-haiku-4-5\" }}]\n",
        upstream.url
    );
    (serve(&config).await, upstream)
}

async fn post(served: &Served, body: &Value) -> Seen {
    send(Method::Post, &format!("{}/v1/messages", served.url), &[], Some(body.to_string())).await
}

/// A conversation with everything that must go back as it came.
fn conversation() -> Value {
    let mark = json!({ "type": "ephemeral", "ttl": "1h" });
    let image =
        json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AA==" } });
    let pdf = json!({ "type": "base64", "media_type": "application/pdf", "data": "AA==" });
    json!({
        "model": "m",
        "max_tokens": 4000,
        "system": [{ "type": "text", "text": "Be brief." }, { "type": "text", "text": "Be kind.", "cache_control": mark }],
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "Read these.", "cache_control": mark },
                image,
                { "type": "document", "source": pdf, "title": "a.pdf" },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "hm", "signature": "s1" },
                { "type": "redacted_thinking", "data": "d" },
                { "type": "text", "text": "Let me see." },
                { "type": "tool_use", "id": "t1", "name": "f", "input": { "z": 1, "a": 2 } },
                { "type": "tool_use", "id": "t2", "name": "f", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "t1", "content": [{ "type": "text", "text": "one" }, image] },
                { "type": "tool_result", "tool_use_id": "t2", "content": "failed", "is_error": true, "cache_control": mark },
                { "type": "text", "text": "Go on." },
            ] },
        ],
        "tools": [{ "name": "f", "description": "d", "input_schema": { "type": "object", "properties": {} }, "cache_control": mark }],
        "tool_choice": { "type": "auto", "disable_parallel_tool_use": true },
        "thinking": { "type": "enabled", "budget_tokens": 1500 },
        "stop_sequences": ["END"],
        "metadata": { "user_id": "u" },
    })
}

/// Every content as blocks: a string is short for one block of text.
fn spelled_out(mut body: Value) -> Value {
    for message in body["messages"].as_array_mut().expect("messages") {
        spell_out(&mut message["content"]);
        for block in message["content"].as_array_mut().expect("blocks") {
            if block["type"] == "tool_result" {
                spell_out(&mut block["content"]);
            }
        }
    }
    body
}

fn spell_out(content: &mut Value) {
    if let Some(text) = content.as_str() {
        *content = json!([{ "type": "text", "text": text }]);
    }
}

#[tokio::test]
async fn a_conversation_reaches_the_provider_as_it_was() {
    let usage = json!({ "input_tokens": 6, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3, "output_tokens": 5 });
    let content = json!([
        { "type": "thinking", "thinking": "hm", "signature": "s2" },
        { "type": "redacted_thinking", "data": "e" },
        { "type": "text", "text": "Hi" },
        { "type": "tool_use", "id": "t3", "name": "f", "input": { "a": [1] } },
    ]);
    let reply = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": content,
        "stop_reason": "tool_use", "stop_sequence": null, "usage": usage,
    });
    let (served, upstream) = serving(Answer::Status(200, vec![], reply.to_string())).await;
    let mut seen = post(&served, &conversation()).await.json();
    let routing = seen.as_object_mut().expect("an object").remove("routing_metadata").expect("routing");
    assert_eq!(seen, reply);
    assert_eq!(routing["warnings"], Value::Null, "{routing}");
    let mut expected = conversation();
    expected["model"] = "claude-haiku-4-5".into();
    assert_eq!(spelled_out(upstream.bodies()[0].clone()), spelled_out(expected));
}

#[tokio::test]
async fn blocks_are_streamed_as_they_came() {
    let event = |data: Value| format!("event: {}\n{}", data["type"].as_str().expect("a type"), frame(&data));
    let start = |index: u32, block: Value| json!({ "type": "content_block_start", "index": index, "content_block": block });
    let delta =
        |index: u32, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    let stop = |index: u32| json!({ "type": "content_block_stop", "index": index });
    let content = [
        start(0, json!({ "type": "thinking", "thinking": "", "signature": "" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "hm" })),
        delta(0, json!({ "type": "signature_delta", "signature": "s" })),
        stop(0),
        start(1, json!({ "type": "redacted_thinking", "data": "d" })),
        stop(1),
        start(2, json!({ "type": "text", "text": "" })),
        delta(2, json!({ "type": "text_delta", "text": "Hi" })),
        stop(2),
        start(3, json!({ "type": "tool_use", "id": "t1", "name": "f", "input": {} })),
        delta(3, json!({ "type": "input_json_delta", "partial_json": "{\"a\":" })),
        delta(3, json!({ "type": "input_json_delta", "partial_json": "1}" })),
        stop(3),
        start(4, json!({ "type": "tool_use", "id": "t2", "name": "f", "input": {} })),
        delta(4, json!({ "type": "input_json_delta", "partial_json": "{}" })),
        stop(4),
    ];
    let usage = json!({ "input_tokens": 6, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0, "output_tokens": 1 });
    let message = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "dated", "content": [], "usage": usage });
    let ending = json!({ "stop_reason": "stop_sequence", "stop_sequence": "END" });
    let mut frames =
        vec![event(json!({ "type": "message_start", "message": message })), event(json!({ "type": "ping" }))];
    frames.extend(content.iter().cloned().map(event));
    frames.push(event(json!({ "type": "message_delta", "delta": ending, "usage": { "output_tokens": 7 } })));
    frames.push(event(json!({ "type": "message_stop" })));
    let (served, _upstream) = serving(Answer::Stream(frames, End::Close)).await;
    let mut body = conversation();
    body["stream"] = true.into();
    let seen = post(&served, &body).await;
    let data = seen.text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data.map(|data| serde_json::from_str(data).expect("JSON")).collect();
    assert_eq!(events[0]["message"]["id"], "msg_1");
    let (blocks, end) = events[1..].split_at(events.len() - 3);
    assert_eq!(blocks, content);
    assert_eq!((&end[0]["delta"], &end[0]["usage"]["output_tokens"]), (&ending, &json!(7)));
    assert_eq!((&end[0]["usage"]["input_tokens"], &end[1]["type"]), (&json!(6), &json!("message_stop")));
}
