//! A connection that does not wait for ever. Who opens a connection and says nothing, sends its headers byte by byte or
//! takes nothing of its reply holds a file and memory; each of these ends by a limit of its own.
//!
//! It sits below HTTP, since only there all three can be seen, and costs a request no timer: one is set only when the
//! socket has nothing to give or takes nothing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Connections;

/// What HTTP/2 begins with. Its connections have frames of their own when nobody asks anything.
const HTTP2_PREFACE: &[u8] = b"PRI";

/// What a connection and its requests know of each other.
#[derive(Debug)]
pub(super) struct Activity {
    opened_at: Instant,
    begun: AtomicU64,
    ended: AtomicU64,
    /// When the last request ended, microseconds after `opened_at`.
    quiet_after: AtomicU64,
    is_http2: AtomicBool,
}

/// A request that is being served, until its reply has been handed over or dropped.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Activity {
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.begun.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    fn new() -> Self {
        Self {
            opened_at: Instant::now(),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            quiet_after: AtomicU64::new(0),
            is_http2: AtomicBool::new(false),
        }
    }

    fn quiet_since(&self) -> Instant {
        self.opened_at + Duration::from_micros(self.quiet_after.load(Ordering::Relaxed))
    }

    /// How many requests there were, if none is being served.
    fn served(&self) -> Option<u64> {
        let ended = self.ended.load(Ordering::Relaxed);
        (self.begun.load(Ordering::Relaxed) == ended).then_some(ended)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let after = u64::try_from(self.0.opened_at.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.quiet_after.store(after, Ordering::Relaxed);
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// A stream under the limits of `[connections]`.
pub(super) struct Patient<S> {
    stream: S,
    activity: Arc<Activity>,
    head: Duration,
    idle: Duration,
    unread: Duration,
    /// How many requests were served when that was last looked at.
    served: u64,
    /// When the first byte of a request came.
    head_since: Option<Instant>,
    /// Since when the other side takes nothing.
    stuck_since: Option<Instant>,
    read_alarm: Alarm,
    write_alarm: Alarm,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, limits: &Connections) -> Self {
        Self {
            stream,
            activity: Arc::new(Activity::new()),
            head: limits.head,
            idle: limits.idle,
            unread: limits.unread,
            served: 0,
            head_since: None,
            stuck_since: None,
            read_alarm: Alarm::default(),
            write_alarm: Alarm::default(),
        }
    }

    pub(super) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }

    /// Forgets the request before, if it is over.
    fn catch_up(&mut self) -> bool {
        let Some(served) = self.activity.served() else { return false };
        if served != self.served {
            self.served = served;
            self.head_since = None;
        }
        true
    }

    fn note_read(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || !self.catch_up() {
            return;
        }
        if self.head_since.is_none() {
            self.head_since = Some(Instant::now());
            if self.served == 0 && bytes.starts_with(HTTP2_PREFACE) {
                self.activity.is_http2.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether the caller's silence has lasted too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if !self.catch_up() {
            // Nobody says when the request ends; the alarm looks after it then.
            return self
                .read_alarm
                .poll(Instant::now() + self.idle, context)
                .map(|()| io::ErrorKind::TimedOut.into());
        }
        let head = self.head_since.filter(|_| !self.activity.is_http2.load(Ordering::Relaxed));
        let ends_at = head.map_or(self.activity.quiet_since() + self.idle, |since| since + self.head);
        self.read_alarm.poll(ends_at, context).map(|()| io::ErrorKind::TimedOut.into())
    }

    fn poll_stuck(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let since = *self.stuck_since.get_or_insert_with(Instant::now);
        self.write_alarm.poll(since + self.unread, context).map(|()| io::ErrorKind::TimedOut.into())
    }

    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.poll_stuck(context).map(Err);
        }
        self.stuck_since = None;
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Pending => this.poll_silence(context).map(Err),
            Poll::Ready(Ok(())) => {
                this.note_read(&buffer.filled()[before..]);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after_write(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.after_write(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A timer that is made when it is first needed, and moved only to an earlier time.
#[derive(Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    fn poll(&mut self, ends_at: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(ends_at)));
        if sleep.deadline() > ends_at {
            sleep.as_mut().reset(ends_at);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= ends_at {
                return Poll::Ready(());
            }
            // It was set for what is over.
            sleep.as_mut().reset(ends_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    fn limits() -> Connections {
        let seconds = Duration::from_secs;
        Connections { head: seconds(10), idle: seconds(100), unread: seconds(50), ..Connections::default() }
    }

    fn pair() -> (Patient<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(8);
        (Patient::new(ours, &limits()), theirs)
    }

    /// After how many seconds the connection gives up.
    async fn patience(connection: &mut Patient<DuplexStream>) -> u64 {
        let started_at = Instant::now();
        let mut byte = [0; 8];
        loop {
            match connection.read(&mut byte).await {
                Ok(count) => assert!(count > 0, "the other side is there"),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return started_at.elapsed().as_secs();
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_may_last_as_long_as_idle() {
        let (mut connection, _theirs) = pair();
        assert_eq!(patience(&mut connection).await, 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_has_begun_must_go_on() {
        let (mut connection, mut theirs) = pair();
        let trickle = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            // A byte every four seconds is no way around it.
            while theirs.write_all(b"G").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(4)).await;
            }
        });
        assert_eq!(patience(&mut connection).await, 40);
        drop(connection);
        trickle.await.expect("it ended by itself");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_reply_may_be_silent() {
        let (mut connection, mut theirs) = pair();
        theirs.write_all(b"GET").await.expect("written");
        let mut request = [0; 3];
        connection.read_exact(&mut request).await.expect("read");
        let served = connection.activity().begin();
        let ended = async {
            tokio::time::sleep(Duration::from_secs(500)).await;
            drop(served);
            // As hyper does, which reads on when the reply is written.
            Ok::<_, ()>(())
        };
        let mut byte = [0];
        tokio::select! {
            biased;
            _ = connection.read(&mut byte) => panic!("nothing was sent, and nothing had run out"),
            ended = ended => ended.expect("it waited"),
        }
        assert_eq!(patience(&mut connection).await, 100);
    }

    #[tokio::test(start_paused = true)]
    async fn http2_may_talk_about_nothing() {
        let (mut connection, mut theirs) = pair();
        theirs.write_all(HTTP2_PREFACE).await.expect("written");
        assert_eq!(patience(&mut connection).await, 100);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_left() {
        let (mut connection, mut theirs) = pair();
        let started_at = Instant::now();
        let reader = tokio::spawn(async move {
            let mut byte = [0; 8];
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(40)).await;
                theirs.read_exact(&mut byte).await.expect("there is more");
            }
            theirs
        });
        let error = connection.write_all(&[0; 1024]).await.expect_err("nobody reads");
        assert_eq!((error.kind(), started_at.elapsed().as_secs()), (io::ErrorKind::TimedOut, 170));
        drop(reader.await);
    }
}
