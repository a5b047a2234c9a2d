//! The body of a reply on its way out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::patience::InFlight;

/// A body, which is in flight until it is dropped.
#[derive(Default)]
pub(super) struct Outgoing {
    content: Content,
    in_flight: Option<InFlight>,
}

#[derive(Default)]
enum Content {
    /// Nothing is left.
    #[default]
    Empty,
    Whole(Bytes),
    Pieces(Pieces),
}

type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

impl Outgoing {
    pub(super) fn whole(content: Bytes) -> Self {
        let content = if content.is_empty() { Content::Empty } else { Content::Whole(content) };
        Self { content, in_flight: None }
    }

    pub(super) fn events(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self { content: Content::Pieces(Box::pin(pieces)), in_flight: None }
    }

    /// The same, counted as in flight.
    pub(super) fn watched(mut self, in_flight: InFlight) -> Self {
        self.in_flight = Some(in_flight);
        self
    }

    /// The same, dropped when nobody takes the next piece of it for `unread`. Of an HTTP/2 stream that nobody reads the
    /// socket shows nothing: others share it.
    pub(super) fn within(self, unread: Duration) -> Self {
        let mut content = match self.content {
            Content::Empty => return self,
            content => content,
        };
        let (pieces, mut read) = mpsc::channel::<io::Result<Bytes>>(1);
        tokio::spawn(async move {
            loop {
                let next = tokio::select! {
                    next = std::future::poll_fn(|context| content.poll_next(context)) => next,
                    () = pieces.closed() => return,
                };
                let Some(next) = next else { return };
                let Ok(place) = timeout(unread, pieces.reserve()).await else {
                    drop(content);
                    // Told when it reads again: the reply is not complete.
                    let _ = pieces.send(Err(io::ErrorKind::TimedOut.into())).await;
                    return;
                };
                let Ok(place) = place else { return };
                place.send(next);
            }
        });
        let pieces = futures_util::stream::poll_fn(move |context| read.poll_recv(context));
        Self { content: Content::Pieces(Box::pin(pieces)), in_flight: self.in_flight }
    }
}

impl Content {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match self {
            Self::Pieces(pieces) => pieces.as_mut().poll_next(context),
            Self::Empty => Poll::Ready(None),
            Self::Whole(text) => {
                let text = std::mem::take(text);
                *self = Self::Empty;
                Poll::Ready(Some(Ok(text)))
            }
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.content.poll_next(context).map(|next| next.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.content, Content::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Empty => SizeHint::with_exact(0),
            Content::Whole(content) => SizeHint::with_exact(content.len() as u64),
            Content::Pieces(_) => SizeHint::default(),
        }
    }
}
