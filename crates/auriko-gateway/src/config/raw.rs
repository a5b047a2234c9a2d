//! The configuration as it is written, before it is checked.

use std::time::Duration;

use auriko_providers::adapter::Adapter;
use auriko_providers::capability::Capabilities;
use auriko_providers::simulated::{Profile, ProfilePatch};
use auriko_providers::table;
use auriko_routing::catalog;
use auriko_routing::catalog::file::{DataPolicy, Prices};
use auriko_routing::{Defaults, Selection};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    BODY_LIMIT_BYTES, Config, ConfigError, KeyConfig, KindConfig, Limits, ModelConfig, ProviderConfig, Secret,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    providers: Vec<RawProvider>,
    body_limit_bytes: Option<usize>,
    error_docs_url: Option<String>,
    limits: RawLimits,
    /// The fields of `gateway.routing`.
    routing: Map<String, Value>,
    selection: RawSelection,
    selection_exponent: Option<f64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawSelection {
    #[default]
    Best,
    Weighted,
}

/// The second best of two that score 1 and 0.5 is drawn one time in five. A guess; revisit with data.
const SELECTION_EXPONENT: f64 = 2.0;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "a raw number carries its unit")]
struct RawLimits {
    connect_ms: Option<u64>,
    attempt_ms: Option<u64>,
    attempt_with_reasoning_ms: Option<u64>,
    idle_ms: Option<u64>,
    stream_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawKind {
    Anthropic,
    OpenaiCompatible,
    Gemini,
    Simulated,
}

/// Flat, so that an unknown key is reported with its line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProvider {
    id: String,
    kind: RawKind,
    base_url: Option<String>,
    api_key: Option<String>,
    api_key_env: Option<String>,
    #[serde(default)]
    models: Vec<RawModel>,
    #[serde(default)]
    capabilities: Capabilities,
    data_policy: Option<DataPolicy>,
    input_price: Option<f64>,
    output_price: Option<f64>,
    cache_read_price: Option<f64>,
    cache_write_price: Option<f64>,
    latency_ms: Option<u64>,
    throughput_tps: Option<f64>,
    chunk_pace_ms: Option<u64>,
    output_tokens: Option<usize>,
    reasoning_tokens: Option<usize>,
    cached_tokens: Option<u64>,
    call_tools: Option<bool>,
    failure_rate: Option<f64>,
    failure_status: Option<u16>,
    cut_after_tokens: Option<usize>,
    stall_after_tokens: Option<usize>,
    seed: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    id: String,
    upstream_id: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    context_window: Option<u64>,
    max_output_tokens: Option<u64>,
    input_price: Option<f64>,
    output_price: Option<f64>,
    cache_read_price: Option<f64>,
    cache_write_price: Option<f64>,
}

impl RawConfig {
    pub(super) fn check(self) -> Result<Config, ConfigError> {
        let selection = self.selection()?;
        let routing = Defaults::try_new("routing", self.routing);
        let routing = routing.map_err(|error| ConfigError::new(error.message))?;
        let mut config = Config {
            providers: Vec::new(),
            body_limit_bytes: self.body_limit_bytes.unwrap_or(BODY_LIMIT_BYTES),
            error_docs_url: self.error_docs_url,
            limits: self.limits.check(),
            routing,
            selection,
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

impl RawLimits {
    fn check(&self) -> Limits {
        let defaults = Limits::default();
        let or = |given: Option<u64>, default: Duration| given.map_or(default, Duration::from_millis);
        let attempt = or(self.attempt_ms, defaults.attempt);
        Limits {
            connect: or(self.connect_ms, defaults.connect),
            attempt,
            // One that is set for all attempts is meant for these too.
            attempt_with_reasoning: or(
                self.attempt_with_reasoning_ms.or(self.attempt_ms),
                defaults.attempt_with_reasoning,
            ),
            idle: or(self.idle_ms, defaults.idle),
            stream: or(self.stream_ms, defaults.stream),
        }
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
        let adapter = row.map_or(adapter, |row| row.adapter);
        let base_url = self.base_url.clone().or_else(|| row.map(|row| row.base_url.to_owned()));
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
