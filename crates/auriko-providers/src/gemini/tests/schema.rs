use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::schema::convert;
use super::*;

fn check(schema: &Value, expected: &Value, dropped: &[&str]) {
    let mut left_out = BTreeSet::new();
    assert_eq!(&convert(schema, &mut left_out), expected, "{schema}");
    assert_eq!(left_out.iter().map(String::as_str).collect::<Vec<_>>(), dropped, "{schema}");
}

#[test]
fn what_gemini_reads_stays_and_the_rest_is_named() {
    check(
        &json!({
            "$schema": "x", "$id": "y", "type": "object", "title": "T", "required": ["a"], "minProperties": 1,
            "properties": {
                "a": { "type": ["string", "null"], "format": "date", "minLength": 3, "default": "x", "examples": [] },
                "b": { "type": "array", "items": { "type": "integer", "minimum": 0, "exclusiveMaximum": 9 }, "uniqueItems": true },
                "c": { "type": "array", "items": [{ "type": "string" }, true] },
                "d": { "oneOf": [{ "type": "string" }, { "type": "number", "exclusiveMinimum": 0 }] },
                "e": { "enum": ["x", null] },
                "f": { "type": "object", "additionalProperties": { "type": "boolean" } },
                "g": { "const": true },
                "h": { "type": "string", "nullable": true, "x-order": 1 },
                "i": false,
            },
        }),
        &json!({
            "type": "object", "title": "T", "required": ["a"],
            "properties": {
                "a": { "type": ["string", "null"], "format": "date" },
                "b": { "type": "array", "items": { "type": "integer", "minimum": 0, "maximum": 8 } },
                "c": { "type": "array", "prefixItems": [{ "type": "string" }, {}] },
                "d": { "anyOf": [{ "type": "string" }, { "type": "number" }] },
                "e": { "enum": ["x"], "type": "string" },
                "f": { "type": "object", "additionalProperties": { "type": "boolean" } },
                "g": { "type": "boolean" },
                "h": { "type": ["string", "null"] },
                "i": {},
            },
        }),
        &["enum", "exclusiveMinimum", "false", "minLength", "minProperties", "uniqueItems"],
    );
}

#[test]
fn references_are_collected_once_and_may_go_in_circles() {
    check(
        &json!({
            "$ref": "#/definitions/Node",
            "definitions": { "Node": { "type": "object", "properties": {
                "next": { "$ref": "#/definitions/Node", "description": "after" },
                "other": { "$ref": "#/definitions/Leaf" }, "same": { "$ref": "#/definitions/Leaf" },
                "gone": { "$ref": "#/definitions/Gone" }, "far": { "$ref": "https://h/x" },
            } }, "Leaf": { "type": "string" } },
        }),
        &json!({
            "type": "object",
            "properties": {
                "next": { "$ref": "#/$defs/Node" },
                "other": { "$ref": "#/$defs/Leaf" }, "same": { "$ref": "#/$defs/Leaf" },
                "gone": {}, "far": {},
            },
            "$defs": {
                "Node": { "type": "object", "properties": {
                    "next": { "description": "after", "type": "object", "properties": {
                        "next": { "$ref": "#/$defs/Node" }, "other": { "$ref": "#/$defs/Leaf" },
                        "same": { "$ref": "#/$defs/Leaf" }, "gone": {}, "far": {},
                    } },
                    "other": { "$ref": "#/$defs/Leaf" }, "same": { "$ref": "#/$defs/Leaf" }, "gone": {}, "far": {},
                } },
                "Leaf": { "type": "string" },
            },
        }),
        &["$ref"],
    );
    check(
        &json!({ "type": "object", "properties": { "me": { "$ref": "#" } } }),
        &json!({
            "type": "object", "properties": { "me": { "$ref": "#/$defs/root" } },
            "$defs": { "root": { "type": "object", "properties": { "me": { "$ref": "#/$defs/root" } } } },
        }),
        &[],
    );
}

#[test]
fn parts_of_a_whole_are_put_together() {
    check(
        &json!({
            "allOf": [{ "$ref": "#/$defs/A" }, { "properties": { "b": { "type": "string" } }, "required": ["b"] }],
            "description": "mine",
            "$defs": { "A": { "type": "object", "description": "theirs", "properties": { "a": { "type": "string" } }, "required": ["a"] } },
        }),
        &json!({
            "description": "mine", "properties": { "b": { "type": "string" }, "a": { "type": "string" } },
            "required": ["b", "a"], "type": "object",
        }),
        &[],
    );
    check(&json!({ "allOf": [{ "$ref": "#" }] }), &json!({}), &[]);
}

#[test]
fn references_that_multiply_stay_bounded() {
    let mut definitions = Map::new();
    for level in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1), "description": "x" });
        definitions
            .insert(format!("d{level}"), json!({ "type": "object", "properties": { "a": next, "b": next } }));
    }
    definitions.insert("d40".to_owned(), json!({ "type": "string" }));
    let mut dropped = BTreeSet::new();
    let converted = convert(&json!({ "$ref": "#/$defs/d0", "$defs": definitions }), &mut dropped);
    assert!(converted.to_string().len() < 4_000_000 && !dropped.is_empty());
}

fn any_schema() -> impl Strategy<Value = Value> {
    let keyword = prop::sample::select(vec![
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "items",
        "properties",
        "type",
        "enum",
        "const",
        "required",
        "nullable",
        "additionalProperties",
        "exclusiveMinimum",
        "$defs",
        "description",
        "not",
    ]);
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(3)),
        Just(json!("integer")),
        Just(json!("#")),
        Just(json!("#/$defs/items")),
        Just(json!("#/allOf/0")),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keyword.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_ends_with_references_that_lead_somewhere(schema in any_schema()) {
        let converted = convert(&schema, &mut BTreeSet::new());
        let mut open = vec![&converted];
        while let Some(value) = open.pop() {
            if let Some(pointer) = value.get("$ref").and_then(Value::as_str) {
                prop_assert!(converted.pointer(&pointer[1..]).is_some(), "{pointer} in {converted}");
            }
            match value {
                Value::Object(fields) => open.extend(fields.values()),
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}
