//! Functions, the choice among them, and web search (api.md §3.6).

use std::collections::BTreeSet;

use auriko_wire::request::{ChatRequest, ToolChoice, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Map, Value, json};

use super::schema;

/// `tools` and `toolConfig`.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// Empty: the field is left out.
    pub(super) tools: Vec<Value>,
    pub(super) config: Option<Value>,
}

pub(super) fn convert(request: &ChatRequest, warnings: &mut Vec<Warning>) -> Tools {
    let mut dropped = BTreeSet::new();
    let mut declarations = Vec::new();
    for (position, tool) in request.tools.iter().enumerate() {
        if let Some(function) = tool.get("function").and_then(Value::as_object) {
            declarations.push(declare(function, &mut dropped));
            continue;
        }
        let kind = tool.get("type").and_then(Value::as_str).unwrap_or_default();
        let message = format!(
            "`tools[{position}]` of type `{kind}` is not supported by this provider and was dropped."
        );
        warnings.push(warning(WarningType::UnsupportedFeature, "feature_ignored", message));
    }
    warn_of_keywords("tools", dropped, warnings);
    if declarations.is_empty() {
        let searches = request.parameters.contains_key("web_search_options");
        let tools = if searches { vec![json!({ "googleSearch": {} })] } else { Vec::new() };
        return Tools { tools, config: None };
    }
    if request.parameters.contains_key("web_search_options") {
        let message = "`web_search_options` can't be combined with `tools` at this provider and was dropped.";
        warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
    }
    let config = request.tool_choice.as_ref().and_then(|choice| calling(choice, warnings));
    Tools {
        tools: vec![json!({ "functionDeclarations": declarations })],
        config: config.map(|config| json!({ "functionCallingConfig": config })),
    }
}

/// Says which keywords of schemas were left out.
pub(super) fn warn_of_keywords(param: &str, dropped: BTreeSet<String>, warnings: &mut Vec<Warning>) {
    if dropped.is_empty() {
        return;
    }
    let names: Vec<_> = dropped.into_iter().collect();
    let message = format!(
        "Schema keywords of `{param}` that this provider does not read were dropped: {}.",
        names.join(", ")
    );
    warnings.push(warning(WarningType::UnsupportedFeature, "feature_ignored", message));
}

fn declare(function: &Map<String, Value>, dropped: &mut BTreeSet<String>) -> Value {
    let mut declaration = Map::new();
    for key in ["name", "description"] {
        if let Some(text) = function.get(key).filter(|text| text.is_string()) {
            declaration.insert(key.to_owned(), text.clone());
        }
    }
    // A function without parameters has no schema at all: Gemini refuses an object without properties.
    let parameters = function.get("parameters").map(|parameters| schema::convert(parameters, dropped));
    if let Some(parameters) = parameters.filter(takes_something) {
        declaration.insert("parametersJsonSchema".to_owned(), parameters);
    }
    declaration.into()
}

fn takes_something(parameters: &Value) -> bool {
    let has_properties =
        parameters["properties"].as_object().is_some_and(|properties| !properties.is_empty());
    has_properties
        || ["anyOf", "$ref"].iter().any(|key| parameters.get(key).is_some())
        || parameters["additionalProperties"].is_object()
}

fn calling(choice: &ToolChoice, warnings: &mut Vec<Warning>) -> Option<Value> {
    match choice {
        ToolChoice::Auto => Some(json!({ "mode": "AUTO" })),
        ToolChoice::None => Some(json!({ "mode": "NONE" })),
        ToolChoice::Required => Some(json!({ "mode": "ANY" })),
        ToolChoice::Named(name) => Some(json!({ "mode": "ANY", "allowedFunctionNames": [name] })),
        ToolChoice::Other(value) => allowed(value).or_else(|| {
            let message = "`tool_choice` of this form is not supported by this provider and was dropped.";
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
            None
        }),
    }
}

/// `allowed_tools`: a choice among some of the functions. Only `VALIDATED` takes names and leaves the choice
/// between words and calls to the model.
fn allowed(value: &Value) -> Option<Value> {
    let allowed = value.get("allowed_tools")?;
    let mode = if allowed.get("mode")? == "required" { "ANY" } else { "VALIDATED" };
    let tools = allowed.get("tools")?.as_array()?;
    let names: Option<Vec<_>> = tools.iter().map(|tool| tool.pointer("/function/name")?.as_str()).collect();
    Some(json!({ "mode": mode, "allowedFunctionNames": names? }))
}
