//! The arithmetic of a rate limit, in integers, so that the numbers in headers are exact.
//!
//! A bucket holds what was taken and has not leaked yet. It leaks `per_minute` units per minute and overflows
//! above `per_minute`. This is GCRA: its theoretical arrival time is the instant at which the bucket is empty.
//! The level is kept in 60-millionths of a unit: then the leak per microsecond is `per_minute`, without a
//! fraction, and a level stays valid when the limit is changed.

use std::time::Duration;

use super::{Pool, PoolStatus, Take};
use crate::clock::Timestamp;

/// Level of one unit: microseconds of a minute.
pub(crate) const UNIT: u64 = 60_000_000;

/// A bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) level: u64,
    pub(crate) at: Timestamp,
}

/// What is taken from one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) pool: Pool,
    pub(crate) per_minute: u64,
    /// At most the capacity.
    pub(crate) amount: u64,
}

/// The outcome for several buckets: their levels after leaking and, if admitted, after the charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) is_admitted: bool,
    pub(crate) levels: Vec<u64>,
}

impl Bucket {
    /// What is left in it at `now`. A clock that goes back does not fill it.
    pub(crate) fn level_at(&self, per_minute: u64, now: Timestamp) -> u64 {
        let elapsed = u64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(0);
        self.level.saturating_sub(elapsed.saturating_mul(per_minute))
    }

    /// Never earlier than what was seen.
    pub(crate) fn set(&mut self, level: u64, now: Timestamp) {
        *self = Self { level, at: self.at.max(now) };
    }
}

impl Charge {
    pub(crate) fn new(take: Take) -> Self {
        let per_minute = u64::from(take.per_minute.max(1));
        Self { pool: take.pool, per_minute, amount: u64::from(take.amount).min(per_minute) * UNIT }
    }

    pub(crate) const fn capacity(&self) -> u64 {
        self.per_minute * UNIT
    }

    pub(crate) const fn fits(&self, level: u64) -> bool {
        level.saturating_add(self.amount) <= self.capacity()
    }

    /// What the caller is told.
    pub(crate) fn status(&self, level: u64, is_admitted: bool, now: Timestamp) -> PoolStatus {
        let leaks_in = |amount: u64| Duration::from_micros(amount.div_ceil(self.per_minute));
        let missing = (level.saturating_add(self.amount)).saturating_sub(self.capacity());
        PoolStatus {
            pool: self.pool,
            limit: u32::try_from(self.per_minute).unwrap_or(u32::MAX),
            remaining: u32::try_from(self.capacity().saturating_sub(level) / UNIT).unwrap_or(u32::MAX),
            resets_at: now.after(leaks_in(level)),
            wait: if is_admitted { Duration::ZERO } else { leaks_in(missing) },
        }
    }
}

/// Takes all charges, each from the bucket at its place, or none.
pub(crate) fn take_all(buckets: &mut [Bucket], charges: &[Charge], now: Timestamp) -> Levels {
    let mut levels: Vec<u64> =
        buckets.iter().zip(charges).map(|(bucket, charge)| bucket.level_at(charge.per_minute, now)).collect();
    let is_admitted = charges.iter().zip(&levels).all(|(charge, &level)| charge.fits(level));
    if is_admitted {
        for ((bucket, charge), level) in buckets.iter_mut().zip(charges).zip(&mut levels) {
            *level += charge.amount;
            bucket.set(*level, now);
        }
    }
    Levels { is_admitted, levels }
}

/// The level after a correction.
pub(crate) fn adjusted(level: u64, tokens: i64) -> u64 {
    let amount = tokens.unsigned_abs().saturating_mul(UNIT);
    if tokens < 0 { level.saturating_sub(amount) } else { level.saturating_add(amount) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn charge(per_minute: u32, amount: u32) -> Charge {
        Charge::new(Take { pool: Pool::InferenceRequests, per_minute, amount })
    }

    #[test]
    fn a_limit_of_seven_gives_seven_at_once_and_then_one_each_seventh_of_a_minute() {
        let (mut bucket, charge, now) = ([Bucket::default()], charge(7, 1), Timestamp(1_000_000_000));
        for left in (0..7).rev() {
            let levels = take_all(&mut bucket, &[charge], now);
            assert!(levels.is_admitted);
            assert_eq!(charge.status(levels.levels[0], true, now).remaining, left);
        }
        let refused = take_all(&mut bucket, &[charge], now);
        let status = charge.status(refused.levels[0], refused.is_admitted, now);
        assert!(!refused.is_admitted);
        assert_eq!((status.remaining, status.wait), (0, Duration::from_micros(8_571_429)));
        assert_eq!(status.resets_at, now.after(Duration::from_secs(60)));
        assert!(!take_all(&mut bucket, &[charge], Timestamp(now.0 + 8_571_428)).is_admitted);
        assert!(take_all(&mut bucket, &[charge], Timestamp(now.0 + 8_571_429)).is_admitted);
        assert_eq!(bucket[0].level_at(7, now.after(Duration::from_secs(3600))), 0);
    }

    #[test]
    fn one_full_pool_refuses_and_nothing_is_taken_from_the_others() {
        let mut buckets = [Bucket::default(), Bucket { level: 10 * UNIT, at: Timestamp(0) }];
        let charges = [charge(5, 1), charge(10, 1)];
        let levels = take_all(&mut buckets, &charges, Timestamp(0));
        assert_eq!(levels, Levels { is_admitted: false, levels: vec![0, 10 * UNIT] });
        assert_eq!(buckets[0], Bucket::default());
        let waits = charges.map(|charge| charge.status(0, false, Timestamp(0)).wait);
        assert_eq!(waits, [Duration::ZERO; 2]);
    }

    #[test]
    fn more_than_the_limit_needs_a_full_pool() {
        let mut bucket = [Bucket::default()];
        assert!(take_all(&mut bucket, &[charge(10, 500)], Timestamp(0)).is_admitted);
        assert!(!take_all(&mut bucket, &[charge(10, 500)], Timestamp(59_999_999)).is_admitted);
        assert!(take_all(&mut bucket, &[charge(10, 500)], Timestamp(60_000_000)).is_admitted);
    }

    #[test]
    fn corrections_go_both_ways_and_a_clock_that_goes_back_gives_nothing() {
        assert_eq!(
            (adjusted(5 * UNIT, -2), adjusted(5 * UNIT, 3), adjusted(UNIT, -9)),
            (3 * UNIT, 8 * UNIT, 0)
        );
        let mut bucket = Bucket { level: UNIT, at: Timestamp(1000) };
        assert_eq!(bucket.level_at(60, Timestamp(500)), UNIT);
        bucket.set(2 * UNIT, Timestamp(500));
        assert_eq!(bucket.at, Timestamp(1000));
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_gets_more_than_the_limit_and_its_share(
            per_minute in 1u32..100_000,
            gaps in proptest::collection::vec(0i64..20_000_000, 1..300),
        ) {
            let (mut bucket, charge) = ([Bucket::default()], charge(per_minute, 1));
            let (mut now, mut admitted) = (Timestamp(0), 0u128);
            for gap in gaps {
                now.0 += gap;
                admitted += u128::from(take_all(&mut bucket, &[charge], now).is_admitted);
                let elapsed = u128::try_from(now.0).expect("positive");
                prop_assert!((admitted - u128::from(per_minute).min(admitted)) * u128::from(UNIT)
                    <= elapsed * u128::from(per_minute));
            }
        }
    }
}
