//! Where a test plays: a backend, a clock, and any number of replicas.

use std::sync::Arc;
use std::time::Duration;

use auriko_store::clock::{Day, ManualClock};
use auriko_store::{Backend, Cluster, MasterKey, Store, StoreConfig};
use auriko_wire::money::NanoUsd;

use crate::servers;

/// Monday, 23 November 2026.
pub(crate) const MONDAY: Day = Day(20_780);

pub(crate) struct Stage {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) config: StoreConfig,
    /// The only process of an embedded store.
    single: tokio::sync::Mutex<Option<Store>>,
    _folder: Option<tempfile::TempDir>,
}

impl Stage {
    fn new(backend: Backend, folder: Option<tempfile::TempDir>) -> Self {
        let clock = Arc::new(ManualClock::new(MONDAY.starts_at().after(Duration::from_secs(12 * 3600))));
        let config = StoreConfig {
            clock: Arc::clone(&clock) as _,
            flush_interval: Duration::from_millis(50),
            ..StoreConfig::new(backend, MasterKey::new([7; 32]))
        };
        Self { clock, config, single: tokio::sync::Mutex::new(None), _folder: folder }
    }

    #[expect(clippy::unused_async, reason = "as the others")]
    pub(crate) async fn memory() -> Option<Self> {
        Some(Self::new(Backend::Memory, None))
    }

    #[expect(clippy::unused_async, reason = "as the others")]
    pub(crate) async fn file() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self::new(Backend::Directory(folder.path().join("data")), Some(folder)))
    }

    pub(crate) async fn cluster() -> Option<Self> {
        let redis = tokio::task::spawn_blocking(servers::redis).await.expect("runs");
        Self::cluster_on(redis).await
    }

    /// With a Redis of the test's own.
    pub(crate) async fn cluster_on(redis_url: Option<String>) -> Option<Self> {
        let database = tokio::task::spawn_blocking(servers::database).await.expect("runs");
        let (Some(database), Some(redis)) = (database, redis_url) else {
            let notice =
                "left out: PostgreSQL or Redis is not installed (apt-get install postgresql redis-server)";
            #[expect(clippy::print_stderr, reason = "a notice for whoever runs the tests")]
            {
                eprintln!("{notice}");
            }
            return None;
        };
        let cluster = Cluster {
            prefix: format!("test{}:", servers::folder_name()),
            lease: Duration::from_secs(1),
            connections: 4,
            ..Cluster::new(database, redis)
        };
        Some(Self::new(Backend::Cluster(cluster), None))
    }

    /// The same place, where spend draws on credit.
    pub(crate) fn with_credit(&self) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            config: StoreConfig { counts_credit: true, ..self.config.clone() },
            single: tokio::sync::Mutex::new(None),
            _folder: None,
        }
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.config.backend, Backend::Cluster(_))
    }

    /// Whether records outlive a process.
    pub(crate) fn is_durable(&self) -> bool {
        !matches!(self.config.backend, Backend::Memory)
    }

    /// A replica: another process of a cluster, the only one of an embedded store.
    pub(crate) async fn replica(&self) -> Store {
        if self.is_cluster() {
            return Store::open(self.config.clone()).await.expect("opens");
        }
        let mut single = self.single.lock().await;
        if single.is_none() {
            *single = Some(Store::open(self.config.clone()).await.expect("opens"));
        }
        single.clone().expect("just opened")
    }

    /// As if the process was killed, and another one started.
    pub(crate) async fn crash(&self, store: Store) -> Store {
        store.abandon().await;
        *self.single.lock().await = None;
        drop(store);
        self.replica().await
    }
}

/// Asks again and again until it holds.
pub(crate) async fn eventually<F: AsyncFn() -> bool>(what: &str, holds: F) {
    let start = servers::now();
    while !holds().await {
        assert!(servers::now() - start < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn usd(dollars: u64) -> NanoUsd {
    NanoUsd(dollars * 1_000_000_000)
}

pub(crate) fn cents(cents: u64) -> NanoUsd {
    NanoUsd(cents * 10_000_000)
}
