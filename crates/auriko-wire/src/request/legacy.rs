//! Older spellings, rewritten before anything else reads the request (G-06, G-08). Each leaves a warning.

use serde_json::{Map, Value, json};

use super::RequestError;
use super::fields::{Fields, wrong};
use crate::lookup;
use crate::routing_metadata::WarningType;

pub(super) fn modernise(fields: &mut Fields) -> Result<(), RequestError> {
    for (old, new) in [("routing", "routing"), ("models", "models"), ("auriko_metadata", "metadata")] {
        move_into_gateway(fields, old, new)?;
    }
    functions_to_tools(fields)?;
    function_messages(fields);
    Ok(())
}

fn move_into_gateway(fields: &mut Fields, old: &str, new: &str) -> Result<(), RequestError> {
    let Some(value) = fields.take(old) else { return Ok(()) };
    let mut gateway = fields.object("gateway")?.unwrap_or_default();
    gateway.entry(new).or_insert(value);
    fields.put("gateway", Value::Object(gateway));
    deprecated(fields, "deprecated_field", old, &format!("gateway.{new}"));
    Ok(())
}

fn functions_to_tools(fields: &mut Fields) -> Result<(), RequestError> {
    if let Some(functions) = fields.take("functions") {
        let Value::Array(functions) = functions else { return Err(wrong("functions", "an array")) };
        deprecated(fields, "deprecated_parameter", "functions", "tools");
        if !fields.has("tools") && !functions.is_empty() {
            let wrap = |function| json!({ "type": "function", "function": function });
            fields.put("tools", functions.into_iter().map(wrap).collect());
        }
    }
    if let Some(choice) = fields.take("function_call") {
        deprecated(fields, "deprecated_parameter", "function_call", "tool_choice");
        if !fields.has("tool_choice") {
            let choice = match choice {
                Value::Object(named) => json!({ "type": "function", "function": named }),
                word => word,
            };
            fields.put("tool_choice", choice);
        }
    }
    Ok(())
}

/// `function` messages become `tool` messages bound to the latest call of that name; an assistant's
/// `function_call` becomes its one tool call.
fn function_messages(fields: &mut Fields) {
    let Some(Value::Array(messages)) = fields.get_mut("messages") else { return };
    let mut calls: Vec<(String, String)> = Vec::new();
    let mut changed = false;
    for (position, message) in messages.iter_mut().enumerate() {
        let Some(message) = message.as_object_mut() else { continue };
        if let Some(call) = lookup::remove(message, "function_call").filter(Value::is_object) {
            changed = true;
            let id = format!("call_legacy_{position}");
            calls.push((call["name"].as_str().unwrap_or_default().to_owned(), id.clone()));
            message
                .entry("tool_calls")
                .or_insert_with(|| json!([{ "id": id, "type": "function", "function": call }]));
        }
        if lookup::find(message, "role").and_then(Value::as_str) == Some("function") {
            changed = true;
            bind_to_call(message, &calls);
        }
    }
    if changed {
        deprecated(fields, "deprecated_parameter", "function messages", "tool_calls and tool messages");
    }
}

fn bind_to_call(message: &mut Map<String, Value>, calls: &[(String, String)]) {
    let name =
        message.shift_remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    let call = calls.iter().rev().find(|(called, _)| *called == name);
    let id = call.map_or_else(|| format!("call_legacy_{name}"), |(_, id)| id.clone());
    message.insert("role".to_owned(), json!("tool"));
    message.insert("tool_call_id".to_owned(), json!(id));
    if message.get("content").is_none_or(Value::is_null) {
        message.insert("content".to_owned(), json!(""));
    }
}

fn deprecated(fields: &mut Fields, code: &str, old: &str, new: &str) {
    fields.warn(WarningType::UnsupportedField, code, format!("`{old}` is deprecated; use `{new}`."));
}
