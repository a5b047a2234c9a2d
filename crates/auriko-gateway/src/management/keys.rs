//! API keys of a workspace (api.md §7.2).

use std::time::SystemTime;

use auriko_store::ExposeSecret;
use auriko_store::budget::{BudgetScope, NewBudget};
use auriko_store::clock::{Period, Timestamp};
use auriko_store::key::{ApiKey, NewApiKey, Profile, Scope};
use auriko_wire::error_code::ErrorCode;
use serde_json::{Value, json};

use super::body::{Fields, invalid};
use super::{Answer, Request, deleted, list_of};
use crate::error::ApiError;
use crate::guard::Caller;

pub(super) async fn list(request: &Request<'_>) -> Answer {
    request.require(&[Scope::KeysRead])?;
    let include_revoked = match request.parameter("include_revoked").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(invalid("include_revoked", "must be true or false")),
    };
    let keys = request.store.keys().list(&request.workspace, include_revoked).await?;
    Ok((200, list_of(keys.iter().map(show))))
}

pub(super) async fn retrieve(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::KeysRead])?;
    Ok((200, show(&request.store.keys().find(&request.workspace, id).await?)))
}

pub(super) async fn revoke(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::KeysWrite])?;
    request.store.keys().revoke(&request.workspace, id).await?;
    Ok(deleted(id, "api_key"))
}

/// Makes a key, and its budget if one is asked for.
pub(super) async fn create(request: &Request<'_>) -> Answer {
    request.require(&[Scope::KeysWrite])?;
    let mut fields = Fields::read(&request.call.body)?;
    let name = fields.required_text("name")?;
    if fields.text("key_type")?.is_some_and(|kind| kind != "api") {
        return Err(invalid("key_type", "must be `api`"));
    }
    let scopes = match fields.texts("scopes")? {
        None => vec![Scope::Inference],
        Some(words) => words.iter().map(|word| parse(word)).collect::<Result<_, _>>()?,
    };
    let created_by = match &request.caller {
        Caller::Key(_) if Profile::of(&scopes) != Profile::Inference => {
            let message =
                "An API key can only make keys for inference; others are made with the admin token.";
            return Err(ApiError::new(ErrorCode::InsufficientPermissions, message).with_param("scopes"));
        }
        Caller::Key(key) => Some(key.id.to_string()),
        Caller::Admin | Caller::Anyone => None,
    };
    let new = NewApiKey {
        name,
        scopes,
        requests_per_minute: fields.count("rate_limit_rpm")?,
        tokens_per_minute: fields.count("rate_limit_tpm")?,
        expires_at: fields.instant("expires_at")?,
        created_by,
    };
    let budget = fields.object("budget")?.map(read_budget).transpose()?;
    fields.finish()?;
    let (key, secret) = request.store.keys().create(&request.workspace, new).await?;
    if let Some((period, limit, enforce, include_byok)) = budget {
        let scope = BudgetScope::ApiKey(key.id.clone());
        let new = NewBudget { scope, period, limit, enforce, include_byok };
        if let Err(error) = request.store.budgets().create(&request.workspace, new).await {
            // A key without the budget that was asked for must not be used.
            request.store.keys().revoke(&request.workspace, &key.id).await?;
            return Err(error.into());
        }
    }
    let mut body = show(&key);
    body["api_key"] = secret.expose_secret().into();
    Ok((201, body))
}

type BudgetTerms = (Period, auriko_wire::money::NanoUsd, bool, bool);

fn read_budget(mut fields: Fields) -> Result<BudgetTerms, ApiError> {
    let terms = (
        // The field is ours; a key's budget is otherwise a monthly one.
        super::budgets::period(&mut fields)?.unwrap_or(Period::Monthly),
        fields.required_money("limit_usd")?,
        fields.flag("enforce")?.unwrap_or(true),
        fields.flag("include_byok")?.unwrap_or(false),
    );
    fields.finish()?;
    Ok(terms)
}

fn parse(word: &str) -> Result<Scope, ApiError> {
    Scope::parse(word).ok_or_else(|| {
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        invalid("scopes", &format!("may hold {}", known.join(", ")))
    })
}

pub(super) fn scopes(scopes: &[Scope]) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.as_str()).collect()
}

fn show(key: &ApiKey) -> Value {
    let instant = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339);
    json!({
        "id": &*key.id,
        "workspace_id": &*key.workspace,
        "name": key.name,
        "key_prefix": key.prefix,
        "profile": key.profile().as_str(),
        "scopes": scopes(&key.scopes),
        "is_active": key.is_active(SystemTime::now().into()),
        "created_at": key.created_at.to_rfc3339(),
        "rate_limit_rpm": key.requests_per_minute,
        "rate_limit_tpm": key.tokens_per_minute,
        "expires_at": instant(key.expires_at),
        "last_used_at": instant(key.last_used_at),
        "created_by_key_id": key.created_by,
    })
}
