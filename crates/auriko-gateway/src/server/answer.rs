//! From a request of a connection to its reply: reads it under the limits, hands it to the gateway, and writes what comes.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use auriko_wire::error_code::ErrorCode;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use tokio::sync::watch;
use tower::{Layer, ServiceExt};
use tower_http::cors::{Cors, CorsLayer};

use super::outgoing::Outgoing;
use super::{body, event_stream};
use crate::call::{Call, Reply, ReplyBody};
use crate::dialect::Dialect;
use crate::error::ApiError;
use crate::gateway::{Gateway, request_id};
use crate::observe::Peer;

/// What requests are answered with.
#[derive(Clone)]
pub(super) struct Answers {
    gateway: Gateway,
    /// Becomes true when nobody can wait any longer.
    is_cut: watch::Receiver<bool>,
    cors: Option<CorsLayer>,
}

/// Large: boxed once, and not moved after that.
pub(super) type Answering = Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>>;

impl Answers {
    pub(super) fn new(gateway: Gateway, is_cut: watch::Receiver<bool>) -> Self {
        let cors = gateway.origins().layer();
        Self { gateway, is_cut, cors }
    }

    /// What one connection asks is answered by.
    pub(super) fn to(&self, peer: Peer) -> Answerer {
        let direct = Direct { gateway: self.gateway.clone(), is_cut: self.is_cut.clone(), peer };
        match &self.cors {
            None => Answerer::Direct(direct),
            // Outermost, so that a page is told why its call was refused.
            Some(cors) => Answerer::ForPages(Box::new(cors.layer(direct))),
        }
    }
}

/// Answers the requests of one connection.
pub(super) enum Answerer {
    Direct(Direct),
    /// Tells web pages what they may do.
    ForPages(Box<Cors<Direct>>),
}

impl Answerer {
    pub(super) fn answer(&self, request: Request<Incoming>) -> Answering {
        match self {
            Self::Direct(direct) => direct.answer(request),
            Self::ForPages(cors) => Box::pin(cors.clone().oneshot(request)),
        }
    }
}

/// Answers without regard to web pages.
#[derive(Clone)]
pub(super) struct Direct {
    gateway: Gateway,
    is_cut: watch::Receiver<bool>,
    peer: Peer,
}

impl Direct {
    fn answer(&self, request: Request<Incoming>) -> Answering {
        let answered = AssertUnwindSafe(answer(self.clone(), request)).catch_unwind();
        Box::pin(answered.map(|response| Ok(response.unwrap_or_else(|_| panicked()))))
    }

    /// Completes when nobody can wait any longer.
    fn cut(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut is_cut = self.is_cut.clone();
        async move {
            if is_cut.wait_for(|is_cut| *is_cut).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl tower::Service<Request<Incoming>> for Direct {
    type Response = Response<Outgoing>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Answering {
        self.answer(request)
    }
}

async fn answer(direct: Direct, request: Request<Incoming>) -> Response<Outgoing> {
    let gateway = &direct.gateway;
    let (mut call, uri, body) = head(request);
    let replied = async {
        match read(gateway, &mut call, &uri, body).await {
            // Large, and otherwise moved with everything that it is wrapped in.
            Ok(()) => Box::pin(gateway.handle_from(call, direct.peer)).await,
            Err(error) => gateway.refuse_early(error, &call),
        }
    };
    let reply = tokio::select! {
        biased;
        reply = replied => reply,
        () = direct.cut() => {
            let error = ApiError::new(ErrorCode::ServiceUnavailable, "The gateway is shutting down.");
            error.into_reply(Dialect::ChatCompletions, &request_id(), None)
        }
    };
    let Reply { status, headers, body } = reply;
    let body = match body {
        ReplyBody::Json(text) => Outgoing::whole(text.into()),
        ReplyBody::Events(events) => Outgoing::events(event_stream::body(events, direct.cut()).await),
    };
    render(status, headers, body)
}

fn head(request: Request<Incoming>) -> (Call, Uri, Incoming) {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let method = head.method.as_str().to_owned();
    (Call { method, path, headers: head.headers, body: Bytes::new() }, head.uri, body)
}

async fn read(gateway: &Gateway, call: &mut Call, uri: &Uri, body: Incoming) -> Result<(), ApiError> {
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

fn render(status: u16, headers: Vec<(String, String)>, body: Outgoing) -> Response<Outgoing> {
    let mut response = Response::new(body);
    // Names and statuses are ours, and values are ids from the configuration, numbers and words.
    *response.status_mut() = StatusCode::from_u16(status).expect("every status of a reply is a valid one");
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("every header of a reply is a valid one");
        let value = HeaderValue::try_from(value).expect("every header of a reply is a valid one");
        response.headers_mut().append(name, value);
    }
    response
}

fn panicked() -> Response<Outgoing> {
    tracing::error!("a request panicked; this is a defect");
    let error = ApiError::new(ErrorCode::InternalError, "The gateway failed; this is a defect.");
    let reply = error.into_reply(Dialect::ChatCompletions, &request_id(), None);
    let body = reply.json_text().unwrap_or_default().to_owned();
    render(reply.status, reply.headers, Outgoing::whole(body.into()))
}
