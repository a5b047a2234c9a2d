use serde_json::{Value, json};

use super::*;

fn request(mut body: Value) -> ChatRequest {
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "What is it?" }]);
    }
    ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request")
}

fn script_of(body: Value, profile: &Profile) -> Script {
    match simulate(&request(body), profile, 0) {
        Simulation::Reply(script) => *script,
        Simulation::Failure { status, .. } => panic!("failed with {status}"),
    }
}

fn text_of(script: &Script, choice: u32) -> String {
    let steps = script.steps.iter().filter(|step| step.choice == choice);
    steps
        .filter_map(|step| if let Event::Text { delta } = &step.event { Some(delta.as_ref()) } else { None })
        .collect()
}

fn arguments_of(script: &Script) -> String {
    let calls = script.steps.iter().filter_map(|step| match &step.event {
        Event::ToolCall { arguments, .. } => Some(arguments.as_ref()),
        _ => None,
    });
    calls.collect()
}

fn finish_of(script: &Script) -> String {
    let finish = script.steps.iter().find_map(|step| match &step.event {
        Event::Finish { reason, .. } => Some(reason.to_string()),
        _ => None,
    });
    finish.unwrap_or_default()
}

#[test]
fn equal_input_gives_equal_output() {
    let profile = Profile::default();
    let text = |body: Value| text_of(&script_of(body, &profile), 0);
    assert_eq!(text(json!({})), text(json!({})));
    assert_ne!(text(json!({})), text(json!({ "seed": 1 })));
    assert_ne!(text(json!({})), text(json!({ "messages": [{ "role": "user", "content": "other" }] })));
}

#[test]
fn counts_agree_with_the_words() {
    let script = script_of(json!({ "n": 2, "reasoning_effort": "low" }), &Profile::default());
    let reasoning = script.steps.iter().filter(|step| matches!(step.event, Event::Reasoning { .. })).count();
    assert_eq!(reasoning, 32);
    let texts: u64 = (0..2).map(|choice| count_tokens(&text_of(&script, choice))).sum();
    assert_eq!(texts, 128);
    assert_eq!(script.usage.completion_tokens, 160);
    assert_eq!(script.usage.total_tokens, script.usage.prompt_tokens + 160);
    assert_ne!(text_of(&script, 0), text_of(&script, 1));
}

#[test]
fn the_limit_cuts_the_answer() {
    let script = script_of(json!({ "max_tokens": 5 }), &Profile::default());
    assert_eq!(
        (text_of(&script, 0).as_str(), finish_of(&script).as_str()),
        ("This is a simulated reply,", "length")
    );
    let script = script_of(json!({ "max_tokens": 5, "reasoning_effort": "high" }), &Profile::default());
    assert_eq!((text_of(&script, 0).as_str(), script.usage.completion_tokens), ("", 5));
    let script = script_of(json!({ "max_tokens": 64 }), &Profile::default());
    assert_eq!(finish_of(&script), "stop");
}

#[test]
fn time_starts_with_the_latency_and_goes_on_at_the_pace() {
    let profile = Profile { latency_ms: 100, chunk_pace_ms: 10, output_tokens: 3, ..Profile::default() };
    let times: Vec<_> = script_of(json!({}), &profile).steps.iter().map(|step| step.at.as_millis()).collect();
    assert_eq!(times, [100, 100, 110, 120, 120]);
}

#[test]
fn it_breaks_where_it_is_told_to() {
    let cut = Profile { cut_after_tokens: Some(2), ..Profile::default() };
    let script = script_of(json!({}), &cut);
    assert_eq!(
        (script.end, text_of(&script, 0).as_str(), finish_of(&script).as_str()),
        (End::Cut, "This is", "")
    );
    let silent = Profile { stall_after_tokens: Some(0), ..Profile::default() };
    let script = script_of(json!({}), &silent);
    assert!(script.end == End::Stall && script.steps.is_empty());
}

#[test]
fn the_failure_rate_is_kept_over_attempts() {
    let profile = Profile { failure_rate: 0.3, failure_status: 503, ..Profile::default() };
    let request = request(json!({}));
    let failed = (0..1000)
        .filter(|&seed| matches!(simulate(&request, &profile, seed), Simulation::Failure { status: 503, .. }))
        .count();
    assert!((250..350).contains(&failed), "{failed}");
}

fn with_tool(choice: &Value, parameters: &Value) -> Value {
    let tool = json!({ "type": "function", "function": { "name": "f", "parameters": parameters } });
    json!({ "tools": [tool], "tool_choice": choice })
}

#[test]
fn a_tool_is_called_when_demanded_and_once() {
    let parameters =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    let named = json!({ "type": "function", "function": { "name": "f" } });
    for choice in [json!("required"), named] {
        let script = script_of(with_tool(&choice, &parameters), &Profile::default());
        let arguments: Value = serde_json::from_str(&arguments_of(&script)).expect("arguments are JSON");
        assert!(arguments["city"].is_string(), "{arguments}");
        assert_eq!(finish_of(&script), "tool_calls");
    }
    let script = script_of(with_tool(&json!("auto"), &parameters), &Profile::default());
    assert_eq!(finish_of(&script), "stop");
    let eager = Profile { call_tools: true, ..Profile::default() };
    assert_eq!(finish_of(&script_of(with_tool(&json!("auto"), &parameters), &eager)), "tool_calls");
    assert_eq!(finish_of(&script_of(with_tool(&json!("none"), &parameters), &eager)), "stop");
    let mut answered = with_tool(&json!("required"), &parameters);
    answered["messages"] = json!([{ "role": "tool", "tool_call_id": "c", "content": "sunny" }]);
    assert_eq!(finish_of(&script_of(answered, &Profile::default())), "stop");
}

/// Schemas as tools and structured answers have them, the awkward ones included.
fn schemas() -> Vec<Value> {
    let item = json!({ "type": "object", "properties": { "id": { "type": "integer", "minimum": 3 } }, "required": ["id"], "additionalProperties": false });
    vec![
        json!({ "type": "object", "properties": {} }),
        json!({ "type": "object", "additionalProperties": false }),
        json!({ "type": "object", "properties": { "a": { "type": ["string", "null"] }, "b": { "enum": [1, "x", null] } }, "required": ["a", "b"] }),
        json!({ "type": "object", "properties": { "k": { "const": "fixed" }, "f": { "type": "boolean" }, "z": { "type": "null" } }, "required": ["k", "f", "z"] }),
        json!({ "type": "object", "properties": { "n": { "type": "number", "exclusiveMinimum": 0, "maximum": 1 }, "i": { "type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 7 } } }),
        json!({ "type": "object", "properties": { "n": { "type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 0.75 }, "m": { "type": "integer", "multipleOf": 7, "minimum": 20 } } }),
        json!({ "type": "object", "properties": { "low": { "type": "integer", "maximum": -10 }, "s": { "type": "number", "multipleOf": 0.5, "minimum": 0.7 } } }),
        json!({ "type": "object", "properties": { "s": { "type": "string", "minLength": 40 }, "t": { "type": "string", "maxLength": 2 }, "u": { "type": "string", "minLength": 14, "maxLength": 14 }, "e": { "type": "string", "maxLength": 0 } } }),
        json!({ "type": "array", "items": item, "minItems": 3 }),
        json!({ "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 4, "uniqueItems": true }),
        json!({ "type": "array", "items": { "type": "string" }, "minItems": 12, "uniqueItems": true }),
        json!({ "type": "array", "items": { "enum": ["a", "b", "c"] }, "minItems": 2, "maxItems": 2 }),
        json!({ "type": "array", "prefixItems": [{ "type": "string" }, { "type": "integer" }], "items": false }),
        json!({ "type": "array", "items": { "type": "string" }, "maxItems": 0 }),
        json!({ "anyOf": [{ "type": "object", "properties": { "a": item }, "required": ["a"] }, { "type": "null" }] }),
        json!({ "oneOf": [{ "type": "string", "minLength": 3 }, { "type": "integer" }] }),
        json!({ "allOf": [{ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] }, { "properties": { "b": item }, "required": ["b"] }] }),
        json!({ "$ref": "#/$defs/node", "$defs": { "node": { "type": "object", "properties": { "value": { "type": "integer" }, "next": { "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] } }, "required": ["value", "next"], "additionalProperties": false } } }),
        json!({ "type": "object", "properties": { "children": { "type": "array", "items": { "$ref": "#" } }, "name": { "type": "string" } }, "required": ["children", "name"] }),
        json!({ "type": "object", "properties": { "a": { "$ref": "#/definitions/colour", "description": "which" } }, "definitions": { "colour": { "type": "string", "enum": ["red", "green"] } } }),
        json!({ "type": "object", "required": ["x"], "additionalProperties": { "type": "integer" } }),
        json!({ "type": "object", "minProperties": 2, "additionalProperties": { "type": "string", "maxLength": 3 } }),
        json!({ "type": "object", "properties": { "date": { "type": "string", "format": "date-time" }, "zip": { "type": "string", "pattern": "^[0-9]{5}(-[0-9]{4})?$" }, "id": { "type": "string", "pattern": "^(sk|pk)_[a-z]+\\.\\d$" } } }),
        json!({ "type": "object", "properties": { "units": { "type": "string", "enum": ["c", "f"], "default": "c" }, "tags": { "type": "array", "items": { "type": "string" } } }, "required": ["units"], "additionalProperties": false, "$schema": "http://json-schema.org/draft-07/schema#" }),
    ]
}

#[test]
fn made_values_fit_their_schema() {
    for schema in schemas() {
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        for seed in 0..20 {
            let value = schema::instance(&schema, &mut Random::new(seed));
            let problems: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(problems.is_empty(), "{schema}\n{value}\n{problems:?}");
        }
    }
}

#[test]
fn a_schema_that_demands_the_infinite_does_not_hang() {
    let schema = json!({ "type": "object", "properties": { "next": { "$ref": "#" } }, "required": ["next"] });
    schema::instance(&schema, &mut Random::new(0));
}

#[test]
fn structured_answers_stream_in_parts() {
    for schema in schemas() {
        let format = json!({ "type": "json_schema", "json_schema": { "name": "it", "schema": schema } });
        let script = script_of(json!({ "response_format": format }), &Profile::default());
        let value: Value = serde_json::from_str(&text_of(&script, 0)).expect("the text is JSON");
        assert!(jsonschema::is_valid(&schema, &value), "{schema}\n{value}");
    }
    let script = script_of(json!({ "response_format": { "type": "json_object" } }), &Profile::default());
    assert!(serde_json::from_str::<Value>(&text_of(&script, 0)).expect("JSON").is_object());
    assert!(script.steps.len() > 4);
}
