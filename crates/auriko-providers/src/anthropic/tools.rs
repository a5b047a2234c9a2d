//! Tools, the choice among them, and the tool that stands in for a form of the answer (api.md §3.6, §3.10).

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, RequestError, ToolChoice};
use serde_json::{Map, Value, json};

use super::model::Rules;
use super::schema;
use crate::adapter::BuildError;
use crate::warnings::Warnings;

/// What the fields `tools` and `tool_choice` hold.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// Empty: there are none.
    pub(super) definitions: Vec<Value>,
    pub(super) choice: Option<Value>,
    /// Whether some call is forced.
    pub(super) is_forced: bool,
    /// Name of the tool whose input is the answer.
    pub(super) answer: Option<String>,
}

/// Translates tools and choice.
///
/// `answer_schema`: what the answer must fit, where a tool stands in for it.
///
/// # Errors
/// A tool or a choice that the provider or the model does not know.
pub(super) fn convert(
    request: &ChatRequest,
    rules: &Rules,
    answer_schema: Option<&Map<String, Value>>,
    warnings: &mut Warnings,
) -> Result<Tools, BuildError> {
    let mut tools = Tools::default();
    for (position, tool) in request.tools.iter().enumerate() {
        tools.definitions.push(definition(&format!("tools[{position}]"), tool, rules, warnings)?);
    }
    let mut choice = match &request.tool_choice {
        None | Some(ToolChoice::Auto) => json!({ "type": "auto" }),
        Some(ToolChoice::None) => json!({ "type": "none" }),
        Some(ToolChoice::Required) => json!({ "type": "any" }),
        Some(ToolChoice::Named(name)) => json!({ "type": "tool", "name": name }),
        Some(ToolChoice::Other(other)) => tools.keep_allowed(other)?,
    };
    let may_call = !tools.definitions.is_empty() && choice["type"] != "none";
    if let Some(schema) = answer_schema.filter(|_| choice["type"] == "auto" || choice["type"] == "none") {
        let name = tools.add_answer(schema);
        choice = if may_call { json!({ "type": "any" }) } else { json!({ "type": "tool", "name": name }) };
        // An answer is one; calls beside it are for the model to decide.
        choice["disable_parallel_tool_use"] = true.into();
        tools.answer = Some(name);
    }
    tools.is_forced = choice["type"] == "any" || choice["type"] == "tool";
    if tools.is_forced && !rules.forces_tools {
        let message = "`tool_choice`: the model can't be made to call a tool.";
        return Err(BuildError::Unsuited(RequestError {
            code: ErrorCode::ToolChoiceRequiredNotSupported,
            suggestion: Some("Use `tool_choice: \"auto\"`, or another model.".to_owned()),
            ..RequestError::invalid("tool_choice", message)
        }));
    }
    let is_parallel = request.parameters.get("parallel_tool_calls") != Some(&Value::Bool(false));
    if !is_parallel && choice["type"] != "none" {
        choice["disable_parallel_tool_use"] = true.into();
    }
    let says_something = request.tool_choice.is_some() || tools.answer.is_some() || !is_parallel;
    tools.choice = (!tools.definitions.is_empty() && says_something).then_some(choice);
    Ok(tools)
}

impl Tools {
    /// `allowed_tools`: only these, and how they are chosen.
    fn keep_allowed(&mut self, choice: &Value) -> Result<Value, BuildError> {
        let allowed = &choice["allowed_tools"];
        let Some(names) = allowed["tools"].as_array().filter(|_| choice["type"] == "allowed_tools") else {
            let message = "`tool_choice`: the provider does not know this form of it.";
            let error = RequestError::invalid("tool_choice", message);
            return Err(BuildError::Unsuited(error));
        };
        let names: Vec<&str> =
            names.iter().filter_map(|tool| tool.pointer("/function/name")?.as_str()).collect();
        self.definitions.retain(|tool| tool["name"].as_str().is_some_and(|name| names.contains(&name)));
        let kind = if allowed["mode"] == "required" { "any" } else { "auto" };
        Ok(json!({ "type": kind }))
    }

    fn add_answer(&mut self, schema: &Map<String, Value>) -> String {
        let mut name = "answer".to_owned();
        while self.definitions.iter().any(|tool| tool["name"] == name.as_str()) {
            name.push('_');
        }
        self.definitions.push(json!({
            "name": name,
            "description": "Gives the final answer. The input is the answer itself.",
            "input_schema": input_schema(Some(schema)),
        }));
        name
    }
}

fn definition(
    param: &str,
    tool: &Value,
    rules: &Rules,
    warnings: &mut Warnings,
) -> Result<Value, BuildError> {
    let Some(function) = tool.get("function").and_then(Value::as_object) else {
        return native(param, tool);
    };
    let mut definition = json!({ "name": function["name"] });
    if let Some(description) = function.get("description").filter(|text| text.is_string()) {
        definition["description"] = description.clone();
    }
    let parameters = function.get("parameters").and_then(Value::as_object);
    let schema = input_schema(parameters);
    if function.get("strict") == Some(&Value::Bool(true)) {
        if rules.takes_schema && schema::to_native(&schema).as_ref() == Some(&schema) {
            definition["strict"] = true.into();
        } else {
            let why = "the model can't be held to this schema";
            warnings.dropped(&format!("{param}.function.strict"), why);
        }
    }
    definition["input_schema"] = schema;
    let mark = tool.get("cache_control").or_else(|| function.get("cache_control"));
    if let Some(mark) = mark.filter(|mark| mark.is_object()) {
        definition["cache_control"] = mark.clone();
    }
    Ok(definition)
}

/// A definition in the API's own form, which has a date in its type: `bash_20250124` and the like.
fn native(param: &str, tool: &Value) -> Result<Value, BuildError> {
    let kind = tool["type"].as_str().unwrap_or_default();
    let date = kind.rsplit_once('_').map_or("", |(_, date)| date);
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(tool.clone());
    }
    Err(BuildError::Unsuited(RequestError {
        code: ErrorCode::HostedToolNotSupported,
        ..RequestError::invalid(param, format!("`{param}`: the provider has no tool of the type `{kind}`."))
    }))
}

/// The API wants an object schema, also from a tool without parameters.
fn input_schema(parameters: Option<&Map<String, Value>>) -> Value {
    let mut schema = parameters.cloned().unwrap_or_default();
    if !schema.contains_key("type") {
        schema.insert("type".to_owned(), "object".into());
    }
    if schema["type"] == "object" {
        schema.entry("properties").or_insert_with(|| json!({}));
    }
    Value::Object(schema)
}
