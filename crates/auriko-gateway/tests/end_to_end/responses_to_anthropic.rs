//! OpenAI's Responses API in front of an Anthropic server: what it signed comes back to it unchanged.

use auriko_client::Method;
use serde_json::{Value, json};

use crate::http::{Served, send, serve};
use crate::upstream::{Answer, End, Upstream, frame, upstream};

async fn serving(answers: Vec<Answer>) -> (Served, Upstream) {
    let upstream = upstream(answers).await;
    let config = format!(
        "[[providers]]\nid = \"anthropic\"\nkind = \"anthropic\"\nbase_url = \"{}\"\napi_key = \"k\"\n\
         models = [{{ id = \"m\", upstream_id = \"claude-haiku-4-5\" }}]\n",
        upstream.url
    );
    (serve(&config).await, upstream)
}

async fn respond(served: &Served, input: &Value, is_stream: bool) -> Value {
    let body = json!({
        "model": "m", "input": input, "stream": is_stream, "store": false, "reasoning": { "effort": "high" },
        "include": ["reasoning.encrypted_content"], "tools": [{ "type": "function", "name": "f" }],
    });
    let url = format!("{}/v1/responses", served.url);
    let seen = send(Method::Post, &url, &[], Some(body.to_string())).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    if !is_stream {
        return seen.json();
    }
    let last = seen.text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().expect("an end");
    serde_json::from_str::<Value>(last).expect("JSON")["response"].clone()
}

fn blocks() -> Value {
    json!([
        { "type": "thinking", "thinking": "hm", "signature": "s" },
        { "type": "redacted_thinking", "data": "d" },
        { "type": "text", "text": "Let me see." },
        { "type": "tool_use", "id": "t1", "name": "f", "input": { "a": 1 } },
        { "type": "tool_use", "id": "t2", "name": "f", "input": {} },
    ])
}

fn plain(content: &Value, stop_reason: &str) -> Answer {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "dated", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": { "input_tokens": 6, "output_tokens": 5 },
    });
    Answer::Status(200, vec![], message.to_string())
}

fn streamed() -> Answer {
    let event = |data: Value| format!("event: {}\n{}", data["type"].as_str().expect("a type"), frame(&data));
    let usage = json!({ "input_tokens": 6, "output_tokens": 1 });
    let message = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "dated", "content": [], "usage": usage });
    let mut frames = vec![event(json!({ "type": "message_start", "message": message }))];
    for (index, block) in blocks().as_array().expect("an array").iter().enumerate() {
        let mut start = block.clone();
        let mut deltas = Vec::new();
        let mut take = |field: &str, kind: &str, empty: Value| {
            if let Some(whole) = start.get_mut(field) {
                let value = std::mem::replace(whole, empty);
                deltas.push((field.to_owned(), kind.to_owned(), value));
            }
        };
        take("thinking", "thinking_delta", json!(""));
        take("signature", "signature_delta", json!(""));
        take("text", "text_delta", json!(""));
        take("input", "input_json_delta", json!({}));
        frames.push(event(json!({ "type": "content_block_start", "index": index, "content_block": start })));
        for (field, kind, value) in deltas {
            let delta = match kind.as_str() {
                "input_json_delta" => json!({ "type": kind, "partial_json": value.to_string() }),
                _ => json!({ "type": kind, field: value }),
            };
            frames.push(event(json!({ "type": "content_block_delta", "index": index, "delta": delta })));
        }
        frames.push(event(json!({ "type": "content_block_stop", "index": index })));
    }
    let stop = json!({ "stop_reason": "tool_use", "stop_sequence": null });
    frames.push(event(json!({ "type": "message_delta", "delta": stop, "usage": { "output_tokens": 7 } })));
    frames.push(event(json!({ "type": "message_stop" })));
    Answer::Stream(frames, End::Close)
}

async fn check(first: Answer, is_stream: bool) {
    let last = plain(&json!([{ "type": "text", "text": "Done." }]), "end_turn");
    let (served, upstream) = serving(vec![first, last]).await;
    let reply = respond(&served, &json!("Hello"), is_stream).await;
    let kinds: Vec<_> =
        reply["output"].as_array().expect("an array").iter().map(|item| item["type"].clone()).collect();
    assert_eq!(kinds, ["reasoning", "reasoning", "message", "function_call", "function_call"]);
    assert_eq!((&reply["id"], &reply["output"][0]["id"]), (&json!("resp_1"), &json!("rs_1_0")));
    assert_eq!(
        (&reply["output"][0]["summary"][0]["text"], &reply["output"][1]["summary"]),
        (&json!("hm"), &json!([]))
    );
    let mut input = vec![json!({ "role": "user", "content": "Hello" })];
    input.extend(reply["output"].as_array().expect("an array").clone());
    for id in ["t1", "t2"] {
        input.push(json!({ "type": "function_call_output", "call_id": id, "output": "fine" }));
    }
    let reply = respond(&served, &json!(input), false).await;
    assert_eq!(reply["output_text"], "Done.");
    assert_eq!(reply["routing_metadata"]["warnings"], Value::Null, "{reply}");
    let sent = &upstream.bodies()[1]["messages"];
    assert_eq!((&sent[1]["role"], &sent[1]["content"]), (&json!("assistant"), &blocks()));
    let results = sent[2]["content"].as_array().expect("an array");
    let ids: Vec<_> = results.iter().map(|result| result["tool_use_id"].clone()).collect();
    assert_eq!(ids, ["t1", "t2"]);
}

#[tokio::test]
async fn blocks_of_a_plain_reply_go_back_as_they_came() {
    check(plain(&blocks(), "tool_use"), false).await;
}

#[tokio::test]
async fn blocks_of_a_stream_go_back_as_they_came() {
    check(streamed(), true).await;
}
