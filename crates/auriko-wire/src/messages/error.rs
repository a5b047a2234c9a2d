//! The error envelope of `/v1/messages*` (errors.md §2).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error_body::ErrorBody;
use crate::error_code::ErrorCode;

/// The frame that Anthropic fills silences with.
pub const PING: &str = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

/// An error as the body of a reply.
pub fn error_json(error: &ErrorBody) -> String {
    envelope(&error.code, &error.message, error.suggestion.as_deref()).to_string()
}

/// An error of a stream, given as the value of the chat dialect's `error` key.
pub(super) fn error_of_event(error: &str) -> Value {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Fields {
        code: Option<String>,
        message: String,
        suggestion: Option<String>,
    }
    let fields: Fields = serde_json::from_str(error).unwrap_or_default();
    envelope(fields.code.as_deref().unwrap_or_default(), &fields.message, fields.suggestion.as_deref())
}

fn envelope(code: &str, message: &str, suggestion: Option<&str>) -> Value {
    let mut error = json!({ "type": kind(code), "message": message });
    if let Some(suggestion) = suggestion {
        error["suggestion"] = suggestion.into();
    }
    json!({ "type": "error", "error": error })
}

/// One of Anthropic's nine types, by the status that the registry gives a code (G-26).
fn kind(code: &str) -> &'static str {
    let Some(code) = ErrorCode::parse(code) else { return "api_error" };
    match code.facts().status {
        400 | 405 | 409 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        504 => "timeout_error",
        _ if code == ErrorCode::StreamDurationExceeded => "timeout_error",
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_type_and_the_envelope_no_more_than_is_specified() {
        let check = |code: ErrorCode, expected: &str| {
            let body = ErrorBody { suggestion: Some("s".into()), ..ErrorBody::new(code, "m") };
            let expected =
                json!({ "type": "error", "error": { "type": expected, "message": "m", "suggestion": "s" } });
            assert_eq!(error_json(&body), expected.to_string());
        };
        check(ErrorCode::InvalidRequest, "invalid_request_error");
        check(ErrorCode::MethodNotAllowed, "invalid_request_error");
        check(ErrorCode::IdempotencyConflict, "invalid_request_error");
        check(ErrorCode::InvalidApiKey, "authentication_error");
        check(ErrorCode::InsufficientPermissions, "permission_error");
        check(ErrorCode::ModelNotFound, "not_found_error");
        check(ErrorCode::PayloadTooLarge, "request_too_large");
        check(ErrorCode::BudgetExhausted, "rate_limit_error");
        check(ErrorCode::InternalError, "api_error");
        check(ErrorCode::UpstreamError, "api_error");
        check(ErrorCode::NoProviderAvailable, "overloaded_error");
        check(ErrorCode::UpstreamTimeout, "timeout_error");
        check(ErrorCode::StreamDurationExceeded, "timeout_error");
    }

    #[test]
    fn errors_of_streams_are_translated_whatever_they_hold() {
        let check = |error: &str, expected: Value| assert_eq!(error_of_event(error), expected, "{error}");
        check(
            r#"{"code":"rate_limit_exceeded","message":"slow down","type":"x","param":null}"#,
            json!({ "type": "error", "error": { "type": "rate_limit_error", "message": "slow down" } }),
        );
        check("\"text\"", json!({ "type": "error", "error": { "type": "api_error", "message": "" } }));
    }
}
