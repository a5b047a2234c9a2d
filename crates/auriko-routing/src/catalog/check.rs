//! What must hold in a catalogue before anything is routed by it. Serde has seen to names and types; this sees to what
//! entries say about each other, and to numbers that are no prices. It finds every problem, not only the first: whoever
//! edits a file mends it in one go.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::file::{CatalogFile, ModelEntry, OfferingEntry, Prices, Tier};

/// Modalities that exist (api.md §6.3); `embedding` only comes out.
const MODALITIES: [&str; 6] = ["text", "image", "audio", "video", "pdf", "embedding"];
/// Our endpoints (api.md §1).
const ENDPOINTS: [&str; 5] = ["chat_completions", "responses", "messages", "embeddings", "batch"];

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Such as `models[gpt-4o].offerings[openai]`.
    pub place: String,
    /// What is wrong there and how to put it right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

/// Everything that is wrong with a catalogue, in the order of the file. Empty: it can be used.
pub fn problems(file: &CatalogFile) -> Vec<Problem> {
    let mut found = Found::default();
    let providers = check_providers(file, &mut found);
    check_names(file, &mut found);
    for model in &file.models {
        check_model(model, &providers, &mut found);
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, place: &str, message: impl Into<String>) {
        self.0.push(Problem { place: place.to_owned(), message: message.into() });
    }
}

fn check_providers<'a>(file: &'a CatalogFile, found: &mut Found) -> HashSet<&'a str> {
    let mut ids = HashSet::new();
    for provider in &file.providers {
        let place = format!("providers[{}]", provider.id);
        if provider.id.is_empty() {
            found.add(&place, "`id` is empty; give the provider an id");
        }
        if !ids.insert(provider.id.as_str()) {
            found.add(&place, "the id occurs twice; keep one entry");
        }
    }
    ids
}

/// Ids and aliases share one namespace: a name must mean one model.
fn check_names(file: &CatalogFile, found: &mut Found) {
    let mut ids = HashSet::new();
    for model in &file.models {
        let place = format!("models[{}]", model.id);
        if model.id.is_empty() {
            found.add(&place, "`id` is empty; give the model an id");
        }
        if !ids.insert(model.id.as_str()) {
            found.add(&place, "the id occurs twice; put all offerings into one entry");
        }
    }
    let mut aliases: HashMap<&str, &str> = HashMap::new();
    for model in &file.models {
        let place = format!("models[{}].aliases", model.id);
        for alias in &model.aliases {
            if ids.contains(alias.as_str()) {
                found.add(&place, format!("`{alias}` is the id of a model; remove the alias"));
            } else if let Some(other) = aliases.insert(alias, &model.id) {
                found.add(
                    &place,
                    format!("`{alias}` is an alias of `{other}` already; remove one of the two"),
                );
            }
        }
    }
}

fn check_model(model: &ModelEntry, providers: &HashSet<&str>, found: &mut Found) {
    let place = format!("models[{}]", model.id);
    if model.offerings.is_empty() {
        found.add(&place, "`offerings` is empty; name at least one provider that serves the model");
    }
    let mut seen = HashSet::new();
    for offering in &model.offerings {
        let place = format!("{place}.offerings[{}/{}]", offering.provider, offering.upstream_id);
        if !providers.contains(offering.provider.as_str()) {
            let provider = &offering.provider;
            found.add(&place, format!("provider `{provider}` is unknown; add it to `providers`"));
        }
        if !seen.insert((&offering.provider, &offering.upstream_id)) {
            found.add(&place, "the offering occurs twice; keep one");
        }
        check_offering(offering, &place, found);
    }
}

fn check_offering(offering: &OfferingEntry, place: &str, found: &mut Found) {
    if offering.upstream_id.is_empty() {
        found.add(place, "`upstream_id` is empty; write the id that the provider knows the model by");
    }
    for (field, words, known) in [
        ("input_modalities", &offering.input_modalities, &MODALITIES[..MODALITIES.len() - 1]),
        ("output_modalities", &offering.output_modalities, &MODALITIES[..]),
        ("endpoints", &offering.endpoints, &ENDPOINTS[..]),
    ] {
        if words.is_empty() {
            found.add(place, format!("`{field}` is empty; leave it out or name one of {}", known.join(", ")));
        }
        for word in words.iter().filter(|word| !known.contains(&word.as_str())) {
            found.add(place, format!("`{word}` in `{field}` is unknown; use {}", known.join(", ")));
        }
    }
    for (field, limit) in [
        ("context_window", offering.context_window),
        ("max_output_tokens", offering.max_output_tokens),
        ("prompt_cache.block_tokens", offering.prompt_cache.map(|cache| cache.block_tokens)),
        ("prompt_cache.ttl_seconds", offering.prompt_cache.map(|cache| cache.ttl_seconds)),
    ] {
        if limit == Some(0) {
            found.add(place, format!("`{field}` is 0; leave it out if it is not known"));
        }
    }
    if let Some(date) = &offering.shutdown_at
        && !is_date(date)
    {
        found.add(place, format!("`shutdown_at` is `{date}`; write a date such as 2027-01-31"));
    }
    check_tiers(&offering.tiers, place, found);
}

fn check_tiers(tiers: &[Tier], place: &str, found: &mut Found) {
    let mut names = HashSet::new();
    for tier in tiers {
        let place = format!("{place}.tiers[{}]", tier.name);
        if tier.name.is_empty() {
            found.add(&place, "`name` is empty; the default tier is called `standard`");
        }
        if !names.insert(tier.name.as_str()) {
            found.add(&place, "the tier occurs twice; use `steps` for prices by prompt length");
        }
        check_prices(tier.prices, &place, found);
        let mut below = 0;
        for step in &tier.steps {
            let place = format!("{place}.steps[{}]", step.above_prompt_tokens);
            if step.above_prompt_tokens <= below {
                found.add(&place, "steps must ascend in `above_prompt_tokens`, from more than 0; sort them");
            }
            below = step.above_prompt_tokens;
            check_prices(step.prices, &place, found);
        }
    }
}

fn check_prices(prices: Prices, place: &str, found: &mut Found) {
    for (field, price) in [
        ("input_price", Some(prices.input_price)),
        ("output_price", Some(prices.output_price)),
        ("cache_read_price", prices.cache_read_price),
        ("cache_write_price", prices.cache_write_price),
    ] {
        if let Some(price) = price
            && !(price.is_finite() && price >= 0.0)
        {
            let advice = "write US dollars per million tokens, 0 or more";
            found.add(place, format!("`{field}` is {price}; {advice}"));
        }
    }
}

/// `YYYY-MM-DD`. Whether the month has that day is not looked at: a wrong one hurts nobody.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests;
