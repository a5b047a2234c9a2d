//! Tools and the choice among them.

use serde_json::{Map, Value, json};

use super::content::keep_cache_control;
use crate::request::fields::Fields;
use crate::request::{RequestError, ToolChoice};

/// Tools of the caller's own become functions. Those that Anthropic defines (`bash_…`, `web_search_…`) stay as
/// sent: a provider that does not know them says so.
pub(super) fn read_tools(root: &mut Fields) -> Result<Vec<Value>, RequestError> {
    let tools = root.array("tools")?.unwrap_or_default();
    tools.into_iter().enumerate().map(|(position, tool)| read_tool(position, tool)).collect()
}

fn read_tool(position: usize, tool: Value) -> Result<Value, RequestError> {
    let kind = tool.get("type").filter(|kind| !kind.is_null());
    if kind.is_some_and(|kind| kind.as_str().is_some_and(|kind| kind != "custom")) {
        return Ok(tool);
    }
    let mut fields = Fields::at(&format!("tools[{position}]"), tool)?;
    // Refuses a type that is no string.
    fields.text("type")?;
    let mut function = Map::new();
    let name = fields.required_text("name")?;
    if name.is_empty() {
        return Err(fields.wrong("name", "a name"));
    }
    function.insert("name".to_owned(), name.into());
    if let Some(description) = fields.text("description")? {
        function.insert("description".to_owned(), description.into());
    }
    let Some(schema) = fields.object("input_schema")? else { return Err(fields.missing("input_schema")) };
    function.insert("parameters".to_owned(), schema.into());
    if let Some(is_strict) = fields.flag("strict")? {
        function.insert("strict".to_owned(), is_strict.into());
    }
    let mut tool = Map::new();
    tool.insert("type".to_owned(), "function".into());
    tool.insert("function".to_owned(), function.into());
    keep_cache_control(&mut fields, &mut tool)?;
    Ok(tool.into())
}

/// The choice, and whether at most one tool may be called.
pub(super) fn read_choice(root: &mut Fields) -> Result<(Option<ToolChoice>, bool), RequestError> {
    let Some(choice) = root.take("tool_choice") else { return Ok((None, false)) };
    let mut fields = Fields::at("tool_choice", choice)?;
    let choice = match fields.required_text("type")?.as_str() {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Named(fields.required_text("name")?),
        _ => return Err(fields.wrong("type", "one of auto, any, tool, none")),
    };
    Ok((Some(choice), fields.flag("disable_parallel_tool_use")?.unwrap_or(false)))
}

/// A call as an assistant's message holds it.
pub(super) fn read_use(mut block: Fields) -> Result<Value, RequestError> {
    let mut call = Map::new();
    call.insert("id".to_owned(), block.required_text("id")?.into());
    call.insert("type".to_owned(), "function".into());
    let name = block.required_text("name")?;
    let input = Value::Object(block.object("input")?.unwrap_or_default());
    call.insert("function".to_owned(), json!({ "name": name, "arguments": input.to_string() }));
    // Ours: Anthropic's own calls carry no signature, those of other providers may (api.md §3.2).
    if let Some(signature) = block.text("provider_signature")? {
        call.insert("provider_signature".to_owned(), signature.into());
    }
    keep_cache_control(&mut block, &mut call)?;
    Ok(call.into())
}
