//! What the gateway learns of offerings while it works: speed, failures, cache hits, lengths of replies.
//!
//! Routing reads an immutable snapshot without any lock. Attempts leave samples in one of a few small queues; whoever
//! comes by after half a second folds them into the statistics and publishes the next snapshot, so there is no task to
//! be started and nothing is done when nothing happens. Only a breaker that opens or closes is published at once.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use auriko_routing::catalog::OfferingKey;
use auriko_routing::{CachedPrefix, Measurements, OfferingMetrics, Percentiles, UsageMetrics};

use crate::clock::now_ms;

mod breaker;
mod breakers;
mod conversations;
mod histogram;
mod recent;
mod usage;

#[cfg(test)]
mod tests;

pub(crate) use breaker::{Admission, Verdict};
use breakers::Breakers;
pub(crate) use breakers::Line;
pub(crate) use conversations::ConversationKey;
use conversations::Conversations;
use histogram::Histogram;
use recent::Recent;
pub(crate) use usage::CacheHit;
use usage::UsageHistory;

/// A snapshot is at most so old while there is traffic.
const PUBLISH_EVERY_MS: u64 = 500;
/// Queues for samples, so that threads seldom meet.
const QUEUES: usize = 8;
/// Samples that wait in one queue; more are lost, which a statistic can bear.
const QUEUE_LIMIT: usize = 1024;
/// Offerings whose speed is known: at least so many. More than any catalogue in use has busy ones.
const OFFERINGS: usize = 1000;
/// Pairs of workspace and offering whose habits are known: at least so many.
const USAGES: usize = 5000;

/// What one attempt showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) offering: OfferingKey,
    pub(crate) workspace: u64,
    /// Milliseconds to the first token. `None`: it could not be seen.
    pub(crate) ttft_ms: Option<f64>,
    /// Output tokens per second. `None`: it could not be seen.
    pub(crate) throughput_tps: Option<f64>,
    /// Of a reply that ended well.
    pub(crate) reply: Option<ReplySample>,
}

/// What a complete reply showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ReplySample {
    pub(crate) output_tokens: u64,
    /// `None`: the prompt was not one to be cached, or the provider does not say.
    pub(crate) cache_hit: Option<CacheHit>,
}

/// The memory.
#[derive(Debug)]
pub(crate) struct Health {
    /// What the configuration says of providers that were not measured.
    expected: Measurements,
    snapshot: ArcSwap<Measurements>,
    breakers: Breakers,
    conversations: Conversations,
    queues: [Mutex<Vec<Sample>>; QUEUES],
    has_samples: AtomicBool,
    /// Unix milliseconds of the next publication.
    due_at_ms: AtomicU64,
    statistics: Mutex<Statistics>,
}

#[derive(Debug)]
struct Statistics {
    speeds: Recent<OfferingKey, Speed>,
    usages: Recent<(u64, OfferingKey), UsageHistory>,
}

#[derive(Debug)]
struct Speed {
    ttft_ms: Histogram,
    throughput_tps: Histogram,
}

impl Health {
    pub(crate) fn new(expected: Measurements) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(expected.clone()),
            expected,
            breakers: Breakers::default(),
            conversations: Conversations::new(),
            queues: std::array::from_fn(|_| Mutex::default()),
            has_samples: AtomicBool::new(false),
            due_at_ms: AtomicU64::new(0),
            statistics: Mutex::new(Statistics {
                speeds: Recent::new(OFFERINGS),
                usages: Recent::new(USAGES),
            }),
        }
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

    pub(crate) fn conversation(&self, workspace: u64, id: &str) -> ConversationKey {
        self.conversations.key(workspace, id)
    }

    /// Where earlier turns of a conversation left something to be read.
    pub(crate) fn cached(&self, conversation: ConversationKey) -> Vec<CachedPrefix> {
        self.conversations.find(conversation)
    }

    pub(crate) fn remember(&self, conversation: ConversationKey, prefix: CachedPrefix) {
        self.conversations.remember(conversation, prefix);
    }

    fn note_end(&self, line: Line, verdict: Verdict, is_trial: bool) {
        let now = now_ms();
        if self.breakers.note(line, verdict, is_trial, now) {
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
        for queue in &self.queues {
            for sample in std::mem::take(&mut *lock(queue)) {
                statistics.add(sample, now_ms);
            }
        }
        let mut next = self.expected.clone();
        statistics.write(&self.breakers.open(), now_ms, &mut next);
        self.snapshot.store(Arc::new(next));
    }
}

impl Statistics {
    fn add(&mut self, sample: Sample, now_ms: u64) {
        if sample.ttft_ms.is_some() || sample.throughput_tps.is_some() {
            let speed = self.speeds.touch(sample.offering, || Speed {
                ttft_ms: Histogram::new(now_ms),
                throughput_tps: Histogram::new(now_ms),
            });
            if let Some(ttft_ms) = sample.ttft_ms {
                speed.ttft_ms.add(ttft_ms, now_ms);
            }
            if let Some(throughput_tps) = sample.throughput_tps {
                speed.throughput_tps.add(throughput_tps, now_ms);
            }
        }
        if let Some(reply) = sample.reply {
            let usage = self.usages.touch((sample.workspace, sample.offering), UsageHistory::default);
            usage.add(reply.output_tokens, reply.cache_hit);
        }
    }

    fn write(&self, open: &[(Line, u64)], now_ms: u64, next: &mut Measurements) {
        let open_until_ms = |offering: OfferingKey| {
            let of_platform =
                open.iter().find(|(line, _)| line.offering == offering && line.own_key_of.is_none());
            of_platform.map(|(_, until)| *until)
        };
        for (offering, speed) in self.speeds.iter() {
            let ttft = |share| speed.ttft_ms.quantile(share, now_ms);
            let rate = |share| speed.throughput_tps.quantile(share, now_ms);
            let metrics = OfferingMetrics {
                ttft_ms: Percentiles { p50: ttft(0.5), p95: ttft(0.95) },
                // The bad case of a rate is the low one.
                throughput_tps: Percentiles { p50: rate(0.5), p95: rate(0.05) },
                open_until_ms: open_until_ms(*offering),
            };
            next.insert(*offering, metrics);
        }
        for ((workspace, offering), usage) in self.usages.iter() {
            next.insert_usage(*workspace, *offering, usage.metrics());
        }
        for (line, until) in open {
            match line.own_key_of {
                None if self.speeds.get(&line.offering).is_none() => {
                    let metrics =
                        OfferingMetrics { open_until_ms: Some(*until), ..OfferingMetrics::default() };
                    next.insert(line.offering, metrics);
                }
                None => {}
                Some(workspace) => {
                    let known = next.usage(workspace, line.offering);
                    let usage = UsageMetrics { own_key_open_until_ms: Some(*until), ..known };
                    next.insert_usage(workspace, line.offering, usage);
                }
            }
        }
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
