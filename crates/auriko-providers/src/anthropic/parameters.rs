//! The parameters that only travel on: renamed, brought into range, or dropped with a warning (api.md §3.9).

use auriko_wire::request::ChatRequest;
use serde_json::{Map, Value, json};

use super::model::{Rules, Sampling};
use crate::warnings::Warnings;

/// Parameters with a counterpart in the API.
const TAKEN: [&str; 7] =
    ["temperature", "top_p", "top_k", "stop", "user", "safety_identifier", "parallel_tool_calls"];

/// Lowest `top_p` that is allowed while thinking.
const LOWEST_THINKING_TOP_P: f64 = 0.95;

pub(super) fn is_taken(name: &str) -> bool {
    TAKEN.contains(&name)
}

/// Writes the parameters into `body`.
pub(super) fn put(
    request: &ChatRequest,
    rules: &Rules,
    is_thinking: bool,
    body: &mut Map<String, Value>,
    warnings: &mut Warnings,
) {
    for (name, value) in &request.parameters {
        // What asks for nothing is not missed.
        if !is_taken(name) && *value != Value::Bool(false) {
            warnings.dropped(name, "the provider does not support it");
        }
    }
    if request.seed.is_some() {
        warnings.dropped("seed", "the provider does not support it");
    }
    if request.choice_count > 1 {
        warnings.dropped("n", "the provider gives one answer per request");
    }
    put_sampling(&request.parameters, rules, is_thinking, body, warnings);
    put_stop(request.parameters.get("stop"), body, warnings);
    let user = request.parameters.get("user").or_else(|| request.parameters.get("safety_identifier"));
    if let Some(user) = user {
        body.insert("metadata".to_owned(), json!({ "user_id": user }));
    }
}

fn put_sampling(
    parameters: &Map<String, Value>,
    rules: &Rules,
    is_thinking: bool,
    body: &mut Map<String, Value>,
    warnings: &mut Warnings,
) {
    for name in ["temperature", "top_p", "top_k"] {
        let Some(value) = parameters.get(name) else { continue };
        let number = value.as_f64().unwrap_or_default();
        let is_usual = name != "top_k" && (number - 1.0).abs() < f64::EPSILON;
        if is_usual && (is_thinking || rules.sampling == Sampling::Fixed) {
            continue;
        }
        if rules.sampling == Sampling::Fixed {
            warnings.dropped(name, "the model does not let it be set");
        } else if is_thinking && !(name == "top_p" && number >= LOWEST_THINKING_TOP_P) {
            warnings.dropped(name, "the model does not let it be set while it thinks");
        } else if name == "top_p"
            && rules.sampling == Sampling::TemperatureOrTopP
            && body.contains_key("temperature")
        {
            warnings.dropped(name, "the model takes either `temperature` or `top_p`");
        } else if name == "temperature" && number > 1.0 {
            warnings.changed(name, "to 1, the highest that the provider takes");
            body.insert(name.to_owned(), json!(1));
        } else {
            body.insert(name.to_owned(), value.clone());
        }
    }
}

fn put_stop(stop: Option<&Value>, body: &mut Map<String, Value>, warnings: &mut Warnings) {
    let given: Vec<&str> = match stop {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let count = given.len();
    // The API refuses sequences of nothing but white space.
    let words: Vec<_> = given.into_iter().filter(|word| !word.trim().is_empty()).collect();
    if words.len() < count {
        warnings.dropped("stop", "the provider takes no sequences of white space alone");
    }
    if !words.is_empty() {
        body.insert("stop_sequences".to_owned(), words.into());
    }
}
