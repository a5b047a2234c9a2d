//! A reservation: money held for one attempt, which ends exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auriko_wire::money::NanoUsd;

use super::{BudgetStatus, Claim};
use crate::error::StoreError;
use crate::store::Inner;

/// How a reservation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The attempt cost this much.
    Settled(NanoUsd),
    /// The attempt cost nothing.
    Released,
    /// Nobody said what it cost: it counts in full.
    Expired,
}

impl End {
    /// What becomes spend of a reservation of `amount`.
    pub(crate) const fn spent(self, amount: NanoUsd) -> NanoUsd {
        match self {
            Self::Settled(actual) => actual,
            Self::Released => NanoUsd::ZERO,
            Self::Expired => amount,
        }
    }
}

/// What ending it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It has ended as asked.
    Now,
    /// It had ended before; nothing changed. Also when its process was taken for dead and it expired.
    Before,
    /// The hot state is out of reach: it ends as asked when that is back, as long as this process lives.
    Later,
}

/// Money held for one attempt.
///
/// It ends by [`Self::settle`] or [`Self::release`], the first of them counts. If it is dropped without either,
/// it ends as spent in full, as it would if the process had died.
#[derive(Debug)]
pub struct Reservation {
    store: Arc<Inner>,
    claim: Claim,
    statuses: Vec<BudgetStatus>,
    is_tentative: bool,
    has_ended: AtomicBool,
}

impl Reservation {
    /// Not known to be held yet: dropping it gives the amount back.
    pub(super) fn tentative(store: Arc<Inner>, claim: Claim) -> Self {
        Self { store, claim, statuses: Vec::new(), is_tentative: true, has_ended: AtomicBool::new(false) }
    }

    pub(super) fn confirm(&mut self, statuses: Vec<BudgetStatus>) {
        self.statuses = statuses;
        self.is_tentative = false;
    }

    /// It was refused: there is nothing to end.
    pub(super) fn forget(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn claim(&self) -> &Claim {
        &self.claim
    }

    /// What it holds.
    pub fn amount(&self) -> NanoUsd {
        self.claim.amount
    }

    /// The budgets that apply, as they stood just before it was made.
    pub fn budgets(&self) -> &[BudgetStatus] {
        &self.statuses
    }

    /// Ends it as spend of `actual`, which may be more or less than what it holds.
    ///
    /// # Cancel safety
    /// Once called, it ends, even if the future is dropped.
    pub async fn settle(&self, actual: NanoUsd) -> Result<Ended, StoreError> {
        self.end(End::Settled(actual)).await
    }

    /// Ends it as no spend: the attempt was not sent, or its provider charges nothing for it.
    ///
    /// # Cancel safety
    /// As [`Self::settle`].
    pub async fn release(&self) -> Result<Ended, StoreError> {
        self.end(End::Released).await
    }

    async fn end(&self, end: End) -> Result<Ended, StoreError> {
        if self.has_ended.swap(true, Ordering::Relaxed) {
            return Ok(Ended::Before);
        }
        let mut unfinished = Unfinished { store: &self.store, claim: &self.claim, end: Some(end) };
        match self.store.hot.end(&self.claim, end).await {
            Ok(is_now) => {
                unfinished.end = None;
                Ok(if is_now { Ended::Now } else { Ended::Before })
            }
            // Dropping `unfinished` leaves it to the background.
            Err(error) if error.is_unavailable() => Ok(Ended::Later),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.has_ended.swap(true, Ordering::Relaxed) {
            let end = if self.is_tentative { End::Released } else { End::Expired };
            self.store.hot.end_later(&self.claim, end);
        }
    }
}

/// Hands an end to the background unless it was reached.
struct Unfinished<'a> {
    store: &'a Inner,
    claim: &'a Claim,
    end: Option<End>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(end) = self.end {
            self.store.hot.end_later(self.claim, end);
        }
    }
}
