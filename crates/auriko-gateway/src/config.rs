//! The configuration: a file, an object from JavaScript, or nothing at all. What is wrong never gets past
//! here.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use auriko_providers::adapter::Adapter;
use auriko_providers::capability::Capabilities;
use auriko_providers::simulated::Profile;
use auriko_providers::table;
use auriko_routing::catalog::file::{CatalogFile, DataPolicy, Prices};
use auriko_routing::catalog::merge::ModelOverlay;
use auriko_routing::{Defaults, Selection};

mod access;
mod credits;
mod network;
mod raw;
mod telemetry;

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

use crate::origin::Origins;
pub(crate) use access::{Access, IN_MEMORY, StorePlace, StoreSettings};
pub(crate) use credits::Credits;
pub(crate) use network::{Connections, Media};
use raw::RawConfig;
pub(crate) use telemetry::{MetricsAccess, Telemetry, TraceSettings};

/// What the gateway serves and under which limits.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) providers: Vec<ProviderConfig>,
    /// What is different about models of the catalogue, or not in it.
    pub(crate) models: Vec<ModelOverlay>,
    /// `None`: the catalogue that is part of the program.
    pub(crate) catalog: Option<CatalogFile>,
    pub(crate) body_limit_bytes: usize,
    /// `<base>/<code>` becomes an error's `doc_url`. `None`: errors have none.
    pub(crate) error_docs_url: Option<String>,
    /// Web pages that may call.
    pub(crate) cors_origins: Origins,
    pub(crate) limits: Limits,
    /// What callers' connections may do.
    pub(crate) connections: Connections,
    /// Files that callers name by their URL.
    pub(crate) media: Media,
    /// Routing wishes of requests that say nothing.
    pub(crate) routing: Defaults,
    /// How the first candidate is chosen.
    pub(crate) selection: Selection,
    /// When a second candidate is started beside a silent one. `None`: never.
    pub(crate) hedge_after: Option<HedgeAfter>,
    /// Whether callers may ask why a request went where it went.
    pub(crate) allow_explain: bool,
    /// Where keys, budgets and the ledger are kept. `None`: nowhere.
    pub(crate) store: Option<StoreSettings>,
    pub(crate) access: Access,
    pub(crate) credits: Credits,
    pub(crate) telemetry: Telemetry,
}

/// How long a stream may be silent until a second candidate is started beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HedgeAfter {
    Time(Duration),
    /// Longer than 95 of 100 streams of that offering were lately; not at all until some were measured.
    P95,
}

/// Named limits of an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    /// To the first byte of a stream, to the end of a plain reply.
    pub(crate) attempt: Duration,
    /// As `attempt`, when reasoning is asked for.
    pub(crate) attempt_with_reasoning: Duration,
    /// Between two data events of a stream.
    pub(crate) idle: Duration,
    /// A stream as a whole.
    pub(crate) stream: Duration,
    /// What is in flight when the gateway is told to stop.
    pub(crate) drain: Duration,
    /// Of a provider's plain reply, after decompression. What errors say is cut at 1 MiB.
    pub(crate) reply_bytes: usize,
}

impl Default for Limits {
    /// The numbers of G-02 and G-36.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(120),
            attempt_with_reasoning: Duration::from_secs(600),
            idle: Duration::from_secs(60),
            stream: Duration::from_secs(15 * 60),
            // A guess; most replies take less.
            drain: Duration::from_secs(30),
            // Several pictures, or a thousand long embeddings.
            reply_bytes: 64 * 1024 * 1024,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ProviderConfig {
    pub(crate) id: String,
    pub(crate) kind: KindConfig,
    pub(crate) models: Vec<ModelConfig>,
    pub(crate) capabilities: Capabilities,
    /// What it promises about prompts. `None`: what the catalogue says.
    pub(crate) data_policy: Option<DataPolicy>,
    /// Expected milliseconds to the first token, for ranking; simulated providers know theirs.
    pub(crate) latency_ms: Option<f64>,
    /// Expected output tokens per second, for ranking; simulated providers know theirs.
    pub(crate) throughput_tps: Option<f64>,
}

#[derive(Debug, Clone)]
pub(crate) enum KindConfig {
    Simulated(Profile),
    Http { base_url: String, key: KeyConfig, adapter: Adapter },
}

/// Where a provider's key comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyConfig {
    /// The variable that holds it.
    pub(crate) variable: Option<String>,
    /// The key itself, once it is known.
    pub(crate) value: Option<Secret>,
}

#[derive(Debug, Clone)]
pub(crate) struct ModelConfig {
    pub(crate) id: String,
    /// `None`: what the catalogue knows, else the id itself.
    pub(crate) upstream_id: Option<String>,
    /// `None`: those of the catalogue, if it knows the model.
    pub(crate) prices: Option<Prices>,
    pub(crate) aliases: Vec<String>,
    pub(crate) context_window: Option<u64>,
    pub(crate) max_output_tokens: Option<u64>,
}

/// A key. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// A key is sent as a header: a line break that came along with it would end the header, or the request.
    fn check(&self, what: &str) -> Result<(), ConfigError> {
        if !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(());
        }
        Err(ConfigError(format!("{what} must hold printable ASCII characters without spaces only")))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// Why a configuration is unusable: one sentence that names the key at fault, with its line where the text
/// has lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Request bodies larger than this are refused (G-18): 20 MiB.
const BODY_LIMIT_BYTES: usize = 20 * 1024 * 1024;

impl Config {
    /// Reads a TOML file's text.
    ///
    /// # Errors
    /// [`ConfigError`]; unknown keys are errors too.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        toml::from_str::<RawConfig>(text)
            .map_err(|error| ConfigError(error.to_string().trim_end().to_owned()))?
            .check()
    }

    /// Reads the same object as JSON.
    ///
    /// # Errors
    /// As [`Self::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        serde_json::from_str::<RawConfig>(text).map_err(|error| ConfigError(error.to_string()))?.check()
    }

    /// Without any file: the known providers whose key variables are set; if none is, the simulated one
    /// alone.
    ///
    /// `env` looks up an environment variable.
    pub fn zero(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut providers: Vec<_> = table::PROVIDERS.iter().filter_map(|row| from_row(row, env)).collect();
        if providers.is_empty() {
            providers.push(simulated("simulated"));
        }
        Self {
            providers,
            models: Vec::new(),
            catalog: None,
            body_limit_bytes: BODY_LIMIT_BYTES,
            error_docs_url: None,
            cors_origins: Origins::default(),
            limits: Limits::default(),
            connections: Connections::default(),
            media: Media::default(),
            routing: Defaults::default(),
            selection: Selection::default(),
            hedge_after: None,
            allow_explain: false,
            store: None,
            access: Access::default(),
            credits: Credits::default(),
            telemetry: Telemetry::default(),
        }
    }

    /// With an embedded store in a directory, unless the configuration names a store.
    #[must_use]
    pub fn with_data_dir(mut self, directory: &Path) -> Self {
        self.store.get_or_insert_with(|| StoreSettings::at(directory));
        self
    }

    /// With another catalogue than the one that is part of the program.
    #[must_use]
    pub fn with_catalog(self, catalog: CatalogFile) -> Self {
        Self { catalog: Some(catalog), ..self }
    }

    /// With what the standard variables of OpenTelemetry say, unless the configuration says where traces go. `env` looks
    /// up an environment variable.
    ///
    /// # Errors
    /// Names the variable that is wrong.
    pub fn with_standard_variables(
        mut self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        self.telemetry.take_standard_variables(env)?;
        Ok(self)
    }

    /// Fetches the keys that are given as variables.
    ///
    /// # Errors
    /// Names the variable that is not set, and the provider that wants it.
    pub(crate) fn with_keys(mut self, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        for provider in &mut self.providers {
            let KindConfig::Http { key, .. } = &mut provider.kind else { continue };
            if let KeyConfig { value: Some(value), .. } = key {
                value.check(&format!("`api_key` of provider `{}`", provider.id))?;
            }
            let KeyConfig { variable: Some(variable), value: value @ None } = key else { continue };
            let Some(found) = env(variable).filter(|key| !key.trim().is_empty()) else {
                let id = &provider.id;
                return Err(ConfigError(format!(
                    "the variable {variable}, which holds the key of provider `{id}`, is not set"
                )));
            };
            let found = Secret(found.trim().to_owned());
            found.check(&format!(
                "the variable {variable}, which holds the key of provider `{}`,",
                provider.id
            ))?;
            *value = Some(found);
        }
        self.access.fetch_token(env)?;
        self.telemetry.fetch_secrets(env)?;
        Ok(self)
    }

    /// As it is, for who manages a store and asks nobody with the gateway's keys.
    pub(crate) fn without_keys(mut self) -> Self {
        for provider in &mut self.providers {
            if let KindConfig::Http { key, .. } = &mut provider.kind {
                *key = KeyConfig::default();
            }
        }
        self.access.admin_token_env = None;
        self
    }

    fn check_ids(&self) -> Result<(), ConfigError> {
        let mut seen = HashSet::new();
        for provider in &self.providers {
            let id = provider.id.as_str();
            let is_plain = !id.is_empty()
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
            if !is_plain {
                return Err(ConfigError(format!(
                    "provider id `{id}` may hold letters, digits, `_`, `-` and `.` only"
                )));
            }
            if !seen.insert(id) {
                return Err(ConfigError(format!("there are two providers with the id `{id}`")));
            }
        }
        if self.providers.is_empty() {
            return Err(ConfigError("at least one entry in `providers` is needed".to_owned()));
        }
        Ok(())
    }
}

fn from_row(row: &table::Row, env: &dyn Fn(&str) -> Option<String>) -> Option<ProviderConfig> {
    let key = env(row.key_env).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty())?;
    Some(ProviderConfig {
        id: row.id.to_owned(),
        kind: KindConfig::Http {
            base_url: row.base_url.to_owned(),
            key: KeyConfig { variable: Some(row.key_env.to_owned()), value: Some(Secret(key)) },
            adapter: row.adapter,
        },
        // Those of the catalogue.
        models: Vec::new(),
        capabilities: Capabilities::default(),
        data_policy: None,
        latency_ms: None,
        throughput_tps: None,
    })
}

fn simulated(id: &str) -> ProviderConfig {
    // Like a small hosted model, so that costs are visible and nobody is frightened.
    let prices = Prices {
        input_price: 0.10,
        output_price: 0.40,
        cache_read_price: Some(0.025),
        cache_write_price: None,
    };
    ProviderConfig {
        id: id.to_owned(),
        kind: KindConfig::Simulated(Profile::default()),
        models: vec![ModelConfig {
            id: "simulated".to_owned(),
            upstream_id: None,
            prices: Some(prices),
            aliases: Vec::new(),
            context_window: None,
            max_output_tokens: None,
        }],
        capabilities: Capabilities::default(),
        data_policy: None,
        latency_ms: None,
        throughput_tps: None,
    }
}
