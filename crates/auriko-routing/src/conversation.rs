//! Which conversation a request belongs to (G-21): deterministic, so that nothing has to be stored.

use auriko_wire::request::ChatRequest;
use serde_json::Value;

/// The id of the request's conversation: `gateway.metadata.trace_id`, else `prompt_cache_key`, else 32 hex digits
/// that all requests of the same workspace and model with the same system text and first user message share.
///
/// Reads the whole opening, so it is asked for only where a provider's cache wants to know.
pub fn conversation_id(request: &ChatRequest, workspace: u64, model: &str) -> String {
    let trace = request.gateway.get("metadata").and_then(|metadata| metadata.get("trace_id"));
    let given = trace.or_else(|| request.parameters.get("prompt_cache_key")).and_then(Value::as_str);
    if let Some(id) = given.filter(|id| !id.is_empty()) {
        return id.to_owned();
    }
    let mut hash = Fnv128::default();
    hash.add(&workspace.to_le_bytes());
    hash.add(model.as_bytes());
    let system = |role: &str| matches!(role, "system" | "developer");
    for message in request.messages.iter().filter(|message| system(message.role())) {
        hash.add(message.text().as_bytes());
    }
    if let Some(first) = request.messages.iter().find(|message| message.role() == "user") {
        hash.add(first.text().as_bytes());
    }
    format!("{:032x}", hash.0)
}

/// FNV-1a with 128 bits: the same in every process and version. Not for secrets.
struct Fnv128(u128);

impl Default for Fnv128 {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv128 {
    /// Adds a part; where parts end makes a difference.
    fn add(&mut self, part: &[u8]) {
        for byte in part.iter().copied().chain((part.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(body: &Value, workspace: u64, model: &str) -> String {
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        conversation_id(&request, workspace, model)
    }

    #[test]
    fn later_turns_share_the_id_of_the_opening() {
        let first = json!({ "role": "user", "content": "hello" });
        let opening = json!({ "model": "m", "messages": [first] });
        let later = json!({ "model": "m", "messages": [first, { "role": "assistant", "content": "yes?" }, { "role": "user", "content": "bye" }] });
        assert_eq!(id(&opening, 1, "m"), id(&later, 1, "m"));
        assert_eq!(id(&opening, 1, "m").len(), 32);
        assert_ne!(id(&opening, 1, "m"), id(&opening, 2, "m"));
        assert_ne!(id(&opening, 1, "m"), id(&opening, 1, "n"));
    }

    #[test]
    fn a_given_id_wins() {
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }], "prompt_cache_key": "key", "gateway": { "metadata": { "trace_id": "trace" } } });
        assert_eq!(id(&body, 1, "m"), "trace");
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }], "prompt_cache_key": "key" });
        assert_eq!(id(&body, 1, "m"), "key");
    }
}
