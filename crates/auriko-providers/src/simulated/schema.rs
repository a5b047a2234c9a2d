//! A JSON value that is valid for a JSON schema: tool arguments and structured answers.
//!
//! Covered is what tool schemas are made of (types, objects, arrays, enums, ranges, lengths, patterns,
//! combinators, local references). What is not (`not`, `if`, `dependentSchemas`, …) is passed over.

use serde_json::{Map, Number, Value, json};

use super::pattern::shortest_match;
use super::random::Random;

/// Below this depth optional parts are left out, so that recursive schemas end.
const SOFT_DEPTH: usize = 6;
/// Below this depth nothing is made any more: the schema demands an infinite value.
const HARD_DEPTH: usize = 64;
/// Longest string or array that a schema can ask for here.
const LONGEST: usize = 10_000;

const WORDS: [&str; 8] =
    ["sample", "example", "simulated", "placeholder", "made-up", "demo", "trial", "mock"];

/// An instance of `schema`, which is also the document that its references point into.
pub(super) fn instance(schema: &Value, random: &mut Random) -> Value {
    Maker { root: schema, random }.make(schema, 0)
}

struct Maker<'a> {
    root: &'a Value,
    random: &'a mut Random,
}

impl Maker<'_> {
    fn make(&mut self, schema: &Value, depth: usize) -> Value {
        let Some(schema) = schema.as_object().filter(|_| depth <= HARD_DEPTH) else {
            return Value::String(self.word().to_owned());
        };
        if let Some(target) = schema.get("$ref").and_then(|it| self.resolve(it)) {
            let mut rest = schema.clone();
            rest.shift_remove("$ref");
            let merged =
                if rest.keys().all(|key| is_annotation(key)) { target } else { merge(&target, &rest) };
            return self.make(&merged, depth + 1);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return if values.is_empty() {
                Value::Null
            } else {
                values[self.random.below(values.len())].clone()
            };
        }
        if let Some(Value::Array(parts)) = schema.get("allOf") {
            let mut whole = schema.clone();
            whole.shift_remove("allOf");
            let merged = parts.iter().fold(Value::Object(whole), |whole, part| {
                let part = part.get("$ref").and_then(|it| self.resolve(it)).unwrap_or_else(|| part.clone());
                part.as_object().map_or(whole.clone(), |part| merge(&whole, part))
            });
            return self.make(&merged, depth + 1);
        }
        for combinator in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = schema.get(combinator) {
                let mut rest = schema.clone();
                rest.shift_remove(combinator);
                // Past the soft depth the simplest branch ends a recursion: often `null`, written last.
                let branch = if depth > SOFT_DEPTH { branches.iter().find(|it| is_simple(it)) } else { None };
                let branch = branch.or(branches.first()).unwrap_or(&Value::Bool(true));
                let branch =
                    branch.get("$ref").and_then(|it| self.resolve(it)).unwrap_or_else(|| branch.clone());
                return self.make(&merge(&branch, &rest), depth + 1);
            }
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "integer" => integer(schema),
            "number" => number(schema),
            "boolean" => Value::Bool(self.random.below(2) == 0),
            "null" => Value::Null,
            _ => Value::String(self.string(schema)),
        }
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            if required.contains(&name.as_str()) || (depth < SOFT_DEPTH && property != &Value::Bool(false)) {
                object.insert(name.clone(), self.make(property, depth + 1));
            }
        }
        let any = Value::Bool(true);
        let additional = schema.get("additionalProperties").unwrap_or(&any);
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), self.make(additional, depth + 1));
            }
        }
        let mut spare = 0;
        while object.len() < length(schema, "minProperties").unwrap_or(0).min(LONGEST) {
            spare += 1;
            object.insert(format!("key{spare}"), self.make(additional, depth + 1));
        }
        if let Some(most) = length(schema, "maxProperties")
            && object.len() > most
        {
            let keep = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut room = most.saturating_sub(keep.len());
            object.retain(|name, _| keep.iter().any(|it| it == name) || take_one(&mut room));
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let least = length(schema, "minItems").unwrap_or(0).min(LONGEST);
        let most = length(schema, "maxItems").unwrap_or(usize::MAX);
        let prefix =
            schema.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let any = Value::Bool(true);
        let items = schema.get("items").unwrap_or(&any);
        let usual = usize::from(depth <= SOFT_DEPTH && items != &Value::Bool(false));
        let wanted = least.max(prefix.len().max(usual)).min(most);
        let is_unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut array: Vec<Value> = Vec::with_capacity(wanted);
        for position in 0..wanted {
            let schema = prefix.get(position).unwrap_or(items);
            let mut value = self.make(schema, depth + 1);
            for attempt in 1..=64 {
                if !is_unique || !array.contains(&value) {
                    break;
                }
                value = vary(self.make(schema, depth + 1), schema, position + attempt);
            }
            array.push(value);
        }
        if let Some(contains) = schema.get("contains")
            && array.len() < most
        {
            array.push(self.make(contains, depth + 1));
        }
        Value::Array(array)
    }

    fn string(&mut self, schema: &Map<String, Value>) -> String {
        if let Some(text) = schema.get("format").and_then(Value::as_str).and_then(formatted) {
            return text.to_owned();
        }
        let least = length(schema, "minLength").unwrap_or(0).min(LONGEST);
        let most = length(schema, "maxLength").unwrap_or(usize::MAX);
        let fits = |text: &String| (least..=most).contains(&text.chars().count());
        let pattern = schema.get("pattern").and_then(Value::as_str).and_then(shortest_match);
        if let Some(text) = pattern.filter(fits) {
            return text;
        }
        let mut text = self.word().to_owned();
        while text.chars().count() < least {
            text.push(' ');
            text.push_str(self.word());
        }
        // Padding may overshoot a narrow range.
        text.chars().take(most.min(least.max(12))).collect()
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.random.below(WORDS.len())]
    }

    fn resolve(&self, reference: &Value) -> Option<Value> {
        let pointer = reference.as_str()?.strip_prefix('#')?;
        self.root.pointer(pointer).cloned()
    }
}

fn kind(schema: &Map<String, Value>) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut names = kinds.iter().filter_map(Value::as_str);
            names.find(|name| *name != "null").unwrap_or("null")
        }
        _ if schema.contains_key("properties") || schema.contains_key("required") => "object",
        _ if schema.contains_key("items") || schema.contains_key("prefixItems") => "array",
        _ if schema.contains_key("minimum") || schema.contains_key("maximum") => "number",
        _ => "string",
    }
}

fn integer(schema: &Map<String, Value>) -> Value {
    let low = bound(schema, "minimum", "exclusiveMinimum", 1.0);
    let high = bound(schema, "maximum", "exclusiveMaximum", -1.0);
    let step = schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0).unwrap_or(1.0);
    let step = if step.fract() == 0.0 { step } else { 1.0 };
    let value = within(low.map(f64::ceil), high.map(f64::floor), step);
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and schemas with such bounds are absurd")]
    Value::from(value as i64)
}

fn number(schema: &Map<String, Value>) -> Value {
    let low = bound(schema, "minimum", "exclusiveMinimum", 0.0);
    let high = bound(schema, "maximum", "exclusiveMaximum", 0.0);
    if let Some(step) = schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0) {
        return to_json(within(low, high, step));
    }
    let is_open = schema.contains_key("exclusiveMinimum") || schema.contains_key("exclusiveMaximum");
    to_json(match (low, high) {
        (Some(low), Some(high)) if is_open => f64::midpoint(low, high),
        (Some(low), Some(high)) => f64::midpoint(low, high).clamp(low, high),
        (Some(low), None) => low + 1.0,
        (None, Some(high)) => high - 1.0,
        (None, None) => 1.5,
    })
}

/// A multiple of `step` in the range, the smallest one there is above `low`.
fn within(low: Option<f64>, high: Option<f64>, step: f64) -> f64 {
    match (low, high) {
        (Some(low), _) => (low / step).ceil() * step,
        (None, Some(high)) => (high.min(step) / step).floor() * step,
        (None, None) => step,
    }
}

/// The inclusive bound, or the exclusive one moved inwards by `inwards` (1 for integers).
fn bound(schema: &Map<String, Value>, inclusive: &str, exclusive: &str, inwards: f64) -> Option<f64> {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let open = number(exclusive).map(|bound| {
        let rounded = if inwards > 0.0 { bound.floor() } else { bound.ceil() };
        if inwards == 0.0 { bound } else { rounded + inwards }
    });
    match (number(inclusive), open) {
        (Some(closed), Some(open)) if inclusive == "minimum" => Some(closed.max(open)),
        (Some(closed), Some(open)) => Some(closed.min(open)),
        (closed, open) => closed.or(open),
    }
}

fn to_json(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn length(schema: &Map<String, Value>, key: &str) -> Option<usize> {
    usize::try_from(schema.get(key)?.as_u64()?).ok()
}

/// A value unlike its neighbours, where items must differ: numbers move on, texts get a number.
fn vary(value: Value, schema: &Value, by: usize) -> Value {
    let limit = schema.get("maxLength").and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
    match value {
        Value::Number(number) if schema.get("enum").is_none() => {
            let step = schema.get("multipleOf").and_then(Value::as_i64).unwrap_or(1);
            number
                .as_i64()
                .map_or(Value::Number(number), |it| json!(it + step * i64::try_from(by).unwrap_or(i64::MAX)))
        }
        Value::String(text) if schema.get("enum").is_none() && schema.get("format").is_none() => {
            let suffix = by.to_string();
            let room = limit.unwrap_or(usize::MAX).saturating_sub(suffix.len());
            Value::String(text.chars().take(room).chain(suffix.chars()).collect())
        }
        other => other,
    }
}

fn formatted(format: &str) -> Option<&'static str> {
    Some(match format {
        "date-time" => "2025-01-01T00:00:00Z",
        "date" => "2025-01-01",
        "time" => "00:00:00Z",
        "duration" => "P1D",
        "email" | "idn-email" => "someone@example.com",
        "hostname" | "idn-hostname" => "example.com",
        "ipv4" => "127.0.0.1",
        "ipv6" => "::1",
        "uri" | "url" | "iri" | "uri-reference" => "https://example.com/",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        _ => return None,
    })
}

/// One schema with the demands of both. Where both say something else, `more` wins, except that lists of
/// required names are united and properties are merged.
fn merge(base: &Value, more: &Map<String, Value>) -> Value {
    let Some(base) = base.as_object() else { return Value::Object(more.clone()) };
    let mut merged = base.clone();
    for (key, value) in more {
        let both = match (key.as_str(), merged.get(key), value) {
            ("required", Some(Value::Array(old)), Value::Array(new)) => {
                old.iter().chain(new).cloned().collect()
            }
            ("properties", Some(Value::Object(old)), Value::Object(new)) => {
                let mut properties = old.clone();
                for (name, schema) in new {
                    let schema = match (properties.get(name), schema) {
                        (Some(old), Value::Object(new)) => merge(old, new),
                        _ => schema.clone(),
                    };
                    properties.insert(name.clone(), schema);
                }
                Value::Object(properties)
            }
            _ => value.clone(),
        };
        merged.insert(key.clone(), both);
    }
    Value::Object(merged)
}

fn is_simple(schema: &Value) -> bool {
    matches!(
        schema.get("type").and_then(Value::as_str),
        Some("null" | "string" | "number" | "integer" | "boolean")
    ) || schema.get("const").is_some()
        || schema.get("enum").is_some()
}

fn is_annotation(key: &str) -> bool {
    matches!(key, "description" | "title" | "default" | "examples" | "$defs" | "definitions" | "$schema")
}

fn take_one(room: &mut usize) -> bool {
    let is_left = *room > 0;
    *room = room.saturating_sub(1);
    is_left
}
