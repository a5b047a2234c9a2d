//! Frames of `streamGenerateContent?alt=sse`. There is no last word: the body simply ends.

use auriko_wire::chunk::Verdict;
use auriko_wire::event::Event;
use auriko_wire::frame_decoder::FrameDecoder;
use auriko_wire::sse::Frame;

use super::reply::{Reader, describe};
use super::wire::Reply;

/// Decodes the frames of one stream.
#[derive(Debug, Default)]
pub struct GeminiDecoder {
    reader: Reader,
    has_ended: bool,
}

impl FrameDecoder for GeminiDecoder {
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        if self.has_ended || frame.is_keep_alive() {
            return Verdict::Skipped;
        }
        let verdict = match serde_json::from_str::<Reply<'_>>(one(&frame.data)) {
            Ok(reply) => self.reader.read(&reply, emit),
            // What a broken connection left over. How the stream ended says all there is to say.
            Err(_) if frame.is_cut => Verdict::Skipped,
            Err(error) => {
                emit(0, Event::Malformed { detail: describe(&error) });
                Verdict::Last
            }
        };
        self.has_ended = verdict == Verdict::Last;
        verdict
    }
}

/// Errors may come as the only item of an array.
fn one(data: &str) -> &str {
    let data = data.trim();
    data.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(data)
}
