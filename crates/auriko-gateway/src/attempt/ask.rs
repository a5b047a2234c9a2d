//! Asks one provider: its request, and its reply up to the point where it is one.

use std::sync::Arc;
use std::time::Duration;

use auriko_client::{Limits, Method, Progress, Request, Response};
use auriko_providers::adapter::{BuildError, ReplyError, ReplyReader, Target};
use auriko_providers::extensions;
use auriko_providers::simulated::{Script, Simulation, simulate};
use auriko_routing::catalog::file::DataPolicy;
use auriko_wire::event::Event;
use auriko_wire::request::ChatRequest;
use auriko_wire::response::CompletionBuilder;
use serde_json::Map;
use tokio::time::{Instant, sleep_until};

use super::{Content, Job, Task, identity};
use crate::catalog::{Kind, Offering, Provider};
use crate::embeddings;
use crate::failure::Failure;
use crate::meter::Meter;
use crate::parameters;
use crate::relay::Opened;
use crate::upstream::{Upstream, is_spoken};

/// Asks `offering`, and waits for the first event of a stream or for a whole reply. `request`: the job's, with the output
/// that this attempt may have. `limit`: what the caller will wait.
pub(super) async fn run(
    job: &Job<'_>,
    request: &ChatRequest,
    offering: &Offering,
    limit: Duration,
    meter: &mut Meter,
) -> Result<Content, Failure> {
    let provider = &offering.provider;
    let is_configured = |id: &str| job.gateway.catalog.provider(id).is_some();
    let (fields, ignored) = extensions::select(&job.extensions, &provider.id, &is_configured);
    meter.warn(ignored);
    let trace = meter.probe().map(|probe| probe.headers(&job.gateway.observer)).unwrap_or_default();
    if let Task::Embed(inputs) = job.task {
        let vectors = Box::pin(embeddings::attempt(job.gateway, inputs, offering, fields, trace)).await?;
        return Ok(Content::Embeddings(vectors));
    }
    match &provider.kind {
        Kind::Simulated { profile, .. } => {
            let profile = profile.patched(&job.patch).unwrap_or_else(|_| profile.clone());
            let started_at = Instant::now();
            match simulate(request, &profile, provider.kind.count_attempt()) {
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
                api_key: offering.api_key(key),
                upstream_model: &offering.upstream_id,
                max_output_tokens: offering.facts.max_output_tokens,
                tier: Some(&*offering.facts.tier).filter(|_| !offering.facts.is_standard()),
                conversation: wants_conversation.then_some(&*job.plan.conversation_id),
                keeps_nothing: DataPolicy::Zdr == job.policy.data_policy.max(offering.data_policy),
            };
            let (request, refused) = parameters::accepted(request, &offering.facts);
            meter.warn(refused);
            let inlined = job.gateway.media.inline(request, *adapter, &offering.upstream_id).await;
            let request =
                inlined.map_err(|error| Failure::from_build(provider, BuildError::Unsuited(error)))?;
            let built = adapter.build(&request, &target, fields);
            let built = built.map_err(|error| Failure::from_build(provider, error))?;
            meter.warn(built.warnings);
            let mut request = Request::new(Method::Post, built.url);
            request.headers = built.headers;
            request.headers.extend(trace);
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
            offering.note_accepted(&response);
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
        let progress = upstream.drain(&mut |choice: u32, event: Event<'_>| {
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
    let text = response.text_within(job.gateway.limits.reply_bytes).await;
    let text = text.map_err(|error| Failure::from_client(provider, &error))?;
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

/// Waits for a stream's first event. An error before it is an attempt that failed, not a broken stream.
async fn open(provider: &Arc<Provider>, mut upstream: Upstream) -> Result<Content, Failure> {
    let mut head = Vec::new();
    loop {
        upstream.wait().await?;
        let progress = upstream.begin(&mut |choice, event| head.push((choice, event.into_owned())))?;
        let spoken = head.iter().find(|(_, event)| is_spoken(event));
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
