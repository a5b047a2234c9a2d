//! Tools, the choice among them, and the form of the answer (api.md §3.6, §3.10).

use serde_json::{Map, Value, json};

use super::RequestError;
use super::fields::wrong;

/// Which tool the model may or must call.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No call.
    None,
    /// Some call.
    Required,
    /// A call of this function.
    Named(String),
    /// A newer form (such as `allowed_tools`), handed on as sent.
    Other(Value),
}

impl ToolChoice {
    /// The wire value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Auto => json!("auto"),
            Self::None => json!("none"),
            Self::Required => json!("required"),
            Self::Named(name) => json!({ "type": "function", "function": { "name": name } }),
            Self::Other(value) => value.clone(),
        }
    }
}

/// The form of the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ResponseFormat {
    /// Free text.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that fits a schema: the `json_schema` object, in which `name` and `schema` are present.
    JsonSchema(Map<String, Value>),
}

impl ResponseFormat {
    /// The wire value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text => json!({ "type": "text" }),
            Self::JsonObject => json!({ "type": "json_object" }),
            Self::JsonSchema(definition) => json!({ "type": "json_schema", "json_schema": definition }),
        }
    }
}

pub(super) fn read_tools(value: Option<Value>) -> Result<Vec<Value>, RequestError> {
    let tools = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(tools)) => tools,
        Some(_) => return Err(wrong("tools", "an array")),
    };
    for (position, tool) in tools.iter().enumerate() {
        let param = format!("tools[{position}]");
        let Some(kind) = tool.get("type").and_then(Value::as_str) else {
            return Err(RequestError::missing(
                format!("{param}.type"),
                format!("`{param}.type` is required."),
            ));
        };
        let name = tool.pointer("/function/name").and_then(Value::as_str);
        if kind == "function" && name.is_none_or(str::is_empty) {
            let param = format!("{param}.function.name");
            return Err(RequestError::missing(&param, format!("`{param}` is required.")));
        }
    }
    Ok(tools)
}

pub(super) fn read_choice(value: Option<Value>) -> Result<Option<ToolChoice>, RequestError> {
    let Some(value) = value else { return Ok(None) };
    let choice = match &value {
        Value::String(word) => match word.as_str() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            _ => {
                return Err(wrong(
                    "tool_choice",
                    "one of auto, required, none, or an object that names a function",
                ));
            }
        },
        Value::Object(object) => {
            match (object.get("type").and_then(Value::as_str), value.pointer("/function/name")) {
                (Some("function"), Some(Value::String(name))) => ToolChoice::Named(name.clone()),
                (Some("function") | None, _) => {
                    return Err(wrong("tool_choice.function.name", "a string"));
                }
                (Some(_), _) => ToolChoice::Other(value),
            }
        }
        _ => return Err(wrong("tool_choice", "a string or an object")),
    };
    Ok(Some(choice))
}

pub(super) fn read_format(value: Option<Value>) -> Result<Option<ResponseFormat>, RequestError> {
    let Some(mut value) = value else { return Ok(None) };
    match value.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Some(ResponseFormat::Text)),
        Some("json_object") => Ok(Some(ResponseFormat::JsonObject)),
        Some("json_schema") => {
            let definition = value.get_mut("json_schema").map(Value::take);
            let Some(Value::Object(definition)) = definition else {
                let message = "`response_format.json_schema` is required.";
                return Err(RequestError::missing("response_format.json_schema", message));
            };
            if !definition.get("name").is_some_and(Value::is_string) {
                return Err(wrong("response_format.json_schema.name", "a string"));
            }
            if !definition.get("schema").is_some_and(Value::is_object) {
                return Err(wrong("response_format.json_schema.schema", "an object"));
            }
            Ok(Some(ResponseFormat::JsonSchema(definition)))
        }
        _ => Err(wrong("response_format.type", "one of text, json_object, json_schema")),
    }
}
