//! The store: opens its two halves, owns what runs in the background, hands out the operations.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::breaker::Breakers;
use crate::budget::{Budget, Budgets};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{ALLOWED_FOR, Backend, FILE_NAME, StoreConfig, WhenUnreachable};
use crate::credit::Credits;
use crate::database::postgres::Postgres;
use crate::database::sqlite::Sqlite;
use crate::database::{Database, statement};
use crate::error::StoreError;
use crate::hot::HotState;
use crate::hot::embedded::Embedded;
use crate::hot::redis::Redis;
use crate::idempotency::Idempotency;
use crate::journal::Journal;
use crate::key::{Keys, KnownKey};
use crate::ledger::Ledger;
use crate::limit::Limits;
use crate::own_key::{OwnKeys, SealedKeys};
use crate::prune;
use crate::secret::{self, Keyring};
use crate::workspace::{DEFAULT_WORKSPACE, Workspaces};

/// A month's usage is summed from the ledger.
const LEAST_LEDGER_DAYS: u32 = 31;

/// What a gateway remembers. Cheap to clone; all clones are one store.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

/// What all clones share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) database: Arc<dyn Database>,
    pub(crate) hot: Arc<dyn HotState>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keyring: Keyring,
    pub(crate) keys: Cache<String, Option<KnownKey>>,
    pub(crate) budgets: Cache<Arc<str>, Arc<[Arc<Budget>]>>,
    /// As they are stored: what is remembered is encrypted.
    pub(crate) own_keys: Cache<Arc<str>, Arc<SealedKeys>>,
    /// Whether there are keys.
    pub(crate) any_keys: Cache<(), bool>,
    pub(crate) when_unreachable: WhenUnreachable,
    pub(crate) ledger_days: u32,
    pub(crate) counts_credit: bool,
    /// Writes the journal, and prunes.
    background: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Opens a store, brings its tables up to date, and makes the workspace [`DEFAULT_WORKSPACE`]. Must be called
    /// in a tokio runtime with time and I/O, which also runs its background work.
    ///
    /// # Errors
    /// `InUse`: another process has the file. `WrongMasterKey`: the records were written under another one.
    /// `NewerSchema`: by a newer version. `Configuration`, `Unavailable`: what they say.
    pub async fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let StoreConfig {
            backend,
            master_key,
            flush_interval,
            when_unreachable,
            ledger_days,
            counts_credit,
            clock,
        } = config;
        if ledger_days < LEAST_LEDGER_DAYS {
            let problem = format!("must be at least {LEAST_LEDGER_DAYS}: a month's usage is summed from it");
            return Err(StoreError::Configuration { field: "ledger_days", problem });
        }
        let database: Arc<dyn Database> = match &backend {
            Backend::Memory => Arc::new(Sqlite::open(None)?),
            Backend::Directory(directory) => {
                std::fs::create_dir_all(directory).map_err(StoreError::database)?;
                Arc::new(Sqlite::open(Some(&directory.join(FILE_NAME)))?)
            }
            Backend::Cluster(cluster) => {
                // Fails when the process has chosen one, which is as good.
                let _ = rustls::crypto::ring::default_provider().install_default();
                Arc::new(Postgres::open(cluster).await?)
            }
        };
        let keyring = Keyring::new(&master_key);
        check_master_key(&*database, &keyring).await?;
        let journal = Arc::new(Journal::new(Arc::clone(&database), Arc::clone(&clock)));
        let hot: Arc<dyn HotState> = match &backend {
            Backend::Cluster(cluster) => {
                Arc::new(Redis::open(cluster, Arc::clone(&database), Arc::clone(&journal)).await?)
            }
            Backend::Memory | Backend::Directory(_) => {
                Arc::new(Embedded::open(Arc::clone(&database), Arc::clone(&journal), clock.now()).await?)
            }
        };
        let writer = Arc::clone(&journal);
        let writer = tokio::spawn(async move { writer.run(flush_interval).await });
        let keeps_for = (when_unreachable == WhenUnreachable::Allow).then_some(ALLOWED_FOR);
        let pruner = tokio::spawn(prune::run(Arc::clone(&database), Arc::clone(&clock), ledger_days));
        let store = Self(Arc::new(Inner {
            database,
            hot,
            journal,
            clock,
            keyring,
            keys: Cache::new(keeps_for),
            budgets: Cache::new(keeps_for),
            own_keys: Cache::new(keeps_for),
            any_keys: Cache::new(keeps_for),
            when_unreachable,
            ledger_days,
            counts_credit,
            background: Mutex::new(vec![writer, pruner]),
        }));
        store.workspaces().ensure(DEFAULT_WORKSPACE, "Default").await?;
        Ok(store)
    }

    /// Workspaces.
    pub fn workspaces(&self) -> Workspaces<'_> {
        self.0.workspaces()
    }

    /// Gateway keys.
    pub fn keys(&self) -> Keys<'_> {
        self.0.keys()
    }

    /// Budgets and reservations.
    pub fn budgets(&self) -> Budgets<'_> {
        Budgets(&self.0)
    }

    /// Credit of workspaces.
    pub fn credits(&self) -> Credits<'_> {
        Credits(&self.0)
    }

    /// Rate limits.
    pub fn limits(&self) -> Limits<'_> {
        Limits(&self.0)
    }

    /// Own keys of workspaces.
    pub fn own_keys(&self) -> OwnKeys<'_> {
        OwnKeys(&self.0)
    }

    /// Idempotency of management calls.
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency(&self.0)
    }

    /// Circuit breakers.
    pub fn breakers(&self) -> Breakers<'_> {
        Breakers(&self.0)
    }

    /// The ledger.
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger(&self.0)
    }

    /// Whether a request goes on although the store failed with `error`: by [`StoreConfig::when_unreachable`].
    pub fn tolerates(&self, error: &StoreError) -> bool {
        self.0.tolerates(error)
    }

    /// Whether all its servers answer, for `/readyz`.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.0.database.query(statement!("SELECT value FROM meta WHERE name = 'schema_version'")).await?;
        self.0.hot.ping().await
    }

    /// Writes everything, what waits included, to a new file that only its owner may read; the embedded store only. It can
    /// be opened in place of the store's own file, under the same master key; reservations that had not ended then count
    /// as spend. Others wait while it is written: about a second per some hundred megabytes.
    ///
    /// # Errors
    /// `Duplicate`: the file exists. `Invalid`: the store is a server's.
    pub async fn back_up(&self, file: &Path) -> Result<(), StoreError> {
        self.0.journal.flush().await?;
        self.0.database.copy_to(file).await
    }

    /// Writes what waits and closes. Reservations that have not ended become spend when the store is opened again,
    /// so settle or release them before.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.hot.close().await;
        self.0.stop_background();
        let written = self.0.journal.flush().await;
        self.0.database.close().await;
        written
    }

    /// Ends as if the process had been killed: nothing that waits is written, nothing is released. For tests of what
    /// a crash leaves.
    #[doc(hidden)]
    pub async fn abandon(&self) {
        self.0.hot.abandon();
        self.0.stop_background();
        self.0.database.close().await;
    }
}

impl Inner {
    pub(crate) fn workspaces(&self) -> Workspaces<'_> {
        Workspaces(self)
    }

    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// Whether a request goes on although the store failed with `error`.
    pub(crate) fn tolerates(&self, error: &StoreError) -> bool {
        self.when_unreachable == WhenUnreachable::Allow && error.is_unavailable()
    }

    fn stop_background(&self) {
        for task in self.background.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop_background();
        self.hot.abandon();
    }
}

/// The first to open a store leaves a mark that depends on its master key.
async fn check_master_key(database: &dyn Database, keyring: &Keyring) -> Result<(), StoreError> {
    let insert = "INSERT INTO meta (name, value) VALUES ('canary', $1) ON CONFLICT DO NOTHING";
    database.transact(vec![statement!(insert, keyring.canary())]).await?;
    let mut rows = database.query(statement!("SELECT value FROM meta WHERE name = 'canary'")).await?;
    let mut row = rows.pop().ok_or(StoreError::Corrupt { what: "canary" })?;
    let stored: String = row.take("canary")?;
    if secret::is_equal(&stored, keyring.canary()) { Ok(()) } else { Err(StoreError::WrongMasterKey) }
}

/// A text from a caller, of a length in characters.
pub(crate) fn text_of_length(
    field: &'static str,
    text: &str,
    length: RangeInclusive<usize>,
) -> Result<String, StoreError> {
    if length.contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let problem = format!("must be {}–{} characters long", length.start(), length.end());
    Err(StoreError::invalid(field, problem))
}
