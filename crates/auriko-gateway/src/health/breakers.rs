//! The breakers of everybody who is in trouble. Who is not has none, so that a request to a healthy provider pays a
//! look into an empty map.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use auriko_routing::catalog::OfferingKey;
use foldhash::HashMap;

use super::breaker::{Admission, Breaker, Pause, Verdict};

/// Most of them. Names of models that only a caller knows, and own keys, could make any number.
const LIMIT: usize = 10_000;

/// What fails or works as one: an offering under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) offering: OfferingKey,
    /// The number of the own key that is used. `None`: the platform's.
    pub(crate) own_key: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Breakers {
    troubled: ArcSwap<HashMap<Line, Arc<Mutex<Breaker>>>>,
}

impl Breakers {
    pub(super) fn admit(&self, line: Line, now_ms: u64) -> Admission {
        let troubled = self.troubled.load();
        troubled.get(&line).map_or(Admission::Free, |breaker| lock(breaker).admit(now_ms))
    }

    /// Notes the end of an attempt, and returns whether its cool-down changed.
    pub(super) fn note(&self, line: Line, verdict: Verdict, is_trial: bool, now_ms: u64) -> bool {
        let known = self.troubled.load().get(&line).cloned();
        let is_trouble = matches!(verdict, Verdict::Failing { .. } | Verdict::Broken);
        let breaker = match known {
            Some(breaker) => breaker,
            None if is_trouble => self.insert(line, now_ms),
            None => return false,
        };
        let mut guard = lock(&breaker);
        let before = guard.open_until_ms();
        guard.note(verdict, is_trial, now_ms);
        let (after, is_at_rest) = (guard.open_until_ms(), guard.is_at_rest());
        drop(guard);
        if is_at_rest {
            self.remove(line);
        }
        before != after
    }

    /// Unix milliseconds until which it is left alone.
    pub(super) fn open_until_ms(&self, line: Line) -> Option<u64> {
        self.troubled.load().get(&line).and_then(|breaker| lock(breaker).open_until_ms())
    }

    /// Everybody who cools down or did and was not tried since, with the end of it.
    pub(super) fn open(&self) -> Vec<(Line, u64)> {
        let troubled = self.troubled.load();
        troubled.iter().filter_map(|(line, breaker)| Some((*line, lock(breaker).open_until_ms()?))).collect()
    }

    pub(super) fn pause(&self, line: Line) -> Option<Pause> {
        self.troubled.load().get(&line).and_then(|breaker| lock(breaker).pause())
    }

    /// Takes over the pauses that all replicas know of, and returns whether a cool-down changed here.
    pub(super) fn hear(&self, pauses: &HashMap<Line, Pause>, now_ms: u64) -> bool {
        let mut has_changed = false;
        let troubled = self.troubled.load_full();
        for (line, pause) in pauses.iter().filter(|(_, pause)| pause.until_ms > now_ms) {
            let breaker = troubled.get(line).map_or_else(|| self.insert(*line, now_ms), Arc::clone);
            has_changed |= lock(&breaker).hear(*pause, now_ms);
        }
        has_changed
    }

    fn insert(&self, line: Line, now_ms: u64) -> Arc<Mutex<Breaker>> {
        let fresh = Arc::<Mutex<Breaker>>::default();
        let mut inserted = Arc::clone(&fresh);
        self.troubled.rcu(|troubled| {
            let mut troubled = HashMap::clone(troubled);
            if troubled.len() >= LIMIT {
                // Whoever cools down stays; the others have to fail again.
                troubled
                    .retain(|_, breaker| lock(breaker).open_until_ms().is_some_and(|until| until > now_ms));
            }
            inserted = Arc::clone(troubled.entry(line).or_insert_with(|| Arc::clone(&fresh)));
            troubled
        });
        inserted
    }

    fn remove(&self, line: Line) {
        self.troubled.rcu(|troubled| {
            let mut troubled = HashMap::clone(troubled);
            troubled.remove(&line);
            troubled
        });
    }
}

/// A state is replaced as a whole, so that it is sound even if somebody panicked.
fn lock(breaker: &Mutex<Breaker>) -> MutexGuard<'_, Breaker> {
    breaker.lock().unwrap_or_else(PoisonError::into_inner)
}
