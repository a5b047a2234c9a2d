//! THE request path, in order, on one screen: parse → enumerate, filter, rank → reserve, attempt → relay →
//! settle. Who calls, and whether that was too often, was found out before (`guard/visit.rs`). Each step may end the
//! request; what it is told then is an [`ApiError`].

use std::sync::Arc;
use std::time::SystemTime;

use auriko_providers::extensions;
use auriko_providers::simulated::{Profile, ProfilePatch};
use auriko_routing::Wishes;
use auriko_wire::encode::ChunkIdentity;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::headers::FEATURES;
use auriko_wire::request::{ChatRequest, RequestError};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::account::Account;
use crate::attempt::{self, Answer, Content, Job, Task};
use crate::call::{Call, Reply};
use crate::dialect::{Dialect, Parsed, Rendering};
use crate::dispatch::Passage;
use crate::embeddings;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::guard::{Entry, Size, Tab, Visit};
use crate::own_key::KeyRing;
use crate::relay::{Ending, EventBody};
use crate::routing;

/// Answers a call that asks a model.
pub(crate) async fn complete(
    gateway: &Inner,
    dialect: Dialect,
    call: &Call,
    visit: &Visit,
    passage: &mut Passage<'_>,
) -> Result<Reply, ApiError> {
    let request_id = passage.request_id;
    let arrived_at = Instant::now();
    let Parsed { request, preview } = dialect.parse(&call.body)?;
    let (patch, extensions) = read_extensions(&request)?;
    let wishes = Wishes::read(&request, &gateway.routing_defaults)?;
    let workspace = visit.workspace_number();
    let keys = KeyRing::of(visit).await?;
    let plan = routing::plan(gateway, dialect.endpoint(), &request, &wishes, workspace, &keys)?;
    let size = Size {
        input_bound: request.prompt_token_bound(),
        input_estimate: plan.facts.prompt_tokens,
        output_limit: request.max_output_tokens,
        choices: u64::from(request.choice_count.max(1)),
    };
    let (tab, entry) = open_books(visit, request_id, &request, &wishes, size).await?;
    let account = Account::open(gateway, passage, &plan, arrived_at, entry);
    let trace = account.trace();
    let identity = identify_reply(dialect, request_id);
    let job = Job {
        gateway,
        task: Task::Complete,
        request: &request,
        policy: &wishes.policy,
        plan,
        patch,
        extensions,
        arrived_at,
        identity,
        tab,
        trace,
    };
    let answer = attempt::run(&job, account).await?;
    visit.note_payer(answer.serving.offering());
    let explanation = job.plan.explanation.clone();
    let rendering = Rendering::new(dialect, &request, preview, understands_blocks(call), explanation);
    Ok(reply(&job, rendering, answer, request_id))
}

/// What a planned request may spend, and where that is written down.
pub(crate) async fn open_books(
    visit: &Visit,
    request_id: &str,
    request: &ChatRequest,
    wishes: &Wishes,
    size: Size,
) -> Result<(Option<Arc<Tab>>, Option<Entry>), ApiError> {
    let Some(tab) = Tab::open(visit, size) else { return Ok((None, None)) };
    visit.take_tokens(size.input_estimate).await?;
    let model = wishes.models.names.first().map(String::as_str).unwrap_or_default();
    let entry = Entry::open(visit, &tab, request_id, request, model, size.input_estimate);
    Ok((Some(tab), entry))
}

/// What an answer is sent as.
pub(crate) fn reply(job: &Job<'_>, rendering: Rendering, answer: Answer, request_id: &str) -> Reply {
    let Answer { mut serving, identity, content } = answer;
    let docs_url = job.gateway.error_docs_url.clone();
    match content {
        Content::Stream(opened) => {
            let limit = job.gateway.limits.stream;
            let ending = Ending {
                stream_ends_at: Instant::now() + limit,
                stream_limit: limit,
                deadline: job.policy.deadline.map(|deadline| job.arrived_at + deadline),
                docs_url,
            };
            let open = job.gateway.observer.metrics.open_stream();
            Reply::events(request_id, EventBody::new(*opened, serving, identity, rendering, ending, open))
        }
        Content::Embeddings(vectors) => {
            Reply::json(200, request_id, embeddings::finish(vectors, &mut serving))
        }
        Content::Plain(builder, extra) => {
            let (usage, routing) = serving.complete();
            Reply::json(200, request_id, rendering.whole(*builder, &extra, &usage, &routing))
        }
    }
}

/// What every chunk of the reply says of itself where the provider says nothing.
pub(crate) fn identify_reply(dialect: Dialect, request_id: &str) -> ChunkIdentity {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let id = dialect.reply_id(request_id);
    ChunkIdentity { id, model: String::new(), created: now.as_secs() }
}

/// Signed blocks only for those who know what to do with them (G-33): our own clients, and who asks.
fn understands_blocks(call: &Call) -> bool {
    let is_ours = call.header("user-agent").is_some_and(|agent| agent.contains("auriko-"));
    let features = call.header(FEATURES).unwrap_or_default();
    is_ours || features.split(',').any(|feature| feature.trim() == "reasoning-blocks")
}

/// Refuses what no provider may be sent, and takes out what the simulated ones are told.
fn read_extensions(request: &ChatRequest) -> Result<(ProfilePatch, Map<String, Value>), ApiError> {
    extensions::check(&request.extensions)?;
    let mut others = request.extensions.clone();
    let Some(fields) = others.shift_remove("simulated") else { return Ok((ProfilePatch::default(), others)) };
    let patch: ProfilePatch = serde_json::from_value(fields).map_err(|error| {
        let message = format!("`extensions.simulated`: {error}.");
        ApiError::new(ErrorCode::InvalidParameterValue, message).with_param("extensions.simulated")
    })?;
    match Profile::default().patched(&patch) {
        Ok(_) => Ok((patch, others)),
        Err((field, range)) => {
            let param = format!("extensions.simulated.{field}");
            Err(RequestError::invalid(&param, format!("`{param}` must be {range}.")).into())
        }
    }
}
