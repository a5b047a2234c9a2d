//! A message of the output: texts and refusals, as parts in order.

use serde_json::{Value, json};

use super::frames::{Frames, Place};

#[derive(Debug, Default)]
pub(super) struct Message {
    /// The last one is being written.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    kind: Kind,
    text: String,
    annotations: Vec<Value>,
    logprobs: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
}

const CONTENT_INDEX: &str = "\"content_index\"";

impl Message {
    pub(super) fn say(&mut self, kind: Kind, delta: &str, place: Place<'_>, frames: &mut Frames<'_>) {
        let (index, part) = self.open(kind, place, frames);
        part.text.push_str(delta);
        let at = Some((CONTENT_INDEX, index));
        match kind {
            Kind::Text => frames.delta(place, "response.output_text.delta", at, delta, Some(&[])),
            Kind::Refusal => frames.delta(place, "response.refusal.delta", at, delta, None),
        }
    }

    pub(super) fn cite(&mut self, annotations: Vec<Value>, place: Place<'_>, frames: &mut Frames<'_>) {
        let (index, part) = self.open(Kind::Text, place, frames);
        for annotation in annotations {
            frames.event_at(place, "response.output_text.annotation.added", || {
                let number = part.annotations.len();
                json!({ "content_index": index, "annotation_index": number, "annotation": annotation })
            });
            part.annotations.push(annotation);
        }
    }

    /// Log probabilities of the text before them. They come after it, so they get a delta of their own, without
    /// text.
    pub(super) fn weigh(&mut self, logprobs: Vec<Value>, place: Place<'_>, frames: &mut Frames<'_>) {
        let index = self.parts.len().saturating_sub(1);
        let Some(part) = self.parts.last_mut().filter(|part| part.kind == Kind::Text) else { return };
        let at = Some((CONTENT_INDEX, index));
        frames.delta(place, "response.output_text.delta", at, "", Some(&logprobs));
        part.logprobs.extend(logprobs);
    }

    /// Ends the last part.
    pub(super) fn close(&self, place: Place<'_>, frames: &mut Frames<'_>) {
        let Some(part) = self.parts.last() else { return };
        let index = self.parts.len() - 1;
        match part.kind {
            Kind::Text => frames.event_at(
                place,
                "response.output_text.done",
                || json!({ "content_index": index, "text": part.text, "logprobs": part.logprobs }),
            ),
            Kind::Refusal => frames.event_at(
                place,
                "response.refusal.done",
                || json!({ "content_index": index, "refusal": part.text }),
            ),
        }
        frames.event_at(
            place,
            "response.content_part.done",
            || json!({ "content_index": index, "part": part.value() }),
        );
    }

    /// The last part, if it is of that kind, else a new one after it.
    fn open(&mut self, kind: Kind, place: Place<'_>, frames: &mut Frames<'_>) -> (usize, &mut Part) {
        if self.parts.last().is_none_or(|part| part.kind != kind) {
            self.close(place, frames);
            let part = Part { kind, text: String::new(), annotations: Vec::new(), logprobs: Vec::new() };
            frames.event_at(
                place,
                "response.content_part.added",
                || json!({ "content_index": self.parts.len(), "part": part.value() }),
            );
            self.parts.push(part);
        }
        let index = self.parts.len() - 1;
        (index, &mut self.parts[index])
    }

    pub(super) fn content(&self) -> Value {
        self.parts.iter().map(Part::value).collect()
    }

    /// Appends the visible text.
    pub(super) fn text(&self, text: &mut String) {
        for part in self.parts.iter().filter(|part| part.kind == Kind::Text) {
            text.push_str(&part.text);
        }
    }
}

impl Part {
    fn value(&self) -> Value {
        match self.kind {
            Kind::Text => json!({
                "type": "output_text",
                "annotations": self.annotations,
                "logprobs": self.logprobs,
                "text": self.text,
            }),
            Kind::Refusal => json!({ "type": "refusal", "refusal": self.text }),
        }
    }
}

/// A citation in the form of this API: flat (api.md §3.4 nests it under its type).
pub(super) fn annotation(annotation: Value) -> Value {
    let Some(kind) = annotation.get("type").and_then(Value::as_str) else { return annotation };
    match annotation.get(kind) {
        Some(Value::Object(fields)) => {
            let mut flat = json!({ "type": kind });
            for (name, value) in fields {
                flat[name] = value.clone();
            }
            flat
        }
        _ => annotation,
    }
}
