//! Accepts connections and serves HTTP on each, under the limits of `[connections]`.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::answer::Answers;
use super::lanes::Lanes;
use super::patience::Patient;
use crate::config::Connections;
use crate::gateway::Gateway;
use crate::observe::Peer;

/// Request line and headers together, bytes. Keys, ids and cookies of a domain fit many times; what is larger is answered
/// with 431 by hyper. 64 KiB is twice what nginx takes.
const HEAD_LIMIT: usize = 64 * 1024;

/// Headers of a request; more are answered with 431. hyper's own default.
const HEADER_COUNT_LIMIT: usize = 100;

/// How often an HTTP/2 caller is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// Pause after a failure to accept, such as when there are no files left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection that is to be served.
pub(super) struct Accepted {
    stream: std::net::TcpStream,
    peer: Peer,
    limits: Connections,
    _place: OwnedSemaphorePermit,
}

/// Accepts until `shutdown` completes, and hands each connection to a lane.
pub(super) async fn accept_until(
    listener: TcpListener,
    gateway: &Gateway,
    lanes: &Lanes,
    shutdown: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(gateway.connections().max.min(Semaphore::MAX_PERMITS)));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = accept(&listener, &places) => accepted,
        };
        let handed_over = accepted.and_then(|(stream, address, place)| {
            let (peer, limits) = (Peer::from(address.ip()), gateway.connections());
            lanes.serve(Accepted { stream: stream.into_std()?, peer, limits, _place: place })
        });
        match handed_over {
            Ok(()) => {}
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// What the connections of one lane are served with.
pub(super) struct Servant {
    answers: Answers,
    builder: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
}

impl Servant {
    pub(super) fn new(answers: Answers) -> Self {
        Self { answers, builder: builder(), graceful: GracefulShutdown::new() }
    }

    /// Serves a connection until it ends, on the runtime of the lane.
    ///
    /// # Errors
    /// What the system says of a connection that has ended already.
    pub(super) fn serve(&self, accepted: Accepted, open: impl Send + 'static) -> io::Result<()> {
        let Accepted { stream, peer, limits, _place: place } = accepted;
        let stream = Patient::new(TcpStream::from_std(stream)?, &limits);
        let activity = stream.activity();
        let answerer = self.answers.to(peer);
        let service = service_fn(move |request: Request<Incoming>| {
            let in_flight = activity.begin();
            let unread = (request.version() == Version::HTTP_2).then_some(limits.unread);
            let answering = answerer.answer(request);
            async move {
                Ok::<_, Infallible>(answering.await?.map(|body| match unread {
                    Some(unread) => body.within(unread).watched(in_flight),
                    None => body.watched(in_flight),
                }))
            }
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = self.graceful.watch(connection);
        tokio::spawn(async move {
            let _while_open = (place, open);
            // Why a connection ended is its caller's business.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
        Ok(())
    }

    /// Completes when every connection has ended; from now on each ends with the reply that it is at.
    pub(super) async fn finish(self) {
        self.graceful.shutdown().await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .max_buf_size(HEAD_LIMIT)
        .max_headers(HEADER_COUNT_LIMIT)
        // `Patient` has limits for all of it, also before the protocol is known.
        .header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .max_header_list_size(u32::try_from(HEAD_LIMIT).unwrap_or(u32::MAX));
    builder
}

/// Waits for a place before it accepts: what is not accepted waits in the system's queue.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    without_delay(&stream);
    Ok((stream, address, place))
}

/// A chunk is a small write, and the next one may be long in coming: Nagle's algorithm would hold it back until the
/// caller's kernel has acknowledged the one before, which takes up to 40 ms.
fn without_delay(stream: &TcpStream) {
    // A connection that has ended already can't be set up, and need not be.
    drop(stream.set_nodelay(true));
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_writes_leave_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let _caller = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("it listens");
        let (accepted, _address, _place) =
            accept(&listener, &Arc::new(Semaphore::new(1))).await.expect("a caller");
        assert!(accepted.nodelay().expect("an open socket"));
    }
}
