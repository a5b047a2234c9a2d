//! The HTTP server: a thin skin over [`Gateway::handle`], so that both ways in give the same answers.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep};
use tower_http::catch_panic::CatchPanicLayer;

use crate::call::{Call, Reply, ReplyBody};
use crate::dialect::{Dialect, Encoder};
use crate::error::ApiError;
use crate::gateway::{Gateway, request_id};
use crate::relay::EventBody;

mod body;
mod connections;
mod patience;

/// Silence after which a comment is sent, so that idle proxies keep the connection (G-36).
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(15);

/// How long streams may go on once a shutdown was asked for. A guess; revisit with data.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

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

    /// Serves until `shutdown` completes; then nothing new is accepted and streams may finish, for 30 s at
    /// most.
    ///
    /// # Errors
    /// What the system says.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (begun, has_begun) = oneshot::channel();
        let gateway = self.gateway.clone();
        let closing = self.gateway.clone();
        let shutdown = async move {
            shutdown.await;
            gateway.drain();
            // Nobody listens any more only if the server has ended already.
            let _ = begun.send(());
        };
        // Outermost, so that a page is told why its call was refused.
        let cors = tower::util::option_layer(self.gateway.origins().layer());
        let app = Router::new()
            .fallback(answer)
            .layer(CatchPanicLayer::custom(panicked))
            .layer(cors)
            .with_state(self.gateway);
        let serving = connections::serve(self.listener, app, &closing, shutdown);
        let drained_too_long = async {
            match has_begun.await {
                Ok(()) => sleep(DRAIN_LIMIT).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serving => {}
            () = drained_too_long => {}
        }
        closing.close().await;
        Ok(())
    }
}

async fn answer(State(gateway): State<Gateway>, request: Request) -> Response {
    let dialect = Dialect::of(request.uri().path());
    let reply = match read(&gateway, request).await {
        Ok(call) => gateway.handle(call).await,
        Err(error) => gateway.refuse_early(error, dialect),
    };
    render(reply)
}

async fn read(gateway: &Gateway, request: Request) -> Result<Call, ApiError> {
    let (head, body) = request.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let mut call = Call { method: head.method.as_str().to_owned(), path, headers, body: Bytes::new() };
    gateway.origins().check(&call)?;
    check_host(gateway, &call, head.uri.host()).await?;
    check_content_type(&call)?;
    let limit = gateway.body_limit_bytes();
    body::check_length(&body, limit)?;
    if body::may_be_large(&body) {
        // Strangers must not fill the memory. Large, and nothing beside the reading of such a body.
        Box::pin(gateway.check_key(&call)).await?;
    }
    call.body = body::read(body, limit, &gateway.connections()).await?;
    Ok(call)
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

fn render(reply: Reply) -> Response {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.body {
        ReplyBody::Json(text) => Body::from(text),
        ReplyBody::Events(events) => {
            let filler = events.keep_alive();
            Body::from_stream(KeepAlive::new(frames(*events), filler))
        }
    };
    // Names are ours, and values are ids from the configuration, numbers and words.
    response.body(body).expect("every header of a reply is a valid one")
}

fn panicked(_reason: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request panicked; this is a defect");
    let error = ApiError::new(ErrorCode::InternalError, "The gateway failed; this is a defect.");
    render(error.into_reply(Dialect::ChatCompletions, &request_id(), None))
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

/// Adds frames without content to a silent stream, without disturbing what the stream is waiting for.
struct KeepAlive<S> {
    stream: Pin<Box<S>>,
    alarm: Pin<Box<Sleep>>,
    filler: &'static str,
}

impl<S: Stream<Item = Bytes>> KeepAlive<S> {
    fn new(stream: S, filler: &'static str) -> Self {
        Self { stream: Box::pin(stream), alarm: Box::pin(sleep(KEEP_ALIVE_AFTER)), filler }
    }
}

impl<S: Stream<Item = Bytes>> Stream for KeepAlive<S> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
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
        let seen: Vec<_> = KeepAlive::new(slow, ": x\n\n").map(Result::unwrap_or_default).collect().await;
        let comment = b": x\n\n".as_slice();
        assert_eq!(seen, [comment, comment, b"data", comment, comment]);
    }
}
