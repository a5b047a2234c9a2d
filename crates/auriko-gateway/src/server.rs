//! The HTTP server: a thin skin over [`Gateway::handle`], so that both ways in give the same answers.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use http::Uri;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tower_http::catch_panic::CatchPanicLayer;

use crate::call::{Call, Reply, ReplyBody};
use crate::dialect::{Dialect, Encoder};
use crate::error::ApiError;
use crate::gateway::{Gateway, request_id};
use crate::observe::Peer;
use crate::relay::EventBody;

mod body;
mod connections;
mod patience;

/// Silence after which a comment is sent, so that idle proxies keep the connection (G-36).
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(15);

/// How long connections may take to end once their replies were cut off.
const CUT_LIMIT: Duration = Duration::from_secs(5);

/// A bound server.
pub struct Server {
    gateway: Gateway,
    listener: TcpListener,
    local_addr: SocketAddr,
}

impl Server {
    /// Binds; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::PermissionDenied`] for an address that other machines can reach where
    /// callers need no key, so that anybody could spend the keys configured here; [`io::ErrorKind::Other`] when the
    /// store can't be opened.
    pub async fn bind(gateway: Gateway, host: &str, port: u16) -> io::Result<Self> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<_> = tokio::net::lookup_host((host, port)).await?.collect();
        let needs_keys = gateway.open().await.map_err(io::Error::other)?;
        let addresses_of_others = || addresses.iter().find(|address| !address.ip().is_loopback());
        if let Some(address) = if needs_keys { None } else { addresses_of_others() } {
            let message = format!(
                "{} can be reached from other machines, and this gateway has no keys yet, so it serves whoever \
                 reaches it. Make a key first (`auriko keys create`), name an admin token (`access.admin_token_env`), \
                 or bind to 127.0.0.1 or ::1",
                address.ip()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        let listener = TcpListener::bind(&*addresses).await?;
        let local_addr = listener.local_addr()?;
        Ok(Self { gateway, listener, local_addr })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` completes. Then nothing new is accepted, and what has begun may finish within
    /// `limits.drain_ms`; what has not is cut off, and settled like a request whose caller left. Returns when everything is
    /// written.
    ///
    /// # Errors
    /// What the system says.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (start_draining, mut drains) = watch::channel(false);
        let (cut_off, is_cut) = watch::channel(false);
        let (gateway, draining) = (self.gateway.clone(), self.gateway.clone());
        let shutdown = async move {
            shutdown.await;
            draining.drain();
            tracing::info!(
                limit_ms = draining.drain_limit().as_millis(),
                "stopping: what has begun may finish"
            );
            start_draining.send_replace(true);
        };
        // Outermost, so that a page is told why its call was refused.
        let cors = tower::util::option_layer(self.gateway.origins().layer());
        let app = Router::new()
            .fallback(answer)
            .layer(CatchPanicLayer::custom(panicked))
            .layer(cors)
            .with_state(Serving { gateway: self.gateway, is_cut });
        let serving = connections::serve(self.listener, app, &gateway, shutdown);
        let mut serving = std::pin::pin!(serving);
        let drained_too_long = async {
            // Without a shutdown there is no limit.
            if drains.wait_for(|drains| *drains).await.is_err() {
                std::future::pending::<()>().await;
            }
            sleep(gateway.drain_limit()).await;
        };
        tokio::select! {
            () = &mut serving => {}
            () = drained_too_long => {
                tracing::warn!("requests that have not finished are cut off");
                cut_off.send_replace(true);
                // What is still open then has a caller who does not read.
                drop(timeout(CUT_LIMIT, serving).await);
            }
        }
        gateway.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// What requests are served with.
#[derive(Clone)]
struct Serving {
    gateway: Gateway,
    /// Becomes true when nobody can wait any longer.
    is_cut: watch::Receiver<bool>,
}

impl Serving {
    /// Completes when nobody can wait any longer.
    fn cut(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut is_cut = self.is_cut.clone();
        async move {
            if is_cut.wait_for(|is_cut| *is_cut).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn answer(
    State(serving): State<Serving>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response {
    let gateway = &serving.gateway;
    let (mut call, uri, body) = head(request);
    let replied = async {
        match read(gateway, &mut call, &uri, body).await {
            Ok(()) => gateway.handle_from(call, peer).await,
            Err(error) => gateway.refuse_early(error, &call),
        }
    };
    let reply = tokio::select! {
        biased;
        reply = replied => reply,
        () = serving.cut() => {
            let error = ApiError::new(ErrorCode::ServiceUnavailable, "The gateway is shutting down.");
            error.into_reply(Dialect::ChatCompletions, &request_id(), None)
        }
    };
    render(reply, serving.cut())
}

fn head(request: Request) -> (Call, Uri, Body) {
    let (head, body) = request.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    (Call { method: head.method.as_str().to_owned(), path, headers, body: Bytes::new() }, head.uri, body)
}

async fn read(gateway: &Gateway, call: &mut Call, uri: &Uri, body: Body) -> Result<(), ApiError> {
    gateway.origins().check(call)?;
    check_host(gateway, call, uri.host()).await?;
    check_content_type(call)?;
    let limit = gateway.body_limit_bytes();
    body::check_length(&body, limit)?;
    if body::may_be_large(&body) {
        // Strangers must not fill the memory. Large, and nothing beside the reading of such a body.
        Box::pin(gateway.check_key(call)).await?;
    }
    call.body = body::read(body, limit, &gateway.connections()).await?;
    Ok(())
}

/// Where nobody needs a key, a web page may call that believes to be of this origin: its name has come to mean this
/// machine. It must not spend the keys configured here. `host`: of the request line, which HTTP/2 has instead.
async fn check_host(gateway: &Gateway, call: &Call, host: Option<&str>) -> Result<(), ApiError> {
    let Some(host) = call.header("host").or(host) else { return Ok(()) };
    if gateway.origins().trust_host(host) || !gateway.serves_anyone().await {
        return Ok(());
    }
    let message = "Without a key, only requests to this machine's own names and addresses are accepted.";
    let suggestion = "Make a key (`auriko keys create`), or name the origin in `cors_origins`.";
    Err(ApiError::new(ErrorCode::InsufficientPermissions, message).with_suggestion(suggestion.to_owned()))
}

/// A body of another kind is none of ours. A form, which is what `curl -d` and web pages send unasked, is told what to
/// say instead.
fn check_content_type(call: &Call) -> Result<(), ApiError> {
    if let Some(encoding) = call.header("content-encoding").filter(|it| !it.eq_ignore_ascii_case("identity"))
    {
        let message = format!("The request body is encoded as `{encoding}`, which is not understood here.");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message)
            .with_suggestion("Send the body as it is, without the header `content-encoding`.".to_owned()));
    }
    let Some(kind) = call.header("content-type").filter(|_| call.method != "GET") else { return Ok(()) };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    let message = format!("The request body must be JSON; its content type is `{essence}`.");
    Err(ApiError::new(ErrorCode::InvalidRequest, message)
        .with_suggestion("Send the header `content-type: application/json`.".to_owned()))
}

fn render(reply: Reply, cut: impl Future<Output = ()> + Send + 'static) -> Response {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.body {
        ReplyBody::Json(text) => Body::from(text),
        ReplyBody::Events(events) => {
            let filler = events.keep_alive();
            Body::from_stream(KeepAlive::new(frames(*events), filler, cut))
        }
    };
    // Names are ours, and values are ids from the configuration, numbers and words.
    response.body(body).expect("every header of a reply is a valid one")
}

fn panicked(_reason: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request panicked; this is a defect");
    let error = ApiError::new(ErrorCode::InternalError, "The gateway failed; this is a defect.");
    let reply = error.into_reply(Dialect::ChatCompletions, &request_id(), None);
    render(reply, std::future::pending())
}

/// Every batch of events as one piece of the body: many events that arrive together are one write.
fn frames(events: EventBody) -> impl Stream<Item = Bytes> + Send {
    let encoder = events.encoder();
    futures_util::stream::unfold((events, encoder), |(mut events, mut encoder)| async move {
        let mut out = Vec::new();
        write_batch(&mut events, &mut encoder, &mut out).await.then(|| (Bytes::from(out), (events, encoder)))
    })
}

/// Returns `false` when the reply is over.
async fn write_batch(events: &mut EventBody, encoder: &mut Encoder, out: &mut Vec<u8>) -> bool {
    // A batch may consist of events that wait for a later chunk.
    while out.is_empty() {
        if !events.next_with(&mut |choice, event| encoder.encode_sse(choice, &event, out)).await {
            return false;
        }
    }
    true
}

/// Adds frames without content to a silent stream, without disturbing what the stream is waiting for; breaks it when the
/// server can't wait for its end.
struct KeepAlive<S> {
    stream: Pin<Box<S>>,
    alarm: Pin<Box<Sleep>>,
    filler: &'static str,
    /// `None`: it was cut off.
    cut: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<S: Stream<Item = Bytes>> KeepAlive<S> {
    fn new(stream: S, filler: &'static str, cut: impl Future<Output = ()> + Send + 'static) -> Self {
        let alarm = Box::pin(sleep(KEEP_ALIVE_AFTER));
        Self { stream: Box::pin(stream), alarm, filler, cut: Some(Box::pin(cut)) }
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
        let polled = self.stream.as_mut().poll_next(context);
        if polled.is_pending() && self.alarm.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.alarm.as_mut().reset(Instant::now() + KEEP_ALIVE_AFTER);
        match polled {
            Poll::Ready(item) => Poll::Ready(item.map(Ok)),
            Poll::Pending => Poll::Ready(Some(Ok(Bytes::from_static(self.filler.as_bytes())))),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_with_comments() {
        let slow = futures_util::stream::unfold(0, |count| async move {
            sleep(Duration::from_secs(40)).await;
            (count < 1).then(|| (Bytes::from_static(b"data"), count + 1))
        });
        let seen: Vec<_> = KeepAlive::new(slow, ": x\n\n", std::future::pending())
            .map(Result::unwrap_or_default)
            .collect()
            .await;
        let comment = b": x\n\n".as_slice();
        assert_eq!(seen, [comment, comment, b"data", comment, comment]);
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
