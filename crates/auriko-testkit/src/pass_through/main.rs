//! `pass-through`: the least that an HTTP proxy in Rust can do. It reads no body, knows no JSON and decides nothing;
//! what a gateway costs on top of it is what its features cost.
//!
//! The same libraries carry the gateway (tokio on all cores, hyper, pooled connections upstream), so the difference is
//! the gateway's own work and not another runtime's.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use clap::Parser;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST};
use hyper::http::uri::{Authority, Scheme};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

/// Forward every request to one server.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to forward to, such as `127.0.0.1:8080`.
    #[arg(long)]
    upstream: Authority,
    /// Port to listen on, on the loopback address; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

type Body = Either<Incoming, Full<Bytes>>;
type Upstream = Client<HttpConnector, Incoming>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let Arguments { upstream, port } = Arguments::parse();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    announce(listener.local_addr()?);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, client.clone(), upstream.clone()));
    }
}

#[expect(clippy::print_stdout, reason = "the parent process reads the address from here")]
fn announce(address: SocketAddr) {
    println!("listening http://{address}");
}

async fn serve(stream: TcpStream, client: Upstream, upstream: Authority) {
    let service = service_fn(|request| forward(&client, &upstream, request));
    // A caller that hangs up in the middle is an ordinary end here.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn forward(
    client: &Upstream,
    upstream: &Authority,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut uri = std::mem::take(request.uri_mut()).into_parts();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(upstream.clone());
    // A request without a path (`OPTIONS *`, `CONNECT`) can't be forwarded.
    let Ok(uri) = Uri::from_parts(uri) else { return Ok(refuse(StatusCode::BAD_REQUEST)) };
    *request.uri_mut() = uri;
    request.headers_mut().remove(HOST);
    request.headers_mut().remove(CONNECTION);
    match client.request(request).await {
        Ok(response) => Ok(response.map(Either::Left)),
        Err(_) => Ok(refuse(StatusCode::BAD_GATEWAY)),
    }
}

fn refuse(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Either::Right(Full::default()));
    *response.status_mut() = status;
    response
}
