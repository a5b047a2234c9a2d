//! `GET /v1/models` and `GET /v1/models/{id}` (api.md §6.1, §6.2), from what is configured.

use auriko_wire::error_code::ErrorCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::catalog::{Catalog, Offering};
use crate::error::ApiError;
use crate::routing::available;

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a str,
    object: &'static str,
    /// Nothing is known of the model's age without a catalogue; the field is required.
    created: u64,
    owned_by: &'static str,
    supported_endpoints: [&'static str; 2],
    providers: Vec<ModelProvider<'a>>,
}

/// Prices in US dollars per million tokens; absent when not known.
#[derive(Serialize)]
struct ModelProvider<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_price: Option<f64>,
    data_policy: &'static str,
}

/// The list.
pub(crate) fn list(catalog: &Catalog, query: &str) -> Result<String, ApiError> {
    let endpoint = query.split('&').find_map(|pair| pair.strip_prefix("endpoint="));
    if endpoint.is_some_and(|endpoint| !["chat_completions", "responses"].contains(&endpoint)) {
        let message = "`endpoint` must be one of chat_completions, responses.";
        return Err(ApiError::new(ErrorCode::InvalidParameterValue, message).with_param("endpoint"));
    }
    let data = catalog.models.iter().map(|(id, offerings)| model(id, offerings)).collect();
    Ok(to_json(&List { object: "list", data }))
}

/// One model, by its id as it stands in the path.
pub(crate) fn one(catalog: &Catalog, path_id: &str) -> Result<String, ApiError> {
    let id = percent_decode_str(path_id).decode_utf8_lossy();
    let Some(offerings) = catalog.resolve(&id) else {
        let message = format!("There is no model `{id}`.");
        let error = ApiError::new(ErrorCode::ModelNotFound, message).with_param("model");
        return Err(error.with_suggestion(available(catalog)));
    };
    Ok(to_json(&model(&id, &offerings)))
}

fn model<'a>(id: &'a str, offerings: &'a [Offering]) -> Model<'a> {
    let provider = |offering: &'a Offering| ModelProvider {
        name: &offering.provider.id,
        input_price: offering.prices.map(|prices| prices.input.as_usd()),
        output_price: offering.prices.map(|prices| prices.output.as_usd()),
        data_policy: "none",
    };
    Model {
        id,
        object: "model",
        created: 0,
        owned_by: "auriko",
        supported_endpoints: ["chat_completions", "responses"],
        providers: offerings.iter().map(provider).collect(),
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data serialises")
}
