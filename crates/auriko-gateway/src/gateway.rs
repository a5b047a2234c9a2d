//! `Gateway`: everything that outlives a request, and the table of routes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use auriko_client::Client;
use auriko_routing::{Defaults, Selection};
use auriko_store::key::Scope;
use auriko_wire::error_code::ErrorCode;
use serde::Serialize;
use tracing::Instrument;

use crate::call::{Call, Reply, ReplyBody};
use crate::catalog::{Catalog, Kind};
use crate::config::{Access, Config, ConfigError, Connections, HedgeAfter, Limits, Telemetry};
use crate::dialect::Dialect;
use crate::error::ApiError;
use crate::guard::{Vault, Visit};
use crate::health::Health;
use crate::ledger::Ledger;
use crate::media::Media;
use crate::observe::{self, End, Observer, Peer, Trail};
use crate::origin::Origins;
use crate::own_key::KeyRing;
use crate::{count_tokens, embeddings, management, models, pipeline, routes};

/// A running router. Cloning is cheap and shares everything.
///
/// What it is configured to do is one snapshot, replaced as a whole: a request keeps the one it began with.
#[derive(Clone)]
pub struct Gateway {
    current: Arc<ArcSwap<Inner>>,
    is_draining: Arc<AtomicBool>,
}

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
        let reply = self.route(&inner, &call, dialect, &mut visit).instrument(log).await;
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

    async fn route(
        &self,
        inner: &Inner,
        call: &Call,
        dialect: Dialect,
        passage: &mut Passage<'_>,
    ) -> Result<Reply, ApiError> {
        let request_id = passage.request_id;
        if call.body.len() > inner.body_limit_bytes {
            return Err(too_large(inner.body_limit_bytes));
        }
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        routes::check(&call.method, path)?;
        let json = |status, body: String| Ok(Reply::json(status, request_id, body));
        match path {
            "/v1/chat/completions"
            | "/v1/messages"
            | "/v1/responses"
            | "/v1/embeddings"
            | "/v1/messages/count_tokens" => {
                let mut visit = Visit::identify(inner, call).await?;
                if let Some(trail) = &mut passage.trail {
                    trail.identify(visit.key());
                }
                let reply = infer(inner, dialect, call, path, &mut visit, passage).await;
                visit.tell_budgets().await;
                if let Err(error) = &reply {
                    visit.note_refusal(request_id, error);
                }
                passage.headers.append(&mut visit.headers);
                reply
            }
            "/v1/models" => {
                let keys = reader_of_models(inner, call).await?;
                json(200, models::list(&inner.catalog, query, &keys)?)
            }
            "/v1/directory/models" => json(200, models::directory::list(&inner.catalog)),
            "/v1/registry/models" => json(200, models::registry::models(&inner.catalog)),
            "/v1/registry/providers" => json(200, models::registry::providers(&inner.catalog)),
            "/v1/byok/providers" => json(200, management::own_key_providers(&inner.catalog).to_string()),
            "/healthz" => json(200, r#"{"status":"ok"}"#.to_owned()),
            "/readyz" => {
                if self.is_draining.load(Ordering::Relaxed) {
                    return Err(ApiError::new(
                        ErrorCode::ServiceUnavailable,
                        "The gateway is shutting down.",
                    ));
                }
                if let Some(vault) = &inner.vault {
                    vault.store().await?.check().await?;
                }
                json(200, r#"{"status":"ready"}"#.to_owned())
            }
            "/metrics" => observe::page(inner, call, passage.peer, request_id),
            _ if management::is_at(path) => {
                let headers = &mut passage.headers;
                Box::pin(management::answer(inner, call, path, query, request_id, headers)).await
            }
            _ => match path.strip_prefix("/v1/models/").filter(|id| !id.is_empty()) {
                Some(id) => {
                    let keys = reader_of_models(inner, call).await?;
                    json(200, models::one(&inner.catalog, id, &keys)?)
                }
                None => match tiers_of(path) {
                    Some(provider) => {
                        json(200, management::account_tiers(&inner.catalog, provider)?.to_string())
                    }
                    None => Err(nothing_at(path)),
                },
            },
        }
    }
}

/// The own keys of somebody who may see what can be called.
async fn reader_of_models(inner: &Inner, call: &Call) -> Result<KeyRing, ApiError> {
    let visit = Visit::identify(inner, call).await?;
    visit.require(&[Scope::ModelsRead, Scope::Inference])?;
    KeyRing::of(&visit).await
}

/// The provider whose tiers a path names.
fn tiers_of(path: &str) -> Option<&str> {
    let provider = path.strip_prefix("/v1/byok/providers/")?.strip_suffix("/tiers")?;
    (!provider.is_empty() && !provider.contains('/')).then_some(provider)
}

/// Answers a call that has to do with a model.
async fn infer(
    inner: &Inner,
    dialect: Dialect,
    call: &Call,
    path: &str,
    visit: &mut Visit,
    passage: &mut Passage<'_>,
) -> Result<Reply, ApiError> {
    visit.require_inference()?;
    visit.take_request().await?;
    match path {
        "/v1/embeddings" => embeddings::create(inner, call, visit, passage).await,
        "/v1/messages/count_tokens" => {
            let keys = KeyRing::of(visit).await?;
            count_tokens::count(inner, call, &keys, passage.request_id)
        }
        _ => pipeline::complete(inner, dialect, call, visit, passage).await,
    }
}

/// What a request has with it on its way, and what its reply gets.
pub(crate) struct Passage<'a> {
    pub(crate) request_id: &'a str,
    peer: Peer,
    /// Of the reply, be it good or bad.
    headers: Vec<(String, String)>,
    /// Taken by whoever sees the request's end.
    pub(crate) trail: Option<Box<Trail>>,
}

/// Does what keeps its thread waiting where that disturbs nobody.
async fn wait(work: impl FnOnce() + Send + 'static) {
    // What can't be done then is not worth more words.
    drop(tokio::task::spawn_blocking(work).await);
}

impl Inner {
    /// What no configuration says is taken over from the one before: open connections, and what was learnt.
    fn new(
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

impl Reply {
    /// The body of a reply that is no stream.
    pub fn json_text(&self) -> Option<&str> {
        match &self.body {
            ReplyBody::Json(text) => Some(text),
            ReplyBody::Events(_) => None,
        }
    }
}

pub(crate) fn too_large(limit_bytes: usize) -> ApiError {
    let message = format!("The request body is larger than {limit_bytes} bytes.");
    ApiError::new(ErrorCode::PayloadTooLarge, message)
}

pub(crate) fn nothing_at(path: &str) -> ApiError {
    let error = ApiError::new(ErrorCode::ResourceNotFound, format!("There is nothing at `{path}`."));
    if path.starts_with("/v1/responses/") {
        return error.with_suggestion("Responses are not stored; keep the reply to `POST /v1/responses`.");
    }
    error
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
