//! One chat-completions chunk (api.md §3.11) to events: where providers' oddities end.
//!
//! The chunk is parsed once, borrowing its text; what is passed on unchanged stays raw JSON and is never built. A chunk
//! that differs from the one before in nothing but its text is not parsed at all (`template`).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::Event;
use crate::raw::unquote;
use crate::run::EventSink;
use crate::sse::{Frame, SseDecoder};

mod content;
mod template;
mod whole;

pub use whole::{WholeError, decode_whole};

use content::{Content, ReasoningField};
use template::{Observed, Template};

/// What a frame was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: a keep-alive, or what a broken connection left over.
    Skipped,
    /// A chunk, whether or not it had events.
    Chunk,
    /// The server's last word: `[DONE]`, an error, or something that can't be read.
    Last,
}

/// Decodes the frames of one stream. Remembers what may be reported only once.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
pub struct ChunkDecoder {
    meta_seen: bool,
    fingerprint_seen: bool,
    tier_seen: bool,
    done: bool,
    template: Template,
}

impl ChunkDecoder {
    /// Passes the frame's events to `emit`, each with the index of its choice (0 for events of the whole reply).
    ///
    /// After [`Verdict::Last`] further frames are skipped.
    pub fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        if self.done || frame.is_keep_alive() {
            return Verdict::Skipped;
        }
        let data = frame.data.trim();
        if data == "[DONE]" {
            return self.last(Event::Done {}, emit);
        }
        if frame.event == "error" {
            return self.last(error_event(data), emit);
        }
        // serde would read a struct from an array too.
        if data.starts_with('[') && !frame.is_cut {
            return self.last(Event::Malformed { detail: "a chunk is not an object".to_owned() }, emit);
        }
        if !frame.is_cut
            && let Some((choice, event)) = self.template.read(data)
        {
            emit(choice, event);
            return Verdict::Chunk;
        }
        match serde_json::from_str::<Chunk<'_>>(data) {
            Ok(chunk) => {
                let mut observed = Observed::default();
                let verdict = self.emit_chunk(&chunk, &mut |choice, event| {
                    observed.note(choice, &event);
                    emit(choice, event);
                });
                self.template.learn(data, &observed);
                verdict
            }
            // What a broken connection left over. How the stream ended says all there is to say.
            Err(_) if frame.is_cut => Verdict::Skipped,
            Err(error) => self.last(Event::Malformed { detail: describe(&error) }, emit),
        }
    }

    /// As [`Self::decode`] of the next of `frames`, as long as they differ from the last one in nothing but their text, or
    /// some of those. Returns `false`, and takes nothing, where the next one has to be looked at.
    pub fn decode_run(&mut self, frames: &mut SseDecoder, sink: &mut dyn EventSink) -> bool {
        !self.done && self.template.take(frames, sink)
    }

    fn last(&mut self, event: Event<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        self.done = true;
        emit(0, event);
        Verdict::Last
    }

    fn emit_chunk(&mut self, chunk: &Chunk<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        if let Some(error) = present(chunk.error) {
            return self.last(Event::Error { error: Cow::Borrowed(error) }, emit);
        }
        if chunk.choices.is_none() && string(chunk.object).as_deref() == Some("error") {
            let message = string(chunk.message).unwrap_or_default();
            let error = raw(&serde_json::json!({ "message": message, "code": value(chunk.code) }));
            return self.last(Event::Error { error: Cow::Owned(error) }, emit);
        }
        if !self.meta_seen {
            let (id, model) = (string(chunk.id), string(chunk.model));
            let created = number(chunk.created);
            if id.is_some() || model.is_some() || created.is_some() {
                self.meta_seen = true;
                emit(0, Event::Meta { id, model, created });
            }
        }
        self.emit_service(chunk, emit);
        for (position, choice) in chunk.choices.iter().flatten().enumerate() {
            let index = choice.index.unwrap_or_else(|| u32::try_from(position).unwrap_or(u32::MAX));
            emit_choice(choice, &mut |event| emit(index, event));
        }
        if let Some(usage) = object(chunk.usage) {
            emit(0, Event::Usage { usage: Cow::Borrowed(usage) });
        }
        if let Some(routing) = object(chunk.routing_metadata) {
            emit(0, Event::Routing { routing: Cow::Borrowed(routing) });
        }
        Verdict::Chunk
    }

    fn emit_service(&mut self, chunk: &Chunk<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) {
        let fingerprint = if self.fingerprint_seen { None } else { string(chunk.system_fingerprint) };
        let tier = if self.tier_seen { None } else { string(chunk.service_tier) };
        self.fingerprint_seen |= fingerprint.is_some();
        self.tier_seen |= tier.is_some();
        if fingerprint.is_some() || tier.is_some() {
            emit(0, Event::Service { fingerprint, tier });
        }
    }
}

fn emit_choice(choice: &Choice<'_>, emit: &mut dyn FnMut(Event<'_>)) {
    if let Some(delta) = &choice.delta {
        emit_delta(delta, emit);
    }
    if let Some(logprobs) = object(choice.logprobs) {
        emit(Event::Logprobs { logprobs: Cow::Borrowed(logprobs) });
    }
    if let Some(reason) = string(choice.finish_reason) {
        emit(Event::Finish { reason, native: string(choice.native_finish_reason) });
    }
}

fn emit_delta(delta: &Delta<'_>, emit: &mut dyn FnMut(Event<'_>)) {
    // Both fields carry the same thoughts when both are there.
    let reasoning = match &delta.reasoning_content {
        ReasoningField::Text(text) if !text.is_empty() => Some(text),
        _ => match &delta.reasoning {
            ReasoningField::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        },
    };
    if let Some(text) = reasoning {
        emit(Event::Reasoning { delta: Cow::Borrowed(text) });
    }
    if let Some(signature) = string(delta.reasoning_signature) {
        emit(Event::Signature { signature });
    }
    if let Some(data) = string(delta.reasoning_redacted_data) {
        emit(Event::Redacted { data });
    }
    delta.content.each(&mut |is_thinking, text| {
        let delta = Cow::Borrowed(text);
        emit(if is_thinking { Event::Reasoning { delta } } else { Event::Text { delta } });
    });
    if let Some(refusal) = string(delta.refusal) {
        emit(Event::Refusal { delta: refusal });
    }
    if let Some(annotations) = delta.annotations.filter(|raw| raw.get().starts_with('[') && raw.get() != "[]")
    {
        emit(Event::Annotations { annotations: Cow::Borrowed(annotations) });
    }
    for image in delta.images.iter().flatten() {
        emit(Event::Image { image: Cow::Borrowed(image) });
    }
    for call in delta.tool_calls.iter().flatten() {
        emit_tool_call(call.index, call.id, call.function.as_ref(), call.provider_signature, emit);
    }
    if let Some(function) = &delta.function_call {
        emit_tool_call(Some(0), None, Some(function), None, emit);
    }
}

fn emit_tool_call<'a>(
    index: Option<u32>,
    id: Option<&'a RawValue>,
    function: Option<&Function<'a>>,
    signature: Option<&'a RawValue>,
    emit: &mut dyn FnMut(Event<'_>),
) {
    let (id, signature) = (string(id), string(signature));
    let name = function.and_then(|function| string(function.name));
    let arguments = function.map(|function| arguments(function.arguments)).unwrap_or_default();
    // A continuation that continues nothing: some providers end a call with one.
    if id.is_some() || name.is_some() || signature.is_some() || !arguments.is_empty() {
        emit(Event::ToolCall { index, id, name, arguments, signature });
    }
}

/// What an `event: error` frame says: the `error` key if there is one, else the whole payload.
fn error_event(data: &str) -> Event<'static> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow, default)]
        error: Option<&'a RawValue>,
    }
    let error = match serde_json::from_str::<Envelope<'_>>(data) {
        Ok(Envelope { error: Some(error) }) => error.to_owned(),
        Ok(Envelope { error: None }) => {
            RawValue::from_string(data.to_owned()).unwrap_or_else(|_| raw(&serde_json::Value::from(data)))
        }
        Err(_) => raw(&serde_json::Value::from(data)),
    };
    Event::Error { error: Cow::Owned(error) }
}

fn describe(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Syntax => "invalid JSON",
        Category::Eof => "the JSON ends too early",
        Category::Data => "a field has the wrong type",
        Category::Io => "unreadable",
    };
    format!("{what} at column {}", error.column())
}

fn raw(value: &serde_json::Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("a JSON value serialises")
}

fn present(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get() != "null")
}

fn object(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get().starts_with('{'))
}

fn value(raw: Option<&RawValue>) -> serde_json::Value {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// A non-blank string; any other JSON is as good as absent.
fn string(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let text = unquote(raw?)?;
    (!text.trim().is_empty()).then_some(text)
}

/// A non-zero whole number; providers that have no clock send 0.
fn number(raw: Option<&RawValue>) -> Option<u64> {
    let seconds: f64 = raw?.get().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    (1.0..1e15).contains(&seconds).then_some(seconds as u64)
}

/// A tool's argument text. Some providers send the object itself instead of its text.
fn arguments(raw: Option<&RawValue>) -> Cow<'_, str> {
    let Some(raw) = present(raw) else { return Cow::Borrowed("") };
    unquote(raw).unwrap_or(Cow::Borrowed(raw.get()))
}

#[derive(Default, Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
    #[serde(borrow, default)]
    created: Option<&'a RawValue>,
    #[serde(borrow, default)]
    model: Option<&'a RawValue>,
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    routing_metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    system_fingerprint: Option<&'a RawValue>,
    #[serde(borrow, default)]
    service_tier: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    native_finish_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    logprobs: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Content<'a>,
    #[serde(borrow, default)]
    reasoning_content: ReasoningField<'a>,
    #[serde(borrow, default)]
    reasoning: ReasoningField<'a>,
    #[serde(borrow, default)]
    reasoning_signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    reasoning_redacted_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    refusal: Option<&'a RawValue>,
    #[serde(borrow, default)]
    annotations: Option<&'a RawValue>,
    #[serde(borrow, default)]
    images: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow, default)]
    function_call: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct ToolCall<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
    #[serde(borrow, default)]
    provider_signature: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    arguments: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests;
