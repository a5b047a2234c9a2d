//! Google's errors: `google.rpc.Status` in JSON, alone or as the only item of an array.

use std::time::Duration;

use serde_json::Value;

use crate::provider_error::{Cause, ProviderError};

/// What an error body says.
pub fn read_error(body: &str) -> ProviderError {
    let value = serde_json::from_str::<Value>(body).unwrap_or_default();
    let value = value.get(0).unwrap_or(&value);
    read_error_value(value.get("error").filter(|error| !error.is_null()).unwrap_or(value))
}

/// What the error itself says.
pub fn read_error_value(error: &Value) -> ProviderError {
    let general = ProviderError::from_value(error);
    let cause = match general.cause {
        Cause::Unknown | Cause::Limited => cause(error),
        known => known,
    };
    ProviderError { cause, param: None, retry_after: retry_after(error), ..general }
}

fn cause(error: &Value) -> Cause {
    let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
    let has_reason =
        |reason: &str| details(error).any(|detail| detail.get("reason").is_some_and(|is| is == reason));
    match error.get("status").and_then(Value::as_str).unwrap_or_default() {
        // A wrong key is answered with 400.
        _ if has_reason("API_KEY_INVALID") => Cause::Credentials,
        "UNAUTHENTICATED" | "PERMISSION_DENIED" => Cause::Credentials,
        "RESOURCE_EXHAUSTED" | "UNAVAILABLE" => Cause::Limited,
        "INVALID_ARGUMENT" if message.contains("input token count") && message.contains("exceeds") => {
            Cause::ContextLength
        }
        // The caller's country is not served, or billing is not set up: nothing that the request could change.
        "FAILED_PRECONDITION" => Cause::Unavailable,
        _ => Cause::Unknown,
    }
}

/// `RetryInfo`: `"34.5s"`.
fn retry_after(error: &Value) -> Option<Duration> {
    let delay = details(error).find_map(|detail| detail.get("retryDelay")?.as_str())?;
    Duration::try_from_secs_f64(delay.strip_suffix('s')?.parse().ok()?).ok()
}

fn details(error: &Value) -> impl Iterator<Item = &Value> {
    error.get("details").and_then(Value::as_array).into_iter().flatten()
}
