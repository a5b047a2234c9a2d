//! What is known of a response before it comes: most of the object repeats the request (api.md §4.4).

use serde_json::{Map, Value, json};

use crate::request::fields::Fields;

/// The part of a response that its request decides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Ready to be written.
    pub(super) fields: Map<String, Value>,
    /// Whether signed and encrypted thinking is given to the caller, in `encrypted_content`.
    pub keeps_blocks: bool,
}

/// Repeated where the request has them.
const OPTIONAL: [&str; 4] = ["frequency_penalty", "presence_penalty", "prompt_cache_retention", "top_k"];

impl Preview {
    /// From a body that nothing was taken from. It is checked afterwards: one that is wrong gets no reply.
    pub(super) fn of(body: &Fields) -> Self {
        let mut fields = defaults();
        for (name, value) in &mut fields {
            match (body.get(name), &mut *value) {
                (None, _) => {}
                (Some(Value::Object(given)), Value::Object(value)) => {
                    value.extend(given.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
                (Some(given), value) => *value = given.clone(),
            }
        }
        for name in OPTIONAL {
            if let Some(given) = body.get(name) {
                fields.insert(name.to_owned(), given.clone());
            }
        }
        Self { fields, keeps_blocks: false }
    }
}

/// For a request that says nothing. Clients in typed languages want most of them to be there.
fn defaults() -> Map<String, Value> {
    let fields = json!({
        "background": false,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "metadata": {},
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "reasoning": { "effort": null, "summary": null },
        "safety_identifier": null,
        "store": false,
        "temperature": null,
        "text": { "format": { "type": "text" } },
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": null,
        "truncation": "disabled",
        "user": null,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
