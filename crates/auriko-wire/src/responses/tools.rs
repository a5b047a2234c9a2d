//! Tools and the choice among them: flat here, nested in chat completions.

use serde_json::{Map, Value, json};

use crate::error_code::ErrorCode;
use crate::request::fields::Fields;
use crate::request::{RequestError, ToolChoice};

pub(super) fn read_tools(root: &mut Fields) -> Result<Vec<Value>, RequestError> {
    let tools = root.array("tools")?.unwrap_or_default();
    let read = |(position, tool)| read_tool(Fields::at(&format!("tools[{position}]"), tool)?);
    tools.into_iter().enumerate().map(read).collect()
}

fn read_tool(mut tool: Fields) -> Result<Value, RequestError> {
    let kind = tool.required_text("type")?;
    if kind != "function" {
        return Err(hosted(&tool.param("type"), &kind));
    }
    let mut function = Map::new();
    function.insert("name".to_owned(), read_name(&mut tool)?.into());
    if let Some(description) = tool.text("description")? {
        function.insert("description".to_owned(), description.into());
    }
    if let Some(parameters) = tool.object("parameters")? {
        function.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(is_strict) = tool.flag("strict")? {
        function.insert("strict".to_owned(), is_strict.into());
    }
    Ok(json!({ "type": "function", "function": function }))
}

/// No provider is asked through its own Responses API yet, and no other takes such tools (G-34).
fn hosted(param: &str, kind: &str) -> RequestError {
    let message =
        format!("No provider here runs the tool `{kind}` (`{param}`); only functions can be called.");
    RequestError {
        code: ErrorCode::HostedToolNotSupported,
        suggestion: Some("Leave it out, or offer a function of your own that does the same.".to_owned()),
        ..RequestError::invalid(param, message)
    }
}

pub(super) fn read_choice(root: &mut Fields) -> Result<Option<ToolChoice>, RequestError> {
    let expected = "one of auto, none, required, or an object that names a function";
    let choice = match root.take("tool_choice") {
        None => return Ok(None),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            _ => return Err(root.wrong("tool_choice", expected)),
        },
        Some(choice @ Value::Object(_)) => {
            let mut choice = Fields::at("tool_choice", choice)?;
            match choice.required_text("type")?.as_str() {
                "function" => ToolChoice::Named(read_name(&mut choice)?),
                "allowed_tools" => read_allowed(choice)?,
                kind => return Err(hosted(&choice.param("type"), kind)),
            }
        }
        Some(_) => return Err(root.wrong("tool_choice", expected)),
    };
    Ok(Some(choice))
}

/// A choice among some of the tools, as chat completions write it.
fn read_allowed(mut choice: Fields) -> Result<ToolChoice, RequestError> {
    let mode = choice.text("mode")?.unwrap_or_else(|| "auto".to_owned());
    if !matches!(mode.as_str(), "auto" | "required") {
        return Err(choice.wrong("mode", "one of auto, required"));
    }
    let Some(tools) = choice.array("tools")? else { return Err(choice.missing("tools")) };
    let read = |(position, tool)| {
        let mut tool = Fields::at(&choice.param(&format!("tools[{position}]")), tool)?;
        match tool.required_text("type")?.as_str() {
            "function" => Ok(json!({ "type": "function", "function": { "name": read_name(&mut tool)? } })),
            kind => Err(hosted(&tool.param("type"), kind)),
        }
    };
    let tools = tools.into_iter().enumerate().map(read).collect::<Result<Vec<_>, RequestError>>()?;
    Ok(ToolChoice::Other(
        json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": tools } }),
    ))
}

fn read_name(fields: &mut Fields) -> Result<String, RequestError> {
    let name = fields.required_text("name")?;
    if name.is_empty() {
        return Err(fields.wrong("name", "a name"));
    }
    Ok(name)
}
