//! Body bytes → frames → events, a batch at a time: what has already arrived is handed over together.

use std::time::Duration;

use auriko_wire::chunk::{ChunkDecoder, Verdict};
use auriko_wire::event::Event;
use auriko_wire::frame_decoder::FrameDecoder;
use auriko_wire::run::EventSink;
use auriko_wire::sse::{Frame, SseDecoder, SseError};
use bytes::Bytes;

use crate::error::{Error, ErrorKind};
use crate::response::Body;

/// Most bytes taken into one batch, so that one fast stream does not starve the others of its thread.
const BATCH_BYTES: usize = 64 * 1024;

/// How long a finished stream's connection may take to end, to be used again.
const LINGER: Duration = Duration::from_millis(500);

/// Whether a frame's reader wants to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    More,
    /// Go on with the next [`FrameStream::drain`]: what has arrived may wait.
    Pause,
    /// The stream said its last word; what follows is not read.
    Stop,
}

/// Where a stream stands after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There may be more.
    More,
    /// The reader stopped: `[DONE]` or an error was seen.
    Done,
    /// The body ended, and nothing said that it should.
    Eof,
}

/// Frames of a streamed body. Waiting and reading are apart, so that what is read need not be held across an await.
pub struct FrameStream {
    body: Body,
    decoder: SseDecoder,
    arrived: Option<Bytes>,
    /// The decoder holds frames that were not visited.
    is_paused: bool,
    has_ended: bool,
}

impl FrameStream {
    /// Reads `body`, refusing events larger than `max_event_bytes`.
    pub fn new(body: Body, max_event_bytes: usize) -> Self {
        Self {
            body,
            decoder: SseDecoder::new(max_event_bytes),
            arrived: None,
            is_paused: false,
            has_ended: false,
        }
    }

    /// Waits until [`Self::drain`] has something to do.
    ///
    /// # Errors
    /// A broken connection, or a limit.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn wait(&mut self) -> Result<(), Error> {
        if self.arrived.is_none() && !self.is_paused && !self.has_ended {
            self.arrived = self.body.next().await?;
            self.has_ended = self.arrived.is_none();
        }
        Ok(())
    }

    /// Passes every frame that has arrived to `visit`, possibly none.
    ///
    /// Frames with data restart the idle limit; keep-alives do not.
    ///
    /// # Errors
    /// A broken connection, a limit, or an event that is too large. The frames before it were visited.
    pub fn drain(&mut self, visit: &mut dyn FnMut(&Frame<'_>) -> Next) -> Result<Progress, Error> {
        self.drain_with(&mut |decoder, is_end| take_frame(decoder, is_end, visit))
    }

    /// As [`Self::drain`], with a step that takes a frame from the decoder itself.
    fn drain_with(&mut self, step: &mut TakeFrame<'_>) -> Result<Progress, Error> {
        let mut taken = 0;
        let was_paused = std::mem::take(&mut self.is_paused);
        if was_paused && let Some(progress) = self.take_frames(step)? {
            return Ok(progress);
        }
        while self.has_arrived()? {
            if let Some(bytes) = self.arrived.take() {
                taken += bytes.len();
                self.decoder.push(&bytes);
            }
            if let Some(progress) = self.take_frames(step)? {
                return Ok(progress);
            }
            if taken >= BATCH_BYTES {
                return Ok(Progress::More);
            }
        }
        if self.has_ended { self.finish(step) } else { Ok(Progress::More) }
    }

    /// Whether there are bytes that were not read yet, without waiting for any.
    fn has_arrived(&mut self) -> Result<bool, Error> {
        if self.arrived.is_none()
            && !self.has_ended
            && let Some(next) = self.body.next_ready()
        {
            self.arrived = next?;
            self.has_ended = self.arrived.is_none();
        }
        Ok(self.arrived.is_some())
    }

    /// Where that ended the drain, if it did.
    fn take_frames(&mut self, step: &mut TakeFrame<'_>) -> Result<Option<Progress>, Error> {
        let mut progressed = false;
        let mut next = Next::More;
        while next == Next::More
            && let Some(taken) = step(&mut self.decoder, false)
        {
            let is_data;
            (next, is_data) = taken.map_err(too_large)?;
            progressed |= is_data;
        }
        if progressed {
            self.body.touch();
        }
        self.is_paused = next == Next::Pause;
        Ok(match next {
            Next::More => None,
            Next::Pause => Some(Progress::More),
            Next::Stop => Some(Progress::Done),
        })
    }

    fn finish(&mut self, step: &mut TakeFrame<'_>) -> Result<Progress, Error> {
        match step(&mut self.decoder, true) {
            Some(taken) => match taken.map_err(too_large)?.0 {
                Next::More | Next::Pause => Ok(Progress::Eof),
                Next::Stop => Ok(Progress::Done),
            },
            None => Ok(Progress::Eof),
        }
    }

    /// Restarts the idle limit: time in which the reader did not want more does not count.
    pub fn touch(&mut self) {
        self.body.touch();
    }

    /// Reads a finished stream to its end for a moment, so that its connection can be used again.
    pub async fn settle(mut self) {
        let _ =
            tokio::time::timeout(LINGER, async { while let Ok(Some(_)) = self.body.next().await {} }).await;
    }
}

/// Takes the next frame, or the one that the end of the body leaves over, if there is one: whether its reader wants to go
/// on, and whether it was more than a keep-alive.
type TakeFrame<'a> = dyn FnMut(&mut SseDecoder, bool) -> Option<Result<(Next, bool), SseError>> + 'a;

fn take_frame(
    decoder: &mut SseDecoder,
    is_end: bool,
    visit: &mut dyn FnMut(&Frame<'_>) -> Next,
) -> Option<Result<(Next, bool), SseError>> {
    let frame = if is_end { decoder.finish() } else { decoder.next_frame() };
    Some(frame?.map(|frame| (visit(&frame), !frame.is_keep_alive())))
}

/// As [`take_frame`], for the events of the frame.
fn take_events(
    decoder: &mut impl FrameDecoder,
    frames: &mut SseDecoder,
    is_end: bool,
    emit: &mut dyn FnMut(u32, Event<'_>) -> Next,
) -> Option<Result<(Next, bool), SseError>> {
    let mut next = Next::More;
    let mut verdict = Verdict::Skipped;
    let taken = take_frame(frames, is_end, &mut |frame| {
        verdict = decoder.decode(frame, &mut |choice, event| {
            if emit(choice, event) == Next::Pause {
                next = Next::Pause;
            }
        });
        Next::More
    })?;
    Some(taken.map(|(_, is_data)| (if verdict == Verdict::Last { Next::Stop } else { next }, is_data)))
}

fn too_large(error: SseError) -> Error {
    Error::because(ErrorKind::TooLarge, error)
}

/// Events of a streamed reply: a chat completion's, unless another decoder is given.
pub struct EventStream<D = ChunkDecoder> {
    frames: FrameStream,
    decoder: D,
}

impl EventStream {
    /// Reads `body` as chunks of a chat completion, refusing events larger than `max_event_bytes`.
    pub fn new(body: Body, max_event_bytes: usize) -> Self {
        Self::with_decoder(body, max_event_bytes, ChunkDecoder::default())
    }
}

impl<D: FrameDecoder> EventStream<D> {
    /// As [`EventStream::new`], with frames that `decoder` understands.
    pub fn with_decoder(body: Body, max_event_bytes: usize, decoder: D) -> Self {
        Self { frames: FrameStream::new(body, max_event_bytes), decoder }
    }

    /// See [`FrameStream::wait`].
    ///
    /// # Errors
    /// As there.
    pub async fn wait(&mut self) -> Result<(), Error> {
        self.frames.wait().await
    }

    /// Passes every event that has arrived to `emit`, with the index of its choice.
    ///
    /// # Errors
    /// As [`FrameStream::drain`].
    pub fn drain(&mut self, mut emit: &mut dyn FnMut(u32, Event<'_>)) -> Result<Progress, Error> {
        self.drain_into(&mut emit)
    }

    /// As [`Self::drain`], with events that are alike passed on together.
    ///
    /// # Errors
    /// As [`FrameStream::drain`].
    pub fn drain_into(&mut self, sink: &mut dyn EventSink) -> Result<Progress, Error> {
        let decoder = &mut self.decoder;
        self.frames.drain_with(&mut |frames, is_end| {
            if !is_end && decoder.decode_run(frames, sink) {
                return Some(Ok((Next::More, true)));
            }
            take_events(decoder, frames, is_end, &mut |choice, event| {
                sink.event(choice, event);
                Next::More
            })
        })
    }

    /// As [`Self::drain`], but no further than the frame with the first event that is `enough`. What follows comes with
    /// the next drain.
    ///
    /// # Errors
    /// As [`FrameStream::drain`].
    pub fn drain_until(
        &mut self,
        enough: fn(&Event<'_>) -> bool,
        emit: &mut dyn FnMut(u32, Event<'_>),
    ) -> Result<Progress, Error> {
        let decoder = &mut self.decoder;
        self.frames.drain_with(&mut |frames, is_end| {
            take_events(decoder, frames, is_end, &mut |choice, event| {
                let next = if enough(&event) { Next::Pause } else { Next::More };
                emit(choice, event);
                next
            })
        })
    }

    /// See [`FrameStream::touch`].
    pub fn touch(&mut self) {
        self.frames.touch();
    }

    /// Reads what has already arrived of a finished stream, so that its connection can be used again if that was all.
    pub fn finish(&mut self) {
        while let Some(Ok(Some(_))) = self.frames.body.next_ready() {}
    }

    /// See [`FrameStream::settle`].
    pub async fn settle(self) {
        self.frames.settle().await;
    }
}
