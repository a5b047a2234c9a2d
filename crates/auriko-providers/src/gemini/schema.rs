//! JSON Schema, cut down to what Gemini reads (`responseJsonSchema`, `parametersJsonSchema`).
//!
//! References stay references, since Gemini understands `$defs`; what they lead to is collected there, each
//! definition once, so that a schema that refers to itself stays finite. A reference with further keywords and
//! `allOf` are put together in place, since Gemini takes neither. Keywords that only describe are left out
//! silently; those that would have narrowed the answer are reported.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Most schemas within one schema that are converted. A guess: far beyond what a model can follow, and small
/// enough that references put together in place can't take memory without end.
const MAX_NODES: usize = 20_000;

/// Keywords that narrow nothing.
const DESCRIPTIVE: [&str; 18] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "$ref",
    "allOf",
    "oneOf",
    "nullable",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentMediaType",
    "contentEncoding",
];

/// The schema for Gemini; `dropped` gets the keywords that were left out.
pub(super) fn convert(root: &Value, dropped: &mut BTreeSet<String>) -> Value {
    let mut converter =
        Converter { root, definitions: Vec::new(), open: Vec::new(), nodes_left: MAX_NODES, dropped };
    let mut schema = converter.root();
    let mut definitions = Map::new();
    // Converting a definition may find further ones.
    while let Some((pointer, name)) = converter.definitions.get(definitions.len()).cloned() {
        let target = resolve(root, &pointer).unwrap_or(&Value::Null);
        definitions.insert(name, converter.node(target));
    }
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), definitions.into());
    }
    Value::Object(schema)
}

struct Converter<'a> {
    root: &'a Value,
    /// Pointer and name of every definition that is referred to.
    definitions: Vec<(String, String)>,
    /// References that are being put together in place.
    open: Vec<&'a str>,
    nodes_left: usize,
    dropped: &'a mut BTreeSet<String>,
}

impl<'a> Converter<'a> {
    /// The outermost schema is never a bare reference: Gemini wants to see an object there.
    fn root(&mut self) -> Map<String, Value> {
        match self.root {
            Value::Object(object) => self.object(object),
            _ => Map::new(),
        }
    }

    fn node(&mut self, schema: &'a Value) -> Value {
        let Some(left) = self.nodes_left.checked_sub(1) else {
            self.dropped.insert("schemas beyond the 20000th".to_owned());
            return json!({});
        };
        self.nodes_left = left;
        match schema {
            Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
                Some(pointer) if is_bare(object) || self.open.contains(&pointer) => self.reference(pointer),
                _ => self.object(object).into(),
            },
            Value::Bool(false) => {
                self.dropped.insert("false".to_owned());
                json!({})
            }
            _ => json!({}),
        }
    }

    fn reference(&mut self, pointer: &str) -> Value {
        if resolve(self.root, pointer).is_none() {
            self.dropped.insert("$ref".to_owned());
            return json!({});
        }
        if let Some((_, name)) = self.definitions.iter().find(|(known, _)| known == pointer) {
            return json!({ "$ref": format!("#/$defs/{name}") });
        }
        let name = self.free_name(pointer);
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        self.definitions.push((pointer.to_owned(), name));
        reference
    }

    fn free_name(&self, pointer: &str) -> String {
        let last = pointer.rsplit('/').next().unwrap_or_default();
        let plain: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let plain = if plain.is_empty() { "root".to_owned() } else { plain };
        let is_free = |name: &String| self.definitions.iter().all(|(_, taken)| taken != name);
        let numbered = (2..).map(|number| format!("{plain}{number}"));
        std::iter::once(plain.clone()).chain(numbered).find(is_free).unwrap_or_default()
    }

    /// A schema and all that is put together with it: the first one that has a keyword decides.
    fn object(&mut self, object: &'a Map<String, Value>) -> Map<String, Value> {
        let already_open = self.open.len();
        let layers = self.layers(object);
        let mut result = Map::new();
        for layer in &layers {
            for (keyword, value) in *layer {
                self.keyword(keyword, value, &layers, &mut result);
            }
        }
        if let Some(options) = first(&layers, "oneOf").filter(|_| !result.contains_key("anyOf")) {
            self.keyword("anyOf", options, &layers, &mut result);
        }
        name_the_type(&mut result);
        if first(&layers, "nullable") == Some(&Value::Bool(true)) {
            allow_null(&mut result);
        }
        self.open.truncate(already_open);
        result
    }

    fn layers(&mut self, object: &'a Map<String, Value>) -> Vec<&'a Map<String, Value>> {
        let mut layers = vec![object];
        let mut position = 0;
        while let Some(layer) = layers.get(position).copied() {
            position += 1;
            if let Some(pointer) = layer.get("$ref").and_then(Value::as_str) {
                match resolve(self.root, pointer).and_then(Value::as_object) {
                    _ if self.open.contains(&pointer) => {}
                    Some(target) => {
                        self.open.push(pointer);
                        layers.push(target);
                    }
                    None => {
                        self.dropped.insert("$ref".to_owned());
                    }
                }
            }
            layers.extend(
                layer
                    .get("allOf")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_object),
            );
        }
        layers
    }

    fn keyword(
        &mut self,
        keyword: &str,
        value: &'a Value,
        layers: &[&'a Map<String, Value>],
        result: &mut Map<String, Value>,
    ) {
        if result.contains_key(keyword) && keyword != "properties" && keyword != "required" {
            return;
        }
        let converted = match keyword {
            "type" | "format" | "title" | "description" | "propertyOrdering" if is_words(value) => {
                Some(value.clone())
            }
            "minItems" | "maxItems" | "minimum" | "maximum" if value.is_number() => Some(value.clone()),
            "required" => Some(union(result.get("required"), value)),
            "properties" => {
                let mut all = match result.shift_remove("properties") {
                    Some(Value::Object(all)) => all,
                    _ => Map::new(),
                };
                for (name, schema) in value.as_object().into_iter().flatten() {
                    if !all.contains_key(name) {
                        let converted = self.node(schema);
                        all.insert(name.clone(), converted);
                    }
                }
                Some(all.into())
            }
            "items" if value.is_array() => return self.keyword("prefixItems", value, layers, result),
            "items" | "additionalProperties" => Some(match value {
                Value::Bool(_) => value.clone(),
                schema => self.node(schema),
            }),
            "anyOf" | "prefixItems" => {
                Some(value.as_array().into_iter().flatten().map(|schema| self.node(schema)).collect())
            }
            "enum" => self.choices(value.as_array().map(Vec::as_slice).unwrap_or_default()),
            "const" => {
                if let Some(choices) = self.choices(std::slice::from_ref(value)) {
                    result.entry("enum").or_insert(choices);
                }
                result.entry("type").or_insert_with(|| type_of(value).into());
                return;
            }
            "exclusiveMinimum" => return self.exclusive("minimum", 1, value, layers, result),
            "exclusiveMaximum" => return self.exclusive("maximum", -1, value, layers, result),
            _ if DESCRIPTIVE.contains(&keyword) || keyword.starts_with("x-") || keyword == "~standard" => {
                None
            }
            _ => {
                self.dropped.insert(keyword.to_owned());
                None
            }
        };
        if let Some(converted) = converted {
            result.insert(keyword.to_owned(), converted);
        }
    }

    /// Gemini chooses among texts and numbers. `null` is allowed by the type beside it.
    fn choices(&mut self, choices: &[Value]) -> Option<Value> {
        let kept: Vec<_> =
            choices.iter().filter(|choice| choice.is_string() || choice.is_number()).cloned().collect();
        if choices.iter().any(|choice| !choice.is_string() && !choice.is_number() && !choice.is_null()) {
            self.dropped.insert("enum".to_owned());
            return None;
        }
        (!kept.is_empty()).then(|| kept.into())
    }

    /// Among whole numbers the next one is the limit.
    fn exclusive(
        &mut self,
        keyword: &str,
        step: i64,
        value: &Value,
        layers: &[&'a Map<String, Value>],
        result: &mut Map<String, Value>,
    ) {
        let is_whole = first(layers, "type").is_some_and(|kind| kind == "integer");
        let next = value.as_i64().and_then(|limit| limit.checked_add(step));
        if let Some(limit) = next.filter(|_| is_whole) {
            result.entry(keyword).or_insert_with(|| limit.into());
            return;
        }
        let dropped = if step > 0 { "exclusiveMinimum" } else { "exclusiveMaximum" };
        self.dropped.insert(dropped.to_owned());
    }
}

/// Whether a reference can stand alone: its title at most is lost.
fn is_bare(object: &Map<String, Value>) -> bool {
    object.keys().all(|keyword| {
        keyword == "title"
            || (keyword != "allOf"
                && keyword != "oneOf"
                && keyword != "nullable"
                && DESCRIPTIVE.contains(&keyword.as_str()))
    })
}

fn resolve<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    root.pointer(pointer.strip_prefix('#')?)
}

fn first<'a>(layers: &[&'a Map<String, Value>], keyword: &str) -> Option<&'a Value> {
    layers.iter().find_map(|layer| layer.get(keyword))
}

fn union(known: Option<&Value>, more: &Value) -> Value {
    let mut all: Vec<Value> = known.and_then(Value::as_array).cloned().unwrap_or_default();
    for name in more.as_array().into_iter().flatten() {
        if name.is_string() && !all.contains(name) {
            all.push(name.clone());
        }
    }
    all.into()
}

/// A text, or a list of texts.
fn is_words(value: &Value) -> bool {
    value.is_string() || value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

fn allow_null(schema: &mut Map<String, Value>) {
    match schema.get_mut("type") {
        Some(Value::Array(kinds)) if !kinds.contains(&json!("null")) => kinds.push(json!("null")),
        Some(kind @ Value::String(_)) => *kind = json!([kind, "null"]),
        Some(_) => {}
        None => {
            if let Some(Value::Array(options)) = schema.get_mut("anyOf") {
                options.push(json!({ "type": "null" }));
            }
        }
    }
}

/// Gemini wants a type where JSON Schema can do without.
fn name_the_type(schema: &mut Map<String, Value>) {
    if ["type", "anyOf", "$ref"].iter().any(|keyword| schema.contains_key(*keyword)) {
        return;
    }
    let kind = match schema.get("enum").and_then(|choices| choices.get(0)) {
        Some(choice) => type_of(choice),
        None if schema.contains_key("properties") || schema.contains_key("additionalProperties") => "object",
        None if schema.contains_key("items") || schema.contains_key("prefixItems") => "array",
        None => return,
    };
    schema.insert("type".to_owned(), kind.into());
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
