//! Tries the candidates of a plan one after the other, until one answers or none is left.

use std::sync::Arc;
use std::time::Duration;

use auriko_client::{Limits, Method, Progress, Request, Response};
use auriko_providers::adapter::{ReplyError, ReplyReader, Target};
use auriko_providers::extensions;
use auriko_providers::simulated::{ProfilePatch, Script, Simulation, simulate};
use auriko_routing::Policy;
use auriko_wire::encode::ChunkIdentity;
use auriko_wire::event::Event;
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::response::CompletionBuilder;
use auriko_wire::routing_metadata::WarningType;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until, timeout};

use crate::catalog::{Kind, Offering, Provider};
use crate::config::Secret;
use crate::error::ApiError;
use crate::failure::{Failure, summary};
use crate::gateway::Inner;
use crate::meter::Meter;
use crate::parameters;
use crate::relay::Opened;
use crate::routing::Plan;
use crate::upstream::Upstream;

/// One request, with all that its attempts need to know.
pub(crate) struct Job<'a> {
    pub(crate) gateway: &'a Inner,
    pub(crate) request: &'a ChatRequest,
    pub(crate) policy: &'a Policy,
    /// `extensions.simulated`, for whichever simulated provider is chosen.
    pub(crate) patch: ProfilePatch,
    /// The other extensions.
    pub(crate) extensions: Map<String, Value>,
    pub(crate) arrived_at: Instant,
    pub(crate) identity: ChunkIdentity,
}

/// The first good answer.
pub(crate) struct Answer {
    pub(crate) meter: Meter,
    pub(crate) identity: ChunkIdentity,
    pub(crate) content: Content,
}

pub(crate) enum Content {
    /// A reply whose first event has come.
    Stream(Box<Opened>),
    /// A whole reply, and its fields that no event carries.
    Plain(Box<CompletionBuilder>, Map<String, Value>),
}

/// Runs the plan.
///
/// # Errors
/// What the last candidate failed with, in the words of routing.md §6.4.
pub(crate) async fn run(job: &Job<'_>, plan: Plan) -> Result<Answer, ApiError> {
    let deadline = job.policy.deadline.map(|deadline| job.arrived_at + deadline);
    let mut warnings = plan.warnings;
    let mut failures = Vec::new();
    for offering in &plan.candidates {
        let limit = allowed_time(job, deadline);
        let mut meter = Meter::new(offering, plan.strategy, job.request, job.arrived_at);
        let failure = match timeout(limit, attempt(job, offering, limit, &mut meter)).await {
            Ok(Ok(content)) => {
                meter.warn_first(warnings);
                return Ok(Answer { meter, identity: identity(job, offering), content });
            }
            Ok(Err(failure)) => failure,
            Err(_) => {
                Failure::timeout(&offering.provider, format!("the limit of {} ms ran out", limit.as_millis()))
            }
        };
        tracing::warn!(provider = %failure.provider, model = %offering.model, reason = failure.word(), "an attempt failed");
        if !failure.allows_fallback() {
            return Err(failure.into_error());
        }
        if failure.is_timeout() {
            let message = format!("`{}` did not answer in time; another provider did.", failure.provider);
            warnings.push(warning(WarningType::ProviderTimeout, "provider_timeout", message));
        }
        failures.push(failure);
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
    }
    Err(summary(failures))
}

fn allowed_time(job: &Job<'_>, deadline: Option<Instant>) -> Duration {
    let limits = &job.gateway.limits;
    let usual = if job.request.wants_reasoning() { limits.attempt_with_reasoning } else { limits.attempt };
    let limit = job.policy.timeout.unwrap_or(usual);
    deadline.map_or(limit, |deadline| limit.min(deadline.saturating_duration_since(Instant::now())))
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
            let target = Target {
                base_url,
                api_key: key.value.as_ref().map(Secret::reveal),
                upstream_model: &offering.upstream_id,
                max_output_tokens: offering.facts.max_output_tokens,
                tier: Some(&*offering.facts.tier).filter(|_| !offering.facts.is_standard()),
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
