//! What callers see when something goes wrong: the envelope, the status and the headers, all from one code.

use std::time::Duration;

use auriko_store::budget::BudgetScope;
use auriko_store::clock::Period;
use auriko_wire::error_body::ErrorBody;
use auriko_wire::error_code::{ErrorCode, ErrorType};
use auriko_wire::headers;
use auriko_wire::request::RequestError;
use serde_json::value::RawValue;

use crate::call::Reply;
use crate::dialect::Dialect;

/// An error on its way to the caller.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) suggestion: Option<String>,
    /// When another attempt makes sense, where somebody said so.
    pub(crate) retry_after: Option<Duration>,
    /// Who had no capacity, where that is what went wrong.
    pub(crate) limited_by: Option<LimitedBy>,
    /// The budget that has no room, where that is what went wrong.
    pub(crate) exceeded: Option<Exceeded>,
}

/// Which budget: what the `x-budget-exceeded-…` headers say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) period: Period,
    pub(crate) scope: ExceededScope,
}

/// What the budget looks at. One byte, since errors are passed by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExceededScope {
    Workspace,
    ApiKey,
    ByokProvider,
}

impl ExceededScope {
    /// `None`: credit, which is no budget.
    pub(crate) fn of(scope: &BudgetScope) -> Option<Self> {
        match scope {
            BudgetScope::Workspace => Some(Self::Workspace),
            BudgetScope::ApiKey(_) => Some(Self::ApiKey),
            BudgetScope::ByokProvider(_) => Some(Self::ByokProvider),
            BudgetScope::Credit => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::ApiKey => "api_key",
            Self::ByokProvider => "byok_provider",
        }
    }
}

/// Who limits a rate: the value of `x-rate-limit-source` (G-25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitedBy {
    Provider,
    Gateway,
}

impl LimitedBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Gateway => "gateway",
        }
    }
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
            provider: None,
            suggestion: None,
            retry_after: None,
            limited_by: None,
            exceeded: None,
        }
    }

    pub(crate) fn with_param(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    pub(crate) fn with_provider(mut self, provider: &str) -> Self {
        self.provider = Some(provider.to_owned());
        self
    }

    pub(crate) fn with_suggestion(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// As a whole reply.
    pub(crate) fn into_reply(self, dialect: Dialect, request_id: &str, docs_url: Option<&str>) -> Reply {
        let facts = self.code.facts();
        let (retry_after, limited_by) = (self.retry_after, self.limited_by);
        let provider = self.provider.clone();
        let exceeded = self.exceeded;
        let mut reply = Reply::json(facts.status, request_id, dialect.error_json(&self.body(docs_url)));
        let mut put = |name: &str, value: &str| reply.headers.push((name.to_owned(), value.to_owned()));
        put(headers::ERROR_TYPE, category(facts.code, facts.error_type));
        put(headers::ERROR_RETRYABLE, if facts.is_retryable { "true" } else { "false" });
        if !facts.is_retryable {
            put(headers::SHOULD_RETRY, "false");
        }
        // The value comes from the configuration, which allows only header-safe ids.
        if let Some(provider) = &provider {
            put(headers::ERROR_PROVIDER, provider);
        }
        if let Some(wait) = retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            put(headers::RETRY_AFTER, &seconds.max(1).to_string());
        }
        if let Some(limited_by) = limited_by {
            put(headers::RATE_LIMIT_SOURCE, limited_by.as_str());
        }
        if let Some(Exceeded { period, scope }) = exceeded {
            put(headers::BUDGET_EXCEEDED, "true");
            put(headers::BUDGET_EXCEEDED_PERIOD, period.as_str());
            put(headers::BUDGET_EXCEEDED_SCOPE, scope.as_str());
        }
        reply
    }

    /// As the value of the `error` key of an event.
    pub(crate) fn into_event(self, docs_url: Option<&str>) -> Box<RawValue> {
        serde_json::value::to_raw_value(&self.body(docs_url)).expect("an error body serialises")
    }

    fn body(self, docs_url: Option<&str>) -> ErrorBody {
        let page = docs_url.map(|base| format!("{}/{}", base.trim_end_matches('/'), self.code.as_str()));
        ErrorBody {
            param: self.param,
            provider: self.provider,
            suggestion: self.suggestion,
            doc_url: page,
            ..ErrorBody::new(self.code, self.message)
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        Self { param: error.param, suggestion: error.suggestion, ..Self::new(error.code, error.message) }
    }
}

/// `x-error-type` (G-25).
fn category(code: &str, error_type: ErrorType) -> &'static str {
    match (error_type, code) {
        (_, "budget_exhausted") => "budget",
        (_, "upstream_timeout" | "stream_duration_exceeded") => "timeout",
        (_, "content_filtered") => "content_filter",
        (ErrorType::Authentication, _) => "authentication",
        (ErrorType::Permission, _) => "permission",
        (ErrorType::InvalidRequest, _) => "invalid_request",
        (ErrorType::NotFound, _) => "not_found",
        (ErrorType::RateLimit, _) => "rate_limit",
        (ErrorType::Api, _) => "server_error",
    }
}
