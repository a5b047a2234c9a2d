//! Replies to events. A streamed reply is a row of partial ones, so both are read here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use auriko_wire::chunk::Verdict;
use auriko_wire::event::Event;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::finish::{self, Finish};
use super::signature::{self, Place};
use super::wire::{Candidate, FunctionCall, InlineData, Part, Reply};
use super::{citations, logprobs, usage};
use crate::adapter::ReplyError;

/// Passes the events of a plain reply to `emit`. No field is left over.
///
/// # Errors
/// [`ReplyError`]; then nothing was emitted.
pub fn decode_reply(
    text: &str,
    emit: &mut dyn FnMut(u32, Event<'_>),
) -> Result<Map<String, Value>, ReplyError> {
    let reply =
        serde_json::from_str::<Reply<'_>>(text).map_err(|error| ReplyError::Unusable(describe(&error)))?;
    let mut events = Vec::new();
    let mut failure = None;
    let mut reader = Reader::default();
    reader.read(&reply, &mut |choice, event| match event {
        Event::Error { error } => failure = Some(serde_json::from_str(error.get()).unwrap_or_default()),
        event => events.push((choice, event.into_owned())),
    });
    if let Some(error) = failure {
        return Err(ReplyError::Error(error));
    }
    if reader.choices.is_empty() {
        return Err(ReplyError::Unusable("the reply has no candidates".to_owned()));
    }
    for (choice, event) in events {
        emit(choice, event);
    }
    Ok(Map::new())
}

/// What a parser disliked, without a word of the content.
pub(super) fn describe(error: &serde_json::Error) -> String {
    let what = if error.is_data() { "is no reply of this API" } else { "is not JSON" };
    format!("the body {what} (line {}, column {})", error.line(), error.column())
}

/// Reads the replies of one stream. Remembers what may be reported only once.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Prefix of generated call ids.
    id: String,
    meta_seen: bool,
    tier_seen: bool,
    choices: BTreeMap<u32, Choice>,
}

/// What is known of one candidate.
#[derive(Debug, Default)]
struct Choice {
    calls: u32,
    /// Visible text, to which the places of citations refer.
    text: String,
    cited: BTreeSet<(u64, u64, String)>,
    has_image: bool,
    has_finished: bool,
}

impl Reader {
    /// Passes the events of a reply to `emit`, each with the index of its candidate.
    pub(super) fn read(&mut self, reply: &Reply<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        if let Some(error) = reply.error.filter(|error| error.get() != "null") {
            emit(0, Event::Error { error: Cow::Borrowed(error) });
            return Verdict::Last;
        }
        self.introduce(reply, emit);
        for (position, candidate) in reply.candidates.iter().flatten().enumerate() {
            let index = candidate.index.unwrap_or_else(|| u32::try_from(position).unwrap_or(u32::MAX));
            let choice = self.choices.entry(index).or_default();
            if choice.read(index, &self.id, candidate, &mut |event| emit(index, event)) == Verdict::Last {
                return Verdict::Last;
            }
        }
        if let Some(reason) =
            reply.prompt_feedback.as_ref().and_then(|feedback| feedback.block_reason.as_deref())
            && self.choices.is_empty()
        {
            // The prompt itself was refused; there is no candidate to say so.
            self.choices.entry(0).or_default().has_finished = true;
            emit(0, Event::Finish { reason: "content_filter".into(), native: Some(reason.into()) });
        }
        if let Some(counts) = &reply.usage_metadata {
            emit(0, Event::Usage { usage: raw(&usage::convert(counts)) });
        }
        Verdict::Chunk
    }

    fn introduce(&mut self, reply: &Reply<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) {
        if let Some(id) = &reply.response_id {
            self.id.clone_from(id);
        }
        if !self.meta_seen && (reply.response_id.is_some() || reply.model_version.is_some()) {
            self.meta_seen = true;
            let id = reply.response_id.as_deref().filter(|id| !id.is_empty()).map(Cow::Borrowed);
            let model = reply.model_version.as_deref().filter(|model| !model.is_empty()).map(Cow::Borrowed);
            emit(0, Event::Meta { id, model, created: None });
        }
        let tier = reply.usage_metadata.as_ref().and_then(|counts| counts.service_tier.as_deref());
        if let Some(tier) = tier.filter(|_| !self.tier_seen) {
            self.tier_seen = true;
            emit(0, Event::Service { fingerprint: None, tier: Some(Cow::Borrowed(tier)) });
        }
    }
}

impl Choice {
    fn read(
        &mut self,
        index: u32,
        reply_id: &str,
        candidate: &Candidate<'_>,
        emit: &mut dyn FnMut(Event<'_>),
    ) -> Verdict {
        let parts = candidate.content.as_ref().and_then(|content| content.parts.as_deref());
        for part in parts.unwrap_or_default() {
            match part {
                Part { function_call: Some(call), thought_signature, .. } => {
                    let id = || signature::call_id(reply_id, index, self.calls);
                    emit(call_event(call, id, self.calls, thought_signature.as_deref()));
                    self.calls += 1;
                }
                Part { inline_data: Some(data), thought, thought_signature, .. }
                    if *thought != Some(true) =>
                {
                    if let Some(image) = image(data, thought_signature.as_deref()) {
                        self.has_image = true;
                        emit(Event::Image { image: raw(&image) });
                    }
                }
                part => self.say(part, emit),
            }
        }
        self.cite(candidate, emit);
        if let Some(logprobs) = candidate.logprobs_result.as_ref().and_then(logprobs::convert) {
            emit(Event::Logprobs { logprobs: raw(&logprobs) });
        }
        let word = candidate.finish_reason.as_deref().filter(|word| *word != "FINISH_REASON_UNSPECIFIED");
        match word {
            Some(word) if !self.has_finished => self.finish(word, candidate, emit),
            _ => Verdict::Chunk,
        }
    }

    fn say(&mut self, part: &Part<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        let text = part.text.as_deref().unwrap_or_default();
        let is_thought = part.thought == Some(true);
        if !text.is_empty() {
            let delta = Cow::Borrowed(text);
            if is_thought {
                emit(Event::Reasoning { delta });
            } else {
                self.text.push_str(text);
                emit(Event::Text { delta });
            }
        }
        if let Some(signature) = part.thought_signature.as_deref().filter(|signature| !signature.is_empty()) {
            let place = match (is_thought, text.is_empty()) {
                (true, _) => Place::Thought,
                (false, false) => Place::Text,
                (false, true) => Place::End,
            };
            emit(Event::Signature { signature: signature::mark(place, signature).into() });
        }
    }

    fn cite(&mut self, candidate: &Candidate<'_>, emit: &mut dyn FnMut(Event<'_>)) {
        let (grounding, citations) =
            (candidate.grounding_metadata.as_ref(), candidate.citation_metadata.as_ref());
        let annotations = citations::annotations(grounding, citations, &self.text, &mut self.cited);
        if !annotations.is_empty() {
            emit(Event::Annotations { annotations: raw(&annotations) });
        }
    }

    fn finish(&mut self, word: &str, candidate: &Candidate<'_>, emit: &mut dyn FnMut(Event<'_>)) -> Verdict {
        let has_answered = !self.text.is_empty() || self.has_image;
        let reason = match finish::read(word, self.calls > 0) {
            Finish::Reason(reason) => reason,
            // Better half an answer than none.
            Finish::Failure if has_answered => "stop",
            Finish::Failure => {
                let detail = candidate.finish_message.as_deref().unwrap_or("the model's answer was unusable");
                emit(Event::Error { error: raw(&json!({ "status": word, "message": detail })) });
                return Verdict::Last;
            }
        };
        self.has_finished = true;
        emit(Event::Finish { reason: reason.into(), native: Some(word.into()) });
        Verdict::Chunk
    }
}

fn call_event<'a>(
    call: &'a FunctionCall<'_>,
    generated_id: impl FnOnce() -> String,
    index: u32,
    signature: Option<&'a str>,
) -> Event<'a> {
    let id = call.id.as_deref().filter(|id| !id.is_empty()).map(Cow::Borrowed);
    Event::ToolCall {
        index: Some(index),
        id: Some(id.unwrap_or_else(|| Cow::Owned(generated_id()))),
        name: call.name.as_deref().filter(|name| !name.is_empty()).map(Cow::Borrowed),
        arguments: call.args.map_or(Cow::Borrowed("{}"), |args| compact(args.get())),
        signature: signature.filter(|signature| !signature.is_empty()).map(Cow::Borrowed),
    }
}

/// The same JSON without the space between its tokens: plain replies come indented.
fn compact(json: &str) -> Cow<'_, str> {
    if json == "null" {
        return Cow::Borrowed("{}");
    }
    if !json.contains('\n') {
        return Cow::Borrowed(json);
    }
    let (mut in_text, mut is_escaped) = (false, false);
    let kept = json.chars().filter(|letter| {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = in_text,
            '"' => in_text = !in_text,
            _ => {}
        }
        in_text || !letter.is_ascii_whitespace()
    });
    Cow::Owned(kept.collect())
}

fn image(data: &InlineData, signature: Option<&str>) -> Option<Value> {
    let mime = data.mime_type.as_deref().filter(|mime| mime.starts_with("image/"))?;
    let mut image = json!({ "type": "image", "mime_type": mime, "data": data.data.as_deref()? });
    if let Some(signature) = signature.filter(|signature| !signature.is_empty()) {
        image["thought_signature"] = signature.into();
    }
    Some(image)
}

fn raw(value: &impl Serialize) -> Cow<'static, RawValue> {
    Cow::Owned(to_raw_value(value).expect("plain data serialises"))
}
