//! What is known of offerings from experience: an immutable snapshot, made by whoever measures.
//!
//! Everything is optional. What nobody has measured passes no ceiling, and is ranked in the middle (G-04).

use std::sync::Arc;

use crate::catalog::{Offering, OfferingKey};
use crate::habits::Habits;
use foldhash::HashMap;

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

    fn or(self, others: Self) -> Self {
        Self { p50: self.p50.or(others.p50), p95: self.p95.or(others.p95) }
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
    /// Share of the cacheable prompt that was read from the cache, 0 to 1, beyond what its own conversation had left
    /// there. `None`: no history.
    pub cache_hit_rate: Option<f64>,
    /// Share of what a conversation's last turn left in the cache that its next turn found there, 0 to 1.
    /// `None`: no history, and then that of the model's other offerings counts, or else the cache is taken at its word.
    pub warm_hit_rate: Option<f64>,
    /// Mean length of its replies, tokens. `None`: no history.
    pub mean_output_tokens: Option<f64>,
}

/// What an earlier turn of the request's conversation left in the cache of an offering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedPrefix {
    /// Where.
    pub offering: OfferingKey,
    /// Length of that turn's prompt as estimated then, tokens.
    pub tokens: u64,
    /// When it was last written or read, Unix milliseconds.
    pub used_at_ms: u64,
}

impl CachedPrefix {
    /// Tokens that the offering's cache should still hold of the conversation: 0 when it has read none of it, or too long
    /// ago. `all` is what every offering was left with; a prompt begins with nothing that the one before it has dropped.
    pub fn kept_by(offering: &Offering, all: &[Self], now_ms: u64) -> u64 {
        let Some(cache) = offering.prompt_cache else { return 0 };
        let kept_ms = cache.ttl_seconds.saturating_mul(1000);
        let is_kept =
            |it: &&Self| it.offering == offering.key && now_ms <= it.used_at_ms.saturating_add(kept_ms);
        let last_prompt = all.iter().max_by_key(|it| it.used_at_ms).map_or(0, |last| last.tokens);
        all.iter().find(is_kept).map_or(0, |prefix| prefix.tokens.min(last_prompt))
    }
}

/// The snapshot.
#[derive(Debug, Clone, Default)]
pub struct Measurements {
    offerings: HashMap<OfferingKey, OfferingMetrics>,
    expected: HashMap<Arc<str>, OfferingMetrics>,
    usage: HashMap<(u64, OfferingKey), UsageMetrics>,
    habits: HashMap<(u64, Arc<str>), Habits>,
    own_keys: HashMap<(u64, OfferingKey), u64>,
}

impl Measurements {
    /// Notes what to expect of every offering of a provider until it was measured, from a configuration.
    pub fn expect(
        &mut self,
        provider: impl Into<Arc<str>>,
        ttft_ms: Option<f64>,
        throughput_tps: Option<f64>,
    ) {
        let constant =
            |value: Option<f64>| sane(value).map_or_else(Percentiles::default, Percentiles::constant);
        let metrics = OfferingMetrics {
            ttft_ms: constant(ttft_ms),
            throughput_tps: constant(throughput_tps),
            open_until_ms: None,
        };
        self.expected.insert(provider.into(), metrics);
    }

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
            warm_hit_rate: sane(usage.warm_hit_rate),
            mean_output_tokens: sane(usage.mean_output_tokens),
        };
        self.usage.insert((workspace, offering), usage);
    }

    /// Notes that an own key is in its cool-down at an offering until then, Unix milliseconds.
    pub fn insert_own_key(&mut self, number: u64, offering: OfferingKey, open_until_ms: u64) {
        self.own_keys.insert((number, offering), open_until_ms);
    }

    /// Until when an own key is left alone at an offering, Unix milliseconds. `None`: it is not.
    pub fn own_key_open_until_ms(&self, number: u64, offering: OfferingKey) -> Option<u64> {
        if self.own_keys.is_empty() {
            return None;
        }
        self.own_keys.get(&(number, offering)).copied()
    }

    /// Notes how a workspace's conversations with a model go on.
    pub fn insert_habits(&mut self, workspace: u64, model: Arc<str>, habits: Habits) {
        self.habits.insert((workspace, model), habits);
    }

    /// What is known of an offering: what was measured, else what its provider is expected to do.
    pub fn of(&self, offering: &Offering) -> OfferingMetrics {
        let measured = self.offerings.get(&offering.key).copied().unwrap_or_default();
        let expected = self.expected.get(&offering.provider).copied().unwrap_or_default();
        OfferingMetrics {
            ttft_ms: measured.ttft_ms.or(expected.ttft_ms),
            throughput_tps: measured.throughput_tps.or(expected.throughput_tps),
            open_until_ms: measured.open_until_ms,
        }
    }

    /// What was measured of an offering, without what is only expected. `None`: nothing.
    pub fn measured(&self, offering: OfferingKey) -> Option<&OfferingMetrics> {
        self.offerings.get(&offering)
    }

    /// What a workspace knows of an offering.
    pub fn usage(&self, workspace: u64, offering: OfferingKey) -> UsageMetrics {
        if self.usage.is_empty() {
            return UsageMetrics::default();
        }
        self.usage.get(&(workspace, offering)).copied().unwrap_or_default()
    }

    /// How a workspace's conversations with a model go on; nothing is expected of those that nobody has seen.
    pub fn habits(&self, workspace: u64, model: &Arc<str>) -> Habits {
        if self.habits.is_empty() {
            return Habits::default();
        }
        self.habits.get(&(workspace, Arc::clone(model))).copied().unwrap_or_default()
    }
}

fn sane(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::catalog;

    #[test]
    fn a_prompt_is_kept_until_it_expires() {
        let catalog = catalog();
        let offering = |model: &str| &catalog.model(model).expect("a model").offerings[0];
        let prefix =
            |model, tokens, used_at_ms| CachedPrefix { offering: offering(model).key, tokens, used_at_ms };
        let all = [prefix("cached", 3000, 1_000), prefix("stepped", 2000, 2_000)];
        let kept = |model, now_ms| CachedPrefix::kept_by(offering(model), &all, now_ms);
        // `cached` keeps for 300 seconds; `stepped` has no cache.
        assert_eq!(kept("cached", 301_000), 2000);
        assert_eq!(kept("cached", 301_001), 0);
        assert_eq!(kept("stepped", 2_000), 0);
        assert_eq!(CachedPrefix::kept_by(offering("cached"), &[], 0), 0);
    }

    #[test]
    fn what_was_measured_goes_before_what_is_expected() {
        let catalog = catalog();
        let offering = &catalog.model("m").expect("m").offerings[0];
        let mut measurements = Measurements::default();
        measurements.expect(Arc::clone(&offering.provider), Some(10.0), Some(f64::NAN));
        assert_eq!(measurements.of(offering).ttft_ms, Percentiles::constant(10.0));
        assert_eq!(measurements.of(offering).throughput_tps, Percentiles::default());
        let ttft_ms = Percentiles { p50: Some(5.0), p95: None };
        measurements.insert(offering.key, OfferingMetrics { ttft_ms, ..OfferingMetrics::default() });
        assert_eq!(measurements.of(offering).ttft_ms, Percentiles { p50: Some(5.0), p95: Some(10.0) });
    }
}
