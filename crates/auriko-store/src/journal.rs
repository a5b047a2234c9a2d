//! What is written off the request path: ledger rows, spend, ends of reservations, last use of keys.
//!
//! Everything is gathered in memory and written in one transaction per interval, so that a request costs a few
//! rows in a batch. A batch carries an id that is stored with it: when the answer to its commit is lost, the
//! next try finds the id and does not write it twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auriko_wire::money::NanoUsd;
use tokio::sync::Notify;

use crate::budget::{Claim, Target};
use crate::clock::{Clock, Day, Period, Timestamp};
use crate::database::{Database, Statement, statement};
use crate::error::StoreError;
use crate::hot::cover::{Covers, Shrink};
use crate::id;
use crate::ledger::LedgerRow;

/// Rows that wait at most. A row is about half a kilobyte.
const CAPACITY: usize = 65_536;

/// A batch is written early when it has this many rows.
const EARLY: usize = 2_000;

/// How long the ids of written batches are kept: longer than any try lasts.
const IDS_KEPT_FOR: Duration = Duration::from_secs(86_400);

/// Gathers and writes.
#[derive(Debug)]
pub(crate) struct Journal {
    database: Arc<dyn Database>,
    clock: Arc<dyn Clock>,
    pending: Mutex<Pending>,
    /// Locked behind `pending`, if both are.
    covers: Mutex<Covers>,
    /// The batch that is being written, kept until its commit is known.
    writing: tokio::sync::Mutex<Option<Batch>>,
    wake: Notify,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Pending {
    rows: Vec<LedgerRow>,
    /// Ordered, so that replicas that write the same counters wait for each other and do not deadlock.
    /// The last of the name: whether it was drawn from credit.
    spend: BTreeMap<(Arc<str>, Day, Target, bool), NanoUsd>,
    /// Rows of reservations that a former process left.
    left: Vec<String>,
    shrinks: Vec<Shrink>,
    used: BTreeMap<Arc<str>, Timestamp>,
}

#[derive(Debug)]
struct Batch {
    id: String,
    content: Pending,
}

impl Journal {
    pub(crate) fn new(database: Arc<dyn Database>, clock: Arc<dyn Clock>) -> Self {
        Self {
            database,
            clock,
            pending: Mutex::default(),
            covers: Mutex::default(),
            writing: tokio::sync::Mutex::new(None),
            wake: Notify::new(),
            dropped: AtomicU64::new(0),
        }
    }

    /// Takes a row, unless too many wait.
    pub(crate) fn record(&self, row: LedgerRow) -> Result<(), StoreError> {
        let mut pending = self.pending();
        if pending.rows.len() >= CAPACITY {
            drop(pending);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::LedgerFull);
        }
        pending.rows.push(row);
        if pending.rows.len() == EARLY {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Rows that were dropped since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Rows that wait to be written.
    pub(crate) fn backlog(&self) -> usize {
        self.pending().rows.len()
    }

    /// Notes that a claim ended as `spent`.
    pub(crate) fn note_end(&self, claim: &Claim, spent: NanoUsd) {
        self.pending().add_spend(claim, spent);
    }

    /// As [`Self::note_end`], of a claim that is covered by a row.
    pub(crate) fn note_covered_end(&self, claim: &Claim, spent: NanoUsd) {
        let mut pending = self.pending();
        pending.add_spend(claim, spent);
        // In one step: a batch must not take either without the other.
        self.covers().end(claim, spent);
    }

    /// Notes a row that a former process left: it was spent.
    pub(crate) fn note_left(&self, row: &Claim) {
        let mut pending = self.pending();
        pending.add_spend(row, row.amount);
        pending.left.push(row.id.clone());
    }

    /// The rows that cover reservations.
    pub(crate) fn covers(&self) -> MutexGuard<'_, Covers> {
        self.covers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the last use of a key.
    pub(crate) fn note_use(&self, key: &Arc<str>, at: Timestamp) {
        self.pending().used.insert(Arc::clone(key), at);
    }

    /// Writes a batch per interval, for as long as it is polled.
    pub(crate) async fn run(&self, interval: Duration) {
        let mut was_written = true;
        loop {
            // Whichever comes first.
            let _ = tokio::time::timeout(interval, self.wake.notified()).await;
            let written = self.flush().await;
            match &written {
                // Once, not several times a second for as long as it lasts.
                Err(error) if was_written => {
                    tracing::warn!(%error, "the journal can't be written; it is tried again until it can");
                }
                Ok(()) if !was_written => tracing::info!("the journal is written again"),
                _ => {}
            }
            was_written = written.is_ok();
        }
    }

    /// Writes what waits.
    ///
    /// # Cancel safety
    /// A batch whose writing is interrupted is written by the next call.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        let mut writing = self.writing.lock().await;
        if let Some(batch) = &*writing {
            let sql = "SELECT id FROM batches WHERE id = $1";
            if self.database.query(statement!(sql, &*batch.id)).await?.is_empty() {
                self.write(batch).await?;
            }
            *writing = None;
        }
        let content = self.take();
        if content.is_empty() {
            return Ok(());
        }
        let batch = writing.insert(Batch { id: id::new(""), content });
        self.write(batch).await?;
        *writing = None;
        Ok(())
    }

    async fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        self.database.transact(batch.statements(self.clock.now())).await.map(drop)
    }

    fn take(&self) -> Pending {
        let mut pending = self.pending();
        pending.shrinks = self.covers().shrink();
        std::mem::take(&mut *pending)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn add_spend(&mut self, claim: &Claim, spent: NanoUsd) {
        if spent > NanoUsd::ZERO {
            for target in claim.account.targets() {
                let key = (Arc::clone(&claim.account.workspace), claim.day, target, claim.draws_credit);
                *self.spend.entry(key).or_default() += spent;
            }
        }
    }

    fn is_empty(&self) -> bool {
        let Self { rows, spend, left, shrinks, used } = self;
        rows.is_empty() && spend.is_empty() && left.is_empty() && shrinks.is_empty() && used.is_empty()
    }
}

impl Batch {
    fn statements(&self, now: Timestamp) -> Vec<Statement> {
        let forget = Timestamp(now.0.saturating_sub(Timestamp(0).after(IDS_KEPT_FOR).0));
        let mut statements = vec![
            statement!("INSERT INTO batches (id, at) VALUES ($1, $2)", &*self.id, now),
            statement!("DELETE FROM batches WHERE at < $1", forget),
        ];
        statements.extend(self.content.rows.iter().flat_map(LedgerRow::statements));
        for ((workspace, day, target, draws_credit), amount) in &self.content.spend {
            for period in Period::ALL.into_iter().chain(draws_credit.then_some(Period::Lifetime)) {
                statements.push(add_spend(workspace, period, period.start(*day), target, *amount));
            }
        }
        let delete = "DELETE FROM reservations WHERE id = $1";
        statements.extend(self.content.left.iter().map(|id| statement!(delete, &**id)));
        statements.extend(self.content.shrinks.iter().map(Shrink::statement));
        let update = "UPDATE api_keys SET last_used_at = $1 WHERE id = $2 AND COALESCE(last_used_at, 0) < $3";
        statements.extend(self.content.used.iter().map(|(id, at)| statement!(update, *at, &**id, *at)));
        statements
    }
}

fn add_spend(workspace: &str, period: Period, start: Day, target: &Target, amount: NanoUsd) -> Statement {
    let sql =
        "INSERT INTO spend (workspace_id, period, start_day, target, amount) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (workspace_id, period, start_day, target)
        DO UPDATE SET amount = spend.amount + excluded.amount";
    statement!(sql, workspace, period.as_str(), start.0, target.to_string(), amount.0)
}

#[cfg(test)]
mod tests;
