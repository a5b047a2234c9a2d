//! Time: instants as the store keeps them, the clock they come from, and the periods of budgets.
//!
//! The clock is a parameter, so that tests can stand at a period boundary. Periods are whole days in UTC,
//! therefore everything about them is arithmetic on day numbers.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// What a lifetime has instead of an end, for those who ask when counters may be forgotten.
const CENTURY_DAYS: i64 = 36_525;
/// Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// Microseconds since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The day it lies in, counted from 1970-01-01 in UTC.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(MICROS_PER_DAY))
    }

    /// Later by `duration`.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long until `later`; zero when it has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_micros(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// From the wire, with any offset from UTC. `None`: no instant of RFC 3339.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(instant.unix_timestamp_nanos() / 1000).ok().map(Self)
    }

    /// As on the wire: `2026-11-23T09:30:00Z`, with fractions when there are any.
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .ok()
            .and_then(|instant| instant.format(&Rfc3339).ok())
            .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
    }
}

impl From<SystemTime> for Timestamp {
    fn from(instant: SystemTime) -> Self {
        let since = instant.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// Its first instant.
    pub fn starts_at(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(MICROS_PER_DAY))
    }

    fn date(self) -> Date {
        i32::try_from(self.0.saturating_add(EPOCH_JULIAN_DAY))
            .ok()
            .and_then(|day| Date::from_julian_day(day).ok())
            .unwrap_or(Date::MAX)
    }

    fn of(date: Date) -> Self {
        Self(i64::from(date.to_julian_day()) - EPOCH_JULIAN_DAY)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(formatter, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

/// How often a counter of spend starts anew. A budget does it daily, weekly or monthly (budgets.md §1). Order: shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// At 00:00 UTC.
    Daily,
    /// On Monday, 00:00 UTC.
    Weekly,
    /// On the first of the month, 00:00 UTC.
    Monthly,
    /// Never. Credit is counted so, and no budget.
    Lifetime,
}

impl Period {
    /// All that a budget may have, shortest first.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Lifetime => "lifetime",
        }
    }

    /// From the word on the wire: one that a budget may have.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }

    /// From the word in a stored counter.
    pub(crate) fn of_counter(word: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Lifetime]).find(|period| period.as_str() == word)
    }

    /// First day of the period that holds `day`.
    pub fn start(self, day: Day) -> Day {
        match self {
            Self::Daily => day,
            // 1970-01-01 was a Thursday, three days after Monday.
            Self::Weekly => Day(day.0 - (day.0 + 3).rem_euclid(7)),
            Self::Monthly => {
                let date = day.date();
                Day::of(date.replace_day(1).unwrap_or(date))
            }
            Self::Lifetime => Day(0),
        }
    }

    /// First day of the next period.
    pub fn next_start(self, day: Day) -> Day {
        let start = self.start(day);
        match self {
            Self::Daily => Day(start.0 + 1),
            Self::Weekly => Day(start.0 + 7),
            // The first of a month plus 31 days lies in the next month.
            Self::Monthly => self.start(Day(start.0 + 31)),
            Self::Lifetime => Day(start.0 + CENTURY_DAYS),
        }
    }
}

/// Where the store reads the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

/// A clock that stands until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves forward.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now().after(duration));
    }

    /// Moves to an instant.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(day: i64, text: &str, starts: [&str; 3], next: [&str; 3]) {
        let day = Day(day);
        assert_eq!(day.to_string(), text);
        assert_eq!(Period::ALL.map(|period| period.start(day).to_string()), starts, "starts for {text}");
        assert_eq!(Period::ALL.map(|period| period.next_start(day).to_string()), next, "ends for {text}");
    }

    #[test]
    fn periods_start_at_midnight_on_monday_and_on_the_first() {
        check(
            0,
            "1970-01-01",
            ["1970-01-01", "1969-12-29", "1970-01-01"],
            ["1970-01-02", "1970-01-05", "1970-02-01"],
        );
        check(
            20_780,
            "2026-11-23",
            ["2026-11-23", "2026-11-23", "2026-11-01"],
            ["2026-11-24", "2026-11-30", "2026-12-01"],
        );
        check(
            20_818,
            "2026-12-31",
            ["2026-12-31", "2026-12-28", "2026-12-01"],
            ["2027-01-01", "2027-01-04", "2027-01-01"],
        );
        check(
            19_782,
            "2024-02-29",
            ["2024-02-29", "2024-02-26", "2024-02-01"],
            ["2024-03-01", "2024-03-04", "2024-03-01"],
        );
    }

    #[test]
    fn an_instant_belongs_to_the_day_it_lies_in() {
        assert_eq!(Timestamp(MICROS_PER_DAY - 1).day(), Day(0));
        assert_eq!(Timestamp(MICROS_PER_DAY).day(), Day(1));
        assert_eq!(Timestamp(-1).day(), Day(-1));
        assert_eq!(Day(1).starts_at().to_rfc3339(), "1970-01-02T00:00:00Z");
        assert_eq!(Timestamp(1_500_000).to_rfc3339(), "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn instants_are_read_as_they_are_written() {
        for text in ["2026-11-23T09:30:00Z", "1970-01-01T00:00:01.5Z"] {
            assert_eq!(Timestamp::parse_rfc3339(text).map(Timestamp::to_rfc3339).as_deref(), Some(text));
        }
        assert_eq!(Timestamp::parse_rfc3339("1970-01-01T02:00:01+02:00"), Some(Timestamp(1_000_000)));
        assert_eq!(Timestamp::parse_rfc3339("tomorrow"), None);
    }

    #[test]
    fn absurd_days_do_not_panic() {
        for day in [i64::MIN / 2, -10_000_000, 10_000_000, i64::MAX / 2] {
            for period in Period::ALL {
                let _ = (period.start(Day(day)), period.next_start(Day(day)).to_string());
            }
        }
        assert_eq!(Timestamp(i64::MAX).to_rfc3339(), "9999-12-31T23:59:59Z");
    }
}
