//! The price list of the Python package `litellm`: one flat object, US dollars per token, a key per fact. Our first
//! list, since it has tiers, steps by prompt length, shutdown dates and what models can do.

use auriko_routing::catalog::file::{PriceStep, Prices, Tier};
use serde_json::{Map, Value};

use super::Skipped;
use super::listing::{Listing, per_million, plain_prices};
use super::overlay::{Overlay, ProviderRow};

type Entry = Map<String, Value>;

/// Suffixes of price keys and the tiers they mean. Batches are no tier: they are another endpoint.
const TIERS: [(&str, &str); 4] =
    [("", "standard"), ("_flex", "flex"), ("_priority", "priority"), ("_ultrafast", "ultrafast")];
/// The tier of a vendor's fast mode (routing.md §6.3).
const FAST_TIER: &str = "priority";
/// Our endpoints by their paths in the list.
const ENDPOINTS: [(&str, &str); 5] = [
    ("/v1/chat/completions", "chat_completions"),
    ("/v1/responses", "responses"),
    ("/v1/messages", "messages"),
    ("/v1/embeddings", "embeddings"),
    ("/v1/batch", "batch"),
];
/// Flags of input modalities beside text.
const INPUTS: [(&str, &str); 4] = [
    ("supports_vision", "image"),
    ("supports_audio_input", "audio"),
    ("supports_video_input", "video"),
    ("supports_pdf_input", "pdf"),
];

/// The entries of the overlay's providers.
pub(crate) fn read(text: &str, overlay: &Overlay, skipped: &mut Skipped) -> Result<Vec<Listing>, String> {
    let list: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("the list of litellm: {error}"))?;
    let mut listings: Vec<Listing> = Vec::new();
    for (key, value) in &list {
        let Some(entry) = value.as_object() else { continue };
        let Some(row) = text_of(entry, "litellm_provider").and_then(|name| overlay.by_litellm_name(name))
        else {
            continue;
        };
        let upstream_id = upstream_id(key, row);
        let known = listings
            .iter()
            .any(|listing| listing.provider == row.entry.id && listing.upstream_id == upstream_id);
        if known {
            continue;
        }
        let listing = listing(row, upstream_id, entry);
        match why_not(row, &listing, entry) {
            Some(reason) => skipped.add(reason, listing.name()),
            None => listings.push(listing),
        }
    }
    Ok(listings)
}

/// Keys carry the provider before the first slash, except those of the oldest providers.
fn upstream_id<'a>(key: &'a str, row: &ProviderRow) -> &'a str {
    row.litellm.iter().find_map(|name| key.strip_prefix(name.as_str())?.strip_prefix('/')).unwrap_or(key)
}

/// Why an entry is none of ours.
fn why_not(row: &ProviderRow, listing: &Listing, entry: &Entry) -> Option<&'static str> {
    match text_of(entry, "mode") {
        Some("chat" | "responses" | "embedding") => {}
        _ => return Some("neither chat nor embeddings"),
    }
    let no_cache_price = listing.standard().is_none_or(|prices| prices.cache_read_price.is_none());
    if row.serverless_has_cache_price && !listing.embedding && no_cache_price {
        return Some("not served without a deployment of one's own");
    }
    None
}

fn listing(row: &ProviderRow, upstream_id: &str, entry: &Entry) -> Listing {
    let embedding = text_of(entry, "mode") == Some("embedding");
    let prompt = number_of(entry, "max_input_tokens");
    // What is known of a model that thinks comes from the vendor; an entry that says nothing at all of tools and the
    // like was entered for its price only.
    let described = ["supports_function_calling", "supports_tool_choice", "supports_response_schema"]
        .iter()
        .any(|flag| entry.contains_key(*flag));
    let able = |flag: &str| described.then(|| flag_of(entry, flag).unwrap_or(false));
    Listing {
        provider: row.entry.id.clone(),
        upstream_id: upstream_id.to_owned(),
        display_name: None,
        embedding,
        context_window: prompt,
        max_output_tokens: number_of(entry, "max_output_tokens").filter(|_| !embedding),
        input_modalities: input_modalities(entry),
        output_modalities: if embedding {
            vec!["embedding".to_owned()]
        } else {
            words_of(entry, "supported_output_modalities")
        },
        tools: able("supports_function_calling"),
        tool_choice: able("supports_tool_choice")
            .map(|able| able && flag_of(entry, "supports_forced_tool_use").unwrap_or(true)),
        // Hosts of open weights have it more often than the list says so.
        structured_output: flag_of(entry, "supports_response_schema"),
        reasoning: flag_of(entry, "supports_reasoning").or_else(|| described.then_some(false)),
        reasoning_off: reasoning_off(entry),
        refuses_sampling: flag_of(entry, "supports_sampling_params") == Some(false),
        endpoints: endpoints(entry, embedding),
        tiers: tiers(entry),
        shutdown_at: text_of(entry, "deprecation_date").map(str::to_owned),
    }
}

fn input_modalities(entry: &Entry) -> Vec<String> {
    let mut modalities = words_of(entry, "supported_modalities");
    if modalities.is_empty() {
        modalities.push("text".to_owned());
    }
    for (flag, modality) in INPUTS {
        if flag_of(entry, flag) == Some(true) && !modalities.iter().any(|known| known == modality) {
            modalities.push(modality.to_owned());
        }
    }
    modalities
}

/// Whether a model that thinks can be told not to.
fn reasoning_off(entry: &Entry) -> Option<bool> {
    if let Some(always) = flag_of(entry, "thinking_always_on") {
        return Some(!always);
    }
    let levels = words_of(entry, "reasoning_effort_levels");
    flag_of(entry, "supports_none_reasoning_effort")
        .or_else(|| (!levels.is_empty()).then(|| levels.iter().any(|level| level == "none")))
}

fn endpoints(entry: &Entry, embedding: bool) -> Vec<String> {
    if embedding {
        return vec!["embeddings".to_owned()];
    }
    let paths = words_of(entry, "supported_endpoints");
    let mut endpoints: Vec<String> = ENDPOINTS
        .iter()
        .filter(|(path, _)| paths.iter().any(|known| known == path))
        .map(|(_, name)| (*name).to_owned())
        .collect();
    let own = if text_of(entry, "mode") == Some("responses") { "responses" } else { "chat_completions" };
    if !endpoints.iter().any(|known| known == own) {
        endpoints.insert(0, own.to_owned());
    }
    endpoints
}

fn tiers(entry: &Entry) -> Vec<Tier> {
    let mut tiers: Vec<Tier> = TIERS
        .iter()
        .filter_map(|(suffix, name)| {
            let prices = prices(entry, suffix)?;
            Some(Tier { name: (*name).to_owned(), prices, steps: steps(entry, suffix) })
        })
        .collect();
    let fast = entry.get("provider_specific_entry").and_then(|more| more.get("fast")).and_then(Value::as_f64);
    if let (Some(factor), Some(standard)) = (fast, tiers.first().filter(|tier| tier.name == "standard")) {
        let fast = fast_tier(standard, factor);
        tiers.push(fast);
    }
    tiers
}

/// The tier of a vendor's fast mode: every price times a factor.
pub(crate) fn fast_tier(standard: &Tier, factor: f64) -> Tier {
    let times = |price: f64| per_million(price * factor, 1e6);
    let dearer = |prices: Prices| Prices {
        input_price: times(prices.input_price),
        output_price: times(prices.output_price),
        cache_read_price: prices.cache_read_price.map(times),
        cache_write_price: prices.cache_write_price.map(times),
    };
    Tier {
        name: FAST_TIER.to_owned(),
        prices: dearer(standard.prices),
        steps: standard
            .steps
            .iter()
            .map(|step| PriceStep { prices: dearer(step.prices), ..step.clone() })
            .collect(),
    }
}

/// Prices of the keys with this suffix. `None`: there is no price of input, or it is for something else than tokens.
fn prices(entry: &Entry, suffix: &str) -> Option<Prices> {
    let price = |key: &str| {
        entry.get(&format!("{key}{suffix}")).and_then(Value::as_f64).map(|price| per_million(price, 1.0))
    };
    let input = price("input_cost_per_token")?;
    let output = price("output_cost_per_token")
        .or_else(|| (text_of(entry, "mode") == Some("embedding")).then_some(0.0))?;
    Some(plain_prices(
        input,
        output,
        price("cache_read_input_token_cost"),
        price("cache_creation_input_token_cost"),
    ))
}

/// Prices by prompt length: `input_cost_per_token_above_200k_tokens`, then the tier's suffix.
fn steps(entry: &Entry, suffix: &str) -> Vec<PriceStep> {
    let mut steps: Vec<PriceStep> = entry
        .keys()
        .filter_map(|key| {
            let middle = key.strip_prefix("input_cost_per_token")?.strip_suffix(suffix)?;
            let thousands: u64 = middle.strip_prefix("_above_")?.strip_suffix("k_tokens")?.parse().ok()?;
            let prices = prices(entry, &format!("{middle}{suffix}"))?;
            Some(PriceStep { above_prompt_tokens: thousands * 1000, prices })
        })
        .collect();
    steps.sort_by_key(|step| step.above_prompt_tokens);
    steps
}

fn text_of<'a>(entry: &'a Entry, key: &str) -> Option<&'a str> {
    entry.get(key)?.as_str()
}

fn flag_of(entry: &Entry, key: &str) -> Option<bool> {
    entry.get(key)?.as_bool()
}

/// A number of tokens; some are written with a decimal point.
fn number_of(entry: &Entry, key: &str) -> Option<u64> {
    let value = entry.get(key)?;
    let whole = value.as_f64().filter(|number| number.fract() == 0.0 && *number > 0.0)?;
    format!("{whole:.0}").parse().ok()
}

fn words_of(entry: &Entry, key: &str) -> Vec<String> {
    let words = entry.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    words.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
