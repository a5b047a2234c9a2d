//! Own keys of a workspace (api.md §7.3): kept once their provider has not refused them, shown masked, never changed but
//! in what people say of them.

use auriko_providers::accounts::Accounts;
use auriko_store::SecretString;
use auriko_store::clock::Timestamp;
use auriko_store::key::Scope;
use auriko_store::own_key::{NewOwnKey, OwnKey, OwnKeyChange, TierSource, Validation};
use auriko_wire::error_code::ErrorCode;
use serde_json::{Value, json};

use super::body::{Fields, invalid};
use super::{Answer, Request, deleted, list_of};
use crate::catalog::Catalog;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::own_key::check;

/// A new secret is a new key.
const FIXED: [&str; 2] = ["api_key", "provider"];

pub(super) async fn list(request: &Request<'_>) -> Answer {
    request.require(&[Scope::ByokRead])?;
    let keys = request.store.own_keys().list(&request.workspace).await?;
    Ok((200, list_of(keys.iter().map(show))))
}

pub(super) async fn retrieve(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::ByokRead])?;
    Ok((200, show(&request.store.own_keys().find(&request.workspace, id).await?)))
}

pub(super) async fn create(request: &Request<'_>, gateway: &Inner) -> Answer {
    request.require(&[Scope::ByokWrite])?;
    let mut fields = Fields::read(&request.call.body)?;
    let id = fields.required_text("provider")?;
    let secret = fields.required_text("api_key")?;
    let name = fields.text("name")?;
    let is_default = fields.flag("is_default")?;
    let tier = fields.text("account_tier")?;
    fields.finish()?;
    let Some(provider) = gateway.catalog.own_key_providers().find(|provider| provider.id == id) else {
        let known: Vec<_> = gateway.catalog.own_key_providers().map(|provider| &*provider.id).collect();
        let error = invalid("provider", "is no provider that takes own keys here");
        return Err(error.with_suggestion(format!("There are: {}.", known.join(", "))));
    };
    check_tier(&id, tier.as_deref())?;
    // Before anybody is asked with it.
    auriko_store::own_key::check_secret(&secret)?;
    let checked = Box::pin(check(&gateway.client, provider, &secret)).await?;
    let detected = checked.tier.map(|tier| (tier.name.to_owned(), TierSource::AutoDetected));
    let said = tier.map(|tier| (tier, TierSource::UserSpecified));
    let (account_tier, tier_source) = said.or(detected).or_else(|| fallback(&id)).unzip();
    let new = NewOwnKey {
        provider: id,
        secret: SecretString::from(secret),
        name,
        is_default,
        account_tier,
        tier_source,
        validation: checked.validation,
    };
    Ok((201, show(&request.store.own_keys().create(&request.workspace, new).await?)))
}

pub(super) async fn update(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::ByokWrite])?;
    let mut fields = Fields::read(&request.call.body)?;
    if let Some(field) = FIXED.into_iter().find(|field| fields.has(field)) {
        let message = format!("`{field}` can't be changed.");
        return Err(ApiError::new(ErrorCode::FieldImmutable, message)
            .with_param(field)
            .with_suggestion("Add another key, then delete this one."));
    }
    if fields.is_empty() {
        let message = "At least one of `name`, `is_default`, `account_tier` and `disabled` is required.";
        return Err(ApiError::new(ErrorCode::MissingRequiredParameter, message));
    }
    let known = request.store.own_keys().find(&request.workspace, id).await?;
    let names_tier = fields.has("account_tier");
    let tier = fields.text("account_tier")?;
    check_tier(&known.provider, tier.as_deref())?;
    let said = tier.map(|tier| (tier, TierSource::UserSpecified));
    let (tier, tier_source) = said.or_else(|| fallback(&known.provider)).unzip();
    let disabled = fields.flag("disabled")?;
    // Whoever enables a key that was refused has mended something: it is tried again.
    let is_tried_again = disabled == Some(false) && known.validation == Validation::Invalid;
    let change = OwnKeyChange {
        name: fields.text("name")?,
        is_default: fields.flag("is_default")?,
        account_tier: names_tier.then_some(tier),
        tier_source: tier_source.filter(|_| names_tier),
        disabled,
        validation: is_tried_again.then_some(Validation::Pending),
    };
    fields.finish()?;
    Ok((200, show(&request.store.own_keys().update(&request.workspace, id, change).await?)))
}

pub(super) async fn delete(request: &Request<'_>, id: &str) -> Answer {
    request.require(&[Scope::ByokWrite])?;
    request.store.own_keys().delete(&request.workspace, id).await?;
    Ok(deleted(id, "byok_key"))
}

/// `GET /v1/byok/providers`.
pub(crate) fn providers(catalog: &Catalog) -> Value {
    let show = |id: &str| {
        let known = catalog.models.provider(id);
        let accounts = Accounts::of(id);
        json!({
            "id": id,
            "display_name": known.map_or(id, |provider| &provider.display_name),
            "account_tiers": accounts.tiers.iter().map(|tier| tier.name).collect::<Vec<_>>(),
        })
    };
    list_of(catalog.own_key_providers().map(|provider| show(&provider.id)))
}

/// `GET /v1/byok/providers/{provider}/tiers`.
///
/// # Errors
/// `resource_not_found` for a provider that takes no own keys here.
pub(crate) fn tiers(catalog: &Catalog, id: &str) -> Result<Value, ApiError> {
    if !catalog.takes_own_keys(id) {
        let message = format!("No provider `{id}` takes own keys here.");
        return Err(ApiError::new(ErrorCode::ResourceNotFound, message)
            .with_suggestion("`GET /v1/byok/providers` lists those that do."));
    }
    let accounts = Accounts::of(id);
    let fallback = accounts.fallback().map(|tier| tier.name);
    let show = |tier: &auriko_providers::accounts::AccountTier| {
        json!({
            "id": tier.name,
            "data_policy": crate::own_key::data_policy(tier.promise),
            "is_fallback": Some(tier.name) == fallback,
        })
    };
    Ok(list_of(accounts.tiers.iter().map(show)))
}

fn check_tier(provider: &str, tier: Option<&str>) -> Result<(), ApiError> {
    let accounts = Accounts::of(provider);
    match tier {
        Some(name) if accounts.tier(name).is_none() => {
            let known: Vec<_> = accounts.tiers.iter().map(|tier| tier.name).collect();
            Err(invalid(
                "account_tier",
                &if known.is_empty() {
                    format!("must be left out: accounts of `{provider}` have no tiers")
                } else {
                    format!("must be one of {}", known.join(", "))
                },
            ))
        }
        _ => Ok(()),
    }
}

fn fallback(provider: &str) -> Option<(String, TierSource)> {
    let tier = Accounts::of(provider).fallback()?;
    Some((tier.name.to_owned(), TierSource::Fallback))
}

fn show(key: &OwnKey) -> Value {
    json!({
        "id": key.id,
        "workspace_id": &*key.workspace,
        "provider": key.provider,
        "name": key.name,
        "key_prefix": key.masked,
        "is_default": key.is_default,
        "disabled": key.disabled,
        "validation_status": key.validation.as_str(),
        "account_tier": key.account_tier,
        "tier_source": key.tier_source.map(TierSource::as_str),
        "last_validated_at": key.validated_at.map(Timestamp::to_rfc3339),
        "created_at": key.created_at.to_rfc3339(),
        "updated_at": key.updated_at.to_rfc3339(),
    })
}
