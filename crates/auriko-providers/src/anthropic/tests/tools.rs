use serde_json::{Value, json};

use super::{build, refusal};

const MODEL: &str = "claude-sonnet-4-5";

fn tool(name: &str) -> Value {
    json!({ "type": "function", "function": { "name": name, "description": "d", "parameters": { "type": "object", "properties": { "x": { "type": "number" } } } } })
}

#[test]
fn definitions_are_translated() {
    let strict = json!({ "type": "object", "properties": { "x": { "type": "string" } }, "required": ["x"], "additionalProperties": false });
    let tools = json!([
        tool("f"),
        { "type": "function", "function": { "name": "none" }, "cache_control": { "type": "ephemeral" } },
        { "type": "function", "function": { "name": "untyped", "parameters": { "properties": {} } } },
        { "type": "function", "function": { "name": "strict", "parameters": strict, "strict": true } },
        { "type": "function", "function": { "name": "loose", "parameters": { "type": "object", "additionalProperties": true }, "strict": true } },
        { "type": "bash_20250124", "name": "bash" },
    ]);
    let built = build(MODEL, json!({ "tools": tools }));
    let nothing = json!({ "type": "object", "properties": {} });
    let expected = json!([
        { "name": "f", "description": "d", "input_schema": { "type": "object", "properties": { "x": { "type": "number" } } } },
        { "name": "none", "input_schema": nothing, "cache_control": { "type": "ephemeral" } },
        { "name": "untyped", "input_schema": { "properties": {}, "type": "object" } },
        { "name": "strict", "strict": true, "input_schema": strict },
        { "name": "loose", "input_schema": { "type": "object", "additionalProperties": true, "properties": {} } },
        { "type": "bash_20250124", "name": "bash" },
    ]);
    assert_eq!(built.body["tools"], expected);
    assert!(built.body.get("tool_choice").is_none());
    let [warning] = &built.warnings()[..] else { panic!("{:?}", built.warnings()) };
    assert!(warning.contains("tools[4].function.strict"), "{warning}");
    let body = json!({ "tools": [{ "type": "web_search_preview" }] });
    assert_eq!(refusal(MODEL, body), ("hosted_tool_not_supported".to_owned(), "tools[0]".to_owned(), true));
}

#[test]
fn choices_are_translated() {
    let check = |choice: Value, is_parallel: Option<bool>, expected: Value| {
        let mut body = json!({ "tools": [tool("f"), tool("g")], "tool_choice": choice });
        if let Some(is_parallel) = is_parallel {
            body["parallel_tool_calls"] = is_parallel.into();
        }
        assert_eq!(build(MODEL, body).body["tool_choice"], expected);
    };
    let named = json!({ "type": "function", "function": { "name": "g" } });
    check(json!("auto"), None, json!({ "type": "auto" }));
    check(json!("none"), Some(false), json!({ "type": "none" }));
    check(json!("required"), Some(true), json!({ "type": "any" }));
    check(json!("required"), Some(false), json!({ "type": "any", "disable_parallel_tool_use": true }));
    check(named, None, json!({ "type": "tool", "name": "g" }));
    check(Value::Null, Some(false), json!({ "type": "auto", "disable_parallel_tool_use": true }));
    assert!(build(MODEL, json!({ "tool_choice": "none" })).body.get("tool_choice").is_none());
}

#[test]
fn allowed_tools_are_the_only_ones_sent() {
    let choice = |mode: &str| json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": [{ "type": "function", "function": { "name": "g" } }] } });
    let built =
        build(MODEL, json!({ "tools": [tool("f"), tool("g")], "tool_choice": choice("required") })).body;
    assert_eq!(
        (&built["tool_choice"], built["tools"].as_array().map(Vec::len)),
        (&json!({ "type": "any" }), Some(1))
    );
    assert_eq!(built["tools"][0]["name"], "g");
    let body = json!({ "tools": [tool("f")], "tool_choice": { "type": "custom", "custom": {} } });
    assert_eq!(refusal(MODEL, body), ("invalid_parameter_value".to_owned(), "tool_choice".to_owned(), true));
}
