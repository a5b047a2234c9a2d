//! What a configuration decides, as one snapshot: a request keeps the one that it began with.

use std::sync::Arc;

use auriko_client::Client;
use auriko_routing::{Defaults, Selection};

use crate::catalog::Catalog;
use crate::config::{Access, Config, ConfigError, Connections, HedgeAfter, Limits, Telemetry};
use crate::guard::Vault;
use crate::health::Health;
use crate::ledger::Ledger;
use crate::media::Media;
use crate::observe::Observer;
use crate::origin::Origins;

pub(crate) struct Inner {
    pub(crate) catalog: Catalog,
    pub(crate) client: Client,
    pub(crate) limits: Limits,
    pub(crate) connections: Connections,
    pub(crate) media: Media,
    pub(crate) body_limit_bytes: usize,
    pub(crate) error_docs_url: Option<String>,
    pub(crate) cors_origins: Origins,
    pub(crate) routing_defaults: Defaults,
    pub(crate) selection: Selection,
    pub(crate) hedge_after: Option<HedgeAfter>,
    pub(crate) allow_explain: bool,
    pub(crate) health: Arc<Health>,
    pub(crate) ledger: Option<Arc<dyn Ledger>>,
    /// The store. `None`: nothing is remembered.
    pub(crate) vault: Option<Arc<Vault>>,
    pub(crate) access: Access,
    pub(crate) telemetry: Telemetry,
    pub(crate) observer: Arc<Observer>,
}

impl Inner {
    /// What no configuration says is taken over from the one before: open connections, and what was learnt.
    pub(super) fn new(
        config: Config,
        before: Option<&Self>,
        ledger: Option<Arc<dyn Ledger>>,
    ) -> Result<Self, ConfigError> {
        let config = config.with_keys(&|name| std::env::var(name).ok())?;
        let catalog = Catalog::new(&config)?;
        let store = config.credits.settle(config.store)?;
        let observer = match before {
            Some(before) => {
                let is_same = before.telemetry.traces == config.telemetry.traces;
                if !is_same {
                    tracing::warn!("a changed destination of traces counts from the next start");
                }
                Arc::clone(&before.observer)
            }
            None => Arc::new(Observer::new(&config.telemetry)?),
        };
        let health = before.map(|before| Arc::clone(&before.health)).unwrap_or_default();
        health.expect(catalog.expected());
        let vault = match before {
            // What is open stays open: another store would not know the reservations.
            Some(before) => {
                if before.vault.as_deref().map(Vault::settings) != store.as_ref() {
                    tracing::warn!("a changed `store` or `credits` counts from the next start");
                }
                before.vault.clone()
            }
            None => store.map(|settings| Arc::new(Vault::new(settings, Arc::clone(&health)))),
        };
        Ok(Self {
            catalog,
            health,
            ledger,
            // Keys of providers are in headers that no HTTP library takes for keys.
            client: before.map_or_else(Client::within_origin, |before| before.client.clone()),
            limits: config.limits,
            connections: config.connections,
            media: Media::new(config.media),
            body_limit_bytes: config.body_limit_bytes,
            error_docs_url: config.error_docs_url,
            cors_origins: config.cors_origins,
            routing_defaults: config.routing,
            selection: config.selection,
            hedge_after: config.hedge_after,
            allow_explain: config.allow_explain,
            vault,
            access: config.access,
            telemetry: config.telemetry,
            observer,
        })
    }
}
