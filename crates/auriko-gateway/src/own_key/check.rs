//! Tries an own key before it is kept (api.md §7.3), by what its provider answers for nothing.
//!
//! Only addresses of the configuration and of the table of providers are asked: a caller names a provider, never a URL.

use std::time::{Duration, SystemTime};

use auriko_client::{Client, ErrorKind, Limits, Method, Request, parse_retry_after};
use auriko_providers::accounts::{AccountTier, Accounts, KeyCheck, check_request, is_about_the_key};
use auriko_providers::provider_error::Cause;
use auriko_store::own_key::Validation;
use auriko_wire::error_code::ErrorCode;

use crate::catalog::{Kind, Provider};
use crate::error::ApiError;

/// As a whole; whoever makes a key waits for it. A guess; revisit with data.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// More than a description of one key has.
const REPLY_BYTES: usize = 1024 * 1024;

/// What a check showed of a key that was not refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    /// `Valid`, or `Pending` when nothing could be learnt.
    pub(crate) validation: Validation,
    /// The account's tier, where the answer says it.
    pub(crate) tier: Option<&'static AccountTier>,
}

const NOTHING_LEARNT: Checked = Checked { validation: Validation::Pending, tier: None };

/// Asks the provider.
///
/// # Errors
/// `invalid_parameter_value` when it refuses the key; `upstream_error`, worth a retry, when it could not be asked.
pub(crate) async fn check(client: &Client, provider: &Provider, key: &str) -> Result<Checked, ApiError> {
    let accounts = Accounts::of(&provider.id);
    let Kind::Http { base_url, adapter, .. } = &provider.kind else { return Ok(NOTHING_LEARNT) };
    let (path, proves) = match accounts.check {
        KeyCheck::Proves(path) => (path, true),
        KeyCheck::Refutes(path) => (path, false),
        KeyCheck::Nothing => return Ok(NOTHING_LEARNT),
    };
    let (url, headers) = check_request(*adapter, base_url, path, key);
    let mut request = Request::new(Method::Get, url);
    request.headers = headers;
    request.limits = Limits { total: Some(TIME_LIMIT), ..Limits::default() };
    let error = match client.send(request).await {
        Ok(_) if !proves => return Ok(NOTHING_LEARNT),
        Ok(reply) => {
            let tier = accounts.tier_in_headers(|name| reply.header(name));
            // Long lists need not be read to the end.
            let tier = match (tier, path) {
                (None, "key") => {
                    accounts.tier_in_check(&reply.text_within(REPLY_BYTES).await.unwrap_or_default())
                }
                (tier, _) => tier,
            };
            return Ok(Checked { validation: Validation::Valid, tier });
        }
        Err(error) => error,
    };
    let ErrorKind::Status { status, headers, body } = error.kind() else {
        return Err(not_asked(provider, "it could not be reached", None));
    };
    let told = adapter.read_error(body);
    let is_refused = *status == 401
        || told.cause == Cause::Credentials
        || told.message.as_deref().is_some_and(is_about_the_key);
    if is_refused {
        let message = format!("`{}` does not accept this key.", provider.id);
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message)
            .with_param("api_key")
            .with_suggestion("Check that it is complete, of this provider, and was not revoked."));
    }
    match status {
        429 | 500.. => {
            let wait = parse_retry_after(headers, SystemTime::now());
            Err(not_asked(provider, &format!("it answered with status {status}"), wait))
        }
        // The account is known; it lacks money.
        402 => Ok(Checked { validation: Validation::Valid, tier: None }),
        // Restricted keys may not list models; proxies may have no such path.
        _ => Ok(NOTHING_LEARNT),
    }
}

fn not_asked(provider: &Provider, why: &str, retry_after: Option<Duration>) -> ApiError {
    let message = format!("The key could not be checked with `{}`: {why}. Nothing was saved.", provider.id);
    let error = ApiError { retry_after, ..ApiError::new(ErrorCode::UpstreamError, message) };
    error.with_provider(&provider.id).with_suggestion("Try again.")
}
