//! `GET /v1/registry/models` and `GET /v1/registry/providers`: models and providers without their prices (api.md §6.4,
//! §6.5).

use std::collections::BTreeSet;

use auriko_routing::catalog::file::{Capabilities, DataPolicy, OfferingEntry};
use auriko_routing::catalog::{Modalities, Model};
use serde::Serialize;

use super::to_json;
use crate::catalog::Catalog;

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the wire words")]
struct Models<'a> {
    models: Vec<RegistryModel<'a>>,
    count: usize,
    /// There is no playground here.
    playground_defaults: [&'static str; 0],
}

#[derive(Serialize)]
struct RegistryModel<'a> {
    id: &'a str,
    family: &'a str,
    display_name: &'a str,
    /// What at least one provider can do.
    capabilities: Capabilities,
    input_modalities: Vec<&'static str>,
    output_modalities: Vec<&'static str>,
    providers: BTreeSet<&'a str>,
    has_free_provider: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
}

#[derive(Serialize)]
struct Providers<'a> {
    providers: Vec<RegistryProvider<'a>>,
    count: usize,
}

#[derive(Serialize)]
struct RegistryProvider<'a> {
    id: &'a str,
    display_name: &'a str,
    description: &'a str,
    /// A name by which a user interface may find a picture.
    icon: &'a str,
    data_policy: DataPolicy,
}

/// All models that are known.
pub(crate) fn models(catalog: &Catalog) -> String {
    let models: Vec<_> = catalog.models.models().iter().map(model).collect();
    to_json(&Models { count: models.len(), models, playground_defaults: [] })
}

/// All providers that are known.
pub(crate) fn providers(catalog: &Catalog) -> String {
    let providers = catalog.models.providers().iter().map(|provider| RegistryProvider {
        id: &provider.id,
        display_name: &provider.display_name,
        description: &provider.description,
        icon: &provider.id,
        data_policy: provider.data_policy,
    });
    let providers: Vec<_> = providers.collect();
    to_json(&Providers { count: providers.len(), providers })
}

fn model(model: &Model) -> RegistryModel<'_> {
    let entry = &model.entry;
    let modalities = |words: fn(&OfferingEntry) -> &[String]| {
        let of_offering = |offering| Modalities::from_words(words(offering));
        let all = entry.offerings.iter().map(of_offering).fold(Modalities::NONE, |set, it| set | it);
        all.words().collect()
    };
    let is_free = |offering: &OfferingEntry| {
        offering.tiers.iter().any(|tier| tier.prices.input_price <= 0.0 && tier.prices.output_price <= 0.0)
    };
    RegistryModel {
        id: &entry.id,
        family: &entry.family,
        display_name: &entry.display_name,
        capabilities: entry.offerings.iter().map(|it| it.capabilities).reduce(either).unwrap_or_default(),
        input_modalities: modalities(|offering| &offering.input_modalities),
        output_modalities: modalities(|offering| &offering.output_modalities),
        providers: entry.offerings.iter().map(|offering| offering.provider.as_str()).collect(),
        has_free_provider: entry.offerings.iter().any(is_free),
        author: entry.author.as_deref(),
    }
}

fn either(one: Capabilities, other: Capabilities) -> Capabilities {
    Capabilities {
        tools: one.tools || other.tools,
        tool_choice: one.tool_choice || other.tool_choice,
        json_mode: one.json_mode || other.json_mode,
        structured_output: one.structured_output || other.structured_output,
        tools_with_structured_output: one.tools_with_structured_output || other.tools_with_structured_output,
        reasoning: one.reasoning || other.reasoning,
        reasoning_off: one.reasoning_off || other.reasoning_off,
        streaming: one.streaming || other.streaming,
        non_streaming: one.non_streaming || other.non_streaming,
    }
}
