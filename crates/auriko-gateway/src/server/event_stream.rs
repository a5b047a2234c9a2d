//! The body of a streamed reply: many events that arrive together are one write, and a silence is filled.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use auriko_wire::event::Event;
use auriko_wire::run::{EventSink, Run};
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep};

use crate::dialect::Encoder;
use crate::relay::EventBody;

/// Silence after which a comment is sent, so that idle proxies keep the connection (G-36).
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(15);

/// So many bytes at once are a burst, such as a reply from a cache, and the rest of it is about to be read.
const BURST: usize = 4 * 1024;

/// So many deltas at once are one as well: a chunk has some 250 bytes.
const BURST_COUNT: usize = BURST / 250;

/// How often nothing may have come before the rest is waited for: a piece passes a task or two on its way.
const TRIES: usize = 3;

/// Bytes of one piece of the body, about.
const LARGEST: usize = 64 * 1024;

/// The body, with frames that fill its silences. It breaks when `cut` completes, which is when the server can't wait for
/// its end.
///
/// Its first piece is written before there is a body: the connection's task writes the head of the reply alone when it
/// finds no piece behind it, and looking for the rest of a burst is such a moment.
pub(super) async fn body(
    mut events: Box<EventBody>,
    cut: impl Future<Output = ()> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let filler = events.keep_alive();
    let mut writer = Writer { encoder: events.encoder(), out: Vec::new() };
    // Does not wait: the reply is there, or it would not be this one.
    events.next_into(&mut writer).await;
    write_rest(&mut events, &mut writer).await;
    KeepAlive::new(pieces(events, writer), filler, cut)
}

/// What was written already, and every batch of events as one piece of the body.
fn pieces(events: Box<EventBody>, writer: Writer) -> impl Stream<Item = Bytes> + Send {
    futures_util::stream::unfold((events, writer), |(mut events, mut writer)| async move {
        if writer.out.is_empty() && !write_batch(&mut events, &mut writer).await {
            return None;
        }
        let piece = Bytes::from(std::mem::take(&mut writer.out));
        Some((piece, (events, writer)))
    })
}

/// Returns `false` when the reply is over.
async fn write_batch(events: &mut EventBody, writer: &mut Writer) -> bool {
    // A batch may consist of events that wait for a later chunk.
    while writer.out.is_empty() {
        if !events.next_into(writer).await {
            return false;
        }
    }
    write_rest(events, writer).await;
    true
}

/// Adds what else has come, or is about to come in a burst.
async fn write_rest(events: &mut EventBody, writer: &mut Writer) {
    let mut tries = 0;
    while writer.out.len() < LARGEST && tries < TRIES {
        let length = writer.out.len();
        events.more_into(writer);
        if writer.out.len() < BURST || events.has_ended() {
            break;
        }
        tries = if writer.out.len() > length { 0 } else { tries + 1 };
        step_back().await;
    }
}

/// Writes a piece of the body.
struct Writer {
    encoder: Encoder,
    out: Vec<u8>,
}

impl EventSink for Writer {
    fn event(&mut self, choice: u32, event: Event<'_>) {
        self.encoder.encode_sse(choice, &event, &mut self.out);
    }

    fn run(&mut self, run: &Run<'_>) {
        if run.count() > BURST_COUNT {
            // At once, since growing copies what is there.
            self.out.reserve(LARGEST.saturating_sub(self.out.len()));
        }
        self.encoder.encode_run_sse(run, &mut self.out);
    }
}

/// Lets tasks run that are ready now, such as the one that reads from the provider, and does not wait for others.
async fn step_back() {
    let mut has_waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Adds frames without content to a silent stream, without disturbing what the stream is waiting for; breaks it when the
/// server can't wait for its end.
struct KeepAlive<S> {
    stream: Pin<Box<S>>,
    /// When the stream said something last.
    spoke_at: Instant,
    /// Goes off at or before the end of the silence and is then moved on, so that a busy stream sets no timer per write.
    alarm: Pin<Box<Sleep>>,
    filler: &'static str,
    /// `None`: it was cut off.
    cut: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<S: Stream<Item = Bytes>> KeepAlive<S> {
    fn new(stream: S, filler: &'static str, cut: impl Future<Output = ()> + Send + 'static) -> Self {
        let (stream, alarm, cut) = (Box::pin(stream), Box::pin(sleep(KEEP_ALIVE_AFTER)), Box::pin(cut));
        Self { stream, spoke_at: Instant::now(), alarm, filler, cut: Some(cut) }
    }
}

impl<S: Stream<Item = Bytes>> Stream for KeepAlive<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(cut) = &mut self.cut else { return Poll::Ready(None) };
        // Also of a stream that always has something.
        if cut.as_mut().poll(context).is_ready() {
            self.cut = None;
            // The connection breaks, so that nobody takes what there is for everything.
            return Poll::Ready(Some(Err(io::Error::other("the gateway is shutting down"))));
        }
        if let Poll::Ready(item) = self.stream.as_mut().poll_next(context) {
            self.spoke_at = Instant::now();
            return Poll::Ready(item.map(Ok));
        }
        while self.alarm.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            let is_silent = now >= self.spoke_at + KEEP_ALIVE_AFTER;
            if is_silent {
                self.spoke_at = now;
            }
            let next = self.spoke_at + KEEP_ALIVE_AFTER;
            self.alarm.as_mut().reset(next);
            if is_silent {
                return Poll::Ready(Some(Ok(Bytes::from_static(self.filler.as_bytes()))));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::StreamExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_with_comments() {
        let slow = futures_util::stream::unfold(0, |count| async move {
            sleep(Duration::from_secs(40)).await;
            (count < 1).then(|| (Bytes::from_static(b"data"), count + 1))
        });
        let seen: Vec<_> =
            KeepAlive::new(slow, ": x\n\n", pending()).map(Result::unwrap_or_default).collect().await;
        let comment = b": x\n\n".as_slice();
        assert_eq!(seen, [comment, comment, b"data", comment, comment]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_speaks_is_not_interrupted() {
        let steady = futures_util::stream::unfold(0, |count| async move {
            sleep(Duration::from_secs(9)).await;
            (count < 5).then(|| (Bytes::from_static(b"data"), count + 1))
        });
        let seen: Vec<_> =
            KeepAlive::new(steady, ": x\n\n", pending()).map(Result::unwrap_or_default).collect().await;
        assert_eq!(seen, [b"data".as_slice(); 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_cut_off_breaks() {
        let endless = futures_util::stream::repeat(Bytes::from_static(b"data"));
        let mut seen = KeepAlive::new(endless, "", sleep(Duration::from_secs(1)));
        assert_eq!(seen.next().await.expect("it goes on").expect("data"), b"data".as_slice());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(seen.next().await.expect("it breaks").is_err());
        assert!(seen.next().await.is_none());
    }
}
