//! The reply: headers at once, the body under the idle and total limits.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{Error, ErrorKind, Limit};
use crate::request::Limits;

/// A reply with a status below 400.
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// As received.
    pub headers: HeaderMap,
    pub(crate) body: Body,
}

impl Response {
    /// The first header of that name, which is given in lower case. `None` too for a value that is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// The headers as text, names in lower case; invalid UTF-8 is replaced.
    pub fn header_list(&self) -> Vec<(String, String)> {
        header_list(&self.headers)
    }

    /// The whole body as text; invalid UTF-8 is replaced.
    ///
    /// # Errors
    /// A broken connection, or the idle or total limit.
    pub async fn text(self) -> Result<String, Error> {
        let mut body = self.body;
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await? {
            bytes.extend_from_slice(&part);
            body.touch();
        }
        Ok(into_text(bytes))
    }

    /// As [`Self::text`], of at most `limit_bytes`, counted after decompression.
    ///
    /// # Errors
    /// As [`Self::text`]; [`ErrorKind::ReplyTooLarge`] as soon as more has come.
    pub async fn text_within(self, limit_bytes: usize) -> Result<String, Error> {
        let mut body = self.body;
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await? {
            if part.len() > limit_bytes - bytes.len() {
                return Err(Error::new(ErrorKind::ReplyTooLarge { limit_bytes }));
            }
            bytes.extend_from_slice(&part);
            body.touch();
        }
        Ok(into_text(bytes))
    }

    /// The body, to be read as it arrives.
    pub fn into_body(self) -> Body {
        self.body
    }
}

/// Where the bytes come from.
pub(crate) enum Parts {
    Direct(Incoming),
    Full(Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<Bytes>> + Send>>),
}

impl Parts {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        match self {
            Self::Direct(body) => loop {
                let frame = ready!(Pin::new(&mut *body).poll_frame(context)).transpose();
                match frame.map_err(|error| Error::because(ErrorKind::Interrupted, error))? {
                    None => return Poll::Ready(Ok(None)),
                    Some(frame) => {
                        // Trailers say nothing to us.
                        if let Ok(data) = frame.into_data() {
                            return Poll::Ready(Ok(Some(data)));
                        }
                    }
                }
            },
            Self::Full(stream) => {
                let part = ready!(stream.poll_next_unpin(context)).transpose();
                let part = part.map_err(|error| Error::because(ErrorKind::Interrupted, error.without_url()));
                Poll::Ready(part)
            }
        }
    }
}

/// A body being read. Dropping it closes the connection, unless it was read to its end.
pub struct Body {
    parts: Parts,
    idle: Option<Duration>,
    total: Option<Duration>,
    ends_at: Option<Instant>,
    touched_at: Instant,
    /// Made when something is first waited for: many a reply is there as a whole. Fires at or before the true deadline and
    /// is then moved on, so that a busy stream sets no timer per event.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Body {
    pub(crate) fn new(parts: Parts, limits: &Limits, ends_at: Option<Instant>) -> Self {
        Self {
            parts,
            idle: limits.idle,
            total: limits.total,
            ends_at,
            touched_at: Instant::now(),
            alarm: None,
        }
    }

    /// The next bytes, or `None` at the end.
    ///
    /// The idle limit runs from the last [`Self::touch`], so the reader decides what counts as progress.
    ///
    /// # Errors
    /// A broken connection, or the idle or total limit.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// Bytes that have already arrived, without waiting: `None` when there are none now.
    pub fn next_ready(&mut self) -> Option<Result<Option<Bytes>, Error>> {
        match self.parts.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(part) => Some(part),
            Poll::Pending => None,
        }
    }

    /// Restarts the idle limit.
    pub fn touch(&mut self) {
        self.touched_at = Instant::now();
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        if let Poll::Ready(part) = self.parts.poll_next(context) {
            return Poll::Ready(part);
        }
        let Some(mut alarm) = self.alarm.take().or_else(|| Some(Box::pin(sleep_until(self.limited_to()?))))
        else {
            return Poll::Pending;
        };
        while alarm.as_mut().poll(context).is_ready() {
            if let Some(error) = self.expired() {
                return Poll::Ready(Err(error));
            }
            if let Some(at) = self.limited_to() {
                alarm.as_mut().reset(at);
            }
        }
        self.alarm = Some(alarm);
        Poll::Pending
    }

    /// When the first limit is reached, if nothing comes until then. `None`: there is none.
    fn limited_to(&self) -> Option<Instant> {
        let idle = self.idle.map(|idle| self.touched_at + idle);
        idle.into_iter().chain(self.ends_at).min()
    }

    fn expired(&self) -> Option<Error> {
        let now = Instant::now();
        if self.ends_at.is_some_and(|end| now >= end) {
            let after = self.total.unwrap_or_default();
            return Some(Error::new(ErrorKind::Timeout { limit: Limit::Total, after }));
        }
        let idle = self.idle?;
        (now >= self.touched_at + idle)
            .then(|| Error::new(ErrorKind::Timeout { limit: Limit::Idle, after: idle }))
    }

    /// What can be had of an error reply's body; a failure to read it is not worth hiding the status for.
    pub(crate) async fn text_up_to(mut self, limit_bytes: usize, time_limit: Duration) -> String {
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(time_limit, async {
            while let Ok(Some(part)) = self.next().await {
                let room = limit_bytes - bytes.len();
                bytes.extend_from_slice(&part[..part.len().min(room)]);
                if bytes.len() == limit_bytes {
                    break;
                }
            }
        })
        .await;
        into_text(bytes)
    }
}

pub(crate) fn header_list(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
