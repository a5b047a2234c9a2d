//! From a request to the offerings that are tried, in order: hands what the gateway knows to `auriko-routing`, which
//! decides.

use auriko_routing::{
    ConversationKey, Endpoint, Facts, Input, Ranked, Refusal, Selection, Wishes, conversation_id, explain,
    route,
};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::value::{RawValue, to_raw_value};

use crate::catalog::Offering;
use crate::clock::now_ms;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::own_key::KeyRing;

#[cfg(test)]
mod tests;

/// Who is tried, in order, and what that was decided by.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Never empty.
    pub(crate) candidates: Vec<Offering>,
    /// For `routing_strategy`.
    pub(crate) strategy: &'static str,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) facts: Facts,
    pub(crate) workspace: u64,
    /// Names the conversation of the request to providers (G-21), and to ourselves.
    pub(crate) conversation_id: String,
    pub(crate) conversation: ConversationKey,
    /// `routing_explanation` of the reply. `None`: nobody asked, or asking is not allowed here.
    pub(crate) explanation: Option<Box<RawValue>>,
}

/// Plans a request of a workspace.
///
/// # Errors
/// As [`auriko_routing::route`]; `service_unavailable` when it needs an own key and nobody knows of any.
pub(crate) fn plan(
    gateway: &Inner,
    endpoint: Endpoint,
    request: &ChatRequest,
    wishes: &Wishes,
    workspace: u64,
    keys: &KeyRing,
) -> Result<Plan, ApiError> {
    keys.require_known(wishes.policy.only_byok)?;
    let facts = Facts::read(request, endpoint);
    let now_ms = now_ms();
    // Of several models the first counts, whichever serves: the conversation stays the same.
    let model = wishes.models.names.first().map(String::as_str).unwrap_or_default();
    let conversation_id = conversation_id(request, workspace, model);
    let conversation = ConversationKey::new(workspace, &conversation_id);
    let cached = gateway.health.cached(workspace, conversation);
    let measurements = gateway.health.measurements(now_ms);
    let own_keys = keys.for_routing(&gateway.catalog);
    let input = Input {
        catalog: &gateway.catalog.models,
        facts: &facts,
        wishes,
        measurements: &measurements,
        cached: &cached,
        workspace,
        own_keys: &own_keys,
        selection: gateway.selection,
        seed: if gateway.selection == Selection::Best { 0 } else { rand::random() },
        now_ms,
    };
    let plan = match route(&input) {
        Ok(plan) => plan,
        Err(refusal) => {
            keys.require_known(refusal.code == ErrorCode::ByokKeysRequired)?;
            return Err(refusal.into());
        }
    };
    let is_explained = wishes.explain && gateway.allow_explain;
    let explanation = is_explained.then(|| to_raw_value(&explain(&input, Ok(&plan)))).transpose();
    // The router knows offerings that answer natively at `/v1/responses`; here all are asked as conversations.
    let is_askable =
        |it: &&Ranked| endpoint != Endpoint::Responses || it.candidate.offering.endpoints.is_conversational();
    let attempts = plan.attempts().iter().filter(is_askable);
    let candidates: Vec<_> =
        attempts.filter_map(|it| gateway.catalog.offering(&it.candidate, keys)).collect();
    if candidates.is_empty() {
        return Err(no_responses_endpoint(wishes));
    }
    let mut warnings: Vec<_> = request.warnings.iter().cloned().chain(plan.warnings).collect();
    if wishes.explain && !gateway.allow_explain {
        let message = "`gateway.metadata.explain` was ignored: this gateway is not configured to explain.";
        warnings.push(warning(WarningType::UnsupportedField, "field_ignored", message));
    }
    Ok(Plan {
        candidates,
        strategy: plan.strategy.name(),
        warnings,
        facts,
        workspace,
        conversation,
        explanation: explanation.expect("an explanation is plain data"),
        conversation_id,
    })
}

fn no_responses_endpoint(wishes: &Wishes) -> ApiError {
    let models = wishes.models.names.join("`, `");
    let message =
        format!("`{models}` answers only at its provider's own `/v1/responses`, which is not asked here.");
    ApiError::new(ErrorCode::NoResponsesEndpoint, message)
        .with_param(wishes.models.param())
        .with_suggestion("Choose a model of `GET /v1/models`.".to_owned())
}

impl From<Box<Refusal>> for ApiError {
    fn from(refusal: Box<Refusal>) -> Self {
        Self {
            param: refusal.param.map(str::to_owned),
            suggestion: Some(refusal.suggestion).filter(|suggestion| !suggestion.is_empty()),
            retry_after: refusal.retry_after,
            ..Self::new(refusal.code, refusal.message)
        }
    }
}
