//! Cache marks where the caller set none (caching.md §2, G-21): at the end of the tools, of the system text and of
//! the last user turn. What comes before a mark is cached, so a conversation that goes on reads all of it.

use serde_json::{Map, Value, json};

use super::messages::can_be_marked;

/// Marks `body`, unless it holds a mark already.
pub(super) fn mark(body: &mut Map<String, Value>) {
    let is_marked = body.contains_key("cache_control")
        || ["tools", "system", "messages"].iter().any(|key| body.get(*key).is_some_and(holds_mark));
    if is_marked {
        return;
    }
    for key in ["tools", "system"] {
        mark_last(body.get_mut(key));
    }
    let turns = body.get_mut("messages").and_then(Value::as_array_mut);
    let last = turns.and_then(|turns| turns.iter_mut().rev().find(|turn| turn["role"] == "user"));
    mark_last(last.and_then(|turn| turn.get_mut("content")));
}

fn mark_last(blocks: Option<&mut Value>) {
    let last = blocks.and_then(Value::as_array_mut).and_then(|blocks| blocks.last_mut());
    if let Some(block) = last.filter(|block| can_be_marked(block)) {
        block["cache_control"] = json!({ "type": "ephemeral" });
    }
}

/// Looks where marks may be: at blocks and at the blocks in them, not in schemas and inputs.
fn holds_mark(blocks: &Value) -> bool {
    let blocks = blocks.as_array().map(Vec::as_slice).unwrap_or_default();
    blocks
        .iter()
        .any(|block| block.get("cache_control").is_some() || block.get("content").is_some_and(holds_mark))
}
