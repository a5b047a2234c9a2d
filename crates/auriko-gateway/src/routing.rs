//! What a caller may ask of the router (routing.md §1, §2, §5), read from the request. Pure.

use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, RequestError, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Map, Value};

mod filter;
mod plan;
mod score;

#[cfg(test)]
mod tests;

pub(crate) use plan::{Plan, available, route};
pub(crate) use score::Strategy;

/// The routing wishes of one request, checked.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Ids without their suffix; one, or those of `gateway.models`.
    pub(crate) models: Vec<String>,
    /// Whether `gateway.models` was used.
    pub(crate) is_list: bool,
    pub(crate) mode: Mode,
    pub(crate) strategy: Strategy,
    pub(crate) providers: Option<Vec<String>>,
    pub(crate) exclude_providers: Vec<String>,
    pub(crate) prefer: Option<String>,
    pub(crate) max_cost_per_1m: Option<f64>,
    pub(crate) max_ttft_ms: Option<f64>,
    pub(crate) min_throughput_tps: Option<f64>,
    pub(crate) data_policy: Option<String>,
    pub(crate) only_byok: bool,
    pub(crate) require_parameters: bool,
    pub(crate) tier: Option<String>,
    /// Attempts in all: the first one and the fallbacks.
    pub(crate) max_attempts: usize,
    /// Per attempt. `None`: the configured limit.
    pub(crate) timeout: Option<Duration>,
    /// For everything. `None`: no limit.
    pub(crate) deadline: Option<Duration>,
    pub(crate) warnings: Vec<Warning>,
}

/// How several models are read (routing.md §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One ranking over all.
    Pool,
    /// All of the first model's providers, then all of the second's.
    Fallback,
}

const ROUTING_FIELDS: [&str; 20] = [
    "optimize",
    "weights",
    "max_cost_per_1m",
    "max_ttft_ms",
    "min_throughput_tps",
    "ttft_percentile",
    "throughput_percentile",
    "providers",
    "exclude_providers",
    "prefer",
    "mode",
    "allow_fallbacks",
    "max_fallback_attempts",
    "timeout_ms",
    "deadline_ms",
    "data_policy",
    "only_byok",
    "only_platform",
    "require_parameters",
    "tier",
];
const METADATA_FIELDS: [&str; 4] = ["tags", "user_id", "trace_id", "custom_fields"];

/// Fallbacks when the request says nothing (G-02).
const FALLBACKS: u64 = 3;
/// Most models in `gateway.models` (api.md §3.3).
const MAX_MODELS: usize = 10;

impl Options {
    /// Reads and checks `model` and `gateway`.
    ///
    /// # Errors
    /// A 400 that names the field.
    pub(crate) fn read(request: &ChatRequest) -> Result<Self, RequestError> {
        check_keys("gateway", &request.gateway, &["routing", "models", "metadata"])?;
        let empty = Map::new();
        let routing = child(&request.gateway, "routing")?.unwrap_or(&empty);
        check_keys("gateway.routing", routing, &ROUTING_FIELDS)?;
        let metadata = child(&request.gateway, "metadata")?.unwrap_or(&empty);
        check_keys("gateway.metadata", metadata, &METADATA_FIELDS)?;
        let (models, is_list, suffix) = read_models(request)?;
        let fields = Fields { routing, warnings: Vec::new() };
        fields.read(models, is_list, suffix)
    }
}

/// Typed access to `gateway.routing`.
struct Fields<'a> {
    routing: &'a Map<String, Value>,
    warnings: Vec<Warning>,
}

impl Fields<'_> {
    fn read(
        mut self,
        models: Vec<String>,
        is_list: bool,
        suffix: Option<Strategy>,
    ) -> Result<Options, RequestError> {
        let optimize = self.optimize()?;
        let weights = self.weights()?;
        let strategy = weights.or(optimize).or(suffix).unwrap_or_default();
        let mode = match self.word("mode", &["pool", "fallback"])? {
            Some("fallback") => Mode::Fallback,
            _ => Mode::Pool,
        };
        let allow_fallbacks = self.flag("allow_fallbacks")?.unwrap_or(true);
        let fallbacks = self.whole("max_fallback_attempts", 1, 19)?.unwrap_or(FALLBACKS);
        let max_attempts = if allow_fallbacks { 1 + usize::try_from(fallbacks).unwrap_or(19) } else { 1 };
        let timeout = self.whole("timeout_ms", 1, u64::MAX)?;
        let deadline = self.whole("deadline_ms", 1, u64::MAX)?;
        if let (Some(timeout), Some(deadline)) = (timeout, deadline)
            && deadline < timeout
        {
            return Err(invalid("deadline_ms", "must be at least `timeout_ms`"));
        }
        let only_byok = self.flag("only_byok")?.unwrap_or(false);
        if only_byok && self.flag("only_platform")?.unwrap_or(false) {
            return Err(invalid("only_byok", "and `only_platform` exclude each other"));
        }
        for field in ["ttft_percentile", "throughput_percentile"] {
            if self.word(field, &["p50", "p95"])? == Some("p95") {
                let message =
                    format!("`gateway.routing.{field}` was ignored: latencies are not measured yet.");
                self.warnings.push(warning(WarningType::UnsupportedField, "field_ignored", message));
            }
        }
        Ok(Options {
            models,
            is_list,
            mode,
            strategy,
            providers: self.texts("providers")?,
            exclude_providers: self.texts("exclude_providers")?.unwrap_or_default(),
            prefer: self.text("prefer")?,
            max_cost_per_1m: self.positive("max_cost_per_1m")?,
            max_ttft_ms: self.positive("max_ttft_ms")?,
            min_throughput_tps: self.positive("min_throughput_tps")?,
            data_policy: self
                .word("data_policy", &["none", "no_training", "zdr"])?
                .filter(|policy| *policy != "none")
                .map(str::to_owned),
            only_byok,
            require_parameters: self.flag("require_parameters")?.unwrap_or(false),
            tier: self.text("tier")?.filter(|tier| tier != "standard"),
            max_attempts,
            timeout: timeout.map(Duration::from_millis),
            deadline: deadline.map(Duration::from_millis),
            warnings: self.warnings,
        })
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.routing.get(name).filter(|value| !value.is_null())
    }

    fn optimize(&mut self) -> Result<Option<Strategy>, RequestError> {
        let Some(word) = self.text("optimize")? else { return Ok(None) };
        match Strategy::parse(&word) {
            Some(strategy) => Ok(Some(strategy)),
            None => Err(invalid(
                "optimize",
                "must be one of cost, cost-focus, ttft, ttft-focus, tps, tps-focus, balanced",
            )),
        }
    }

    fn weights(&self) -> Result<Option<Strategy>, RequestError> {
        let Some(value) = self.value("weights") else { return Ok(None) };
        let Some(map) = value.as_object() else { return Err(invalid("weights", "must be an object")) };
        let mut weights = [0.0; 3];
        for (name, value) in map {
            let position = ["cost", "ttft", "throughput"].iter().position(|key| key == name);
            let Some(position) = position else {
                return Err(invalid("weights", "may hold cost, ttft and throughput only"));
            };
            match value.as_f64().filter(|weight| weight.is_finite() && *weight >= 0.0) {
                Some(weight) => weights[position] = weight,
                None => return Err(invalid("weights", "must hold numbers of at least 0")),
            }
        }
        if weights.iter().all(|weight| *weight <= 0.0) {
            return Err(invalid("weights", "must hold a number above 0"));
        }
        Ok(Some(Strategy::custom(weights)))
    }

    fn text(&self, name: &str) -> Result<Option<String>, RequestError> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        self.value(name).map(|value| text(value).ok_or_else(|| invalid(name, "must be a string"))).transpose()
    }

    fn word<'a>(&self, name: &str, words: &[&'a str]) -> Result<Option<&'a str>, RequestError> {
        let Some(given) = self.text(name)? else { return Ok(None) };
        match words.iter().find(|word| **word == given) {
            Some(word) => Ok(Some(word)),
            None => Err(invalid(name, &format!("must be one of {}", words.join(", ")))),
        }
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<String>>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<_> = items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
        if !value.is_array() || texts.len() != items.len() {
            return Err(invalid(name, "must be an array of strings"));
        }
        Ok(Some(texts))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, RequestError> {
        self.value(name)
            .map(|value| value.as_bool().ok_or_else(|| invalid(name, "must be a boolean")))
            .transpose()
    }

    fn whole(&self, name: &str, low: u64, high: u64) -> Result<Option<u64>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let range =
            if high == u64::MAX { format!("of at least {low}") } else { format!("from {low} to {high}") };
        match value.as_u64().filter(|number| (low..=high).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(invalid(name, &format!("must be an integer {range}"))),
        }
    }

    fn positive(&self, name: &str) -> Result<Option<f64>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_f64().filter(|number| number.is_finite() && *number > 0.0) {
            Some(number) => Ok(Some(number)),
            None => Err(invalid(name, "must be a number above 0")),
        }
    }
}

/// The ids, whether they are a list, and the strategy of their suffix.
fn read_models(request: &ChatRequest) -> Result<(Vec<String>, bool, Option<Strategy>), RequestError> {
    let list = request.gateway.get("models").filter(|models| !models.is_null());
    let (ids, is_list) = match (&request.model, list) {
        (Some(_), Some(_)) => {
            let message = "Give either `model` or `gateway.models`, not both.";
            return Err(RequestError::invalid("gateway.models", message));
        }
        (None, None) => {
            let message = "Give a `model`, or a list of them in `gateway.models`.";
            return Err(RequestError::missing("model", message));
        }
        (Some(model), None) if model.is_empty() => {
            return Err(RequestError::invalid("model", "`model` must not be empty."));
        }
        (Some(model), None) => (vec![model.as_str()], false),
        (None, Some(list)) => {
            let ids: Vec<_> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let length = list.as_array().map_or(0, Vec::len);
            if ids.len() != length || length == 0 || length > MAX_MODELS || ids.contains(&"") {
                let message = "`gateway.models` must be an array of 1 to 10 model ids.";
                return Err(RequestError::invalid("gateway.models", message));
            }
            (ids, true)
        }
    };
    let mut models: Vec<String> = Vec::new();
    let mut suffixes = Vec::new();
    for id in &ids {
        let (model, suffix) = Strategy::split_suffix(id);
        suffixes.extend(suffix);
        if !models.iter().any(|known| known == model) {
            models.push(model.to_owned());
        }
    }
    let suffix = suffixes.first().copied();
    if suffixes.iter().any(|other| Some(*other) != suffix)
        || (!suffixes.is_empty() && suffixes.len() < ids.len())
    {
        let message = "The suffixes of `gateway.models` must all be the same.";
        return Err(RequestError::invalid("gateway.models", message));
    }
    Ok((models, is_list, suffix))
}

fn child<'a>(
    gateway: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, RequestError> {
    match gateway.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(RequestError::invalid(
            format!("gateway.{name}"),
            format!("`gateway.{name}` must be an object."),
        )),
    }
}

fn check_keys(path: &str, map: &Map<String, Value>, known: &[&str]) -> Result<(), RequestError> {
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let param = format!("{path}.{key}");
            let mut error = RequestError::invalid(&param, format!("There is no field `{param}`."));
            error.code = ErrorCode::UnknownField;
            error.suggestion = Some(format!("Known fields of `{path}`: {}.", known.join(", ")));
            Err(error)
        }
    }
}

fn invalid(field: &str, problem: &str) -> RequestError {
    let param = format!("gateway.routing.{field}");
    let message = format!("`{param}` {problem}.");
    RequestError::invalid(param, message)
}
