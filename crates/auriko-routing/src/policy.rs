//! What a caller may ask of the router (routing.md §1, §2, §5): read from the request, checked, and filled up with the
//! workspace's defaults.

use std::time::Duration;

use auriko_wire::request::{ChatRequest, RequestError, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::Map;

mod defaults;
mod fields;
mod models;
mod strategy;

#[cfg(test)]
mod tests;

use crate::catalog::file::DataPolicy;
use crate::measurements::Percentile;
pub use defaults::Defaults;
use fields::{Fields, METADATA_FIELDS, ROUTING_FIELDS, check_keys, child};
pub use models::ModelList;
pub use strategy::Strategy;

/// The routing wishes of one request.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// Which models.
    pub models: ModelList,
    /// The 20 fields.
    pub policy: Policy,
    /// `gateway.metadata.explain`: wants to know why the request went where it went. A field of ours, which a gateway
    /// may or may not grant.
    pub explain: bool,
    /// What was understood differently from how it was sent.
    pub warnings: Vec<Warning>,
}

/// The 20 fields of `gateway.routing`, checked.
#[derive(Debug, Clone)]
pub struct Policy {
    /// From `weights`, else `optimize`, else the suffix of the model.
    pub strategy: Strategy,
    /// Ceiling on the mean of input and output price, US dollars per million tokens.
    pub max_cost_per_1m: Option<f64>,
    /// Ceiling on the time to the first token, milliseconds.
    pub max_ttft_ms: Option<f64>,
    /// Floor of output tokens per second.
    pub min_throughput_tps: Option<f64>,
    /// Which time to the first token counts.
    pub ttft_percentile: Percentile,
    /// Which throughput counts.
    pub throughput_percentile: Percentile,
    /// Nobody but these. `None`: everybody.
    pub providers: Option<Vec<String>>,
    /// Not these.
    pub exclude_providers: Vec<String>,
    /// Taken if it is eligible.
    pub prefer: Option<String>,
    /// How several models are read.
    pub mode: Mode,
    /// Attempts in all, the first one and the fallbacks: 1 to 20. From `allow_fallbacks` and `max_fallback_attempts`.
    pub max_attempts: usize,
    /// Per attempt. `None`: the configured limit.
    pub timeout: Option<Duration>,
    /// For everything. `None`: no limit.
    pub deadline: Option<Duration>,
    /// The least that must be promised about prompts.
    pub data_policy: DataPolicy,
    /// Only the caller's own keys.
    pub only_byok: bool,
    /// Never the caller's own keys.
    pub only_platform: bool,
    /// Only who takes every parameter of the request.
    pub require_parameters: bool,
    /// A premium tier. `None`: standard.
    pub tier: Option<String>,
}

/// How several models are read (routing.md §5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// One ranking over all.
    #[default]
    Pool,
    /// All of the first model's providers, then all of the second's.
    Fallback,
}

/// Fallbacks when the request says nothing (G-02).
const FALLBACKS: u64 = 3;
/// Most fallbacks (routing.md §1).
const MAX_FALLBACKS: u64 = 19;

impl Default for Policy {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            max_cost_per_1m: None,
            max_ttft_ms: None,
            min_throughput_tps: None,
            ttft_percentile: Percentile::default(),
            throughput_percentile: Percentile::default(),
            providers: None,
            exclude_providers: Vec::new(),
            prefer: None,
            mode: Mode::default(),
            max_attempts: 1 + usize::try_from(FALLBACKS).unwrap_or(3),
            timeout: None,
            deadline: None,
            data_policy: DataPolicy::None,
            only_byok: false,
            only_platform: false,
            require_parameters: false,
            tier: None,
        }
    }
}

impl Wishes {
    /// Reads and checks `model` and `gateway`. Fields that the request leaves out are those of the workspace (G-37).
    ///
    /// # Errors
    /// A 400 that names the field.
    pub fn read(request: &ChatRequest, defaults: &Defaults) -> Result<Self, RequestError> {
        check_keys("gateway", &request.gateway, &["routing", "models", "metadata"])?;
        let empty = Map::new();
        let routing = child(&request.gateway, "routing")?.unwrap_or(&empty);
        check_keys("gateway.routing", routing, &ROUTING_FIELDS)?;
        let metadata = child(&request.gateway, "metadata")?.unwrap_or(&empty);
        check_keys("gateway.metadata", metadata, &METADATA_FIELDS)?;
        let explain = Fields::new("gateway.metadata", metadata).flag("explain")?.unwrap_or(false);
        let (models, suffix) = ModelList::read(request)?;
        let asked = Fields::new("gateway.routing", routing);
        let policy = match defaults.under(routing, suffix.is_some()) {
            None => Policy::read(&asked, suffix)?,
            Some(merged) => {
                // What the caller wrote is judged alone first, so that no error speaks of somebody else's fields.
                Policy::read(&asked, suffix)?;
                Policy::read(&Fields::new("gateway.routing", &merged), suffix)?
            }
        };
        let mut warnings = Vec::new();
        if asked.has("min_success_rate") {
            let message = "`gateway.routing.min_success_rate` is no longer supported and was ignored.";
            warnings.push(warning(WarningType::UnsupportedField, "deprecated_field", message));
        }
        Ok(Self { models, policy, explain, warnings })
    }
}

impl Policy {
    /// Names of the 20 fields.
    pub const FIELDS: &[&str] = ROUTING_FIELDS.split_at(20).0;

    fn read(fields: &Fields<'_>, suffix: Option<Strategy>) -> Result<Self, RequestError> {
        // Most requests wish for nothing.
        if fields.is_empty() {
            return Ok(Self { strategy: suffix.unwrap_or_default(), ..Self::default() });
        }
        let optimize = fields.optimize()?;
        let strategy = fields.weights()?.or(optimize).or(suffix).unwrap_or_default();
        let allow_fallbacks = fields.flag("allow_fallbacks")?.unwrap_or(true);
        let fallbacks = fields.whole("max_fallback_attempts", 1, MAX_FALLBACKS)?.unwrap_or(FALLBACKS);
        let fallbacks = if allow_fallbacks { usize::try_from(fallbacks).unwrap_or(1) } else { 0 };
        let timeout = fields.whole("timeout_ms", 1, u64::MAX)?;
        let deadline = fields.whole("deadline_ms", 1, u64::MAX)?;
        if let (Some(timeout), Some(deadline)) = (timeout, deadline)
            && deadline < timeout
        {
            return Err(fields.invalid("deadline_ms", "must be at least `timeout_ms`"));
        }
        let only_byok = fields.flag("only_byok")?.unwrap_or(false);
        let only_platform = fields.flag("only_platform")?.unwrap_or(false);
        if only_byok && only_platform {
            return Err(fields.invalid("only_byok", "and `only_platform` exclude each other"));
        }
        Ok(Self {
            strategy,
            max_cost_per_1m: fields.positive("max_cost_per_1m")?,
            max_ttft_ms: fields.positive("max_ttft_ms")?,
            min_throughput_tps: fields.positive("min_throughput_tps")?,
            ttft_percentile: fields.percentile("ttft_percentile")?,
            throughput_percentile: fields.percentile("throughput_percentile")?,
            providers: fields.texts("providers")?,
            exclude_providers: fields.texts("exclude_providers")?.unwrap_or_default(),
            prefer: fields.text("prefer")?,
            mode: match fields.word("mode", &["pool", "fallback"])? {
                Some("fallback") => Mode::Fallback,
                _ => Mode::Pool,
            },
            max_attempts: 1 + fallbacks,
            timeout: timeout.map(Duration::from_millis),
            deadline: deadline.map(Duration::from_millis),
            data_policy: match fields.word("data_policy", &["none", "no_training", "zdr"])? {
                Some("no_training") => DataPolicy::NoTraining,
                Some("zdr") => DataPolicy::Zdr,
                _ => DataPolicy::None,
            },
            only_byok,
            only_platform,
            require_parameters: fields.flag("require_parameters")?.unwrap_or(false),
            tier: fields.text("tier")?.filter(|tier| tier != "standard"),
        })
    }

    pub(crate) fn allows(&self, provider: &str) -> bool {
        self.providers.as_ref().is_none_or(|allowed| allowed.iter().any(|id| id == provider))
    }

    pub(crate) fn excludes(&self, provider: &str) -> bool {
        self.exclude_providers.iter().any(|id| id == provider)
    }

    pub(crate) fn takes_tier(&self, tier: &str) -> bool {
        tier == self.tier.as_deref().unwrap_or(crate::catalog::STANDARD)
    }
}
