use serde_json::{Value, json};

use super::ErrorCode::{InvalidParameterValue as Invalid, MissingRequiredParameter as Missing};
use super::*;

fn parse(mut body: Value) -> Result<ChatRequest, RequestError> {
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "hi" }]);
    }
    ChatRequest::parse(body.to_string().as_bytes())
}

#[test]
fn refusals_name_the_field() {
    let check = |body: Value, param: &str, code: ErrorCode| {
        let error = parse(body.clone()).expect_err(&body.to_string());
        assert_eq!((error.param.as_deref(), error.code), (Some(param), code), "{body}");
    };
    check(json!({ "messages": [] }), "messages", Invalid);
    check(json!({ "messages": null }), "messages", Missing);
    check(json!({ "messages": "hi" }), "messages", Invalid);
    check(json!({ "messages": [{ "content": "hi" }] }), "messages[0].role", Missing);
    check(json!({ "messages": [{ "role": "robot", "content": "hi" }] }), "messages[0].role", Invalid);
    check(json!({ "messages": [{ "role": "user" }] }), "messages[0].content", Missing);
    check(json!({ "messages": [{ "role": "tool", "content": "1" }] }), "messages[0].tool_call_id", Missing);
    check(json!({ "temperature": 2.1 }), "temperature", Invalid);
    check(json!({ "top_p": "1" }), "top_p", Invalid);
    check(json!({ "max_tokens": 0 }), "max_tokens", Invalid);
    check(json!({ "n": 0 }), "n", Invalid);
    check(json!({ "stream": "yes" }), "stream", Invalid);
    check(json!({ "top_logprobs": 3 }), "top_logprobs", Invalid);
    check(json!({ "reasoning_effort": "huge" }), "reasoning_effort", Invalid);
    check(json!({ "tools": [{ "type": "function" }] }), "tools[0].function.name", Missing);
    check(json!({ "tool_choice": "required" }), "tool_choice", Invalid);
    check(json!({ "response_format": { "type": "xml" } }), "response_format.type", Invalid);
    check(json!({ "response_format": { "type": "json_schema" } }), "response_format.json_schema", Missing);
    check(json!({ "gateway": [] }), "gateway", Invalid);
}

#[test]
fn a_body_that_is_no_object_is_invalid_as_a_whole() {
    for body in ["", "{", "[]", "\"x\"", "{\"a\":1,}"] {
        let error = ChatRequest::parse(body.as_bytes()).expect_err(body);
        assert_eq!((error.param, error.code), (None, ErrorCode::InvalidRequest), "{body}");
    }
}

#[test]
fn unknown_fields_are_dropped_with_a_warning() {
    let request =
        parse(json!({ "store": true, "metadata": {}, "brand_new": 1, "user": "u" })).expect("valid");
    let codes: Vec<_> = request.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["field_ignored"; 3]);
    assert_eq!(Value::Object(request.parameters), json!({ "user": "u" }));
}

#[test]
fn null_means_absent() {
    let request =
        parse(json!({ "temperature": null, "tools": null, "gateway": null, "stream": null })).expect("valid");
    assert!(request.parameters.is_empty() && request.warnings.is_empty() && !request.stream);
}

#[test]
fn newer_names_win_over_older_ones() {
    let request = parse(json!({ "max_tokens": 5, "max_completion_tokens": 7.0 })).expect("valid");
    assert_eq!(request.max_output_tokens, Some(7));
    assert_eq!(request.warnings.len(), 1);
    let request = parse(json!({
        "routing": { "optimize": "cost" }, "models": ["a"], "gateway": { "models": ["b"] },
        "functions": [{ "name": "f" }], "function_call": { "name": "f" },
    }))
    .expect("valid");
    assert_eq!(Value::Object(request.gateway), json!({ "models": ["b"], "routing": { "optimize": "cost" } }));
    assert_eq!(request.tool_choice, Some(ToolChoice::Named("f".into())));
    assert_eq!(request.warnings.len(), 4);
}

#[test]
fn function_messages_become_tool_messages() {
    let request = parse(json!({ "messages": [
        { "role": "user", "content": "go" },
        { "role": "assistant", "content": null, "function_call": { "name": "f", "arguments": "{}" } },
        { "role": "function", "name": "f", "content": "1" },
    ] }))
    .expect("valid");
    let call = request.messages[1].fields()["tool_calls"][0]["id"].clone();
    assert_eq!(request.messages[2].role(), "tool");
    assert_eq!(request.messages[2].fields()["tool_call_id"], call);
}

#[test]
fn properties_keep_their_order() {
    let body = r#"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"z":{},"a":{}}}}}]}"#;
    let request = ChatRequest::parse(body.as_bytes()).expect("valid");
    assert!(request.tools[0].to_string().contains(r#"{"z":{},"a":{}}"#));
}
