//! `GET /v1/directory/models`: everything that is known of every model at every provider (api.md §6.3).

use std::collections::BTreeMap;

use auriko_routing::catalog::Model;
use auriko_routing::catalog::file::{Capabilities, DataPolicy, OfferingEntry, PriceStep, Prices, Tier};
use serde::Serialize;

use super::to_json;
use crate::catalog::Catalog;

#[derive(Serialize)]
struct Directory<'a> {
    models: BTreeMap<&'a str, DirectoryModel<'a>>,
    generated_at: &'a str,
}

#[derive(Serialize)]
struct DirectoryModel<'a> {
    family: &'a str,
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    aliases: &'a [String],
    providers: Vec<ProviderEntry<'a>>,
}

#[derive(Serialize)]
struct ProviderEntry<'a> {
    provider: &'a str,
    provider_model_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
    capabilities: Capabilities,
    input_modalities: &'a [String],
    output_modalities: &'a [String],
    tiers: Vec<TierEntry<'a>>,
    data_policy: DataPolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    supported_parameters: Option<&'a [String]>,
    supported_endpoints: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    shutdown_at: Option<&'a str>,
}

/// US dollars per million tokens.
#[derive(Serialize)]
struct TierEntry<'a> {
    name: &'a str,
    #[serde(flatten)]
    prices: Prices,
    price_variants: Vec<PriceVariant>,
}

/// Another price under a condition.
#[derive(Serialize)]
struct PriceVariant {
    role: &'static str,
    price: f64,
    constraints: BTreeMap<&'static str, String>,
    description: String,
}

/// The whole directory, of providers with and without a key.
pub(crate) fn list(catalog: &Catalog) -> String {
    let models = catalog.models.models();
    to_json(&Directory {
        models: models.iter().map(|model| (&*model.id, describe(catalog, model))).collect(),
        generated_at: catalog.models.generated_at(),
    })
}

fn describe<'a>(catalog: &Catalog, model: &'a Model) -> DirectoryModel<'a> {
    let entry = &model.entry;
    DirectoryModel {
        family: &entry.family,
        display_name: &entry.display_name,
        author: entry.author.as_deref(),
        aliases: &entry.aliases,
        providers: entry.offerings.iter().map(|offering| provider(catalog, offering)).collect(),
    }
}

fn provider<'a>(catalog: &Catalog, offering: &'a OfferingEntry) -> ProviderEntry<'a> {
    let usual = catalog.models.provider(&offering.provider).map(|provider| provider.data_policy);
    ProviderEntry {
        provider: &offering.provider,
        provider_model_id: &offering.upstream_id,
        context_window: offering.context_window,
        max_output_tokens: offering.max_output_tokens,
        capabilities: offering.capabilities,
        input_modalities: &offering.input_modalities,
        output_modalities: &offering.output_modalities,
        tiers: offering.tiers.iter().map(tier).collect(),
        data_policy: offering.data_policy.or(usual).unwrap_or_default(),
        supported_parameters: offering.supported_parameters.as_deref(),
        supported_endpoints: &offering.endpoints,
        shutdown_at: offering.shutdown_at.as_deref(),
    }
}

fn tier(tier: &Tier) -> TierEntry<'_> {
    TierEntry {
        name: &tier.name,
        prices: tier.prices,
        price_variants: tier.steps.iter().flat_map(variants).collect(),
    }
}

fn variants(step: &PriceStep) -> impl Iterator<Item = PriceVariant> {
    let above = step.above_prompt_tokens;
    let prices = step.prices;
    let roles = [
        ("input", Some(prices.input_price)),
        ("output", Some(prices.output_price)),
        ("cache_read", prices.cache_read_price),
        ("cache_write", prices.cache_write_price),
    ];
    roles.into_iter().filter_map(move |(role, price)| {
        Some(PriceVariant {
            role,
            price: price?,
            constraints: BTreeMap::from([("above_prompt_tokens", above.to_string())]),
            description: format!("For prompts of more than {above} tokens."),
        })
    })
}
