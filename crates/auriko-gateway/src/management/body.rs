//! Bodies of management calls: JSON objects whose fields are taken out one by one, so that what is left over is known to
//! be a mistake.

use auriko_store::clock::Timestamp;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::money::NanoUsd;
use serde_json::{Map, Value};

use crate::error::ApiError;

/// The largest limit of a budget, US dollars: a billion.
const MOST_USD: f64 = 1e9;

/// The fields that were not taken yet. `null` is as good as absent.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn read(body: &[u8]) -> Result<Self, ApiError> {
        let wrong = |problem: String| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                format!("The request body must be a JSON object{problem}."),
            )
        };
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(wrong(String::new())),
            // The line and column alone: the text may hold a secret.
            Err(error) => Err(wrong(format!(" (line {}, column {})", error.line(), error.column()))),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name).filter(|value| !value.is_null())
    }

    fn typed<T>(
        &mut self,
        name: &str,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| invalid(name, &format!("must be {what}")))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        self.typed(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn required_text(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        self.typed(name, "an array of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        self.typed(name, "true or false", Value::as_bool)
    }

    pub(super) fn count(&mut self, name: &str) -> Result<Option<u32>, ApiError> {
        self.typed(name, "a whole number of at least 1", |value| {
            value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
        })
    }

    pub(super) fn instant(&mut self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        self.typed(name, "an instant such as 2027-01-01T00:00:00Z", |value| {
            Timestamp::parse_rfc3339(value.as_str()?)
        })
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Option<Self>, ApiError> {
        self.typed(name, "an object", |value| value.as_object().cloned().map(Self))
    }

    /// Millionths of a US dollar, more than nothing.
    pub(super) fn microdollars(&mut self, name: &str) -> Result<Option<NanoUsd>, ApiError> {
        self.typed(name, "a whole number of microdollars, at least 1", |value| {
            let nanos = value.as_u64()?.checked_mul(1_000)?;
            (nanos > 0).then_some(NanoUsd(nanos))
        })
    }

    /// US dollars, more than nothing.
    pub(super) fn money(&mut self, name: &str) -> Result<Option<NanoUsd>, ApiError> {
        self.typed(name, "a number of US dollars above 0, and at most 1000000000", |value| {
            let usd = value.as_f64().filter(|usd| *usd > 0.0 && *usd <= MOST_USD)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "range checked above"
            )]
            let nanos = (usd * 1e9).round() as u64;
            (nanos > 0).then_some(NanoUsd(nanos))
        })
    }

    pub(super) fn required_money(&mut self, name: &str) -> Result<NanoUsd, ApiError> {
        self.money(name)?.ok_or_else(|| missing(name))
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        let Some((name, _)) = self.0.into_iter().next() else { return Ok(()) };
        let message = format!("`{name}` is not a field of this call.");
        Err(ApiError::new(ErrorCode::UnknownField, message).with_param(&name))
    }
}

pub(super) fn invalid(name: &str, problem: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterValue, format!("`{name}` {problem}.")).with_param(name)
}

fn missing(name: &str) -> ApiError {
    ApiError::new(ErrorCode::MissingRequiredParameter, format!("`{name}` is required.")).with_param(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let fields = |text: &str| Fields::read(text.as_bytes());
        let code = |error: ApiError| (error.code, error.param.unwrap_or_default());
        assert_eq!(fields("[]").map(drop).map_err(code), Err((ErrorCode::InvalidRequest, String::new())));
        assert_eq!(fields("{").map(drop).map_err(code), Err((ErrorCode::InvalidRequest, String::new())));
        let mut body = fields(r#"{"a":1,"b":null,"usd":0,"at":"soon","n":0,"x":true}"#).expect("an object");
        let invalid = |name: &str| (ErrorCode::InvalidParameterValue, name.to_owned());
        assert_eq!(body.text("a").map_err(code), Err(invalid("a")));
        assert_eq!(body.text("b").map_err(code), Ok(None));
        assert_eq!(
            body.required_text("c").map_err(code),
            Err((ErrorCode::MissingRequiredParameter, "c".to_owned()))
        );
        assert_eq!(body.money("usd").map_err(code), Err(invalid("usd")));
        assert_eq!(body.instant("at").map_err(code), Err(invalid("at")));
        assert_eq!(body.count("n").map_err(code), Err(invalid("n")));
        assert_eq!(body.finish().map_err(code), Err((ErrorCode::UnknownField, "x".to_owned())));
        let mut body = fields(r#"{"usd":500000.005,"n":2}"#).expect("an object");
        assert_eq!(body.required_money("usd").map_err(code), Ok(NanoUsd(500_000_005_000_000)));
        assert_eq!(body.count("n").map_err(code), Ok(Some(2)));
        assert!(body.finish().is_ok());
    }
}
