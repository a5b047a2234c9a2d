//! The request body, field by field.

use serde_json::{Map, Value};

use super::{content, thinking, tools};
use crate::request::fields::Fields;
use crate::request::{ChatRequest, RequestError};
use crate::routing_metadata::WarningType;

/// Reads the body of `POST /v1/messages`.
///
/// # Errors
/// [`RequestError`] with the code and field of the first thing that is wrong.
pub fn parse(body: &[u8]) -> Result<ChatRequest, RequestError> {
    let mut fields = Fields::parse(body)?;
    let Some(limit) = fields.whole("max_tokens", 1, u64::MAX)? else {
        return Err(fields.missing("max_tokens"));
    };
    read(fields, Some(limit))
}

/// Reads the body of `POST /v1/messages/count_tokens`: the same, but for `max_tokens`, which it need not have.
///
/// # Errors
/// As [`parse`].
pub fn parse_for_count(body: &[u8]) -> Result<ChatRequest, RequestError> {
    let mut fields = Fields::parse(body)?;
    let limit = fields.whole("max_tokens", 1, u64::MAX)?;
    read(fields, limit)
}

fn read(mut fields: Fields, max_output_tokens: Option<u64>) -> Result<ChatRequest, RequestError> {
    let messages = content::read_all(&mut fields)?;
    let thinking = thinking::read(&mut fields)?;
    let mut parameters = read_parameters(&mut fields)?;
    let (tool_choice, is_serial) = tools::read_choice(&mut fields)?;
    let tools = tools::read_tools(&mut fields)?;
    // Without tools some providers refuse the parameter.
    if is_serial && !tools.is_empty() {
        parameters.insert("parallel_tool_calls".to_owned(), false.into());
    }
    let request = ChatRequest {
        model: fields.text("model")?,
        messages,
        stream: fields.flag("stream")?.unwrap_or(false),
        max_output_tokens,
        choice_count: 1,
        seed: None,
        reasoning_effort: thinking.effort,
        reasoning_budget_tokens: thinking.budget_tokens,
        reasoning_exclude: false,
        tools,
        tool_choice,
        response_format: thinking.format,
        gateway: fields.object("gateway")?.unwrap_or_default(),
        extensions: fields.object("extensions")?.unwrap_or_default(),
        parameters,
        warnings: fields.finish(),
    };
    request.check_tool_choice()?;
    Ok(request)
}

fn read_parameters(fields: &mut Fields) -> Result<Map<String, Value>, RequestError> {
    let mut parameters = Map::new();
    for name in ["temperature", "top_p"] {
        if let Some(number) = fields.number(name, 0.0, 1.0)? {
            parameters.insert(name.to_owned(), number.into());
        }
    }
    if let Some(number) = fields.whole("top_k", 0, u64::MAX)? {
        parameters.insert("top_k".to_owned(), number.into());
    }
    match fields.array("stop_sequences")? {
        Some(stops) if !stops.iter().all(Value::is_string) => {
            return Err(fields.wrong("stop_sequences", "an array of strings"));
        }
        Some(stops) if !stops.is_empty() => {
            parameters.insert("stop".to_owned(), stops.into());
        }
        _ => {}
    }
    if let Some(metadata) = fields.take("metadata") {
        let mut metadata = Fields::at("metadata", metadata)?;
        if let Some(user) = metadata.text("user_id")? {
            parameters.insert("user".to_owned(), user.into());
        }
    }
    read_service(fields)?;
    Ok(parameters)
}

/// Wishes for the service that answers, which is the router's to choose.
fn read_service(fields: &mut Fields) -> Result<(), RequestError> {
    // Both words mean the default pool here: a caller asks for another with `gateway.routing.tier`.
    let tier = fields.text("service_tier")?;
    if !matches!(tier.as_deref(), None | Some("auto" | "standard_only")) {
        return Err(fields.wrong("service_tier", "one of auto, standard_only"));
    }
    if fields.text("speed")?.is_some_and(|speed| speed != "standard") {
        let message = "`speed` was ignored; use `gateway.routing.tier`.";
        fields.warn(WarningType::UnsupportedField, "field_ignored", message);
    }
    // Where data is processed may be a legal matter, so this is not dropped with a mere warning.
    if fields.text("inference_geo")?.is_some() {
        let message = "`inference_geo` is not supported.";
        let mut error = RequestError::invalid("inference_geo", message);
        error.suggestion =
            Some("Leave it out, and use `gateway.routing.data_policy` or `providers` instead.".to_owned());
        return Err(error);
    }
    Ok(())
}
