//! Our own facts, `crates/auriko-routing/overlay.toml`: what no price list says, and what one gets wrong.

use std::collections::BTreeMap;

use auriko_routing::catalog::file::{DataPolicy, OfferingEntry, PromptCache, ProviderEntry, Source};
use serde::Deserialize;

use super::glob;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlay {
    /// The lists, with the versions that the update script fetches.
    pub(crate) sources: Vec<Source>,
    pub(crate) providers: Vec<ProviderRow>,
    /// Entries of the lists that are left out.
    pub(crate) skip: Vec<Skip>,
    /// Offerings whose prices are the second list's.
    pub(crate) second_list_counts: Vec<Ids>,
    /// Canonical id to the other spellings of it.
    pub(crate) same: BTreeMap<String, Vec<String>>,
    /// Canonical id to its name for people.
    pub(crate) display_names: BTreeMap<String, String>,
    /// Who made a model; the first that matches counts.
    pub(crate) authors: Vec<Author>,
    /// What prompt caches do; the first that matches counts, and only for offerings with a price for reading it.
    pub(crate) prompt_caches: Vec<CacheRule>,
    /// Abilities, endpoints and limits; of all that match, the last that says something about a field counts.
    pub(crate) rules: Vec<Rule>,
    /// Fast modes that the lists don't have.
    pub(crate) fast_modes: Vec<FastMode>,
    /// Offerings that the lists don't have.
    pub(crate) offerings: Vec<OwnOffering>,
}

/// A provider, and what the lists call it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderRow {
    pub(crate) entry: ProviderEntry,
    /// Values of `litellm_provider`.
    #[serde(default)]
    pub(crate) litellm: Vec<String>,
    /// Name of its file in the second list.
    pub(crate) pi_ai: Option<String>,
    /// Ids that it really takes, when the lists have others too.
    #[serde(default)]
    pub(crate) only: Vec<String>,
    /// Whether an entry without a price for cached tokens is a model that one has to deploy oneself.
    #[serde(default)]
    pub(crate) serverless_has_cache_price: bool,
}

/// Ids of a provider that are left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skip {
    /// `*` for all.
    pub(crate) provider: String,
    pub(crate) ids: Vec<String>,
    pub(crate) why: String,
}

/// Upstream ids of a provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ids {
    pub(crate) provider: String,
    pub(crate) ids: Vec<String>,
}

/// Who made models.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Author {
    pub(crate) name: String,
    pub(crate) models: Vec<String>,
}

/// What a provider's prompt cache does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheRule {
    pub(crate) provider: String,
    /// Canonical ids.
    pub(crate) models: Vec<String>,
    pub(crate) cache: PromptCache,
}

/// What offerings can do. Absent: as the lists say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// `*` for all.
    pub(crate) provider: String,
    /// Canonical ids.
    pub(crate) models: Vec<String>,
    pub(crate) tools: Option<bool>,
    pub(crate) tool_choice: Option<bool>,
    pub(crate) json_mode: Option<bool>,
    pub(crate) structured_output: Option<bool>,
    pub(crate) tools_with_structured_output: Option<bool>,
    pub(crate) reasoning: Option<bool>,
    pub(crate) reasoning_off: Option<bool>,
    pub(crate) endpoints: Option<Vec<String>>,
    /// Parameters that the model answers with an error.
    pub(crate) refuses: Option<Vec<String>>,
    /// Tokens of prompt and reply together.
    pub(crate) context_window: Option<u64>,
    /// Where a model is not treated as its provider promises for the others.
    pub(crate) data_policy: Option<DataPolicy>,
    /// The cache costs nothing to fill the way we use it, whatever the list says.
    #[serde(default)]
    pub(crate) free_cache_writes: bool,
}

impl Rule {
    /// Whether it speaks of this offering.
    pub(crate) fn is_about(&self, provider: &str, model: &str) -> bool {
        glob::matches(&self.provider, provider) && glob::any(&self.models, model)
    }
}

/// A fast mode: all prices of `standard` times a factor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FastMode {
    pub(crate) provider: String,
    /// Canonical ids.
    pub(crate) models: Vec<String>,
    pub(crate) factor: f64,
}

/// An offering that no list has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnOffering {
    /// Canonical id.
    pub(crate) model: String,
    pub(crate) offering: OfferingEntry,
}

impl Overlay {
    /// The provider that the first list calls by this name.
    pub(crate) fn by_litellm_name(&self, name: &str) -> Option<&ProviderRow> {
        self.providers.iter().find(|row| row.litellm.iter().any(|known| known == name))
    }

    /// Why an entry is left out.
    pub(crate) fn why_skipped(&self, provider: &str, upstream_id: &str) -> Option<&str> {
        let row = self.providers.iter().find(|row| row.entry.id == provider)?;
        if !row.only.is_empty() && !glob::any(&row.only, upstream_id) {
            return Some("not an id of this provider");
        }
        let skip = self
            .skip
            .iter()
            .find(|skip| glob::matches(&skip.provider, provider) && glob::any(&skip.ids, upstream_id))?;
        Some(&skip.why)
    }

    /// Whether the second list's prices are the right ones.
    pub(crate) fn second_list_counts(&self, provider: &str, upstream_id: &str) -> bool {
        self.second_list_counts
            .iter()
            .any(|those| those.provider == provider && glob::any(&those.ids, upstream_id))
    }

    /// Who made a model.
    pub(crate) fn author(&self, model: &str) -> Option<String> {
        self.authors.iter().find(|author| glob::any(&author.models, model)).map(|author| author.name.clone())
    }

    /// What the prompt cache of an offering does.
    pub(crate) fn prompt_cache(&self, provider: &str, model: &str) -> Option<PromptCache> {
        let rule = |rule: &&CacheRule| rule.provider == provider && glob::any(&rule.models, model);
        self.prompt_caches.iter().find(rule).map(|rule| rule.cache)
    }
}
