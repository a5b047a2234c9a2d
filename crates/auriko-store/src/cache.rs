//! Records that every request needs, kept for less than a second.
//!
//! A revoked key or a changed budget must hold on every replica within a second, without a message between
//! replicas; so each looks again that often. Whoever changes a record in this process clears it here at once.
//!
//! Where requests go on without the store, a record that can't be looked up counts as it was for a while. Then one
//! request at a time asks, and the others do not wait for it.

use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use crate::error::StoreError;

/// Below the second that is promised, by the time a look-up may take.
pub(crate) const LIFETIME: Duration = Duration::from_millis(800);

/// How long a look-up is waited for: a request hangs on it. A server that hangs takes forever.
const PATIENCE: Duration = Duration::from_secs(3);

/// The same for a server that did not answer a moment ago, where it is known what counts instead. One that is well answers in
/// a tenth of it.
const DOUBT: Duration = Duration::from_millis(250);

/// Entries at most; above, all are dropped. Keeps a flood of invented keys from filling the memory.
const CAPACITY: usize = 50_000;

struct Entry<V> {
    since: Instant,
    value: OnceCell<V>,
    /// What it was, and when that was looked up.
    before: Option<(Instant, V)>,
    /// Whether the last look-up failed.
    is_doubtful: AtomicBool,
    /// Whether somebody looks it up.
    is_asked: AtomicBool,
}

/// Values by key, each looked up once however many ask at the same time.
pub(crate) struct Cache<K, V> {
    entries: Mutex<HashMap<K, Arc<Entry<V>>>>,
    /// How long a value counts that can't be looked up again. `None`: no longer than usual.
    keeps_for: Option<Duration>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new(keeps_for: Option<Duration>) -> Self {
        Self { entries: Mutex::new(HashMap::default()), keeps_for }
    }

    /// The value, looked up by polling `load` if it is not known or too old. A failure is not kept.
    pub(crate) async fn get(
        &self,
        key: &K,
        load: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<V, StoreError> {
        let entry = self.entry(key);
        if let Some(value) = entry.value.get() {
            return Ok(value.clone());
        }
        let mut patience = PATIENCE;
        if let Some((_, before)) = &entry.before
            && entry.is_doubtful.load(Ordering::Relaxed)
        {
            if entry.is_asked.swap(true, Ordering::Relaxed) {
                return Ok(before.clone());
            }
            patience = DOUBT;
        }
        let looking_up = entry.value.get_or_try_init(|| async {
            let found = load.await?;
            entry.is_doubtful.store(false, Ordering::Relaxed);
            Ok(found)
        });
        // Whoever waits for another's look-up does not wait for his patience and then for his own.
        let looked_up =
            timeout(patience, looking_up).await.unwrap_or_else(|elapsed| Err(StoreError::database(elapsed)));
        match (looked_up, &entry.before) {
            (Ok(value), _) => Ok(value.clone()),
            (Err(error), Some((looked_up_at, before))) if error.is_unavailable() => {
                self.keep(key, &entry, *looked_up_at, before);
                Ok(before.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// The value, if it is known and young enough.
    pub(crate) fn recent(&self, key: &K) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key).filter(|entry| entry.since.elapsed() < LIFETIME)?;
        entry.value.get().cloned()
    }

    /// Forgets one. A look-up that is under way does not bring it back.
    pub(crate) fn forget(&self, key: &K) {
        self.entries().remove(key);
    }

    /// Forgets all that `is_stale` says.
    pub(crate) fn forget_where(&self, is_stale: impl Fn(&V) -> bool) {
        // An entry that is being looked up may be stale as well.
        self.entries().retain(|_, entry| entry.value.get().is_some_and(|value| !is_stale(value)));
    }

    fn entry(&self, key: &K) -> Arc<Entry<V>> {
        let now = Instant::now();
        let mut entries = self.entries();
        let old = entries.get(key);
        if let Some(entry) = old.filter(|entry| now.duration_since(entry.since) < LIFETIME) {
            return Arc::clone(entry);
        }
        let before = old.and_then(|old| self.remembered(old, now));
        let was_doubtful =
            |old: &Arc<Entry<V>>| old.is_doubtful.load(Ordering::Relaxed) || old.value.get().is_none();
        let is_doubtful = AtomicBool::new(old.is_some_and(was_doubtful));
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        // The age counts from before the look-up: what changes during it is seen in time.
        let is_asked = AtomicBool::new(false);
        let entry = Arc::new(Entry { since: now, value: OnceCell::new(), before, is_doubtful, is_asked });
        entries.insert(key.clone(), Arc::clone(&entry));
        entry
    }

    /// What an old entry is still good for when nobody can be asked.
    fn remembered(&self, old: &Entry<V>, now: Instant) -> Option<(Instant, V)> {
        let keeps_for = self.keeps_for?;
        let known = match (&old.before, old.value.get()) {
            // A value that is not doubtful was looked up then.
            (_, Some(value)) if !old.is_doubtful.load(Ordering::Relaxed) => Some((old.since, value.clone())),
            (before, _) => before.clone(),
        };
        known.filter(|(looked_up_at, _)| now.duration_since(*looked_up_at) < keeps_for)
    }

    /// Lets a value count for another while, since nobody could be asked; unless it was forgotten meanwhile.
    fn keep(&self, key: &K, asked: &Arc<Entry<V>>, looked_up_at: Instant, value: &V) {
        let mut entries = self.entries();
        let Some(present) = entries.get_mut(key).filter(|present| Arc::ptr_eq(present, asked)) else {
            return;
        };
        *present = Arc::new(Entry {
            since: Instant::now(),
            value: OnceCell::new_with(Some(value.clone())),
            before: Some((looked_up_at, value.clone())),
            is_doubtful: AtomicBool::new(true),
            is_asked: AtomicBool::new(false),
        });
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, Arc<Entry<V>>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
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
        let cache = Cache::new(None);
        let lookups = AtomicU32::new(0);
        let ask = async || {
            cache
                .get(&"key", async { Ok(lookups.fetch_add(1, Ordering::Relaxed) + 1) })
                .await
                .expect("a value")
        };
        assert_eq!((ask().await, ask().await), (1, 1));
        tokio::time::advance(LIFETIME * 99 / 100).await;
        assert_eq!((ask().await, cache.recent(&"key")), (1, Some(1)));
        tokio::time::advance(LIFETIME / 100).await;
        assert_eq!(cache.recent(&"key"), None);
        assert_eq!(ask().await, 2);
        cache.forget(&"key");
        assert_eq!(ask().await, 3);
        cache.forget_where(|value| *value == 4);
        assert_eq!(ask().await, 3);
        cache.forget_where(|value| *value == 3);
        assert_eq!(ask().await, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_for_one_look_up() {
        let cache = Cache::<_, u32>::new(None);
        let start = Instant::now();
        let wait = || cache.get(&1, std::future::pending());
        let (one, other, third) = tokio::join!(wait(), wait(), wait());
        assert!(one.is_err() && other.is_err() && third.is_err());
        assert_eq!(start.elapsed(), PATIENCE);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cache = Cache::new(None);
        assert!(cache.get(&1, async { Err(StoreError::LedgerFull) }).await.is_err());
        assert_eq!(cache.get(&1, async { Ok(7) }).await.expect("a value"), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_not_be_looked_up_counts_as_it_was_for_a_while() {
        let cache = Cache::new(Some(Duration::from_secs(60)));
        let fail = async || cache.get(&1, async { Err(StoreError::database("gone")) }).await;
        assert!(fail().await.is_err(), "nothing was known");
        let know = async |value| cache.get(&1, async { Ok(value) }).await.expect("a value");
        assert_eq!(know(7).await, 7);
        for _ in 0..70 {
            tokio::time::advance(LIFETIME).await;
            assert_eq!(fail().await.expect("as it was"), 7);
        }
        tokio::time::advance(LIFETIME).await;
        // One hangs; the others do not wait for it.
        let mut hanging = Box::pin(cache.get(&1, std::future::pending()));
        tokio::select! {
            biased;
            _ = &mut hanging => panic!("nobody answers"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(fail().await.expect("as it was"), 7);
        let start = Instant::now();
        assert_eq!(hanging.await.expect("as it was"), 7);
        assert_eq!(start.elapsed(), DOUBT, "it is known not to answer");
        tokio::time::advance(LIFETIME).await;
        assert_eq!(know(8).await, 8, "reachable again");
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(fail().await.is_err(), "too long ago");
        // What was forgotten is not remembered.
        assert_eq!(know(9).await, 9);
        cache.forget(&1);
        assert!(fail().await.is_err());
    }
}
