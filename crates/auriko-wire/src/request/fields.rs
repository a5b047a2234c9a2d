//! Takes typed fields out of a JSON object, one by one, and reports what nobody took.

use serde_json::{Map, Value};

use super::{RequestError, warning};
use crate::routing_metadata::{Warning, WarningType};

pub(super) struct Fields {
    map: Map<String, Value>,
    warnings: Vec<Warning>,
}

impl Fields {
    pub(super) fn new(map: Map<String, Value>) -> Self {
        Self { map, warnings: Vec::new() }
    }

    pub(super) fn warn(&mut self, kind: WarningType, code: &str, message: impl Into<String>) {
        self.warnings.push(warning(kind, code, message));
    }

    /// Removes a field; `null` counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.map.shift_remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.map.insert(name.to_owned(), value);
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.map.get_mut(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong(name, "a boolean")),
        }
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(wrong(name, "an object")),
        }
    }

    pub(super) fn integer(&mut self, name: &str) -> Result<Option<i64>, RequestError> {
        self.take(name).map(|value| value.as_i64().ok_or_else(|| wrong(name, "an integer"))).transpose()
    }

    /// A whole number in `low..=high`; `2.0` passes, as JavaScript callers cannot tell it from `2`.
    pub(super) fn whole(&mut self, name: &str, low: u64, high: u64) -> Result<Option<u64>, RequestError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_u64().or_else(|| as_whole(value.as_f64()?));
        match number.filter(|number| (low..=high).contains(number)) {
            Some(number) => Ok(Some(number)),
            None if high == u64::MAX => Err(wrong(name, &format!("an integer of at least {low}"))),
            None => Err(wrong(name, &format!("an integer from {low} to {high}"))),
        }
    }

    /// A number in `low..=high`, kept as it was written.
    pub(super) fn number(
        &mut self,
        name: &str,
        low: f64,
        high: f64,
    ) -> Result<Option<serde_json::Number>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Number(number)) if number.as_f64().is_some_and(|it| (low..=high).contains(&it)) => {
                Ok(Some(number))
            }
            Some(_) => Err(wrong(name, &format!("a number from {low} to {high}"))),
        }
    }

    pub(super) fn text_or_texts(&mut self, name: &str) -> Result<Option<Value>, RequestError> {
        let value = self.take(name);
        match &value {
            None | Some(Value::String(_)) => Ok(value),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => Ok(value),
            Some(_) => Err(wrong(name, "a string or an array of strings")),
        }
    }

    /// The warnings so far, and one for every field that nobody took: OpenAI clients send new fields
    /// constantly, so these are dropped and reported, not refused (G-14).
    pub(super) fn finish(mut self) -> Vec<Warning> {
        for name in self.map.keys() {
            let message = match name.as_str() {
                "metadata" => "`metadata` is not sent to providers; use `gateway.metadata`.".to_owned(),
                _ => format!("`{name}` is not supported and was dropped."),
            };
            self.warnings.push(warning(WarningType::UnsupportedField, "field_ignored", message));
        }
        self.warnings
    }
}

pub(super) fn wrong(param: &str, expected: &str) -> RequestError {
    RequestError::invalid(param, format!("`{param}` must be {expected}."))
}

fn as_whole(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range and fraction checked")]
    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
}
