//! Money as an integer, so that sums are exact and order does not matter.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// Billionths of a US dollar. `u64` holds 18 billion dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NanoUsd(pub u64);

impl NanoUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount in dollars, for display and for the wire, which carries `cost.usd` as a number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "display only; below 2^53 nano-dollars (9 million dollars) it is exact"
    )]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The difference, or zero when `other` is larger.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for NanoUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for NanoUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// A price in US dollars per million tokens, as vendors print it, kept as nano-dollars per million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PricePerMillion(u64);

impl PricePerMillion {
    /// No charge.
    pub const FREE: Self = Self(0);

    /// From a price list's number, rounded to the nearest nano-dollar.
    ///
    /// `None` when the price is negative, not finite, or above one million dollars per million tokens.
    pub fn try_from_usd(usd: f64) -> Option<Self> {
        if !(0.0..=1e6).contains(&usd) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked above")]
        Some(Self((usd * 1e9).round() as u64))
    }

    /// The price in dollars per million tokens.
    pub fn as_usd(self) -> f64 {
        NanoUsd(self.0).as_usd()
    }
}

/// The cost of several token counts, each at its own price. The sum is exact; it is rounded once, up.
pub fn cost(parts: &[(u64, PricePerMillion)]) -> NanoUsd {
    let total: u128 = parts.iter().map(|&(tokens, price)| u128::from(tokens) * u128::from(price.0)).sum();
    NanoUsd(u64::try_from(total.div_ceil(1_000_000)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(usd: f64) -> PricePerMillion {
        PricePerMillion::try_from_usd(usd).expect("a price in range")
    }

    #[test]
    fn costs_are_exact_and_rounded_up_once() {
        assert_eq!(cost(&[(1_000_000, price(2.5))]), NanoUsd(2_500_000_000));
        assert_eq!(cost(&[(14, price(2.5)), (7, price(10.0))]), NanoUsd(35_000 + 70_000));
        // 0.5 + 0.5 nano-dollars: rounding each part would give 2.
        assert_eq!(cost(&[(1, price(0.0005)), (1, price(0.0005))]), NanoUsd(1));
        assert_eq!(cost(&[(1, price(0.000_001))]), NanoUsd(1));
        assert_eq!(cost(&[(u64::MAX, price(1e6))]), NanoUsd(u64::MAX));
        assert_eq!(cost(&[]), NanoUsd::ZERO);
    }

    #[test]
    fn refuses_prices_that_are_none() {
        for usd in [-0.01, f64::NAN, f64::INFINITY, 1e6 + 1.0] {
            assert_eq!(PricePerMillion::try_from_usd(usd), None, "{usd}");
        }
        assert!((price(0.15).as_usd() - 0.15).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn a_sum_costs_at_most_its_parts(counts in proptest::collection::vec((0u64..10_000_000, 0.0f64..100.0), 0..8)) {
            let parts: Vec<_> = counts.into_iter().map(|(tokens, usd)| (tokens, price(usd))).collect();
            let one_by_one: NanoUsd = parts.iter().map(|&part| cost(&[part])).sum();
            let together = cost(&parts);
            prop_assert!(together <= one_by_one);
            prop_assert!(one_by_one.0 - together.0 <= parts.len() as u64);
        }
    }
}
