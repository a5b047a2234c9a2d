//! Durable records in SQL, in the subset that SQLite and PostgreSQL share.
//!
//! One text of every statement serves both: integers are `BIGINT`, everything else is `TEXT`, parameters are
//! `$1`, `$2`, … and appear in that order for the first time (SQLite numbers them as they appear). So records
//! are written once, and a driver is a page long.

pub(crate) mod postgres;
mod schema;
pub(crate) mod sqlite;

use std::path::Path;

use async_trait::async_trait;

use self::schema::Engine;
use crate::error::StoreError;

/// What a column or parameter holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
}

/// One statement with its parameters.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) params: Vec<Value>,
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Parameters may be hashes and ciphertexts.
        formatter.debug_struct("Statement").field("sql", &self.sql).finish_non_exhaustive()
    }
}

/// `statement!(sql, a, b)`: each argument becomes a [`Value`].
macro_rules! statement {
    ($sql:expr $(, $param:expr)* $(,)?) => {
        $crate::database::Statement { sql: $sql, params: vec![$($crate::database::Value::from($param)),*] }
    };
}
pub(crate) use statement;

/// A row of a result, in the order of the selected columns.
#[derive(Debug)]
pub(crate) struct Row(pub(crate) std::vec::IntoIter<Value>);

/// Where durable records live.
#[async_trait]
pub(crate) trait Database: std::fmt::Debug + Send + Sync {
    /// Runs one statement and returns its rows. Changes are durable when it returns.
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError>;

    /// Runs all statements in one transaction, or none, and returns how many rows each changed.
    async fn transact(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError>;

    /// Writes a copy of everything to a new file, while others go on.
    async fn copy_to(&self, file: &Path) -> Result<(), StoreError>;

    /// Ends the connection, and any lock on a file with it.
    async fn close(&self);
}

impl Row {
    /// The next column.
    pub(crate) fn take<T: TryFrom<Value, Error = ()>>(
        &mut self,
        what: &'static str,
    ) -> Result<T, StoreError> {
        self.0.next().and_then(|value| T::try_from(value).ok()).ok_or(StoreError::Corrupt { what })
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u64> for Value {
    /// Above `i64::MAX`, which no count and no sum of money reaches, it is that.
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        // PostgreSQL takes every character but this one.
        Self::Text(text.replace('\0', "\u{fffd}"))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.contains('\0') { text.as_str().into() } else { Self::Text(text) }
    }
}

impl From<crate::clock::Timestamp> for Value {
    fn from(instant: crate::clock::Timestamp) -> Self {
        Self::Int(instant.0)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Conversions out of a [`Value`], each with its `Option`.
macro_rules! from_value {
    ($($type:ty: $pattern:pat => $value:expr),* $(,)?) => { $(
        impl TryFrom<Value> for $type {
            type Error = ();
            fn try_from(value: Value) -> Result<Self, ()> {
                match value { $pattern => $value, _ => Err(()) }
            }
        }
        impl TryFrom<Value> for Option<$type> {
            type Error = ();
            fn try_from(value: Value) -> Result<Self, ()> {
                if value == Value::Null { Ok(None) } else { <$type>::try_from(value).map(Some) }
            }
        }
    )* };
}

from_value! {
    i64: Value::Int(number) => Ok(number),
    u64: Value::Int(number) => u64::try_from(number).map_err(|_| ()),
    u32: Value::Int(number) => u32::try_from(number).map_err(|_| ()),
    bool: Value::Int(number) => Ok(number != 0),
    String: Value::Text(text) => Ok(text),
    crate::clock::Timestamp: Value::Int(number) => Ok(Self(number)),
    crate::clock::Day: Value::Int(number) => Ok(Self(number)),
    auriko_wire::money::NanoUsd: Value::Int(number) => u64::try_from(number).map(Self).map_err(|_| ()),
}

/// The scripts that a database of this version still lacks, one per step, each ending with the version's record.
fn pending_steps(version: Option<&str>, engine: Engine) -> Result<Vec<String>, StoreError> {
    let version: i64 =
        version.unwrap_or("0").parse().map_err(|_| StoreError::Corrupt { what: "schema version" })?;
    let known = i64::try_from(schema::STEPS.len()).unwrap_or(i64::MAX);
    let done = usize::try_from(version).ok().filter(|&done| done <= schema::STEPS.len());
    let Some(done) = done else { return Err(StoreError::NewerSchema { found: version, known }) };
    let scripts = schema::STEPS.iter().enumerate().skip(done).map(|(index, step)| {
        let record = format!(
            "INSERT INTO meta (name, value) VALUES ('schema_version', '{}')
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;",
            index + 1
        );
        let statements = step.statements(engine).iter().copied().chain([record.as_str()]);
        statements.collect::<Vec<_>>().join("; ")
    });
    Ok(scripts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_and_an_older_one_gets_what_it_lacks() {
        let pending = |version: Option<&str>| pending_steps(version, Engine::Sqlite);
        assert_eq!(pending(None).expect("steps").len(), schema::STEPS.len());
        assert_eq!(pending(Some(&schema::STEPS.len().to_string())).expect("steps").len(), 0);
        let error = pending(Some("999")).expect_err("newer").to_string();
        assert!(error.contains("999") && error.contains("upgrade"), "{error}");
        assert!(pending(Some("x")).is_err());
    }

    /// The rows of `select` in a file that had the first version with `row` and was opened by this one.
    async fn brought_up_to_date(row: &str, select: &'static str) -> Vec<Row> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("auriko.db");
        let old = rusqlite::Connection::open(&file).expect("opens");
        let first = pending_steps(None, Engine::Sqlite).expect("steps").swap_remove(0);
        old.execute_batch(&format!("{};{first}", schema::META)).expect("made");
        old.execute_batch(row).expect("written");
        drop(old);
        let database = sqlite::Sqlite::open(Some(&file)).expect("brought up to date");
        let rows = database.query(statement!(select)).await.expect("answers");
        database.close().await;
        rows
    }

    #[tokio::test]
    async fn reservations_of_the_first_version_draw_on_no_credit() {
        let row = "INSERT INTO reservations (id, workspace_id, day, amount) VALUES ('r', 'default', 1, 5)";
        let mut rows = brought_up_to_date(row, "SELECT amount, draws_credit FROM reservations").await;
        let mut row = rows.pop().expect("a row");
        let values: (u64, bool) = (row.take("amount").expect("there"), row.take("flag").expect("there"));
        assert_eq!(values, (5, false));
    }

    #[tokio::test]
    async fn the_ledger_of_the_first_version_is_kept_in_the_order_of_time() {
        let row = "INSERT INTO ledger (id, at, day, workspace_id, key_id, model, provider, byok, input_tokens,
            cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost, status, error_code, latency_ms,
            first_token_ms, user_id, trace_id)
            VALUES ('b', 2, 3, 'w', NULL, 'm', 'p', 0, 4, 5, 6, 7, 8, 9, 200, NULL, 10, 11, 'u', 't'),
            ('c', 1, 3, 'w', 'k', 'm', NULL, 1, 0, 0, 0, 0, 0, 0, 503, 'e', 0, NULL, NULL, NULL)";
        let select = "SELECT id, at, day, workspace_id, key_id, model, provider, byok, input_tokens, cached_tokens,
            cache_write_tokens, output_tokens, reasoning_tokens, cost, status, error_code, latency_ms, first_token_ms,
            user_id, trace_id FROM ledger";
        let rows = brought_up_to_date(row, select).await;
        let values: Vec<Vec<Value>> = rows.into_iter().map(|row| row.0.collect()).collect();
        let (int, text) = (Value::Int, |text: &str| Value::from(text));
        let mut second =
            vec![text("b"), int(2), int(3), text("w"), Value::Null, text("m"), text("p"), int(0)];
        second.extend([4, 5, 6, 7, 8, 9, 200].map(Value::Int));
        second.extend([Value::Null, int(10), int(11), text("u"), text("t")]);
        let mut first = vec![text("c"), int(1), int(3), text("w"), text("k"), text("m"), Value::Null, int(1)];
        first.extend([0, 0, 0, 0, 0, 0, 503].map(Value::Int));
        first.extend([text("e"), int(0), Value::Null, Value::Null, Value::Null]);
        assert_eq!(values, [first, second]);
    }

    #[test]
    fn a_statement_does_not_print_its_parameters() {
        let statement = statement!("SELECT $1", "ak_live_secret");
        assert_eq!(format!("{statement:?}"), "Statement { sql: \"SELECT $1\", .. }");
    }
}
