//! The catalogue that this gateway routes by: what is known of models, and what the configuration says about them.
//!
//! A configured provider serves all its models of the catalogue. Models that are configured beside them are added, or
//! override what the catalogue says. Providers that are not configured stay in it, so that errors can name them.

use std::collections::HashMap;
use std::sync::LazyLock;

use auriko_providers::adapter::Adapter;
use auriko_providers::capability;
use auriko_providers::table;
use auriko_routing::catalog::file::{
    Capabilities, CatalogFile, DataPolicy, ModelEntry, OfferingEntry, ProviderEntry, Tier,
};
use auriko_routing::catalog::merge::CatalogOverlay;
use auriko_routing::catalog::{Catalog, Endpoints, Parameters, ProviderSetup};

use crate::config::{Config, ConfigError, KindConfig, ModelConfig, ProviderConfig};

/// Everything that any provider may be sent.
const MODALITIES: [&str; 5] = ["text", "image", "audio", "video", "pdf"];

/// What the file says of providers about which the configuration says something else: that holds for the gateway's own
/// account there, not for everybody's.
pub(super) fn public_policies(config: &Config) -> HashMap<String, DataPolicy> {
    let file = config.catalog.as_ref().unwrap_or(&SHIPPED);
    let entries = config.providers.iter().filter(|provider| provider.data_policy.is_some());
    let known = entries.filter_map(|it| file.providers.iter().find(|entry| entry.id == it.id));
    known.map(|entry| (entry.id.clone(), entry.data_policy)).collect()
}

/// Parsed once: a process may have many gateways.
static SHIPPED: LazyLock<CatalogFile> = LazyLock::new(CatalogFile::shipped);

/// The catalogue of a configuration.
pub(super) fn models(config: &Config) -> Result<Catalog, ConfigError> {
    build(config.catalog.clone().unwrap_or_else(|| SHIPPED.clone()), config)
}

fn build(mut file: CatalogFile, config: &Config) -> Result<Catalog, ConfigError> {
    for provider in &config.providers {
        add_provider(&mut file, provider);
    }
    // Before what providers are said to be able to do, which holds for these models too.
    let overlay = CatalogOverlay { providers: Vec::new(), models: config.models.clone() };
    let mut file = file
        .merge(overlay)
        .map_err(|error| ConfigError::new(format!("`models` does not go with the catalogue: {error}")))?;
    for provider in &config.providers {
        apply(&mut file, provider);
    }
    let configured: HashMap<_, _> =
        config.providers.iter().map(|provider| (provider.id.as_str(), setup(provider))).collect();
    Ok(Catalog::new(file, &|id| configured.get(id).cloned().unwrap_or_else(|| unconfigured(id))))
}

fn setup(provider: &ProviderConfig) -> ProviderSetup {
    let (adapter, key_variable) = match &provider.kind {
        KindConfig::Simulated(_) => (None, None),
        KindConfig::Http { key, adapter, .. } => (Some(*adapter), key.variable.clone()),
    };
    ProviderSetup {
        has_platform_key: true,
        key_variable,
        unknown_models: Some(limited(anything(), &provider.capabilities)),
        ..spoken(adapter)
    }
}

/// Own keys may reach it all the same.
fn unconfigured(id: &str) -> ProviderSetup {
    let Some(row) = table::find(id) else { return ProviderSetup::default() };
    ProviderSetup { key_variable: Some(row.key_env.to_owned()), ..spoken(Some(row.adapter)) }
}

/// What the API of a provider makes of it. `None`: it is simulated.
fn spoken(adapter: Option<Adapter>) -> ProviderSetup {
    let is_taken = |name: &str| match (adapter, name) {
        // These two have fields of their own in a request, so that adapters are not asked about them.
        (Some(Adapter::Anthropic), "seed" | "n") => false,
        (_, "seed" | "n") | (None, _) => true,
        (Some(adapter), name) => adapter.takes_parameter(name),
    };
    let refused: Vec<_> = Parameters::ALL.names().filter(|name| !is_taken(name)).collect();
    ProviderSetup {
        refused_parameters: Parameters::from_names(&refused),
        native_endpoints: match adapter {
            Some(Adapter::Anthropic) => Endpoints::MESSAGES,
            _ => Endpoints::default(),
        },
        ..ProviderSetup::default()
    }
}

fn add_provider(file: &mut CatalogFile, provider: &ProviderConfig) {
    let known = file.providers.iter().position(|entry| entry.id == provider.id);
    let position = known.unwrap_or_else(|| {
        file.providers.push(ProviderEntry {
            id: provider.id.clone(),
            display_name: provider.id.clone(),
            description: String::new(),
            data_policy: DataPolicy::None,
        });
        file.providers.len() - 1
    });
    if let Some(policy) = provider.data_policy {
        file.providers[position].data_policy = policy;
    }
}

fn apply(file: &mut CatalogFile, provider: &ProviderConfig) {
    let is_simulated = matches!(provider.kind, KindConfig::Simulated(_));
    for model in &mut file.models {
        let is_meant = |offering: &OfferingEntry| offering.provider == provider.id;
        if is_simulated {
            // Whoever bears the name of a real provider does not thereby serve its models.
            model.offerings.retain(|offering| !is_meant(offering));
        }
        for offering in model.offerings.iter_mut().filter(|offering| is_meant(offering)) {
            limit(offering, provider);
        }
    }
    for model in &provider.models {
        add(file, provider, model);
    }
}

/// `words`, and one more where the provider is simulated: those make embeddings too.
fn with_embeddings(provider: &ProviderConfig, words: &[&str], more: &str) -> Vec<String> {
    let is_simulated = matches!(provider.kind, KindConfig::Simulated(_));
    words.iter().copied().chain(is_simulated.then_some(more)).map(str::to_owned).collect()
}

/// Takes away what the configuration says that the provider can't do.
fn limit(offering: &mut OfferingEntry, provider: &ProviderConfig) {
    offering.capabilities = limited(offering.capabilities, &provider.capabilities);
    if !provider.capabilities.vision {
        offering.input_modalities.retain(|modality| modality != "image");
    }
    if provider.data_policy.is_some() {
        offering.data_policy = provider.data_policy;
    }
}

fn add(file: &mut CatalogFile, provider: &ProviderConfig, model: &ModelConfig) {
    let is_named = |entry: &ModelEntry| entry.id == model.id || entry.aliases.contains(&model.id);
    let position = file.models.iter().position(is_named).unwrap_or_else(|| {
        file.models.push(ModelEntry {
            id: model.id.clone(),
            family: model.id.clone(),
            display_name: model.id.clone(),
            author: None,
            aliases: Vec::new(),
            created: 0,
            offerings: Vec::new(),
        });
        file.models.len() - 1
    });
    let entry = &mut file.models[position];
    entry.aliases.extend(model.aliases.iter().filter(|alias| **alias != entry.id).cloned());
    let known = entry.offerings.iter().position(|offering| offering.provider == provider.id);
    let known = known.unwrap_or_else(|| {
        entry.offerings.push(offering(provider, model));
        entry.offerings.len() - 1
    });
    let offering = &mut entry.offerings[known];
    if let Some(upstream_id) = &model.upstream_id {
        offering.upstream_id.clone_from(upstream_id);
    }
    if let Some(prices) = model.prices {
        offering.tiers = vec![Tier { name: "standard".to_owned(), prices, steps: Vec::new() }];
    }
    offering.context_window = model.context_window.or(offering.context_window);
    offering.max_output_tokens = model.max_output_tokens.or(offering.max_output_tokens);
}

/// Of a model that only the configuration knows: everything is let through, and the provider decides.
fn offering(provider: &ProviderConfig, model: &ModelConfig) -> OfferingEntry {
    let mut offering = OfferingEntry {
        provider: provider.id.clone(),
        upstream_id: model.id.clone(),
        context_window: None,
        max_output_tokens: None,
        input_modalities: MODALITIES.map(str::to_owned).to_vec(),
        output_modalities: with_embeddings(provider, &["text"], "embedding"),
        capabilities: anything(),
        supported_parameters: None,
        endpoints: with_embeddings(provider, &["chat_completions"], "embeddings"),
        data_policy: None,
        prompt_cache: None,
        tiers: Vec::new(),
        shutdown_at: None,
    };
    limit(&mut offering, provider);
    offering
}

fn anything() -> Capabilities {
    Capabilities { reasoning: true, ..Capabilities::default() }
}

fn limited(known: Capabilities, allowed: &capability::Capabilities) -> Capabilities {
    Capabilities {
        tools: known.tools && allowed.tools,
        tool_choice: known.tool_choice && allowed.tool_choice_required,
        json_mode: known.json_mode && allowed.json,
        structured_output: known.structured_output && allowed.json_schema,
        tools_with_structured_output: known.tools_with_structured_output && allowed.tools_with_json_schema,
        reasoning: known.reasoning && allowed.reasoning,
        reasoning_off: known.reasoning_off && allowed.reasoning_off,
        streaming: known.streaming && allowed.streaming,
        non_streaming: known.non_streaming && allowed.non_streaming,
    }
}

#[cfg(test)]
mod tests;
