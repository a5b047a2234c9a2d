//! The plain message object.

use serde_json::{Map, Value, json};

use super::ending::{self, Ending, Preview, call_id, citation, message_id};
use crate::response::{CompletionBuilder, Part, ToolCall};
use crate::routing_metadata::RoutingMetadata;
use crate::usage::Usage;

/// The message object of a reply whose events have been collected.
pub fn message(
    builder: CompletionBuilder,
    preview: &Preview,
    usage: &Usage,
    routing: &RoutingMetadata,
) -> Value {
    let (identity, choice) = builder.into_choice();
    let id = message_id(&identity.id);
    let ending = Ending {
        finish: choice.finish,
        native: choice.native_finish,
        has_called: choice.parts.iter().any(|part| matches!(part, Part::ToolCall(_))),
        has_refused: choice.parts.iter().any(|part| matches!(part, Part::Refusal(_))),
    };
    let mut content = Vec::new();
    for part in choice.parts {
        add(part, &id, &mut content);
    }
    let (reason, sequence) = ending.describe(preview);
    json!({
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": identity.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": ending::usage(usage),
        "routing_metadata": routing,
    })
}

fn add(part: Part, message_id: &str, content: &mut Vec<Value>) {
    match part {
        Part::Text(text) | Part::Refusal(text) if text.is_empty() => {}
        Part::Text(text) | Part::Refusal(text) => content.push(json!({ "type": "text", "text": text })),
        Part::Thinking { text, signature } => {
            let signature = signature.unwrap_or_default();
            content.push(json!({ "type": "thinking", "thinking": text, "signature": signature }));
        }
        Part::Redacted(data) => content.push(json!({ "type": "redacted_thinking", "data": data })),
        Part::ToolCall(call) => {
            let position = content.iter().filter(|block| block["type"] == "tool_use").count();
            content.push(tool_use(call, message_id, position));
        }
        Part::Annotations(items) => cite(&items, content),
        // There is no block for them.
        Part::Image(_) => {}
    }
}

fn tool_use(call: ToolCall, message_id: &str, position: usize) -> Value {
    let id = call.id.unwrap_or_else(|| call_id(message_id, position));
    let mut block =
        json!({ "type": "tool_use", "id": id, "name": call.name, "input": input(call.arguments) });
    if let Some(signature) = call.signature {
        block["provider_signature"] = signature.into();
    }
    block
}

/// The arguments as an object, which the API promises. Text that is none, of a model that broke off or erred, is
/// handed on under a name that no tool has, so that the call is not taken for one without arguments.
fn input(arguments: String) -> Map<String, Value> {
    match serde_json::from_str(&arguments) {
        Ok(Value::Object(input)) => input,
        _ if arguments.trim().is_empty() => Map::new(),
        _ => [("invalid_json".to_owned(), Value::String(arguments))].into_iter().collect(),
    }
}

/// Citations belong to the text before them.
fn cite(items: &[Value], content: &mut Vec<Value>) {
    let citations: Vec<_> = items.iter().filter_map(citation).collect();
    if citations.is_empty() {
        return;
    }
    if content.last().is_none_or(|block| block["type"] != "text") {
        content.push(json!({ "type": "text", "text": "" }));
    }
    if let Some(Value::Object(block)) = content.last_mut() {
        let all = block.entry("citations").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.extend(citations);
        }
    }
}
