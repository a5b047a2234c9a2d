//! One message of the conversation (api.md §3.2): its role is checked, the rest is kept as sent.

use serde::Serialize;
use serde_json::{Map, Value};

use super::RequestError;
use super::fields::wrong;
use crate::lookup::find;

/// Where parts name files.
const LINKS: [&str; 4] = ["/image_url/url", "/image_url", "/file/file_data", "/file/file_url"];

fn is_link(url: &str) -> bool {
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// A message with one of the known roles. Serialises as the wire object, without its `null` fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Message {
    fields: Map<String, Value>,
}

impl Message {
    /// From a wire object that is known to have a valid role and content.
    pub fn from_fields(fields: Map<String, Value>) -> Self {
        Self { fields }
    }

    /// `system`, `developer`, `user`, `assistant` or `tool`.
    pub fn role(&self) -> &str {
        self.field("role").and_then(Value::as_str).unwrap_or_default()
    }

    /// A field of the wire object.
    pub fn field(&self, name: &str) -> Option<&Value> {
        find(&self.fields, name)
    }

    /// The wire object.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The wire object, to be changed on its way to a provider.
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }

    /// The visible text: the content itself, or its text parts one after the other.
    pub fn text(&self) -> String {
        match self.field("content") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => {
                parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        }
    }

    /// Parts that are images.
    pub fn image_count(&self) -> usize {
        self.part_types().filter(|kind| *kind == "image_url").count()
    }

    /// Files that the content names by their URL: position of the part, pointer into it, URL.
    pub fn links(&self) -> impl Iterator<Item = (usize, &'static str, &str)> {
        let parts = self.field("content").and_then(Value::as_array).into_iter().flatten();
        parts.enumerate().flat_map(|(position, part)| {
            LINKS.iter().filter_map(move |pointer| {
                let url = part.pointer(pointer)?.as_str()?;
                is_link(url).then_some((position, *pointer, url))
            })
        })
    }

    /// Puts another URL in the place of a link.
    pub fn set_link(&mut self, position: usize, pointer: &str, url: String) {
        let part = self.fields.get_mut("content").and_then(|content| content.get_mut(position));
        if let Some(link) = part.and_then(|part| part.pointer_mut(pointer)) {
            *link = Value::String(url);
        }
    }

    /// The calls of an assistant's message, as sent.
    pub(super) fn tool_calls(&self) -> Option<&Value> {
        self.field("tool_calls")
    }

    /// Bytes of the visible text.
    pub(super) fn text_bytes(&self) -> usize {
        match self.field("content") {
            Some(Value::String(text)) => text.len(),
            Some(Value::Array(parts)) => {
                parts.iter().filter_map(|part| Some(part.get("text")?.as_str()?.len())).sum()
            }
            _ => 0,
        }
    }

    /// The `type` of every part; none when the content is plain text.
    pub fn part_types(&self) -> impl Iterator<Item = &str> {
        let parts = self.field("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        parts.iter().filter_map(|part| part.get("type")?.as_str())
    }
}

pub(super) fn read_all(value: Option<Value>) -> Result<Vec<Message>, RequestError> {
    let Some(value) = value else {
        return Err(RequestError::missing("messages", "`messages` is required."));
    };
    let Value::Array(items) = value else { return Err(wrong("messages", "an array")) };
    if items.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` must hold at least one message."));
    }
    items.into_iter().enumerate().map(|(position, item)| read(position, item)).collect()
}

fn read(position: usize, item: Value) -> Result<Message, RequestError> {
    let param = |field: &str| format!("messages[{position}]{field}");
    let Value::Object(mut fields) = item else { return Err(wrong(&param(""), "an object")) };
    // Some providers refuse explicit nulls (api.md §3.2).
    fields.retain(|key, value| !value.is_null() || (key == "content"));
    let Some(role) = find(&fields, "role") else {
        return Err(RequestError::missing(param(".role"), format!("`{}` is required.", param(".role"))));
    };
    let role = role.as_str().unwrap_or_default();
    if !matches!(role, "system" | "developer" | "user" | "assistant" | "tool") {
        let expected = "one of system, developer, user, assistant, tool";
        return Err(wrong(&param(".role"), expected));
    }
    match find(&fields, "content") {
        Some(Value::String(_)) => {}
        Some(Value::Array(parts)) if parts.iter().all(Value::is_object) => {}
        None | Some(Value::Null) if role == "assistant" => {}
        None | Some(Value::Null) => {
            return Err(RequestError::missing(
                param(".content"),
                format!("`{}` is required for the role `{role}`.", param(".content")),
            ));
        }
        Some(_) => return Err(wrong(&param(".content"), "a string or an array of parts")),
    }
    if find(&fields, "tool_calls").is_some_and(|calls| !calls.is_array()) {
        return Err(wrong(&param(".tool_calls"), "an array"));
    }
    if role == "tool" && !find(&fields, "tool_call_id").is_some_and(Value::is_string) {
        return Err(RequestError::missing(
            param(".tool_call_id"),
            format!("`{}` must name the call that the message answers.", param(".tool_call_id")),
        ));
    }
    Ok(Message { fields })
}
