//! `delta.content` and its kin, which are a string nearly always and something else at some providers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Text, or typed parts (Mistral's reasoning models send `thinking` parts beside `text` parts).
#[derive(Debug, Default)]
pub(super) enum Content<'a> {
    #[default]
    None,
    Text(Cow<'a, str>),
    Parts(Vec<Part>),
}

/// One part of an array content, flattened to its text.
#[derive(Debug)]
pub(super) struct Part {
    is_thinking: bool,
    text: String,
}

impl Content<'_> {
    /// Calls `visit(is_thinking, text)` for every non-empty text in order.
    pub(super) fn each(&self, visit: &mut dyn FnMut(bool, &str)) {
        match self {
            Self::None => {}
            Self::Text(text) if text.is_empty() => {}
            Self::Text(text) => visit(false, text),
            Self::Parts(parts) => {
                for part in parts.iter().filter(|part| !part.text.is_empty()) {
                    visit(part.is_thinking, &part.text);
                }
            }
        }
    }
}

/// A reasoning field: only text counts. Some providers put an array of blocks there, which repeats the text.
#[derive(Debug, Default)]
pub(super) enum ReasoningField<'a> {
    #[default]
    None,
    Text(Cow<'a, str>),
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string, an array of parts, or null")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = sequence.next_element::<serde_json::Value>()? {
            let kind = part.get("type").and_then(|kind| kind.as_str()).unwrap_or_default();
            let (is_thinking, text) = match kind {
                "text" => (false, part.get("text").map(flatten).unwrap_or_default()),
                "thinking" => (true, part.get("thinking").map(flatten).unwrap_or_default()),
                _ => continue,
            };
            parts.push(Part { is_thinking, text });
        }
        Ok(Content::Parts(parts))
    }
}

/// The text of a part: a string, or an array of `{type: "text", text}`.
fn flatten(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect()
        }
        _ => String::new(),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ReasoningVisitor;

impl<'de> Visitor<'de> for ReasoningVisitor {
    type Value = ReasoningField<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(ReasoningField::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(ReasoningField::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ReasoningField::None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(ReasoningField::None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(ReasoningField::None)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ReasoningField<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReasoningVisitor)
    }
}
