//! Typed access to the fields of `gateway.routing`; every refusal names its field.

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::RequestError;
use serde_json::{Map, Value};

use super::Strategy;
use crate::measurements::Percentile;

/// The 20 fields, and `min_success_rate`, which is older and ignored (G-03).
pub(super) const ROUTING_FIELDS: [&str; 21] = [
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
    "min_success_rate",
];
pub(super) const METADATA_FIELDS: [&str; 5] = ["tags", "user_id", "trace_id", "custom_fields", "explain"];

/// The fields, and where they stand.
pub(super) struct Fields<'a> {
    path: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(path: &'a str, map: &'a Map<String, Value>) -> Self {
        Self { path, map }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(super) fn invalid(&self, field: &str, problem: &str) -> RequestError {
        invalid(&format!("{}.{field}", self.path), problem)
    }

    pub(super) fn optimize(&self) -> Result<Option<Strategy>, RequestError> {
        let Some(word) = self.text("optimize")? else { return Ok(None) };
        match Strategy::parse(&word) {
            Some(strategy) => Ok(Some(strategy)),
            None => Err(self.invalid(
                "optimize",
                "must be one of cost, cost-focus, ttft, ttft-focus, tps, tps-focus, balanced",
            )),
        }
    }

    pub(super) fn weights(&self) -> Result<Option<Strategy>, RequestError> {
        let Some(value) = self.value("weights") else { return Ok(None) };
        let Some(map) = value.as_object() else {
            return Err(self.invalid("weights", "must be an object"));
        };
        let mut weights = [0.0; 3];
        for (name, value) in map {
            let position = ["cost", "ttft", "throughput"].iter().position(|key| key == name);
            let Some(position) = position else {
                return Err(self.invalid("weights", "may hold cost, ttft and throughput only"));
            };
            match value.as_f64().filter(|weight| weight.is_finite() && *weight >= 0.0) {
                Some(weight) => weights[position] = weight,
                None => return Err(self.invalid("weights", "must hold numbers of at least 0")),
            }
        }
        match Strategy::custom(weights) {
            Some(strategy) => Ok(Some(strategy)),
            None => Err(self.invalid("weights", "must hold a number above 0")),
        }
    }

    pub(super) fn percentile(&self, name: &str) -> Result<Percentile, RequestError> {
        match self.word(name, &["p50", "p95"])? {
            Some("p95") => Ok(Percentile::P95),
            _ => Ok(Percentile::P50),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(self.invalid(name, "must be a string")),
        }
    }

    pub(super) fn word<'w>(&self, name: &str, words: &[&'w str]) -> Result<Option<&'w str>, RequestError> {
        let Some(given) = self.text(name)? else { return Ok(None) };
        match words.iter().find(|word| **word == given) {
            Some(word) => Ok(Some(word)),
            None => Err(self.invalid(name, &format!("must be one of {}", words.join(", ")))),
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<_> = items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
        if !value.is_array() || texts.len() != items.len() {
            return Err(self.invalid(name, "must be an array of strings"));
        }
        Ok(Some(texts))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.invalid(name, "must be a boolean"))
    }

    pub(super) fn whole(&self, name: &str, low: u64, high: u64) -> Result<Option<u64>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_u64().filter(|number| (low..=high).contains(number)) {
            Some(number) => Ok(Some(number)),
            None if high == u64::MAX => {
                Err(self.invalid(name, &format!("must be an integer of at least {low}")))
            }
            None => Err(self.invalid(name, &format!("must be an integer from {low} to {high}"))),
        }
    }

    pub(super) fn positive(&self, name: &str) -> Result<Option<f64>, RequestError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_f64().filter(|number| number.is_finite() && *number > 0.0) {
            Some(number) => Ok(Some(number)),
            None => Err(self.invalid(name, "must be a number above 0")),
        }
    }

    /// `null` is absent.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }
}

/// A field of the `gateway` object that is an object itself.
pub(super) fn child<'a>(
    gateway: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, RequestError> {
    match gateway.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(invalid(&format!("gateway.{name}"), "must be an object")),
    }
}

/// Refuses the first key that is not known.
pub(super) fn check_keys(path: &str, map: &Map<String, Value>, known: &[&str]) -> Result<(), RequestError> {
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

pub(super) fn invalid(param: &str, problem: &str) -> RequestError {
    RequestError::invalid(param, format!("`{param}` {problem}."))
}
