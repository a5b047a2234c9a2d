//! When to send again, as a pure decision (errors.md §4 with G-27): the caller brings the clock and the dice.

use std::time::{Duration, SystemTime};

/// Longest `Retry-After` that is waited for; a longer one is the caller's business (G-27).
const RETRY_AFTER_CAP: Duration = Duration::from_secs(60);

/// The published constants of the official client.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// Wait before the first retry.
    pub initial: Duration,
    /// Growth per attempt.
    pub multiplier: f64,
    /// Longest wait before jitter.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { initial: Duration::from_millis(500), multiplier: 1.5, cap: Duration::from_secs(30) }
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait so long, then send again.
    RetryAfter(Duration),
    /// Hand the error to the caller.
    GiveUp,
}

impl Backoff {
    /// Decides after attempt number `attempt` (0 for the first) failed with a retryable error.
    ///
    /// `jitter` is a factor in 0.8..=1.2.
    pub fn decide(
        &self,
        attempt: u32,
        max_retries: u32,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> Decision {
        if attempt >= max_retries {
            return Decision::GiveUp;
        }
        let exponent = i32::try_from(attempt).unwrap_or(i32::MAX);
        let growth = self.multiplier.powi(exponent);
        let base = (self.initial.as_secs_f64() * growth).min(self.cap.as_secs_f64());
        let wait = Duration::from_secs_f64(base * jitter.clamp(0.8, 1.2));
        match retry_after {
            Some(asked) if asked > RETRY_AFTER_CAP => Decision::GiveUp,
            Some(asked) => Decision::RetryAfter(wait.max(asked)),
            None => Decision::RetryAfter(wait),
        }
    }
}

/// The wait that the headers ask for: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
///
/// Values that are negative, not finite or unreadable count as absent.
pub fn parse_retry_after(headers: &[(String, String)], now: SystemTime) -> Option<Duration> {
    let value = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
    let seconds = |text: &str, unit: f64| {
        let number: f64 = text.parse().ok()?;
        Duration::try_from_secs_f64(number * unit).ok()
    };
    if let Some(wait) = value(auriko_wire::headers::RETRY_AFTER_MS).and_then(|text| seconds(text, 1e-3)) {
        return Some(wait);
    }
    let text = value(auriko_wire::headers::RETRY_AFTER)?;
    seconds(text, 1.0)
        .or_else(|| Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or(Duration::ZERO)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_grow_and_stay_below_the_cap() {
        let decide = |attempt, jitter| Backoff::default().decide(attempt, 20, None, jitter);
        assert_eq!(decide(0, 1.0), Decision::RetryAfter(Duration::from_millis(500)));
        assert_eq!(decide(1, 1.0), Decision::RetryAfter(Duration::from_millis(750)));
        assert_eq!(decide(0, 0.8), Decision::RetryAfter(Duration::from_millis(400)));
        assert_eq!(decide(19, 1.2), Decision::RetryAfter(Duration::from_secs(36)));
    }

    #[test]
    fn gives_up_after_the_last_retry() {
        assert_eq!(Backoff::default().decide(2, 2, None, 1.0), Decision::GiveUp);
        assert_eq!(Backoff::default().decide(0, 0, None, 1.0), Decision::GiveUp);
    }

    #[test]
    fn waits_at_least_as_long_as_asked_but_not_over_a_minute() {
        let decide = |asked| Backoff::default().decide(0, 2, Some(asked), 1.0);
        assert_eq!(decide(2 * SECOND), Decision::RetryAfter(2 * SECOND));
        assert_eq!(decide(Duration::ZERO), Decision::RetryAfter(Duration::from_millis(500)));
        assert_eq!(decide(61 * SECOND), Decision::GiveUp);
    }

    #[test]
    fn reads_the_three_forms_of_retry_after() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a valid date");
        let check = |name: &str, value: &str, expected: Option<Duration>| {
            let headers = [(name.to_owned(), value.to_owned())];
            assert_eq!(parse_retry_after(&headers, now), expected, "{name}: {value}");
        };
        check("retry-after", "2", Some(2 * SECOND));
        check("retry-after", " 1.5 ", Some(Duration::from_millis(1500)));
        check("retry-after-ms", "250", Some(Duration::from_millis(250)));
        check("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT", Some(3 * SECOND));
        check("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(Duration::ZERO));
        for value in ["inf", "nan", "-1", "soon", "", "1e400"] {
            check("retry-after", value, None);
        }
    }
}
