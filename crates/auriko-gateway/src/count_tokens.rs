//! `POST /v1/messages/count_tokens`: how large a prompt is, before it is sent.
//!
//! An estimate from the size of the texts, the same that routing goes by: tokenisers differ from model to model,
//! most vendors publish none, and asking a provider would cost a round trip. The reply's header says so.

use auriko_routing::Wishes;
use auriko_wire::headers::TOKEN_COUNT_MODEL;
use auriko_wire::messages;
use serde_json::json;

use crate::call::{Call, Reply};
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::models;
use crate::own_key::KeyRing;

/// In place of the name of a model whose tokeniser was used.
const ESTIMATE: &str = "estimate";

pub(crate) fn count(
    gateway: &Inner,
    call: &Call,
    keys: &KeyRing,
    request_id: &str,
) -> Result<Reply, ApiError> {
    let request = messages::parse_for_count(&call.body)?;
    let names = Wishes::read(&request, &gateway.routing_defaults)?.models.names;
    if !names.iter().any(|name| models::is_callable(&gateway.catalog, name, keys)) {
        return Err(models::not_found(&gateway.catalog, &names.join("`, `")));
    }
    let body = json!({ "input_tokens": request.estimated_prompt_tokens() });
    let mut reply = Reply::json(200, request_id, body.to_string());
    reply.headers.push((TOKEN_COUNT_MODEL.to_owned(), ESTIMATE.to_owned()));
    Ok(reply)
}
