//! Events to the server-sent events of a streamed response, from `response.created` to the one that ends it.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::ending::{self, incomplete_reason, response_id};
use super::frames::Frames;
use super::output::Output;
use super::{Preview, error};
use crate::encode::ChunkIdentity;
use crate::event::Event;
use crate::response::parse;
use crate::usage::Usage;

/// Writes one response.
#[derive(Debug)]
pub struct ResponseEncoder {
    identity: ChunkIdentity,
    preview: Preview,
    tier: Option<String>,
    has_begun: bool,
    is_over: bool,
    sequence: u64,
    output: Output,
    finish: Option<String>,
    usage: Option<Usage>,
}

impl ResponseEncoder {
    /// An encoder that has written nothing. Fields of an [`Event::Meta`] replace those of `identity`.
    pub fn new(identity: ChunkIdentity, preview: Preview) -> Self {
        let output = Output::new(preview.keeps_blocks);
        let mut encoder = Self {
            identity,
            preview,
            tier: None,
            has_begun: false,
            is_over: false,
            sequence: 0,
            output,
            finish: None,
            usage: None,
        };
        encoder.identity.id = response_id(&encoder.identity.id);
        encoder
    }

    /// Appends the server-sent events for an event; there may be none. A response is one choice, so those of
    /// others are left out.
    ///
    /// [`Event::Malformed`] is the reader's to turn into an error.
    pub fn encode_sse(&mut self, choice: u32, event: &Event<'_>, out: &mut Vec<u8>) {
        if choice != 0 || self.is_over {
            return;
        }
        match event {
            Event::Usage { usage } => self.usage = serde_json::from_str(usage.get()).ok(),
            Event::Routing { routing } => self.complete(Some(routing), out),
            Event::Done {} => self.complete(None, out),
            Event::Error { error } => self.fail(error, out),
            event => self.push(event, Some(out)),
        }
    }

    /// Takes an event before the end, and writes if there is somewhere to write to.
    pub(super) fn push(&mut self, event: &Event<'_>, out: Option<&mut Vec<u8>>) {
        match event {
            Event::Meta { id, model, created } => {
                if let Some(id) = id {
                    self.identity.id = response_id(id);
                }
                if let Some(model) = model {
                    model.as_ref().clone_into(&mut self.identity.model);
                }
                self.identity.created = created.unwrap_or(self.identity.created);
                self.begin(out);
            }
            Event::Service { tier, .. } => {
                self.tier = tier.as_deref().map(str::to_owned).or(self.tier.take());
            }
            Event::Finish { reason, .. } => self.finish = Some(reason.to_string()),
            Event::Malformed { .. } => {}
            event => {
                let mut out = out;
                self.begin(out.as_deref_mut());
                self.output.push(event, &mut Frames { sequence: &mut self.sequence, out });
            }
        }
    }

    /// Ends the output and returns the response object.
    pub(super) fn finish(
        &mut self,
        usage: Option<&Usage>,
        out: Option<&mut Vec<u8>>,
    ) -> (&'static str, Map<String, Value>) {
        let reason = incomplete_reason(self.finish.as_deref());
        self.output.finish(reason.is_some(), &mut Frames { sequence: &mut self.sequence, out });
        let status = if reason.is_some() { "incomplete" } else { "completed" };
        let mut response = self.object(status);
        if let Some(reason) = reason {
            response.insert("incomplete_details".to_owned(), json!({ "reason": reason }));
        }
        if let Some(usage) = usage {
            response.insert("usage".to_owned(), ending::usage(usage));
        }
        (status, response)
    }

    fn begin(&mut self, out: Option<&mut Vec<u8>>) {
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        self.identity.id.trim_start_matches("resp_").clone_into(&mut self.output.reply_id);
        if out.is_some() {
            let response = json!({ "response": self.object("in_progress") });
            let mut frames = Frames { sequence: &mut self.sequence, out };
            frames.event("response.created", || response.clone());
            frames.event("response.in_progress", || response);
        }
    }

    fn complete(&mut self, routing: Option<&RawValue>, out: &mut Vec<u8>) {
        self.is_over = true;
        self.begin(Some(out));
        let usage = self.usage.take();
        let (status, mut response) = self.finish(usage.as_ref(), Some(out));
        let mut fields = Map::new();
        if let Some(routing) = routing {
            // On the response for this API's own clients, on the event for those that look at its end only.
            let routing = error::routing_in_our_words(parse(routing));
            response.insert("routing_metadata".to_owned(), routing.clone());
            fields.insert("routing_metadata".to_owned(), routing);
        }
        fields.insert("response".to_owned(), response.into());
        let mut frames = Frames { sequence: &mut self.sequence, out: Some(out) };
        frames.event(&format!("response.{status}"), || fields.into());
    }

    /// The flat event that clients raise, and then an end, for those that wait for one.
    fn fail(&mut self, error: &RawValue, out: &mut Vec<u8>) {
        self.is_over = true;
        self.begin(Some(out));
        let error = error::of_event(error.get());
        // What is open has no end of its own; the response shows it as it was left.
        self.output.finish(true, &mut Frames { sequence: &mut self.sequence, out: None });
        let mut response = self.object("failed");
        let mut frames = Frames { sequence: &mut self.sequence, out: Some(out) };
        frames.event("error", || error::flat(&error));
        response.insert("error".to_owned(), error.into());
        frames.event("response.failed", || json!({ "response": response }));
    }

    fn object(&self, status: &str) -> Map<String, Value> {
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("id", self.identity.id.as_str().into());
        put("object", "response".into());
        put("created_at", self.identity.created.into());
        put("status", status.into());
        put("error", Value::Null);
        put("incomplete_details", Value::Null);
        put("model", self.identity.model.as_str().into());
        put("output", self.output.values().into());
        put("output_text", self.output.text().into());
        put("service_tier", self.tier.as_deref().into());
        put("usage", Value::Null);
        object.extend(self.preview.fields.clone());
        object
    }
}
