//! `POST /v1/embeddings`: routed and metered like a completion, answered in one piece.

use std::borrow::Cow;
use std::time::Duration;

use auriko_client::{Limits, Method, Request};
use auriko_providers::adapter::{BuildError, ReplyError, Target};
use auriko_providers::{embeddings, extensions, simulated};
use auriko_routing::{Endpoint, Wishes};
use auriko_wire::embeddings::EmbeddingsRequest;
use auriko_wire::event::Event;
use auriko_wire::request::RequestError;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::call::{Call, Reply};
use crate::catalog::{Kind, Offering};
use crate::config::Secret;
use crate::error::ApiError;
use crate::failure::{Failure, summary};
use crate::gateway::Inner;
use crate::meter::Meter;
use crate::routing;

/// Answers a call.
///
/// # Errors
/// As a completion: what the request lacks, or what the last provider failed with.
pub(crate) async fn create(gateway: &Inner, call: &Call, request_id: &str) -> Result<Reply, ApiError> {
    let arrived_at = Instant::now();
    let request = EmbeddingsRequest::parse(&call.body)?;
    extensions::check(&request.routed.extensions)?;
    let wishes = Wishes::read(&request.routed, &gateway.routing_defaults)?;
    let plan = routing::plan(gateway, Endpoint::Embeddings, &request.routed, &wishes)?;
    let deadline = wishes.policy.deadline.map(|deadline| arrived_at + deadline);
    let mut failures = Vec::new();
    for offering in &plan.candidates {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let usual = wishes.policy.timeout.unwrap_or(gateway.limits.attempt);
        let limit = left.map_or(usual, |left| left.min(usual));
        let mut meter = Meter::new(offering, plan.strategy, &request.routed, arrived_at);
        let failure = match timeout(limit, attempt(gateway, &request, offering, &mut meter)).await {
            Ok(Ok(reply)) => {
                meter.warn_first(plan.warnings);
                return Ok(Reply::json(200, request_id, finish(reply, &mut meter, offering)));
            }
            Ok(Err(failure)) => failure,
            Err(_) => {
                let detail = format!("the limit of {} ms ran out", limit.as_millis());
                Failure::timeout(&offering.provider, detail)
            }
        };
        tracing::warn!(provider = %failure.provider, model = %offering.model, reason = failure.word(), "an attempt failed");
        if !failure.allows_fallback() {
            return Err(failure.into_error());
        }
        failures.push(failure);
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
    }
    Err(summary(failures))
}

async fn attempt(
    gateway: &Inner,
    request: &EmbeddingsRequest,
    offering: &Offering,
    meter: &mut Meter,
) -> Result<Map<String, Value>, Failure> {
    let provider = &offering.provider;
    let is_configured = |id: &str| gateway.catalog.provider(id).is_some();
    let (fields, ignored) = extensions::select(&request.routed.extensions, &provider.id, &is_configured);
    meter.warn(ignored);
    let (base_url, key, adapter) = match &provider.kind {
        Kind::Simulated { profile, .. } => {
            sleep(Duration::from_millis(profile.latency_ms)).await;
            return Ok(simulate(request, profile.seed));
        }
        Kind::Http { base_url, key, adapter } => (base_url, key, *adapter),
    };
    let target = Target {
        base_url,
        api_key: key.value.as_ref().map(Secret::reveal),
        upstream_model: &offering.upstream_id,
        max_output_tokens: None,
        tier: None,
    };
    let Some(built) = embeddings::build(request, adapter, &target, fields) else {
        let message = format!("Embeddings of `{}` are not offered through this gateway.", provider.id);
        let unsuited = BuildError::Unsuited(RequestError::invalid("model", message));
        return Err(Failure::from_build(provider, unsuited));
    };
    let mut sent = Request::new(Method::Post, built.url);
    sent.headers = built.headers;
    sent.body = Some(built.body.into());
    // The attempt as a whole is timed by its caller.
    sent.limits = Limits { connect: Some(gateway.limits.connect), first_byte: None, idle: None, total: None };
    let reply = gateway.client.send(sent).await.map_err(|error| Failure::from_client(provider, &error))?;
    let text = reply.text().await.map_err(|error| Failure::from_client(provider, &error))?;
    embeddings::read(&text, request.inputs().len()).map_err(|error| match error {
        ReplyError::Unusable(detail) => Failure::broken(provider, detail),
        ReplyError::Error(error) => Failure::from_error_value(provider, &error),
    })
}

fn simulate(request: &EmbeddingsRequest, seed: u64) -> Map<String, Value> {
    let dimensions = request.dimensions.and_then(|dimensions| usize::try_from(dimensions).ok());
    let is_base64 = request.encoding_format.as_deref() == Some("base64");
    let vectors = request.inputs().into_iter().enumerate().map(|(index, input)| {
        let vector = simulated::encoded(&simulated::embedding(input, dimensions, seed), is_base64);
        json!({ "object": "embedding", "index": index, "embedding": vector })
    });
    let tokens = request.routed.prompt_estimate().tokens;
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    Map::from_iter([("data".to_owned(), vectors.collect::<Vec<_>>().into()), ("usage".to_owned(), usage)])
}

/// The reply with what every reply has: its kind, its model, token counts and where it ran.
fn finish(mut reply: Map<String, Value>, meter: &mut Meter, offering: &Offering) -> String {
    let reported = reply.get("usage").and_then(|usage| serde_json::value::to_raw_value(usage).ok());
    if let Some(usage) = reported {
        meter.see(&Event::Usage { usage: Cow::Owned(usage) }, Instant::now());
    }
    let (usage, routing) = meter.settle();
    reply.insert("object".to_owned(), "list".into());
    reply.entry("model").or_insert_with(|| (*offering.upstream_id).into());
    let counts = json!({ "prompt_tokens": usage.prompt_tokens, "total_tokens": usage.total_tokens });
    reply.insert("usage".to_owned(), counts);
    reply
        .insert("routing_metadata".to_owned(), serde_json::to_value(routing).expect("plain data serialises"));
    Value::Object(reply).to_string()
}
