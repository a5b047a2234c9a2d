//! What every stream decoder looks like from outside: frames in, events out. Providers differ in their frames,
//! their readers do not.

use crate::chunk::{ChunkDecoder, Verdict};
use crate::event::Event;
use crate::sse::{Frame, SseDecoder};

/// Decodes the frames of one stream, in order.
pub trait FrameDecoder {
    /// Passes the frame's events to `emit`, each with the index of its choice (0 for events of the whole reply).
    ///
    /// After [`Verdict::Last`] further frames are skipped.
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict;

    /// Takes the next frame from `frames` if it differs from the last one in nothing but its text, and passes its event
    /// on. Returns `false`, and takes nothing, where it has to be looked at.
    fn decode_alike(&mut self, _frames: &mut SseDecoder, _emit: &mut dyn FnMut(u32, Event<'_>)) -> bool {
        false
    }
}

impl FrameDecoder for ChunkDecoder {
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        self.decode(frame, emit)
    }

    fn decode_alike(&mut self, frames: &mut SseDecoder, emit: &mut dyn FnMut(u32, Event<'_>)) -> bool {
        self.decode_alike(frames, emit)
    }
}
