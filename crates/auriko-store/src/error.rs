//! Why the store could not do what it was asked, in the terms a gateway can act on.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Failures of each part since the start of the process, for a metric.
static FAILURES: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// What may be out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The SQLite file or PostgreSQL: durable records.
    Database,
    /// Redis or Valkey: reservations, rate limits, breakers and idempotency of a cluster.
    HotState,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Database, Self::HotState];

    /// How often it did not answer, or refused, since the start of the process, over all stores that it has opened.
    pub fn failures(self) -> u64 {
        FAILURES[self as usize].load(Ordering::Relaxed)
    }

    fn count_failure(self) -> Self {
        FAILURES[self as usize].fetch_add(1, Ordering::Relaxed);
        self
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Database => "database",
            Self::HotState => "hot state (Redis)",
        })
    }
}

/// A failed operation. Holds no key, no secret and no connection string.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A server or the disk did not answer. Whether to let requests through is the gateway's choice.
    #[error("the {part} of the store is unavailable; try again, and check that it runs and can be reached")]
    Unavailable {
        /// Which one.
        part: Part,
        /// The driver's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It was closed, and stays so.
    #[error("the store is closed")]
    Closed,
    /// No such record, or it belongs to another workspace (G-39).
    #[error("no {what} has the id `{id}` in this workspace")]
    NotFound {
        /// Kind of record.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// A record with the same identity exists.
    #[error("a {what} with the same {fields} exists; change that one instead")]
    Duplicate {
        /// Kind of record.
        what: &'static str,
        /// What must be unique.
        fields: &'static str,
    },
    /// A value that no record can have.
    #[error("`{field}` {problem}")]
    Invalid {
        /// Name of the field on the wire.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The data was written under another master key.
    #[error("the master key is not the one this store was created with; restore the former key")]
    WrongMasterKey,
    /// Another process has the file open. The embedded store belongs to one process.
    #[error(
        "the store file {path} is in use by another process; stop it, or give this one its own data directory"
    )]
    InUse {
        /// The file.
        path: String,
    },
    /// The data was written by a newer version.
    #[error("the store has schema version {found}, this version knows {known}; upgrade the gateway")]
    NewerSchema {
        /// As stored.
        found: i64,
        /// The newest one this code can read.
        known: i64,
    },
    /// More ledger rows wait for the database than the buffer takes.
    #[error("the ledger is behind by more than its buffer; the row was dropped")]
    LedgerFull,
    /// A record that this code can't read.
    #[error("the store holds a {what} that can't be read")]
    Corrupt {
        /// Kind of record.
        what: &'static str,
    },
    /// A configuration that can't work.
    #[error("the store can't be opened: `{field}` {problem}")]
    Configuration {
        /// Option.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl StoreError {
    pub(crate) fn database(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { part: Part::Database.count_failure(), source: source.into() }
    }

    pub(crate) fn hot_state(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { part: Part::HotState.count_failure(), source: source.into() }
    }

    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid { field, problem: problem.into() }
    }

    /// Whether the same call may succeed later.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::LedgerFull)
    }
}
