//! `POST /v1/embeddings`: routed and metered like a completion, answered in one piece.

use std::borrow::Cow;
use std::time::Duration;

use auriko_client::{Limits, Method, Request};
use auriko_providers::adapter::{BuildError, ReplyError, Target};
use auriko_providers::simulated::ProfilePatch;
use auriko_providers::{embeddings, extensions, simulated};
use auriko_routing::{Endpoint, Wishes};
use auriko_wire::embeddings::EmbeddingsRequest;
use auriko_wire::event::Event;
use auriko_wire::request::RequestError;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use crate::account::{Account, Serving};
use crate::attempt::{self, Job, Task};
use crate::call::{Call, Reply};
use crate::catalog::{Kind, Offering};
use crate::dialect::{Dialect, Preview, Rendering};
use crate::dispatch::Passage;
use crate::error::ApiError;
use crate::failure::Failure;
use crate::gateway::Inner;
use crate::guard::{Size, Visit};
use crate::own_key::KeyRing;
use crate::{pipeline, routing};

/// Answers a call.
///
/// # Errors
/// As a completion: what the request lacks, or what the last provider failed with.
pub(crate) async fn create(
    gateway: &Inner,
    call: &Call,
    visit: &Visit,
    passage: &mut Passage<'_>,
) -> Result<Reply, ApiError> {
    let request_id = passage.request_id;
    let arrived_at = Instant::now();
    let request = EmbeddingsRequest::parse(&call.body)?;
    extensions::check(&request.routed.extensions)?;
    let wishes = Wishes::read(&request.routed, &gateway.routing_defaults)?;
    let workspace = visit.workspace_number();
    let keys = KeyRing::of(visit).await?;
    let plan = routing::plan(gateway, Endpoint::Embeddings, &request.routed, &wishes, workspace, &keys)?;
    let size = Size {
        input_bound: call.body.len() as u64,
        input_estimate: plan.facts.prompt_tokens,
        output_limit: None,
        choices: 0,
    };
    let (tab, entry) = pipeline::open_books(visit, request_id, &request.routed, &wishes, size).await?;
    let account = Account::open(gateway, passage, &plan, arrived_at, entry);
    let trace = account.trace();
    let job = Job {
        gateway,
        task: Task::Embed(&request),
        request: &request.routed,
        policy: &wishes.policy,
        plan,
        patch: ProfilePatch::default(),
        extensions: request.routed.extensions.clone(),
        arrived_at,
        identity: pipeline::identify_reply(Dialect::ChatCompletions, request_id),
        tab,
        trace,
    };
    let answer = attempt::run(&job, account).await?;
    visit.note_payer(answer.serving.offering());
    let dialect = Dialect::ChatCompletions;
    let rendering = Rendering::new(dialect, job.request, Preview::Completion, false, None);
    Ok(pipeline::reply(&job, rendering, answer, request_id))
}

/// Asks one provider.
pub(crate) async fn attempt(
    gateway: &Inner,
    request: &EmbeddingsRequest,
    offering: &Offering,
    fields: Map<String, Value>,
    headers: Vec<(String, String)>,
) -> Result<Map<String, Value>, Failure> {
    let provider = &offering.provider;
    let (base_url, key, adapter) = match &provider.kind {
        Kind::Simulated { profile, .. } => {
            sleep(Duration::from_millis(profile.latency_ms)).await;
            return Ok(simulate(request, profile.seed));
        }
        Kind::Http { base_url, key, adapter } => (base_url, key, *adapter),
    };
    let target = Target {
        base_url,
        api_key: offering.api_key(key),
        upstream_model: &offering.upstream_id,
        max_output_tokens: None,
        tier: None,
        conversation: None,
        keeps_nothing: false,
    };
    let Some(built) = embeddings::build(request, adapter, &target, fields) else {
        let message = format!("Embeddings of `{}` are not offered through this gateway.", provider.id);
        let unsuited = BuildError::Unsuited(RequestError::invalid("model", message));
        return Err(Failure::from_build(provider, unsuited));
    };
    let mut sent = Request::new(Method::Post, built.url);
    sent.headers = built.headers;
    sent.headers.extend(headers);
    sent.body = Some(built.body.into());
    // The attempt as a whole is timed by its caller.
    sent.limits = Limits { connect: Some(gateway.limits.connect), first_byte: None, idle: None, total: None };
    let reply = gateway.client.send(sent).await.map_err(|error| Failure::from_client(provider, &error))?;
    offering.note_accepted(&reply);
    let text = reply.text_within(gateway.limits.reply_bytes).await;
    let text = text.map_err(|error| Failure::from_client(provider, &error))?;
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
pub(crate) fn finish(mut reply: Map<String, Value>, serving: &mut Serving) -> String {
    let reported = reply.get("usage").and_then(|usage| serde_json::value::to_raw_value(usage).ok());
    if let Some(usage) = reported {
        serving.meter().see(&Event::Usage { usage: Cow::Owned(usage) }, Instant::now());
    }
    let upstream_id = serving.offering().upstream_id.to_string();
    let (usage, routing) = serving.complete();
    reply.insert("object".to_owned(), "list".into());
    reply.entry("model").or_insert_with(|| upstream_id.into());
    let counts = json!({ "prompt_tokens": usage.prompt_tokens, "total_tokens": usage.total_tokens });
    reply.insert("usage".to_owned(), counts);
    reply
        .insert("routing_metadata".to_owned(), serde_json::to_value(routing).expect("plain data serialises"));
    Value::Object(reply).to_string()
}
