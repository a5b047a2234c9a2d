//! Accepts connections and serves HTTP on each, under the limits of `[connections]`. `axum::serve` has none of them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::App;
use super::lanes::Lanes;
use super::patience::{InFlight, Patient};
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
    app: App,
    builder: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
}

impl Servant {
    pub(super) fn new(app: App) -> Self {
        Self { app, builder: builder(), graceful: GracefulShutdown::new() }
    }

    /// Serves a connection until it ends, on the runtime of the lane.
    ///
    /// # Errors
    /// What the system says of a connection that has ended already.
    pub(super) fn serve(&self, accepted: Accepted, open: impl Send + 'static) -> io::Result<()> {
        let Accepted { stream, peer, limits, _place: place } = accepted;
        let stream = Patient::new(TcpStream::from_std(stream)?, &limits);
        let activity = stream.activity();
        let app = self.app.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let in_flight = activity.begin();
            answer(&app, request, in_flight, limits.unread)
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

fn answer(
    app: &App,
    request: Request<Incoming>,
    in_flight: InFlight,
    unread: Duration,
) -> impl Future<Output = Result<Response<Watched>, Infallible>> + use<> {
    let is_http2 = request.version() == Version::HTTP_2;
    let answering = app.clone().oneshot(request.map(Body::new));
    async move {
        let response = answering.await?;
        Ok(response.map(|body| {
            let body = if is_http2 { pass_on(body, unread) } else { body };
            Watched { body, _in_flight: in_flight }
        }))
    }
}

/// A body that is dropped when nobody takes the next piece of it for `unread`. Of an HTTP/2 stream that nobody reads the
/// socket shows nothing: others share it.
fn pass_on(mut body: Body, unread: Duration) -> Body {
    if http_body::Body::is_end_stream(&body) {
        return body;
    }
    let (pieces, mut read) = mpsc::channel::<Result<Frame<Bytes>, axum::Error>>(1);
    tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                next = body.frame() => next,
                () = pieces.closed() => return,
            };
            let Some(next) = next else { return };
            let Ok(place) = timeout(unread, pieces.reserve()).await else {
                drop(body);
                // Told when it reads again: the reply is not complete.
                let gone = axum::Error::new(io::Error::from(io::ErrorKind::TimedOut));
                let _ = pieces.send(Err(gone)).await;
                return;
            };
            let Ok(place) = place else { return };
            place.send(next);
        }
    });
    let frames = futures_util::stream::poll_fn(move |context| read.poll_recv(context));
    Body::new(http_body_util::StreamBody::new(frames))
}

/// A reply's body, which is in flight until it is dropped.
struct Watched {
    body: Body,
    _in_flight: InFlight,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
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
