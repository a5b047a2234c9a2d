//! Takes typed fields out of a JSON object, one by one, and reports what nobody took. Every dialect reads its
//! bodies through it, so that they refuse in the same words.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{RequestError, warning};
use crate::routing_metadata::{Warning, WarningType};

/// The fields of a request, or of an object inside it.
pub(crate) struct Fields {
    /// Where the object is, such as `messages[2].`; empty for the request itself.
    path: String,
    /// Few, usually, so that they are looked at one by one.
    list: Vec<(String, Value)>,
    warnings: Vec<Warning>,
}

impl Fields {
    /// The fields of a request body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RequestError> {
        // Nearly every body is an object with some ten fields, and then needs no map of them.
        if let Ok(Few(list)) = serde_json::from_slice(body) {
            return Ok(Self { path: String::new(), list, warnings: Vec::new() });
        }
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            RequestError::unusable(format!(
                "The request body is not valid JSON (line {line}, column {column})."
            ))
        })?;
        match value {
            Value::Object(map) => {
                Ok(Self { path: String::new(), list: map.into_iter().collect(), warnings: Vec::new() })
            }
            _ => Err(RequestError::unusable("The request body must be a JSON object.")),
        }
    }

    /// The fields of the object at `param`.
    pub(crate) fn at(param: &str, value: Value) -> Result<Self, RequestError> {
        match value {
            Value::Object(map) => {
                let list = map.into_iter().collect();
                Ok(Self { path: format!("{param}."), list, warnings: Vec::new() })
            }
            _ => Err(wrong(param, "an object")),
        }
    }

    /// A field's full name.
    pub(crate) fn param(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// A field's value being of the wrong kind.
    pub(crate) fn wrong(&self, name: &str, expected: &str) -> RequestError {
        wrong(&self.param(name), expected)
    }

    pub(crate) fn warn(&mut self, kind: WarningType, code: &str, message: impl Into<String>) {
        self.warnings.push(warning(kind, code, message));
    }

    /// Removes a field; `null` counts as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let position = self.list.iter().position(|(key, _)| key == name)?;
        let (_, value) = self.list.remove(position);
        (!value.is_null()).then_some(value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn put(&mut self, name: &str, value: Value) {
        match self.get_mut(name) {
            Some(old) => *old = value,
            None => self.list.push((name.to_owned(), value)),
        }
    }

    /// A field that is not taken yet; `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let field = self.list.iter().find(|(key, _)| key == name);
        field.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Whether every field is taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.list.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a string")),
        }
    }

    /// A string that must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> Result<String, RequestError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A field's being absent.
    pub(crate) fn missing(&self, name: &str) -> RequestError {
        let param = self.param(name);
        RequestError::missing(&param, format!("`{param}` is required."))
    }

    pub(crate) fn array(&mut self, name: &str) -> Result<Option<Vec<Value>>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.wrong(name, "an array")),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.wrong(name, "a boolean")),
        }
    }

    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(self.wrong(name, "an object")),
        }
    }

    pub(crate) fn integer(&mut self, name: &str) -> Result<Option<i64>, RequestError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.as_i64().map(Some).ok_or_else(|| self.wrong(name, "an integer"))
    }

    /// A whole number in `low..=high`; `2.0` passes, as JavaScript callers cannot tell it from `2`.
    pub(crate) fn whole(&mut self, name: &str, low: u64, high: u64) -> Result<Option<u64>, RequestError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_u64().or_else(|| as_whole(value.as_f64()?));
        match number.filter(|number| (low..=high).contains(number)) {
            Some(number) => Ok(Some(number)),
            None if high == u64::MAX => Err(self.wrong(name, &format!("an integer of at least {low}"))),
            None => Err(self.wrong(name, &format!("an integer from {low} to {high}"))),
        }
    }

    /// A number in `low..=high`, kept as it was written.
    pub(crate) fn number(
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
            Some(_) => Err(self.wrong(name, &format!("a number from {low} to {high}"))),
        }
    }

    pub(crate) fn text_or_texts(&mut self, name: &str) -> Result<Option<Value>, RequestError> {
        let value = self.take(name);
        match &value {
            None | Some(Value::String(_)) => Ok(value),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => Ok(value),
            Some(_) => Err(self.wrong(name, "a string or an array of strings")),
        }
    }

    /// The warnings so far, and one for every field that nobody took: OpenAI clients send new fields
    /// constantly, so these are dropped and reported, not refused (G-14).
    pub(crate) fn finish(mut self) -> Vec<Warning> {
        for (name, _) in self.list {
            let message = match name.as_str() {
                "metadata" => "`metadata` is not sent to providers; use `gateway.metadata`.".to_owned(),
                _ => format!("`{name}` is not supported and was dropped."),
            };
            self.warnings.push(warning(WarningType::UnsupportedField, "field_ignored", message));
        }
        self.warnings
    }
}

/// More fields than any request needs.
const MANY: usize = 64;

/// An object's fields. Of those with one name the last one counts, in the place of the first, as in a [`Map`].
struct Few(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Few {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FewVisitor)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct FewVisitor;

impl<'de> Visitor<'de> for FewVisitor {
    type Value = Few;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with few fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Few, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some(Name(name)) = object.next_key()? {
            let value = object.next_value()?;
            if let Some((_, old)) = fields.iter_mut().find(|(key, _)| *key == name) {
                *old = value;
            } else if fields.len() == MANY {
                // Comparing each with each is not for many, and strangers decide how many there are.
                return Err(A::Error::custom("many fields"));
            } else {
                fields.push((name.into_owned(), value));
            }
        }
        Ok(Few(fields))
    }
}

pub(crate) fn wrong(param: &str, expected: &str) -> RequestError {
    RequestError::invalid(param, format!("`{param}` must be {expected}."))
}

fn as_whole(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range and fraction checked")]
    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_fields_are_read_as_a_map_reads_them() {
        let many: Vec<_> = (0..=MANY).map(|n| format!("\"f{n}\":{n},")).collect();
        for body in [
            "{}",
            r#" { "a": 1, "b": [null, {"c": 2.5}], "a": "x" } "#,
            r#"{"\u0061": 1, "a": 2, "b\n": -1}"#,
            &format!("{{{}\"f0\":\"again\"}}", many.concat()),
        ] {
            let map: Map<String, Value> = serde_json::from_str(body).expect("an object");
            let fields = Fields::parse(body.as_bytes()).map_err(|error| error.message).expect("an object");
            assert_eq!(fields.list, map.into_iter().collect::<Vec<_>>(), "{body}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_in_its_own_words() {
        let refusal = |body: &str| Fields::parse(body.as_bytes()).err().expect("refused").message;
        assert_eq!(refusal("[1]"), "The request body must be a JSON object.");
        assert_eq!(refusal("{\"a\":\n x}"), "The request body is not valid JSON (line 2, column 2).");
        assert_eq!(refusal("{} {}"), "The request body is not valid JSON (line 1, column 4).");
    }
}
