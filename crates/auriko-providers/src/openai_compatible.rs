//! Everybody who copies `OpenAI`'s chat-completions API: building their request, reading their replies.

use auriko_wire::request::{ChatRequest, Effort, ToolChoice, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Map, Value, json};

use crate::adapter::{ProviderRequest, ReplyReader, Target};
use crate::prompt_cache;
use crate::table::{Quirks, Reasoning};
use crate::thinking_budget;

mod message;
mod reply;

#[cfg(test)]
mod tests;

pub use reply::decode_completion;

/// The request in the provider's own words. `extensions` are its cleaned extension fields.
pub fn build(
    request: &ChatRequest,
    target: &Target<'_>,
    quirks: &Quirks,
    extensions: Map<String, Value>,
) -> ProviderRequest {
    let mut warnings = Vec::new();
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("model", target.upstream_model.into());
    put("messages", message::rewrite_all(&request.messages, quirks).into());
    if request.stream {
        put("stream", true.into());
        if quirks.asks_for_usage {
            put("stream_options", json!({ "include_usage": true }));
        }
    }
    if let Some(limit) = request.max_output_tokens {
        put(quirks.max_tokens_field, limit.into());
    }
    if request.choice_count > 1 {
        put("n", request.choice_count.into());
    }
    if let Some(seed) = request.seed {
        put(quirks.seed_field, seed.into());
    }
    match &request.tool_choice {
        _ if request.tools.is_empty() => {}
        Some(ToolChoice::None) if !quirks.knows_tool_choice => {}
        Some(ToolChoice::Auto) if !quirks.knows_tool_choice => put_tools(request, quirks, &mut put),
        Some(choice) => {
            put_tools(request, quirks, &mut put);
            put("tool_choice", choice.to_value());
        }
        None => put_tools(request, quirks, &mut put),
    }
    if let Some(format) = &request.response_format {
        put("response_format", format.to_value());
    }
    if let Some(effort) = request.reasoning_effort {
        ask_for_reasoning(effort, quirks.reasoning, &mut put, &mut warnings);
    }
    for switch in quirks.always {
        put(switch, true.into());
    }
    for (name, value) in &request.parameters {
        if name == "temperature" && value.as_f64().is_some_and(|wanted| wanted > quirks.max_temperature) {
            let highest = quirks.max_temperature;
            let message =
                format!("`temperature` was lowered to {highest}, the highest that this provider takes.");
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_normalized", message));
            put(name, highest.into());
        } else if name == "prompt_cache_retention" && target.keeps_nothing {
            let message = "`prompt_cache_retention` was dropped: nothing of the prompt may be kept.";
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
        } else if quirks.refuses.contains(&name.as_str()) {
            let message = format!("`{name}` is not supported by this provider and was dropped.");
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
        } else {
            put(name, value.clone());
        }
    }
    let told = prompt_cache::directives(quirks.cache_hint, request, target, &extensions);
    for (name, value) in told.fields {
        put(name, value);
    }
    body.extend(extensions);
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        (
            "accept".to_owned(),
            if request.stream { "text/event-stream" } else { "application/json" }.to_owned(),
        ),
    ];
    if let Some(key) = target.api_key {
        headers.push(("authorization".to_owned(), format!("Bearer {key}")));
    }
    headers.extend(told.header.map(|(name, value)| (name.to_owned(), value)));
    let body = serde_json::to_vec(&body).expect("a JSON object serialises");
    let url = format!("{}/chat/completions", target.base_url.trim_end_matches('/'));
    ProviderRequest { url, headers, body, warnings, reader: ReplyReader::Completion }
}

fn put_tools(request: &ChatRequest, quirks: &Quirks, put: &mut dyn FnMut(&str, Value) -> Option<Value>) {
    put("tools", request.tools.iter().map(|tool| message::rewrite_tool(tool, quirks)).collect());
}

fn ask_for_reasoning(
    effort: Effort,
    reasoning: Reasoning,
    put: &mut dyn FnMut(&str, Value) -> Option<Value>,
    warnings: &mut Vec<Warning>,
) {
    match (reasoning, effort) {
        (Reasoning::Toggle(_) | Reasoning::EffortAndToggle(_), Effort::Off) => {
            put("thinking", json!({ "type": "disabled" }));
        }
        (Reasoning::Toggle(on), _) => {
            put("thinking", json!({ "type": on }));
        }
        (Reasoning::Budget(_), Effort::Off) => {
            put("enable_thinking", false.into());
        }
        (Reasoning::Budget(most), effort) => {
            put("enable_thinking", true.into());
            put(
                "thinking_budget",
                thinking_budget::tokens(effort).map_or(most, |budget| budget.min(most)).into(),
            );
        }
        (Reasoning::Effort(_), Effort::Off) => {
            put("reasoning_effort", "none".into());
        }
        (Reasoning::Effort(levels) | Reasoning::EffortAndToggle(levels), wanted) => {
            let level = nearest(wanted, levels);
            if level != wanted {
                let message = format!(
                    "`reasoning_effort` was changed from `{}` to `{}`.",
                    wanted.as_str(),
                    level.as_str()
                );
                warnings.push(warning(WarningType::UnsupportedParameter, "parameter_normalized", message));
            }
            put("reasoning_effort", level.as_str().into());
        }
        (Reasoning::Unavailable, Effort::Off) => {}
        (Reasoning::Unavailable, _) => {
            let message = "`reasoning_effort` is not supported by this provider and was dropped.";
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
        }
    }
}

/// The highest level that is not above the wanted one, else the lowest there is.
fn nearest(wanted: Effort, levels: &[Effort]) -> Effort {
    let below = levels.iter().copied().filter(|level| *level <= wanted).max();
    below.or(levels.iter().copied().min()).unwrap_or(wanted)
}
