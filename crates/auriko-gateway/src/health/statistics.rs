//! From samples to the snapshot that routing reads.

use auriko_routing::catalog::OfferingKey;
use auriko_routing::{Measurements, OfferingMetrics, Percentiles};

use super::histogram::Histogram;
use super::recent::Recent;
use super::{Line, Sample};

/// Offerings whose speed is known: at least so many. More than any catalogue in use has busy ones.
const OFFERINGS: usize = 1000;
/// What was learnt is gathered anew so often; between, only what changed is written. What was forgotten goes then.
const GATHER_EVERY_MS: u64 = 60_000;

/// Everything that waits for the next snapshot.
#[derive(Debug)]
pub(super) struct Statistics {
    /// What the configuration says of providers that were not measured.
    expected: Measurements,
    /// `expected`, and what was learnt of workspaces.
    learnt: Measurements,
    gathered_at_ms: u64,
    speeds: Recent<OfferingKey, Speed>,
}

#[derive(Debug)]
struct Speed {
    ttft_ms: Histogram,
    throughput_tps: Histogram,
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            expected: Measurements::default(),
            learnt: Measurements::default(),
            gathered_at_ms: 0,
            speeds: Recent::new(OFFERINGS),
        }
    }
}

impl Statistics {
    pub(super) fn expect(&mut self, expected: Measurements) {
        self.expected = expected;
        self.gathered_at_ms = 0;
    }

    /// Whether everything has to be gathered again.
    pub(super) fn is_stale(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.gathered_at_ms) >= GATHER_EVERY_MS
    }

    /// Forgets what was learnt; the learners still know it.
    pub(super) fn begin_anew(&mut self, now_ms: u64) {
        self.learnt = self.expected.clone();
        self.gathered_at_ms = now_ms;
    }

    /// Where learners write.
    pub(super) fn learnt(&mut self) -> &mut Measurements {
        &mut self.learnt
    }

    pub(super) fn add(&mut self, sample: &Sample, now_ms: u64) {
        if sample.ttft_ms.is_none() && sample.throughput_tps.is_none() {
            return;
        }
        let speed = self.speeds.touch(sample.offering.key, || Speed {
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

    /// `open`: everybody who cools down, and until when.
    pub(super) fn snapshot(&self, open: &[(Line, u64)], now_ms: u64) -> Measurements {
        let mut next = self.learnt.clone();
        for (offering, speed) in self.speeds.iter() {
            let ttft = |share| speed.ttft_ms.quantile(share, now_ms);
            let rate = |share| speed.throughput_tps.quantile(share, now_ms);
            let metrics = OfferingMetrics {
                ttft_ms: Percentiles { p50: ttft(0.5), p95: ttft(0.95) },
                // The bad case of a rate is the low one.
                throughput_tps: Percentiles { p50: rate(0.5), p95: rate(0.05) },
                open_until_ms: None,
            };
            next.insert(*offering, metrics);
        }
        for (line, until) in open {
            if let Some(number) = line.own_key {
                next.insert_own_key(number, line.offering, *until);
            } else {
                let known = next.measured(line.offering).copied().unwrap_or_default();
                next.insert(line.offering, OfferingMetrics { open_until_ms: Some(*until), ..known });
            }
        }
        next
    }
}
