//! What can be called here (api.md §6.1, §6.2), and the two lists of all that is known: `directory.rs` and
//! `registry.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use auriko_routing::catalog::date::unix_seconds;
use auriko_routing::catalog::file::DataPolicy;
use auriko_routing::catalog::{Endpoints, Found, Offering};
use auriko_wire::error_code::ErrorCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::error::ApiError;
use crate::own_key::KeyRing;

pub(crate) mod directory;
pub(crate) mod registry;

#[cfg(test)]
mod tests;

/// Most ids that an error message lists.
const LISTED: usize = 20;

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
    catalog_version: &'a str,
    /// Absent when the catalogue does not say when it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog_age_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a str,
    object: &'static str,
    /// Unix seconds; 0 when nothing is known of the model's age, since the field is required.
    created: u64,
    owned_by: &'static str,
    /// The largest among the providers; absent when not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<u64>,
    supported_endpoints: Vec<&'static str>,
    /// Those whose prices are known: the official Python client reads no others and refuses the whole list.
    providers: Vec<ModelProvider<'a>>,
}

/// Prices in US dollars per million tokens.
#[derive(Serialize)]
struct ModelProvider<'a> {
    name: &'a str,
    input_price: f64,
    output_price: f64,
    data_policy: DataPolicy,
}

/// `GET /v1/models`: those that the caller can call, with the gateway's keys or with own ones, through chat completions, which are the same that can be called through
/// `/v1/responses`: a model that only its provider's own Responses API reaches can't be called here.
pub(crate) fn list(catalog: &Catalog, query: &str, keys: &KeyRing) -> Result<String, ApiError> {
    let endpoint = query.split('&').find_map(|pair| pair.strip_prefix("endpoint="));
    if !matches!(endpoint, None | Some("chat_completions" | "responses")) {
        let message = "`endpoint` must be one of chat_completions, responses.";
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message).with_param("endpoint"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let is_wanted =
        |offering: &&Arc<Offering>| offering.endpoints.is_conversational() && offering.is_offered_at(now_ms);
    let data = catalog.models.models().iter().filter_map(|model| {
        let callable = model.offerings.iter().filter(|offering| is_callable_with(catalog, offering, keys));
        let offerings: Vec<_> = callable.filter(is_wanted).collect();
        (!offerings.is_empty()).then(|| describe(&model.id, model.entry.created, &offerings))
    });
    let made_at = unix_seconds(catalog.models.generated_at());
    Ok(to_json(&List {
        object: "list",
        data: data.collect(),
        catalog_version: catalog.models.version(),
        catalog_age_seconds: made_at.map(|made_at| now.as_secs().saturating_sub(made_at)),
    }))
}

/// `GET /v1/models/{id}`, by id, alias or `<provider>/<model>` as it stands in the path.
pub(crate) fn one(catalog: &Catalog, path_id: &str, keys: &KeyRing) -> Result<String, ApiError> {
    let name = percent_decode_str(path_id).decode_utf8_lossy();
    let (id, created, offerings) = match catalog.models.resolve(&name) {
        Some(Found::Model(model)) => (&*model.id, model.entry.created, model.offerings.clone()),
        Some(Found::AtProvider(offerings)) => (&*name, 0, offerings),
        None => return Err(not_found(catalog, &name)),
    };
    let offerings: Vec<_> =
        offerings.iter().filter(|offering| is_callable_with(catalog, offering, keys)).collect();
    if offerings.is_empty() {
        return Err(not_found(catalog, &name));
    }
    Ok(to_json(&describe(id, created, &offerings)))
}

/// Whether there is a key for an offering: the gateway's, or one of the caller's workspace.
fn is_callable_with(catalog: &Catalog, offering: &Offering, keys: &KeyRing) -> bool {
    let provider = &*offering.provider;
    offering.has_platform_key || (keys.has(provider) && catalog.takes_own_keys(provider))
}

/// Whether a name leads to somebody who can be called.
pub(crate) fn is_callable(catalog: &Catalog, name: &str, keys: &KeyRing) -> bool {
    let is_it = |offering: &Arc<Offering>| is_callable_with(catalog, offering, keys);
    match catalog.models.resolve(name) {
        Some(Found::Model(model)) => model.offerings.iter().any(is_it),
        Some(Found::AtProvider(offerings)) => offerings.iter().any(is_it),
        None => false,
    }
}

/// The refusal of a name that leads nowhere.
pub(crate) fn not_found(catalog: &Catalog, name: &str) -> ApiError {
    let error = ApiError::new(ErrorCode::ModelNotFound, format!("There is no model `{name}`."));
    error.with_param("model").with_suggestion(catalog.models.describe_available(LISTED))
}

fn describe<'a>(id: &'a str, created: u64, offerings: &[&'a Arc<Offering>]) -> Model<'a> {
    let endpoints = offerings.iter().fold(Endpoints::default(), |set, offering| set | offering.endpoints);
    let translated = if endpoints.is_conversational() { Endpoints::TRANSLATED } else { Endpoints::default() };
    // The standard tier stands for its provider; where there is none, whichever comes first.
    let mut providers: BTreeMap<&str, &Offering> = BTreeMap::new();
    for offering in offerings {
        let of_provider = providers.entry(&offering.provider).or_insert(offering);
        if offering.is_standard() {
            *of_provider = offering;
        }
    }
    let provider = |offering: &'a Offering| {
        let prices = offering.prices.as_ref()?.base();
        Some(ModelProvider {
            name: &offering.provider,
            input_price: prices.input.as_usd(),
            output_price: prices.output.as_usd(),
            data_policy: offering.data_policy,
        })
    };
    Model {
        id,
        object: "model",
        created,
        owned_by: "auriko",
        context_window: offerings.iter().filter_map(|offering| offering.context_window).max(),
        supported_endpoints: (endpoints | translated).words().collect(),
        providers: providers.into_values().filter_map(provider).collect(),
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data serialises")
}
