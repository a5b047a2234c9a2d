//! A `reasoning` item of the output: one stretch of thinking, shown as one part of a summary.

use serde_json::{Map, Value, json};

use super::frames::{Frames, Place};
use super::reasoning;

#[derive(Debug, Default)]
pub(super) struct Thought {
    /// Empty: a provider signed or encrypted thinking that it does not show.
    text: String,
    /// What must go back to the provider, packed.
    sealed: Option<String>,
}

const PART: Option<(&str, usize)> = Some(("\"summary_index\"", 0));

impl Thought {
    /// Thinking that was not shown.
    pub(super) fn sealed(block: &Value) -> Self {
        Self { text: String::new(), sealed: Some(reasoning::seal(block)) }
    }

    pub(super) fn think(&mut self, delta: &str, place: Place<'_>, frames: &mut Frames<'_>) {
        if self.text.is_empty() {
            frames.event_at(
                place,
                "response.reasoning_summary_part.added",
                || json!({ "summary_index": 0, "part": summary_part("") }),
            );
        }
        self.text.push_str(delta);
        frames.delta(place, "response.reasoning_summary_text.delta", PART, delta, None);
    }

    /// Takes the provider's signature over all of it.
    pub(super) fn sign(&mut self, signature: &str) {
        let block = json!({ "type": "thinking", "thinking": self.text, "signature": signature });
        self.sealed = Some(reasoning::seal(&block));
    }

    pub(super) fn close(&self, place: Place<'_>, frames: &mut Frames<'_>) {
        if self.text.is_empty() {
            return;
        }
        frames.event_at(
            place,
            "response.reasoning_summary_text.done",
            || json!({ "summary_index": 0, "text": self.text }),
        );
        frames.event_at(
            place,
            "response.reasoning_summary_part.done",
            || json!({ "summary_index": 0, "part": summary_part(&self.text) }),
        );
    }

    /// Adds the item's own fields.
    pub(super) fn put(&self, fields: &mut Map<String, Value>) {
        let summary = if self.text.is_empty() { json!([]) } else { json!([summary_part(&self.text)]) };
        fields.insert("summary".to_owned(), summary);
        if let Some(sealed) = &self.sealed {
            fields.insert("encrypted_content".to_owned(), sealed.as_str().into());
        }
    }
}

fn summary_part(text: &str) -> Value {
    json!({ "type": "summary_text", "text": text })
}
