//! What the gateway learns of offerings while it works: speed, failures, cache hits, lengths of replies.
//!
//! Routing reads an immutable snapshot without any lock. Attempts leave samples in one of a few small queues; whoever
//! comes by after half a second folds them into the statistics and publishes the next snapshot, so there is no task to
//! be started and nothing is done when nothing happens. Two things do not wait: a breaker that opens or closes, and
//! where a conversation left its prefix, since its next turn may come at once.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use auriko_routing::catalog::Offering;
use auriko_routing::{CachedPrefix, ConversationKey, Learner, Measurements, Outcome};
use foldhash::HashMap;
use tokio::sync::Notify;

use crate::clock::now_ms;

mod breaker;
mod breakers;
pub(crate) mod exchange;
mod histogram;
mod recent;
mod statistics;

#[cfg(test)]
mod tests;

use breaker::Pause;
pub(crate) use breaker::{Admission, Verdict};
use breakers::Breakers;
pub(crate) use breakers::Line;
use statistics::Statistics;

/// A snapshot is at most so old while there is traffic.
const PUBLISH_EVERY_MS: u64 = 500;
/// Queues for samples, so that threads seldom meet.
const QUEUES: usize = 8;
/// Samples that wait in one queue; more are lost, which a statistic can bear.
const QUEUE_LIMIT: usize = 1024;
/// Learners; each has workspaces of its own.
const LEARNERS: u64 = 8;
/// Conversations that each of them remembers: at least so many, at most twice as many; some 200 bytes each.
const CONVERSATIONS: usize = 8192;

/// What one attempt showed.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) offering: Arc<Offering>,
    pub(crate) workspace: u64,
    /// Milliseconds to the first token. `None`: it could not be seen.
    pub(crate) ttft_ms: Option<f64>,
    /// Output tokens per second. `None`: it could not be seen.
    pub(crate) throughput_tps: Option<f64>,
}

/// The memory.
#[derive(Debug)]
pub(crate) struct Health {
    snapshot: ArcSwap<Measurements>,
    breakers: Breakers,
    learners: Vec<Mutex<Learner>>,
    queues: [Mutex<Vec<Sample>>; QUEUES],
    has_samples: AtomicBool,
    /// Unix milliseconds of the next publication.
    due_at_ms: AtomicU64,
    statistics: Mutex<Statistics>,
    /// Whose breakers opened or closed here and were not told to other replicas yet. `None`: there are none.
    untold: Mutex<Option<HashSet<Line>>>,
    has_untold: Notify,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            snapshot: ArcSwap::default(),
            breakers: Breakers::default(),
            learners: (0..LEARNERS).map(|_| Mutex::new(Learner::new(CONVERSATIONS))).collect(),
            queues: std::array::from_fn(|_| Mutex::default()),
            has_samples: AtomicBool::new(false),
            due_at_ms: AtomicU64::new(0),
            statistics: Mutex::default(),
            untold: Mutex::default(),
            has_untold: Notify::new(),
        }
    }
}

impl Health {
    /// From now on `expected` is assumed of what was not measured.
    pub(crate) fn expect(&self, expected: Measurements) {
        let mut statistics = lock(&self.statistics);
        statistics.expect(expected);
        self.publish(&mut statistics, now_ms());
        // The first sample is worth more than any expectation.
        self.due_at_ms.store(0, Ordering::Relaxed);
    }

    /// What is known now.
    pub(crate) fn measurements(&self, now_ms: u64) -> Guard<Arc<Measurements>> {
        self.publish_if_due(now_ms);
        self.snapshot.load()
    }

    /// Asks whether an attempt may start. The pass has to be kept until its end.
    pub(crate) fn admit(self: &Arc<Self>, line: Line) -> Result<Pass, Admission> {
        match self.breakers.admit(line, now_ms()) {
            Admission::Free => Ok(Pass { health: Arc::clone(self), line, is_trial: false, is_open: true }),
            Admission::Trial => Ok(Pass { health: Arc::clone(self), line, is_trial: true, is_open: true }),
            refused => Err(refused),
        }
    }

    /// A pass for somebody who has nobody else to go to.
    pub(crate) fn admit_anyway(self: &Arc<Self>, line: Line) -> Pass {
        let is_trial = self.breakers.admit(line, now_ms()) == Admission::Trial;
        Pass { health: Arc::clone(self), line, is_trial, is_open: true }
    }

    /// Notes what became of a line outside of an attempt's pass.
    pub(crate) fn note(&self, line: Line, verdict: Verdict) {
        self.note_end(line, verdict, false);
    }

    /// Who is left alone at `now_ms`.
    pub(crate) fn open_lines(&self, now_ms: u64) -> Vec<Line> {
        let open = self.breakers.open().into_iter();
        open.filter(|(_, until_ms)| *until_ms > now_ms).map(|(line, _)| line).collect()
    }

    /// How long a line is left alone from now on, if it is.
    pub(crate) fn pause(&self, line: Line) -> Option<Duration> {
        let left = self.breakers.open_until_ms(line)?.checked_sub(now_ms())?;
        Some(Duration::from_millis(left))
    }

    /// Notes what an attempt showed. Never waits.
    pub(crate) fn record(&self, sample: Sample) {
        let Ok(mut queue) = self.queues[queue_of_thread()].try_lock() else { return };
        if queue.len() < QUEUE_LIMIT {
            queue.push(sample);
        }
        drop(queue);
        self.has_samples.store(true, Ordering::Release);
        self.publish_if_due(now_ms());
    }

    /// Learns from a complete reply. Its sample is to be recorded after it.
    pub(crate) fn learn(
        &self,
        workspace: u64,
        conversation: ConversationKey,
        offering: &Offering,
        outcome: &Outcome,
    ) {
        lock(self.learner(workspace)).record(workspace, conversation, offering, outcome, now_ms());
    }

    /// Where earlier turns of a conversation left something to be read.
    pub(crate) fn cached(&self, workspace: u64, conversation: ConversationKey) -> Vec<CachedPrefix> {
        lock(self.learner(workspace)).recall(conversation).to_vec()
    }

    fn learner(&self, workspace: u64) -> &Mutex<Learner> {
        // Fits: there are eight.
        let position = usize::try_from(workspace % LEARNERS).unwrap_or(0);
        &self.learners[position]
    }

    /// From now on it is gathered whose breakers change, to be told to other replicas.
    fn gather(&self) {
        lock(&self.untold).get_or_insert_default();
    }

    /// Completes when breakers have changed.
    async fn changed(&self) {
        self.has_untold.notified().await;
    }

    /// Whose breakers have changed since the last call, and how they are.
    fn take_untold(&self) -> Vec<(Line, Option<Pause>)> {
        let lines = lock(&self.untold).as_mut().map(std::mem::take).unwrap_or_default();
        lines.into_iter().map(|line| (line, self.breakers.pause(line))).collect()
    }

    /// Says again later what could not be told.
    fn untell(&self, line: Line) {
        if let Some(untold) = &mut *lock(&self.untold) {
            untold.insert(line);
        }
    }

    /// Takes over what all replicas know of breakers, this one included.
    fn hear(&self, pauses: &HashMap<Line, Pause>) {
        let now = now_ms();
        if self.breakers.hear(pauses, now) {
            self.publish(&mut lock(&self.statistics), now);
        }
    }

    fn note_end(&self, line: Line, verdict: Verdict, is_trial: bool) {
        let now = now_ms();
        if self.breakers.note(line, verdict, is_trial, now) {
            if let Some(untold) = &mut *lock(&self.untold) {
                untold.insert(line);
                self.has_untold.notify_one();
            }
            self.publish(&mut lock(&self.statistics), now);
        }
    }

    fn publish_if_due(&self, now_ms: u64) {
        if !self.has_samples.load(Ordering::Acquire) || now_ms < self.due_at_ms.load(Ordering::Relaxed) {
            return;
        }
        // Somebody else is at it.
        let Ok(mut statistics) = self.statistics.try_lock() else { return };
        self.publish(&mut statistics, now_ms);
    }

    fn publish(&self, statistics: &mut Statistics, now_ms: u64) {
        self.due_at_ms.store(now_ms + PUBLISH_EVERY_MS, Ordering::Relaxed);
        self.has_samples.store(false, Ordering::Release);
        if statistics.is_stale(now_ms) {
            statistics.begin_anew(now_ms);
            for learner in &self.learners {
                lock(learner).publish(statistics.learnt());
            }
        }
        for queue in &self.queues {
            let samples = std::mem::take(&mut *lock(queue));
            for sample in samples {
                statistics.add(&sample, now_ms);
                let learner = lock(self.learner(sample.workspace));
                learner.publish_one(sample.workspace, &sample.offering, statistics.learnt());
            }
        }
        self.snapshot.store(Arc::new(statistics.snapshot(&self.breakers.open(), now_ms)));
    }
}

/// Permission for one attempt. Whoever drops it without a verdict says that nothing was learnt.
#[derive(Debug)]
pub(crate) struct Pass {
    health: Arc<Health>,
    line: Line,
    is_trial: bool,
    is_open: bool,
}

impl Pass {
    pub(crate) fn line(&self) -> Line {
        self.line
    }

    pub(crate) fn end(mut self, verdict: Verdict) {
        self.close(verdict);
    }

    fn close(&mut self, verdict: Verdict) {
        if std::mem::take(&mut self.is_open) {
            self.health.note_end(self.line, verdict, self.is_trial);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.close(Verdict::Unknown);
    }
}

/// The same for each call of a thread.
fn queue_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed) % QUEUES);
    MINE.with(|mine| *mine)
}

/// Numbers are sound even if somebody panicked while adding one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
