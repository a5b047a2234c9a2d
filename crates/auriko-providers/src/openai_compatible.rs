//! Everybody who copies `OpenAI`'s chat-completions API: building their request, reading their replies.

use auriko_wire::request::{ChatRequest, Effort, ToolChoice, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Map, Value, json};

use crate::adapter::{ProviderRequest, ReplyReader, Target};
use crate::prompt_cache;
use crate::table::{Quirks, Reasoning};
use crate::thinking_budget;

mod body;
mod message;
mod reply;

#[cfg(test)]
mod tests;

use body::Body;
pub use reply::decode_completion;

/// The request in the provider's own words. `extensions` are its cleaned extension fields.
pub fn build(
    request: &ChatRequest,
    target: &Target<'_>,
    quirks: &Quirks,
    extensions: Map<String, Value>,
) -> ProviderRequest {
    let mut warnings = Vec::new();
    let mut body = Body::default();
    body.put("model", target.upstream_model);
    body.put("messages", message::rewrite_all(&request.messages, quirks));
    if request.stream {
        body.put("stream", Value::from(true));
        if quirks.asks_for_usage {
            body.put("stream_options", json!({ "include_usage": true }));
        }
    }
    if let Some(limit) = request.max_output_tokens {
        body.put(quirks.max_tokens_field, Value::from(limit));
    }
    if request.choice_count > 1 {
        body.put("n", Value::from(request.choice_count));
    }
    if let Some(seed) = request.seed {
        body.put(quirks.seed_field, Value::from(seed));
    }
    match &request.tool_choice {
        _ if request.tools.is_empty() => {}
        Some(ToolChoice::None) if !quirks.knows_tool_choice => {}
        Some(ToolChoice::Auto) if !quirks.knows_tool_choice => put_tools(request, quirks, &mut body),
        Some(choice) => {
            put_tools(request, quirks, &mut body);
            body.put("tool_choice", choice.to_value());
        }
        None => put_tools(request, quirks, &mut body),
    }
    if let Some(format) = &request.response_format {
        body.put("response_format", format.to_value());
    }
    if let Some(effort) = request.reasoning_effort {
        ask_for_reasoning(effort, quirks.reasoning, &mut body, &mut warnings);
    }
    for switch in quirks.always {
        body.put(switch, Value::from(true));
    }
    for (name, value) in &request.parameters {
        if name == "temperature" && value.as_f64().is_some_and(|wanted| wanted > quirks.max_temperature) {
            let highest = quirks.max_temperature;
            let message =
                format!("`temperature` was lowered to {highest}, the highest that this provider takes.");
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_normalized", message));
            body.put(name, Value::from(highest));
        } else if name == "prompt_cache_retention" && target.keeps_nothing {
            let message = "`prompt_cache_retention` was dropped: nothing of the prompt may be kept.";
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
        } else if quirks.refuses.contains(&name.as_str()) {
            let message = format!("`{name}` is not supported by this provider and was dropped.");
            warnings.push(warning(WarningType::UnsupportedParameter, "parameter_dropped", message));
        } else {
            body.put(name, value);
        }
    }
    let told = prompt_cache::directives(quirks.cache_hint, request, target, &extensions);
    for (name, value) in told.fields {
        body.put(name, value);
    }
    body.extend(extensions);
    let accept = if request.stream { "text/event-stream" } else { "application/json" };
    let mut headers = Vec::with_capacity(4);
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    headers.push(("accept".to_owned(), accept.to_owned()));
    if let Some(key) = target.api_key {
        headers.push(("authorization".to_owned(), ["Bearer ", key].concat()));
    }
    headers.extend(told.header.map(|(name, value)| (name.to_owned(), value)));
    let url = [target.base_url.trim_end_matches('/'), "/chat/completions"].concat();
    ProviderRequest { url, headers, body: body.write(), warnings, reader: ReplyReader::Completion }
}

fn put_tools(request: &ChatRequest, quirks: &Quirks, body: &mut Body<'_>) {
    let tools: Value = request.tools.iter().map(|tool| message::rewrite_tool(tool, quirks)).collect();
    body.put("tools", tools);
}

fn ask_for_reasoning(effort: Effort, reasoning: Reasoning, body: &mut Body<'_>, warnings: &mut Vec<Warning>) {
    match (reasoning, effort) {
        (Reasoning::Toggle(_) | Reasoning::EffortAndToggle(_), Effort::Off) => {
            body.put("thinking", json!({ "type": "disabled" }));
        }
        (Reasoning::Toggle(on), _) => {
            body.put("thinking", json!({ "type": on }));
        }
        (Reasoning::Budget(_), Effort::Off) => {
            body.put("enable_thinking", Value::from(false));
        }
        (Reasoning::Budget(most), effort) => {
            let budget = thinking_budget::tokens(effort).map_or(most, |budget| budget.min(most));
            body.put("enable_thinking", Value::from(true));
            body.put("thinking_budget", Value::from(budget));
        }
        (Reasoning::Effort(_), Effort::Off) => {
            body.put("reasoning_effort", "none");
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
            body.put("reasoning_effort", level.as_str());
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
