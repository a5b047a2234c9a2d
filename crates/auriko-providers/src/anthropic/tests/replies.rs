use auriko_wire::encode::ChunkIdentity;
use auriko_wire::response::{CompletionBuilder, ReasoningFields};
use serde_json::{Value, json};

use crate::adapter::{ReplyError, ReplyReader};

fn read(reply: &Value, answer_tool: Option<&str>) -> Value {
    let reader = ReplyReader::Anthropic { answer_tool: answer_tool.map(str::to_owned) };
    let mut builder = CompletionBuilder::new(ChunkIdentity { id: "c".into(), model: "m".into(), created: 1 });
    let extra = reader.decode_reply(&reply.to_string(), &mut |choice, event| builder.push(choice, event));
    assert_eq!(extra, Ok(serde_json::Map::new()));
    let text = builder.into_json(ReasoningFields::Blocks, &serde_json::Map::new(), None, None, None);
    serde_json::from_str(&text).expect("JSON")
}

fn reply(content: &Value, stop_reason: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x-2026", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null,
        "usage": { "input_tokens": 10, "output_tokens": 5, "service_tier": "standard" },
    })
}

#[test]
fn every_block_finds_its_place() {
    let mut reply = reply(
        &json!([
            { "type": "thinking", "thinking": "hm", "signature": "s1\\/\u{e9}" },
            { "type": "redacted_thinking", "data": "secret" },
            { "type": "thinking", "thinking": "", "signature": "s2" },
            { "type": "text", "text": "Let me " },
            { "type": "server_tool_use", "id": "srv", "name": "web_search", "input": { "query": "x" } },
            { "type": "web_search_tool_result", "tool_use_id": "srv", "content": [] },
            { "type": "text", "text": "see.", "citations": [
                { "type": "web_search_result_location", "url": "https://x", "title": "X", "cited_text": "c", "encrypted_index": "e" },
                { "type": "page_location", "document_index": 0, "start_page_number": 1 },
            ] },
            { "type": "tool_use", "id": "toolu_1", "name": "f", "input": { "b": 1.0, "a": "\u{e9}" } },
            { "type": "tool_use", "id": "toolu_2", "name": "g", "input": {} },
            { "type": "something_new", "x": 1 },
        ]),
        "tool_use",
    );
    reply["usage"] = json!({
        "input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 1000, "output_tokens": 5,
        "output_tokens_details": { "thinking_tokens": 3 }, "service_tier": "standard",
    });
    let expected = json!({
        "id": "msg_1", "object": "chat.completion", "created": 1, "model": "claude-x-2026",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant", "content": "Let me see.", "reasoning_content": "hm",
                "reasoning": [
                    { "type": "thinking", "thinking": "hm", "signature": "s1\\/\u{e9}" },
                    { "type": "redacted", "data": "secret" },
                    { "type": "thinking", "thinking": "", "signature": "s2" },
                ],
                "tool_calls": [
                    { "id": "toolu_1", "type": "function", "function": { "name": "f", "arguments": "{\"b\":1.0,\"a\":\"\u{e9}\"}" } },
                    { "id": "toolu_2", "type": "function", "function": { "name": "g", "arguments": "{}" } },
                ],
                "annotations": [
                    { "type": "url_citation", "url_citation": { "url": "https://x", "title": "X", "start_index": 7, "end_index": 11 } },
                    { "type": "page_location", "document_index": 0, "start_page_number": 1 },
                ],
            },
            "finish_reason": "tool_calls", "native_finish_reason": "tool_use",
        }],
        "usage": {
            "prompt_tokens": 1110, "completion_tokens": 5, "total_tokens": 1115,
            "prompt_tokens_details": { "cached_tokens": 100, "cache_write_tokens": 1000 },
            "completion_tokens_details": { "reasoning_tokens": 3 },
        },
        "service_tier": "standard",
    });
    assert_eq!(read(&reply, None), expected);
}

#[test]
fn stop_reasons_have_our_words_and_their_own() {
    for (native, expected) in [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "stop"),
        ("model_context_window_exceeded", "length"),
        ("something_new", "stop"),
    ] {
        let value = read(&reply(&json!([{ "type": "text", "text": "x" }]), native), None);
        let choice = &value["choices"][0];
        assert_eq!(
            (&choice["finish_reason"], &choice["native_finish_reason"]),
            (&json!(expected), &json!(native))
        );
    }
    let mut refused = reply(&json!([]), "refusal");
    refused["stop_details"] = json!({ "type": "refusal", "category": "bio", "explanation": "No." });
    let value = read(&refused, None);
    assert_eq!(value["choices"][0]["message"]["refusal"], "No.");
}

#[test]
fn the_answering_tools_input_is_the_text() {
    let content = json!([{ "type": "tool_use", "id": "t", "name": "answer", "input": { "x": 1 } }]);
    let value = read(&reply(&content, "tool_use"), Some("answer"));
    let choice = &value["choices"][0];
    assert_eq!(
        (&choice["message"]["content"], &choice["finish_reason"]),
        (&json!("{\"x\":1}"), &json!("stop"))
    );
    assert!(choice["message"].get("tool_calls").is_none());
    let other = json!([{ "type": "tool_use", "id": "t", "name": "f", "input": {} }]);
    let value = read(&reply(&other, "tool_use"), Some("answer"));
    assert_eq!(value["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn replies_that_are_none_are_refused() {
    let reader = ReplyReader::Anthropic { answer_tool: None };
    for body in ["", "<html>", "[]", "{}", "{\"content\":3}", "{\"type\":\"message\"}"] {
        let read = reader.decode_reply(body, &mut |_, event| panic!("{event:?}"));
        assert!(matches!(read, Err(ReplyError::Unusable(_))), "{body}");
    }
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#;
    let read = reader.decode_reply(error, &mut |_, event| panic!("{event:?}"));
    assert_eq!(read, Err(ReplyError::Error(json!({ "type": "overloaded_error", "message": "m" }))));
}
