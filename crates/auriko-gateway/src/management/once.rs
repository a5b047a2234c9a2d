//! `Idempotency-Key`: a call that is repeated is not done twice (api.md §8, G-17).

use std::time::Duration;

use auriko_store::idempotency::Begun;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::headers;

use super::{Answer, Request};
use crate::error::ApiError;
use crate::guard::Caller;

/// Whether a call that was refused may be done later under the same key.
fn has_changed_nothing(error: &ApiError) -> bool {
    // A provider is asked before anything is kept.
    error.code.facts().status < 500 || error.code == ErrorCode::UpstreamError
}

/// Does `work`, unless the same call was done before.
pub(super) async fn once(request: &Request<'_>, path: &str, work: impl Future<Output = Answer>) -> Answer {
    let Some(key) = request.call.header(headers::IDEMPOTENCY_KEY) else { return work.await };
    let caller = match &request.caller {
        Caller::Key(key) => &*key.id,
        Caller::Admin | Caller::Anyone => "admin",
    };
    let begun = request.store.idempotency().begin(caller, path, key, &request.call.body).await?;
    let call = match begun {
        Begun::First(call) => call,
        Begun::Replay { status, body } => {
            let body = serde_json::from_str(&body).unwrap_or_default();
            return Ok((status, body));
        }
        Begun::Conflict => {
            let message = "The `Idempotency-Key` was used with another body.";
            return Err(ApiError::new(ErrorCode::IdempotencyConflict, message)
                .with_suggestion("Use a new key for a new call."));
        }
        Begun::InFlight => {
            let message = "The call with this `Idempotency-Key` is still being done.";
            let error = ApiError::new(ErrorCode::IdempotencyConflict, message);
            return Err(ApiError { retry_after: Some(Duration::from_secs(1)), ..error });
        }
        Begun::Unavailable => {
            let message = "The call with this `Idempotency-Key` was begun, and its reply is not known.";
            return Err(ApiError::new(ErrorCode::IdempotencyReplayUnavailable, message)
                .with_suggestion("Look with `GET` whether it was done."));
        }
    };
    let answer = work.await;
    let noted = match &answer {
        Ok((status, body)) => call.complete(*status, body.to_string()).await,
        Err(error) if has_changed_nothing(error) => call.abandon().await,
        // It may have been done: dropping the call says so.
        Err(_) => Ok(()),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "the end of a management call could not be noted");
    }
    answer
}
