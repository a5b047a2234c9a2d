//! A failed attempt: what it means, whether another provider may do better, and what the caller is told when
//! none did (routing.md §6.4, G-02).

use std::time::{Duration, SystemTime};

use auriko_client::{ErrorKind, parse_retry_after};
use auriko_providers::adapter::BuildError;
use auriko_providers::provider_error::{Cause, ProviderError};
use auriko_wire::error_code::ErrorCode;
use serde_json::Value;

use crate::catalog::{Kind, Offering, Provider};
use crate::error::{ApiError, ExceededScope, LimitedBy};
use crate::health::Verdict;

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
    /// The request can't be put in this provider's words; another one may take it.
    Unsuited(Box<ApiError>),
    /// The provider does not take the key. Says where that is to be mended, and whether it is the key alone that is wrong:
    /// it may also lack a permission.
    Credentials { hint: Option<String>, is_key_wrong: bool },
    /// No capacity for us now.
    Limited { retry_after: Option<Duration> },
    /// Nobody answered.
    Unreachable { detail: String },
    /// A limit ran out. Says which.
    Timeout { detail: String },
    /// A plain reply that is larger than the configuration allows. Says so.
    TooLarge { detail: String },
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
            ErrorKind::ReplyTooLarge { limit_bytes } => FailureKind::TooLarge {
                detail: format!("its reply is larger than the {limit_bytes} bytes of `limits.reply_bytes`"),
            },
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
        let error = match &provider.kind {
            Kind::Http { adapter, .. } => adapter.read_error(body),
            Kind::Simulated { .. } => ProviderError::parse(body),
        };
        let retry_after = parse_retry_after(headers, SystemTime::now()).or(error.retry_after);
        let kind = match status {
            _ if error.cause == Cause::Credentials => credentials(provider, true),
            _ if error.cause == Cause::Unavailable => {
                FailureKind::Broken { detail: error.describe(status), retry_after }
            }
            401 | 403 if !matches!(error.cause, Cause::ContentFilter | Cause::NoCredit) => {
                credentials(provider, status == 401)
            }
            402 => no_credit(),
            400..=499 if error.cause == Cause::NoCredit => no_credit(),
            429 | 503 | 529 => FailureKind::Limited { retry_after },
            408 | 409 | 425 => FailureKind::Broken { detail: error.describe(status), retry_after },
            400..=499 => FailureKind::Refused(Box::new(refusal(&provider.id, status, &error))),
            _ => FailureKind::Broken { detail: error.describe(status), retry_after },
        };
        Self { provider: provider.id.clone(), kind }
    }

    /// From an error object that came with a good status, before anything else did.
    pub(crate) fn from_error_value(provider: &Provider, error: &Value) -> Self {
        let error = match &provider.kind {
            Kind::Http { adapter, .. } => adapter.read_error_value(error),
            Kind::Simulated { .. } => ProviderError::from_value(error),
        };
        let kind = match error.cause {
            Cause::Limited => FailureKind::Limited { retry_after: error.retry_after },
            Cause::Credentials => credentials(provider, true),
            Cause::ContentFilter | Cause::ContextLength => {
                FailureKind::Refused(Box::new(refusal(&provider.id, 400, &error)))
            }
            Cause::NoCredit => no_credit(),
            Cause::Unknown | Cause::Unavailable => FailureKind::Broken {
                detail: error.message.unwrap_or_else(|| "it reported an error".to_owned()),
                retry_after: None,
            },
        };
        Self { provider: provider.id.clone(), kind }
    }

    /// From a request that the provider's adapter could not build.
    pub(crate) fn from_build(provider: &Provider, error: BuildError) -> Self {
        let kind = match error {
            BuildError::Invalid(error) => FailureKind::Refused(Box::new(error.into())),
            BuildError::Unsuited(error) => FailureKind::Unsuited(Box::new(error.into())),
        };
        Self { provider: provider.id.clone(), kind }
    }

    /// An attempt that this gateway itself does not make.
    pub(crate) fn not_made(provider: &Provider, error: ApiError) -> Self {
        Self { provider: provider.id.clone(), kind: FailureKind::Unsuited(Box::new(error)) }
    }

    pub(crate) fn broken(provider: &Provider, detail: impl Into<String>) -> Self {
        let kind = FailureKind::Broken { detail: detail.into(), retry_after: None };
        Self { provider: provider.id.clone(), kind }
    }

    pub(crate) fn timeout(provider: &Provider, detail: impl Into<String>) -> Self {
        Self { provider: provider.id.clone(), kind: FailureKind::Timeout { detail: detail.into() } }
    }

    /// With what the offering's key changes: where to look, and what the gateway's key might do better; and without that
    /// key, which providers like to quote.
    pub(crate) fn seen_from(mut self, offering: &Offering) -> Self {
        if let Some(own) = &offering.own_key {
            self.kind = match self.kind {
                FailureKind::Credentials { is_key_wrong, .. } => {
                    let hint = Some(format!("Check the own key `{}` of the workspace.", own.id()));
                    FailureKind::Credentials { hint, is_key_wrong }
                }
                // To this account.
                FailureKind::Refused(error) if error.code == ErrorCode::ModelNotFound => {
                    FailureKind::Unsuited(error)
                }
                kind => kind,
            };
        }
        let Kind::Http { key, .. } = &offering.provider.kind else { return self };
        let Some(secret) = offering.api_key(key).filter(|secret| !secret.is_empty()) else { return self };
        match &mut self.kind {
            FailureKind::Refused(error) | FailureKind::Unsuited(error) => {
                hide(secret, &mut error.message);
                error.param.iter_mut().chain(&mut error.suggestion).for_each(|text| hide(secret, text));
            }
            FailureKind::Unreachable { detail }
            | FailureKind::Timeout { detail }
            | FailureKind::TooLarge { detail }
            | FailureKind::Broken { detail, .. } => hide(secret, detail),
            FailureKind::Credentials { .. } | FailureKind::Limited { .. } => {}
        }
        self
    }

    /// Whether the key that was used is wrong, and nothing else.
    pub(crate) fn refutes_the_key(&self) -> bool {
        matches!(self.kind, FailureKind::Credentials { is_key_wrong: true, .. })
    }

    /// Whether what own keys may spend at this provider is used up: the gateway's key is not to make up for it.
    pub(crate) fn exhausts_own_keys(&self) -> bool {
        let FailureKind::Unsuited(error) = &self.kind else { return false };
        error.exceeded.is_some_and(|exceeded| exceeded.scope == ExceededScope::ByokProvider)
    }

    /// Whether another provider may do better.
    pub(crate) fn allows_fallback(&self) -> bool {
        !matches!(self.kind, FailureKind::Refused(_))
    }

    /// What it says about the provider.
    pub(crate) fn verdict(&self) -> Verdict {
        match &self.kind {
            // What one request ran into, the next one may not.
            FailureKind::Refused(_) | FailureKind::Unsuited(_) | FailureKind::TooLarge { .. } => {
                Verdict::Unknown
            }
            FailureKind::Credentials { .. } => Verdict::Broken,
            FailureKind::Unreachable { .. } | FailureKind::Timeout { .. } => Verdict::Failing { wait: None },
            FailureKind::Limited { retry_after } | FailureKind::Broken { retry_after, .. } => {
                Verdict::Failing { wait: *retry_after }
            }
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self.kind, FailureKind::Timeout { .. })
    }

    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self.kind, FailureKind::TooLarge { .. })
    }

    /// For logs, which must not hold what a provider said: it may quote the prompt.
    pub(crate) fn word(&self) -> &'static str {
        match self.kind {
            FailureKind::Refused(_) => "refused",
            FailureKind::Unsuited(_) => "unsuited",
            FailureKind::Credentials { .. } => "credentials",
            FailureKind::Limited { .. } => "limited",
            FailureKind::Unreachable { .. } => "unreachable",
            FailureKind::Timeout { .. } => "timeout",
            FailureKind::TooLarge { .. } => "too_large",
            FailureKind::Broken { .. } => "broken",
        }
    }

    /// What the caller is told when this failure ends the request alone.
    pub(crate) fn into_error(self) -> ApiError {
        let provider = self.provider;
        let error = match self.kind {
            // Ours, whoever would have been asked.
            FailureKind::Unsuited(error) if error.code.facts().status != 400 => return *error,
            FailureKind::Refused(error) | FailureKind::Unsuited(error) => *error,
            FailureKind::Credentials { hint, .. } => {
                let hint = hint.unwrap_or_else(|| "Check the key that is configured for it.".to_owned());
                ApiError::new(ErrorCode::UpstreamError, format!("`{provider}` does not accept its key."))
                    .with_suggestion(hint)
            }
            FailureKind::Limited { retry_after } => ApiError {
                retry_after,
                limited_by: Some(LimitedBy::Provider),
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
            FailureKind::TooLarge { detail } => {
                ApiError::new(ErrorCode::UpstreamError, format!("`{provider}` failed: {detail}."))
            }
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
/// reported with the shortest wait that anybody named, and that a provider which was never asked only counts
/// when none was.
///
/// `failures` must not be empty.
pub(crate) fn summary(mut failures: Vec<Failure>) -> ApiError {
    let is_unsuited = |failure: &Failure| matches!(failure.kind, FailureKind::Unsuited(_));
    if !failures.iter().all(is_unsuited) {
        failures.retain(|failure| !is_unsuited(failure));
    }
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

fn hide(secret: &str, text: &mut String) {
    if text.contains(secret) {
        *text = text.replace(secret, "[key]");
    }
}

fn no_credit() -> FailureKind {
    FailureKind::Broken { detail: "the account has no credit left".to_owned(), retry_after: None }
}

fn credentials(provider: &Provider, is_key_wrong: bool) -> FailureKind {
    let variable = key_variable(provider);
    let hint = variable.map(|variable| format!("Check the key in the variable {variable}."));
    FailureKind::Credentials { hint, is_key_wrong }
}

fn key_variable(provider: &Provider) -> Option<String> {
    match &provider.kind {
        Kind::Http { key, .. } => key.variable.clone(),
        Kind::Simulated { .. } => None,
    }
}

/// A provider's 4xx in our words.
fn refusal(provider: &str, status: u16, error: &ProviderError) -> ApiError {
    let code = match status {
        _ if error.cause == Cause::ContextLength => ErrorCode::ContextLengthExceeded,
        _ if error.cause == Cause::ContentFilter => ErrorCode::ContentFiltered,
        404 => ErrorCode::ModelNotFound,
        413 => ErrorCode::PayloadTooLarge,
        _ => ErrorCode::InvalidRequest,
    };
    let message = format!("`{provider}` refused the request: {}", error.describe(status));
    let param = if code == ErrorCode::ModelNotFound { Some("model".to_owned()) } else { error.param.clone() };
    ApiError { param, ..ApiError::new(code, message) }
}

#[cfg(test)]
mod tests;
