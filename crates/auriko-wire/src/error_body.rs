//! The OpenAI-style error envelope (errors.md §1): building ours, reading others'.

use serde::Serialize;
use serde_json::Value;

use crate::error_code::{ErrorCode, is_retryable};

/// The object under the key `error`. Field order is that of the published samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorBody {
    /// Human text; nothing branches on it.
    pub message: String,
    /// One of the six types.
    #[serde(rename = "type")]
    pub error_type: String,
    /// Request field at fault, `null` when there is none.
    pub param: Option<String>,
    /// Never empty: the official client treats an empty code as a malformed reply.
    pub code: String,
    /// Page that explains the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_url: Option<String>,
    /// Upstream that failed, `null` when none did.
    pub provider: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl ErrorBody {
    /// A body with the type that the registry gives the code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let facts = code.facts();
        Self {
            message: message.into(),
            error_type: facts.error_type.as_str().to_owned(),
            param: None,
            code: facts.code.to_owned(),
            doc_url: None,
            provider: None,
            suggestion: None,
        }
    }

    /// The whole envelope, as one line of JSON.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: &'a ErrorBody,
        }
        serde_json::to_string(&Envelope { error: self }).expect("an error body serialises")
    }
}

/// Whether a reply with this body may be sent again (errors.md §3 and §4).
///
/// A body that is no proper envelope counts as `api_error`, so it is retried whatever the status.
pub fn is_retryable_body(body: &str) -> bool {
    let Some((error_type, code)) = proper_envelope(body) else { return true };
    is_retryable(&error_type, &code)
}

/// Type and code of a well-formed envelope: one of the six types, a non-empty code and message.
fn proper_envelope(body: &str) -> Option<(String, String)> {
    let value: Value = serde_json::from_str(body).ok()?;
    let error = value.get("error")?.as_object()?;
    let text = |key: &str| error.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let error_type = text("type")?;
    crate::error_code::ErrorType::parse(&error_type)?;
    text("message")?;
    Some((error_type, text("code")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_fields_in_the_published_order() {
        let body = ErrorBody {
            param: Some("model".into()),
            ..ErrorBody::new(ErrorCode::ModelNotFound, "no such model")
        };
        assert_eq!(
            body.to_json(),
            r#"{"error":{"message":"no such model","type":"not_found_error","param":"model","code":"model_not_found","provider":null}}"#
        );
    }

    #[test]
    fn retries_by_code_and_treats_malformed_replies_as_retryable() {
        let check = |body: &str, expected: bool| assert_eq!(is_retryable_body(body), expected, "{body}");
        check(r#"{"error":{"type":"rate_limit_error","code":"rate_limit_exceeded","message":"m"}}"#, true);
        check(r#"{"error":{"type":"rate_limit_error","code":"budget_exhausted","message":"m"}}"#, false);
        check(r#"{"error":{"type":"api_error","code":"internal_error","message":"m"}}"#, false);
        check(r#"{"error":{"type":"api_error","code":"brand_new","message":"m"}}"#, true);
        check(r#"{"error":{"type":"invalid_request_error","code":"invalid_request","message":"m"}}"#, false);
        check("<html>502 Bad Gateway</html>", true);
        check("", true);
        check(r#"{"error":{"type":"strange","code":"x","message":"m"}}"#, true);
        check(r#"{"error":{"type":"api_error","code":"","message":"m"}}"#, true);
        check(r#"{"error":"text"}"#, true);
    }
}
