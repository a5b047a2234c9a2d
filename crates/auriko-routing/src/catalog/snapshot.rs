//! [`Catalog`]: the immutable snapshot that requests are routed by.

use std::sync::Arc;

use super::endpoints::Endpoints;
use super::file::{Capabilities, CatalogFile, DataPolicy, ModelEntry, ProviderEntry};
use super::offering::Offering;
use super::parameters::Parameters;
use foldhash::HashMap;

/// Models, providers and offerings. Replaced as a whole when anything changes.
#[derive(Debug, Default)]
pub struct Catalog {
    version: String,
    generated_at: String,
    /// Sorted by id.
    providers: Vec<Provider>,
    /// Sorted by id.
    models: Vec<Model>,
    /// Position of a model by id and by alias.
    by_name: HashMap<Box<str>, usize>,
    /// Position of a model by `<provider>/<the provider's own id>`.
    by_upstream: HashMap<Box<str>, usize>,
}

/// Somebody who runs models.
#[derive(Debug, Clone)]
pub struct Provider {
    /// As in `gateway.routing.providers`.
    pub id: Arc<str>,
    /// For people.
    pub display_name: String,
    /// One sentence, or nothing.
    pub description: String,
    /// What it promises about prompts.
    pub data_policy: DataPolicy,
    /// Whether this gateway can call it with its own configuration.
    pub has_platform_key: bool,
    /// The variable that would hold its key, where there is such a variable.
    pub key_variable: Option<String>,
    pub(super) refused_parameters: Parameters,
    pub(super) unknown_models: Option<Capabilities>,
    pub(super) native_endpoints: Endpoints,
}

/// A canonical model with its offerings.
#[derive(Debug)]
pub struct Model {
    /// Canonical id.
    pub id: Arc<str>,
    /// As it stands in the catalogue file.
    pub entry: ModelEntry,
    /// Every offering in every tier, of providers with and without a key.
    pub offerings: Vec<Arc<Offering>>,
}

/// What a gateway says of a provider.
#[derive(Debug, Clone, Default)]
pub struct ProviderSetup {
    /// Whether it is configured: there is a key, or it asks for none.
    pub has_platform_key: bool,
    /// The variable that holds or would hold its key.
    pub key_variable: Option<String>,
    /// Parameters that none of its models takes.
    pub refused_parameters: Parameters,
    /// What its models can do of which the catalogue knows nothing. `None`: everything.
    pub unknown_models: Option<Capabilities>,
    /// What its API serves without translation, beside what the catalogue says of a model.
    pub native_endpoints: Endpoints,
}

/// What a name in a request means.
#[derive(Debug)]
pub enum Found<'a> {
    /// A model of the catalogue.
    Model(&'a Model),
    /// `<provider>/<model>`: what one provider offers, whether or not the catalogue knows of it.
    AtProvider(Vec<Arc<Offering>>),
}

impl Catalog {
    /// Expands a file. `setup` is asked about every provider.
    ///
    /// Prices out of range are taken as not known; the loader refuses such files before.
    pub fn new(file: CatalogFile, setup: &dyn Fn(&str) -> ProviderSetup) -> Self {
        let mut catalog = Self { version: file.version, generated_at: file.generated_at, ..Self::default() };
        catalog.providers = file.providers.into_iter().map(|entry| Provider::new(entry, setup)).collect();
        catalog.providers.sort_by(|one, other| one.id.cmp(&other.id));
        let mut entries = file.models;
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        for entry in entries {
            catalog.add(entry, setup);
        }
        // After all ids: an id is worth more than an alias of the same name.
        for position in 0..catalog.models.len() {
            for alias in &catalog.models[position].entry.aliases {
                catalog.by_name.entry(alias.as_str().into()).or_insert(position);
            }
        }
        catalog
    }

    fn add(&mut self, entry: ModelEntry, setup: &dyn Fn(&str) -> ProviderSetup) {
        let id: Arc<str> = entry.id.as_str().into();
        let position = self.models.len();
        let mut offerings = Vec::new();
        for offering in &entry.offerings {
            let provider = self.provider_or_insert(&offering.provider, setup);
            offerings.extend(Offering::expand(&id, provider, offering));
            let upstream = format!("{}/{}", offering.provider, offering.upstream_id);
            self.by_upstream.entry(upstream.into()).or_insert(position);
        }
        self.by_name.insert((*id).into(), position);
        self.models.push(Model { id, entry, offerings });
    }

    fn provider_or_insert(&mut self, id: &str, setup: &dyn Fn(&str) -> ProviderSetup) -> &Provider {
        let position = self.providers.binary_search_by(|provider| (*provider.id).cmp(id));
        let position = position.unwrap_or_else(|position| {
            let entry = ProviderEntry {
                id: id.to_owned(),
                display_name: id.to_owned(),
                description: String::new(),
                data_policy: DataPolicy::None,
            };
            self.providers.insert(position, Provider::new(entry, setup));
            position
        });
        &self.providers[position]
    }

    /// Sixteen hex digits over the content of the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// When the file was made, RFC 3339.
    pub fn generated_at(&self) -> &str {
        &self.generated_at
    }

    /// All models, sorted by id, whether or not anybody can call them here.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// All providers, sorted by id, whether or not they are configured.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// A provider by id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        let position = self.providers.binary_search_by(|provider| (*provider.id).cmp(id)).ok()?;
        Some(&self.providers[position])
    }

    /// A model by id or alias.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.by_name.get(name).map(|position| &self.models[*position])
    }

    /// What a name means: an id, an alias, or `<provider>/<model>`.
    pub fn resolve(&self, name: &str) -> Option<Found<'_>> {
        if let Some(model) = self.model(name) {
            return Some(Found::Model(model));
        }
        let (provider, rest) = name.split_once('/')?;
        let provider = self.provider(provider)?;
        if rest.is_empty() {
            return None;
        }
        let of_upstream = || self.by_upstream.get(name).map(|position| &self.models[*position]);
        let at_provider = |model: &Model| -> Vec<_> {
            let is_there = |offering: &&Arc<Offering>| offering.provider == provider.id;
            model.offerings.iter().filter(is_there).cloned().collect()
        };
        let known = [self.model(rest), of_upstream()].into_iter().flatten().map(at_provider);
        let offerings = known.into_iter().find(|offerings| !offerings.is_empty());
        Some(Found::AtProvider(offerings.unwrap_or_else(|| vec![Offering::unknown(name, provider, rest)])))
    }
}

impl Provider {
    fn new(entry: ProviderEntry, setup: &dyn Fn(&str) -> ProviderSetup) -> Self {
        let setup = setup(&entry.id);
        Self {
            id: entry.id.into(),
            display_name: entry.display_name,
            description: entry.description,
            data_policy: entry.data_policy,
            has_platform_key: setup.has_platform_key,
            key_variable: setup.key_variable,
            refused_parameters: setup.refused_parameters,
            unknown_models: setup.unknown_models,
            native_endpoints: setup.native_endpoints,
        }
    }
}

impl Model {
    /// The offerings that this gateway can call with its own configuration.
    pub fn configured(&self) -> impl Iterator<Item = &Arc<Offering>> {
        self.offerings.iter().filter(|offering| offering.has_platform_key)
    }
}

impl Catalog {
    /// What can be called here, as a sentence: `most` models at most.
    pub fn describe_available(&self, most: usize) -> String {
        let callable = self.models.iter().filter(|model| model.configured().next().is_some());
        let mut ids: Vec<_> = callable.take(most + 1).map(|model| &*model.id).collect();
        let more = if ids.len() > most { ", …" } else { "" };
        ids.truncate(most);
        let providers = self.providers.iter().filter(|provider| provider.has_platform_key);
        let providers: Vec<_> = providers.map(|provider| &*provider.id).collect();
        format!(
            "Available: {}{more}. `<provider>/<model>` reaches any model of: {}.",
            ids.join(", "),
            providers.join(", ")
        )
    }
}
