//! Sums over the ledger.

use std::sync::Arc;

use auriko_wire::money::NanoUsd;

use crate::clock::{Day, Period, Timestamp};
use crate::database::{Database, Row, statement};
use crate::error::StoreError;
use crate::key::ApiKey;

/// By what requests are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Canonical model id.
    Model,
    /// Provider; requests that nobody served are in the group with the empty name.
    Provider,
    /// Key id; empty for requests without one.
    Key,
    /// Tag; a request counts in each of its tags, one without tags in none.
    Tag,
    /// Day in UTC, as `2026-11-23`.
    Day,
}

/// Which requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFilter {
    /// Whose.
    pub workspace: Arc<str>,
    /// Only those of one key. `None`: all.
    pub key: Option<Arc<str>>,
    /// From here on.
    pub since: Timestamp,
    /// Until before this instant.
    pub until: Timestamp,
}

/// Sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests.
    pub requests: u64,
    /// Of these, with a status of 400 or more.
    pub errors: u64,
    /// Of these, with status 429.
    pub rate_limited: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Of these, read from a cache.
    pub cached_tokens: u64,
    /// Of these, written to a cache.
    pub cache_write_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Of these, reasoning.
    pub reasoning_tokens: u64,
    /// What they cost.
    pub cost: NanoUsd,
    /// Requests that own keys served.
    pub byok_requests: u64,
    /// Of the cost, what own keys paid.
    pub byok_cost: NanoUsd,
}

/// The period of a key's usage, up to now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as on the wire")]
pub enum UsagePeriod {
    Day,
    Week,
    #[default]
    Month,
}

impl UsagePeriod {
    /// From the word on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Day, Self::Week, Self::Month].into_iter().find(|period| period.as_str() == word)
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    const fn period(self) -> Period {
        match self {
            Self::Day => Period::Daily,
            Self::Week => Period::Weekly,
            Self::Month => Period::Monthly,
        }
    }
}

/// What a key used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage {
    /// First day of the period.
    pub start: Day,
    /// Its last day, which may lie ahead.
    pub end: Day,
    /// The sums.
    pub usage: Usage,
}

/// A query over `ledger`, with what precedes the sums, and what joins and closes it.
macro_rules! select {
    ($group:literal, $join:literal, $end:literal) => {
        concat!(
            "SELECT ", $group, ", COUNT(*), ",
            "CAST(COALESCE(SUM(CASE WHEN status >= 400 THEN 1 ELSE 0 END), 0) AS BIGINT), ",
            "CAST(COALESCE(SUM(CASE WHEN status = 429 THEN 1 ELSE 0 END), 0) AS BIGINT), ",
            "CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(cached_tokens), 0) AS BIGINT), ",
            "CAST(COALESCE(SUM(cache_write_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT), ",
            "CAST(COALESCE(SUM(reasoning_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(cost), 0) AS BIGINT), ",
            "CAST(COALESCE(SUM(byok), 0) AS BIGINT), CAST(COALESCE(SUM(byok * cost), 0) AS BIGINT) ",
            "FROM ledger ", $join,
            " WHERE workspace_id = $1 AND at >= $2 AND at < $3 AND ($4 = '' OR key_id = $5) ", $end
        )
    };
}

pub(super) async fn grouped(
    database: &dyn Database,
    filter: &UsageFilter,
    by: GroupBy,
) -> Result<Vec<(String, Usage)>, StoreError> {
    let sql = match by {
        GroupBy::Model => select!("model", "", "GROUP BY model ORDER BY SUM(cost) DESC, model"),
        GroupBy::Provider => select!(
            "COALESCE(provider, '')",
            "",
            "GROUP BY COALESCE(provider, '') ORDER BY SUM(cost) DESC, COALESCE(provider, '')"
        ),
        GroupBy::Key => select!(
            "COALESCE(key_id, '')",
            "",
            "GROUP BY COALESCE(key_id, '') ORDER BY SUM(cost) DESC, COALESCE(key_id, '')"
        ),
        GroupBy::Tag => select!(
            "tag",
            "JOIN ledger_tags ON ledger_tags.ledger_id = ledger.id",
            "GROUP BY tag ORDER BY SUM(cost) DESC, tag"
        ),
        GroupBy::Day => select!("day", "", "GROUP BY day ORDER BY SUM(cost) DESC, day"),
    };
    let rows = database.query(filter.statement(sql)).await?;
    rows.into_iter()
        .map(|mut row| {
            let name = match by {
                GroupBy::Day => row.take::<Day>("ledger row")?.to_string(),
                _ => row.take("ledger row")?,
            };
            Ok((name, read(row)?))
        })
        .collect()
}

pub(super) async fn of_key(
    database: &dyn Database,
    key: &ApiKey,
    period: UsagePeriod,
    now: Timestamp,
) -> Result<KeyUsage, StoreError> {
    let (start, next) = (period.period().start(now.day()), period.period().next_start(now.day()));
    let filter = UsageFilter {
        workspace: Arc::clone(&key.workspace),
        key: Some(Arc::clone(&key.id)),
        since: start.starts_at(),
        until: next.starts_at(),
    };
    let mut rows = database.query(filter.statement(select!("1", "", ""))).await?;
    let mut row = rows.pop().ok_or(StoreError::Corrupt { what: "ledger row" })?;
    row.take::<i64>("ledger row")?;
    Ok(KeyUsage { start, end: Day(next.0 - 1), usage: read(row)? })
}

impl UsageFilter {
    fn statement(&self, sql: &'static str) -> crate::database::Statement {
        let key = self.key.as_deref().unwrap_or("");
        statement!(sql, &*self.workspace, self.since, self.until, key, key)
    }
}

fn read(mut row: Row) -> Result<Usage, StoreError> {
    let what = "ledger row";
    Ok(Usage {
        requests: row.take(what)?,
        errors: row.take(what)?,
        rate_limited: row.take(what)?,
        input_tokens: row.take(what)?,
        cached_tokens: row.take(what)?,
        cache_write_tokens: row.take(what)?,
        output_tokens: row.take(what)?,
        reasoning_tokens: row.take(what)?,
        cost: row.take(what)?,
        byok_requests: row.take(what)?,
        byok_cost: row.take(what)?,
    })
}
