//! `instructions` and `input` as chat messages. Items are finer than messages: those of one assistant's turn come
//! together again.

use serde_json::{Map, Value, json};

use super::content;
use super::turn::Turn;
use crate::error_code::ErrorCode;
use crate::request::fields::Fields;
use crate::request::{Message, RequestError};

pub(super) fn read_all(root: &mut Fields) -> Result<Vec<Message>, RequestError> {
    let mut conversation = Conversation::default();
    if let Some(text) = root.text("instructions")? {
        conversation.say("system", text.into());
    }
    match root.take("input") {
        None => return Err(root.missing("input")),
        Some(Value::String(text)) => conversation.say("user", text.into()),
        Some(Value::Array(items)) if items.is_empty() => {
            return Err(RequestError::invalid("input", "`input` must hold at least one item."));
        }
        Some(Value::Array(items)) => {
            for (position, item) in items.into_iter().enumerate() {
                conversation.read(Fields::at(&format!("input[{position}]"), item)?, root)?;
            }
        }
        Some(_) => return Err(root.wrong("input", "a string or an array of items")),
    }
    conversation.end_turn();
    Ok(conversation.messages)
}

/// Something that only the Responses API of a provider itself could take.
pub(super) fn needs_responses(param: &str, what: &str) -> RequestError {
    let message = format!("`{param}` is {what}, which only a provider's own Responses API can take.");
    RequestError {
        code: ErrorCode::InputRequiresResponsesEndpoint,
        suggestion: Some(
            "Send what it stands for instead: messages, function calls with their outputs, reasoning, or the data \
             of the file."
                .to_owned(),
        ),
        ..RequestError::invalid(param, message)
    }
}

/// Some clients refer to what they believe to be stored unless they are told otherwise.
fn refers_to_stored(param: &str) -> RequestError {
    let message = format!(
        "`{param}` is a reference to a stored item, and nothing is stored here: send the item itself, as clients do \
         that are given `store: false`."
    );
    RequestError { message, ..needs_responses(param, "") }
}

#[derive(Default)]
struct Conversation {
    messages: Vec<Message>,
    /// What the assistant has said since somebody else spoke.
    turn: Turn,
}

impl Conversation {
    fn read(&mut self, mut item: Fields, root: &mut Fields) -> Result<(), RequestError> {
        let kind = match item.text("type")? {
            Some(kind) => kind,
            None if item.has("role") => "message".to_owned(),
            None => return Err(item.missing("type")),
        };
        match kind.as_str() {
            "message" => self.read_message(item),
            "reasoning" => self.turn.think(item, root),
            "function_call" => self.turn.call(item),
            "image_generation_call" => self.turn.image(item),
            "function_call_output" => self.read_output(item),
            "item_reference" => Err(refers_to_stored(&item.param("type"))),
            kind => Err(needs_responses(&item.param("type"), &format!("`{kind}`"))),
        }
    }

    fn read_message(&mut self, mut item: Fields) -> Result<(), RequestError> {
        let role = item.required_text("role")?;
        let Some(content) = item.take("content") else { return Err(item.missing("content")) };
        let parts = content::read(&item.param("content"), content)?;
        match role.as_str() {
            "assistant" => self.turn.say(parts),
            "user" | "system" | "developer" => self.say(&role, content::content(parts, false)),
            _ => return Err(item.wrong("role", "one of user, assistant, system, developer")),
        }
        Ok(())
    }

    fn read_output(&mut self, mut item: Fields) -> Result<(), RequestError> {
        let id = item.required_text("call_id")?;
        let Some(output) = item.take("output") else { return Err(item.missing("output")) };
        let parts = content::read(&item.param("output"), output)?;
        self.end_turn();
        let mut fields = message("tool", content::content(parts, true));
        fields.insert("tool_call_id".to_owned(), id.into());
        self.messages.push(Message::from_fields(fields));
        Ok(())
    }

    fn say(&mut self, role: &str, content: Value) {
        self.end_turn();
        self.messages.push(Message::from_fields(message(role, content)));
    }

    fn end_turn(&mut self) {
        self.messages.extend(std::mem::take(&mut self.turn).into_message());
    }
}

pub(super) fn message(role: &str, content: Value) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("role".to_owned(), json!(role));
    fields.insert("content".to_owned(), content);
    fields
}
