//! The ledger: one row per request, without content. What was used is answered from it.

mod usage;

use std::sync::Arc;

use auriko_wire::money::NanoUsd;

pub use usage::{GroupBy, KeyUsage, Usage, UsageFilter, UsagePeriod};

use crate::clock::Timestamp;
use crate::database::{Statement, statement};
use crate::error::StoreError;
use crate::prune;
use crate::store::Inner;

/// Longer texts are cut: they come from callers. In characters.
const LONGEST_TEXT: usize = 256;

/// Further tags are left out.
const MOST_TAGS: usize = 32;

/// A request, when it has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerRow {
    /// The request's id, random.
    pub id: String,
    /// When it arrived: all rows of one request say the same, and the first of them is kept.
    pub at: Timestamp,
    /// Whose it was.
    pub workspace: Arc<str>,
    /// Its gateway key. `None`: a gateway without keys.
    pub key: Option<Arc<str>>,
    /// Canonical model id, or what was asked for if there is no such model.
    pub model: String,
    /// Who served it. `None`: nobody.
    pub provider: Option<String>,
    /// Whether an own key was used.
    pub is_byok: bool,
    /// All input tokens, those below included.
    pub input_tokens: u64,
    /// Read from a cache.
    pub cached_tokens: u64,
    /// Written to a cache.
    pub cache_write_tokens: u64,
    /// All output tokens, those below included.
    pub output_tokens: u64,
    /// Spent on thinking.
    pub reasoning_tokens: u64,
    /// What it cost.
    pub cost: NanoUsd,
    /// HTTP status that the caller got.
    pub status: u16,
    /// Error code of our registry. `None`: it succeeded.
    pub error_code: Option<String>,
    /// From its arrival to the last byte.
    pub latency_ms: u64,
    /// From its arrival to the first content. `None`: there was none, or it was not streamed.
    pub first_token_ms: Option<u64>,
    /// `gateway.metadata.tags`.
    pub tags: Vec<String>,
    /// `gateway.metadata.user_id`.
    pub user: Option<String>,
    /// `gateway.metadata.trace_id`.
    pub trace: Option<String>,
}

impl LedgerRow {
    /// Writes it; a second time changes nothing.
    pub(crate) fn statements(&self) -> impl Iterator<Item = Statement> {
        let sql = "INSERT INTO ledger (id, at, day, workspace_id, key_id, model, provider, byok, input_tokens,
            cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost, status, error_code, latency_ms,
            first_token_ms, user_id, trace_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
            $15, $16, $17, $18, $19, $20) ON CONFLICT DO NOTHING";
        let row = statement!(
            sql,
            &*self.id,
            self.at,
            self.at.day().0,
            &*self.workspace,
            self.key.as_deref(),
            short(&self.model),
            self.provider.as_deref(),
            self.is_byok,
            self.input_tokens,
            self.cached_tokens,
            self.cache_write_tokens,
            self.output_tokens,
            self.reasoning_tokens,
            self.cost.0,
            u32::from(self.status),
            self.error_code.as_deref(),
            self.latency_ms,
            self.first_token_ms,
            self.user.as_deref().map(short),
            self.trace.as_deref().map(short),
        );
        let sql = "INSERT INTO ledger_tags (ledger_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let tags = self.tags.iter().take(MOST_TAGS).map(move |tag| statement!(sql, &*self.id, short(tag)));
        std::iter::once(row).chain(tags)
    }
}

/// The beginning, cut between characters.
fn short(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}

/// Operations on the ledger.
#[derive(Debug)]
pub struct Ledger<'a>(pub(crate) &'a Inner);

impl Ledger<'_> {
    /// Takes a row; it is written with the next batch.
    ///
    /// # Errors
    /// `LedgerFull` when the database is so far behind that the row is dropped. Budgets do not depend on it.
    pub fn record(&self, row: LedgerRow) -> Result<(), StoreError> {
        self.0.journal.record(row)
    }

    /// Rows that were dropped since the start, for a metric.
    pub fn dropped(&self) -> u64 {
        self.0.journal.dropped()
    }

    /// Rows that wait to be written, for a metric.
    pub fn backlog(&self) -> usize {
        self.0.journal.backlog()
    }

    /// Writes what waits now, for example before a report.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.0.journal.flush().await
    }

    /// Deletes rows that are older than the store keeps them, and spend of periods long past. Done every hour anyway.
    /// Returns how many rows of the ledger that were.
    pub async fn prune(&self) -> Result<u64, StoreError> {
        prune::now(&*self.0.database, &*self.0.clock, self.0.ledger_days).await
    }

    /// Sums of a workspace's requests, dearest group first.
    pub async fn usage(&self, filter: &UsageFilter, by: GroupBy) -> Result<Vec<(String, Usage)>, StoreError> {
        usage::grouped(&*self.0.database, filter, by).await
    }

    /// What a key used in the running period (api.md §7.2).
    pub async fn key_usage(
        &self,
        workspace: &str,
        key: &str,
        period: UsagePeriod,
    ) -> Result<KeyUsage, StoreError> {
        let key = self.0.keys().find(workspace, key).await?;
        usage::of_key(&*self.0.database, &key, period, self.0.clock.now()).await
    }
}
