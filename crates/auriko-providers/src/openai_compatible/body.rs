//! The object that is sent, collected field by field and written once. What is sent as the caller wrote it is
//! borrowed until then.

use auriko_wire::request::Message;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The fields, in order. There are some twenty at most before the extensions, which come last.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Body<'a> {
    #[serde(serialize_with = "as_object")]
    fields: Vec<(Cow<'a, str>, Field<'a>)>,
}

/// What a field holds.
#[derive(Serialize)]
#[serde(untagged)]
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
        serde_json::to_vec(self).expect("a JSON object serialises")
    }
}

fn as_object<S: Serializer>(fields: &[(Cow<'_, str>, Field<'_>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, field)| (name, field)))
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
        body.extend(extensions.clone());
        let mut map = Map::new();
        for (name, value) in
            [("a", json!("text")), ("b", borrowed.clone()), ("c", json!(1)), ("b", json!(null))]
        {
            map.insert(name.to_owned(), value);
        }
        map.extend(extensions.clone());
        assert_eq!(body.write(), serde_json::to_vec(&map).expect("serialises"));
    }
}
