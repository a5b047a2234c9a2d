//! What one workspace's requests at an offering are like: moving averages, no prompts (caching.md §6, G-01).

use auriko_routing::UsageMetrics;

/// The newest value counts at least so much: older habits fade over some twenty requests. A guess.
const LEAST_SHARE: f64 = 0.05;

/// How much of a prompt the cache served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CacheHit {
    /// Of what could have been: 0 to 1.
    pub(crate) share: f64,
    /// Whether an earlier turn of the conversation had left something there.
    pub(crate) was_warm: bool,
}

/// The averages.
#[derive(Debug, Default)]
pub(super) struct UsageHistory {
    shared_hits: Mean,
    own_hits: Mean,
    output_tokens: Mean,
}

impl UsageHistory {
    pub(super) fn add(&mut self, output_tokens: u64, hit: Option<CacheHit>) {
        #[expect(clippy::cast_precision_loss, reason = "token counts are small")]
        self.output_tokens.add(output_tokens as f64);
        match hit {
            Some(CacheHit { share, was_warm: true }) => self.own_hits.add(share),
            Some(CacheHit { share, was_warm: false }) => self.shared_hits.add(share),
            None => {}
        }
    }

    pub(super) fn metrics(&self) -> UsageMetrics {
        UsageMetrics {
            cache_hit_rate: self.shared_hits.value(),
            warm_hit_rate: self.own_hits.value(),
            mean_output_tokens: self.output_tokens.value(),
            own_key_open_until_ms: None,
        }
    }
}

/// The plain mean of the first values, later one that forgets.
#[derive(Debug, Default)]
struct Mean {
    value: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        self.value += (value - self.value) * (1.0 / f64::from(self.count)).max(LEAST_SHARE);
    }

    fn value(&self) -> Option<f64> {
        (self.count > 0).then_some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_begin_plain_and_then_forget() {
        let mut history = UsageHistory::default();
        assert_eq!(history.metrics(), UsageMetrics::default());
        let hit = |share, was_warm| Some(CacheHit { share, was_warm });
        history.add(100, hit(0.5, false));
        history.add(200, hit(1.0, true));
        history.add(600, None);
        let metrics = history.metrics();
        assert_eq!((metrics.cache_hit_rate, metrics.warm_hit_rate), (Some(0.5), Some(1.0)));
        assert!(metrics.mean_output_tokens.is_some_and(|mean| (mean - 300.0).abs() < 1e-9));
        for _ in 0..100 {
            history.add(1000, None);
        }
        assert!(history.metrics().mean_output_tokens.is_some_and(|mean| mean > 990.0));
    }
}
