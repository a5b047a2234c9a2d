//! How a store is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::clock::{Clock, SystemClock};
use crate::secret::MasterKey;

/// How long rows of the ledger are kept unless the configuration says: a quarter, for bills that are disputed late.
const LEDGER_DAYS: u32 = 90;

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "auriko.db";

/// Where a store keeps its records.
#[derive(Debug, Clone)]
pub enum Backend {
    /// In this process only; gone when it ends.
    Memory,
    /// One SQLite file, [`FILE_NAME`], in this directory, which is made if need be. For one process.
    Directory(PathBuf),
    /// PostgreSQL and Redis or Valkey, for any number of replicas.
    Cluster(Cluster),
}

/// The servers of a cluster.
#[derive(Clone)]
pub struct Cluster {
    /// `postgresql://user:password@host:5432/database`. With `?sslmode=require` the connection is encrypted, and the
    /// server's certificate must be valid for the system's roots (or those of `SSL_CERT_FILE`); else it is in clear.
    pub database_url: SecretString,
    /// `redis://:password@host:6379/0`, or `rediss://…` for an encrypted connection. The server must not evict keys (`maxmemory-policy noeviction`), and should
    /// write an append-only file.
    pub redis_url: SecretString,
    /// Begins the names of all keys in Redis; replicas of one gateway use the same.
    pub prefix: String,
    /// Connections to PostgreSQL per replica.
    pub connections: usize,
    /// A replica that gives no sign for this long is taken for dead: what it had reserved becomes spend.
    /// At least 100 ms; it gives a sign five times in between.
    pub lease: Duration,
}

impl Cluster {
    /// With the usual settings: prefix `auriko:`, 8 connections, a lease of 15 s.
    pub fn new(database_url: impl Into<SecretString>, redis_url: impl Into<SecretString>) -> Self {
        Self {
            database_url: database_url.into(),
            redis_url: redis_url.into(),
            prefix: "auriko:".to_owned(),
            connections: 8,
            lease: Duration::from_secs(15),
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs hold passwords.
        let mut shown = formatter.debug_struct("Cluster");
        shown
            .field("prefix", &self.prefix)
            .field("connections", &self.connections)
            .field("lease", &self.lease);
        shown.finish_non_exhaustive()
    }
}

/// What becomes of requests while a server of the store, or its disk, does not answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenUnreachable {
    /// They fail with `Unavailable`: no budget is exceeded, and nothing goes uncounted.
    #[default]
    Refuse,
    /// They go on where this process knows enough: keys and budgets as they were last seen, for at most
    /// [`ALLOWED_FOR`]; no rate limit; no budget is checked. What they spend is booked, once, when the store is back,
    /// as long as this process lives.
    Allow,
}

/// How long a record that can't be looked up again counts as it was, with [`WhenUnreachable::Allow`].
pub const ALLOWED_FOR: Duration = Duration::from_secs(3600);

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Where it keeps its records.
    pub backend: Backend,
    /// Protects keys and own keys; always the same one for the same records.
    pub master_key: MasterKey,
    /// How often ledger rows and spend are written. Default 250 ms: what a process that is killed may lose of the
    /// ledger.
    pub flush_interval: Duration,
    /// What becomes of requests while the store is out of reach. Default: they are refused.
    pub when_unreachable: WhenUnreachable,
    /// Days that rows of the ledger are kept, at least 31, since a month's usage is summed from them. Default 90.
    pub ledger_days: u32,
    /// Whether what is spent on keys of the gateway draws on the credit of its workspace, so that who has bought none can't
    /// spend any. The same for all replicas. Default: no.
    pub counts_credit: bool,
    /// Where the time is read.
    pub clock: Arc<dyn Clock>,
}

impl StoreConfig {
    /// With the usual settings.
    pub fn new(backend: Backend, master_key: MasterKey) -> Self {
        Self {
            backend,
            master_key,
            flush_interval: Duration::from_millis(250),
            when_unreachable: WhenUnreachable::default(),
            ledger_days: LEDGER_DAYS,
            counts_credit: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// Everything in memory, under a fresh master key.
    pub fn in_memory() -> Self {
        Self::new(Backend::Memory, MasterKey::generate())
    }
}
