//! Rate and percentiles of a run.

use std::time::Duration;

use serde::Serialize;

use crate::connection::Exchange;

/// What a run gave.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    requests: usize,
    /// From the first request to the end of the last reply.
    seconds: f64,
    requests_per_second: f64,
    /// Text pieces per second.
    tokens_per_second: f64,
    latency_us: Percentiles,
    first_token_us: Percentiles,
}

/// Exact: every sample is kept until the end.
#[derive(Debug, PartialEq, Serialize)]
struct Percentiles {
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

impl Report {
    pub(crate) fn new(exchanges: Vec<Exchange>, took: Duration, tokens_per_reply: u64) -> Self {
        let requests = exchanges.len();
        let seconds = took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts of one run are small")]
        let (count, tokens) = (requests as f64, (requests as u64 * tokens_per_reply) as f64);
        let (latencies, first_tokens): (Vec<_>, Vec<_>) =
            exchanges.into_iter().map(|exchange| (exchange.latency, exchange.first_token)).unzip();
        Self {
            requests,
            seconds,
            requests_per_second: count / seconds,
            tokens_per_second: tokens / seconds,
            latency_us: Percentiles::of(latencies),
            first_token_us: Percentiles::of(first_tokens),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers serialise")
    }
}

impl Percentiles {
    /// `samples` are never empty: a run makes at least one exchange.
    fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        // The smallest sample that at least `percent` of all do not exceed.
        let rank = |percent: usize| (samples.len() * percent).div_ceil(100).saturating_sub(1);
        let at = |percent| samples.get(rank(percent)).copied().map_or(f64::NAN, micros);
        #[expect(clippy::cast_precision_loss, reason = "counts of one run are small")]
        let mean = samples.iter().copied().map(micros).sum::<f64>() / samples.len() as f64;
        Self { mean, p50: at(50), p90: at(90), p99: at(99), max: at(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let samples = (1..=200).rev().map(Duration::from_micros).collect();
        let expected = Percentiles { mean: 100.5, p50: 100.0, p90: 180.0, p99: 198.0, max: 200.0 };
        let percentiles = Percentiles::of(samples);
        assert!((percentiles.mean - expected.mean).abs() < 1e-6);
        assert!(
            (percentiles.p99 - expected.p99).abs() < 1e-6 && (percentiles.max - expected.max).abs() < 1e-6
        );
        assert!(
            (percentiles.p50 - expected.p50).abs() < 1e-6 && (percentiles.p90 - expected.p90).abs() < 1e-6
        );
    }

    #[test]
    fn a_single_sample_is_every_percentile() {
        let percentiles = Percentiles::of(vec![Duration::from_micros(7)]);
        assert!((percentiles.p50 - 7.0).abs() < 1e-6 && (percentiles.p99 - 7.0).abs() < 1e-6);
    }

    #[test]
    fn rates_divide_by_the_time_taken() {
        let exchange = Exchange { latency: Duration::from_millis(2), first_token: Duration::from_millis(1) };
        let report = Report::new(vec![exchange; 10], Duration::from_secs(2), 200);
        assert!((report.requests_per_second - 5.0).abs() < 1e-9);
        assert!((report.tokens_per_second - 1000.0).abs() < 1e-9);
    }
}
