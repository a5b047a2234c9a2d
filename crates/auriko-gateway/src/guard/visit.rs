//! One request's caller: who it is, what it may do, and what its reply says of limits and budgets.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use auriko_store::budget::{Account, BudgetStatus};
use auriko_store::clock::{Period, Timestamp};
use auriko_store::credit::Balance;
use auriko_store::key::{ApiKey, Identity, Scope};
use auriko_store::limit::{Pool, PoolStatus, Take};
use auriko_store::workspace::DEFAULT_WORKSPACE;
use auriko_store::{ExposeSecret, SecretString, Store, StoreError};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::fnv::Fnv128;
use auriko_wire::headers;
use auriko_wire::money::NanoUsd;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::timeout;

use super::books::note_refusal;
use crate::call::Call;
use crate::catalog::Offering;
use crate::config::Access;
use crate::error::{ApiError, Exceeded, ExceededScope, LimitedBy};
use crate::gateway::Inner;

/// Who sends a request.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Somebody, where nobody needs a key.
    Anyone,
    /// The owner of a key.
    Key(Arc<ApiKey>),
    /// Whoever has the admin token (G-38).
    Admin,
}

/// A request whose caller is known.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) caller: Caller,
    /// `None`: this gateway remembers nothing.
    pub(crate) store: Option<Store>,
    pub(crate) access: Access,
    /// In each row that the request leaves in the ledger, so that the second is known for one.
    pub(crate) arrived_at: Timestamp,
    /// Of the reply, be it good or bad.
    pub(crate) headers: Vec<(String, String)>,
    /// The provider whose own key served the request.
    paid_by_own_key_of: OnceLock<Arc<str>>,
}

impl Visit {
    /// Somebody at a gateway without a store.
    pub(crate) fn of_anyone() -> Self {
        Self::new(Caller::Anyone, None, Access::default())
    }

    fn new(caller: Caller, store: Option<Store>, access: Access) -> Self {
        let arrived_at = SystemTime::now().into();
        Self { caller, store, access, arrived_at, headers: Vec::new(), paid_by_own_key_of: OnceLock::new() }
    }

    /// Finds out who calls.
    ///
    /// # Errors
    /// `invalid_api_key`, `expired_api_key`; `service_unavailable` when the store can't be asked.
    pub(crate) async fn identify(gateway: &Inner, call: &Call) -> Result<Self, ApiError> {
        let Some(vault) = &gateway.vault else { return Ok(Self::of_anyone()) };
        let store = vault.store().await?.clone();
        let caller = match presented(call) {
            Some(token) if is_admin(&gateway.access, token) => Caller::Admin,
            // Clients send something made up where no key is needed.
            Some(token) => match store.keys().identify(token).await? {
                Identity::Active(key) => Caller::Key(key),
                Identity::Expired(_) => {
                    let message = "The API key has expired.";
                    return Err(ApiError::new(ErrorCode::ExpiredApiKey, message));
                }
                Identity::Unknown => stranger(gateway, true).await?,
            },
            None => stranger(gateway, false).await?,
        };
        Ok(Self::new(caller, Some(store), gateway.access.clone()))
    }

    /// Refuses a key that lacks all of `scopes`.
    pub(crate) fn require(&self, scopes: &[Scope]) -> Result<(), ApiError> {
        let Caller::Key(key) = &self.caller else { return Ok(()) };
        if scopes.iter().any(|scope| key.scopes.contains(scope)) {
            return Ok(());
        }
        let names: Vec<_> = scopes.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
        let message = format!("The API key lacks the scope {}.", names.join(" or "));
        Err(ApiError::new(ErrorCode::InsufficientPermissions, message)
            .with_suggestion("Use a key that was made with it."))
    }

    /// Refuses who may not ask models.
    pub(crate) fn require_inference(&self) -> Result<(), ApiError> {
        if matches!(self.caller, Caller::Admin) {
            let message = "The admin token manages the gateway; models are asked with an API key.";
            return Err(ApiError::new(ErrorCode::InsufficientPermissions, message)
                .with_suggestion("Make one with `auriko keys create`."));
        }
        self.require(&[Scope::Inference])
    }

    pub(crate) fn key(&self) -> Option<&Arc<ApiKey>> {
        if let Caller::Key(key) = &self.caller { Some(key) } else { None }
    }

    /// The caller's workspace.
    pub(crate) fn workspace(&self) -> Arc<str> {
        self.key().map_or_else(|| DEFAULT_WORKSPACE.into(), |key| Arc::clone(&key.workspace))
    }

    /// As the router names it: equal on all replicas.
    pub(crate) fn workspace_number(&self) -> u64 {
        let workspace = self.workspace();
        if &*workspace == DEFAULT_WORKSPACE {
            return 0;
        }
        let mut hash = Fnv128::default();
        hash.add(workspace.as_bytes());
        u64::try_from(hash.value() >> 64).unwrap_or_default()
    }

    /// Who pays.
    pub(crate) fn account(&self) -> Account {
        let key = self.key().map(|key| Arc::clone(&key.id));
        Account { workspace: self.workspace(), key, byok_provider: None }
    }

    /// Notes what served the request, so that the reply tells of the budgets that it counts in.
    pub(crate) fn note_payer(&self, offering: &Offering) {
        if offering.own_key.is_some() {
            let _ = self.paid_by_own_key_of.set(offering.provider.id.as_str().into());
        }
    }

    /// Requests per minute. `None`: not limited.
    pub(crate) fn requests_per_minute(&self) -> Option<u32> {
        self.key()?.requests_per_minute.or(self.access.requests_per_minute)
    }

    /// Counts an inference request, and says in the reply how many are left.
    ///
    /// # Errors
    /// `rate_limit_exceeded`.
    pub(crate) async fn take_request(&mut self) -> Result<(), ApiError> {
        let Some(per_minute) = self.requests_per_minute() else { return Ok(()) };
        let status = self.take(Take { pool: Pool::InferenceRequests, per_minute, amount: 1 }).await;
        let (status, refusal) = match status {
            Ok(status) => (status, Ok(())),
            Err((Some(status), error)) => (status, Err(error)),
            Err((None, error)) => return Err(error),
        };
        let values = [
            (headers::RATE_LIMIT_LIMIT, status.limit.to_string()),
            (headers::RATE_LIMIT_REMAINING, status.remaining.to_string()),
            (headers::RATE_LIMIT_RESET, status.resets_at.to_rfc3339()),
        ];
        self.headers.extend(values.map(|(name, value)| (name.to_owned(), value)));
        refusal
    }

    /// Counts the tokens of a request, as far as they are known.
    ///
    /// # Errors
    /// `rate_limit_exceeded`.
    pub(crate) async fn take_tokens(&self, estimate: u64) -> Result<(), ApiError> {
        let Some(per_minute) = self.key().and_then(|key| key.tokens_per_minute) else { return Ok(()) };
        let amount = u32::try_from(estimate).unwrap_or(u32::MAX);
        let taken = self.take(Take { pool: Pool::InferenceTokens, per_minute, amount }).await;
        taken.map(drop).map_err(|(_, error)| error)
    }

    /// Counts a management call.
    ///
    /// # Errors
    /// `rate_limit_exceeded`.
    pub(crate) async fn take_management(&self, is_read: bool) -> Result<(), ApiError> {
        let (pool, per_minute) = if is_read {
            (Pool::ManagementReads, self.access.management_reads_per_minute)
        } else {
            (Pool::ManagementWrites, self.access.management_writes_per_minute)
        };
        self.take(Take { pool, per_minute, amount: 1 }).await.map(drop).map_err(|(_, error)| error)
    }

    async fn take(&self, take: Take) -> Result<PoolStatus, (Option<PoolStatus>, ApiError)> {
        let (Some(key), Some(store)) = (self.key(), &self.store) else {
            // Neither strangers nor the operator are limited.
            return Ok(PoolStatus {
                pool: take.pool,
                limit: take.per_minute,
                remaining: take.per_minute,
                resets_at: auriko_store::clock::Timestamp::default(),
                wait: Duration::ZERO,
            });
        };
        let decision = store.limits().take(&key.id, &[take]).await.map_err(|error| (None, error.into()))?;
        let status = decision.pools.first().copied();
        match (decision.retry_after_seconds(), status) {
            (None, Some(status)) => Ok(status),
            (seconds, status) => {
                let seconds = seconds.unwrap_or(1);
                let message = format!("Rate limit exceeded. Retry after {seconds} seconds.");
                let error = ApiError {
                    retry_after: Some(Duration::from_secs(seconds)),
                    limited_by: Some(LimitedBy::Gateway),
                    ..ApiError::new(ErrorCode::RateLimitExceeded, message)
                };
                Err((status, error))
            }
        }
    }

    /// Writes down that a request was refused, unless it has a row already.
    pub(crate) fn note_refusal(&self, request_id: &str, error: &ApiError) {
        note_refusal(self, request_id, error);
    }

    /// Says in the reply how the caller's budgets and credit stand; of several with one period, the one with the least left (G-25).
    pub(crate) async fn tell_budgets(&mut self) {
        let Some(store) = &self.store else { return };
        // Who can't be told, or not soon, is told nothing: the answer is worth more.
        let Ok(Ok(statuses)) = timeout(TELLING, self.budgets(store)).await else { return };
        if let (Some(_), Some(balance)) = (self.key(), statuses.iter().find_map(Balance::of)) {
            self.headers.push((headers::CREDITS_BALANCE.to_owned(), balance.microdollars().to_string()));
        }
        for period in Period::ALL {
            let with_period = statuses.iter().filter(|status| status.budget.period == period);
            let Some(status) = with_period.min_by_key(|status| status.remaining()) else { continue };
            let name = |what: &str| format!("{}{}-{what}", headers::BUDGET_PREFIX, period.as_str());
            self.headers.push((name("limit"), dollars(status.budget.limit)));
            self.headers.push((name("spend"), dollars(status.spent)));
        }
    }

    /// The budgets that the request counts in.
    async fn budgets(&self, store: &Store) -> Result<Vec<BudgetStatus>, StoreError> {
        let mut statuses = store.budgets().status(&self.account()).await?;
        if let Some(provider) = self.paid_by_own_key_of.get() {
            let account = Account { byok_provider: Some(Arc::clone(provider)), ..self.account() };
            statuses.extend(store.budgets().status(&account).await?);
        }
        Ok(statuses)
    }
}

/// How long a reply waits to tell of budgets. Servers that are well answer in a hundredth of it.
const TELLING: Duration = Duration::from_millis(500);

/// What is said when a budget has no room, or not enough credit is left.
pub(crate) fn exhausted(status: &BudgetStatus) -> ApiError {
    let budget = &status.budget;
    let Some(scope) = ExceededScope::of(&budget.scope) else { return out_of_credit(status) };
    let period = budget.period.as_str();
    let message = format!(
        "The {period} budget of ${} is used up: ${} is spent, and what is left does not pay for this request.",
        dollars(budget.limit),
        dollars(status.spent)
    );
    ApiError {
        exceeded: Some(Exceeded { period: budget.period, scope }),
        ..ApiError::new(ErrorCode::BudgetExhausted, message)
    }
    .with_suggestion(format!("Wait for the next period, or raise the budget `{}`.", budget.id))
}

fn out_of_credit(status: &BudgetStatus) -> ApiError {
    let left = status.budget.limit.saturating_sub(status.spent);
    let message = if left == NanoUsd::ZERO {
        "The workspace has no credit left.".to_owned()
    } else {
        format!("The credit that is left, ${}, does not pay for this request.", dollars(left))
    };
    ApiError::new(ErrorCode::InsufficientQuota, message)
        .with_suggestion("Have credit added by whoever runs this gateway, or use an own key of a provider.")
}

/// At least two decimals, no more than are needed, no currency sign.
pub(crate) fn dollars(amount: NanoUsd) -> String {
    let (whole, nanos) = (amount.0 / 1_000_000_000, amount.0 % 1_000_000_000);
    let digits = format!("{nanos:09}");
    let (cents, rest) = digits.split_at(2);
    format!("{whole}.{cents}{}", rest.trim_end_matches('0'))
}

fn presented(call: &Call) -> Option<&str> {
    let bearer = call.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    bearer.or_else(|| call.header("x-api-key").map(str::trim)).filter(|token| !token.is_empty())
}

/// Whether a call shows this token.
pub(crate) fn presents(call: &Call, token: &SecretString) -> bool {
    presented(call).is_some_and(|shown| is_token(token, shown))
}

fn is_admin(access: &Access, token: &str) -> bool {
    access.admin_token.as_ref().is_some_and(|admin| is_token(admin, token))
}

/// In a time that does not depend on where they differ.
fn is_token(expected: &SecretString, shown: &str) -> bool {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(expected.expose_secret()).ct_eq(&digest(shown)).into()
}

/// Somebody without a key of this gateway.
async fn stranger(gateway: &Inner, showed_something: bool) -> Result<Caller, ApiError> {
    let Some(vault) = &gateway.vault else { return Ok(Caller::Anyone) };
    if gateway.access.admin_token.is_none() && !vault.needs_keys().await? {
        return Ok(Caller::Anyone);
    }
    let (message, suggestion) = if showed_something {
        ("The API key is not valid.", "Check the key, and whether it was revoked.")
    } else {
        ("An API key is required.", "Send it as `Authorization: Bearer <key>`.")
    };
    Err(ApiError::new(ErrorCode::InvalidApiKey, message).with_suggestion(suggestion))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_decimals_or_more() {
        let check = |nanos, text: &str| assert_eq!(dollars(NanoUsd(nanos)), text);
        check(0, "0.00");
        check(1_000_000_000, "1.00");
        check(42_500_000_000, "42.50");
        check(1, "0.000000001");
        check(12_345_600_000, "12.3456");
    }

    #[test]
    fn a_key_is_read_from_either_header() {
        let check = |name: &str, value: &str, expected: Option<&str>| {
            let mut call = Call::get("/v1/me");
            call.add_header(name, value);
            assert_eq!(presented(&call), expected, "{name}: {value}");
        };
        check("Authorization", "Bearer ak_live_x", Some("ak_live_x"));
        check("authorization", "bearer  ak_live_x ", Some("ak_live_x"));
        check("x-api-key", "ak_live_x", Some("ak_live_x"));
        check("authorization", "Basic ak_live_x", None);
        check("authorization", "Bearer ", None);
    }
}
