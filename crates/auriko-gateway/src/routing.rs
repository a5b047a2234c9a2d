//! From a request to the offerings that are tried, in order: hands what the gateway knows to `auriko-routing`, which
//! decides.

use std::sync::OnceLock;

use auriko_routing::{
    CachedPrefix, Endpoint, Facts, Input, OwnKeys, Refusal, Selection, Wishes, conversation_id, explain,
    route,
};
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::value::{RawValue, to_raw_value};

use crate::catalog::Offering;
use crate::clock::now_ms;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::health::ConversationKey;

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
    /// `None`: its prompt is too short to be remembered.
    pub(crate) conversation: Option<ConversationKey>,
    /// What earlier turns left in caches.
    pub(crate) cached: Vec<CachedPrefix>,
    /// When it was made, Unix milliseconds.
    pub(crate) now_ms: u64,
    /// `routing_explanation` of the reply. `None`: nobody asked, or asking is not allowed here.
    pub(crate) explanation: Option<Box<RawValue>>,
    conversation_id: ConversationId,
}

/// The only workspace there is, as long as callers have none of their own.
const WORKSPACE: u64 = 0;

/// Prompts with less to be cached are not worth remembering, tokens. No cache that is known of begins lower than at
/// 1024, except some that name no limit.
const LEAST_PREFIX: u64 = 512;

/// Plans a request.
///
/// # Errors
/// As [`auriko_routing::route`].
pub(crate) fn plan(
    gateway: &Inner,
    endpoint: Endpoint,
    request: &ChatRequest,
    wishes: &Wishes,
) -> Result<Plan, ApiError> {
    let facts = Facts::read(request, endpoint);
    let now_ms = now_ms();
    let conversation_id = ConversationId::new(wishes);
    let conversation = (facts.cacheable_tokens >= LEAST_PREFIX)
        .then(|| gateway.health.conversation(WORKSPACE, conversation_id.of(request)));
    let cached = conversation.map(|key| gateway.health.cached(key)).unwrap_or_default();
    let measurements = gateway.health.measurements(now_ms);
    let own_keys = OwnKeys::default();
    let input = Input {
        catalog: &gateway.catalog.models,
        facts: &facts,
        wishes,
        measurements: &measurements,
        cached: &cached,
        workspace: WORKSPACE,
        own_keys: &own_keys,
        selection: gateway.selection,
        seed: if gateway.selection == Selection::Best { 0 } else { rand::random() },
        now_ms,
    };
    let plan = route(&input)?;
    let is_explained = wishes.explain && gateway.allow_explain;
    let explanation = is_explained.then(|| to_raw_value(&explain(&input, Ok(&plan)))).transpose();
    let candidates = plan.attempts().iter().map(|it| gateway.catalog.offering(it.offering())).collect();
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
        workspace: WORKSPACE,
        conversation,
        cached,
        now_ms,
        explanation: explanation.expect("an explanation is plain data"),
        conversation_id,
    })
}

impl Plan {
    /// Names the conversation of the request to providers (G-21).
    pub(crate) fn conversation_id(&self, request: &ChatRequest) -> &str {
        self.conversation_id.of(request)
    }
}

/// The id of a request's conversation; made when it is asked for, since that reads the whole opening.
#[derive(Debug)]
struct ConversationId {
    model: String,
    id: OnceLock<String>,
}

impl ConversationId {
    /// Of several models the first counts, whichever serves: the conversation stays the same.
    fn new(wishes: &Wishes) -> Self {
        Self { model: wishes.models.names.first().cloned().unwrap_or_default(), id: OnceLock::new() }
    }

    fn of(&self, request: &ChatRequest) -> &str {
        self.id.get_or_init(|| conversation_id(request, WORKSPACE, &self.model))
    }
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
