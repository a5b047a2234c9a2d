//! What the API's errors mean (<https://platform.claude.com/docs/en/api/errors>). The status says most; the type is
//! all there is inside a stream.

use serde_json::Value;

use crate::provider_error::{Cause, ProviderError, is_about_context_length};

/// Reads the value of the key `error`.
pub fn read_error(error: &Value) -> ProviderError {
    let read = ProviderError::from_value(error);
    let cause = cause(error, read.message.as_deref().unwrap_or_default());
    ProviderError { cause, ..read }
}

fn cause(error: &Value, message: &str) -> Cause {
    let kind = error.get("type").and_then(Value::as_str).unwrap_or_default();
    let detail = error.pointer("/details/error_code").and_then(Value::as_str).unwrap_or_default();
    // `input length and max_tokens exceed context limit` counts the output in.
    if is_about_context_length(message) || message.contains("exceed context limit") {
        return Cause::ContextLength;
    }
    // An empty account is an `invalid_request_error`, as if the request were to blame.
    if kind == "billing_error"
        || detail.contains("billing")
        || detail.contains("spend_limit")
        || message.contains("credit balance is too low")
    {
        return Cause::NoCredit;
    }
    if message.contains("content filtering policy") {
        return Cause::ContentFilter;
    }
    match kind {
        "rate_limit_error" | "overloaded_error" => Cause::Limited,
        _ => Cause::Unknown,
    }
}
