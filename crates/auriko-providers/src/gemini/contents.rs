//! The conversation: messages become `systemInstruction` and `contents`.
//!
//! Gemini knows two speakers, `user` and `model`; tool results are the user's. Messages of one speaker that
//! follow each other become one content, since the results of parallel calls must stand together; results and
//! words of the user stay apart, since Gemini counts the results of a content against the calls before it.

use std::collections::HashMap;

use auriko_wire::request::{Message, RequestError};
use serde_json::{Map, Value, json};

use super::media;
use super::model::Model;
use super::signature::{self, Place};

/// The conversation in Gemini's words.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Text parts.
    pub(super) system: Vec<Value>,
    /// At least one.
    pub(super) contents: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    User,
    Results,
    Model,
}

/// Reads all messages.
///
/// # Errors
/// Names the field that Gemini has no words for.
pub(super) fn convert(messages: &[Message], model: Model<'_>) -> Result<Conversation, RequestError> {
    let mut reading =
        Reading { model, conversation: Conversation::default(), turns: Vec::new(), names: HashMap::new() };
    for (position, message) in messages.iter().enumerate() {
        reading.read(&format!("messages[{position}]"), message)?;
    }
    let Reading { mut conversation, turns, .. } = reading;
    conversation.contents = turns
        .into_iter()
        .map(|(speaker, parts)| {
            let role = if speaker == Speaker::Model { "model" } else { "user" };
            json!({ "role": role, "parts": parts })
        })
        .collect();
    if conversation.contents.is_empty() {
        // Gemini wants something to answer.
        let parts = std::mem::take(&mut conversation.system);
        if parts.is_empty() {
            return Err(RequestError::invalid(
                "messages",
                "`messages` holds nothing to answer: every text is empty.",
            ));
        }
        conversation.contents.push(json!({ "role": "user", "parts": parts }));
    }
    Ok(conversation)
}

struct Reading<'a> {
    model: Model<'a>,
    conversation: Conversation,
    turns: Vec<(Speaker, Vec<Value>)>,
    /// Function names by the id of their call.
    names: HashMap<String, String>,
}

impl Reading<'_> {
    fn read(&mut self, param: &str, message: &Message) -> Result<(), RequestError> {
        match message.role() {
            "assistant" => self.assistant(param, message.fields()),
            "tool" => self.result(param, message),
            "user" => {
                let parts = parts_of(param, message.fields())?;
                self.say(Speaker::User, parts);
                Ok(())
            }
            _ => {
                let text = message.text();
                if !text.is_empty() {
                    self.conversation.system.push(json!({ "text": text }));
                }
                Ok(())
            }
        }
    }

    /// Adds to what that speaker said last, or begins a new content.
    fn say(&mut self, speaker: Speaker, parts: Vec<Value>) {
        if parts.is_empty() {
            return;
        }
        match self.turns.last_mut() {
            Some((last, said)) if *last == speaker => said.extend(parts),
            _ => self.turns.push((speaker, parts)),
        }
    }

    fn assistant(&mut self, param: &str, fields: &Map<String, Value>) -> Result<(), RequestError> {
        let mut parts = Vec::new();
        let mut on_text = None;
        let mut at_end = None;
        for block in fields.get("reasoning").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
            let Some((place, signature)) = signature::read(text("signature")) else { continue };
            let thought = text("thinking");
            let mut part = json!({ "text": thought, "thought": true });
            match place {
                Place::Thought => part["thoughtSignature"] = signature.into(),
                Place::Text => on_text = Some(signature),
                Place::End => at_end = Some(signature),
            }
            if place == Place::Thought || !thought.is_empty() {
                parts.push(part);
            }
        }
        let mut said = parts_of(param, fields)?;
        if let Some(refusal) = fields.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty()) {
            said.push(json!({ "text": refusal }));
        }
        if let (Some(signature), Some(last)) = (on_text, said.last_mut()) {
            last["thoughtSignature"] = signature.into();
        }
        parts.extend(said);
        parts.extend(images(fields));
        if let Some(signature) = at_end {
            parts.push(json!({ "text": "", "thoughtSignature": signature }));
        }
        parts.extend(self.calls(param, fields)?);
        self.say(Speaker::Model, parts);
        Ok(())
    }

    fn calls(&mut self, param: &str, fields: &Map<String, Value>) -> Result<Vec<Value>, RequestError> {
        let mut parts = Vec::new();
        let calls = fields.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
        for (position, call) in calls.enumerate() {
            let param = format!("{param}.tool_calls[{position}].function");
            let text = |pointer: &str| call.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let name = text("/function/name");
            if name.is_empty() {
                let param = format!("{param}.name");
                return Err(RequestError::missing(&param, format!("`{param}` is required.")));
            }
            let arguments = text("/function/arguments").trim();
            let arguments = if arguments.is_empty() { "{}" } else { arguments };
            let Ok(arguments) = serde_json::from_str::<Map<String, Value>>(arguments) else {
                let param = format!("{param}.arguments");
                return Err(RequestError::invalid(
                    &param,
                    format!("`{param}` must be the JSON text of an object."),
                ));
            };
            let mut function = json!({ "name": name, "args": arguments });
            let id = text("/id");
            if let Some(id) = signature::native_id(id) {
                function["id"] = id.into();
            }
            self.names.insert(id.to_owned(), name.to_owned());
            let mut part = json!({ "functionCall": function });
            let signed = text("/provider_signature");
            if !signed.is_empty() {
                part["thoughtSignature"] = signed.into();
            } else if parts.is_empty() && self.model.is_at_least(3, 0) {
                part["thoughtSignature"] = signature::FOREIGN.into();
            }
            parts.push(part);
        }
        Ok(parts)
    }

    fn result(&mut self, param: &str, message: &Message) -> Result<(), RequestError> {
        let fields = message.fields();
        let id = fields.get("tool_call_id").and_then(Value::as_str).unwrap_or_default();
        let named = fields.get("name").and_then(Value::as_str);
        let Some(name) = self.names.get(id).map(String::as_str).or(named) else {
            let param = format!("{param}.tool_call_id");
            let message = format!("`{param}` names no tool call of an earlier message.");
            return Err(RequestError::invalid(param, message));
        };
        let mut response = json!({ "name": name, "response": outcome(&message.text()) });
        if let Some(id) = signature::native_id(id) {
            response["id"] = id.into();
        }
        let files: Vec<_> =
            parts_of(param, fields)?.into_iter().filter(|part| part.get("text").is_none()).collect();
        let mut parts = Vec::new();
        if self.model.is_at_least(3, 0) && !files.is_empty() {
            response["parts"] = files.into();
        } else {
            parts = files;
        }
        parts.insert(0, json!({ "functionResponse": response }));
        self.say(Speaker::Results, parts);
        Ok(())
    }
}

/// The content of a message.
fn parts_of(param: &str, fields: &Map<String, Value>) -> Result<Vec<Value>, RequestError> {
    match fields.get("content") {
        Some(Value::String(text)) if !text.is_empty() => Ok(vec![json!({ "text": text })]),
        Some(Value::Array(items)) => {
            let mut parts = Vec::new();
            for (position, item) in items.iter().enumerate() {
                parts.extend(part(item, &format!("{param}.content[{position}]"))?);
            }
            Ok(parts)
        }
        _ => Ok(Vec::new()),
    }
}

/// An object is the result itself; anything else is wrapped, as the API describes it.
fn outcome(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => Value::Object(object),
        Ok(value) => json!({ "output": value }),
        Err(_) => json!({ "output": text }),
    }
}

/// Generated images of an earlier turn, so that they can be worked on.
fn images(fields: &Map<String, Value>) -> Vec<Value> {
    let images = fields.get("images").and_then(Value::as_array).into_iter().flatten();
    let parts = images.filter_map(|image| {
        let text = |key: &str| image.get(key).and_then(Value::as_str);
        let mut part = match (text("mime_type"), text("data")) {
            (Some(mime), Some(data)) => media::inline_data(mime, data),
            _ => media::part(image.pointer("/image_url/url")?.as_str()?, "images").ok()?,
        };
        if let Some(signature) = text("thought_signature") {
            part["thoughtSignature"] = signature.into();
        }
        Some(part)
    });
    parts.collect()
}

/// A part of a message; `None`: it says nothing.
fn part(item: &Value, param: &str) -> Result<Option<Value>, RequestError> {
    let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
    let required = |pointer: &str| {
        text(pointer).ok_or_else(|| {
            let param = format!("{param}{}", pointer.replace('/', "."));
            RequestError::missing(&param, format!("`{param}` is required."))
        })
    };
    match text("/type").unwrap_or_default() {
        "text" | "refusal" => {
            let said = text("/text").or(text("/refusal")).unwrap_or_default();
            Ok((!said.is_empty()).then(|| json!({ "text": said })))
        }
        "image_url" => {
            let url = text("/image_url").map_or_else(|| required("/image_url/url"), Ok)?;
            media::part(url, &format!("{param}.image_url.url")).map(Some)
        }
        "input_audio" => {
            let mime = match required("/input_audio/format")? {
                "mp3" => "audio/mpeg".to_owned(),
                format => format!("audio/{format}"),
            };
            Ok(Some(media::inline_data(&mime, required("/input_audio/data")?)))
        }
        "file" => media::part(required("/file/file_data")?, &format!("{param}.file.file_data")).map(Some),
        kind => {
            let message = format!("`{param}` is a part of type `{kind}`, which this provider does not take.");
            Err(RequestError::invalid(format!("{param}.type"), message))
        }
    }
}
