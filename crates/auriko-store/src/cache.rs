//! Records that every request needs, kept for less than a second.
//!
//! A revoked key or a changed budget must hold on every replica within a second, without a message between
//! replicas; so each looks again that often. Whoever changes a record in this process clears it here at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::error::StoreError;

/// Below the second that is promised, by the time a look-up may take.
pub(crate) const LIFETIME: Duration = Duration::from_millis(800);

/// Entries at most; above, all are dropped. Keeps a flood of invented keys from filling the memory.
const CAPACITY: usize = 50_000;

struct Entry<V> {
    since: Instant,
    value: OnceCell<V>,
}

/// Values by key, each looked up once however many ask at the same time.
pub(crate) struct Cache<K, V> {
    entries: Mutex<HashMap<K, Arc<Entry<V>>>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::new(HashMap::new()) }
    }

    /// The value, looked up by polling `load` if it is not known or too old. A failure is not kept.
    pub(crate) async fn get(
        &self,
        key: &K,
        load: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<V, StoreError> {
        let entry = self.entry(key);
        entry.value.get_or_try_init(|| load).await.cloned()
    }

    /// The value, if it is known and young enough.
    pub(crate) fn recent(&self, key: &K) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key).filter(|entry| entry.since.elapsed() < LIFETIME)?;
        entry.value.get().cloned()
    }

    /// Forgets what is too old to be given out.
    pub(crate) fn forget_old(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.since.elapsed() < LIFETIME);
    }

    /// Forgets one. A look-up that is under way does not bring it back.
    pub(crate) fn forget(&self, key: &K) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Forgets all that `is_stale` says.
    pub(crate) fn forget_where(&self, is_stale: impl Fn(&V) -> bool) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        // An entry that is being looked up may be stale as well.
        entries.retain(|_, entry| entry.value.get().is_some_and(|value| !is_stale(value)));
    }

    fn entry(&self, key: &K) -> Arc<Entry<V>> {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(key).filter(|entry| now.duration_since(entry.since) < LIFETIME) {
            return Arc::clone(entry);
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        // The age counts from before the look-up: what changes during it is seen in time.
        let entry = Arc::new(Entry { since: now, value: OnceCell::new() });
        entries.insert(key.clone(), Arc::clone(&entry));
        entry
    }
}

impl<K, V> std::fmt::Debug for Cache<K, V> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Cache")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_value_is_looked_up_once_until_it_is_old_or_forgotten() {
        let cache = Cache::new();
        let lookups = AtomicU32::new(0);
        let ask = async || {
            cache
                .get(&"key", async { Ok(lookups.fetch_add(1, Ordering::Relaxed) + 1) })
                .await
                .expect("a value")
        };
        assert_eq!((ask().await, ask().await), (1, 1));
        tokio::time::advance(LIFETIME * 99 / 100).await;
        cache.forget_old();
        assert_eq!((ask().await, cache.recent(&"key")), (1, Some(1)));
        tokio::time::advance(LIFETIME / 100).await;
        assert_eq!(cache.recent(&"key"), None);
        cache.forget_old();
        assert!(cache.entries.lock().expect("sound").is_empty(), "what is old does not stay in memory");
        assert_eq!(ask().await, 2);
        cache.forget(&"key");
        assert_eq!(ask().await, 3);
        cache.forget_where(|value| *value == 4);
        assert_eq!(ask().await, 3);
        cache.forget_where(|value| *value == 3);
        assert_eq!(ask().await, 4);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cache = Cache::new();
        assert!(cache.get(&1, async { Err(StoreError::LedgerFull) }).await.is_err());
        assert_eq!(cache.get(&1, async { Ok(7) }).await.expect("a value"), 7);
    }
}
