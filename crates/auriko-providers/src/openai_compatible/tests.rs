use auriko_wire::encode::ChunkIdentity;
use auriko_wire::response::{CompletionBuilder, ReasoningFields};

use super::*;
use crate::adapter::{Adapter, ReplyError};
use crate::table;

fn built(body: &Value, quirks: &Quirks) -> (Value, Vec<String>) {
    let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
    let target = Target {
        base_url: "http://h/v1/",
        api_key: Some("k"),
        upstream_model: "up",
        max_output_tokens: None,
        tier: None,
        conversation: None,
        keeps_nothing: false,
    };
    let built = build(&request, &target, quirks, Map::new());
    assert_eq!(built.url, "http://h/v1/chat/completions");
    assert!(built.headers.contains(&("authorization".into(), "Bearer k".into())));
    let codes = built.warnings.into_iter().map(|warning| warning.message).collect();
    (serde_json::from_slice(&built.body).expect("JSON"), codes)
}

fn quirks(id: &str) -> &'static Quirks {
    if let Some(server) = table::find_local(id) {
        return &server.quirks;
    }
    let row = table::find(id).expect("a known provider");
    let Adapter::OpenAiCompatible(quirks) = row.adapter else { panic!("{id} speaks another API") };
    quirks
}

#[test]
fn our_own_fields_stay_here_and_usage_is_forced() {
    let body = json!({
        "model": "canonical", "stream": true, "stream_options": { "include_usage": false },
        "gateway": { "routing": {} }, "extensions": {}, "temperature": 0.5, "max_tokens": 9,
        "messages": [
            { "role": "developer", "content": [{ "type": "text", "text": "x", "cache_control": { "type": "ephemeral" } }] },
            { "role": "assistant", "content": null, "reasoning": [{ "type": "thinking" }], "reasoning_content": "t",
              "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" }, "provider_signature": "s" }] },
        ],
    });
    let expected = json!({
        "model": "up", "stream": true, "stream_options": { "include_usage": true }, "max_tokens": 9, "temperature": 0.5,
        "messages": [
            { "role": "system", "content": [{ "type": "text", "text": "x" }] },
            { "role": "assistant", "content": null, "reasoning_content": "t",
              "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
        ],
    });
    assert_eq!(built(&body, &table::GENERIC), (expected, vec![]));
}

#[test]
fn tool_results_are_text_and_their_images_follow() {
    let mark = json!({ "type": "ephemeral" });
    let image = json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } });
    let text = |text: &str| json!({ "type": "text", "text": text });
    let call =
        |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let mut marked_call = call("b");
    marked_call["cache_control"] = mark.clone();
    let tool = json!({ "type": "function", "function": { "name": "f" } });
    let mut marked_tool = tool.clone();
    marked_tool["cache_control"] = mark.clone();
    let body = json!({ "tools": [marked_tool], "messages": [
        { "role": "assistant", "content": "", "tool_calls": [call("a"), marked_call] },
        { "role": "tool", "tool_call_id": "a", "content": [text("one"), image, text("two")], "is_error": true },
        { "role": "tool", "tool_call_id": "b", "content": "three", "cache_control": mark },
        { "role": "user", "content": "Go on" },
        { "role": "tool", "tool_call_id": "c", "content": [image] },
    ] });
    let (sent, _) = built(&body, &table::GENERIC);
    let messages = json!([
        { "role": "assistant", "content": "", "tool_calls": [call("a"), call("b")] },
        { "role": "tool", "tool_call_id": "a", "content": "one\ntwo" },
        { "role": "tool", "tool_call_id": "b", "content": "three" },
        { "role": "user", "content": [text("From the result of the tool call a:"), image] },
        { "role": "user", "content": "Go on" },
        { "role": "tool", "tool_call_id": "c", "content": "The result follows." },
        { "role": "user", "content": [text("From the result of the tool call c:"), image] },
    ]);
    assert_eq!((&sent["messages"], &sent["tools"]), (&messages, &json!([tool])));
}

#[test]
fn quirks_are_minded() {
    let body = json!({
        "messages": [{ "role": "developer", "content": "x" }], "stream": true, "max_completion_tokens": 9, "seed": 3,
        "top_k": 4, "reasoning_effort": "max",
    });
    let (sent, warnings) = built(&body, quirks("mistral"));
    let expected = json!({ "model": "up", "messages": [{ "role": "system", "content": "x" }], "stream": true, "max_tokens": 9, "random_seed": 3 });
    assert_eq!((sent, warnings.len()), (expected, 2));
    let (sent, warnings) = built(&body, quirks("openai"));
    assert_eq!((&sent["reasoning_effort"], &sent["max_completion_tokens"]), (&json!("xhigh"), &json!(9)));
    assert_eq!((&sent["messages"][0]["role"], warnings.len()), (&json!("developer"), 2));
    let off = json!({ "messages": [{ "role": "user", "content": "x" }], "reasoning_effort": "off" });
    assert_eq!(built(&off, quirks("openai")).0["reasoning_effort"], "none");
    assert_eq!(built(&off, quirks("deepseek")).0["thinking"]["type"], "disabled");
    assert_eq!(built(&off, quirks("moonshot")).0["thinking"]["type"], "disabled");
}

#[test]
fn thinking_is_asked_for_in_each_providers_words() {
    let check = |id: &str, effort: &str, expected: &Value| {
        let body = json!({ "messages": [{ "role": "user", "content": "x" }], "reasoning_effort": effort });
        let (mut sent, _) = built(&body, quirks(id));
        sent.as_object_mut().expect("an object").retain(|name, _| name != "model" && name != "messages");
        assert_eq!(&sent, expected, "{id} {effort}");
    };
    check("z_ai", "medium", &json!({ "reasoning_effort": "low" }));
    check("z_ai", "off", &json!({ "thinking": { "type": "disabled" } }));
    check("minimax", "high", &json!({ "thinking": { "type": "adaptive" }, "reasoning_split": true }));
    check("siliconflow", "xhigh", &json!({ "enable_thinking": true, "thinking_budget": 32_000 }));
    check("siliconflow", "max", &json!({ "enable_thinking": true, "thinking_budget": 32_768 }));
    check("siliconflow", "off", &json!({ "enable_thinking": false }));
    check("deepinfra", "off", &json!({ "reasoning_effort": "none" }));
    check("ollama", "max", &json!({ "reasoning_effort": "high" }));
    check("llama_cpp", "high", &json!({}));
}

#[test]
fn earlier_thoughts_go_back_where_each_provider_reads_them() {
    let check = |id: &str, expected: &Value| {
        let message = json!({ "role": "assistant", "content": "a", "reasoning_content": "t" });
        let (sent, _) = built(&json!({ "messages": [message] }), quirks(id));
        assert_eq!(&sent["messages"][0], expected, "{id}");
    };
    check("openai", &json!({ "role": "assistant", "content": "a" }));
    check("z_ai", &json!({ "role": "assistant", "content": "a", "reasoning_content": "t" }));
    check("ollama", &json!({ "role": "assistant", "content": "a", "reasoning": "t" }));
    let details = json!([{ "type": "reasoning.text", "text": "t" }]);
    check("minimax", &json!({ "role": "assistant", "content": "a", "reasoning_details": details }));
}

#[test]
fn what_a_provider_cannot_take_is_left_out_or_lowered() {
    let tool = json!({ "type": "function", "function": { "name": "f" } });
    let body = |choice: &str| {
        json!({
            "messages": [{ "role": "user", "content": "x" }], "stream": true, "temperature": 1.5,
            "presence_penalty": 1, "tools": [tool], "tool_choice": choice,
        })
    };
    let (sent, warnings) = built(&body("auto"), quirks("z_ai"));
    assert_eq!((&sent["temperature"], &sent["tools"]), (&json!(1.0), &json!([tool])));
    let absent = ["stream_options", "tool_choice", "presence_penalty"];
    assert!(absent.iter().all(|name| sent.get(name).is_none()), "{sent}");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(built(&body("none"), quirks("z_ai")).0.get("tools").is_none());
    assert_eq!(built(&body("required"), quirks("z_ai")).0["tool_choice"], "required");
    let (sent, warnings) = built(&body("none"), quirks("openai"));
    assert_eq!(
        (&sent["temperature"], &sent["tool_choice"], warnings.len()),
        (&json!(1.5), &json!("none"), 0)
    );
}

#[test]
fn plain_replies_are_read_as_events() {
    let identity = ChunkIdentity { id: "c".into(), model: "m".into(), created: 1 };
    let mut builder = CompletionBuilder::new(identity);
    let reply = json!({
        "id": "up-1", "model": "dated", "created": 5, "citations": ["u"],
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": [{ "type": "thinking", "thinking": [{ "type": "text", "text": "hm" }] }, { "type": "text", "text": "hi" }],
            "tool_calls": [{ "id": "a", "function": { "name": "f", "arguments": { "x": 1 } } }, { "id": "b", "function": { "name": "g", "arguments": "{}" } }] } }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3 },
    });
    let rest = decode_completion(&reply.to_string(), &mut |choice, event| builder.push(choice, event))
        .expect("usable");
    assert_eq!(Value::Object(rest), json!({ "citations": ["u"] }));
    let text = builder.into_json(ReasoningFields::Text, &Map::new(), None, None, None);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let message = &value["choices"][0]["message"];
    assert_eq!((&message["content"], &message["reasoning_content"]), (&json!("hi"), &json!("hm")));
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{\"x\":1}");
    assert_eq!(message["tool_calls"][1]["function"]["name"], "g");
    assert_eq!((&value["id"], &value["usage"]["total_tokens"]), (&json!("up-1"), &json!(3)));
}

#[test]
fn replies_without_an_answer_are_refused() {
    let check = |text: &str, expected: &str| match decode_completion(text, &mut |_, _| ()) {
        Err(ReplyError::Unusable(what)) => assert!(what.contains(expected), "{what}"),
        other => panic!("{other:?}"),
    };
    check("<html>", "not JSON");
    check("[]", "not a JSON object");
    check("{}", "no choices");
    check(r#"{"choices":[]}"#, "no choices");
    check(r#"{"choices":[{}]}"#, "no message");
    let error = decode_completion(r#"{"error":{"message":"m"}}"#, &mut |_, _| ());
    assert_eq!(error, Err(ReplyError::Error(json!({ "message": "m" }))));
}
