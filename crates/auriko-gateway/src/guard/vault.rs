//! The store of a gateway: opened when it is first needed, since a gateway can be made without a runtime.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use auriko_store::{Store, StoreError};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use crate::config::{StorePlace, StoreSettings};
use crate::health::{Health, exchange};

/// A store that may not be open yet. It outlives changes of the configuration.
#[derive(Debug)]
pub(crate) struct Vault {
    settings: StoreSettings,
    store: OnceCell<Store>,
    health: Arc<Health>,
    /// Tells other replicas of breakers, and hears of theirs.
    exchange: Mutex<Option<JoinHandle<()>>>,
    /// Whether callers need a key. It stays so: who revokes the last key does not mean to let everybody in.
    is_closed: AtomicBool,
    /// Nothing is remembered any more, so nothing may begin.
    has_ended: AtomicBool,
}

impl Vault {
    pub(crate) fn new(settings: StoreSettings, health: Arc<Health>) -> Self {
        Self {
            settings,
            store: OnceCell::new(),
            health,
            exchange: Mutex::default(),
            is_closed: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
        }
    }

    pub(crate) fn settings(&self) -> &StoreSettings {
        &self.settings
    }

    /// The store, opened by whoever comes first. A failure is not kept: the next one tries again.
    ///
    /// # Errors
    /// [`StoreError::Closed`] after [`Self::close`], and what opening it fails with.
    pub(crate) async fn store(&self) -> Result<&Store, StoreError> {
        if self.has_ended.load(Ordering::Relaxed) {
            return Err(StoreError::Closed);
        }
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        // Opening is large and rare; what asks for the store is in the future of every request.
        Box::pin(self.open()).await
    }

    async fn open(&self) -> Result<&Store, StoreError> {
        let open = || async {
            let config = self.settings.resolve(&|name| std::env::var(name).ok())?;
            let store = Store::open(config).await?;
            if matches!(self.settings.place, StorePlace::Cluster { .. }) {
                let running = tokio::spawn(exchange::run(store.clone(), Arc::clone(&self.health)));
                *self.exchange.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
            }
            Ok(store)
        };
        self.store.get_or_try_init(open).await
    }

    /// The store, if it is open.
    pub(crate) fn opened(&self) -> Option<&Store> {
        self.store.get()
    }

    /// From now on callers need a key.
    pub(crate) fn refuse_strangers(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Whether callers need a key, because one was made, here or by another replica.
    pub(crate) async fn needs_keys(&self) -> Result<bool, StoreError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Ok(true);
        }
        // Looked up at most every 0.8 s, so that the first key counts on every replica within a second.
        let found = self.store().await?.keys().exist().await?;
        if found {
            self.refuse_strangers();
        }
        Ok(found)
    }

    fn stop_exchange(&self) {
        if let Some(task) = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Writes what waits, if it is open.
    pub(crate) async fn flush(&self) {
        let Some(store) = self.store.get() else { return };
        if let Err(error) = store.ledger().flush().await {
            tracing::error!(%error, "what the store has to write could not be written");
        }
    }

    /// Writes what waits and closes it, if it is open. It is not opened again.
    pub(crate) async fn close(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        self.stop_exchange();
        let Some(store) = self.store.get() else { return };
        if let Err(error) = store.close().await {
            tracing::error!(%error, "the store could not be closed properly");
        }
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.stop_exchange();
    }
}
