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
fn pending_steps(version: Option<&str>) -> Result<Vec<String>, StoreError> {
    let version: i64 =
        version.unwrap_or("0").parse().map_err(|_| StoreError::Corrupt { what: "schema version" })?;
    let known = i64::try_from(schema::STEPS.len()).unwrap_or(i64::MAX);
    let done = usize::try_from(version).ok().filter(|&done| done <= schema::STEPS.len());
    let Some(done) = done else { return Err(StoreError::NewerSchema { found: version, known }) };
    let scripts = schema::STEPS.iter().enumerate().skip(done).map(|(index, statements)| {
        format!(
            "{}; INSERT INTO meta (name, value) VALUES ('schema_version', '{}')
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;",
            statements.join("; "),
            index + 1
        )
    });
    Ok(scripts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_and_an_older_one_gets_what_it_lacks() {
        assert_eq!(pending_steps(None).expect("steps").len(), schema::STEPS.len());
        assert_eq!(pending_steps(Some(&schema::STEPS.len().to_string())).expect("steps").len(), 0);
        let error = pending_steps(Some("999")).expect_err("newer").to_string();
        assert!(error.contains("999") && error.contains("upgrade"), "{error}");
        assert!(pending_steps(Some("x")).is_err());
    }

    #[tokio::test]
    async fn reservations_of_the_first_version_draw_on_no_credit() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("auriko.db");
        let old = rusqlite::Connection::open(&file).expect("opens");
        let first = pending_steps(None).expect("steps").swap_remove(0);
        old.execute_batch(&format!("{};{first}", schema::META)).expect("made");
        let row = "INSERT INTO reservations (id, workspace_id, day, amount) VALUES ('r', 'default', 1, 5)";
        old.execute_batch(row).expect("written");
        drop(old);
        let database = sqlite::Sqlite::open(Some(&file)).expect("brought up to date");
        let sql = "SELECT amount, draws_credit FROM reservations";
        let mut row = database.query(statement!(sql)).await.expect("answers").pop().expect("a row");
        let values: (u64, bool) = (row.take("amount").expect("there"), row.take("flag").expect("there"));
        assert_eq!(values, (5, false));
        database.close().await;
    }

    #[test]
    fn a_statement_does_not_print_its_parameters() {
        let statement = statement!("SELECT $1", "ak_live_secret");
        assert_eq!(format!("{statement:?}"), "Statement { sql: \"SELECT $1\", .. }");
    }
}
