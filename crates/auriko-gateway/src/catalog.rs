//! What can be called: models, the providers that serve them, and prices. Fixed once built.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auriko_providers::adapter::Adapter;
use auriko_providers::simulated::Profile;
use auriko_routing::Measurements;

mod assemble;

use crate::config::{Config, KeyConfig, KindConfig, ProviderConfig};

/// How providers are reached, and what they offer.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// In the order of the configuration.
    pub(crate) providers: Vec<Arc<Provider>>,
    /// What requests are routed by.
    pub(crate) models: auriko_routing::catalog::Catalog,
    /// What is known of providers; so far what the configuration says of them.
    pub(crate) measurements: Measurements,
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
}

impl Catalog {
    pub(crate) fn new(config: &Config) -> Self {
        let providers: Vec<_> = config.providers.iter().map(|entry| Arc::new(Provider::new(entry))).collect();
        let mut measurements = Measurements::default();
        for provider in &providers {
            measurements.expect(provider.id.as_str(), provider.latency_ms, provider.throughput_tps);
        }
        Self { providers, models: assemble::models(config), measurements }
    }

    pub(crate) fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// An offering that was routed to, which is always one of a configured provider.
    pub(crate) fn offering(&self, routed: &Arc<auriko_routing::catalog::Offering>) -> Offering {
        let provider =
            self.provider(&routed.provider).expect("only configured providers have a platform key");
        Offering {
            model: Arc::clone(&routed.model),
            provider: Arc::clone(provider),
            upstream_id: Arc::clone(&routed.upstream_id),
            facts: Arc::clone(routed),
        }
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
