//! From a request to the offerings that are tried, in order: hands what the gateway knows to `auriko-routing`, which
//! decides.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use auriko_routing::{Endpoint, Facts, Input, OwnKeys, Ranked, Refusal, Selection, Wishes, catalog, route};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::ChatRequest;
use auriko_wire::routing_metadata::Warning;

use crate::catalog::Offering;
use crate::error::ApiError;
use crate::gateway::Inner;

#[cfg(test)]
mod tests;

/// Who is tried, in order; never empty.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) candidates: Vec<Offering>,
    /// For `routing_strategy`.
    pub(crate) strategy: &'static str,
    pub(crate) warnings: Vec<Warning>,
}

/// The only workspace there is, as long as callers have none of their own.
const WORKSPACE: u64 = 0;

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
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let plan = route(&Input {
        catalog: &gateway.catalog.models,
        facts: &facts,
        wishes,
        measurements: &gateway.catalog.measurements,
        workspace: WORKSPACE,
        own_keys: &OwnKeys::default(),
        selection: gateway.selection,
        seed: if gateway.selection == Selection::Best { 0 } else { rand::random() },
        now_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
    })?;
    let attempts = plan.attempts().iter().map(Ranked::offering);
    // The router knows offerings that answer natively at `/v1/responses`; here all are asked as conversations.
    let is_askable = |offering: &&Arc<catalog::Offering>| {
        endpoint != Endpoint::Responses || offering.endpoints.is_conversational()
    };
    let candidates: Vec<_> = attempts.filter(is_askable).map(|it| gateway.catalog.offering(it)).collect();
    if candidates.is_empty() {
        return Err(no_responses_endpoint(wishes));
    }
    let warnings = request.warnings.iter().cloned().chain(plan.warnings).collect();
    Ok(Plan { candidates, strategy: plan.strategy.name(), warnings })
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
