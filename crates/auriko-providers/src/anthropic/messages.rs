//! The conversation: system texts apart, roles alternating, tool results in the user's turn.

use std::collections::HashMap;

use auriko_wire::request::{ChatRequest, Message, RequestError};
use serde_json::{Value, json};

use super::content;
use crate::adapter::BuildError;
use crate::gemini;

/// What the fields `system` and `messages` hold.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Text blocks.
    pub(super) system: Vec<Value>,
    /// Who speaks, and blocks; no role twice in a row.
    pub(super) turns: Vec<(&'static str, Vec<Value>)>,
    ids: CallIds,
}

/// Translates all messages.
///
/// # Errors
/// A part that can't be sent, or nothing that could be.
pub(super) fn convert(request: &ChatRequest) -> Result<Conversation, BuildError> {
    let mut conversation = Conversation::default();
    for (position, message) in request.messages.iter().enumerate() {
        conversation.add(&format!("messages[{position}]"), message)?;
    }
    // Instructions alone are no conversation to the API, which wants somebody to have spoken.
    if conversation.turns.is_empty()
        && let Some(last) = conversation.system.pop()
    {
        conversation.turns.push(("user", vec![last]));
    }
    if conversation.turns.is_empty() {
        let message = "`messages` must hold some text; there is nothing but empty messages.";
        return Err(BuildError::Invalid(RequestError::invalid("messages", message)));
    }
    conversation.trim_last();
    Ok(conversation)
}

impl Conversation {
    fn add(&mut self, param: &str, message: &Message) -> Result<(), BuildError> {
        let content_param = format!("{param}.content");
        let mut blocks = content::blocks(&content_param, message.fields().get("content"))?;
        let mark = message.fields().get("cache_control").filter(|mark| mark.is_object());
        match message.role() {
            "assistant" => {
                let mut all = thinking_blocks(message);
                all.append(&mut blocks);
                if all.is_empty()
                    && let Some(refusal) = message.fields().get("refusal").and_then(Value::as_str)
                {
                    all.extend(content::text_block(refusal));
                }
                all.extend(self.calls(message));
                blocks = all;
            }
            "tool" => blocks = vec![self.result(message, blocks)],
            _ => {}
        }
        if let Some(mark) = mark
            && let Some(last) = blocks.last_mut().filter(|block| can_be_marked(block))
        {
            last["cache_control"] = mark.clone();
        }
        match message.role() {
            "system" | "developer" => self.system.append(&mut blocks),
            "assistant" => self.push("assistant", blocks),
            _ => self.push("user", blocks),
        }
        Ok(())
    }

    fn push(&mut self, role: &'static str, blocks: Vec<Value>) {
        match self.turns.last_mut() {
            _ if blocks.is_empty() => {}
            Some((last, all)) if *last == role => all.extend(blocks),
            _ => self.turns.push((role, blocks)),
        }
    }

    fn calls(&mut self, message: &Message) -> Vec<Value> {
        let calls = message.fields().get("tool_calls").and_then(Value::as_array);
        let calls = calls.map(Vec::as_slice).unwrap_or_default();
        let block = |call: &Value| {
            let id = self.ids.clean(call["id"].as_str().unwrap_or_default());
            let function = &call["function"];
            let input = input(&function["arguments"]);
            let mut block = json!({ "type": "tool_use", "id": id, "name": function["name"], "input": input });
            if let Some(mark) = call.get("cache_control").filter(|mark| mark.is_object()) {
                block["cache_control"] = mark.clone();
            }
            block
        };
        calls.iter().map(block).collect()
    }

    fn result(&mut self, message: &Message, blocks: Vec<Value>) -> Value {
        let fields = message.fields();
        let id = self.ids.clean(fields["tool_call_id"].as_str().unwrap_or_default());
        let mut result = json!({ "type": "tool_result", "tool_use_id": id });
        if !blocks.is_empty() {
            result["content"] = blocks.into();
        }
        if fields.get("is_error") == Some(&Value::Bool(true)) {
            result["is_error"] = true.into();
        }
        result
    }

    /// The API refuses an answer to be continued that ends in white space.
    fn trim_last(&mut self) {
        if let Some(("assistant", blocks)) = self.turns.last_mut()
            && let Some(Value::String(text)) = blocks.last_mut().and_then(|block| block.get_mut("text"))
        {
            text.truncate(text.trim_end().len());
        }
    }

    /// The field `messages`.
    pub(super) fn into_messages(self) -> (Vec<Value>, Value) {
        let message = |(role, blocks)| json!({ "role": role, "content": blocks });
        (self.system, self.turns.into_iter().map(message).collect())
    }
}

/// Thinking can't be marked for the cache.
pub(super) fn can_be_marked(block: &Value) -> bool {
    !matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"))
}

/// Signed thinking goes back byte by byte and in its order; what is not signed can't go back.
pub(super) fn thinking_blocks(message: &Message) -> Vec<Value> {
    let blocks = message.fields().get("reasoning").and_then(Value::as_array);
    let convert = |block: &Value| match block["type"].as_str()? {
        "thinking" => {
            let (thinking, signature) = (block.get("thinking")?.as_str()?, block.get("signature")?.as_str()?);
            // What Gemini signed is refused here.
            (!gemini::has_signed(signature))
                .then(|| json!({ "type": "thinking", "thinking": thinking, "signature": signature }))
        }
        "redacted" | "redacted_thinking" => {
            Some(json!({ "type": "redacted_thinking", "data": block.get("data")?.as_str()? }))
        }
        _ => None,
    };
    blocks.map(Vec::as_slice).unwrap_or_default().iter().filter_map(convert).collect()
}

/// A call's arguments as the object that the API wants. Text that is no object, such as that of a call that was
/// cut off, is kept under a key, so that the model sees what it wrote.
fn input(arguments: &Value) -> Value {
    let parsed = match arguments {
        Value::String(text) if text.trim().is_empty() => return json!({}),
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| arguments.clone()),
        other => other.clone(),
    };
    match parsed {
        Value::Null => json!({}),
        Value::Object(_) => parsed,
        other => json!({ "arguments": other }),
    }
}

/// Ids of calls, brought into the characters that the API takes. Other providers use dots and colons.
#[derive(Debug, Default)]
struct CallIds {
    known: HashMap<String, String>,
}

impl CallIds {
    /// The same id for the same call, and no two calls alike.
    fn clean(&mut self, id: &str) -> String {
        if let Some(clean) = self.known.get(id) {
            return clean.clone();
        }
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        let mut clean: String =
            id.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
        if clean.is_empty() {
            "call".clone_into(&mut clean);
        }
        let stem = clean.clone();
        let mut number = 1;
        while self.known.values().any(|taken| *taken == clean) {
            number += 1;
            clean = format!("{stem}_{number}");
        }
        self.known.insert(id.to_owned(), clean.clone());
        clean
    }
}
