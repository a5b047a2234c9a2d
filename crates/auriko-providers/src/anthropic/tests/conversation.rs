use serde_json::{Value, json};

use super::{build, refusal};

const MODEL: &str = "claude-sonnet-4-5";

fn sent(messages: Value) -> (Value, Value) {
    let mut body = build(MODEL, json!({ "messages": messages })).body;
    (body["system"].take(), body["messages"].take())
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

#[test]
fn instructions_stand_apart() {
    let (system, messages) = sent(json!([
        { "role": "system", "content": "a" },
        { "role": "user", "content": "Hi" },
        { "role": "developer", "content": [{ "type": "text", "text": "b", "cache_control": { "type": "ephemeral", "ttl": "1h" } }] },
    ]));
    let marked =
        json!({ "type": "text", "text": "b", "cache_control": { "type": "ephemeral", "ttl": "1h" } });
    assert_eq!(system, json!([text("a"), marked]));
    assert_eq!(messages, json!([{ "role": "user", "content": [text("Hi")] }]));
    let (system, messages) =
        sent(json!([{ "role": "system", "content": "a" }, { "role": "system", "content": "b" }]));
    assert_eq!((system, messages), (json!([text("a")]), json!([{ "role": "user", "content": [text("b")] }])));
}

#[test]
fn calls_and_results_make_two_turns() {
    let (_, messages) = sent(json!([
        { "role": "user", "content": "Hi" },
        { "role": "assistant", "content": "Let me see.", "tool_calls": [
            { "id": "toolu_1", "type": "function", "function": { "name": "f", "arguments": "{\"b\":1,\"a\":2.0}" } },
            { "id": "functions.g:0", "type": "function", "function": { "name": "g", "arguments": "" }, "provider_signature": "s" },
            { "id": "functions.g.0", "type": "function", "function": { "name": "g", "arguments": "{\"cut" } },
        ] },
        { "role": "tool", "tool_call_id": "toolu_1", "content": "one" },
        { "role": "tool", "tool_call_id": "functions.g.0", "content": "", "is_error": true },
        { "role": "tool", "tool_call_id": "functions.g:0", "content": [
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } }], "cache_control": { "type": "ephemeral" } },
        { "role": "user", "content": "And?" },
    ]));
    let image =
        json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } });
    let expected = json!([
        { "role": "user", "content": [text("Hi")] },
        { "role": "assistant", "content": [
            text("Let me see."),
            { "type": "tool_use", "id": "toolu_1", "name": "f", "input": { "b": 1, "a": 2.0 } },
            { "type": "tool_use", "id": "functions_g_0", "name": "g", "input": {} },
            { "type": "tool_use", "id": "functions_g_0_2", "name": "g", "input": { "arguments": "{\"cut" } },
        ] },
        { "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": "toolu_1", "content": [text("one")] },
            { "type": "tool_result", "tool_use_id": "functions_g_0_2", "is_error": true },
            { "type": "tool_result", "tool_use_id": "functions_g_0", "content": [image], "cache_control": { "type": "ephemeral" } },
            text("And?"),
        ] },
    ]);
    assert_eq!(messages, expected);
    // The order of the keys too: another order misses the cache.
    assert_eq!(messages[1]["content"][1]["input"].to_string(), r#"{"b":1,"a":2.0}"#);
}

#[test]
fn signed_thinking_goes_back_unchanged_and_in_order() {
    let signature = "EqQB\\/+==\u{e9}\n";
    let (_, messages) = sent(json!([
        { "role": "user", "content": "Hi" },
        { "role": "assistant", "content": "ok", "reasoning_content": "dropped", "reasoning": [
            { "type": "thinking", "thinking": " first\n", "signature": signature },
            { "type": "redacted", "data": "xyz" },
            { "type": "thinking", "thinking": "", "signature": "s2" },
            { "type": "thinking", "thinking": "unsigned" },
            { "type": "thinking", "thinking": "Google's", "signature": "gemini.thought:CpcB" },
        ], "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
        { "role": "tool", "tool_call_id": "a", "content": "1" },
    ]));
    let expected = json!([
        { "type": "thinking", "thinking": " first\n", "signature": signature },
        { "type": "redacted_thinking", "data": "xyz" },
        { "type": "thinking", "thinking": "", "signature": "s2" },
        text("ok"),
        { "type": "tool_use", "id": "a", "name": "f", "input": {} },
    ]);
    assert_eq!(messages[1]["content"], expected);
}

#[test]
fn empty_messages_are_repaired() {
    for empty in [json!(null), json!(""), json!(" \n"), json!([]), json!([{ "type": "text", "text": "" }])] {
        let (_, messages) = sent(json!([
            { "role": "user", "content": "a" },
            { "role": "assistant", "content": empty },
            { "role": "user", "content": "b" },
            { "role": "assistant", "content": "c \n" },
        ]));
        let expected = json!([
            { "role": "user", "content": [text("a"), text("b")] },
            { "role": "assistant", "content": [text("c")] },
        ]);
        assert_eq!(messages, expected, "{empty}");
    }
    let expected = ("invalid_parameter_value".to_owned(), "messages".to_owned(), false);
    assert_eq!(refusal(MODEL, json!({ "messages": [{ "role": "user", "content": " " }] })), expected);
}

#[test]
fn images_and_documents_are_blocks() {
    let check = |part: Value, expected: Value| {
        let (_, messages) = sent(json!([{ "role": "user", "content": [part] }]));
        assert_eq!(messages[0]["content"], json!([expected]));
    };
    let image = |url: &str| json!({ "type": "image_url", "image_url": { "url": url, "detail": "high" } });
    check(
        image("https://x/y.png"),
        json!({ "type": "image", "source": { "type": "url", "url": "https://x/y.png" } }),
    );
    check(
        image("data:image/jpg;base64,AAAA"),
        json!({ "type": "image", "source": { "type": "base64", "media_type": "image/jpeg", "data": "AAAA" } }),
    );
    let pdf = json!({ "type": "base64", "media_type": "application/pdf", "data": "JVBERi0=" });
    check(
        json!({ "type": "file", "file": { "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0=" }, "cache_control": { "type": "ephemeral" } }),
        json!({ "type": "document", "source": pdf, "title": "a.pdf", "cache_control": { "type": "ephemeral" } }),
    );
    check(
        json!({ "type": "file", "file": { "file_data": "data:text/plain;base64,SGkh" } }),
        json!({ "type": "document", "source": { "type": "text", "media_type": "text/plain", "data": "Hi!" } }),
    );
    let native = json!({ "type": "document", "source": { "type": "url", "url": "https://x/y.pdf" } });
    check(native.clone(), native);
}

#[test]
fn what_no_block_holds_is_refused() {
    let check = |part: Value, code: &str, param: &str, may_fit_elsewhere: bool| {
        let body = json!({ "messages": [{ "role": "user", "content": ["x", part] }] });
        let body = json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "x" }, body["messages"][0]["content"][1]] }] });
        let expected = (code.to_owned(), format!("messages[0].content[1]{param}"), may_fit_elsewhere);
        assert_eq!(refusal(MODEL, body), expected);
    };
    let image = |url: &str| json!({ "type": "image_url", "image_url": { "url": url } });
    check(json!({ "type": "input_audio", "input_audio": {} }), "unsupported_modalities", "", true);
    check(json!({ "type": "video" }), "unsupported_modalities", "", true);
    check(image("data:image/tiff;base64,AAAA"), "unsupported_modalities", ".image_url.url", true);
    check(image("data:image/png,AAAA"), "invalid_parameter_value", ".image_url.url", false);
    check(image("ftp://x"), "invalid_parameter_value", ".image_url.url", false);
    check(json!({ "type": "image_url" }), "invalid_parameter_value", ".image_url.url", false);
    check(json!({ "type": "file", "file": { "file_id": "f" } }), "unsupported_modalities", ".file", true);
    let text = json!({ "type": "file", "file": { "file_data": "data:text/plain;base64,/w==" } });
    check(text, "invalid_parameter_value", ".file.file_data", false);
}
