//! A model at a provider in one price tier, with everything a routing decision compares.

use std::sync::Arc;

use super::date::end_of_day_ms;
use super::endpoints::{Endpoints, Modalities};
use super::file::{Capabilities, DataPolicy, OfferingEntry, PromptCache, Tier};
use super::parameters::Parameters;
use super::prices::PriceTable;
use super::snapshot::Provider;
use crate::filter::{Filters, shortcomings};

/// Names an offering over restarts and reloads of the catalogue: a hash of model, provider and tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferingKey(u64);

/// The name of the tier that everybody gets who asks for none.
pub(crate) const STANDARD: &str = "standard";

/// One offering. Fixed once built.
#[derive(Debug, Clone)]
pub struct Offering {
    /// For measurements.
    pub key: OfferingKey,
    /// The canonical id that callers use.
    pub model: Arc<str>,
    /// Provider id.
    pub provider: Arc<str>,
    /// The id the provider knows it by.
    pub upstream_id: Arc<str>,
    /// `standard`, or the name of another price tier.
    pub tier: Arc<str>,
    /// `None`: not known, and then replies carry no cost.
    pub prices: Option<PriceTable>,
    /// Tokens of prompt and reply together. `None`: not known.
    pub context_window: Option<u64>,
    /// Tokens of the longest reply. `None`: not known.
    pub max_output_tokens: Option<u64>,
    /// What it takes.
    pub input: Modalities,
    /// What it puts out.
    pub output: Modalities,
    /// What it serves without translation.
    pub endpoints: Endpoints,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Which of the optional parameters it takes.
    pub parameters: Parameters,
    /// Those that the model refuses, whatever its provider's API knows.
    pub refused_parameters: Parameters,
    /// What is promised about prompts.
    pub data_policy: DataPolicy,
    /// `None`: no prompt cache is known.
    pub prompt_cache: Option<PromptCache>,
    /// From when on the provider does not run it any more, Unix milliseconds. `None`: nothing was announced.
    pub shutdown_at_ms: Option<u64>,
    /// Whether this gateway can call it with its own configuration.
    pub has_platform_key: bool,
    pub(crate) shortcomings: Filters,
}

impl OfferingKey {
    fn new(model: &str, provider: &str, tier: &str) -> Self {
        // FNV-1a, so that the value is the same in every process and version.
        let bytes = [model, provider, tier].into_iter().flat_map(|part| part.bytes().chain([0]));
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// From the number that was stored.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// The number itself, to be stored.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl Offering {
    /// One per tier; a single one without prices where none are known.
    pub(super) fn expand(model: &Arc<str>, provider: &Provider, entry: &OfferingEntry) -> Vec<Arc<Self>> {
        let upstream_id: Arc<str> = entry.upstream_id.as_str().into();
        let endpoints = Endpoints::from_words(&entry.endpoints);
        let native =
            if endpoints.is_conversational() { provider.native_endpoints } else { Endpoints::default() };
        let of_tier = |tier: Option<&Tier>| {
            let name = tier.map_or(STANDARD, |tier| &tier.name);
            let taken = entry.supported_parameters.as_ref();
            let parameters = taken.map_or(Parameters::ALL, |names| Parameters::from_names(names));
            Arc::new(
                Self {
                    key: OfferingKey::new(model, &provider.id, name),
                    model: Arc::clone(model),
                    provider: Arc::clone(&provider.id),
                    upstream_id: Arc::clone(&upstream_id),
                    tier: name.into(),
                    prices: tier.and_then(PriceTable::from_tier),
                    context_window: entry.context_window,
                    max_output_tokens: entry.max_output_tokens,
                    input: Modalities::from_words(&entry.input_modalities),
                    output: Modalities::from_words(&entry.output_modalities),
                    endpoints: endpoints | native,
                    capabilities: entry.capabilities,
                    parameters: parameters.without(provider.refused_parameters),
                    refused_parameters: Parameters::ALL.without(parameters),
                    data_policy: entry.data_policy.unwrap_or(provider.data_policy),
                    prompt_cache: entry.prompt_cache,
                    shutdown_at_ms: entry.shutdown_at.as_deref().and_then(end_of_day_ms),
                    has_platform_key: provider.has_platform_key,
                    shortcomings: Filters::NONE,
                }
                .judged(),
            )
        };
        match entry.tiers.as_slice() {
            [] => vec![of_tier(None)],
            tiers => tiers.iter().map(Some).map(of_tier).collect(),
        }
    }

    /// A model that the catalogue does not know, at a provider that it does: everything is let through, and the
    /// provider decides.
    pub(super) fn unknown(model: &str, provider: &Provider, upstream_id: &str) -> Arc<Self> {
        let everything =
            Modalities::TEXT | Modalities::IMAGE | Modalities::AUDIO | Modalities::VIDEO | Modalities::PDF;
        let capabilities = Capabilities { reasoning: true, ..Capabilities::default() };
        Arc::new(
            Self {
                key: OfferingKey::new(model, &provider.id, STANDARD),
                model: model.into(),
                provider: Arc::clone(&provider.id),
                upstream_id: upstream_id.into(),
                tier: STANDARD.into(),
                prices: None,
                context_window: None,
                max_output_tokens: None,
                input: everything,
                output: everything | Modalities::EMBEDDING,
                endpoints: Endpoints::CHAT | Endpoints::EMBEDDINGS | provider.native_endpoints,
                capabilities: provider.unknown_models.unwrap_or(capabilities),
                parameters: Parameters::ALL.without(provider.refused_parameters),
                refused_parameters: Parameters::NONE,
                data_policy: provider.data_policy,
                prompt_cache: None,
                shutdown_at_ms: None,
                has_platform_key: provider.has_platform_key,
                shortcomings: Filters::NONE,
            }
            .judged(),
        )
    }

    fn judged(mut self) -> Self {
        self.shortcomings = shortcomings(&self);
        self
    }

    /// Whether the provider still runs it.
    pub fn is_offered_at(&self, now_ms: u64) -> bool {
        self.shutdown_at_ms.is_none_or(|shutdown| now_ms < shutdown)
    }

    /// Whether it is offered to who asks for no tier.
    pub fn is_standard(&self) -> bool {
        &*self.tier == STANDARD
    }
}
