//! `reasoning_effort` in the model's own terms (api.md §3.7, G-09, G-10), and the output limit that thinking has
//! to fit into.

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, Effort, RequestError};
use serde_json::{Value, json};

use super::messages::thinking_blocks;
use super::model::{Off, Rules, Thinking};
use crate::adapter::BuildError;
use crate::thinking_budget;
use crate::warnings::Warnings;

/// Output limit of a model that nothing is known of. A guess; the API wants one in every request.
const DEFAULT_MAX_TOKENS: u64 = 8192;
/// Smallest budget that the API takes.
const SMALLEST_BUDGET: u64 = 1024;

/// What a request says about thinking.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The field `thinking`.
    pub(super) thinking: Option<Value>,
    /// The field `output_config.effort`.
    pub(super) effort: Option<&'static str>,
    /// Whether the model was told to think, which limits other parameters.
    pub(super) is_on: bool,
    pub(super) max_tokens: u64,
}

/// `forces_tool`: a tool call is forced, which excludes thinking. `model_limit`: most output tokens.
///
/// # Errors
/// The model can't think, or can't stop thinking.
pub(super) fn plan(
    request: &ChatRequest,
    rules: &Rules,
    model_limit: Option<u64>,
    forces_tool: bool,
    warnings: &mut Warnings,
) -> Result<Plan, BuildError> {
    let mut plan = Plan { max_tokens: output_limit(request, model_limit, warnings), ..Plan::default() };
    let Some(effort) = request.reasoning_effort else { return Ok(plan) };
    if effort == Effort::Off {
        return switch_off(plan, rules, warnings);
    }
    if let Thinking::Unavailable = rules.thinking {
        return Err(unsuited(ErrorCode::ReasoningNotSupported, "the model can't reason"));
    }
    if forces_tool {
        warnings.dropped("reasoning_effort", "the model can't think when a tool call is forced");
        return switch_off(plan, rules, warnings);
    }
    match rules.thinking {
        Thinking::Unavailable => {}
        Thinking::Adaptive(levels) => {
            let mut thinking = json!({ "type": "adaptive" });
            if rules.hides_thinking && !request.reasoning_exclude {
                thinking["display"] = json!("summarized");
            }
            plan.thinking = Some(thinking);
            plan.effort = Some(nearest(effort, levels, warnings).as_str());
            plan.is_on = true;
        }
        Thinking::Budget | Thinking::BudgetAndEffort(_) => {
            let has_limit = request.max_output_tokens.is_some() || model_limit.is_some();
            if let Some(budget) = budget(effort, request, &mut plan, has_limit, warnings) {
                plan.thinking = Some(json!({ "type": "enabled", "budget_tokens": budget }));
                plan.is_on = true;
                if let Thinking::BudgetAndEffort(levels) = rules.thinking {
                    plan.effort = Some(nearest(effort, levels, warnings).as_str());
                }
            }
        }
    }
    Ok(plan)
}

fn switch_off(mut plan: Plan, rules: &Rules, warnings: &mut Warnings) -> Result<Plan, BuildError> {
    match rules.off {
        Off::Default => {}
        Off::Switch => plan.thinking = Some(json!({ "type": "disabled" })),
        Off::BetweenTools => {
            plan.thinking = Some(json!({ "type": "between_tools" }));
            warnings.changed("reasoning_effort", "to thinking between tool calls only, the least there is");
        }
        Off::Impossible => {
            return Err(unsuited(
                ErrorCode::ThinkingDisableNotSupported,
                "the model always thinks; the least it does is `low`",
            ));
        }
    }
    Ok(plan)
}

fn output_limit(request: &ChatRequest, model_limit: Option<u64>, warnings: &mut Warnings) -> u64 {
    match (request.max_output_tokens, model_limit) {
        (Some(wanted), Some(limit)) if wanted > limit => {
            warnings.changed("max_completion_tokens", &format!("to {limit}, the model's limit"));
            limit
        }
        (Some(wanted), _) => wanted,
        (None, limit) => limit.unwrap_or(DEFAULT_MAX_TOKENS),
    }
}

/// The budget that the caller named, else that of G-09; `None` when it does not fit.
fn budget(
    effort: Effort,
    request: &ChatRequest,
    plan: &mut Plan,
    has_limit: bool,
    warnings: &mut Warnings,
) -> Option<u64> {
    if effort == Effort::Off {
        return None;
    }
    let wanted = match request.reasoning_budget_tokens {
        Some(budget) => budget.max(SMALLEST_BUDGET),
        None => thinking_budget::tokens(effort).unwrap_or(u64::MAX),
    };
    if follows_unsigned_call(request) {
        let why = "the tool calls being answered came without signed thinking, which the model wants back";
        warnings.dropped("reasoning_effort", why);
        return None;
    }
    if !has_limit {
        let wanted = wanted.min(32_000);
        plan.max_tokens += wanted;
        return Some(wanted);
    }
    if plan.max_tokens <= SMALLEST_BUDGET {
        let why = format!("thinking takes at least {SMALLEST_BUDGET} tokens, more than the output limit");
        warnings.dropped("reasoning_effort", &why);
        return None;
    }
    let budget = wanted.min(plan.max_tokens - 1);
    if budget < wanted && effort != Effort::Max {
        warnings.changed("reasoning_effort", &format!("to {budget} tokens, to fit into the output limit"));
    }
    Some(budget)
}

/// Whether tool results are being sent for calls whose message has no thinking block: with a budget the API
/// refuses such a turn (`Expected thinking or redacted_thinking, but found tool_use`).
fn follows_unsigned_call(request: &ChatRequest) -> bool {
    let answered = request.messages.iter().rev().find(|message| message.role() != "tool");
    let Some(message) = answered.filter(|message| message.role() == "assistant") else { return false };
    let calls = message.fields().get("tool_calls").and_then(Value::as_array);
    calls.is_some_and(|calls| !calls.is_empty()) && thinking_blocks(message).is_empty()
}

/// The same level, else what api.md §3.7 says of Claude: `xhigh` becomes `max` where there is one.
fn nearest(wanted: Effort, levels: &[Effort], warnings: &mut Warnings) -> Effort {
    let highest = levels.iter().copied().max().unwrap_or(Effort::High);
    let level = match wanted {
        wanted if levels.contains(&wanted) => return wanted,
        Effort::Xhigh | Effort::Max => highest,
        _ => Effort::Low,
    };
    let how = format!("from `{}` to `{}`", wanted.as_str(), level.as_str());
    warnings.changed("reasoning_effort", &how);
    level
}

fn unsuited(code: ErrorCode, what: &str) -> BuildError {
    BuildError::Unsuited(RequestError {
        code,
        ..RequestError::invalid("reasoning_effort", format!("`reasoning_effort`: {what}."))
    })
}
