//! Body bytes → frames → events, a batch at a time: what has already arrived is handed over together.

use std::time::Duration;

use auriko_wire::chunk::{ChunkDecoder, Verdict};
use auriko_wire::event::Event;
use auriko_wire::frame_decoder::FrameDecoder;
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
    has_ended: bool,
}

impl FrameStream {
    /// Reads `body`, refusing events larger than `max_event_bytes`.
    pub fn new(body: Body, max_event_bytes: usize) -> Self {
        Self { body, decoder: SseDecoder::new(max_event_bytes), arrived: None, has_ended: false }
    }

    /// Waits until [`Self::drain`] has something to do.
    ///
    /// # Errors
    /// A broken connection, or a limit.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn wait(&mut self) -> Result<(), Error> {
        if self.arrived.is_none() && !self.has_ended {
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
        let mut taken = 0;
        while let Some(bytes) = self.arrived.take() {
            taken += bytes.len();
            self.decoder.push(&bytes);
            if self.visit_frames(visit)? == Next::Stop {
                return Ok(Progress::Done);
            }
            if taken >= BATCH_BYTES {
                return Ok(Progress::More);
            }
            match self.body.next_ready() {
                Some(next) => self.arrived = next?,
                None => return Ok(Progress::More),
            }
            self.has_ended = self.arrived.is_none();
        }
        if self.has_ended { self.finish(visit) } else { Ok(Progress::More) }
    }

    fn visit_frames(&mut self, visit: &mut dyn FnMut(&Frame<'_>) -> Next) -> Result<Next, Error> {
        let mut progressed = false;
        let mut next = Next::More;
        while let Some(frame) = self.decoder.next_frame() {
            let frame = frame.map_err(too_large)?;
            progressed |= !frame.is_keep_alive();
            next = visit(&frame);
            if next == Next::Stop {
                break;
            }
        }
        if progressed {
            self.body.touch();
        }
        Ok(next)
    }

    fn finish(&mut self, visit: &mut dyn FnMut(&Frame<'_>) -> Next) -> Result<Progress, Error> {
        match self.decoder.finish() {
            Some(frame) => match visit(&frame.map_err(too_large)?) {
                Next::More => Ok(Progress::Eof),
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
    pub fn drain(&mut self, emit: &mut dyn FnMut(u32, Event<'_>)) -> Result<Progress, Error> {
        let decoder = &mut self.decoder;
        self.frames.drain(&mut |frame| match decoder.decode(frame, emit) {
            Verdict::Last => Next::Stop,
            Verdict::Chunk | Verdict::Skipped => Next::More,
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
