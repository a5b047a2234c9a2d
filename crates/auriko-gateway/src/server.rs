//! The HTTP server: a thin skin over [`Gateway::handle`], so that both ways in give the same answers.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt;
use http::Uri;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::util::BoxCloneSyncService;
use tower::{Layer, service_fn};

use crate::call::{Call, ReplyBody};
use crate::dialect::Dialect;
use crate::error::ApiError;
use crate::gateway::{Gateway, request_id};
use crate::observe::Peer;

mod body;
mod connections;
mod event_stream;
mod lanes;
mod patience;

use lanes::Lanes;

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
        let gateway = self.gateway.clone();
        let (cut_off, is_cut) = watch::channel(false);
        let serving = Serving { gateway: self.gateway, is_cut };
        let answers = service_fn(move |request| answer_whatever_happens(serving.clone(), request));
        // Outermost, so that a page is told why its call was refused.
        let cors = tower::util::option_layer(gateway.origins().layer());
        let app = App::new(cors.layer(answers));
        let mut lanes = Lanes::start(&app)?;
        // Who connects later is told that nobody listens.
        connections::accept_until(self.listener, &gateway, &lanes, shutdown).await;
        gateway.drain();
        let limit = gateway.drain_limit();
        tracing::info!(limit_ms = limit.as_millis(), "stopping: what has begun may finish");
        lanes.drain();
        if timeout(limit, lanes.ended()).await.is_err() {
            tracing::warn!("requests that have not finished are cut off");
            cut_off.send_replace(true);
            // What is still open then has a caller who does not read.
            let _ = timeout(CUT_LIMIT, lanes.ended()).await;
        }
        lanes.stop().await;
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

/// Serves one connection's requests. A router of axum would box and move each request's future several times, which is
/// large.
type App = BoxCloneSyncService<Request, Response, Infallible>;

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

fn answer_whatever_happens(serving: Serving, request: Request) -> Answering {
    let answered = AssertUnwindSafe(answer(serving, request)).catch_unwind();
    Box::pin(answered.map(|response| Ok(response.unwrap_or_else(|_| panicked()))))
}

async fn answer(serving: Serving, request: Request) -> Response {
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer::Remote);
    let gateway = &serving.gateway;
    let (mut call, uri, body) = head(request);
    let replied = async {
        match read(gateway, &mut call, &uri, body).await {
            // Large, and otherwise moved with everything that it is wrapped in.
            Ok(()) => Box::pin(gateway.handle_from(call, peer)).await,
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
    let body = match reply.body {
        ReplyBody::Json(text) => Body::from(text),
        ReplyBody::Events(events) => Body::from_stream(event_stream::body(events, serving.cut()).await),
    };
    render(reply.status, &reply.headers, body)
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

fn render(status: u16, headers: &[(String, String)], body: Body) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    // Names are ours, and values are ids from the configuration, numbers and words.
    response.body(body).expect("every header of a reply is a valid one")
}

fn panicked() -> Response {
    tracing::error!("a request panicked; this is a defect");
    let error = ApiError::new(ErrorCode::InternalError, "The gateway failed; this is a defect.");
    let reply = error.into_reply(Dialect::ChatCompletions, &request_id(), None);
    let text = match reply.body {
        ReplyBody::Json(text) => text,
        ReplyBody::Events(_) => unreachable!("an error is not streamed"),
    };
    render(reply.status, &reply.headers, Body::from(text))
}
