//! Events to chat-completion chunks: the one encoder behind the HTTP stream and the embedded one.
//!
//! It keeps the order that api.md §3.11 asks for: the role first, usage and routing metadata together in the
//! last chunk. The frequent events are written straight into the output, without building JSON values.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::event::Event;
use crate::json_text;
use crate::run::{DeltaKind, Run};

/// What stands before and behind the JSON of a frame.
const FIELD: &[u8] = b"data: ";
const END: &[u8] = b"\n\n";

/// What stands behind the text of a delta, its closing quotation mark included.
const AFTER_TEXT: &[u8] = b"\"},\"finish_reason\":null}]}\n\n";

const CONTENT: &[u8] = b"\"content\":";
const REASONING: &[u8] = b"\"reasoning_content\":";

/// What every chunk of one reply says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkIdentity {
    /// Completion id.
    pub id: String,
    /// The provider's model id.
    pub model: String,
    /// Unix seconds.
    pub created: u64,
}

/// Writes the chunks of one reply.
#[derive(Debug)]
pub struct ChunkEncoder {
    identity: ChunkIdentity,
    fingerprint: Option<String>,
    tier: Option<String>,
    /// `{"id":…,"choices":[` as written before every chunk.
    head: Vec<u8>,
    /// What the last delta of text was written behind.
    around: Around,
    choices: BTreeMap<u32, ChoiceState>,
    /// Held back until the routing metadata comes, since both belong into one chunk.
    usage: Option<Box<RawValue>>,
    explanation: Option<Box<RawValue>>,
}

/// The chunks of one stream are alike but for a few characters of text: what stands in front of it, and what of.
#[derive(Debug, Default)]
struct Around {
    choice: u32,
    name: &'static [u8],
    /// The frame up to the text, its opening quotation mark included. Empty: nothing is remembered.
    before: Vec<u8>,
}

impl Around {
    fn is_of(&self, choice: u32, name: &'static [u8]) -> bool {
        !self.before.is_empty() && self.choice == choice && self.name == name
    }
}

#[derive(Debug, Default)]
struct ChoiceState {
    role_sent: bool,
    /// Index of the tool call being written, for providers that number none.
    tool_call: Option<u32>,
}

impl ChunkEncoder {
    /// An encoder that has written nothing. Fields of an [`Event::Meta`] replace those of `identity`.
    pub fn new(identity: ChunkIdentity) -> Self {
        let mut encoder = Self {
            identity,
            fingerprint: None,
            tier: None,
            head: Vec::new(),
            around: Around::default(),
            choices: BTreeMap::new(),
            usage: None,
            explanation: None,
        };
        encoder.write_head();
        encoder
    }

    /// Adds `routing_explanation` to the chunk with the routing metadata.
    #[must_use]
    pub fn with_explanation(mut self, explanation: Option<Box<RawValue>>) -> Self {
        self.explanation = explanation;
        self
    }

    /// Appends the chunk for an event, one line of JSON. Returns whether there was something to write.
    ///
    /// [`Event::Usage`] and [`Event::Service`] wait for a later chunk; [`Event::Done`] writes the usage that
    /// no
    /// routing metadata came for; [`Event::Malformed`] is the reader's to turn into an error.
    pub fn encode(&mut self, choice: u32, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        match event {
            Event::Meta { id, model, created } => {
                self.identify(id.as_deref(), model.as_deref(), *created);
                self.delta(choice, out, |out| out.extend_from_slice(br#""content":"""#));
            }
            Event::Text { delta } => self.text(choice, CONTENT, delta, out),
            Event::Reasoning { delta } => self.text(choice, REASONING, delta, out),
            Event::Signature { signature } => self.text(choice, b"\"reasoning_signature\":", signature, out),
            Event::Redacted { data } => self.text(choice, b"\"reasoning_redacted_data\":", data, out),
            Event::Refusal { delta } => self.text(choice, b"\"refusal\":", delta, out),
            Event::ToolCall { index, id, name, arguments, signature } => {
                let index = self.tool_index(choice, *index, id.is_some());
                self.delta(choice, out, |out| {
                    out.extend_from_slice(br#""tool_calls":[{"index":"#);
                    write_number(out, u64::from(index));
                    if let Some(id) = id {
                        write_field(out, b",\"id\":", id);
                    }
                    out.extend_from_slice(br#","type":"function","function":{"#);
                    if let Some(name) = name {
                        write_field(out, b"\"name\":", name);
                        out.push(b',');
                    }
                    write_field(out, b"\"arguments\":", arguments);
                    out.push(b'}');
                    if let Some(signature) = signature {
                        write_field(out, b",\"provider_signature\":", signature);
                    }
                    out.extend_from_slice(b"}]");
                });
            }
            Event::Image { image } => self.raw(choice, b"\"images\":[", image, b"]", out),
            Event::Annotations { annotations } => {
                self.raw(choice, b"\"annotations\":", annotations, b"", out);
            }
            Event::Logprobs { logprobs } => {
                self.choice(
                    choice,
                    out,
                    |_, _| {},
                    |out| {
                        out.extend_from_slice(b",\"logprobs\":");
                        out.extend_from_slice(logprobs.get().as_bytes());
                    },
                );
            }
            Event::Finish { reason, native } => self.choice(
                choice,
                out,
                |_, _| {},
                |out| {
                    write_field(out, b",\"finish_reason\":", reason);
                    if let Some(native) = native {
                        write_field(out, b",\"native_finish_reason\":", native);
                    }
                },
            ),
            Event::Usage { usage } => {
                self.usage = Some(usage.clone().into_owned());
                return false;
            }
            Event::Routing { routing } => self.last(Some(routing), out),
            Event::Service { fingerprint, tier } => {
                self.fingerprint = fingerprint.as_deref().map(str::to_owned).or(self.fingerprint.take());
                self.tier = tier.as_deref().map(str::to_owned).or(self.tier.take());
                self.write_head();
                return false;
            }
            Event::Error { error } => {
                out.extend_from_slice(b"{\"error\":");
                out.extend_from_slice(error.get().as_bytes());
                out.push(b'}');
            }
            Event::Done {} if self.usage.is_some() => self.last(None, out),
            Event::Malformed { .. } | Event::Done {} => return false,
        }
        true
    }

    /// Appends the server-sent event for an event: [`Self::encode`] in its frame, and `[DONE]`.
    pub fn encode_sse(&mut self, choice: u32, event: &Event<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(FIELD);
        if self.encode(choice, event, out) {
            out.extend_from_slice(END);
        } else {
            out.truncate(start);
        }
        if let Event::Done {} = event {
            out.extend_from_slice(crate::sse::DONE.as_bytes());
        }
    }

    /// As [`Self::encode_sse`] of every event of the run.
    pub fn encode_run_sse(&mut self, run: &Run<'_>, out: &mut Vec<u8>) {
        let name = match run.kind {
            DeltaKind::Text => Some(CONTENT),
            DeltaKind::Reasoning => Some(REASONING),
            DeltaKind::ToolArguments { .. } => None,
        };
        for (position, event) in run.events().enumerate() {
            if name.is_some_and(|name| self.around.is_of(run.choice, name)) {
                write_texts(&self.around.before, &run.texts[position..], out);
                return;
            }
            self.encode_sse(run.choice, &event, out);
        }
    }

    /// The chunks of a batch of events, as JSON texts.
    pub fn encode_all<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a (u32, Event<'static>)>,
    ) -> Vec<String> {
        let mut chunks = Vec::new();
        for (choice, event) in events {
            let mut out = Vec::new();
            if self.encode(*choice, event, &mut out) {
                chunks.push(String::from_utf8(out).expect("the encoder writes UTF-8 only"));
            }
        }
        chunks
    }

    fn identify(&mut self, id: Option<&str>, model: Option<&str>, created: Option<u64>) {
        if let Some(id) = id {
            id.clone_into(&mut self.identity.id);
        }
        if let Some(model) = model {
            model.clone_into(&mut self.identity.model);
        }
        self.identity.created = created.unwrap_or(self.identity.created);
        self.write_head();
    }

    fn write_head(&mut self) {
        let mut head = std::mem::take(&mut self.head);
        head.clear();
        write_field(&mut head, b"{\"id\":", &self.identity.id);
        head.extend_from_slice(br#","object":"chat.completion.chunk","created":"#);
        write_number(&mut head, self.identity.created);
        write_field(&mut head, b",\"model\":", &self.identity.model);
        if let Some(fingerprint) = &self.fingerprint {
            write_field(&mut head, b",\"system_fingerprint\":", fingerprint);
        }
        if let Some(tier) = &self.tier {
            write_field(&mut head, b",\"service_tier\":", tier);
        }
        head.extend_from_slice(b",\"choices\":[");
        self.head = head;
        self.around.before.clear();
    }

    fn text(&mut self, choice: u32, name: &'static [u8], text: &str, out: &mut Vec<u8>) {
        if self.around.is_of(choice, name) {
            // As JSON, and with the marks around the text that `json_text` writes.
            let before = &self.around.before;
            write_field(out, &before[FIELD.len()..before.len() - 1], text);
            out.extend_from_slice(&AFTER_TEXT[1..AFTER_TEXT.len() - END.len()]);
            return;
        }
        let has_role = self.choices.get(&choice).is_some_and(|state| state.role_sent);
        let start = out.len();
        let mut end = start;
        self.delta(choice, out, |out| {
            out.extend_from_slice(name);
            end = out.len();
            write_field(out, b"", text);
        });
        if has_role {
            let mut before = std::mem::take(&mut self.around.before);
            before.clear();
            before.extend_from_slice(FIELD);
            before.extend_from_slice(&out[start..end]);
            before.push(b'"');
            self.around = Around { choice, name, before };
        }
    }

    fn raw(&mut self, choice: u32, before: &[u8], raw: &RawValue, after: &[u8], out: &mut Vec<u8>) {
        self.delta(choice, out, |out| {
            out.extend_from_slice(before);
            out.extend_from_slice(raw.get().as_bytes());
            out.extend_from_slice(after);
        });
    }

    fn delta(&mut self, choice: u32, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
        self.choice(
            choice,
            out,
            |out, role_written| {
                if role_written {
                    out.push(b',');
                }
                body(out);
            },
            |out| out.extend_from_slice(b",\"finish_reason\":null"),
        );
    }

    fn choice(
        &mut self,
        index: u32,
        out: &mut Vec<u8>,
        delta: impl FnOnce(&mut Vec<u8>, bool),
        rest: impl FnOnce(&mut Vec<u8>),
    ) {
        let state = self.choices.entry(index).or_default();
        let write_role = !std::mem::replace(&mut state.role_sent, true);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"{\"index\":");
        write_number(out, u64::from(index));
        out.extend_from_slice(b",\"delta\":{");
        if write_role {
            out.extend_from_slice(br#""role":"assistant""#);
        }
        delta(out, write_role);
        out.push(b'}');
        rest(out);
        out.extend_from_slice(b"}]}");
    }

    fn tool_index(&mut self, choice: u32, given: Option<u32>, is_new: bool) -> u32 {
        let state = self.choices.entry(choice).or_default();
        let index = match (given, state.tool_call) {
            (Some(index), _) => index,
            (None, None) => 0,
            (None, Some(last)) if is_new => last + 1,
            (None, Some(last)) => last,
        };
        state.tool_call = Some(index);
        index
    }

    fn last(&mut self, routing: Option<&RawValue>, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.push(b']');
        if let Some(usage) = self.usage.take() {
            out.extend_from_slice(b",\"usage\":");
            out.extend_from_slice(usage.get().as_bytes());
        }
        if let Some(routing) = routing {
            out.extend_from_slice(b",\"routing_metadata\":");
            out.extend_from_slice(routing.get().as_bytes());
            if let Some(explanation) = self.explanation.take() {
                out.extend_from_slice(b",\"routing_explanation\":");
                out.extend_from_slice(explanation.get().as_bytes());
            }
        }
        out.push(b'}');
    }
}

/// The frames of `texts`, in which nothing has to be escaped.
fn write_texts(before: &[u8], texts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = texts.iter().map(|text| before.len() + text.len() + AFTER_TEXT.len()).sum();
    out.reserve(length);
    for text in texts {
        out.extend_from_slice(before);
        out.extend_from_slice(text);
        out.extend_from_slice(AFTER_TEXT);
    }
}

fn write_field(out: &mut Vec<u8>, name: &[u8], text: &str) {
    out.extend_from_slice(name);
    json_text::write(out, text);
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    serde_json::to_writer(&mut *out, &number).expect("a number serialises into memory");
}

#[cfg(test)]
mod tests;
