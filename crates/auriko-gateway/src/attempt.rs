//! Tries the candidates of a plan one after the other, until one answers or none is left.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use auriko_providers::simulated::ProfilePatch;
use auriko_routing::Policy;
use auriko_wire::embeddings::EmbeddingsRequest;
use auriko_wire::encode::ChunkIdentity;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::response::CompletionBuilder;
use auriko_wire::routing_metadata::WarningType;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use crate::account::{Account, Serving};
use crate::catalog::Offering;
use crate::error::ApiError;
use crate::failure::{Failure, summary};
use crate::gateway::Inner;
use crate::guard::{Hold, Tab};
use crate::health::{Pass, Verdict};
use crate::meter::Meter;
use crate::observe::Probe;
use crate::relay::Opened;
use crate::routing::Plan;

mod ask;
mod queue;
mod race;

use queue::Queue;

/// One request, with all that its attempts need to know.
pub(crate) struct Job<'a> {
    pub(crate) gateway: &'a Inner,
    pub(crate) task: Task<'a>,
    /// What it was routed by.
    pub(crate) request: &'a ChatRequest,
    pub(crate) policy: &'a Policy,
    pub(crate) plan: Plan,
    /// `extensions.simulated`, for whichever simulated provider is chosen.
    pub(crate) patch: ProfilePatch,
    /// The other extensions.
    pub(crate) extensions: Map<String, Value>,
    pub(crate) arrived_at: Instant,
    pub(crate) identity: ChunkIdentity,
    /// What it spends. `None`: nothing is remembered here.
    pub(crate) tab: Option<Arc<Tab>>,
    /// The parent of the attempts' spans. `None`: nobody wants traces.
    pub(crate) trace: Option<opentelemetry::Context>,
}

/// What providers are asked to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task<'a> {
    /// To complete the request.
    Complete,
    /// To embed these inputs.
    Embed(&'a EmbeddingsRequest),
}

/// The first good answer.
pub(crate) struct Answer {
    pub(crate) serving: Serving,
    pub(crate) identity: ChunkIdentity,
    pub(crate) content: Content,
}

pub(crate) enum Content {
    /// A reply whose first event has come.
    Stream(Box<Opened>),
    /// A whole reply, and its fields that no event carries.
    Plain(Box<CompletionBuilder>, Map<String, Value>),
    /// Vectors, as the provider sent them.
    Embeddings(Map<String, Value>),
}

/// An attempt that is over: its candidate, its account and what came of it.
struct Tried<'a> {
    offering: &'a Offering,
    meter: Meter,
    pass: Pass,
    result: Result<Content, Failure>,
    /// Whether the caller allowed less time than the configuration would have.
    was_hurried: bool,
}

impl Job<'_> {
    /// Whether the caller stages what simulated providers do: then it says nothing about them to others.
    pub(crate) fn is_staged(&self) -> bool {
        self.patch != ProfilePatch::default()
    }
}

/// Runs the plan.
///
/// # Errors
/// What the last candidate failed with, in the words of routing.md §6.4. Then the account is settled.
pub(crate) async fn run(job: &Job<'_>, mut account: Account) -> Result<Answer, ApiError> {
    let mut queue = Queue::new(job.gateway, &job.plan.candidates);
    let mut warnings = job.plan.warnings.clone();
    let mut failures = Vec::new();
    while let Some((offering, pass)) = queue.next() {
        if !failures.is_empty() {
            job.gateway.observer.metrics.fallbacks.inc();
        }
        let ended = race::run(job, offering, pass, &mut queue, &mut account).await;
        for failure in ended.failures {
            if failure.is_timeout() {
                let message = format!("`{}` did not answer in time; another provider did.", failure.provider);
                warnings.push(warning(WarningType::ProviderTimeout, "provider_timeout", message));
            }
            if failure.exhausts_own_keys() {
                queue.leave_out(&failure.provider);
            }
            failures.push(failure);
        }
        if let Some((mut meter, line, content)) = ended.winner {
            meter.warn_first(warnings);
            let identity = identity(job, meter.offering());
            return Ok(Answer { serving: account.serve(meter, line, job), identity, content });
        }
        if failures.last().is_some_and(|failure| !failure.allows_fallback()) || has_expired(job) {
            break;
        }
    }
    let error = if failures.is_empty() {
        queue.nobody_is_there()
    } else if has_expired(job) && failures.last().is_some_and(Failure::allows_fallback) {
        expired(failures)
    } else {
        summary(failures)
    };
    account.fail(error.code);
    Err(error)
}

fn deadline(job: &Job<'_>) -> Option<Instant> {
    job.policy.deadline.map(|deadline| job.arrived_at + deadline)
}

fn has_expired(job: &Job<'_>) -> bool {
    deadline(job).is_some_and(|deadline| Instant::now() >= deadline)
}

/// Whatever the last one failed with: there was no time to try others.
fn expired(failures: Vec<Failure>) -> ApiError {
    let error = summary(failures);
    let message = format!("The request did not end within `gateway.routing.deadline_ms`. {}", error.message);
    ApiError { message, retry_after: None, limited_by: None, code: ErrorCode::UpstreamTimeout, ..error }
}

/// How long an attempt that starts now may take, and whether that is less than usual.
fn allowed_time(job: &Job<'_>) -> (Duration, bool) {
    let limits = &job.gateway.limits;
    let usual = if job.request.wants_reasoning() { limits.attempt_with_reasoning } else { limits.attempt };
    let limit = job.policy.timeout.unwrap_or(usual);
    let limit =
        deadline(job).map_or(limit, |deadline| limit.min(deadline.saturating_duration_since(Instant::now())));
    (limit, limit < usual)
}

/// One attempt, within its time.
async fn try_one<'a>(job: &Job<'_>, offering: &'a Offering, pass: Pass) -> Tried<'a> {
    let (limit, was_hurried) = allowed_time(job);
    let began_at = Instant::now();
    let mut meter = Meter::new(offering, &job.plan, job.arrived_at);
    meter.watch(Probe::open(job, offering));
    let hold = match &job.tab {
        None => None,
        Some(tab) => match reserve(tab, offering, limit).await {
            Ok(hold) => Some(hold),
            Err(error) => {
                let result = Err(Failure::not_made(&offering.provider, error));
                return Tried { offering, meter, pass, result, was_hurried };
            }
        },
    };
    let left = limit.saturating_sub(began_at.elapsed());
    let mut request = Cow::Borrowed(job.request);
    if let Some(limit) = hold.as_ref().and_then(|hold| hold.output_limit) {
        request.to_mut().max_output_tokens = Some(limit);
    }
    let ended = timeout(left, ask::run(job, &request, offering, left, &mut meter)).await;
    let result = ended.unwrap_or_else(|_| {
        let detail = format!("the limit of {} ms ran out", limit.as_millis());
        Err(Failure::timeout(&offering.provider, detail))
    });
    let result = result.map_err(|failure| failure.seen_from(offering));
    if let (Some(key), Err(failure)) = (&offering.own_key, &result)
        && failure.refutes_the_key()
    {
        Box::pin(key.note_refused()).await;
    }
    match (hold, &result) {
        (Some(mut hold), Ok(_)) => {
            meter.warn(std::mem::take(&mut hold.warnings));
            meter.keep(hold);
        }
        // Who was silent for too long, broke off, or said too much, may bill it.
        (Some(hold), Err(failure)) if failure.is_timeout() || failure.is_too_large() || meter.has_heard() => {
            hold.settle(meter.settle().cost);
        }
        (Some(hold), Err(_)) => hold.release(),
        (None, _) => {}
    }
    Tried { offering, meter, pass, result, was_hurried }
}

/// What the attempt may cost. A store that hangs is waited for no longer than a provider would be.
async fn reserve(tab: &Arc<Tab>, offering: &Offering, limit: Duration) -> Result<Hold, ApiError> {
    let reserving = Box::pin(tab.reserve(offering, limit));
    timeout(limit, reserving).await.unwrap_or_else(|_| {
        let message = "The store did not answer within the time that the request allows.";
        Err(ApiError::new(ErrorCode::ServiceUnavailable, message).with_suggestion("Try again later."))
    })
}

impl Tried<'_> {
    /// What it says about the provider.
    fn verdict(&self, job: &Job<'_>) -> Verdict {
        match &self.result {
            _ if job.is_staged() => Verdict::Unknown,
            Ok(_) => Verdict::Healthy,
            // An impatient caller must not take a provider away from everybody.
            Err(failure) if failure.is_timeout() && self.was_hurried => Verdict::Unknown,
            Err(failure) => failure.verdict(),
        }
    }
}

/// What the reply says of itself where the provider says nothing.
fn identity(job: &Job<'_>, offering: &Offering) -> ChunkIdentity {
    ChunkIdentity { model: offering.upstream_id.to_string(), ..job.identity.clone() }
}
