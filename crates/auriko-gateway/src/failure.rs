//! A failed attempt: what it means, whether another provider may do better, and what the caller is told when
//! none did (routing.md §6.4, G-02).

use std::time::{Duration, SystemTime};

use auriko_client::{ErrorKind, parse_retry_after};
use auriko_wire::error_code::ErrorCode;
use serde_json::Value;

use crate::catalog::{Kind, Provider};
use crate::error::ApiError;

/// Longest part of a provider's message that is passed on.
const MESSAGE_LIMIT: usize = 500;

/// Why one attempt failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) provider: String,
    pub(crate) kind: FailureKind,
}

#[derive(Debug, Clone)]
pub(crate) enum FailureKind {
    /// The request itself is at fault; every provider would say so.
    Refused(Box<ApiError>),
    /// The provider does not take our key. Names the variable that holds it.
    Credentials { variable: Option<String> },
    /// No capacity for us now.
    Limited { retry_after: Option<Duration> },
    /// Nobody answered.
    Unreachable { detail: String },
    /// A limit ran out. Says which.
    Timeout { detail: String },
    /// An answer that is none. Says in what way.
    Broken { detail: String, retry_after: Option<Duration> },
}

impl Failure {
    /// From a failed exchange.
    pub(crate) fn from_client(provider: &Provider, error: &auriko_client::Error) -> Self {
        let detail = || error.to_string();
        let kind = match error.kind() {
            ErrorKind::Status { status, headers, body } => {
                return Self::from_status(provider, *status, headers, body);
            }
            ErrorKind::Connect => FailureKind::Unreachable { detail: detail() },
            ErrorKind::Timeout { .. } => FailureKind::Timeout { detail: detail() },
            ErrorKind::Interrupted | ErrorKind::TooLarge | ErrorKind::Request => {
                FailureKind::Broken { detail: detail(), retry_after: None }
            }
        };
        Self { provider: provider.id.clone(), kind }
    }

    /// From an error status and its body.
    pub(crate) fn from_status(
        provider: &Provider,
        status: u16,
        headers: &[(String, String)],
        body: &str,
    ) -> Self {
        let error = UpstreamError::parse(body);
        let retry_after = parse_retry_after(headers, SystemTime::now());
        let kind = match status {
            401 | 403 if !error.is_content_filter() => {
                FailureKind::Credentials { variable: key_variable(provider) }
            }
            402 => {
                FailureKind::Broken { detail: "the account has no credit left".to_owned(), retry_after: None }
            }
            429 | 503 | 529 => FailureKind::Limited { retry_after },
            408 | 409 | 425 => FailureKind::Broken { detail: error.describe(status), retry_after },
            400..=499 => FailureKind::Refused(Box::new(refusal(&provider.id, status, &error))),
            _ => FailureKind::Broken { detail: error.describe(status), retry_after },
        };
        Self { provider: provider.id.clone(), kind }
    }

    /// From an error object that came with a good status, before anything else did.
    pub(crate) fn from_error_value(provider: &Provider, error: &Value) -> Self {
        let error = UpstreamError::from_value(error);
        let kind = if error.is_rate_limit() {
            FailureKind::Limited { retry_after: None }
        } else if error.is_content_filter() || error.is_context_length() {
            FailureKind::Refused(Box::new(refusal(&provider.id, 400, &error)))
        } else {
            FailureKind::Broken { detail: error.message_or("it reported an error"), retry_after: None }
        };
        Self { provider: provider.id.clone(), kind }
    }

    pub(crate) fn broken(provider: &Provider, detail: impl Into<String>) -> Self {
        let kind = FailureKind::Broken { detail: detail.into(), retry_after: None };
        Self { provider: provider.id.clone(), kind }
    }

    pub(crate) fn timeout(provider: &Provider, detail: impl Into<String>) -> Self {
        Self { provider: provider.id.clone(), kind: FailureKind::Timeout { detail: detail.into() } }
    }

    /// Whether another provider may do better.
    pub(crate) fn allows_fallback(&self) -> bool {
        !matches!(self.kind, FailureKind::Refused(_))
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self.kind, FailureKind::Timeout { .. })
    }

    /// For logs, which must not hold what a provider said: it may quote the prompt.
    pub(crate) fn word(&self) -> &'static str {
        match self.kind {
            FailureKind::Refused(_) => "refused",
            FailureKind::Credentials { .. } => "credentials",
            FailureKind::Limited { .. } => "limited",
            FailureKind::Unreachable { .. } => "unreachable",
            FailureKind::Timeout { .. } => "timeout",
            FailureKind::Broken { .. } => "broken",
        }
    }

    /// What the caller is told when this failure ends the request alone.
    pub(crate) fn into_error(self) -> ApiError {
        let provider = self.provider;
        let error = match self.kind {
            FailureKind::Refused(error) => *error,
            FailureKind::Credentials { variable } => {
                let hint = variable.map_or_else(
                    || "Check the key that is configured for it.".to_owned(),
                    |variable| format!("Check the key in the variable {variable}."),
                );
                ApiError::new(ErrorCode::UpstreamError, format!("`{provider}` does not accept its key."))
                    .with_suggestion(hint)
            }
            FailureKind::Limited { retry_after } => ApiError {
                retry_after,
                ..ApiError::new(
                    ErrorCode::NoProviderAvailable,
                    format!("`{provider}` has no capacity at the moment."),
                )
            },
            FailureKind::Unreachable { detail } => ApiError::new(
                ErrorCode::NoProviderAvailable,
                format!("`{provider}` could not be reached: {detail}."),
            ),
            FailureKind::Timeout { detail } => ApiError::new(
                ErrorCode::UpstreamTimeout,
                format!("`{provider}` did not answer in time: {detail}."),
            ),
            FailureKind::Broken { detail, retry_after } => ApiError {
                retry_after,
                ..ApiError::new(
                    ErrorCode::UpstreamError,
                    format!("`{provider}` failed: {}.", detail.trim_end_matches('.')),
                )
            },
        };
        error.with_provider(&provider)
    }
}

/// What the caller is told when every attempt failed: the last failure decides, except that capacity is
/// reported with the shortest wait that anybody named.
///
/// `failures` must not be empty.
pub(crate) fn summary(mut failures: Vec<Failure>) -> ApiError {
    let last = failures.pop().expect("there is at least one failed attempt");
    let waits = failures.iter().filter_map(|failure| match failure.kind {
        FailureKind::Limited { retry_after } => retry_after,
        _ => None,
    });
    let shortest = waits.min();
    let tried = failures.len() + 1;
    let mut error = last.into_error();
    if error.code == ErrorCode::NoProviderAvailable {
        error.retry_after = error.retry_after.into_iter().chain(shortest).min();
    }
    if tried > 1 && error.code.facts().status >= 500 {
        let others: Vec<_> = failures.iter().map(|failure| format!("`{}`", failure.provider)).collect();
        error.message = format!("{} Tried before it, without success: {}.", error.message, others.join(", "));
    }
    error
}

fn key_variable(provider: &Provider) -> Option<String> {
    match &provider.kind {
        Kind::OpenAiCompatible { key, .. } => key.variable.clone(),
        Kind::Simulated { .. } => None,
    }
}

/// A provider's 4xx in our words.
fn refusal(provider: &str, status: u16, error: &UpstreamError) -> ApiError {
    let code = match status {
        _ if error.is_context_length() => ErrorCode::ContextLengthExceeded,
        _ if error.is_content_filter() => ErrorCode::ContentFiltered,
        404 => ErrorCode::ModelNotFound,
        413 => ErrorCode::PayloadTooLarge,
        _ => ErrorCode::InvalidRequest,
    };
    let message = format!("`{provider}` refused the request: {}", error.describe(status));
    let param = if code == ErrorCode::ModelNotFound { Some("model".to_owned()) } else { error.param.clone() };
    ApiError { param, ..ApiError::new(code, message) }
}

/// What can be read from a provider's error body, whatever its form.
#[derive(Debug, Default)]
struct UpstreamError {
    message: Option<String>,
    code: String,
    kind: String,
    param: Option<String>,
}

impl UpstreamError {
    fn parse(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            Ok(value) => {
                Self::from_value(value.get("error").filter(|error| !error.is_null()).unwrap_or(&value))
            }
            // An HTML page or the like says nothing to a caller of an API.
            Err(_) => Self::default(),
        }
    }

    fn from_value(error: &Value) -> Self {
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let detail = || error.get("detail").or(error.get("message")).map(Value::to_string);
        let message = error
            .as_str()
            .map(str::to_owned)
            .or_else(|| text("message"))
            .or_else(|| text("detail"))
            .or_else(detail);
        let code = match error.get("code") {
            Some(Value::String(code)) => code.clone(),
            Some(Value::Number(code)) => code.to_string(),
            _ => String::new(),
        };
        Self {
            message: message.filter(|message| !message.is_empty()).map(|message| shorten(&message)),
            code,
            kind: text("type").unwrap_or_default(),
            param: text("param"),
        }
    }

    fn describe(&self, status: u16) -> String {
        self.message_or(&format!("status {status}"))
    }

    fn message_or(&self, otherwise: &str) -> String {
        self.message.clone().unwrap_or_else(|| otherwise.to_owned())
    }

    fn is_context_length(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default().to_ascii_lowercase();
        self.code == "context_length_exceeded"
            || ["maximum context length", "context window", "context length", "prompt is too long"]
                .iter()
                .any(|phrase| message.contains(phrase))
    }

    fn is_content_filter(&self) -> bool {
        ["content_filter", "content_policy_violation", "content_filtered"].contains(&self.code.as_str())
    }

    fn is_rate_limit(&self) -> bool {
        self.code == "429" || self.code.contains("rate_limit") || self.kind.contains("rate_limit")
    }
}

fn shorten(message: &str) -> String {
    if message.chars().count() <= MESSAGE_LIMIT {
        return message.to_owned();
    }
    message.chars().take(MESSAGE_LIMIT).chain("…".chars()).collect()
}
