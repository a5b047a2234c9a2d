//! The chunks of one stream are alike but for a few characters of text. What stood around the text of the last chunk
//! is remembered; a chunk that has the same around its own is understood without parsing it again.
//!
//! This is exact. Up to the text both are the same JSON, which ends inside of a string. The text is checked to be the
//! rest of one string; so what follows, which is again the same, means what it meant.

use std::borrow::Cow;

use crate::event::Event;
use crate::run::{DeltaKind, EventSink, Run};
use crate::sse::SseDecoder;

/// Most deltas of one run, which is what a read of 16 KiB holds, as chunks usually are.
const LONGEST_RUN: usize = 64;

/// What stands before and behind the data of a frame that is one line.
const FIELD: &str = "data: ";
const END: &str = "\n\n";

/// A chunk with one delta and nothing else to say, without the text of the delta.
#[derive(Debug, Default)]
pub(super) struct Template {
    delta: Option<Delta>,
    /// The frame up to the text, the opening quotation mark included.
    before: String,
    /// The frame from the closing quotation mark on.
    after: String,
}

/// Which delta the text belongs to.
#[derive(Debug, Clone, Copy)]
struct Delta {
    choice: u32,
    kind: DeltaKind,
}

impl Template {
    /// The choice and the event of a chunk that is like the last one; `None` when it has to be parsed.
    pub(super) fn read<'a>(&self, data: &'a str) -> Option<(u32, Event<'a>)> {
        let Delta { choice, kind } = self.delta?;
        let (before, after) = (self.before.strip_prefix(FIELD)?, self.after.strip_suffix(END)?);
        let text = data.strip_prefix(before)?.strip_suffix(after)?;
        let text = unescape(text)?;
        Some((choice, kind.event(text)))
    }

    /// As [`Self::read`], straight from the bytes of a stream, of as many chunks as are like the last one. Returns whether
    /// there was any.
    pub(super) fn take(&self, frames: &mut SseDecoder, sink: &mut dyn EventSink) -> bool {
        let Some(Delta { choice, kind }) = self.delta else { return false };
        let mut texts = [b"".as_slice(); LONGEST_RUN];
        let count = frames.next_alike(&self.before, &self.after, &mut texts);
        if count > 0 {
            sink.run(&Run { choice, kind, texts: &texts[..count] });
        }
        count > 0
    }

    /// Remembers what stands around the text of `observed`, or forgets what was remembered.
    pub(super) fn learn(&mut self, data: &str, observed: &Observed) {
        self.delta = None;
        let Observed { events: 1, delta: Some((delta, address, length)) } = *observed else { return };
        // Text with escapes was copied, and is not in the data.
        let Some(start) = address.checked_sub(data.as_ptr().addr()) else { return };
        let (Some(before), Some(after)) = (data.get(..start), data.get(start.saturating_add(length)..))
        else {
            return;
        };
        if before.ends_with('"') && after.starts_with('"') {
            self.before.clear();
            self.before.extend([FIELD, before]);
            self.after.clear();
            self.after.extend([after, END]);
            self.delta = Some(delta);
        }
    }
}

/// What a parsed chunk gave: how many events, and where the text of the last one is if that was a delta.
#[derive(Debug, Default)]
pub(super) struct Observed {
    events: usize,
    delta: Option<(Delta, usize, usize)>,
}

impl Observed {
    pub(super) fn note(&mut self, choice: u32, event: &Event<'_>) {
        self.events += 1;
        let (kind, text) = match event {
            Event::Text { delta } => (DeltaKind::Text, delta),
            Event::Reasoning { delta } => (DeltaKind::Reasoning, delta),
            Event::ToolCall { index, id: None, name: None, arguments, signature: None } => {
                (DeltaKind::ToolArguments { index: *index }, arguments)
            }
            _ => return,
        };
        self.delta = Some((Delta { choice, kind }, text.as_ptr().addr(), text.len()));
    }
}

/// The text of what stands between two quotation marks; `None` when it is empty or no JSON string.
fn unescape(inner: &str) -> Option<Cow<'_, str>> {
    if inner.is_empty() {
        return None;
    }
    if inner.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        return Some(Cow::Borrowed(inner));
    }
    // Rare enough for a copy that has its marks again.
    serde_json::from_str::<String>(&format!("\"{inner}\"")).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests;
