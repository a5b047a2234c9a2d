//! What a request may spend: before each attempt its worst case is reserved, and when the attempt is over, what it cost
//! is settled, exactly once.
//!
//! The worst case is the bound of the input (a token is at least one byte), and as many output tokens as the attempt
//! may give, at that attempt's dearest prices. Under an enforced budget the provider is told that limit, so that it
//! can't cost more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auriko_routing::catalog::{PriceTable, Prices};
use auriko_store::Store;
use auriko_store::budget::{Account, BudgetScope, Reservation, Reserved};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::money::{self, NanoUsd};
use auriko_wire::request::warning;
use auriko_wire::routing_metadata::{Warning, WarningType};
use futures_util::FutureExt;
use tokio::time::Instant;

use super::Visit;
use super::visit::exhausted;
use crate::catalog::Offering;
use crate::error::ApiError;

/// Fewer output tokens, per choice, are no answer.
const FEWEST_OUTPUT_TOKENS: u64 = 16;

/// How often a smaller amount is tried when others were faster.
const TRIES: usize = 5;

/// The first and the longest pause in which attempts in flight may give back what they do not need; each is twice the one
/// before.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(300)];

/// Tokens of a request, as far as they matter for what it can cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// At most so many of input.
    pub(crate) input_bound: u64,
    /// About so many of input.
    pub(crate) input_estimate: u64,
    /// What the caller allows per choice. `None`: nothing was said.
    pub(crate) output_limit: Option<u64>,
    /// Choices; 0 for what has no output.
    pub(crate) choices: u64,
}

/// What one request spends, over all of its attempts.
#[derive(Debug)]
pub(crate) struct Tab {
    store: Store,
    account: Account,
    size: Size,
    unstated_output_tokens: u64,
    budget_wait: Duration,
    /// Nano-dollars.
    spent: AtomicU64,
}

/// Money held for one attempt. Dropped without an end, as when the caller leaves or another attempt was faster, it ends
/// as what the prompt cost, which the provider may bill.
#[derive(Debug)]
pub(crate) struct Hold {
    reservation: Option<Reservation>,
    tab: Arc<Tab>,
    if_dropped: NanoUsd,
    /// What the provider is to be told. `None`: what the caller said.
    pub(crate) output_limit: Option<u64>,
    pub(crate) warnings: Vec<Warning>,
}

impl Tab {
    /// `None`: nothing is remembered here.
    pub(crate) fn open(visit: &Visit, size: Size) -> Option<Arc<Self>> {
        let store = visit.store.clone()?;
        Some(Arc::new(Self {
            store,
            account: visit.account(),
            size,
            unstated_output_tokens: visit.access.unstated_output_tokens,
            budget_wait: visit.access.budget_wait,
            spent: AtomicU64::new(0),
        }))
    }

    pub(crate) fn spent(&self) -> NanoUsd {
        NanoUsd(self.spent.load(Ordering::Relaxed))
    }

    /// Holds the worst case of one attempt, with less output if a budget has no room for all of it. Waits for what others
    /// hold, but for no more than half of `limit`, which is what the attempt may take as a whole.
    ///
    /// # Errors
    /// `budget_exhausted`; `no_compatible_endpoint` when nobody knows what it would cost.
    pub(crate) async fn reserve(
        self: &Arc<Self>,
        offering: &Offering,
        limit: Duration,
    ) -> Result<Hold, ApiError> {
        let mut patience = Patience::new(self.budget_wait.min(limit / 2));
        let table = offering.facts.prices.as_ref();
        let wanted = self.wanted_output(offering);
        let Some(prices) = table.map(|table| dearest(table, self.size.input_bound)) else {
            return self.reserve_unpriced(offering).await;
        };
        let mut output = wanted;
        let mut tries = 0..TRIES;
        while tries.next().is_some() {
            let amount = self.worst_case(&prices, output);
            let status = match self.store.budgets().reserve(self.account_for(offering), amount).await? {
                Reserved::Held(reservation) => return Ok(self.hold(reservation, table, output, wanted)),
                Reserved::Refused(status) => status,
            };
            if let Some(less) = self.affordable(&prices, output, status.remaining()) {
                output = less;
                continue;
            }
            let unspent = status.budget.limit.saturating_sub(status.spent);
            let is_held = self.is_payable(&prices, wanted, unspent);
            let pause = if is_held { patience.pause() } else { None };
            let Some(pause) = pause else { return Err(exhausted(&status)) };
            tokio::time::sleep(pause).await;
            (output, tries) = (wanted, 0..TRIES);
        }
        let message = "Too many requests draw on the same budget at once; try again.";
        Err(ApiError::new(ErrorCode::ServiceUnavailable, message))
    }

    /// Who pays for an attempt: own keys are counted apart (budgets.md §1).
    fn account_for(&self, offering: &Offering) -> Account {
        let byok_provider = offering.own_key.as_ref().map(|_| offering.provider.id.as_str().into());
        Account { byok_provider, ..self.account.clone() }
    }

    /// Output tokens per choice that the caller would like to be paid for.
    fn wanted_output(&self, offering: &Offering) -> u64 {
        let wanted = self.size.output_limit.unwrap_or(self.unstated_output_tokens);
        offering.facts.max_output_tokens.map_or(wanted, |most| wanted.min(most))
    }

    fn worst_case(&self, prices: &Prices, output: u64) -> NanoUsd {
        let output = output.saturating_mul(self.size.choices);
        money::cost(&[(self.size.input_bound, prices.input), (output, prices.output)])
    }

    /// The most output, less than `wanted`, that `remaining` pays for. `None`: not even a short answer.
    fn affordable(&self, prices: &Prices, wanted: u64, remaining: NanoUsd) -> Option<u64> {
        if self.size.choices == 0 || wanted == 0 || !self.is_payable(prices, wanted, remaining) {
            return None;
        }
        let fits = |output| self.worst_case(prices, output) <= remaining;
        let (mut fitting, mut beyond) = (FEWEST_OUTPUT_TOKENS.min(wanted), wanted);
        while beyond - fitting > 1 {
            let middle = u64::midpoint(fitting, beyond);
            if fits(middle) { fitting = middle } else { beyond = middle }
        }
        Some(fitting)
    }

    /// Whether `remaining` pays for the prompt and a short answer.
    fn is_payable(&self, prices: &Prices, wanted: u64, remaining: NanoUsd) -> bool {
        remaining > NanoUsd::ZERO && self.worst_case(prices, FEWEST_OUTPUT_TOKENS.min(wanted)) <= remaining
    }

    fn hold(
        self: &Arc<Self>,
        reservation: Reservation,
        table: Option<&PriceTable>,
        output: u64,
        wanted: u64,
    ) -> Hold {
        let tokens = self.size.input_estimate;
        let prices = table.map(|table| table.for_prompt(tokens));
        let if_dropped = prices.map_or(NanoUsd::ZERO, |prices| money::cost(&[(tokens, prices.input)]));
        let enforced = reservation.budgets().iter().filter(|status| status.budget.enforce);
        let tightest = enforced.min_by_key(|status| status.remaining());
        let is_limited = self.size.choices > 0
            && tightest.is_some()
            && (self.size.output_limit.is_none() || output < wanted);
        let mut warnings = Vec::new();
        if is_limited {
            let (what, name) = match tightest.map(|status| &status.budget.scope) {
                Some(BudgetScope::Credit) => ("Credit is drawn on", "output_limited_by_credit"),
                _ => ("A budget applies", "output_limited_by_budget"),
            };
            let message = format!("{what}: the reply was limited to {output} output tokens.");
            warnings.push(warning(WarningType::UnsupportedField, name, message));
        }
        Hold {
            reservation: Some(reservation),
            tab: Arc::clone(self),
            if_dropped,
            output_limit: is_limited.then_some(output),
            warnings,
        }
    }

    /// What nobody knows the price of counts as nothing, so no enforced budget may apply.
    async fn reserve_unpriced(self: &Arc<Self>, offering: &Offering) -> Result<Hold, ApiError> {
        let reservation =
            match self.store.budgets().reserve(self.account_for(offering), NanoUsd::ZERO).await? {
                Reserved::Held(reservation) => reservation,
                Reserved::Refused(status) => return Err(exhausted(&status)),
            };
        let is_enforced = reservation.budgets().iter().any(|status| status.budget.enforce);
        if !is_enforced {
            return Ok(self.hold(reservation, None, 0, 0));
        }
        reservation.release().await?;
        let message = format!(
            "The prices of `{}` at `{}` are not known, so neither an enforced budget nor credit can be kept.",
            offering.model, offering.provider.id
        );
        Err(ApiError::new(ErrorCode::NoCompatibleEndpoint, message)
            .with_suggestion("Set its prices in the configuration, or choose another model."))
    }
}

/// How long a request waits for what others hold, in pauses.
#[derive(Debug)]
struct Patience {
    ends_at: Instant,
    next: Duration,
}

impl Patience {
    fn new(total: Duration) -> Self {
        Self { ends_at: Instant::now() + total, next: PAUSES[0] }
    }

    /// The next pause, if it ends in time.
    fn pause(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(PAUSES[1]);
        (Instant::now() + pause <= self.ends_at).then_some(pause)
    }
}

impl Hold {
    /// The attempt cost so much; `None`: its price is not known.
    pub(crate) fn settle(mut self, cost: Option<NanoUsd>) {
        self.end(cost.unwrap_or(NanoUsd::ZERO));
    }

    /// The attempt cost nothing.
    pub(crate) fn release(mut self) {
        self.end(NanoUsd::ZERO);
    }

    fn end(&mut self, cost: NanoUsd) {
        let Some(reservation) = self.reservation.take() else { return };
        self.tab.spent.fetch_add(cost.0, Ordering::Relaxed);
        let mut settling = Box::pin(async move {
            if let Err(error) = reservation.settle(cost).await {
                tracing::error!(%error, "what an attempt cost could not be booked");
            }
        });
        // In an embedded store it is done at once; what is not is finished by itself.
        if settling.as_mut().now_or_never().is_none()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(settling);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.end(self.if_dropped);
    }
}

/// The highest price of each kind that a prompt of at most so many tokens can have.
fn dearest(table: &PriceTable, input_bound: u64) -> Prices {
    let reachable = table.steps().iter().filter(|(above, _)| input_bound > *above).map(|(_, prices)| prices);
    let mut dearest = *table.base();
    for prices in std::iter::once(table.base()).chain(reachable) {
        // Any part of the prompt may be written to the provider's cache, which some charge more for.
        dearest.input = dearest.input.max(prices.input).max(prices.cache_write).max(prices.cache_read);
        dearest.output = dearest.output.max(prices.output);
    }
    dearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_end_in_time() {
        let pauses = async |milliseconds, between| {
            let mut patience = Patience::new(Duration::from_millis(milliseconds));
            let mut pauses = Vec::new();
            while let Some(pause) = patience.pause() {
                pauses.push(pause.as_millis());
                tokio::time::advance(pause + Duration::from_millis(between)).await;
            }
            pauses
        };
        assert_eq!(pauses(2000, 0).await, [20, 40, 80, 160, 300, 300, 300, 300, 300]);
        assert_eq!(pauses(60, 0).await, [20, 40]);
        assert_eq!(pauses(60, 1).await, [20], "asking takes time as well");
        assert!(pauses(19, 0).await.is_empty() && pauses(0, 0).await.is_empty());
    }
}
