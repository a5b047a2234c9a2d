//! The configuration as it is written, before it is checked.

use std::time::Duration;

use auriko_providers::adapter::Adapter;
use auriko_providers::capability::Capabilities;
use auriko_providers::simulated::{Profile, ProfilePatch};
use auriko_providers::table;
use auriko_routing::catalog;
use auriko_routing::catalog::file::{DataPolicy, Prices};
use auriko_routing::catalog::merge::ModelOverlay;
use auriko_routing::{Defaults, Selection};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::access::{RawAccess, RawStore};
use super::credits::RawCredits;
use super::network::{RawConnections, RawMedia};
use super::telemetry::RawTelemetry;
use super::{
    BODY_LIMIT_BYTES, Config, ConfigError, HedgeAfter, KeyConfig, KindConfig, Limits, ModelConfig,
    ProviderConfig, Secret,
};
use crate::origin::Origins;

/// The configuration of a gateway. Unknown keys are errors.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "GatewayConfig"))]
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    /// Who is asked, in no particular order: the router ranks them per request. At least one.
    providers: Vec<RawProvider>,
    /// What is different about models of the catalogue, or not in it.
    models: Vec<ModelOverlay>,
    /// Largest request body, bytes. Default 20971520 (20 MiB).
    body_limit_bytes: Option<usize>,
    /// `<base>/<code>` becomes `doc_url` of an error. Default: none.
    error_docs_url: Option<String>,
    /// Web pages that may call besides those of this machine: scheme, host and port of each, or `*` for all. Default:
    /// none.
    cors_origins: Vec<String>,
    /// Time limits.
    limits: RawLimits,
    /// What callers' connections may do.
    connections: RawConnections,
    /// Files that callers name by their URL.
    media: RawMedia,
    /// The fields of `gateway.routing`, for requests that leave them out.
    #[cfg_attr(test, schemars(with = "super::schema::RoutingFields"))]
    routing: Map<String, Value>,
    /// How the first provider is chosen.
    selection: RawSelection,
    /// With `weighted`: the power of the score that chances are in proportion to, 0 to 100. Default 2.
    selection_exponent: Option<f64>,
    /// A second provider is asked beside the first when that has sent nothing of a stream for so many milliseconds, at
    /// least 1, or, with `p95`, for longer than 95 of 100 streams of it took lately. Whoever answers first serves the
    /// request; the other is cancelled, and may bill what it began. Default: never.
    #[cfg_attr(test, schemars(with = "Option<super::schema::Hedge>"))]
    hedge_after_ms: Option<RawHedge>,
    /// Whether callers get a `routing_explanation` when they set `gateway.metadata.explain`: who could have served the
    /// request at which expected cost, and why others could not. Default `false`.
    allow_explain: bool,
    /// Where keys, budgets and the ledger are kept. Default: nowhere; `auriko gateway` keeps them in its data directory.
    store: Option<RawStore>,
    /// Who may call, and how often.
    access: RawAccess,
    /// Credit that workspaces buy in advance.
    credits: RawCredits,
    /// Metrics and traces.
    telemetry: RawTelemetry,
}

/// A number of milliseconds, or a word.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum RawHedge {
    Milliseconds(u64),
    Word(String),
}

/// How the first provider is chosen.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Selection"))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawSelection {
    /// The one that scores best.
    #[default]
    Best,
    /// Drawn by score, so that several share the load.
    Weighted,
}

/// The second best of two that score 1 and 0.5 is drawn one time in five. A guess; revisit with data.
const SELECTION_EXPONENT: f64 = 2.0;

/// Time limits, milliseconds.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Limits"))]
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawLimits {
    /// Opening a connection. Default 10000.
    connect_ms: Option<u64>,
    /// One attempt, to the first byte of a stream or the end of a plain reply. Default 120000.
    attempt_ms: Option<u64>,
    /// The same when reasoning is asked for. Default: `attempt_ms` if that is set, else 600000.
    attempt_with_reasoning_ms: Option<u64>,
    /// Between two data events of a stream. Default 60000.
    idle_ms: Option<u64>,
    /// A stream as a whole. Default 900000.
    stream_ms: Option<u64>,
    /// What is in flight when the gateway is told to stop; then it is cut off. Default 30000.
    drain_ms: Option<u64>,
    /// A provider's plain reply, bytes after decompression, at least 1; after more of it, another provider is asked. Default
    /// 67108864.
    reply_bytes: Option<usize>,
}

/// Which API a provider speaks.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Kind"))]
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawKind {
    /// Anthropic's Messages API.
    Anthropic,
    /// Any server with `/chat/completions`: a vendor, vLLM, llama.cpp, Ollama.
    OpenaiCompatible,
    /// Google's `generateContent`.
    Gemini,
    /// No model: replies are made up, to try routing, streaming and failures with.
    Simulated,
}

/// A provider. Prices are US dollars per million tokens, for its models that have none of their own.
// Flat, so that an unknown key is reported with its line.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Provider"))]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProvider {
    /// As in `routing_metadata.provider` and in `<provider>/<model>`: letters, digits, `_`, `-` and `.`.
    id: String,
    /// Which API it speaks.
    kind: RawKind,
    /// Up to and including `/v1`. May be left out for providers that the gateway knows, and for `ollama`, `vllm`,
    /// `llama_cpp` and `lm_studio` where they listen on this machine at their usual port.
    base_url: Option<String>,
    /// The key itself. Better: `api_key_env`.
    api_key: Option<String>,
    /// Environment variable that holds the key. Default: the usual one, for a known provider at its own address.
    api_key_env: Option<String>,
    /// Beside those that the catalogue knows of this provider, which are all served.
    #[serde(default)]
    models: Vec<RawModel>,
    /// What it can do. Default: everything.
    #[serde(default)]
    capabilities: Capabilities,
    /// What it promises about prompts. Default: what the catalogue knows, else `none`.
    data_policy: Option<DataPolicy>,
    /// Prompt tokens that no cache served.
    input_price: Option<f64>,
    /// Reply tokens.
    output_price: Option<f64>,
    /// Prompt tokens read from the cache. Default: `input_price`.
    cache_read_price: Option<f64>,
    /// Prompt tokens written to the cache. Default: `input_price`.
    cache_write_price: Option<f64>,
    /// Time to the first token that the router expects, milliseconds; what a simulated provider really takes.
    latency_ms: Option<u64>,
    /// Output tokens per second that the router expects.
    throughput_tps: Option<f64>,
    /// Simulated: pause between two tokens, milliseconds. Default 12.
    chunk_pace_ms: Option<u64>,
    /// Simulated: length of an answer, tokens. Default 64.
    output_tokens: Option<usize>,
    /// Simulated: length of the thinking when reasoning is asked for, tokens. Default: 8 to 128, by effort.
    reasoning_tokens: Option<usize>,
    /// Simulated: prompt tokens reported as read from a cache. Default 0.
    cached_tokens: Option<u64>,
    /// Simulated: call a tool also when the caller only offers tools. Default `false`.
    call_tools: Option<bool>,
    /// Simulated: share of attempts that fail, 0 to 1. Default 0.
    failure_rate: Option<f64>,
    /// Simulated: status of a failed attempt, 400 to 599. Default 500.
    failure_status: Option<u16>,
    /// Simulated: break the connection after so many tokens. Default: never.
    cut_after_tokens: Option<usize>,
    /// Simulated: fall silent after so many tokens. Default: never.
    stall_after_tokens: Option<usize>,
    /// Simulated: changes the words. Default 0.
    seed: Option<u64>,
}

/// A model of a provider. Prices are US dollars per million tokens.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ProviderModel"))]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    /// The id that callers use; several providers may serve the same one.
    id: String,
    /// The provider's own id. Default: what the catalogue knows, else `id`.
    upstream_id: Option<String>,
    /// Other ids that mean the same model.
    #[serde(default)]
    aliases: Vec<String>,
    /// Tokens of prompt and reply together; longer prompts are refused. Default: what the catalogue knows.
    context_window: Option<u64>,
    /// Tokens of the longest reply. Default: what the catalogue knows.
    max_output_tokens: Option<u64>,
    /// Prompt tokens that no cache served.
    input_price: Option<f64>,
    /// Reply tokens.
    output_price: Option<f64>,
    /// Prompt tokens read from the cache. Default: `input_price`.
    cache_read_price: Option<f64>,
    /// Prompt tokens written to the cache. Default: `input_price`.
    cache_write_price: Option<f64>,
}

impl RawConfig {
    pub(super) fn check(self) -> Result<Config, ConfigError> {
        let selection = self.selection()?;
        let routing = Defaults::try_new("routing", self.routing);
        let routing = routing.map_err(|error| ConfigError::new(error.message))?;
        let mut config = Config {
            providers: Vec::new(),
            models: self.models,
            catalog: None,
            body_limit_bytes: self.body_limit_bytes.unwrap_or(BODY_LIMIT_BYTES),
            error_docs_url: self.error_docs_url,
            cors_origins: Origins::try_new(self.cors_origins).map_err(|wrong| {
                ConfigError::new(format!(
                    "`cors_origins`: `{wrong}` is no origin such as `https://app.example.com`"
                ))
            })?,
            limits: self.limits.check()?,
            connections: self.connections.check()?,
            media: self.media.check()?,
            routing,
            selection,
            hedge_after: self.hedge_after_ms.map(RawHedge::check).transpose()?,
            allow_explain: self.allow_explain,
            store: self.store.map(RawStore::check).transpose()?,
            access: self.access.check()?,
            credits: self.credits.check(),
            telemetry: self.telemetry.check()?,
        };
        for provider in self.providers {
            config.providers.push(provider.check()?);
        }
        config.check_ids()?;
        Ok(config)
    }

    fn selection(&self) -> Result<Selection, ConfigError> {
        match (self.selection, self.selection_exponent) {
            (RawSelection::Best, None) => Ok(Selection::Best),
            (RawSelection::Best, Some(_)) => Err(ConfigError::new(
                "`selection_exponent` has a meaning only with `selection = \"weighted\"`",
            )),
            (RawSelection::Weighted, exponent) => {
                let exponent = exponent.unwrap_or(SELECTION_EXPONENT);
                let is_fine = (0.0..=100.0).contains(&exponent);
                let error = || ConfigError::new("`selection_exponent` must be from 0 to 100");
                is_fine.then_some(Selection::Weighted { exponent }).ok_or_else(error)
            }
        }
    }
}

impl RawHedge {
    fn check(self) -> Result<HedgeAfter, ConfigError> {
        match self {
            Self::Milliseconds(milliseconds) if milliseconds > 0 => {
                Ok(HedgeAfter::Time(Duration::from_millis(milliseconds)))
            }
            Self::Word(word) if word == "p95" => Ok(HedgeAfter::P95),
            _ => Err(ConfigError::new("`hedge_after_ms` must be a number of at least 1, or \"p95\"")),
        }
    }
}

impl RawLimits {
    fn check(&self) -> Result<Limits, ConfigError> {
        let defaults = Limits::default();
        if self.reply_bytes == Some(0) {
            return Err(ConfigError::new("`limits.reply_bytes` must be at least 1"));
        }
        let or = |given: Option<u64>, default: Duration| given.map_or(default, Duration::from_millis);
        let attempt = or(self.attempt_ms, defaults.attempt);
        Ok(Limits {
            connect: or(self.connect_ms, defaults.connect),
            attempt,
            // One that is set for all attempts is meant for these too.
            attempt_with_reasoning: or(
                self.attempt_with_reasoning_ms.or(self.attempt_ms),
                defaults.attempt_with_reasoning,
            ),
            idle: or(self.idle_ms, defaults.idle),
            stream: or(self.stream_ms, defaults.stream),
            drain: or(self.drain_ms, defaults.drain),
            reply_bytes: self.reply_bytes.unwrap_or(defaults.reply_bytes),
        })
    }
}

impl RawProvider {
    fn check(self) -> Result<ProviderConfig, ConfigError> {
        let id = self.id.clone();
        let wrong = |field: &str, what: &str| ConfigError::new(format!("provider `{id}`: `{field}` {what}"));
        let kind = match self.kind {
            RawKind::Simulated => {
                let foreign = [
                    ("base_url", self.base_url.is_some()),
                    ("api_key", self.api_key.is_some()),
                    ("api_key_env", self.api_key_env.is_some()),
                ];
                if let Some((field, _)) = foreign.into_iter().find(|(_, is_set)| *is_set) {
                    return Err(wrong(field, "has no meaning for a simulated provider"));
                }
                let patched = Profile::default().patched(&self.patch());
                KindConfig::Simulated(
                    patched.map_err(|(field, range)| wrong(field, &format!("must be {range}")))?,
                )
            }
            RawKind::Anthropic => self.http(Adapter::Anthropic, &wrong)?,
            RawKind::Gemini => self.http(Adapter::Gemini, &wrong)?,
            RawKind::OpenaiCompatible => self.http(Adapter::OpenAiCompatible(&table::GENERIC), &wrong)?,
        };
        let models = self.models(&wrong)?;
        let is_simulated = matches!(kind, KindConfig::Simulated(_));
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a latency are small")]
        let latency_ms = if is_simulated { None } else { self.latency_ms.map(|latency| latency as f64) };
        Ok(ProviderConfig {
            id,
            kind,
            models,
            capabilities: self.capabilities,
            data_policy: self.data_policy,
            latency_ms,
            throughput_tps: self.throughput_tps,
        })
    }

    fn http(
        &self,
        adapter: Adapter,
        wrong: &dyn Fn(&str, &str) -> ConfigError,
    ) -> Result<KindConfig, ConfigError> {
        let only_latency = ProfilePatch { latency_ms: self.latency_ms, ..ProfilePatch::default() };
        if self.patch() != only_latency {
            return Err(wrong("kind", "is not `simulated`, but fields of a simulated provider are set"));
        }
        // The same id may be the provider's other API, which is elsewhere.
        let row = table::find(&self.id).filter(|row| row.adapter.is_same_api(adapter));
        let row = row.or_else(|| table::owner_of(adapter));
        let local = match adapter {
            Adapter::OpenAiCompatible(_) => table::find_local(&self.id),
            Adapter::Anthropic | Adapter::Gemini => None,
        };
        let adapter = match (row, local) {
            (Some(row), _) => row.adapter,
            (None, Some(server)) => Adapter::OpenAiCompatible(&server.quirks),
            (None, None) => adapter,
        };
        let usual_url = row.map(|row| row.base_url).or(local.map(|server| server.base_url));
        let base_url = self.base_url.clone().or_else(|| usual_url.map(str::to_owned));
        let Some(base_url) = base_url else { return Err(wrong("base_url", "is required")) };
        if !(base_url.starts_with("http://") || base_url.starts_with("https://")) {
            return Err(wrong("base_url", "must begin with http:// or https://"));
        }
        let key = match (&self.api_key, &self.api_key_env) {
            (Some(_), Some(_)) => return Err(wrong("api_key", "and `api_key_env` exclude each other")),
            (Some(key), None) => KeyConfig { variable: None, value: Some(Secret(key.clone())) },
            (None, Some(variable)) => KeyConfig { variable: Some(variable.clone()), value: None },
            // A known provider at its own address wants its key; a server of one's own may want none.
            (None, None) if self.base_url.is_none() => {
                KeyConfig { variable: row.map(|row| row.key_env.to_owned()), value: None }
            }
            (None, None) => KeyConfig::default(),
        };
        Ok(KindConfig::Http { base_url, key, adapter })
    }

    fn models(&self, wrong: &dyn Fn(&str, &str) -> ConfigError) -> Result<Vec<ModelConfig>, ConfigError> {
        let default = RawModel {
            id: "simulated".to_owned(),
            upstream_id: None,
            aliases: Vec::new(),
            context_window: None,
            max_output_tokens: None,
            input_price: None,
            output_price: None,
            cache_read_price: None,
            cache_write_price: None,
        };
        let is_simulated = matches!(self.kind, RawKind::Simulated);
        let models = if self.models.is_empty() && is_simulated {
            std::slice::from_ref(&default)
        } else {
            &self.models
        };
        models
            .iter()
            .map(|model| {
                if model.id.is_empty() {
                    return Err(wrong("models.id", "must not be empty"));
                }
                Ok(ModelConfig {
                    id: model.id.clone(),
                    upstream_id: model.upstream_id.clone(),
                    prices: self.prices(model, wrong)?,
                    aliases: model.aliases.clone(),
                    context_window: model.context_window,
                    max_output_tokens: model.max_output_tokens,
                })
            })
            .collect()
    }

    /// A model's own prices, else those of its provider.
    fn prices(
        &self,
        model: &RawModel,
        wrong: &dyn Fn(&str, &str) -> ConfigError,
    ) -> Result<Option<Prices>, ConfigError> {
        let input = model.input_price.or(self.input_price);
        let output = model.output_price.or(self.output_price);
        let (input, output) = match (input, output) {
            (Some(input), Some(output)) => (input, output),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(wrong("output_price", "is required beside `input_price`")),
            (None, Some(_)) => return Err(wrong("input_price", "is required beside `output_price`")),
        };
        let cache_read = model.cache_read_price.or(self.cache_read_price);
        let cache_write = model.cache_write_price.or(self.cache_write_price);
        if catalog::Prices::try_new(input, output, cache_read, cache_write).is_none() {
            return Err(wrong("input_price", "and the other prices must be from 0 to 1000000 US dollars"));
        }
        Ok(Some(Prices {
            input_price: input,
            output_price: output,
            cache_read_price: cache_read,
            cache_write_price: cache_write,
        }))
    }

    fn patch(&self) -> ProfilePatch {
        ProfilePatch {
            latency_ms: self.latency_ms,
            chunk_pace_ms: self.chunk_pace_ms,
            output_tokens: self.output_tokens,
            reasoning_tokens: self.reasoning_tokens,
            cached_tokens: self.cached_tokens,
            call_tools: self.call_tools,
            failure_rate: self.failure_rate,
            failure_status: self.failure_status,
            cut_after_tokens: self.cut_after_tokens,
            stall_after_tokens: self.stall_after_tokens,
            seed: self.seed,
        }
    }
}
