//! `Gateway`: everything that outlives a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use serde::Serialize;
use tracing::Instrument;

use crate::call::{Call, Reply, ReplyBody};
use crate::catalog::Kind;
use crate::config::{Config, ConfigError, Connections};
use crate::dialect::Dialect;
use crate::dispatch::{self, Passage};
use crate::error::ApiError;
use crate::guard::Visit;
use crate::ledger::Ledger;
use crate::observe::{self, End, Peer, Trail};
use crate::origin::Origins;

mod snapshot;

pub(crate) use snapshot::Inner;

/// A running router. Cloning is cheap and shares everything.
///
/// What it is configured to do is one snapshot, replaced as a whole: a request keeps the one it began with.
#[derive(Clone)]
pub struct Gateway {
    current: Arc<ArcSwap<Inner>>,
    is_draining: Arc<AtomicBool>,
}

/// What a gateway serves, for banners and logs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Every model id with the providers that serve it.
    pub models: Vec<ModelDescription>,
    /// Provider ids, in the order of the configuration.
    pub providers: Vec<String>,
    /// Whether no provider asks a real model.
    pub simulated_only: bool,
    /// One or two sentences for whoever started it.
    pub notice: String,
}

/// One model id.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelDescription {
    /// The id to call it by.
    pub id: String,
    /// Who serves it.
    pub providers: Vec<String>,
}

impl Gateway {
    /// A gateway that has not connected to anybody yet. Needs no runtime.
    ///
    /// Keys that the configuration gives as variables are read from the environment of the process.
    ///
    /// # Errors
    /// Names the variable that is not set.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Self::build(config, None)
    }

    /// As [`Self::new`], and tells `ledger` what became of every request that a plan was made for.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_ledger(config: Config, ledger: Arc<dyn Ledger>) -> Result<Self, ConfigError> {
        Self::build(config, Some(ledger))
    }

    fn build(config: Config, ledger: Option<Arc<dyn Ledger>>) -> Result<Self, ConfigError> {
        let inner = Inner::new(config, None, ledger)?;
        Ok(Self { current: Arc::new(ArcSwap::from_pointee(inner)), is_draining: Arc::default() })
    }

    /// From now on requests are served by another configuration; those that have begun keep theirs. Connections stay open,
    /// and what was learnt of providers is not forgotten.
    ///
    /// # Errors
    /// As [`Self::new`]; then everything stays as it was.
    pub fn reload(&self, config: Config) -> Result<(), ConfigError> {
        let before = self.current.load();
        let next = Inner::new(config, Some(&before), before.ledger.clone())?;
        next.observer.tracer.iter().for_each(observe::Tracer::note_runtime);
        self.current.store(Arc::new(next));
        Ok(())
    }

    /// What requests that begin now are served by.
    pub(crate) fn snapshot(&self) -> Arc<Inner> {
        self.current.load_full()
    }

    /// What is served here.
    pub fn describe(&self) -> Description {
        let inner = self.snapshot();
        let catalog = &inner.catalog;
        let simulated_only =
            catalog.providers.iter().all(|provider| matches!(provider.kind, Kind::Simulated { .. }));
        let models = catalog.models.models().iter().filter_map(|model| {
            let mut providers: Vec<_> =
                model.configured().map(|offering| offering.provider.to_string()).collect();
            // One after the other: the tiers of one provider stand together.
            providers.dedup();
            (!providers.is_empty()).then(|| ModelDescription { id: model.id.to_string(), providers })
        });
        let notice = if simulated_only {
            "Only simulated providers are configured: replies are made up and no model is asked. Set a provider's \
             key, such as OPENAI_API_KEY, or give a configuration, to reach real models."
        } else {
            "Requests are sent to the providers above with the keys configured here."
        };
        Description {
            models: models.collect(),
            providers: catalog.providers.iter().map(|provider| provider.id.clone()).collect(),
            simulated_only,
            notice: notice.to_owned(),
        }
    }

    /// Answers one request, without a socket.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection of the attempt in progress.
    pub async fn handle(&self, call: Call) -> Reply {
        self.handle_from(call, Peer::Local).await
    }

    /// As [`Self::handle`], for a caller who may be on another machine.
    pub(crate) async fn handle_from(&self, call: Call, peer: Peer) -> Reply {
        let request_id = request_id();
        let path = call.path.split('?').next().unwrap_or_default();
        let dialect = Dialect::of(path);
        let inner = self.snapshot();
        let trail = Trail::open(&inner.observer, &call, path, &request_id);
        let log = trail.log().clone();
        let mut visit =
            Passage { request_id: &request_id, peer, headers: Vec::new(), trail: Some(Box::new(trail)) };
        let is_draining = self.is_draining.load(Ordering::Relaxed);
        let reply = dispatch::route(&inner, is_draining, &call, dialect, &mut visit).instrument(log).await;
        let Passage { mut headers, trail, .. } = visit;
        let (code, mut reply) = match reply {
            Ok(reply) => (None, reply),
            Err(error) => (Some(error.code.as_str()), self.refuse(error, dialect, &request_id)),
        };
        if let Some(trail) = trail {
            trail.end(End::plain(reply.status, code));
        }
        reply.headers.append(&mut headers);
        dialect.finish(&mut reply);
        reply
    }

    /// Opens the store, if there is one, and says whether callers need a key.
    ///
    /// # Errors
    /// What is wrong with the store or its configuration.
    pub async fn open(&self) -> Result<bool, ConfigError> {
        let inner = self.snapshot();
        inner.observer.tracer.iter().for_each(observe::Tracer::note_runtime);
        let Some(vault) = &inner.vault else {
            if inner.access.admin_token.is_none() {
                return Ok(false);
            }
            let message = "`access.admin_token_env` needs `store`: without one there is nothing to manage";
            return Err(ConfigError::new(message));
        };
        let failed = |error: auriko_store::StoreError| ConfigError::new(error.to_string());
        vault.store().await.map_err(failed)?;
        if inner.access.admin_token.is_some() {
            // Also when the configuration names it no longer.
            vault.refuse_strangers();
        }
        vault.needs_keys().await.map_err(failed)
    }

    /// Writes what waits: rows of the ledger, and spans. Needs a runtime with time and I/O.
    pub async fn flush(&self) {
        let inner = self.snapshot();
        if let Some(vault) = &inner.vault {
            vault.flush().await;
        }
        if inner.observer.tracer.is_some() {
            wait(move || inner.observer.tracer.iter().for_each(observe::Tracer::flush)).await;
        }
    }

    /// As [`Self::flush`], and closes the store. Requests that come later are refused.
    pub async fn close(&self) {
        let inner = self.snapshot();
        if let Some(vault) = &inner.vault {
            vault.close().await;
        }
        if inner.observer.tracer.is_some() {
            wait(move || inner.observer.tracer.iter().for_each(observe::Tracer::shut_down)).await;
        }
    }

    /// How long a server lets requests end that have begun.
    pub(crate) fn drain_limit(&self) -> std::time::Duration {
        self.current.load().limits.drain
    }

    /// From now on `GET /readyz` answers 503.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Web pages that may call, as the configuration says now.
    pub(crate) fn origins(&self) -> Origins {
        self.current.load().cors_origins.clone()
    }

    /// Refuses who may not call at all.
    pub(crate) async fn check_key(&self, call: &Call) -> Result<(), ApiError> {
        Visit::identify(&self.snapshot(), call).await.map(drop)
    }

    /// Whether callers need no key.
    pub(crate) async fn serves_anyone(&self) -> bool {
        let inner = self.snapshot();
        match &inner.vault {
            _ if inner.access.admin_token.is_some() => false,
            None => true,
            // What can't be asked refuses by itself.
            Some(vault) => vault.needs_keys().await.is_ok_and(|needed| !needed),
        }
    }

    /// Limits of connections, as the configuration says now.
    pub(crate) fn connections(&self) -> Connections {
        self.current.load().connections
    }

    pub(crate) fn body_limit_bytes(&self) -> usize {
        self.current.load().body_limit_bytes
    }

    /// The reply to a request that got no further than the server.
    pub(crate) fn refuse_early(&self, error: ApiError, call: &Call) -> Reply {
        let request_id = request_id();
        let path = call.path.split('?').next().unwrap_or_default();
        let dialect = Dialect::of(path);
        let trail = Trail::open(&self.current.load().observer, call, path, &request_id);
        let code = error.code.as_str();
        let mut reply = self.refuse(error, dialect, &request_id);
        trail.end(End::plain(reply.status, Some(code)));
        dialect.finish(&mut reply);
        reply
    }

    fn refuse(&self, error: ApiError, dialect: Dialect, request_id: &str) -> Reply {
        error.into_reply(dialect, request_id, self.current.load().error_docs_url.as_deref())
    }
}

/// Does what keeps its thread waiting where that disturbs nobody.
async fn wait(work: impl FnOnce() + Send + 'static) {
    // What can't be done then is not worth more words.
    drop(tokio::task::spawn_blocking(work).await);
}

impl Reply {
    /// The body of a reply that is no stream.
    pub fn json_text(&self) -> Option<&str> {
        match &self.body {
            ReplyBody::Json(text) => Some(text),
            ReplyBody::Events(_) => None,
        }
    }
}

/// `req_` and 24 random hex digits. Ours alone: a caller's own id is not trusted.
pub(crate) fn request_id() -> String {
    let random: [u8; 12] = rand::random();
    random.iter().fold(String::from("req_"), |mut id, byte| {
        id.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        id.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        id
    })
}

#[cfg(test)]
mod tests;
