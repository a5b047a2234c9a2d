//! The object that is sent, collected field by field and written once. What is sent as the caller wrote it is
//! borrowed until then.

use std::borrow::Cow;

use auriko_wire::request::Message;
use auriko_wire::{json_text, json_value};
use serde_json::{Map, Value};

/// The fields, in order. There are some twenty at most before the extensions, which come last.
#[derive(Default)]
pub(super) struct Body<'a> {
    fields: Vec<(Cow<'a, str>, Field<'a>)>,
}

/// What a field holds.
pub(super) enum Field<'a> {
    /// Any JSON.
    Value(Cow<'a, Value>),
    /// Text.
    Text(&'a str),
    /// The conversation.
    Messages(Vec<Cow<'a, Message>>),
}

impl<'a> Body<'a> {
    /// Sets a field; one that is set already keeps its place.
    pub(super) fn put(&mut self, name: &'a str, field: impl Into<Field<'a>>) {
        let field = field.into();
        match self.fields.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = field,
            None => self.fields.push((Cow::Borrowed(name), field)),
        }
    }

    /// Sets fields of which there may be many.
    pub(super) fn extend(&mut self, mut extensions: Map<String, Value>) {
        for (name, old) in &mut self.fields {
            if let Some(value) = extensions.shift_remove(&**name) {
                *old = Field::from(value);
            }
        }
        let new = extensions.into_iter().map(|(name, value)| (Cow::Owned(name), Field::from(value)));
        self.fields.extend(new);
    }

    /// As JSON.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.push(b'{');
        for (position, (name, field)) in self.fields.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            json_text::write(&mut out, name);
            out.push(b':');
            field.write(&mut out);
        }
        out.push(b'}');
        out
    }
}

impl Field<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Value(value) => json_value::write(out, value),
            Self::Text(text) => json_text::write(out, text),
            Self::Messages(messages) => {
                out.push(b'[');
                for (position, message) in messages.iter().enumerate() {
                    if position > 0 {
                        out.push(b',');
                    }
                    json_value::write_object(out, message.fields());
                }
                out.push(b']');
            }
        }
    }
}

impl From<Value> for Field<'_> {
    fn from(value: Value) -> Self {
        Self::Value(Cow::Owned(value))
    }
}

impl<'a> From<&'a Value> for Field<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<Vec<Cow<'a, Message>>> for Field<'a> {
    fn from(messages: Vec<Cow<'a, Message>>) -> Self {
        Self::Messages(messages)
    }
}

#[cfg(test)]
mod tests {
    use auriko_wire::request::ChatRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_set_as_in_a_map() {
        let borrowed = json!({ "b": 1 });
        let extensions = json!({ "x": 1, "a": [2], "y": "\"" });
        let extensions = extensions.as_object().expect("an object");
        let mut body = Body::default();
        body.put("a", "text");
        body.put("b", &borrowed);
        body.put("c", json!(1));
        body.put("b", json!(null));
        let messages = json!([{ "role": "user", "content": "x\ny" }, { "role": "user", "content": [] }]);
        let request = json!({ "messages": messages }).to_string();
        let request = ChatRequest::parse(request.as_bytes()).expect("a valid request");
        body.put("m", request.messages.iter().map(Cow::Borrowed).collect::<Vec<_>>());
        body.extend(extensions.clone());
        let mut map = Map::new();
        let put = [("a", json!("text")), ("b", json!(null)), ("c", json!(1)), ("m", messages)];
        map.extend(put.map(|(name, value)| (name.to_owned(), value)));
        map.extend(extensions.clone());
        assert_eq!(body.write(), serde_json::to_vec(&map).expect("serialises"));
    }
}
