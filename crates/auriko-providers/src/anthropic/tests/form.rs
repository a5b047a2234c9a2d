use serde_json::{Value, json};

use super::{build, refusal};
use crate::adapter::ReplyReader;

const NATIVE: &str = "claude-sonnet-4-5";
const BY_TOOL: &str = "claude-sonnet-4-20250514";

fn format(schema: &Value) -> Value {
    json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } })
}

#[test]
fn schemas_are_brought_into_the_form_that_is_enforced() {
    let check = |schema: Value, expected: Value| {
        let schema = json!({ "type": "object", "properties": { "x": schema } });
        let body = build(NATIVE, json!({ "response_format": format(&schema) })).body;
        assert_eq!(body["output_config"]["format"]["type"], "json_schema");
        assert!(body.get("tools").is_none());
        let sent = &body["output_config"]["format"]["schema"];
        assert_eq!((&sent["properties"]["x"], &sent["additionalProperties"]), (&expected, &json!(false)));
    };
    check(
        json!({ "type": "integer", "minimum": 1, "description": "A number." }),
        json!({ "description": "A number. (minimum: 1)", "type": "integer" }),
    );
    check(
        json!({ "type": ["string", "null"], "description": "d", "maxLength": 3 }),
        json!({ "description": "d", "anyOf": [{ "type": "string", "description": "(maxLength: 3)" }, { "type": "null" }] }),
    );
    check(json!({ "type": ["string", "null"], "enum": ["a", null] }), json!({ "enum": ["a", null] }));
    check(json!({ "type": "string", "enum": ["a"], "nullable": true }), json!({ "enum": ["a", null] }));
    check(
        json!({ "type": "number", "nullable": true }),
        json!({ "anyOf": [{ "type": "number" }, { "type": "null" }] }),
    );
    check(
        json!({ "oneOf": [{ "type": "string", "format": "uuid" }, { "type": "string", "format": "phone" }] }),
        json!({ "anyOf": [{ "type": "string", "format": "uuid" }, { "type": "string", "description": "(format: \"phone\")" }] }),
    );
    check(
        json!({ "type": "array", "items": { "type": "object", "properties": { "y": { "type": "null" } }, "required": ["y"] }, "minItems": 1, "maxItems": 2 }),
        json!({ "type": "array", "items": { "type": "object", "properties": { "y": { "type": "null" } }, "required": ["y"], "additionalProperties": false }, "minItems": 1, "description": "(maxItems: 2)" }),
    );
    let shared = json!({ "$defs": { "p": { "type": "object", "properties": { "a": { "type": "string", "minLength": 1 } } } }, "type": "object", "properties": { "x": { "$ref": "#/$defs/p" }, "y": { "$ref": "#/$defs/p" } } });
    let sent = build(NATIVE, json!({ "response_format": format(&shared) })).body;
    let sent = &sent["output_config"]["format"]["schema"];
    assert_eq!(sent["$defs"]["p"]["additionalProperties"], false);
    assert_eq!(
        (&sent["properties"]["x"], &sent["properties"]["y"]),
        (&json!({ "$ref": "#/$defs/p" }), &json!({ "$ref": "#/$defs/p" }))
    );
}

#[test]
fn what_can_not_be_enforced_is_asked_for_by_a_tool() {
    let recursive = json!({ "type": "object", "properties": { "next": { "$ref": "#" } } });
    let open = json!({ "type": "object", "additionalProperties": { "type": "number" } });
    let untyped = json!({ "type": "object", "properties": { "x": {} } });
    let plain = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
    for (model, schema) in
        [(NATIVE, &recursive), (NATIVE, &open), (NATIVE, &untyped), (BY_TOOL, &plain), ("other", &plain)]
    {
        let built = build(model, json!({ "response_format": format(schema) }));
        let mut expected = schema.clone();
        expected.as_object_mut().expect("an object").entry("properties").or_insert_with(|| json!({}));
        assert_eq!(built.body["tools"][0]["input_schema"], expected);
        let choice = json!({ "type": "tool", "name": "answer", "disable_parallel_tool_use": true });
        assert_eq!(built.body["tool_choice"], choice);
        assert!(built.body.get("output_config").is_none());
        let ReplyReader::Anthropic { answer_tool: Some(name) } = &built.request.reader else {
            panic!("{model}")
        };
        assert_eq!(name, "answer");
    }
    let closed = build("claude-opus-5-5", json!({ "response_format": format(&open) }));
    let expected = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    assert_eq!(closed.body["output_config"]["format"]["schema"], expected);
    assert_eq!(closed.warnings().len(), 1);
    let param = "response_format.json_schema.schema".to_owned();
    let expected = ("structured_output_not_supported".to_owned(), param, true);
    assert_eq!(refusal("claude-opus-5-5", json!({ "response_format": format(&recursive) })), expected);
    let json_mode = json!({ "response_format": { "type": "json_object" } });
    assert_eq!(
        refusal(NATIVE, json_mode),
        ("json_mode_not_supported".to_owned(), "response_format".to_owned(), true)
    );
}

#[test]
fn the_answering_tool_stands_beside_others() {
    let schema = json!({ "type": "object", "properties": {} });
    let tools = json!([{ "type": "function", "function": { "name": "answer" } }]);
    let body =
        |choice: &str| json!({ "response_format": format(&schema), "tools": tools, "tool_choice": choice });
    let both = build(BY_TOOL, body("auto")).body;
    assert_eq!((&both["tools"][1]["name"], &both["tool_choice"]["type"]), (&json!("answer_"), &json!("any")));
    let alone = build(BY_TOOL, body("none")).body;
    assert_eq!(
        (&alone["tool_choice"]["type"], &alone["tool_choice"]["name"]),
        (&json!("tool"), &json!("answer_"))
    );
    let required = build(BY_TOOL, body("required")).body;
    assert_eq!(
        (required["tools"].as_array().map(Vec::len), &required["tool_choice"]),
        (Some(1), &json!({ "type": "any" }))
    );
    let native = build(NATIVE, body("auto")).body;
    assert_eq!(
        (native["tools"].as_array().map(Vec::len), &native["tool_choice"]),
        (Some(1), &json!({ "type": "auto" }))
    );
    assert!(native["output_config"]["format"].is_object());
    let mut thinking = body("auto");
    thinking["reasoning_effort"] = "high".into();
    let built = build(BY_TOOL, thinking);
    assert!(built.body.get("thinking").is_none());
    assert!(built.warnings()[0].contains("when a tool call is forced"), "{:?}", built.warnings());
}

#[test]
fn no_schema_ends_in_a_loop() {
    let mut deep = json!({ "type": "string" });
    for _ in 0..40 {
        deep = json!({ "type": "array", "items": deep });
    }
    build(NATIVE, json!({ "response_format": format(&deep) }));
    // Each definition refers to the next one twice: 2^30 ways through.
    let mut definitions = serde_json::Map::new();
    for level in 0..30 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        definitions.insert(format!("d{level}"), json!({ "anyOf": [next, next] }));
    }
    definitions.insert("d30".to_owned(), json!({ "type": "null" }));
    let bomb =
        json!({ "$defs": definitions, "type": "object", "properties": { "x": { "$ref": "#/$defs/d0" } } });
    let body = build(NATIVE, json!({ "response_format": format(&bomb) })).body;
    assert_eq!(body["tools"][0]["name"], "answer");
}
