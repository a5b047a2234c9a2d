//! A streamed reply: `message_start`, blocks, `message_delta`, `message_stop`.

use std::borrow::Cow;

use auriko_wire::chunk::Verdict;
use auriko_wire::event::Event;
use auriko_wire::frame_decoder::FrameDecoder;
use auriko_wire::sse::Frame;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::blocks::{Block, Blocks, Delta, Emit};
use super::reply::{finish, identity};
use super::usage::Counts;

/// Decodes the frames of one reply.
#[derive(Debug)]
pub struct MessageDecoder {
    blocks: Blocks,
    counts: Counts,
    /// The `message` of `message_start`. It is told with the first block: an overloaded provider often says so
    /// right after it began, and until then another provider can be tried.
    opening: Option<Box<RawValue>>,
    is_done: bool,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content_block: Option<Block<'a>>,
    #[serde(borrow, default)]
    delta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Opening<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    model: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Closing<'a> {
    #[serde(borrow, default)]
    stop_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stop_details: Option<&'a RawValue>,
}

impl MessageDecoder {
    /// `answer_tool`: name of the tool whose input is the answer.
    pub fn new(answer_tool: Option<String>) -> Self {
        Self { blocks: Blocks::new(answer_tool), counts: Counts::default(), opening: None, is_done: false }
    }

    fn take(&mut self, payload: &Payload<'_>, emit: &mut Emit<'_>) -> Result<Verdict, serde_json::Error> {
        match &*payload.kind {
            // Some servers of this API name the event and leave out the type.
            "" if payload.error.is_some() => return Ok(self.fail(payload, emit)),
            "message_start" => self.opening = payload.message.map(ToOwned::to_owned),
            "content_block_start" => {
                self.open(emit)?;
                if let Some(block) = &payload.content_block {
                    self.blocks.start(block, emit);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = payload.delta {
                    self.blocks.add(&serde_json::from_str::<Delta<'_>>(delta.get())?, emit);
                }
            }
            "content_block_stop" => self.blocks.stop(emit),
            "message_delta" => {
                self.open(emit)?;
                self.blocks.stop(emit);
                self.counts.take(payload.usage);
                if let Some(delta) = payload.delta {
                    let closing: Closing<'_> = serde_json::from_str(delta.get())?;
                    finish(closing.stop_reason, closing.stop_details, &self.blocks, emit);
                }
                if let Some(event) = self.counts.event() {
                    emit(0, event);
                }
            }
            "message_stop" => {
                self.open(emit)?;
                return Ok(self.last(Event::Done {}, emit));
            }
            "error" => return Ok(self.fail(payload, emit)),
            "ping" => return Ok(Verdict::Skipped),
            // Kinds to come; the API promises some.
            _ => {}
        }
        Ok(Verdict::Chunk)
    }

    fn open(&mut self, emit: &mut Emit<'_>) -> Result<(), serde_json::Error> {
        let Some(message) = self.opening.take() else { return Ok(()) };
        let opening: Opening<'_> = serde_json::from_str(message.get())?;
        emit(0, identity(opening.id, opening.model));
        self.counts.take(opening.usage);
        if let Some(event) = self.counts.take_tier() {
            emit(0, event);
        }
        Ok(())
    }

    fn fail(&mut self, payload: &Payload<'_>, emit: &mut Emit<'_>) -> Verdict {
        let error = payload.error.map_or_else(unnamed_error, |error| Cow::Owned(error.to_owned()));
        self.last(Event::Error { error }, emit)
    }

    fn last(&mut self, event: Event<'_>, emit: &mut Emit<'_>) -> Verdict {
        self.is_done = true;
        emit(0, event);
        Verdict::Last
    }
}

impl FrameDecoder for MessageDecoder {
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        if self.is_done || frame.is_keep_alive() {
            return Verdict::Skipped;
        }
        let data = frame.data.trim();
        let taken = match serde_json::from_str::<Payload<'_>>(data) {
            // serde would read a struct from an array too.
            Ok(payload) if data.starts_with('{') => self.take(&payload, emit),
            Ok(_) => {
                let detail = "an event is not an object".to_owned();
                return self.last(Event::Malformed { detail }, emit);
            }
            Err(error) => Err(error),
        };
        match taken {
            Ok(verdict) => verdict,
            // What a broken connection left over. How the stream ended says all there is to say.
            Err(_) if frame.is_cut => Verdict::Skipped,
            Err(error) => {
                let detail = format!("invalid JSON at column {}", error.column());
                self.last(Event::Malformed { detail }, emit)
            }
        }
    }
}

fn unnamed_error() -> Cow<'static, RawValue> {
    let raw = RawValue::from_string("{\"type\":\"api_error\"}".to_owned());
    Cow::Owned(raw.expect("it is JSON"))
}
