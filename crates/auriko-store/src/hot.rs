//! What changes with every request: reservations, rate limits, breakers, idempotency.
//!
//! One process keeps it in memory, backed by its database (`embedded`); replicas share it in Redis (`redis`).

mod accounts;
pub(crate) mod cover;
pub(crate) mod embedded;
pub(crate) mod redis;

use std::sync::Arc;

use async_trait::async_trait;

use crate::breaker::OpenBreaker;
use crate::budget::{Budget, Claim, Counter, End};
use crate::clock::{Day, Timestamp};
use crate::error::StoreError;
use crate::limit::bucket::{Charge, Levels};

/// The answer to a claim.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) is_held: bool,
    /// One for each budget that was asked about, as they stood before.
    pub(crate) counters: Vec<Counter>,
}

/// What is known of a management call that may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallState {
    /// First seen now: it is ours to do.
    Ours,
    /// Someone does it.
    Running { fingerprint: String },
    /// Done, with its reply.
    Done { fingerprint: String, status: u16, body: String },
    /// It was begun, and nobody says how it ended.
    Unknown { fingerprint: String },
}

/// How a management call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// To be replayed.
    Done { status: u16, body: String },
    /// It changed nothing and may be tried again.
    Undone,
    /// Its outcome was not seen.
    Unknown,
}

/// Shared state of all handles that serve the same workspaces.
#[async_trait]
pub(crate) trait HotState: std::fmt::Debug + Send + Sync {
    /// Checks `budgets`, which all apply to the claim, and holds its amount, in one step.
    async fn reserve(&self, claim: &Claim, budgets: &[Arc<Budget>]) -> Result<Verdict, StoreError>;

    /// Takes over a claim that could not be checked since the state is out of reach: it counts from when the state is back,
    /// and has to be ended as any other. `false`: too many wait for that already.
    fn adopt(&self, claim: &Claim) -> bool;

    /// Ends a claim; `false` if it had ended before.
    async fn end(&self, claim: &Claim, end: End) -> Result<bool, StoreError>;

    /// As [`Self::end`], without waiting, and again until it succeeds.
    fn end_later(&self, claim: &Claim, end: End);

    /// Money of each budget in the period that holds `day`.
    async fn counters(
        &self,
        workspace: &str,
        day: Day,
        budgets: &[Arc<Budget>],
    ) -> Result<Vec<Counter>, StoreError>;

    /// Takes all charges from the subject's buckets, or none.
    async fn take(&self, subject: &str, charges: &[Charge], now: Timestamp) -> Result<Levels, StoreError>;

    /// Adds `tokens` to a bucket whatever it holds, or gives them back when negative.
    async fn adjust(
        &self,
        subject: &str,
        charge: Charge,
        tokens: i64,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Registers a management call.
    async fn begin_call(&self, id: &str, fingerprint: &str, now: Timestamp) -> Result<CallState, StoreError>;

    /// Ends one that was [`CallState::Ours`].
    async fn end_call(
        &self,
        id: &str,
        fingerprint: &str,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Opens a breaker, or keeps it open for longer.
    async fn open_breaker(&self, breaker: &OpenBreaker) -> Result<(), StoreError>;

    /// Closes one.
    async fn close_breaker(&self, name: &str) -> Result<(), StoreError>;

    /// Breakers that are open at `now`.
    async fn open_breakers(&self, now: Timestamp) -> Result<Vec<OpenBreaker>, StoreError>;

    /// Whether it answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Ends what [`Self::end_later`] was told, if it can, and stops background work. Other claims are left to expire.
    async fn close(&self);

    /// Stops at once, as a killed process would.
    fn abandon(&self);
}
