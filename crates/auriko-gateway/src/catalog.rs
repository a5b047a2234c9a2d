//! What can be called: models, the providers that serve them, and prices. Fixed once built.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auriko_providers::adapter::Adapter;
use auriko_providers::capability::Capabilities;
use auriko_providers::simulated::Profile;
use auriko_wire::money::PricePerMillion;

use crate::config::{Config, KeyConfig, KindConfig, ModelConfig, ProviderConfig};

/// Providers in the order of the configuration, and which of them serves what.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) providers: Vec<Arc<Provider>>,
    pub(crate) models: BTreeMap<String, Vec<Offering>>,
}

/// Somebody who answers requests.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) capabilities: Capabilities,
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

/// One model at one provider.
#[derive(Debug, Clone)]
pub(crate) struct Offering {
    /// The id callers use.
    pub(crate) model: Arc<str>,
    pub(crate) provider: Arc<Provider>,
    /// The id sent to the provider.
    pub(crate) upstream_id: Arc<str>,
    /// `None`: not known, and then replies carry no cost.
    pub(crate) prices: Option<Prices>,
}

/// Prices of one offering.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prices {
    pub(crate) input: PricePerMillion,
    pub(crate) output: PricePerMillion,
    /// As `input` when not given.
    pub(crate) cache_read: PricePerMillion,
    /// As `input` when not given.
    pub(crate) cache_write: PricePerMillion,
}

impl Prices {
    /// From US dollars per million tokens; `None` when one is out of range.
    pub(crate) fn try_new(
        input: f64,
        output: f64,
        cache_read: Option<f64>,
        cache_write: Option<f64>,
    ) -> Option<Self> {
        Some(Self {
            input: PricePerMillion::try_from_usd(input)?,
            output: PricePerMillion::try_from_usd(output)?,
            cache_read: PricePerMillion::try_from_usd(cache_read.unwrap_or(input))?,
            cache_write: PricePerMillion::try_from_usd(cache_write.unwrap_or(input))?,
        })
    }
}

impl Catalog {
    pub(crate) fn new(config: &Config) -> Self {
        let mut catalog = Self { providers: Vec::new(), models: BTreeMap::new() };
        for entry in &config.providers {
            let provider = Arc::new(Provider::new(entry));
            for model in &entry.models {
                let offering = Offering::new(model, &provider);
                catalog.models.entry(model.id.clone()).or_default().push(offering);
            }
            catalog.providers.push(provider);
        }
        catalog
    }

    pub(crate) fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// The offerings of a model id; `<provider>/<model>` reaches any model of a provider, known or not.
    pub(crate) fn resolve(&self, model: &str) -> Option<Vec<Offering>> {
        if let Some(offerings) = self.models.get(model) {
            return Some(offerings.clone());
        }
        let (provider, rest) = model.split_once('/')?;
        let provider = self.provider(provider)?;
        if rest.is_empty() {
            return None;
        }
        let of_provider =
            self.models.values().flatten().filter(|offering| offering.provider.id == provider.id);
        let mut known =
            of_provider.filter(|offering| &*offering.model == rest || &*offering.upstream_id == rest);
        Some(vec![known.next().cloned().unwrap_or_else(|| Offering {
            model: model.into(),
            provider: Arc::clone(provider),
            upstream_id: rest.into(),
            prices: None,
        })])
    }
}

impl Provider {
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
        Self { id: config.id.clone(), kind, capabilities: config.capabilities, latency_ms, throughput_tps }
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

impl Offering {
    fn new(model: &ModelConfig, provider: &Arc<Provider>) -> Self {
        Self {
            model: model.id.as_str().into(),
            provider: Arc::clone(provider),
            upstream_id: model.upstream_id.as_str().into(),
            prices: model.prices,
        }
    }
}
