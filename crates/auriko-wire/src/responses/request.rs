//! The request body, field by field.

use serde_json::{Map, Value};

use super::preview::Preview;
use super::{input, tools};
use crate::request::fields::Fields;
use crate::request::{ChatRequest, Effort, RequestError, ResponseFormat};
use crate::routing_metadata::WarningType;

/// Reads the body of `POST /v1/responses`: the request, and what its reply repeats of it.
///
/// # Errors
/// [`RequestError`] with the code and field of the first thing that is wrong.
pub fn parse(body: &[u8]) -> Result<(ChatRequest, Preview), RequestError> {
    let mut fields = Fields::parse(body)?;
    refuse_state(&mut fields)?;
    let mut preview = Preview::of(&fields);
    let messages = input::read_all(&mut fields)?;
    let (reasoning_effort, text) = (read_reasoning(&mut fields)?, read_text(&mut fields)?);
    let mut parameters = read_parameters(&mut fields)?;
    let include = read_include(&mut fields)?;
    preview.keeps_blocks = include.iter().any(|name| name == "reasoning.encrypted_content");
    if include.iter().any(|name| name == "message.output_text.logprobs") {
        parameters.insert("logprobs".to_owned(), true.into());
    }
    if let Some(verbosity) = text.verbosity {
        parameters.insert("verbosity".to_owned(), verbosity.into());
    }
    let tool_choice = tools::read_choice(&mut fields)?;
    let tools = tools::read_tools(&mut fields)?;
    // Without tools some providers refuse the parameter.
    if let Some(is_parallel) = fields.flag("parallel_tool_calls")?.filter(|_| !tools.is_empty()) {
        parameters.insert("parallel_tool_calls".to_owned(), is_parallel.into());
    }
    read_unused(&mut fields)?;
    let request = ChatRequest {
        model: fields.text("model")?,
        messages,
        stream: fields.flag("stream")?.unwrap_or(false),
        max_output_tokens: fields.whole("max_output_tokens", 1, u64::MAX)?,
        choice_count: 1,
        seed: None,
        reasoning_effort,
        reasoning_budget_tokens: None,
        reasoning_exclude: false,
        tools,
        tool_choice,
        response_format: text.format,
        gateway: fields.object("gateway")?.unwrap_or_default(),
        extensions: fields.object("extensions")?.unwrap_or_default(),
        parameters,
        warnings: fields.finish(),
    };
    request.check_tool_choice()?;
    Ok((request, preview))
}

/// What would need a memory of earlier requests (G-15). To leave it out silently would change the answer.
fn refuse_state(root: &mut Fields) -> Result<(), RequestError> {
    for name in ["store", "background"] {
        if root.flag(name)?.unwrap_or(false) {
            let message = format!("`{name}: true` is not supported: nothing is stored.");
            return Err(stateless(name, message));
        }
    }
    for name in ["previous_response_id", "conversation", "prompt"] {
        if root.take(name).is_some() {
            return Err(stateless(name, format!("`{name}` is not supported: nothing is stored.")));
        }
    }
    Ok(())
}

fn stateless(name: &str, message: String) -> RequestError {
    let suggestion = match name {
        "previous_response_id" | "conversation" => {
            "Leave it out, and send the items of the earlier turns in `input`."
        }
        "prompt" => "Leave it out, and send the prompt itself in `instructions` and `input`.",
        _ => "Leave it out, or send `false`.",
    };
    RequestError { suggestion: Some(suggestion.to_owned()), ..RequestError::invalid(name, message) }
}

fn read_reasoning(root: &mut Fields) -> Result<Option<Effort>, RequestError> {
    let Some(reasoning) = root.take("reasoning") else { return Ok(None) };
    let mut reasoning = Fields::at("reasoning", reasoning)?;
    // Thinking is shown wherever a provider shows it, so there is nothing to do about these.
    for name in ["summary", "generate_summary"] {
        let summary = reasoning.text(name)?;
        if !matches!(summary.as_deref(), None | Some("auto" | "concise" | "detailed")) {
            return Err(reasoning.wrong(name, "one of auto, concise, detailed"));
        }
    }
    let Some(word) = reasoning.text("effort")? else { return Ok(None) };
    let expected = "one of none, minimal, low, medium, high, xhigh, max";
    Effort::parse(&word).map(Some).ok_or_else(|| reasoning.wrong("effort", expected))
}

#[derive(Default)]
struct Text {
    format: Option<ResponseFormat>,
    verbosity: Option<String>,
}

fn read_text(root: &mut Fields) -> Result<Text, RequestError> {
    let Some(text) = root.take("text") else { return Ok(Text::default()) };
    let mut text = Fields::at("text", text)?;
    let verbosity = text.text("verbosity")?;
    let format = match text.take("format") {
        Some(format) => Some(read_format(Fields::at("text.format", format)?)?),
        None => None,
    };
    Ok(Text { format, verbosity })
}

/// Flat here, nested in chat completions.
fn read_format(mut format: Fields) -> Result<ResponseFormat, RequestError> {
    match format.required_text("type")?.as_str() {
        "text" => Ok(ResponseFormat::Text),
        "json_object" => Ok(ResponseFormat::JsonObject),
        "json_schema" => {
            let mut definition = Map::new();
            definition.insert("name".to_owned(), format.required_text("name")?.into());
            if let Some(description) = format.text("description")? {
                definition.insert("description".to_owned(), description.into());
            }
            let Some(schema) = format.object("schema")? else { return Err(format.missing("schema")) };
            definition.insert("schema".to_owned(), schema.into());
            if let Some(is_strict) = format.flag("strict")? {
                definition.insert("strict".to_owned(), is_strict.into());
            }
            Ok(ResponseFormat::JsonSchema(definition))
        }
        _ => Err(format.wrong("type", "one of text, json_object, json_schema")),
    }
}

fn read_parameters(root: &mut Fields) -> Result<Map<String, Value>, RequestError> {
    let mut parameters = Map::new();
    for (name, low, high) in [
        ("temperature", 0.0, 2.0),
        ("top_p", 0.0, 1.0),
        ("frequency_penalty", -2.0, 2.0),
        ("presence_penalty", -2.0, 2.0),
    ] {
        if let Some(number) = root.number(name, low, high)? {
            parameters.insert(name.to_owned(), number.into());
        }
    }
    if let Some(count) = root.whole("top_k", 0, u64::MAX)? {
        parameters.insert("top_k".to_owned(), count.into());
    }
    // Zero is what a reply repeats when nothing was asked for.
    if let Some(count) = root.whole("top_logprobs", 0, 20)?.filter(|count| *count > 0) {
        parameters.insert("logprobs".to_owned(), true.into());
        parameters.insert("top_logprobs".to_owned(), count.into());
    }
    for name in ["user", "prompt_cache_key", "prompt_cache_retention", "safety_identifier"] {
        if let Some(text) = root.text(name)? {
            parameters.insert(name.to_owned(), text.into());
        }
    }
    Ok(parameters)
}

fn read_include(root: &mut Fields) -> Result<Vec<Value>, RequestError> {
    let include = root.array("include")?.unwrap_or_default();
    if include.iter().all(Value::is_string) {
        return Ok(include);
    }
    Err(root.wrong("include", "an array of strings"))
}

/// What changes nothing here, or cannot be done.
fn read_unused(root: &mut Fields) -> Result<(), RequestError> {
    // Repeated in the reply.
    if root.object("metadata")?.is_some_and(|metadata| !metadata.values().all(Value::is_string)) {
        return Err(root.wrong("metadata", "an object of strings"));
    }
    // It limits hosted tools, of which there are none.
    root.whole("max_tool_calls", 1, u64::MAX)?;
    // Obfuscation is the only option, and nothing is obfuscated.
    root.object("stream_options")?;
    let tier = root.text("service_tier")?;
    if !matches!(tier.as_deref(), None | Some("auto" | "default")) {
        let message = "`service_tier` was ignored; use `gateway.routing.tier`.";
        root.warn(WarningType::UnsupportedField, "field_ignored", message);
    }
    match root.text("truncation")?.as_deref() {
        None | Some("disabled") => {}
        Some("auto") => {
            let message = "`truncation: auto` was ignored: input that is too long is refused.";
            root.warn(WarningType::UnsupportedField, "field_ignored", message);
        }
        Some(_) => return Err(root.wrong("truncation", "one of auto, disabled")),
    }
    Ok(())
}
