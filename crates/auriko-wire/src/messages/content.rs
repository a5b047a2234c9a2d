//! `system` and `messages` as chat messages. One message of Anthropic's may become several: tool results are
//! messages of their own in chat completions.

use serde_json::{Map, Value, json};

use super::{source, tools};
use crate::request::fields::Fields;
use crate::request::{Message, RequestError};
use crate::routing_metadata::WarningType;

pub(super) fn read_all(root: &mut Fields) -> Result<Vec<Message>, RequestError> {
    let mut messages = Vec::new();
    if let Some(system) = root.take("system") {
        messages.push(read_system("system", system)?);
    }
    let Some(items) = root.array("messages")? else { return Err(root.missing("messages")) };
    if items.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` must hold at least one message."));
    }
    for (position, item) in items.into_iter().enumerate() {
        let mut fields = Fields::at(&format!("messages[{position}]"), item)?;
        let role = fields.required_text("role")?;
        let Some(content) = fields.take("content") else { return Err(fields.missing("content")) };
        let param = fields.param("content");
        match role.as_str() {
            "user" => read_user(&param, content, root, &mut messages)?,
            "assistant" => messages.push(read_assistant(&param, content, root)?),
            "system" => messages.push(read_system(&param, content)?),
            _ => return Err(fields.wrong("role", "one of user, assistant, system")),
        }
    }
    if let Some(mark) = root.object("cache_control")? {
        mark_last(&mut messages, mark);
    }
    Ok(messages)
}

/// Texts only.
fn read_system(param: &str, content: Value) -> Result<Message, RequestError> {
    let mut parts = Vec::new();
    for (kind, block) in blocks(param, content)? {
        if kind != "text" {
            return Err(block.wrong("type", "text"));
        }
        parts.push(read_text(block)?);
    }
    Ok(message("system", parts))
}

fn read_user(
    param: &str,
    content: Value,
    root: &mut Fields,
    messages: &mut Vec<Message>,
) -> Result<(), RequestError> {
    let mut parts = Vec::new();
    let mut has_results = false;
    for (kind, block) in blocks(param, content)? {
        if kind == "tool_result" {
            has_results = true;
            // In front of what else the user says: calls must be answered before anything else is said.
            messages.push(read_result(block, root)?);
        } else {
            read_part(&kind, block, root, &mut parts)?;
        }
    }
    if !has_results || !parts.is_empty() {
        messages.push(message("user", parts));
    }
    Ok(())
}

fn read_result(mut block: Fields, root: &mut Fields) -> Result<Message, RequestError> {
    let id = block.required_text("tool_use_id")?;
    let mut parts = Vec::new();
    if let Some(content) = block.take("content") {
        for (kind, block) in blocks(&block.param("content"), content)? {
            read_part(&kind, block, root, &mut parts)?;
        }
    }
    let mut fields = message("tool", parts).into_fields();
    fields.insert("tool_call_id".to_owned(), id.into());
    if block.flag("is_error")?.unwrap_or(false) {
        fields.insert("is_error".to_owned(), true.into());
    }
    keep_cache_control(&mut block, &mut fields)?;
    Ok(Message::from_fields(fields))
}

fn read_assistant(param: &str, content: Value, root: &mut Fields) -> Result<Message, RequestError> {
    let mut parts = Vec::new();
    let mut calls = Vec::new();
    let mut thoughts = String::new();
    let mut thought_blocks = Vec::new();
    for (kind, mut block) in blocks(param, content)? {
        match kind.as_str() {
            "text" => parts.push(read_text(block)?),
            "thinking" => {
                let thinking = block.required_text("thinking")?;
                thoughts.push_str(&thinking);
                // Not every provider signs; only what is signed can be given back as a block.
                if let Some(signature) = block.text("signature")?.filter(|signature| !signature.is_empty()) {
                    let block = json!({ "type": "thinking", "thinking": thinking, "signature": signature });
                    thought_blocks.push(block);
                }
            }
            "redacted_thinking" => {
                let data = block.required_text("data")?;
                thought_blocks.push(json!({ "type": "redacted", "data": data }));
            }
            "tool_use" => calls.push(tools::read_use(block)?),
            kind => drop_block(kind, &block, root)?,
        }
    }
    let mut fields = message("assistant", parts).into_fields();
    if !thoughts.is_empty() {
        fields.insert("reasoning_content".to_owned(), thoughts.into());
    }
    for (name, items) in [("reasoning", thought_blocks), ("tool_calls", calls)] {
        if !items.is_empty() {
            fields.insert(name.to_owned(), items.into());
        }
    }
    Ok(Message::from_fields(fields))
}

/// A block of a user's message or of a tool's result.
fn read_part(
    kind: &str,
    block: Fields,
    root: &mut Fields,
    parts: &mut Vec<Map<String, Value>>,
) -> Result<(), RequestError> {
    match kind {
        "text" => parts.push(read_text(block)?),
        "image" => parts.push(source::read_image(block)?),
        "document" => parts.extend(source::read_document(block)?),
        "search_result" => parts.extend(source::read_search_result(block)?),
        kind => drop_block(kind, &block, root)?,
    }
    Ok(())
}

/// Leaves out what only Anthropic's own servers could have written or would read, so that a conversation which
/// began there can go on here.
///
/// # Errors
/// For kinds that nobody knows.
fn drop_block(kind: &str, block: &Fields, root: &mut Fields) -> Result<(), RequestError> {
    let known = ["server_tool_use", "mcp_tool_use", "container_upload", "compaction", "tool_reference"];
    if !known.contains(&kind) && !kind.ends_with("_tool_result") {
        return Err(block.wrong("type", "a kind of block that belongs there"));
    }
    let message = format!("`{kind}` blocks are not sent to providers; one was dropped.");
    root.warn(WarningType::UnsupportedFeature, "feature_ignored", message);
    Ok(())
}

/// The blocks of a content, each with its kind; a string is one block of text.
pub(super) fn blocks(param: &str, content: Value) -> Result<Vec<(String, Fields)>, RequestError> {
    let items = match content {
        Value::String(text) => {
            return Ok(vec![("text".to_owned(), Fields::at(param, json!({ "text": text }))?)]);
        }
        Value::Array(items) => items,
        _ => {
            let message = format!("`{param}` must be a string or an array of blocks.");
            return Err(RequestError::invalid(param, message));
        }
    };
    let read = |(position, item)| {
        let mut block = Fields::at(&format!("{param}[{position}]"), item)?;
        Ok((block.required_text("type")?, block))
    };
    items.into_iter().enumerate().map(read).collect()
}

/// A `text` block. Its citations belong to the reply that it was, not to the text.
pub(super) fn read_text(mut block: Fields) -> Result<Map<String, Value>, RequestError> {
    let mut part = text_part(block.required_text("text")?);
    keep_cache_control(&mut block, &mut part)?;
    Ok(part)
}

pub(super) fn text_part(text: impl Into<Value>) -> Map<String, Value> {
    let mut part = Map::new();
    part.insert("type".to_owned(), "text".into());
    part.insert("text".to_owned(), text.into());
    part
}

pub(super) fn keep_cache_control(
    block: &mut Fields,
    target: &mut Map<String, Value>,
) -> Result<(), RequestError> {
    if let Some(mark) = block.object("cache_control")? {
        target.insert("cache_control".to_owned(), mark.into());
    }
    Ok(())
}

/// A message of these parts: a bare string where that says the same, since every provider reads it.
fn message(role: &str, parts: Vec<Map<String, Value>>) -> Message {
    let is_bare = |part: &Map<String, Value>| part.len() == 2 && part.contains_key("text");
    // A reply's texts are pieces of one; what else is said has borders of its own.
    let may_join = parts.len() < 2 || role == "assistant" || role == "tool";
    let content = if may_join && parts.iter().all(is_bare) {
        let separator = if role == "assistant" { "" } else { "\n" };
        let texts: Vec<_> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        Value::String(texts.join(separator))
    } else {
        parts.into_iter().map(Value::Object).collect()
    };
    let mut fields = Map::new();
    fields.insert("role".to_owned(), role.into());
    fields.insert("content".to_owned(), content);
    Message::from_fields(fields)
}

/// `cache_control` of the request itself marks the last block there is.
fn mark_last(messages: &mut [Message], mark: Map<String, Value>) {
    let Some(last) = messages.last_mut() else { return };
    let mut fields = last.clone().into_fields();
    let mark = Value::Object(mark);
    let calls = fields.get_mut("tool_calls").and_then(Value::as_array_mut).and_then(|calls| calls.last_mut());
    if let Some(Value::Object(call)) = calls {
        call.entry("cache_control").or_insert(mark);
    } else if last.role() == "tool" {
        fields.entry("cache_control").or_insert(mark);
    } else if let Some(content) = fields.get_mut("content") {
        if let Value::String(text) = content {
            *content = json!([text_part(std::mem::take(text))]);
        }
        if let Some(Value::Object(part)) = content.as_array_mut().and_then(|parts| parts.last_mut()) {
            part.entry("cache_control").or_insert(mark);
        }
    }
    *last = Message::from_fields(fields);
}
