//! What every stream decoder looks like from outside: frames in, events out. Providers differ in their frames,
//! their readers do not.

use crate::chunk::{ChunkDecoder, Verdict};
use crate::event::Event;
use crate::run::EventSink;
use crate::sse::{Frame, SseDecoder};

/// Decodes the frames of one stream, in order.
pub trait FrameDecoder {
    /// Passes the frame's events to `emit`, each with the index of its choice (0 for events of the whole reply).
    ///
    /// After [`Verdict::Last`] further frames are skipped.
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict;

    /// Takes the next frames from `frames` that differ from the last one in nothing but their text, and passes on what
    /// they say. Returns `false`, and takes nothing, where the next one has to be looked at.
    fn decode_run(&mut self, _frames: &mut SseDecoder, _sink: &mut dyn EventSink) -> bool {
        false
    }
}

impl FrameDecoder for ChunkDecoder {
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        self.decode(frame, emit)
    }

    fn decode_run(&mut self, frames: &mut SseDecoder, sink: &mut dyn EventSink) -> bool {
        self.decode_run(frames, sink)
    }
}
