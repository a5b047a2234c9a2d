//! Rate limits per minute (budgets.md §2): requests and tokens, in separate pools.
//!
//! The algorithm is GCRA in its form as a leaky bucket (see [`bucket`]), in place of the fixed windows of G-24:
//! a full limit may be used at once, then it comes back evenly.

pub(crate) mod bucket;

use std::time::Duration;

use bucket::{Charge, Levels};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::Inner;

/// What is limited. Pools do not influence each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// Inference requests.
    InferenceRequests,
    /// Tokens of inference, input and output.
    InferenceTokens,
    /// Management calls that read.
    ManagementReads,
    /// Management calls that write.
    ManagementWrites,
}

impl Pool {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InferenceRequests => "r",
            Self::InferenceTokens => "t",
            Self::ManagementReads => "mr",
            Self::ManagementWrites => "mw",
        }
    }
}

/// What a request takes from one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Take {
    /// From which.
    pub pool: Pool,
    /// Its limit, at least 1.
    pub per_minute: u32,
    /// How much; 1 for a request. More than the limit is taken as the limit: such a request needs a full pool.
    pub amount: u32,
}

/// How one pool stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Which one.
    pub pool: Pool,
    /// `X-RateLimit-Limit-…`.
    pub limit: u32,
    /// `X-RateLimit-Remaining-…`: what could be taken at once.
    pub remaining: u32,
    /// `X-RateLimit-Reset-…`: when all of the limit could be taken at once.
    pub resets_at: Timestamp,
    /// How long until this pool has what was asked for. Zero: it has.
    pub wait: Duration,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateDecision {
    /// Whether it may go on. If not, nothing was taken.
    pub is_admitted: bool,
    /// One for each [`Take`].
    pub pools: Vec<PoolStatus>,
}

impl RateDecision {
    /// Whole seconds for `Retry-After`, at least 1. `None`: it was admitted.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        if self.is_admitted {
            return None;
        }
        let wait = self.pools.iter().map(|pool| pool.wait).max().unwrap_or_default();
        Some(u64::try_from(wait.as_micros().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1))
    }
}

/// Operations on rate limits.
#[derive(Debug)]
pub struct Limits<'a>(pub(crate) &'a Inner);

impl Limits<'_> {
    /// Takes from all pools of `subject`, a key's id, or from none.
    pub async fn take(&self, subject: &str, takes: &[Take]) -> Result<RateDecision, StoreError> {
        let charges: Vec<Charge> = takes.iter().map(|take| Charge::new(*take)).collect();
        let now = self.0.clock.now();
        let Levels { is_admitted, levels } = match self.0.hot.take(subject, &charges, now).await {
            // Nothing is counted while nobody can count.
            Err(error) if self.0.tolerates(&error) => {
                Levels { is_admitted: true, levels: vec![0; charges.len()] }
            }
            counted => counted?,
        };
        let pools = charges.iter().zip(levels).map(|(charge, level)| charge.status(level, is_admitted, now));
        Ok(RateDecision { is_admitted, pools: pools.collect() })
    }

    /// Corrects an estimate: takes `tokens` more from a pool, whatever it holds, or gives back when negative.
    pub async fn adjust(
        &self,
        subject: &str,
        pool: Pool,
        per_minute: u32,
        tokens: i64,
    ) -> Result<(), StoreError> {
        let charge = Charge::new(Take { pool, per_minute, amount: 0 });
        self.0.hot.adjust(subject, charge, tokens, self.0.clock.now()).await
    }
}
