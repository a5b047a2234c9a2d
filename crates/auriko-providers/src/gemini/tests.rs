//! Requests against the wire that they should make, replies against the events that they should give.

use auriko_wire::request::ChatRequest;
use serde_json::{Map, Value, json};

use super::build;
use crate::adapter::{BuildError, ProviderRequest, Target};

mod reply;
mod request;
mod schema;
mod stream;

fn try_built(
    model: &str,
    body: &Value,
    extensions: Map<String, Value>,
) -> Result<ProviderRequest, BuildError> {
    let mut body = body.clone();
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "Hi" }]);
    }
    let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
    let target = Target {
        base_url: "http://h/v1beta/",
        api_key: Some("k"),
        upstream_model: model,
        max_output_tokens: None,
        tier: None,
        conversation: None,
        keeps_nothing: false,
    };
    build(&request, &target, extensions)
}

/// The body and the messages of its warnings.
fn built(model: &str, body: &Value) -> (Value, Vec<String>) {
    let built = try_built(model, body, Map::new()).expect("it can be built");
    let warnings = built.warnings.into_iter().map(|warning| warning.message).collect();
    (serde_json::from_slice(&built.body).expect("JSON"), warnings)
}
