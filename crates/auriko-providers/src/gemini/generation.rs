//! `generationConfig`: sampling, limits, the form of the answer.

use std::collections::BTreeSet;

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, RequestError, ResponseFormat, ToolChoice, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Map, Value};

use super::model::Model;
use super::{schema, thinking, tools};

/// Parameters that every Gemini model takes.
const TAKEN: [&str; 7] =
    ["temperature", "top_p", "top_k", "stop", "logprobs", "top_logprobs", "web_search_options"];

/// Whether a forwarded parameter of that name reaches the newer models.
pub fn takes_parameter(name: &str) -> bool {
    TAKEN.contains(&name)
}

/// Builds it.
///
/// # Errors
/// What the model can't do.
pub(super) fn config(
    request: &ChatRequest,
    model: Model<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Map<String, Value>, RequestError> {
    let mut config = Map::new();
    let mut put = |key: &str, value: Value| {
        config.insert(key.to_owned(), value);
    };
    for (name, value) in &request.parameters {
        match name.as_str() {
            "temperature" => put("temperature", value.clone()),
            "top_p" => put("topP", value.clone()),
            "top_k" => put("topK", value.clone()),
            "stop" => put(
                "stopSequences",
                if value.is_string() { vec![value.clone()].into() } else { value.clone() },
            ),
            "presence_penalty" if takes_penalties(model) => put("presencePenalty", value.clone()),
            "frequency_penalty" if takes_penalties(model) => put("frequencyPenalty", value.clone()),
            // Nothing is asked for.
            "presence_penalty" | "frequency_penalty" if value.as_f64() == Some(0.0) => {}
            "logprobs" => put("responseLogprobs", value.clone()),
            "top_logprobs" => put("logprobs", value.clone()),
            // What Gemini does anyway.
            "parallel_tool_calls" if *value == Value::Bool(true) => {}
            // A tool there.
            "web_search_options" => {}
            _ => drop_parameter(name, warnings),
        }
    }
    if let Some(limit) = request.max_output_tokens {
        put("maxOutputTokens", limit.min(i32::MAX as u64).into());
    }
    if request.choice_count > 1 {
        put("candidateCount", request.choice_count.into());
    }
    match request.seed.map(i32::try_from) {
        Some(Ok(seed)) => put("seed", seed.into()),
        // Theirs has 32 bits.
        Some(Err(_)) => drop_parameter("seed", warnings),
        None => {}
    }
    match &request.response_format {
        None | Some(ResponseFormat::Text) => {}
        Some(ResponseFormat::JsonObject) => put("responseMimeType", "application/json".into()),
        Some(ResponseFormat::JsonSchema(definition)) => {
            let mut dropped = BTreeSet::new();
            let schema = definition.get("schema").map(|schema| schema::convert(schema, &mut dropped));
            tools::warn_of_keywords("response_format.json_schema.schema", dropped, warnings);
            put("responseMimeType", "application/json".into());
            put("responseJsonSchema", schema.unwrap_or_default());
        }
    }
    check_tools_beside_json(request, model)?;
    if let Some(thinking) = thinking::config(request, model, warnings)? {
        put("thinkingConfig", thinking);
    }
    Ok(config)
}

/// Only the 2.0 models take penalties; newer ones answer 400, except for zero
/// (<https://github.com/google-gemini/cookbook/issues/1290>, 2026-07-17).
fn takes_penalties(model: Model<'_>) -> bool {
    model.is_at_least(2, 0) && !model.is_at_least(2, 5)
}

/// Before the third generation JSON output and functions exclude each other.
fn check_tools_beside_json(request: &ChatRequest, model: Model<'_>) -> Result<(), RequestError> {
    let wants_json = !matches!(request.response_format, None | Some(ResponseFormat::Text));
    let may_call = !request.tools.is_empty() && request.tool_choice != Some(ToolChoice::None);
    if !(wants_json && may_call) || model.is_at_least(3, 0) {
        return Ok(());
    }
    let message = format!("`{}` can't call tools and answer in JSON in one request.", model.name());
    Err(RequestError {
        code: ErrorCode::ToolsWithStructuredOutputNotSupported,
        suggestion: Some("Leave out `tools` or `response_format`, or use a Gemini 3 model.".to_owned()),
        ..RequestError::invalid("response_format", message)
    })
}

fn drop_parameter(name: &str, warnings: &mut Vec<Warning>) {
    let message = format!("`{name}` is not supported by this provider and was dropped.");
    warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
}
