//! From a path to what answers it. `routes.rs` says which paths there are and what a page may do with them.

use auriko_store::key::Scope;
use auriko_wire::error_code::ErrorCode;

use crate::call::{Call, Reply};
use crate::dialect::Dialect;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::guard::Visit;
use crate::observe::{self, Peer, Trail};
use crate::own_key::KeyRing;
use crate::{count_tokens, embeddings, management, models, pipeline, routes};

/// What a request has with it on its way, and what its reply gets.
pub(crate) struct Passage<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) peer: Peer,
    /// Of the reply, be it good or bad.
    pub(crate) headers: Vec<(String, String)>,
    /// Taken by whoever sees the request's end.
    pub(crate) trail: Option<Box<Trail>>,
}

/// Finds what a path stands for, and answers.
///
/// # Errors
/// What the caller is told; `passage` has the headers that go with it.
pub(crate) async fn route(
    inner: &Inner,
    is_draining: bool,
    call: &Call,
    dialect: Dialect,
    passage: &mut Passage<'_>,
) -> Result<Reply, ApiError> {
    let request_id = passage.request_id;
    if call.body.len() > inner.body_limit_bytes {
        return Err(too_large(inner.body_limit_bytes));
    }
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    routes::check(&call.method, path)?;
    let json = |status, body: String| Ok(Reply::json(status, request_id, body));
    match path {
        "/v1/chat/completions"
        | "/v1/messages"
        | "/v1/responses"
        | "/v1/embeddings"
        | "/v1/messages/count_tokens" => {
            let mut visit = Visit::identify(inner, call).await?;
            if let Some(trail) = &mut passage.trail {
                trail.identify(visit.key());
            }
            let reply = infer(inner, dialect, call, path, &mut visit, passage).await;
            visit.tell_budgets().await;
            if let Err(error) = &reply {
                visit.note_refusal(request_id, error);
            }
            passage.headers.append(&mut visit.headers);
            reply
        }
        "/v1/models" => {
            let keys = reader_of_models(inner, call).await?;
            json(200, models::list(&inner.catalog, query, &keys)?)
        }
        "/v1/directory/models" => json(200, models::directory::list(&inner.catalog)),
        "/v1/registry/models" => json(200, models::registry::models(&inner.catalog)),
        "/v1/registry/providers" => json(200, models::registry::providers(&inner.catalog)),
        "/v1/byok/providers" => json(200, management::own_key_providers(&inner.catalog).to_string()),
        "/healthz" => json(200, r#"{"status":"ok"}"#.to_owned()),
        "/readyz" => {
            if is_draining {
                return Err(ApiError::new(ErrorCode::ServiceUnavailable, "The gateway is shutting down."));
            }
            if let Some(vault) = &inner.vault {
                vault.store().await?.check().await?;
            }
            json(200, r#"{"status":"ready"}"#.to_owned())
        }
        "/metrics" => observe::page(inner, call, passage.peer, request_id),
        _ if management::is_at(path) => {
            let headers = &mut passage.headers;
            Box::pin(management::answer(inner, call, path, query, request_id, headers)).await
        }
        _ => match path.strip_prefix("/v1/models/").filter(|id| !id.is_empty()) {
            Some(id) => {
                let keys = reader_of_models(inner, call).await?;
                json(200, models::one(&inner.catalog, id, &keys)?)
            }
            None => match tiers_of(path) {
                Some(provider) => json(200, management::account_tiers(&inner.catalog, provider)?.to_string()),
                None => Err(nothing_at(path)),
            },
        },
    }
}

/// The own keys of somebody who may see what can be called.
async fn reader_of_models(inner: &Inner, call: &Call) -> Result<KeyRing, ApiError> {
    let visit = Visit::identify(inner, call).await?;
    visit.require(&[Scope::ModelsRead, Scope::Inference])?;
    KeyRing::of(&visit).await
}

/// The provider whose tiers a path names.
fn tiers_of(path: &str) -> Option<&str> {
    let provider = path.strip_prefix("/v1/byok/providers/")?.strip_suffix("/tiers")?;
    (!provider.is_empty() && !provider.contains('/')).then_some(provider)
}

/// Answers a call that has to do with a model.
async fn infer(
    inner: &Inner,
    dialect: Dialect,
    call: &Call,
    path: &str,
    visit: &mut Visit,
    passage: &mut Passage<'_>,
) -> Result<Reply, ApiError> {
    visit.require_inference()?;
    visit.take_request().await?;
    match path {
        // Large, and otherwise part of the future of every request.
        "/v1/embeddings" => Box::pin(embeddings::create(inner, call, visit, passage)).await,
        "/v1/messages/count_tokens" => {
            let keys = KeyRing::of(visit).await?;
            count_tokens::count(inner, call, &keys, passage.request_id)
        }
        _ => pipeline::complete(inner, dialect, call, visit, passage).await,
    }
}

pub(crate) fn too_large(limit_bytes: usize) -> ApiError {
    let message = format!("The request body is larger than {limit_bytes} bytes.");
    ApiError::new(ErrorCode::PayloadTooLarge, message)
}

pub(crate) fn nothing_at(path: &str) -> ApiError {
    let error = ApiError::new(ErrorCode::ResourceNotFound, format!("There is nothing at `{path}`."));
    if path.starts_with("/v1/responses/") {
        return error.with_suggestion("Responses are not stored; keep the reply to `POST /v1/responses`.");
    }
    error
}
