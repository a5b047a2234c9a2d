//! The lists of the npm package `@earendil-works/pi-ai`, collected from models.dev and `OpenRouter`: a file per provider,
//! US dollars per million tokens. Our second list: it has names for people, context windows, whether thinking can be
//! switched off, and all of `OpenRouter`. It lists only models that take tools.

use std::collections::BTreeMap;

use auriko_routing::catalog::file::{PriceStep, Prices, Tier};
use serde::Deserialize;
use serde_json::Value;

use super::Skipped;
use super::listing::{Listing, per_million, plain_prices};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    name: String,
    #[serde(default)]
    reasoning: bool,
    #[serde(default)]
    input: Vec<String>,
    cost: Cost,
    context_window: Option<u64>,
    max_tokens: Option<u64>,
    /// Our levels of effort to the provider's words; `null` for a level it does not have.
    thinking_level_map: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cost {
    input: f64,
    output: f64,
    cache_read: f64,
    cache_write: f64,
    #[serde(default)]
    tiers: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    input_tokens_above: u64,
    #[serde(flatten)]
    cost: Cost,
}

/// The chat models of one provider's file.
pub(crate) fn read(provider: &str, text: &str, skipped: &mut Skipped) -> Result<Vec<Listing>, String> {
    let apis: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut listings: BTreeMap<String, Listing> = BTreeMap::new();
    for value in apis.into_values().flat_map(BTreeMap::into_values) {
        // Images and classifiers have prices of other shapes.
        if value.get("type").and_then(Value::as_str) != Some("chat") {
            continue;
        }
        let entry: Entry = serde_json::from_value(value).map_err(|error| error.to_string())?;
        match why_not(&entry) {
            Some(reason) => skipped.add(reason, format!("{provider}/{}", entry.id)),
            None => drop(listings.insert(entry.id.clone(), listing(provider, entry))),
        }
    }
    Ok(listings.into_values().collect())
}

fn why_not(entry: &Entry) -> Option<&'static str> {
    if entry.id.contains(':') {
        return Some("a variant with a suffix of its own");
    }
    // Subscriptions and routers that choose a model are listed at zero or below.
    (entry.cost.input <= 0.0 && entry.cost.output <= 0.0).then_some("no price per token")
}

fn listing(provider: &str, entry: Entry) -> Listing {
    let reasoning_off = entry
        .thinking_level_map
        .as_ref()
        .and_then(|levels| levels.get("off"))
        .map(Option::is_some)
        .filter(|_| entry.reasoning);
    let standard = Tier {
        name: "standard".to_owned(),
        prices: prices(provider, &entry.id, &entry.cost),
        steps: entry
            .cost
            .tiers
            .iter()
            .map(|step| PriceStep {
                above_prompt_tokens: step.input_tokens_above,
                prices: prices(provider, &entry.id, &step.cost),
            })
            .collect(),
    };
    Listing {
        provider: provider.to_owned(),
        upstream_id: entry.id,
        display_name: Some(entry.name.rsplit(": ").next().unwrap_or_default().to_owned()),
        context_window: entry.context_window,
        max_output_tokens: entry.max_tokens,
        input_modalities: entry.input,
        tools: Some(true),
        reasoning: Some(entry.reasoning),
        reasoning_off,
        endpoints: vec!["chat_completions".to_owned()],
        tiers: vec![standard],
        ..Listing::default()
    }
}

fn prices(provider: &str, id: &str, cost: &Cost) -> Prices {
    let price = |price: f64| per_million(price, 1e6);
    // For Google's models OpenRouter puts the rent of explicit caches there, per hour.
    let rent = provider == "openrouter" && id.starts_with("google/");
    plain_prices(
        price(cost.input),
        price(cost.output),
        Some(price(cost.cache_read)),
        Some(price(cost.cache_write)).filter(|_| !rent),
    )
}

#[cfg(test)]
mod tests;
