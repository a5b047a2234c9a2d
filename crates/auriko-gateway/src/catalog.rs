//! What can be called: models, the providers that serve them, and prices. Fixed once built.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auriko_client::Response;
use auriko_providers::adapter::Adapter;
use auriko_providers::simulated::Profile;
use auriko_providers::table;
use auriko_routing::catalog::file::DataPolicy;
use auriko_routing::{Candidate, KeySource, Measurements};

mod assemble;

use crate::config::{Config, ConfigError, KeyConfig, KindConfig, ProviderConfig, Secret};
use crate::health::Line;
use crate::own_key::{KeyRing, UsedKey};

/// How providers are reached, and what they offer.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// In the order of the configuration.
    pub(crate) providers: Vec<Arc<Provider>>,
    /// What requests are routed by.
    pub(crate) models: auriko_routing::catalog::Catalog,
    /// Known by name and not configured: they are reached with own keys alone.
    known: Vec<Arc<Provider>>,
    /// Providers that workspaces may bring own keys for. `None`: all that are reached over HTTP.
    own_key_providers: Option<Vec<String>>,
    /// What providers promise everybody, where the configuration says what they promise its owner.
    public_policies: HashMap<String, DataPolicy>,
}

/// Somebody who answers requests.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// Expected milliseconds to the first token. `None`: not known.
    pub(crate) latency_ms: Option<f64>,
    /// Expected output tokens per second. `None`: not known.
    pub(crate) throughput_tps: Option<f64>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Simulated {
        profile: Profile,
        /// Counts attempts, so that the failure rate is kept over them.
        attempts: AtomicU64,
    },
    Http {
        base_url: String,
        key: KeyConfig,
        adapter: Adapter,
    },
}

/// What is tried: an offering of the catalogue, and the provider that serves it.
#[derive(Debug, Clone)]
pub(crate) struct Offering {
    /// The id callers use.
    pub(crate) model: Arc<str>,
    pub(crate) provider: Arc<Provider>,
    /// The id sent to the provider.
    pub(crate) upstream_id: Arc<str>,
    /// Prices and limits.
    pub(crate) facts: Arc<auriko_routing::catalog::Offering>,
    /// What is promised about prompts under the key that is used.
    pub(crate) data_policy: DataPolicy,
    /// The key of the caller's workspace that is used. `None`: the gateway's, if it asks for one.
    pub(crate) own_key: Option<UsedKey>,
}

impl Catalog {
    /// # Errors
    /// What is wrong with the configured models, which only shows beside the catalogue.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let providers: Vec<_> = config.providers.iter().map(|entry| Arc::new(Provider::new(entry))).collect();
        let is_configured = |id: &str| providers.iter().any(|provider| provider.id == id);
        let rows = table::PROVIDERS.iter().filter(|row| !is_configured(row.id));
        let known = rows.map(|row| Arc::new(Provider::known(row))).collect();
        let own_key_providers = config.access.own_key_providers.clone();
        let public_policies = assemble::public_policies(config);
        let models = assemble::models(config)?;
        let catalog = Self { providers, models, known, own_key_providers, public_policies };
        let unknown = config.access.own_key_providers.iter().flatten();
        match unknown.into_iter().find(|id| catalog.reached_by_own_keys(id).is_none()) {
            None => Ok(catalog),
            Some(id) => Err(ConfigError::new(format!(
                "`access.own_key_providers`: there is no provider `{id}` that is asked over HTTP"
            ))),
        }
    }

    /// Providers that workspaces may bring own keys for, by id.
    pub(crate) fn own_key_providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        let all = self.providers.iter().chain(&self.known);
        all.filter(|provider| self.takes_own_keys(&provider.id))
    }

    /// Whether workspaces may bring own keys for a provider.
    pub(crate) fn takes_own_keys(&self, id: &str) -> bool {
        let is_allowed = self.own_key_providers.as_ref().is_none_or(|ids| ids.iter().any(|it| it == id));
        is_allowed && self.reached_by_own_keys(id).is_some()
    }

    /// What a provider promises everybody about prompts. `None`: what routing knows of it.
    pub(crate) fn public_data_policy(&self, id: &str) -> Option<DataPolicy> {
        self.public_policies.get(id).copied()
    }

    fn reached_by_own_keys(&self, id: &str) -> Option<&Arc<Provider>> {
        self.reached(id).filter(|provider| matches!(provider.kind, Kind::Http { .. }))
    }

    /// A provider that is configured or known.
    fn reached(&self, id: &str) -> Option<&Arc<Provider>> {
        self.provider(id).or_else(|| self.known.iter().find(|provider| provider.id == id))
    }

    /// What the configuration says of providers that were not measured yet.
    pub(crate) fn expected(&self) -> Measurements {
        let mut measurements = Measurements::default();
        for provider in &self.providers {
            measurements.expect(provider.id.as_str(), provider.latency_ms, provider.throughput_tps);
        }
        measurements
    }

    pub(crate) fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// A candidate that was routed to, with the key it is called with. `None`: that key is gone.
    pub(crate) fn offering(&self, candidate: &Candidate, keys: &KeyRing) -> Option<Offering> {
        let routed = &candidate.offering;
        let own_key = match candidate.key_source {
            KeySource::Own => Some(keys.key(&routed.provider)?),
            KeySource::Platform => None,
        };
        Some(Offering {
            model: Arc::clone(&routed.model),
            provider: Arc::clone(self.reached(&routed.provider)?),
            upstream_id: Arc::clone(&routed.upstream_id),
            facts: Arc::clone(routed),
            data_policy: candidate.data_policy,
            own_key,
        })
    }
}

impl Offering {
    /// The key to call it with. `None`: it asks for none.
    pub(crate) fn api_key<'a>(&'a self, platform: &'a KeyConfig) -> Option<&'a str> {
        let own = self.own_key.as_ref().map(UsedKey::secret);
        own.or_else(|| platform.value.as_ref().map(Secret::reveal))
    }

    /// Notes that the provider took the key, with the headers of its reply.
    pub(crate) fn note_accepted(&self, reply: &Response) {
        if let Some(key) = &self.own_key {
            key.note_accepted(reply);
        }
    }

    /// What fails or works as one.
    pub(crate) fn line(&self) -> Line {
        Line { offering: self.facts.key, own_key: self.own_key.as_ref().map(UsedKey::number) }
    }
}

impl Provider {
    /// At its own address, without a key.
    fn known(row: &table::Row) -> Self {
        let (base_url, key) = (row.base_url.to_owned(), KeyConfig::default());
        let kind = Kind::Http { base_url, key, adapter: row.adapter };
        Self { id: row.id.to_owned(), kind, latency_ms: None, throughput_tps: None }
    }

    fn new(config: &ProviderConfig) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a simulation are small")]
        let (kind, latency_ms, throughput_tps) = match &config.kind {
            KindConfig::Simulated(profile) => (
                Kind::Simulated { profile: profile.clone(), attempts: AtomicU64::new(0) },
                Some(profile.latency_ms as f64),
                Some(1000.0 / (profile.chunk_pace_ms as f64).max(0.1)),
            ),
            KindConfig::Http { base_url, key, adapter } => {
                let kind = Kind::Http { base_url: base_url.clone(), key: key.clone(), adapter: *adapter };
                (kind, config.latency_ms, config.throughput_tps)
            }
        };
        Self { id: config.id.clone(), kind, latency_ms, throughput_tps }
    }
}

impl Kind {
    /// The number of this attempt at a simulated provider; 0 for others.
    pub(crate) fn count_attempt(&self) -> u64 {
        match self {
            Self::Simulated { attempts, .. } => attempts.fetch_add(1, Ordering::Relaxed),
            Self::Http { .. } => 0,
        }
    }
}
