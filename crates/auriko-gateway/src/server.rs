//! The HTTP server: a thin skin over [`Gateway::handle`], so that both ways in give the same answers.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::{Listener, ListenerExt};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::net::{TcpListener, TcpStream};
use tower_http::catch_panic::CatchPanicLayer;

use crate::call::{Call, Reply, ReplyBody};
use crate::dialect::Dialect;
use crate::error::ApiError;
use crate::gateway::{Gateway, request_id, too_large};

mod event_stream;
mod lanes;

use lanes::Lanes;

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
        // Outermost, so that a page is told why its call was refused.
        let cors = tower::util::option_layer(self.gateway.origins().layer());
        let app = Router::new()
            .fallback(answer)
            .layer(CatchPanicLayer::custom(panicked))
            .layer(cors)
            .with_state(self.gateway.clone());
        let lanes = Lanes::start(&app)?;
        let mut listener = without_delay(self.listener);
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let (connection, _) = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            if let Err(error) = lanes.serve(connection) {
                tracing::debug!(%error, "a connection ended before it was served");
            }
        }
        self.gateway.drain();
        // Who connects now is told that nobody listens.
        drop(listener);
        lanes.drain(DRAIN_LIMIT).await;
        self.gateway.close().await;
        Ok(())
    }
}

/// A chunk is a small write, and the next one may be long in coming: Nagle's algorithm would hold it back until the
/// caller's kernel has acknowledged the one before, which takes up to 40 ms.
fn without_delay(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    // A connection that has ended already can't be set up, and need not be.
    listener.tap_io(|stream| drop(stream.set_nodelay(true)))
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
    check_content_type(&call)?;
    let limit = gateway.body_limit_bytes();
    call.body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
        Err(_) => {
            return Err(ApiError::new(ErrorCode::InvalidRequest, "The request body could not be read."));
        }
    };
    Ok(call)
}

/// A body of another kind is none of ours. A form, which is what `curl -d` and web pages send unasked, is told what to
/// say instead.
fn check_content_type(call: &Call) -> Result<(), ApiError> {
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
        ReplyBody::Events(events) => Body::from_stream(event_stream::body(*events)),
    };
    // Names are ours, and values are ids from the configuration, numbers and words.
    response.body(body).expect("every header of a reply is a valid one")
}

fn panicked(_reason: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request panicked; this is a defect");
    let error = ApiError::new(ErrorCode::InternalError, "The gateway failed; this is a defect.");
    render(error.into_reply(Dialect::ChatCompletions, &request_id(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_writes_leave_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let _caller = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("it listens");
        let (accepted, _) = without_delay(listener).accept().await;
        assert!(accepted.nodelay().expect("an open socket"));
    }
}
