//! JSON schemas as `output_config.format` takes them: closed objects, no recursion, few keywords
//! (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>, read on 2026-11-23). A limit that
//! the API can't enforce goes into the description, where the model reads it.

use serde_json::{Map, Value, json};

/// Formats of strings that are enforced.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Limits that are not enforced.
const LIMITS: [&str; 14] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "format",
];

/// Deeper than any schema that was written on purpose, and far from the end of the stack.
const MAX_DEPTH: usize = 64;

/// More references than this are recursion in disguise.
const MAX_REFERENCES: usize = 256;

/// The schema as the API takes it; `None` when it can't say the same: open objects, recursion.
pub(super) fn to_native(schema: &Value) -> Option<Value> {
    native(schema, Open::Refused)
}

/// As [`to_native`], but with open objects closed, for models that take no other form.
pub(super) fn closed(schema: &Value) -> Option<Value> {
    native(schema, Open::Closed)
}

/// What becomes of an object that allows properties which it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Refused,
    Closed,
}

fn native(schema: &Value, open: Open) -> Option<Value> {
    is_finite(schema, schema, &mut Vec::new(), &mut 0).then_some(())?;
    convert(schema, open, 0)
}

fn convert(schema: &Value, open: Open, depth: usize) -> Option<Value> {
    let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
        // `true` allows anything, which is as open as it gets.
        return None;
    };
    if says_nothing(object) || (open == Open::Refused && is_open(object)) {
        return None;
    }
    let mut native = Map::new();
    for key in ["$defs", "definitions"] {
        if let Some(definitions) = object.get(key).and_then(Value::as_object) {
            native.insert(key.to_owned(), Value::Object(convert_all(definitions, open, depth)?));
        }
    }
    if let Some(reference) = object.get("$ref") {
        native.insert("$ref".to_owned(), reference.clone());
        return Some(Value::Object(native));
    }
    if let Some(union) = union(object) {
        return convert(&union, open, depth + 1);
    }
    for key in ["title", "description", "default", "const", "enum"] {
        if let Some(value) = object.get(key) {
            native.insert(key.to_owned(), value.clone());
        }
    }
    let has_literals = native.contains_key("enum") || native.contains_key("const");
    if let Some(kind) = object.get("type").filter(|_| !has_literals) {
        native.insert("type".to_owned(), kind.clone());
    }
    for (key, renamed) in [("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")] {
        if let Some(variants) = object.get(key).and_then(Value::as_array) {
            let variants: Option<Vec<_>> =
                variants.iter().map(|variant| convert(variant, open, depth + 1)).collect();
            native.insert(renamed.to_owned(), variants?.into());
        }
    }
    if object.get("type").is_some_and(|kind| kind == "object") || object.contains_key("properties") {
        let properties = object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        native.insert("properties".to_owned(), Value::Object(convert_all(&properties, open, depth)?));
        if let Some(required) = object.get("required") {
            native.insert("required".to_owned(), required.clone());
        }
        native.insert("additionalProperties".to_owned(), false.into());
    }
    if let Some(items) = object.get("items") {
        native.insert("items".to_owned(), convert(items, open, depth + 1)?);
    }
    put_limits(object, &mut native);
    Some(Value::Object(native))
}

fn convert_all(schemas: &Map<String, Value>, open: Open, depth: usize) -> Option<Map<String, Value>> {
    schemas.iter().map(|(name, schema)| Some((name.clone(), convert(schema, open, depth + 1)?))).collect()
}

/// Whether it allows anything at all.
fn says_nothing(object: &Map<String, Value>) -> bool {
    let telling = ["type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf", "properties"];
    !telling.iter().any(|key| object.contains_key(*key))
}

/// Whether it allows properties that it does not name.
fn is_open(object: &Map<String, Value>) -> bool {
    let more = object.get("additionalProperties");
    let has_patterns =
        object.get("patternProperties").and_then(Value::as_object).is_some_and(|them| !them.is_empty());
    let is_object = match object.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    };
    has_patterns
        || more.is_some_and(|more| *more != Value::Bool(false))
        || (is_object && more.is_none() && !object.contains_key("properties"))
}

/// `type: ["string", "null"]` and `nullable: true` as the `anyOf` that they mean. A list of allowed values says
/// it all, and needs no type.
fn union(object: &Map<String, Value>) -> Option<Value> {
    let listed = object.get("type").and_then(Value::as_array);
    let is_nullable = object.get("nullable") == Some(&Value::Bool(true));
    if object.contains_key("enum") || object.contains_key("const") {
        let mut plain = object.clone();
        plain.shift_remove("nullable")?;
        if let Some(Value::Array(values)) = plain.get_mut("enum")
            && is_nullable
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        return Some(Value::Object(plain));
    }
    let mut kinds: Vec<Value> = match (listed, object.get("type")) {
        (Some(kinds), _) => kinds.clone(),
        (None, Some(kind)) if is_nullable => vec![kind.clone()],
        _ => return None,
    };
    if is_nullable && !kinds.iter().any(|kind| kind == "null") {
        kinds.push("null".into());
    }
    let mut shared = object.clone();
    shared.shift_remove("nullable");
    let description = shared.shift_remove("description");
    let variants: Vec<_> = kinds
        .into_iter()
        .map(|kind| {
            if kind == "null" {
                return json!({ "type": "null" });
            }
            let mut variant = shared.clone();
            if kind != "object" {
                for key in ["properties", "required", "additionalProperties"] {
                    variant.shift_remove(key);
                }
            }
            if kind != "array" {
                variant.shift_remove("items");
            }
            variant.insert("type".to_owned(), kind);
            Value::Object(variant)
        })
        .collect();
    let mut union = json!({ "anyOf": variants });
    if let Some(description) = description {
        union["description"] = description;
    }
    Some(union)
}

fn put_limits(object: &Map<String, Value>, native: &mut Map<String, Value>) {
    let mut limits = Vec::new();
    for key in LIMITS {
        let Some(value) = object.get(key).filter(|value| !value.is_null()) else { continue };
        let is_enforced = match key {
            "format" => value.as_str().is_some_and(|format| FORMATS.contains(&format)),
            "minItems" => value.as_u64().is_some_and(|count| count <= 1),
            _ => false,
        };
        if is_enforced {
            native.insert(key.to_owned(), value.clone());
        } else {
            limits.push(format!("{key}: {value}"));
        }
    }
    if !limits.is_empty() {
        let limits = format!("({})", limits.join(", "));
        let described = match native.get("description").and_then(Value::as_str) {
            Some(description) => format!("{description} {limits}"),
            None => limits,
        };
        native.insert("description".to_owned(), described.into());
    }
}

/// Whether no reference leads back to itself.
fn is_finite<'a>(node: &'a Value, root: &'a Value, path: &mut Vec<&'a str>, count: &mut usize) -> bool {
    match node {
        Value::Array(items) => items.iter().all(|item| is_finite(item, root, path, count)),
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                *count += 1;
                let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
                let Some(target) = target.filter(|_| *count <= MAX_REFERENCES && !path.contains(&reference))
                else {
                    return false;
                };
                path.push(reference);
                let is_finite = is_finite(target, root, path, count);
                path.pop();
                if !is_finite {
                    return false;
                }
            }
            // Definitions that nobody refers to do no harm.
            let parts = object.iter().filter(|(key, _)| !matches!(key.as_str(), "$defs" | "definitions"));
            parts.into_iter().all(|(_, part)| is_finite(part, root, path, count))
        }
        _ => true,
    }
}
