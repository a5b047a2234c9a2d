//! The management API (api.md §7, budgets.md §1): who I am; keys, own keys, budgets, credit and
//! usage of a workspace.
//!
//! An admin token may do everything, a key what its scopes allow in its own workspace. What belongs to another workspace
//! does not exist for it (G-39).

mod backup;
mod body;
mod budgets;
mod credits;
mod keys;
mod once;
mod own_keys;
mod usage;

use std::sync::Arc;

use auriko_store::Store;
use auriko_store::key::Scope;
use auriko_wire::error_code::ErrorCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::dispatch::nothing_at;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::guard::{Caller, Visit};

pub(crate) use own_keys::{providers as own_key_providers, tiers as account_tiers};

/// Whether a path is answered here.
pub(crate) fn is_at(path: &str) -> bool {
    path == "/v1/me"
        || path == "/v1/backups"
        || path == "/v1/workspaces"
        || path.starts_with("/v1/workspaces/")
}

/// A management call whose caller is known.
struct Request<'a> {
    call: &'a Call,
    query: &'a str,
    caller: Caller,
    store: Store,
    /// The workspace that the path names.
    workspace: Arc<str>,
}

/// What is answered: a status and a JSON body.
type Answer = Result<(u16, Value), ApiError>;

/// Answers a call.
pub(crate) async fn answer(
    inner: &Inner,
    call: &Call,
    path: &str,
    query: &str,
    request_id: &str,
    headers: &mut Vec<(String, String)>,
) -> Result<Reply, ApiError> {
    let mut visit = Visit::identify(inner, call).await?;
    let Some(store) = visit.store.clone() else {
        let message = "This gateway keeps no keys, budgets or usage.";
        return Err(ApiError::new(ErrorCode::ResourceNotFound, message)
            .with_suggestion("Configure a `[store]`, or start it by `auriko gateway`."));
    };
    visit.take_management(matches!(call.method.as_str(), "GET" | "HEAD")).await?;
    let (status, body) = if path == "/v1/me" {
        let body = me(&visit, &store).await?;
        visit.tell_budgets().await;
        headers.append(&mut visit.headers);
        body
    } else if path == "/v1/backups" {
        backup::create(inner, &visit, &store).await?
    } else {
        if matches!(visit.caller, Caller::Anyone) {
            let message = "Managing this gateway needs the admin token or a key.";
            return Err(ApiError::new(ErrorCode::InvalidApiKey, message).with_suggestion(
                "Make a key with `auriko keys create`, or name an admin token (`access.admin_token_env`).",
            ));
        }
        let segments =
            path.trim_start_matches("/v1/workspaces").split('/').filter(|segment| !segment.is_empty());
        let decoded: Vec<String> =
            segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let workspace = segments.first().copied().unwrap_or_default().into();
        let request = Request { call, query, caller: visit.caller.clone(), store, workspace };
        dispatch(inner, &request, &segments, path).await?
    };
    Ok(Reply::json(status, request_id, body.to_string()))
}

async fn dispatch(inner: &Inner, request: &Request<'_>, segments: &[&str], path: &str) -> Answer {
    let method = if request.call.method == "HEAD" { "GET" } else { request.call.method.as_str() };
    if let [_, ..] = segments {
        request.check_workspace().await?;
    }
    match (segments, method) {
        ([], "GET") => workspaces(request).await,
        ([], "POST") => create_workspace(request).await,
        ([_], "GET") => workspace(request).await,
        ([_], "PATCH") => rename_workspace(request).await,
        ([_, "api-keys"], "GET") => keys::list(request).await,
        ([_, "api-keys"], "POST") => keys::create(request).await,
        ([_, "api-keys", id], "GET") => keys::retrieve(request, id).await,
        ([_, "api-keys", id], "DELETE") => keys::revoke(request, id).await,
        ([_, "api-keys", id, "usage"], "GET") => usage::of_key(request, id).await,
        ([_, "budgets"], "GET") => budgets::list(request).await,
        ([_, "budgets"], "POST") => once::once(request, path, budgets::create(request)).await,
        ([_, "budgets", id], "GET") => budgets::retrieve(request, id).await,
        ([_, "budgets", id], "PATCH") => budgets::update(request, id).await,
        ([_, "budgets", id], "DELETE") => budgets::delete(request, id).await,
        ([_, "byok-keys"], "GET") => own_keys::list(request).await,
        ([_, "byok-keys"], "POST") => once::once(request, path, own_keys::create(request, inner)).await,
        ([_, "byok-keys", id], "GET") => own_keys::retrieve(request, id).await,
        ([_, "byok-keys", id], "PATCH") => own_keys::update(request, id).await,
        ([_, "byok-keys", id], "DELETE") => own_keys::delete(request, id).await,
        ([_, "billing", "balance"], "GET") => credits::balance(request).await,
        ([_, "billing", "credits"], "GET") => credits::list(request).await,
        ([_, "billing", "credits"], "POST") => once::once(request, path, credits::add(request)).await,
        ([_, "usage"], "GET") => usage::of_workspace(request).await,
        _ => Err(nothing_at(path)),
    }
}

impl Request<'_> {
    /// Hides workspaces that the caller may not see, and those that do not exist.
    async fn check_workspace(&self) -> Result<(), ApiError> {
        let is_visible = match &self.caller {
            Caller::Key(key) => key.workspace == self.workspace,
            Caller::Admin => true,
            Caller::Anyone => false,
        };
        if !is_visible {
            let message = format!("There is no workspace `{}`.", self.workspace);
            return Err(ApiError::new(ErrorCode::ResourceNotFound, message));
        }
        self.store.workspaces().find(&self.workspace).await?;
        Ok(())
    }

    /// Refuses a key without any of the scopes.
    fn require(&self, scopes: &[Scope]) -> Result<(), ApiError> {
        let Caller::Key(key) = &self.caller else { return Ok(()) };
        if scopes.iter().any(|scope| key.scopes.contains(scope)) {
            return Ok(());
        }
        let names: Vec<_> = scopes.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
        let message = format!("The API key lacks the scope {}.", names.join(" or "));
        Err(ApiError::new(ErrorCode::InsufficientPermissions, message))
    }

    fn require_admin(&self) -> Result<(), ApiError> {
        if matches!(self.caller, Caller::Admin) {
            return Ok(());
        }
        let message = "Only the admin token may do that.";
        Err(ApiError::new(ErrorCode::InsufficientPermissions, message))
    }

    /// A parameter of the query.
    fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (key == name).then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
        })
    }
}

/// Requests per minute where nothing limits them: clients want a number (api.md §7.1).
const NO_LIMIT: u64 = u32::MAX as u64;

/// `GET /v1/me`.
async fn me(visit: &Visit, store: &Store) -> Answer {
    let Some(key) = visit.key() else {
        if matches!(visit.caller, Caller::Anyone) {
            return anyone(visit, store).await;
        }
        let message = "Only an API key has an identity; the admin token has none.";
        return Err(ApiError::new(ErrorCode::InvalidApiKey, message));
    };
    let workspace = store.workspaces().find(&key.workspace).await?;
    let body = json!({
        "credential_type": "api_key",
        "status": "active",
        "profile": key.profile().as_str(),
        "key_id": &*key.id,
        "key_prefix": key.prefix,
        "key_name": key.name,
        "workspace": { "id": &*workspace.id, "name": workspace.name },
        "scopes": keys::scopes(&key.scopes),
        "rate_limits": {
            "inference_rpm": visit.requests_per_minute().map_or(NO_LIMIT, u64::from),
            "management_reads_rpm": visit.access.management_reads_per_minute,
            "management_writes_rpm": visit.access.management_writes_per_minute,
        },
        "expires_at": key.expires_at.map(auriko_store::clock::Timestamp::to_rfc3339),
        "created_at": key.created_at.to_rfc3339(),
    });
    Ok((200, body))
}

/// Who calls where nobody needs a key: clients that ask who they are get an answer of the usual shape, which says that
/// it is not a key's.
async fn anyone(visit: &Visit, store: &Store) -> Answer {
    let workspace = store.workspaces().find("default").await?;
    let body = json!({
        "credential_type": "api_key",
        "status": "active",
        "profile": "inference",
        "key_id": "open_access",
        "key_prefix": "",
        "key_name": "open access: this gateway asks for no key",
        "workspace": { "id": &*workspace.id, "name": workspace.name },
        "scopes": [Scope::Inference.as_str(), Scope::ModelsRead.as_str()],
        "rate_limits": {
            "inference_rpm": visit.requests_per_minute().map_or(NO_LIMIT, u64::from),
            "management_reads_rpm": visit.access.management_reads_per_minute,
            "management_writes_rpm": visit.access.management_writes_per_minute,
        },
        "expires_at": null,
        "created_at": workspace.created_at.to_rfc3339(),
    });
    Ok((200, body))
}

fn show(workspace: &auriko_store::workspace::Workspace) -> Value {
    json!({ "id": &*workspace.id, "name": workspace.name, "created_at": workspace.created_at.to_rfc3339() })
}

async fn workspaces(request: &Request<'_>) -> Answer {
    request.require_admin()?;
    let all = request.store.workspaces().list().await?;
    Ok((200, list_of(all.iter().map(show))))
}

async fn create_workspace(request: &Request<'_>) -> Answer {
    request.require_admin()?;
    let mut fields = body::Fields::read(&request.call.body)?;
    let name = fields.required_text("name")?;
    fields.finish()?;
    let made = request.store.workspaces().create(&name).await?;
    Ok((201, show(&made)))
}

async fn workspace(request: &Request<'_>) -> Answer {
    request.require(&[Scope::WorkspaceRead])?;
    Ok((200, show(&request.store.workspaces().find(&request.workspace).await?)))
}

async fn rename_workspace(request: &Request<'_>) -> Answer {
    request.require_admin()?;
    let mut fields = body::Fields::read(&request.call.body)?;
    let name = fields.required_text("name")?;
    fields.finish()?;
    Ok((200, show(&request.store.workspaces().rename(&request.workspace, &name).await?)))
}

/// The envelope of lists.
fn list_of<T: Serialize>(items: impl Iterator<Item = T>) -> Value {
    let data: Vec<T> = items.collect();
    json!({ "object": "list", "count": data.len(), "data": data })
}

fn deleted(id: &str, object: &str) -> (u16, Value) {
    (200, json!({ "id": id, "object": object, "deleted": true }))
}
