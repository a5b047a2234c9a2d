//! Tries the candidates of a plan one after the other, until one answers or none is left.

use std::sync::Arc;
use std::time::Duration;

use auriko_client::{Limits, Method, Progress, Request, Response};
use auriko_providers::adapter::{ReplyError, ReplyReader, Target};
use auriko_providers::extensions;
use auriko_providers::simulated::{ProfilePatch, Script, Simulation, simulate};
use auriko_routing::Policy;
use auriko_routing::catalog::file::DataPolicy;
use auriko_wire::embeddings::EmbeddingsRequest;
use auriko_wire::encode::ChunkIdentity;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::event::Event;
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::response::CompletionBuilder;
use auriko_wire::routing_metadata::WarningType;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until, timeout};

use crate::account::{Account, Serving};
use crate::catalog::{Kind, Offering, Provider};
use crate::config::Secret;
use crate::embeddings;
use crate::error::ApiError;
use crate::failure::{Failure, summary};
use crate::gateway::Inner;
use crate::health::{Pass, Verdict};
use crate::meter::Meter;
use crate::parameters;
use crate::relay::Opened;
use crate::routing::Plan;
use crate::upstream::Upstream;

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
        let ended = race::run(job, offering, pass, &mut queue, &mut account).await;
        for failure in ended.failures {
            if failure.is_timeout() {
                let message = format!("`{}` did not answer in time; another provider did.", failure.provider);
                warnings.push(warning(WarningType::ProviderTimeout, "provider_timeout", message));
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
    let mut meter = Meter::new(offering, &job.plan, job.arrived_at);
    let ended = timeout(limit, attempt(job, offering, limit, &mut meter)).await;
    let result = ended.unwrap_or_else(|_| {
        let detail = format!("the limit of {} ms ran out", limit.as_millis());
        Err(Failure::timeout(&offering.provider, detail))
    });
    Tried { offering, meter, pass, result, was_hurried }
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

async fn attempt(
    job: &Job<'_>,
    offering: &Offering,
    limit: Duration,
    meter: &mut Meter,
) -> Result<Content, Failure> {
    let provider = &offering.provider;
    let is_configured = |id: &str| job.gateway.catalog.provider(id).is_some();
    let (fields, ignored) = extensions::select(&job.extensions, &provider.id, &is_configured);
    meter.warn(ignored);
    if let Task::Embed(request) = job.task {
        let vectors = Box::pin(embeddings::attempt(job.gateway, request, offering, fields)).await?;
        return Ok(Content::Embeddings(vectors));
    }
    match &provider.kind {
        Kind::Simulated { profile, .. } => {
            let profile = profile.patched(&job.patch).unwrap_or_else(|_| profile.clone());
            let started_at = Instant::now();
            match simulate(job.request, &profile, provider.kind.count_attempt()) {
                Simulation::Failure { status, after } => {
                    sleep_until(started_at + after).await;
                    Err(Failure::from_status(provider, status, &[], ""))
                }
                Simulation::Reply(script) => play(job, offering, *script, started_at, meter).await,
            }
        }
        Kind::Http { base_url, key, adapter } => {
            let wants_conversation = adapter.wants_conversation();
            let target = Target {
                base_url,
                api_key: key.value.as_ref().map(Secret::reveal),
                upstream_model: &offering.upstream_id,
                max_output_tokens: offering.facts.max_output_tokens,
                tier: Some(&*offering.facts.tier).filter(|_| !offering.facts.is_standard()),
                conversation: wants_conversation.then_some(&*job.plan.conversation_id),
                keeps_nothing: DataPolicy::Zdr == job.policy.data_policy.max(offering.facts.data_policy),
            };
            let (request, refused) = parameters::accepted(job.request, &offering.facts);
            meter.warn(refused);
            let built = adapter.build(&request, &target, fields);
            let built = built.map_err(|error| Failure::from_build(provider, error))?;
            meter.warn(built.warnings);
            let mut request = Request::new(Method::Post, built.url);
            request.headers = built.headers;
            request.body = Some(built.body.into());
            request.limits = Limits {
                connect: Some(job.gateway.limits.connect.min(limit)),
                // The attempt as a whole is timed by its caller.
                first_byte: None,
                idle: Some(if job.request.stream { job.gateway.limits.idle } else { limit }),
                total: None,
            };
            let sent = job.gateway.client.send(request).await;
            let response = sent.map_err(|error| Failure::from_client(provider, &error))?;
            read(job, offering, response, &built.reader, meter).await
        }
    }
}

async fn play(
    job: &Job<'_>,
    offering: &Offering,
    script: Script,
    started_at: Instant,
    meter: &mut Meter,
) -> Result<Content, Failure> {
    let mut upstream = Upstream::script(&offering.provider, script, started_at, job.gateway.limits.idle);
    if job.request.stream {
        return open(&offering.provider, upstream).await;
    }
    let mut builder = CompletionBuilder::new(identity(job, offering));
    loop {
        upstream.wait().await?;
        let now = Instant::now();
        let progress = upstream.drain(&mut |choice, event| {
            meter.see(&event, now);
            builder.push(choice, event);
        })?;
        if progress != Progress::More {
            return Ok(Content::Plain(Box::new(builder), Map::new()));
        }
    }
}

async fn read(
    job: &Job<'_>,
    offering: &Offering,
    response: Response,
    reader: &ReplyReader,
    meter: &mut Meter,
) -> Result<Content, Failure> {
    let provider = &offering.provider;
    if job.request.stream {
        return open(provider, Upstream::http(provider, response.into_body(), reader)).await;
    }
    let text = response.text().await.map_err(|error| Failure::from_client(provider, &error))?;
    let now = Instant::now();
    let mut builder = CompletionBuilder::new(identity(job, offering));
    let extra = reader.decode_reply(&text, &mut |choice, event| {
        meter.see(&event, now);
        builder.push(choice, event);
    });
    let extra = extra.map_err(|error| match error {
        ReplyError::Unusable(detail) => Failure::broken(provider, detail),
        ReplyError::Error(error) => Failure::from_error_value(provider, &error),
    })?;
    Ok(Content::Plain(Box::new(builder), extra))
}

/// What the reply says of itself where the provider says nothing.
fn identity(job: &Job<'_>, offering: &Offering) -> ChunkIdentity {
    ChunkIdentity { model: offering.upstream_id.to_string(), ..job.identity.clone() }
}

/// Waits for a stream's first event. An error before it is an attempt that failed, not a broken stream.
async fn open(provider: &Arc<Provider>, mut upstream: Upstream) -> Result<Content, Failure> {
    let mut head = Vec::new();
    loop {
        upstream.wait().await?;
        let progress = upstream.drain(&mut |choice, event| head.push((choice, event.into_owned())))?;
        let spoken =
            head.iter().find(|(_, event)| !matches!(event, Event::Meta { .. } | Event::Service { .. }));
        match spoken {
            Some((_, Event::Error { error })) => {
                let error = serde_json::from_str(error.get()).unwrap_or_default();
                return Err(Failure::from_error_value(provider, &error));
            }
            Some((_, Event::Malformed { detail })) => {
                return Err(Failure::broken(
                    provider,
                    format!("it sent an event that can't be read: {detail}"),
                ));
            }
            Some((_, Event::Done {})) => return Err(Failure::broken(provider, "the reply is empty")),
            _ => {}
        }
        if progress == Progress::Eof && spoken.is_none() {
            return Err(Failure::broken(provider, "the connection ended before the reply began"));
        }
        if !head.is_empty() {
            return Ok(Content::Stream(Box::new(Opened { upstream, head, progress, at: Instant::now() })));
        }
    }
}
