//! The completion object (api.md §3.4) as it is written: field by field into the text, without JSON values between.

use serde::Serialize;
use serde_json::Value;

use crate::encode::ChunkIdentity;
use crate::json_text;

/// What an object takes without its texts, bytes: seldom more than this, and never much more.
const REST: usize = 1024;

/// The object being written.
pub(super) struct Body(Vec<u8>);

/// One answer.
pub(super) struct Choice {
    pub(super) message: Message,
    pub(super) finish_reason: Option<String>,
    pub(super) logprobs: Option<Value>,
    pub(super) native_finish_reason: Option<String>,
}

/// Its message. What is empty is left out, but for `content`.
pub(super) struct Message {
    pub(super) content: Option<String>,
    pub(super) reasoning_content: Option<String>,
    pub(super) reasoning: Vec<Value>,
    pub(super) refusal: Option<String>,
    pub(super) tool_calls: Vec<Value>,
    pub(super) images: Vec<Value>,
    pub(super) annotations: Vec<Value>,
}

impl Body {
    /// Begins the object, which will hold some `text_bytes` of text.
    pub(super) fn new(identity: &ChunkIdentity, text_bytes: usize) -> Self {
        let mut body = Self(Vec::with_capacity(text_bytes + REST));
        body.0.extend_from_slice(b"{\"id\":");
        body.text(&identity.id);
        body.0.extend_from_slice(b",\"object\":\"chat.completion\"");
        body.field("created", &identity.created);
        body.0.extend_from_slice(b",\"model\":");
        body.text(&identity.model);
        body.0.extend_from_slice(b",\"choices\":[");
        body
    }

    pub(super) fn choice(&mut self, index: u32, choice: &Choice) {
        let message = &choice.message;
        if self.0.ends_with(b"}") {
            self.0.push(b',');
        }
        self.0.extend_from_slice(b"{\"index\":");
        self.value(&index);
        self.0.extend_from_slice(b",\"message\":{\"role\":\"assistant\",\"content\":");
        self.text_or_null(message.content.as_deref());
        self.optional_text("reasoning_content", message.reasoning_content.as_deref());
        self.list("reasoning", &message.reasoning);
        self.optional_text("refusal", message.refusal.as_deref());
        self.list("tool_calls", &message.tool_calls);
        self.list("images", &message.images);
        self.list("annotations", &message.annotations);
        self.0.extend_from_slice(b"},\"finish_reason\":");
        self.text_or_null(choice.finish_reason.as_deref());
        self.optional("logprobs", choice.logprobs.as_ref());
        self.optional_text("native_finish_reason", choice.native_finish_reason.as_deref());
        self.0.push(b'}');
    }

    pub(super) fn end_choices(&mut self) {
        self.0.push(b']');
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<&impl Serialize>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    pub(super) fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.name(name);
        self.value(value);
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).expect("JSON is UTF-8")
    }

    fn list(&mut self, name: &str, items: &[Value]) {
        if !items.is_empty() {
            self.field(name, items);
        }
    }

    fn optional_text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.name(name);
            self.text(text);
        }
    }

    fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.extend_from_slice(b"null"),
        }
    }

    fn name(&mut self, name: &str) {
        self.0.push(b',');
        self.text(name);
        self.0.push(b':');
    }

    /// Separates a field from those in front of it in its object.
    pub(super) fn comma(&mut self) {
        if !self.0.ends_with(b"{") {
            self.0.push(b',');
        }
    }

    pub(super) fn raw(&mut self, json: &[u8]) {
        self.0.extend_from_slice(json);
    }

    pub(super) fn text(&mut self, text: &str) {
        json_text::write(&mut self.0, text);
    }

    pub(super) fn value(&mut self, value: &(impl Serialize + ?Sized)) {
        serde_json::to_writer(&mut self.0, value).expect("plain data serialises into memory");
    }
}
