//! `reasoning_effort` in Gemini's words (api.md §3.7, G-09, G-10).

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, Effort, RequestError, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Value, json};

use super::model::{Model, Thinking};
use crate::thinking_budget;

/// A limit of the whole reply from which on down no thinking fits (G-09).
const TOO_TIGHT_TOKENS: u64 = 1024;

/// The `thinkingConfig`; `None`: the model's default.
///
/// # Errors
/// What the model can't do: think, or stop thinking.
pub(super) fn config(
    request: &ChatRequest,
    model: Model<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Value>, RequestError> {
    let Some(effort) = request.reasoning_effort else { return Ok(None) };
    let shows = !request.reasoning_exclude;
    match (model.thinking(), effort) {
        (Thinking::Absent | Thinking::Fixed, Effort::Off) => Ok(None),
        (Thinking::Absent, _) => {
            let message = format!("`{}` does not reason.", model.name());
            Err(refused(ErrorCode::ReasoningNotSupported, message, "Leave `reasoning_effort` out."))
        }
        (Thinking::Fixed, _) => {
            warn(
                warnings,
                "parameter_dropped",
                "`reasoning_effort` can't be set for this model and was dropped.",
            );
            Ok(None)
        }
        (Thinking::Budget { can_stop: true, .. }, Effort::Off) => Ok(Some(json!({ "thinkingBudget": 0 }))),
        (Thinking::Budget { .. } | Thinking::Level(_), Effort::Off) => {
            let message = format!("`{}` can't stop reasoning.", model.name());
            let hint = "Use `reasoning_effort: \"low\"`, or another model.";
            Err(refused(ErrorCode::ThinkingDisableNotSupported, message, hint))
        }
        (Thinking::Budget { least, most, can_stop }, _) => {
            let budget = match request.max_output_tokens {
                Some(limit) if limit <= TOO_TIGHT_TOKENS => {
                    let message =
                        "`reasoning_effort` was dropped: `max_tokens` leaves no room for reasoning.";
                    warn(warnings, "parameter_dropped", message);
                    return Ok(can_stop.then(|| json!({ "thinkingBudget": 0 })));
                }
                limit => budget(effort, least, most, limit, warnings),
            };
            Ok(Some(json!({ "thinkingBudget": budget, "includeThoughts": shows })))
        }
        (Thinking::Level(levels), _) => {
            let level = nearest(effort, levels);
            if level != effort {
                let (from, to) = (effort.as_str(), level.as_str());
                let message = format!("`reasoning_effort` was changed from `{from}` to `{to}`.");
                warn(warnings, "parameter_normalized", message);
            }
            Ok(Some(json!({ "thinkingLevel": level.as_str(), "includeThoughts": shows })))
        }
    }
}

/// The numbers of G-09, within what the model takes and the reply has room for.
fn budget(effort: Effort, least: u64, most: u64, limit: Option<u64>, warnings: &mut Vec<Warning>) -> u64 {
    let wanted = thinking_budget::tokens(effort).unwrap_or(most);
    // Gemini counts thoughts into the limit of the reply.
    let room = limit.map_or(most, |limit| most.min(limit - 1));
    let budget = wanted.min(room).max(least);
    if budget != wanted {
        let message = format!("The reasoning budget was lowered from {wanted} to {budget} tokens.");
        warn(warnings, "parameter_normalized", message);
    }
    budget
}

/// The lowest level that is not below the wanted one, else the highest there is: what Google's own
/// OpenAI-compatible endpoint does.
fn nearest(wanted: Effort, levels: &[Effort]) -> Effort {
    let above = levels.iter().copied().find(|level| *level >= wanted);
    above.or(levels.last().copied()).unwrap_or(wanted)
}

fn refused(code: ErrorCode, message: String, hint: &str) -> RequestError {
    RequestError {
        code,
        suggestion: Some(hint.to_owned()),
        ..RequestError::invalid("reasoning_effort", message)
    }
}

fn warn(warnings: &mut Vec<Warning>, code: &str, message: impl Into<String>) {
    warnings.push(warning(WarningType::UnsupportedParameter, code, message));
}
