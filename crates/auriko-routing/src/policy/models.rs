//! `model` and `gateway.models`: which models a request names (routing.md §5, G-03).

use auriko_wire::request::{ChatRequest, RequestError};
use serde_json::Value;

use super::Strategy;
use super::fields::invalid;

/// The models of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelList {
    /// As sent, without suffix and without repetition; at least one.
    pub names: Vec<String>,
    /// Whether they stood in `gateway.models`.
    pub is_list: bool,
}

/// Most models in `gateway.models` (api.md §3.3).
const MAX_MODELS: usize = 10;

impl ModelList {
    /// A single model.
    pub fn one(name: impl Into<String>) -> Self {
        Self { names: vec![name.into()], is_list: false }
    }

    /// The field that names them.
    pub const fn param(&self) -> &'static str {
        if self.is_list { "gateway.models" } else { "model" }
    }

    pub(super) fn read(request: &ChatRequest) -> Result<(Self, Option<Strategy>), RequestError> {
        let list = request.gateway.get("models").filter(|models| !models.is_null());
        match (&request.model, list) {
            (Some(_), Some(_)) => Err(RequestError::invalid(
                "gateway.models",
                "Give either `model` or `gateway.models`, not both.",
            )),
            (None, None) => {
                Err(RequestError::missing("model", "Give a `model`, or a list of them in `gateway.models`."))
            }
            (Some(model), None) if model.is_empty() => Err(invalid("model", "must not be empty")),
            (Some(model), None) => {
                let (model, suffix) = Strategy::split_suffix(model);
                Ok((Self::one(model), suffix))
            }
            (None, Some(list)) => Self::read_list(list),
        }
    }

    fn read_list(list: &Value) -> Result<(Self, Option<Strategy>), RequestError> {
        let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<_> = items.iter().filter_map(Value::as_str).filter(|id| !id.is_empty()).collect();
        if ids.len() != items.len() || ids.is_empty() || ids.len() > MAX_MODELS {
            return Err(invalid("gateway.models", "must be an array of 1 to 10 model ids"));
        }
        let mut names: Vec<String> = Vec::new();
        let (_, shared) = Strategy::split_suffix(ids[0]);
        for id in &ids {
            let (name, suffix) = Strategy::split_suffix(id);
            if suffix != shared {
                return Err(invalid("gateway.models", "must hold the same suffix everywhere, or none"));
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Ok((Self { names, is_list: true }, shared))
    }
}
