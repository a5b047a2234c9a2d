//! What is known of offerings from experience: an immutable snapshot, made by whoever measures.
//!
//! Everything is optional. What nobody has measured passes no ceiling, and is ranked in the middle (G-04).

use std::collections::HashMap;

use crate::catalog::OfferingKey;

/// Which value of a distribution counts (routing.md §4). For throughput, `P95` is the slow tail too: the rate that
/// 95 of 100 requests exceed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Percentile {
    /// The median.
    #[default]
    P50,
    /// The bad case.
    P95,
}

/// Two points of a distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Percentiles {
    /// The median. `None`: not measured.
    pub p50: Option<f64>,
    /// The bad case. `None`: not measured.
    pub p95: Option<f64>,
}

impl Percentiles {
    /// One expected value, from a configuration: it stands for the whole distribution.
    pub fn constant(value: f64) -> Self {
        Self { p50: Some(value), p95: Some(value) }
    }

    /// The value that counts.
    pub fn at(&self, percentile: Percentile) -> Option<f64> {
        match percentile {
            Percentile::P50 => self.p50,
            Percentile::P95 => self.p95,
        }
    }

    fn sane(self) -> Self {
        Self { p50: sane(self.p50), p95: sane(self.p95) }
    }
}

/// Experience with an offering, over all callers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OfferingMetrics {
    /// Milliseconds to the first token.
    pub ttft_ms: Percentiles,
    /// Output tokens per second.
    pub throughput_tps: Percentiles,
    /// It failed and is in its cool-down until then, Unix milliseconds. `None`: it is not.
    pub open_until_ms: Option<u64>,
}

/// Experience of one workspace with an offering (caching.md §6): numbers only, no prompts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct UsageMetrics {
    /// Share of the cacheable prompt that was read from the cache, 0 to 1. `None`: no history.
    pub cache_hit_rate: Option<f64>,
    /// Mean length of its replies, tokens. `None`: no history.
    pub mean_output_tokens: Option<f64>,
    /// The workspace's own key is in its cool-down until then, Unix milliseconds.
    pub own_key_open_until_ms: Option<u64>,
}

/// The snapshot.
#[derive(Debug, Clone, Default)]
pub struct Measurements {
    offerings: HashMap<OfferingKey, OfferingMetrics>,
    usage: HashMap<(u64, OfferingKey), UsageMetrics>,
}

impl Measurements {
    /// Notes what is known of an offering. A value that is negative or no number counts as not measured.
    pub fn insert(&mut self, offering: OfferingKey, metrics: OfferingMetrics) {
        let metrics = OfferingMetrics {
            ttft_ms: metrics.ttft_ms.sane(),
            throughput_tps: metrics.throughput_tps.sane(),
            ..metrics
        };
        self.offerings.insert(offering, metrics);
    }

    /// Notes what a workspace knows of an offering, as [`Self::insert`] does.
    pub fn insert_usage(&mut self, workspace: u64, offering: OfferingKey, usage: UsageMetrics) {
        let usage = UsageMetrics {
            cache_hit_rate: sane(usage.cache_hit_rate),
            mean_output_tokens: sane(usage.mean_output_tokens),
            ..usage
        };
        self.usage.insert((workspace, offering), usage);
    }

    /// What is known of an offering; nothing, if it was never measured.
    pub fn of(&self, offering: OfferingKey) -> OfferingMetrics {
        self.offerings.get(&offering).copied().unwrap_or_default()
    }

    /// What a workspace knows of an offering.
    pub fn usage(&self, workspace: u64, offering: OfferingKey) -> UsageMetrics {
        if self.usage.is_empty() {
            return UsageMetrics::default();
        }
        self.usage.get(&(workspace, offering)).copied().unwrap_or_default()
    }
}

fn sane(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value >= 0.0)
}
