//! `mock-upstream`: an OpenAI-shaped server of known output and negligible cost, for benchmarks and runtime checks.
//!
//! It runs in a process of its own so that its CPU is not counted as the client's, and on one thread so that it
//! leaves the other cores alone. It understands just enough of a request to answer it: `stream` in the body, and
//! the headers read in [`script`]. It does not route, price or validate: that is the gateway's simulated provider.

mod reply;
mod script;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::reply::{PacedBody, completion, pieces};
use crate::script::Script;

/// What `GET /stats` reports.
#[derive(Default)]
struct Stats {
    connections_opened: AtomicU64,
    connections_closed: AtomicU64,
    requests: AtomicU64,
}

type Body = Either<Full<Bytes>, PacedBody>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    announce(listener.local_addr()?);
    let stats = Arc::new(Stats::default());
    loop {
        let (stream, _) = listener.accept().await?;
        // A chunk is one small write: Nagle's algorithm would hold it back and measure the kernel.
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, Arc::clone(&stats)));
    }
}

#[expect(clippy::print_stdout, reason = "the parent process reads the address from here")]
fn announce(address: SocketAddr) {
    println!("listening http://{address}");
}

async fn serve(stream: TcpStream, stats: Arc<Stats>) {
    stats.connections_opened.fetch_add(1, Relaxed);
    let service = service_fn(|request| answer(request, &stats));
    // A client that hangs up in the middle is an ordinary end here.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    stats.connections_closed.fetch_add(1, Relaxed);
}

async fn answer(request: Request<Incoming>, stats: &Stats) -> Result<Response<Body>, Infallible> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/stats") => Ok(json(StatusCode::OK, stats_json(stats))),
        (&Method::POST, "/v1/chat/completions") => {
            stats.requests.fetch_add(1, Relaxed);
            Ok(complete(request).await)
        }
        _ => Ok(json(StatusCode::NOT_FOUND, error_json("no such route"))),
    }
}

async fn complete(request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return json(StatusCode::BAD_REQUEST, error_json("the body broke off"));
    };
    let script = match Script::parse(&head.headers, &body.to_bytes()) {
        Ok(script) => script,
        Err(message) => return json(StatusCode::BAD_REQUEST, error_json(&message)),
    };
    if !script.stream {
        return json(StatusCode::OK, completion(&script));
    }
    let body = PacedBody::new(pieces(&script), &script);
    reply(StatusCode::OK, "text/event-stream", Either::Right(body))
}

fn stats_json(stats: &Stats) -> String {
    serde_json::json!({
        "connections_opened": stats.connections_opened.load(Relaxed),
        "connections_closed": stats.connections_closed.load(Relaxed),
        "requests": stats.requests.load(Relaxed),
    })
    .to_string()
}

fn error_json(message: &str) -> String {
    serde_json::json!({ "error": { "message": message, "type": "invalid_request_error" } }).to_string()
}

fn json(status: StatusCode, body: String) -> Response<Body> {
    reply(status, "application/json", Either::Left(Full::new(Bytes::from(body))))
}

fn reply(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, hyper::header::HeaderValue::from_static("no-cache"));
    response
}
