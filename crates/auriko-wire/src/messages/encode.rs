//! Events to the server-sent events of a streamed message: `message_start`, the blocks, `message_delta`,
//! `message_stop`.

use serde_json::json;
use serde_json::value::RawValue;

use super::blocks::{Blocks, Kind, write_text};
use super::ending::{Ending, Preview, citation, message_id, usage};
use super::error::error_of_event;
use super::tool_calls::{Fragment, ToolCalls};
use crate::encode::ChunkIdentity;
use crate::event::Event;
use crate::usage::Usage;

/// Writes one streamed message.
#[derive(Debug)]
pub struct MessageEncoder {
    id: String,
    model: String,
    preview: Preview,
    has_begun: bool,
    is_over: bool,
    blocks: Blocks,
    calls: ToolCalls,
    /// Content that came between the pieces of a call.
    held: Vec<Event<'static>>,
    ending: Ending,
    usage: Usage,
    explanation: Option<Box<RawValue>>,
}

impl MessageEncoder {
    /// An encoder that has written nothing. Fields of an [`Event::Meta`] replace those of `identity`.
    pub fn new(identity: ChunkIdentity, preview: Preview) -> Self {
        Self {
            id: message_id(&identity.id),
            model: identity.model,
            preview,
            has_begun: false,
            is_over: false,
            blocks: Blocks::default(),
            calls: ToolCalls::default(),
            held: Vec::new(),
            ending: Ending::default(),
            usage: Usage::default(),
            explanation: None,
        }
    }

    /// Adds `routing_explanation` to the event with the routing metadata.
    #[must_use]
    pub fn with_explanation(mut self, explanation: Option<Box<RawValue>>) -> Self {
        self.explanation = explanation;
        self
    }

    /// Appends the server-sent events for an event; there may be none. A message is one choice, so those of
    /// others are left out, and so are images and log probabilities, for which there are no blocks.
    ///
    /// [`Event::Malformed`] is the reader's to turn into an error.
    pub fn encode_sse(&mut self, choice: u32, event: &Event<'_>, out: &mut Vec<u8>) {
        if choice != 0 || self.is_over {
            return;
        }
        match event {
            Event::Meta { id, model, .. } => {
                if let Some(id) = id {
                    self.id = message_id(id);
                }
                if let Some(model) = model {
                    model.as_ref().clone_into(&mut self.model);
                }
                self.begin(out);
            }
            Event::ToolCall { index, id, name, arguments, signature } => {
                self.begin(out);
                let (id, name, signature) = (id.as_ref(), name.as_ref(), signature.as_ref());
                let fragment = Fragment { index: *index, id, name, arguments, signature };
                self.ending.has_called = true;
                self.calls.push(&fragment, &self.id, &mut self.blocks, out);
                if !self.calls.is_open() {
                    self.release(out);
                }
            }
            Event::Text { .. }
            | Event::Reasoning { .. }
            | Event::Signature { .. }
            | Event::Redacted { .. }
            | Event::Refusal { .. }
            | Event::Annotations { .. } => {
                self.begin(out);
                if self.calls.is_open() {
                    self.held.push(event.clone().into_owned());
                } else {
                    self.content(event, out);
                }
            }
            Event::Finish { reason, native } => {
                self.ending.finish = Some(reason.clone().into_owned());
                self.ending.native = native.clone().map(Into::into);
            }
            Event::Usage { usage } => self.usage = serde_json::from_str(usage.get()).unwrap_or_default(),
            Event::Routing { routing } => self.end(Some(routing), out),
            Event::Done {} => self.end(None, out),
            Event::Error { error } => {
                self.is_over = true;
                write_frame("error", &error_of_event(error.get()), out);
            }
            Event::Image { .. }
            | Event::Logprobs { .. }
            | Event::Service { .. }
            | Event::Malformed { .. } => {}
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        let input_tokens = self.preview.input_tokens;
        let message = json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(&Usage { prompt_tokens: input_tokens, ..Usage::default() }),
        });
        write_frame("message_start", &json!({ "type": "message_start", "message": message }), out);
    }

    /// Writes what had to wait for a call's end.
    fn release(&mut self, out: &mut Vec<u8>) {
        for event in std::mem::take(&mut self.held) {
            self.content(&event, out);
        }
    }

    fn content(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        self.calls.finish(&self.id, &mut self.blocks, out);
        match event {
            Event::Text { delta } => self.text(delta, out),
            Event::Refusal { delta } => {
                self.ending.has_refused = true;
                self.text(delta, out);
            }
            Event::Reasoning { delta } => {
                self.think(out);
                self.blocks.delta("\"thinking_delta\"", "\"thinking\"", delta, out);
            }
            Event::Signature { signature } => {
                self.think(out);
                self.blocks.delta("\"signature_delta\"", "\"signature\"", signature, out);
                self.blocks.sign();
            }
            Event::Redacted { data } => {
                self.blocks.start(Kind::Other, out, |out| {
                    out.extend_from_slice(br#"{"type":"redacted_thinking","data":"#);
                    write_text(out, data);
                    out.push(b'}');
                });
                self.blocks.close(out);
            }
            Event::Annotations { annotations } => self.cite(annotations, out),
            _ => {}
        }
    }

    fn text(&mut self, delta: &str, out: &mut Vec<u8>) {
        if self.blocks.open() != Some(Kind::Text) {
            self.blocks.start(Kind::Text, out, |out| out.extend_from_slice(br#"{"type":"text","text":""}"#));
        }
        self.blocks.delta("\"text_delta\"", "\"text\"", delta, out);
    }

    /// Makes sure that a block of thinking without a signature is open.
    fn think(&mut self, out: &mut Vec<u8>) {
        if self.blocks.open() != Some(Kind::Thinking) {
            self.blocks.start(Kind::Thinking, out, |out| {
                out.extend_from_slice(br#"{"type":"thinking","thinking":"","signature":""}"#);
            });
        }
    }

    /// Citations belong to the text before them.
    fn cite(&mut self, annotations: &RawValue, out: &mut Vec<u8>) {
        let items: Vec<serde_json::Value> = serde_json::from_str(annotations.get()).unwrap_or_default();
        let citations: Vec<_> = items.iter().filter_map(citation).collect();
        if citations.is_empty() {
            return;
        }
        if self.blocks.open() != Some(Kind::Text) {
            self.text("", out);
        }
        for citation in citations {
            let delta = json!({ "type": "citations_delta", "citation": citation });
            self.blocks.write_delta(out, |out| {
                serde_json::to_writer(out, &delta).expect("a citation serialises into memory");
            });
        }
    }

    fn end(&mut self, routing: Option<&RawValue>, out: &mut Vec<u8>) {
        self.begin(out);
        self.calls.finish(&self.id, &mut self.blocks, out);
        self.release(out);
        self.blocks.close(out);
        let (reason, sequence) = self.ending.describe(&self.preview);
        let delta = json!({ "stop_reason": reason, "stop_sequence": sequence });
        let usage = usage(&self.usage);
        write_frame(
            "message_delta",
            &json!({ "type": "message_delta", "delta": delta, "usage": usage }),
            out,
        );
        let mut stop = json!({ "type": "message_stop" });
        if let Some(routing) = routing {
            stop["routing_metadata"] = serde_json::from_str(routing.get()).unwrap_or_default();
            if let Some(explanation) = self.explanation.take() {
                stop["routing_explanation"] = serde_json::from_str(explanation.get()).unwrap_or_default();
            }
        }
        write_frame("message_stop", &stop, out);
        self.is_over = true;
    }
}

fn write_frame(name: &str, data: &serde_json::Value, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    serde_json::to_writer(&mut *out, data).expect("a JSON value serialises into memory");
    out.extend_from_slice(b"\n\n");
}
