//! Claims: how they are held, ended, and where their counters come from.

use std::sync::Arc;
use std::time::Duration;

use auriko_wire::money::NanoUsd;
use redis::{AsyncCommands, RedisError};

use super::{Shared, lock, milliseconds, record, unexpected};
use crate::budget::{Budget, Claim, Counter, End};
use crate::database::statement;
use crate::error::StoreError;
use crate::hot::Verdict;

/// Counters are found cold at most this often in a row: Redis may lose its memory between two steps.
const TRIES: usize = 3;

/// How long an end is remembered: longer than the tries of a replica that did not get the answer.
const ENDED_FOR: Duration = Duration::from_secs(300);

/// The same for a claim that expired: its owner may only have been suspended, and come back to end it.
const EXPIRED_FOR: Duration = Duration::from_secs(86_400);

impl Shared {
    /// Reports counters; holds the claim if it has an id.
    pub(super) async fn ask(&self, claim: &Claim, budgets: &[Arc<Budget>]) -> Result<Verdict, StoreError> {
        for _ in 0..TRIES {
            let mut call = self.scripts.reserve.key(self.base(&claim.account.workspace));
            call.arg(&self.owner).arg(&claim.id).arg(milliseconds(self.lease)).arg(record::write(claim));
            for budget in budgets {
                let limit = if budget.enforce { budget.limit.0.to_string() } else { String::new() };
                let targets: Vec<String> = budget.targets().map(|target| target.to_string()).collect();
                call.arg(record::hash(budget.period, claim.day)).arg(limit).arg(targets.len()).arg(targets);
            }
            let making = self.making.read().await;
            let reply: Vec<String> = self.invoke(&call).await?;
            if !claim.id.is_empty() && reply.first().is_some_and(|word| word == "1") {
                self.remember(claim);
            }
            drop(making);
            if reply.first().is_some_and(|word| word == "cold") {
                self.load(claim).await?;
                continue;
            }
            let numbers: Option<Vec<u64>> = reply.iter().map(|number| number.parse().ok()).collect();
            let numbers =
                numbers.filter(|numbers| numbers.len() == 1 + 2 * budgets.len()).ok_or_else(unexpected)?;
            let counters = numbers[1..]
                .chunks_exact(2)
                .map(|pair| Counter { spent: NanoUsd(pair[0]), reserved: NanoUsd(pair[1]) });
            return Ok(Verdict { is_held: numbers[0] == 1, counters: counters.collect() });
        }
        Err(StoreError::hot_state("Redis keeps losing its memory"))
    }

    /// Ends a claim of `owner`, and notes what it spent for PostgreSQL if it had not ended before. To be called again, and
    /// never beside itself, when it fails: Redis may have done it, and only the call that gets the answer notes it.
    pub(super) async fn end(&self, owner: &str, claim: &Claim, end: End) -> Result<bool, StoreError> {
        let spent = end.spent(claim.amount);
        let remembered = if end == End::Expired { EXPIRED_FOR } else { ENDED_FOR };
        for _ in 0..TRIES {
            let mut call = self.scripts.end.key(self.base(&claim.account.workspace));
            call.arg(owner).arg(&claim.id).arg(spent.0.to_string()).arg(record::write(claim));
            call.arg(remembered.as_secs()).arg(&self.owner);
            let reply: String = self.invoke(&call).await?;
            if reply == "cold" {
                self.load(claim).await?;
                continue;
            }
            let is_now = reply == "1";
            if is_now {
                self.journal.note_end(claim, spent);
            }
            self.forget(claim);
            return Ok(is_now);
        }
        Err(StoreError::hot_state("Redis keeps losing its memory"))
    }

    pub(super) fn remember(&self, claim: &Claim) {
        let mut live = lock(&self.live);
        let workspace = live.entry(Arc::clone(&claim.account.workspace)).or_default();
        workspace.insert(claim.id.clone(), claim.clone());
    }

    fn forget(&self, claim: &Claim) {
        let mut live = lock(&self.live);
        if let Some(workspace) = live.get_mut(&claim.account.workspace) {
            workspace.remove(&claim.id);
            if workspace.is_empty() {
                live.remove(&claim.account.workspace);
            }
        }
    }

    /// Loads the counters that a claim counts in from PostgreSQL, as soon as that is complete.
    async fn load(&self, claim: &Claim) -> Result<(), StoreError> {
        let (workspace, day) = (&*claim.account.workspace, claim.day);
        self.await_generation().await?;
        self.journal.flush().await?;
        let name = format!("{}workspaces", self.prefix);
        let added: Result<(), RedisError> = self.connection().sadd(name, workspace).await;
        added.map_err(StoreError::hot_state)?;
        let mut call = self.scripts.load.key(self.base(workspace));
        for period in claim.periods() {
            let sql =
                "SELECT target, amount FROM spend WHERE workspace_id = $1 AND period = $2 AND start_day = $3";
            let spent = statement!(sql, workspace, period.as_str(), period.start(day).0);
            let rows = self.database.query(spent).await?;
            // Two periods: long enough for whatever was reserved on its last day. A lifetime's never go: other replicas may
            // have spend that they have not written yet.
            let days = 2 * (period.next_start(day).0 - period.start(day).0) + 1;
            call.arg(record::hash(period, day)).arg(days * 86_400).arg(rows.len());
            for mut row in rows {
                let what = "spend counter";
                call.arg(row.take::<String>(what)?).arg(row.take::<i64>(what)?.to_string());
            }
        }
        call.invoke_async::<String>(&mut self.connection()).await.map(drop).map_err(StoreError::hot_state)
    }
}
