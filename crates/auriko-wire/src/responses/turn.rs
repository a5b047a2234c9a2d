//! One turn of the assistant: its items, which are one message in chat completions.

use serde_json::{Map, Value, json};

use super::content::{self, Part};
use super::input::message;
use super::reasoning;
use crate::request::fields::Fields;
use crate::request::{Message, RequestError};
use crate::routing_metadata::WarningType;

#[derive(Default)]
pub(super) struct Turn {
    parts: Vec<Part>,
    thoughts: String,
    blocks: Vec<Value>,
    calls: Vec<Value>,
    images: Vec<Value>,
    has_warned: bool,
}

impl Turn {
    /// A message item. Its parts are pieces of one text.
    pub(super) fn say(&mut self, parts: Vec<Part>) {
        match joined(&parts) {
            Some(text) if text.is_empty() => {}
            Some(text) => self.parts.push(content::text_part(text)),
            None => self.parts.extend(parts),
        }
    }

    /// A `reasoning` item.
    pub(super) fn think(&mut self, mut item: Fields, root: &mut Fields) -> Result<(), RequestError> {
        for (list, kind) in [("summary", "summary_text"), ("content", "reasoning_text")] {
            for (position, part) in item.array(list)?.unwrap_or_default().into_iter().enumerate() {
                let mut part = Fields::at(&item.param(&format!("{list}[{position}]")), part)?;
                if part.required_text("type")? != kind {
                    return Err(part.wrong("type", kind));
                }
                self.thoughts.push_str(&part.required_text("text")?);
            }
        }
        let Some(sealed) = item.text("encrypted_content")?.filter(|sealed| !sealed.is_empty()) else {
            return Ok(());
        };
        match reasoning::open(&sealed) {
            Some(blocks) => self.blocks.extend(blocks),
            None if self.has_warned => {}
            None => {
                self.has_warned = true;
                let message = "`encrypted_content` that did not come from here was dropped.";
                root.warn(WarningType::UnsupportedFeature, "feature_ignored", message);
            }
        }
        Ok(())
    }

    /// A `function_call` item.
    pub(super) fn call(&mut self, mut item: Fields) -> Result<(), RequestError> {
        let id = item.required_text("call_id")?;
        let function =
            json!({ "name": item.required_text("name")?, "arguments": item.required_text("arguments")? });
        let mut call = Map::new();
        call.insert("id".to_owned(), id.into());
        call.insert("type".to_owned(), "function".into());
        call.insert("function".to_owned(), function);
        // Ours: it belongs to the calls of some providers (api.md §3.2).
        if let Some(signature) = item.text("provider_signature")? {
            call.insert("provider_signature".to_owned(), signature.into());
        }
        self.calls.push(call.into());
        Ok(())
    }

    /// An `image_generation_call` item: an image that the assistant made.
    pub(super) fn image(&mut self, mut item: Fields) -> Result<(), RequestError> {
        let Some(data) = item.text("result")? else { return Ok(()) };
        let format = item.text("output_format")?.unwrap_or_else(|| "png".to_owned());
        let mut image = Map::new();
        image.insert("type".to_owned(), "image".into());
        image.insert("mime_type".to_owned(), format!("image/{format}").into());
        image.insert("data".to_owned(), data.into());
        if let Some(signature) = item.text("thought_signature")? {
            image.insert("thought_signature".to_owned(), signature.into());
        }
        self.images.push(image.into());
        Ok(())
    }

    /// The message; `None` when there is nothing that an answer can follow: thinking alone is no turn.
    pub(super) fn into_message(self) -> Option<Message> {
        if self.parts.is_empty() && self.calls.is_empty() && self.images.is_empty() {
            return None;
        }
        let mut fields = message("assistant", content::content(self.parts, true));
        if !self.thoughts.is_empty() {
            fields.insert("reasoning_content".to_owned(), self.thoughts.into());
        }
        for (name, items) in [("reasoning", self.blocks), ("tool_calls", self.calls), ("images", self.images)]
        {
            if !items.is_empty() {
                fields.insert(name.to_owned(), items.into());
            }
        }
        Some(Message::from_fields(fields))
    }
}

/// The texts of the parts in one; `None` when not all are texts.
fn joined(parts: &[Part]) -> Option<String> {
    parts.iter().map(|part| part.get("text").and_then(Value::as_str)).collect()
}
