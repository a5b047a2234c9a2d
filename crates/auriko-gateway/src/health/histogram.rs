//! A histogram that forgets: what was seen five minutes ago counts half. Fixed in size, so memory does not depend on
//! traffic.

use std::time::Duration;

/// After so long a value counts half. A guess: long enough to bridge a quiet minute, short enough to notice trouble.
const HALF_LIFE: Duration = Duration::from_secs(300);
/// Buckets per doubling: neighbours differ by 9 %.
const PER_DOUBLING: f64 = 8.0;
/// From `SMALLEST` over 2^22 times as much: for milliseconds, 0.25 ms to 17 minutes.
const BUCKETS: usize = 22 * 8;
const SMALLEST: f64 = 0.25;
/// With less than that left nothing is known any more: a single value is forgotten after 17 minutes.
const LEAST_WEIGHT: f64 = 0.1;

/// Positive numbers seen lately.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    weights: Box<[f32; BUCKETS]>,
    /// What a new value weighs is relative to this time, Unix milliseconds.
    faded_at_ms: u64,
}

impl Histogram {
    pub(super) fn new(now_ms: u64) -> Self {
        Self { weights: Box::new([0.0; BUCKETS]), faded_at_ms: now_ms }
    }

    /// Notes a value.
    pub(super) fn add(&mut self, value: f64, now_ms: u64) {
        self.fade(now_ms);
        self.weights[bucket(value)] += 1.0;
    }

    /// The value that so large a share, 0 to 1, is at most. `None`: nothing is known.
    pub(super) fn quantile(&self, share: f64, now_ms: u64) -> Option<f64> {
        let total: f64 = self.weights.iter().map(|weight| f64::from(*weight)).sum();
        if total * faded(now_ms.saturating_sub(self.faded_at_ms)) < LEAST_WEIGHT {
            return None;
        }
        let mut left = share * total;
        for (position, weight) in self.weights.iter().map(|weight| f64::from(*weight)).enumerate() {
            if weight > 0.0 && left <= weight {
                #[expect(clippy::cast_precision_loss, reason = "there are few buckets")]
                let exponent = (position as f64 + left.max(0.0) / weight) / PER_DOUBLING;
                return Some(SMALLEST * exponent.exp2());
            }
            left -= weight;
        }
        // Only rounding leads here.
        let last = self.weights.iter().rposition(|weight| *weight > 0.0)?;
        #[expect(clippy::cast_precision_loss, reason = "there are few buckets")]
        let exponent = (last + 1) as f64 / PER_DOUBLING;
        Some(SMALLEST * exponent.exp2())
    }

    fn fade(&mut self, now_ms: u64) {
        let elapsed = now_ms.saturating_sub(self.faded_at_ms);
        // Often enough that a value weighs what it should, seldom enough to cost nothing.
        if elapsed < 1000 {
            return;
        }
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
        let factor = faded(elapsed) as f32;
        for weight in self.weights.iter_mut() {
            *weight *= factor;
        }
        self.faded_at_ms = now_ms;
    }
}

/// What is left of a weight after so many milliseconds.
fn faded(elapsed_ms: u64) -> f64 {
    (-Duration::from_millis(elapsed_ms).div_duration_f64(HALF_LIFE)).exp2()
}

fn bucket(value: f64) -> usize {
    let position = ((value.max(SMALLEST) / SMALLEST).log2() * PER_DOUBLING).floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; too large is cut"
    )]
    let position = position as usize;
    position.min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HALF_LIFE_MS: u64 = 300_000;

    #[test]
    fn quantiles_are_near_the_true_ones() {
        let mut histogram = Histogram::new(0);
        for value in 1..=1000 {
            histogram.add(f64::from(value), 500);
        }
        for (share, expected) in [(0.5, 500.0), (0.95, 950.0), (0.05, 50.0)] {
            let found = histogram.quantile(share, 500).expect("values");
            assert!((found / expected - 1.0).abs() < 0.05, "{share}: {found}");
        }
    }

    #[test]
    fn what_is_old_counts_less_and_is_forgotten() {
        let mut histogram = Histogram::new(0);
        assert_eq!(histogram.quantile(0.5, 0), None);
        for _ in 0..100 {
            histogram.add(1000.0, 0);
        }
        // Two half-lives later, 100 old values weigh as much as 25 new ones.
        for _ in 0..30 {
            histogram.add(10.0, 2 * HALF_LIFE_MS);
        }
        let median = histogram.quantile(0.5, 2 * HALF_LIFE_MS).expect("values");
        assert!((9.0..11.0).contains(&median), "{median}");
        assert!(histogram.quantile(0.95, 2 * HALF_LIFE_MS).is_some_and(|tail| tail > 900.0));
        assert_eq!(histogram.quantile(0.5, 20 * HALF_LIFE_MS), None);
    }

    proptest! {
        #[test]
        fn a_quantile_is_between_the_extremes(values in proptest::collection::vec(0.25f64..1e6, 1..50), share in 0.0f64..1.0) {
            let mut histogram = Histogram::new(0);
            for value in &values {
                histogram.add(*value, 0);
            }
            let found = histogram.quantile(share, 0).expect("values");
            let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
            let largest = values.iter().copied().fold(0.0, f64::max);
            prop_assert!(found >= smallest / 1.1 && found <= largest * 1.1, "{found} of {values:?}");
        }

        #[test]
        fn nothing_breaks_it(value in proptest::num::f64::ANY) {
            let mut histogram = Histogram::new(0);
            histogram.add(value, 0);
            prop_assert!(histogram.quantile(0.5, 0).is_some_and(f64::is_finite));
        }
    }
}
