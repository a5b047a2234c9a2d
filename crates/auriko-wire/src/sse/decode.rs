//! Incremental SSE decoder: `push` bytes as they arrive, then take frames until there are none.

use std::borrow::Cow;

use memchr::memchr2;

use crate::json_text;

/// One dispatched event of the stream, borrowed from the decoder's buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The `event:` field; empty when the server did not send one.
    pub event: Cow<'a, str>,
    /// The `data:` lines joined by a line feed. Invalid UTF-8 is replaced, as browsers do.
    pub data: Cow<'a, str>,
    /// The body ended before the event's blank line: the data may be cut off.
    pub is_cut: bool,
}

impl Frame<'_> {
    /// Whether the frame says nothing: servers that put their keep-alive comment into a data field send `data:` or
    /// `data: : keepalive`.
    pub fn is_keep_alive(&self) -> bool {
        let data = self.data.trim_start();
        data.is_empty() || data.starts_with(':')
    }
}

/// Why a byte stream cannot be decoded further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// An event grew past the limit given to [`SseDecoder::new`]; the stream can't be resumed.
    #[error("an event of the stream is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit_bytes: usize,
    },
}

/// Where the data of the event being read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    None,
    /// One `data:` line, still in the buffer: the usual case, and no copy is made.
    Line(usize, usize),
    /// Several lines, joined in `joined`.
    Joined,
}

/// Bytes in, [`Frame`]s out. Keeps at most one incomplete event, never more than the limit.
#[derive(Debug)]
pub struct SseDecoder {
    buffer: Vec<u8>,
    /// Start of the first unread line in `buffer`.
    line_start: usize,
    /// Where to go on looking for a line end, so that a slow line is not scanned twice.
    scan_from: usize,
    /// The last line ended in a carriage return: a line feed that follows belongs to it.
    skip_line_feed: bool,
    at_start: bool,
    event: Vec<u8>,
    data: Data,
    joined: Vec<u8>,
    limit_bytes: usize,
    failed: bool,
}

impl SseDecoder {
    /// A decoder that refuses events (and lines) larger than `limit_bytes`.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            buffer: Vec::new(),
            line_start: 0,
            scan_from: 0,
            skip_line_feed: false,
            at_start: true,
            event: Vec::new(),
            data: Data::None,
            joined: Vec::new(),
            limit_bytes,
            failed: false,
        }
    }

    /// Takes the next bytes of the body, in any split.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed {
            return;
        }
        let keep_from = match self.data {
            Data::Line(start, _) => start,
            Data::None | Data::Joined => self.line_start,
        };
        if keep_from > 0 {
            self.buffer.drain(..keep_from);
            self.scan_from -= keep_from;
            self.line_start -= keep_from;
            if let Data::Line(start, end) = self.data {
                self.data = Data::Line(start - keep_from, end - keep_from);
            }
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, or `None` until more bytes are pushed. After an error there is nothing more.
    pub fn next_frame(&mut self) -> Option<Result<Frame<'_>, SseError>> {
        while !self.failed {
            let Some((start, end)) = self.next_line() else {
                let waiting = self.buffer.len() - self.line_start;
                return self.check_limit(waiting).err().map(Err);
            };
            if start == end {
                match std::mem::replace(&mut self.data, Data::None) {
                    Data::None => self.event.clear(),
                    data => return Some(Ok(self.dispatch(data))),
                }
            } else if let Err(error) = self.field(start, end) {
                return Some(Err(error));
            }
        }
        None
    }

    /// Takes frames as long as each consists of `before`, plain text that is not empty, and `after`, and `texts` has room.
    /// Returns how many, with their texts in front in `texts`. What [`Self::next_frame`] would make of `before` and `after`
    /// is the caller's to know: one whole frame.
    ///
    /// Plain text is UTF-8 that may stand in a JSON string as it is.
    pub(crate) fn next_alike<'a>(&'a mut self, before: &str, after: &str, texts: &mut [&'a [u8]]) -> usize {
        let is_between_frames = self.data == Data::None && self.event.is_empty() && !self.at_start;
        if !is_between_frames || self.skip_line_feed || self.failed {
            return 0;
        }
        let mut rest = &self.buffer[self.line_start..];
        let mut count = 0;
        for place in texts {
            let Some((text, left)) = split_alike(rest, before.as_bytes(), after.as_bytes()) else { break };
            if rest.len() - left.len() > self.limit_bytes {
                break;
            }
            *place = text;
            count += 1;
            rest = left;
        }
        if count > 0 {
            self.line_start = self.buffer.len() - rest.len();
            self.scan_from = self.line_start;
        }
        count
    }

    /// Ends the stream: delivers a last event whose blank line never came. Call after [`Self::next_frame`] gave `None`.
    pub fn finish(&mut self) -> Option<Result<Frame<'_>, SseError>> {
        if self.failed {
            return None;
        }
        let (start, end) = (self.line_start, self.buffer.len());
        if start < end {
            self.line_start = end;
            self.scan_from = end;
            if let Err(error) = self.field(start, end) {
                return Some(Err(error));
            }
        }
        match std::mem::replace(&mut self.data, Data::None) {
            Data::None => None,
            data => Some(Ok(Frame { is_cut: true, ..self.dispatch(data) })),
        }
    }

    /// Byte range of the next line without its line end, or `None` when it is incomplete.
    fn next_line(&mut self) -> Option<(usize, usize)> {
        if self.at_start {
            const BOM: &[u8] = b"\xEF\xBB\xBF";
            let head = &self.buffer[self.line_start..];
            if head.len() < BOM.len() && BOM.starts_with(head) {
                return None;
            }
            if head.starts_with(BOM) {
                self.line_start += BOM.len();
                self.scan_from = self.line_start;
            }
            self.at_start = false;
        }
        if self.skip_line_feed && self.line_start < self.buffer.len() {
            self.skip_line_feed = false;
            if self.buffer[self.line_start] == b'\n' {
                self.line_start += 1;
                self.scan_from = self.line_start;
            }
        }
        let start = self.line_start;
        let from = self.scan_from.max(start);
        let Some(offset) = memchr2(b'\n', b'\r', &self.buffer[from..]) else {
            self.scan_from = self.buffer.len();
            return None;
        };
        let end = from + offset;
        self.skip_line_feed = self.buffer[end] == b'\r';
        self.line_start = end + 1;
        self.scan_from = self.line_start;
        Some((start, end))
    }

    fn field(&mut self, start: usize, end: usize) -> Result<(), SseError> {
        let line = &self.buffer[start..end];
        let (name, value) = match memchr::memchr(b':', line) {
            // A comment.
            Some(0) => return Ok(()),
            Some(colon) => {
                let value = &line[colon + 1..];
                (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &[][..]),
        };
        match name {
            b"data" => {
                let value_start = end - value.len();
                self.data = match self.data {
                    Data::None => Data::Line(value_start, end),
                    Data::Line(first_start, first_end) => {
                        self.joined.clear();
                        self.joined.extend_from_slice(&self.buffer[first_start..first_end]);
                        self.join(value_start, end);
                        Data::Joined
                    }
                    Data::Joined => {
                        self.join(value_start, end);
                        Data::Joined
                    }
                };
                let length = if self.data == Data::Joined { self.joined.len() } else { end - value_start };
                return self.check_limit(length);
            }
            b"event" => {
                self.event.clear();
                self.event.extend_from_slice(value);
            }
            // `id` and `retry` serve reconnection, which a completion can't do. Unknown fields are ignored by the standard.
            _ => {}
        }
        Ok(())
    }

    fn join(&mut self, start: usize, end: usize) {
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&self.buffer[start..end]);
    }

    fn dispatch(&mut self, data: Data) -> Frame<'_> {
        let data = match data {
            Data::Line(start, end) => &self.buffer[start..end],
            Data::Joined | Data::None => &self.joined[..],
        };
        let event = if self.event.is_empty() {
            Cow::Borrowed("")
        } else {
            Cow::Owned(String::from_utf8_lossy(&std::mem::take(&mut self.event)).into_owned())
        };
        // The check of whole text is many times as fast as the search for what to replace.
        let data = match std::str::from_utf8(data) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(data),
        };
        Frame { event, data, is_cut: false }
    }

    fn check_limit(&mut self, length: usize) -> Result<(), SseError> {
        if length <= self.limit_bytes {
            return Ok(());
        }
        self.failed = true;
        self.buffer = Vec::new();
        self.joined = Vec::new();
        self.data = Data::None;
        Err(SseError::TooLarge { limit_bytes: self.limit_bytes })
    }
}

/// The plain text between `before` and `after` at the start of `bytes`, and what follows.
fn split_alike<'a>(bytes: &'a [u8], before: &[u8], after: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let inner = bytes.strip_prefix(before)?;
    let (length, is_ascii) = json_text::plain_end(inner)?;
    let (text, rest) = inner.split_at(length);
    let left = rest.strip_prefix(after)?;
    let is_text = is_ascii || std::str::from_utf8(text).is_ok();
    (is_text && !text.is_empty()).then_some((text, left))
}

#[cfg(test)]
mod tests;
