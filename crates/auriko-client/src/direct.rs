//! The short way to a server: hyper's pooled client without what `reqwest` puts around it, which is as much work again
//! (two more parses of the URL, layers for redirects, retries and cookies).
//!
//! Takes a request only if both ways would send the same: a plain URL that no proxy applies to. Everything else, and
//! where a redirect leads, is left to `reqwest`, which knows those rules.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use foldhash::HashMap;
use http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::request::{Method, Request};

// Those of reqwest, so that it makes no difference which way a request takes.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// URLs that are remembered. Providers are asked at a few; a caller's own may differ each time.
const MOST_TARGETS: usize = 256;

/// What all runtimes share: reading the system's certificates takes milliseconds.
pub(crate) struct Shared {
    tls: ClientConfig,
    proxies: Matcher,
}

/// Connections of one runtime.
pub(crate) struct Direct {
    client: Client<Connector, Full<Bytes>>,
    shared: Arc<Shared>,
    /// By URL: what was found out of it when it was first asked for. `None`: it goes the other way.
    targets: Mutex<HashMap<Box<str>, Option<Uri>>>,
}

impl Shared {
    /// `None` without a usable store of certificates; `reqwest` then says what is wrong.
    pub(crate) fn new() -> Option<Self> {
        let tls = ClientConfig::builder().with_platform_verifier().ok()?.with_no_client_auth();
        Some(Self { tls, proxies: Matcher::from_system() })
    }
}

impl Direct {
    pub(crate) fn new(shared: Arc<Shared>, connect: Option<Duration>, idle: Duration) -> Self {
        let mut http = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(connect);
        http.set_keepalive(Some(KEEPALIVE));
        http.set_keepalive_interval(Some(KEEPALIVE));
        http.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        http.set_tcp_user_timeout(Some(USER_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(shared.tls.clone())
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle)
            .build(Connector { https, limit: connect });
        Self { client, shared, targets: Mutex::default() }
    }

    /// The reply, or `None` for a request that has to go the other way.
    pub(crate) fn send(
        &self,
        request: &Request,
    ) -> Option<impl Future<Output = Result<Response<Incoming>, Error>> + Send + 'static> {
        let uri = self.target(&request.url)?;
        let mut sent = http::Request::new(Full::new(request.body.clone().unwrap_or_default()));
        *sent.uri_mut() = uri;
        *sent.method_mut() = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        write_headers(sent.headers_mut(), &request.headers)?;
        Some(self.client.request(sent))
    }

    /// Where a URL leads, if it can be gone to from here.
    fn target(&self, url: &str) -> Option<Uri> {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = targets.get(url) {
            return known.clone();
        }
        let uri = plain_uri(url).filter(|uri| self.shared.proxies.intercept(uri).is_none());
        if targets.len() >= MOST_TARGETS {
            targets.clear();
        }
        targets.insert(url.into(), uri.clone());
        uri
    }
}

fn write_headers(headers: &mut HeaderMap, given: &[(String, String)]) -> Option<()> {
    headers.reserve(given.len() + 2);
    for (name, value) in given {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(value).ok()?);
    }
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    Some(())
}

/// A URL that means the same with and without the rules of the WHATWG's, which reqwest follows: no user, nothing that
/// would be escaped, no dots to resolve, and no name that would be decoded.
fn plain_uri(url: &str) -> Option<Uri> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?&=%+,;!$()*[]".contains(&byte);
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if host.contains('%') || path.contains("/.") || path.contains("%2") || !rest.bytes().all(is_plain) {
        return None;
    }
    url.parse().ok()
}

/// What a redirect asks for, if it leads to another place of the same origin.
pub(crate) fn follow(request: &Request, status: u16, headers: &HeaderMap) -> Option<Request> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let here = reqwest::Url::parse(&request.url).ok()?;
    let there = here.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    if there.origin() != here.origin() {
        return None;
    }
    let mut next = Request { url: there.into(), ..request.clone() };
    // As browsers do, and reqwest.
    if status == 303 || (status < 303 && request.method == Method::Post) {
        next.method = Method::Get;
        next.body = None;
        next.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
    }
    Some(next)
}

/// Whether the server has not looked at the request: over HTTP/2 it may say so.
pub(crate) fn was_refused(error: &Error) -> bool {
    find::<h2::Error>(error).is_some_and(|error| {
        error.is_remote()
            && (error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR)
                || error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Whether the limit for connecting was reached.
pub(crate) fn took_too_long(error: &Error) -> bool {
    error.is_connect()
        && find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

fn find<T: std::error::Error + 'static>(error: &Error) -> Option<&T> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

/// Connects under one limit, TLS included.
#[derive(Clone)]
struct Connector {
    https: HttpsConnector<HttpConnector<Resolver>>,
    limit: Option<Duration>,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Connecting =
    Pin<Box<dyn Future<Output = Result<MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>> + Send>>;

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        let connecting = self.https.call(uri);
        let Some(limit) = self.limit else { return Box::pin(connecting) };
        Box::pin(async move {
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "connecting took too long");
            tokio::time::timeout(limit, connecting).await.map_err(late)?
        })
    }
}

/// The system's resolver, with errors that can be told from those of sockets.
#[derive(Clone)]
struct Resolver(GaiResolver);

/// A name that could not be looked up.
#[derive(Debug)]
pub(crate) struct UnknownHost(io::Error);

impl std::fmt::Display for UnknownHost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for UnknownHost {}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = UnknownHost;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, UnknownHost>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), UnknownHost>> {
        self.0.poll_ready(context).map_err(UnknownHost)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let looking = self.0.call(name);
        Box::pin(async move { looking.await.map_err(UnknownHost) })
    }
}

#[cfg(test)]
mod tests;
