//! `POST /v1/messages/count_tokens`: how large a prompt is, before it is sent.
//!
//! An estimate from the size of the texts, the same that routing goes by: tokenisers differ from model to model,
//! most vendors publish none, and asking a provider would cost a round trip. The reply's header says so.

use auriko_wire::error_code::ErrorCode;
use auriko_wire::headers::TOKEN_COUNT_MODEL;
use auriko_wire::messages;
use serde_json::json;

use crate::call::{Call, Reply};
use crate::catalog::Catalog;
use crate::error::ApiError;
use crate::routing::{Options, available};

/// In place of the name of a model whose tokeniser was used.
const ESTIMATE: &str = "estimate";

pub(crate) fn count(catalog: &Catalog, call: &Call, request_id: &str) -> Result<Reply, ApiError> {
    let request = messages::parse_for_count(&call.body)?;
    let options = Options::read(&request)?;
    if !options.models.iter().any(|model| catalog.resolve(model).is_some()) {
        let message = format!("There is no model `{}`.", options.models.join("`, `"));
        let error = ApiError::new(ErrorCode::ModelNotFound, message);
        return Err(error.with_suggestion(available(catalog)));
    }
    let body = json!({ "input_tokens": request.estimated_prompt_tokens() });
    let mut reply = Reply::json(200, request_id, body.to_string());
    reply.headers.push((TOKEN_COUNT_MODEL.to_owned(), ESTIMATE.to_owned()));
    Ok(reply)
}
