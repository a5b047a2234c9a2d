//! One candidate, or two at once: where that is configured, a second one is started when the first has sent nothing
//! for a while, and whoever speaks first serves the request. The other is cancelled, which closes its connection.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Content, Job, Queue, Tried, try_one};
use crate::account::Account;
use crate::catalog::Offering;
use crate::clock::now_ms;
use crate::config::HedgeAfter;
use crate::failure::Failure;
use crate::health::{Line, Pass};
use crate::meter::Meter;

/// What came of it.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) winner: Option<(Meter, Line, Content)>,
    /// In the order in which they happened.
    pub(super) failures: Vec<Failure>,
}

/// Tries `offering`, and the next of `queue` beside it if it is slow.
pub(super) async fn run<'a>(
    job: &Job<'_>,
    offering: &'a Offering,
    pass: Pass,
    queue: &mut Queue<'a>,
    account: &mut Account,
) -> Ended {
    account.begin_attempt();
    match patience(job, offering) {
        None => Ended::default().with(try_one(job, offering, pass).await, job),
        // Two attempts in one future would make that of every request as large.
        Some(patience) => Box::pin(race(job, offering, pass, patience, queue, account)).await,
    }
}

async fn race<'a>(
    job: &Job<'_>,
    offering: &'a Offering,
    pass: Pass,
    patience: Duration,
    queue: &mut Queue<'a>,
    account: &mut Account,
) -> Ended {
    let started_at = Instant::now();
    let mut first = pin!(try_one(job, offering, pass));
    tokio::select! {
        biased;
        tried = &mut first => return Ended::default().with(tried, job),
        () = sleep(patience) => {}
    }
    let Some((rival, pass)) = queue.next_healthy(offering) else {
        return Ended::default().with(first.await, job);
    };
    tracing::debug!(provider = %offering.provider.id, rival = %rival.provider.id, "a slow attempt got company");
    let rival_started_at = Instant::now();
    let metrics = &job.gateway.observer.metrics;
    metrics.hedges.inc();
    account.begin_attempt();
    let mut second = pin!(try_one(job, rival, pass));
    tokio::select! {
        biased;
        tried = &mut first => {
            let other = Other { offering: rival, started_at: rival_started_at };
            finish(job, account, tried, second, other).await
        }
        tried = &mut second => {
            let other = Other { offering, started_at };
            if tried.result.is_ok() {
                metrics.hedges_won.inc();
            }
            finish(job, account, tried, first, other).await
        }
    }
}

/// Who is still running.
struct Other<'a> {
    offering: &'a Offering,
    started_at: Instant,
}

/// One of two is over: either the other one is not needed any more, or it is the only hope.
async fn finish(
    job: &Job<'_>,
    account: &mut Account,
    tried: Tried<'_>,
    attempt: impl Future<Output = Tried<'_>>,
    other: Other<'_>,
) -> Ended {
    let is_refused = tried.result.as_ref().is_err_and(|failure| !failure.allows_fallback());
    let ended = Ended::default().with(tried, job);
    if ended.winner.is_some() || is_refused {
        account.add_hedge(other.offering, &job.plan, other.started_at);
        return ended;
    }
    ended.with(attempt.await, job)
}

impl Ended {
    fn with(mut self, tried: Tried<'_>, job: &Job<'_>) -> Self {
        let verdict = tried.verdict(job);
        let Tried { offering, mut meter, pass, result, .. } = tried;
        let line = pass.line();
        pass.end(verdict);
        match result {
            Ok(content) => self.winner = Some((meter, line, content)),
            Err(failure) => {
                if let Some(probe) = meter.probe() {
                    probe.fail(failure.word());
                }
                tracing::warn!(provider = %failure.provider, model = &*offering.model, reason = failure.word(), "an attempt failed");
                self.failures.push(failure);
            }
        }
        self
    }
}

/// How long the first may be silent. `None`: as long as its attempt lasts.
///
/// Only streams tell early that they are being answered.
fn patience(job: &Job<'_>, offering: &Offering) -> Option<Duration> {
    if !job.request.stream {
        return None;
    }
    match job.gateway.hedge_after? {
        HedgeAfter::Time(patience) => Some(patience),
        HedgeAfter::P95 => {
            let measurements = job.gateway.health.measurements(now_ms());
            let slow_ms = measurements.measured(offering.facts.key)?.ttft_ms.p95?;
            Some(Duration::from_secs_f64(slow_ms / 1000.0))
        }
    }
}
