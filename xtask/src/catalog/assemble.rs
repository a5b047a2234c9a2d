//! Listings and overlay to providers and models: leaves out what is gone, gives every listing its model, and adds what
//! the overlay knows.

use std::collections::{BTreeMap, BTreeSet};

use auriko_routing::catalog::file::{Capabilities, ModelEntry, OfferingEntry, ProviderEntry, Tier};

use super::Skipped;
use super::canonical::{Names, slug};
use super::describe;
use super::listing::Listing;
use super::litellm::fast_tier;
use super::overlay::Overlay;

/// The parameters that a model may do without (api.md §3.9).
const OPTIONAL_PARAMETERS: [&str; 15] = [
    "temperature",
    "top_p",
    "seed",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "n",
    "presence_penalty",
    "frequency_penalty",
    "user",
    "parallel_tool_calls",
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "safety_identifier",
];
/// Those of them that shape the choice of tokens for every vendor.
const SAMPLING: [&str; 2] = ["temperature", "top_p"];

/// A listing and how it is spelt.
struct Named {
    listing: Listing,
    slug: String,
}

/// The catalogue's two lists, sorted by id.
pub(crate) fn assemble(
    listings: Vec<Listing>,
    overlay: &Overlay,
    today: &str,
    skipped: &mut Skipped,
) -> Result<(Vec<ProviderEntry>, Vec<ModelEntry>), String> {
    let listings: Vec<Listing> =
        listings.into_iter().filter(|listing| is_kept(listing, overlay, today, skipped)).collect();
    let names = Names::new(&listings, overlay);
    let mut groups: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    for listing in listings {
        let slug = slug(&listing.provider, &listing.upstream_id);
        groups.entry(names.canonical(&slug)).or_default().push(Named { listing, slug });
    }
    let mut models: BTreeMap<String, ModelEntry> =
        groups.into_iter().map(|(id, group)| (id.clone(), model(id, group, overlay, skipped))).collect();
    for own in &overlay.offerings {
        let model = models
            .get_mut(&own.model)
            .ok_or_else(|| format!("overlay.toml, offerings: no list has the model `{}`", own.model))?;
        model.offerings.push(own.offering.clone());
    }
    let mut models: Vec<ModelEntry> = models.into_values().collect();
    for model in &mut models {
        model.offerings.sort_by(|a, b| (&a.provider, &a.upstream_id).cmp(&(&b.provider, &b.upstream_id)));
    }
    settle_aliases(&mut models, overlay, skipped);
    let mut providers: Vec<ProviderEntry> = overlay.providers.iter().map(|row| row.entry.clone()).collect();
    providers.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((providers, models))
}

fn is_kept(listing: &Listing, overlay: &Overlay, today: &str, skipped: &mut Skipped) -> bool {
    // Dates as text compare like dates.
    let gone = listing.shutdown_at.as_deref().is_some_and(|date| date <= today);
    let reason = if gone {
        Some("switched off by then")
    } else {
        overlay.why_skipped(&listing.provider, &listing.upstream_id)
    };
    if let Some(reason) = reason {
        skipped.add(reason, listing.name());
    }
    reason.is_none()
}

fn model(id: String, group: Vec<Named>, overlay: &Overlay, skipped: &mut Skipped) -> ModelEntry {
    let aliases: BTreeSet<String> = group.iter().map(|named| named.slug.clone()).collect();
    let display_name = overlay.display_names.get(&id).cloned().or_else(|| listed_name(&id, &group));
    let created = describe::created(aliases.iter().map(String::as_str).chain([id.as_str()]));
    let offerings = without_twins(&id, group, skipped)
        .into_iter()
        .map(|listing| offering(listing, &id, overlay))
        .collect();
    ModelEntry {
        family: describe::family(&id),
        display_name: display_name.unwrap_or_else(|| describe::display_name(&id)),
        author: overlay.author(&id),
        aliases: aliases.into_iter().filter(|alias| *alias != id).collect(),
        created,
        offerings,
        id,
    }
}

/// A list's name for the model, before those for a spelling of it.
fn listed_name(id: &str, group: &[Named]) -> Option<String> {
    let own = group.iter().filter(|named| named.slug == id);
    own.chain(group.iter().filter(|named| named.slug != id))
        .find_map(|named| named.listing.display_name.clone())
}

/// One listing of those that a provider has under several ids at one price: the one spelt as the model is, else the
/// shortest, which is the one without a date.
fn without_twins(id: &str, mut group: Vec<Named>, skipped: &mut Skipped) -> Vec<Listing> {
    group.sort_by_key(|named| {
        (named.slug != id, named.listing.upstream_id.len(), named.listing.upstream_id.clone())
    });
    let mut kept: Vec<Listing> = Vec::new();
    for Named { listing, .. } in group {
        let twin =
            kept.iter().any(|known| known.provider == listing.provider && known.tiers == listing.tiers);
        if twin {
            skipped.add("another id of an offering that is there", listing.name());
        } else {
            kept.push(listing);
        }
    }
    kept
}

fn offering(listing: Listing, id: &str, overlay: &Overlay) -> OfferingEntry {
    let capabilities = capabilities(&listing, id, overlay);
    let text = |modalities: Vec<String>| {
        if modalities.is_empty() { vec!["text".to_owned()] } else { modalities }
    };
    let supported_parameters = supported_parameters(&listing, id, overlay);
    let rules = || overlay.rules.iter().filter(|rule| rule.is_about(&listing.provider, id));
    let endpoints =
        rules().filter(|_| !listing.embedding).filter_map(|rule| rule.endpoints.clone()).next_back();
    let context_window =
        rules().filter_map(|rule| rule.context_window).next_back().or(listing.context_window);
    let data_policy = rules().filter_map(|rule| rule.data_policy).next_back();
    let free_cache_writes = rules().any(|rule| rule.free_cache_writes);
    let cached = listing.standard().is_some_and(|prices| prices.cache_read_price.is_some());
    let prompt_cache = overlay.prompt_cache(&listing.provider, id).filter(|_| cached);
    let mut tiers = listing.tiers;
    let fast = overlay
        .fast_modes
        .iter()
        .find(|fast| fast.provider == listing.provider && super::glob::any(&fast.models, id));
    if let (Some(fast), [standard]) = (fast, &tiers[..]) {
        let fast = fast_tier(standard, fast.factor);
        tiers.push(fast);
    }
    if free_cache_writes {
        let steps = tiers.iter_mut().flat_map(|tier| {
            let Tier { prices, steps, .. } = tier;
            std::iter::once(prices).chain(steps.iter_mut().map(|step| &mut step.prices))
        });
        steps.for_each(|prices| prices.cache_write_price = None);
    }
    OfferingEntry {
        context_window,
        // Some lists have the context window there.
        max_output_tokens: listing.max_output_tokens.map(|most| most.min(context_window.unwrap_or(most))),
        input_modalities: text(listing.input_modalities),
        output_modalities: text(listing.output_modalities),
        capabilities,
        supported_parameters,
        endpoints: endpoints.unwrap_or(listing.endpoints),
        data_policy,
        prompt_cache,
        tiers,
        shutdown_at: listing.shutdown_at,
        provider: listing.provider,
        upstream_id: listing.upstream_id,
    }
}

fn capabilities(listing: &Listing, id: &str, overlay: &Overlay) -> Capabilities {
    if listing.embedding {
        return Capabilities {
            tools: false,
            tool_choice: false,
            json_mode: false,
            structured_output: false,
            tools_with_structured_output: false,
            streaming: false,
            ..Capabilities::default()
        };
    }
    let default = Capabilities::default();
    let mut it = Capabilities {
        tools: listing.tools.unwrap_or(default.tools),
        tool_choice: listing.tool_choice.unwrap_or(default.tool_choice),
        structured_output: listing.structured_output.unwrap_or(default.structured_output),
        reasoning: listing.reasoning.unwrap_or(default.reasoning),
        reasoning_off: listing.reasoning_off.unwrap_or(default.reasoning_off),
        ..default
    };
    let mut together = None;
    for rule in overlay.rules.iter().filter(|rule| rule.is_about(&listing.provider, id)) {
        it.tools = rule.tools.unwrap_or(it.tools);
        it.tool_choice = rule.tool_choice.unwrap_or(it.tool_choice);
        it.json_mode = rule.json_mode.unwrap_or(it.json_mode);
        it.structured_output = rule.structured_output.unwrap_or(it.structured_output);
        it.reasoning = rule.reasoning.unwrap_or(it.reasoning);
        it.reasoning_off = rule.reasoning_off.unwrap_or(it.reasoning_off);
        together = rule.tools_with_structured_output.or(together);
    }
    it.tool_choice &= it.tools;
    it.tools_with_structured_output = it.tools && it.structured_output && together.unwrap_or(true);
    // A model that does not think need not be told.
    it.reasoning_off |= !it.reasoning;
    it
}

/// The optional parameters that an offering takes. `None`: nothing is known to be refused.
fn supported_parameters(listing: &Listing, id: &str, overlay: &Overlay) -> Option<Vec<String>> {
    let rules = overlay.rules.iter().filter(|rule| rule.is_about(&listing.provider, id));
    let mut refused: Vec<&str> = rules
        .filter_map(|rule| rule.refuses.as_ref())
        .next_back()
        .map(|names| names.iter().map(String::as_str).collect())
        .unwrap_or_default();
    if listing.refuses_sampling {
        refused.extend(SAMPLING);
    }
    let taken = OPTIONAL_PARAMETERS.iter().filter(|name| !refused.contains(*name));
    (!refused.is_empty() && !listing.embedding).then(|| taken.map(|name| (*name).to_owned()).collect())
}

/// Adds the overlay's spellings, then takes away every alias that is an id or another model's alias already.
fn settle_aliases(models: &mut [ModelEntry], overlay: &Overlay, skipped: &mut Skipped) {
    for model in models.iter_mut() {
        let more = overlay.same.get(&model.id).into_iter().flatten();
        let all: BTreeSet<String> = model.aliases.iter().chain(more).cloned().collect();
        model.aliases = all.into_iter().collect();
    }
    let mut taken: BTreeSet<String> = models.iter().map(|model| model.id.clone()).collect();
    for model in models {
        let id = model.id.clone();
        model.aliases.retain(|alias| {
            let free = taken.insert(alias.clone());
            if !free {
                skipped.add("an alias that means another model already", format!("{alias} of {id}"));
            }
            free
        });
    }
}

#[cfg(test)]
mod tests;
