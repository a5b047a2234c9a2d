//! `Client`: one request from start to end, under its limits, with retries before the first byte.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use foldhash::HashMap;
use http::HeaderMap;
use reqwest::redirect::{Action, Attempt, Policy};
use tokio::runtime;
use tokio::time::{Instant, timeout_at};

use crate::direct::{self, Direct, Shared};
use crate::error::{Error, ErrorKind, Limit};
use crate::request::{Limits, Method, Request};
use crate::response::{Body, Parts, Response, header_list};
use crate::retry::{Backoff, Decision, parse_retry_after};

/// Bytes of an error reply that are kept.
const ERROR_BODY_LIMIT: usize = 1024 * 1024;

/// Time an error reply may take to send its body once its status is known. A guess; revisit with data.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Idle connections are kept this long.
const POOL_IDLE: Duration = Duration::from_secs(90);

type Pools = HashMap<(runtime::Id, Option<Duration>), Arc<Pool>>;

/// Connections with one connect limit on one runtime.
struct Pool {
    /// For who stays within an origin: the short way, for requests that may take it.
    direct: Option<Direct>,
    /// Made when it is first needed, since it costs memory and time.
    full: OnceLock<reqwest::Client>,
    connect: Option<Duration>,
    stays: bool,
}

/// A pooled HTTP client. Cloning is cheap and shares the pool.
#[derive(Clone, Default)]
pub struct Client {
    /// One pool per connect limit, which belongs to the connector, and per runtime: a connection is driven by the runtime
    /// that opened it, and would wake another thread for every request of another one.
    pools: Arc<Mutex<Pools>>,
    /// `None`: the short way can't be taken here.
    shared: Arc<OnceLock<Option<Arc<Shared>>>>,
    backoff: Backoff,
    stays: bool,
}

impl Client {
    /// A client whose connections are opened on first use.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that follows a redirect only to the same scheme, host and port: a header such as `x-api-key`, and the body of a
    /// 307, would go to whoever is named there. Another redirect is an error with its status.
    pub fn within_origin() -> Self {
        Self { stays: true, ..Self::default() }
    }

    /// Sends, retrying as the request allows, and returns once the headers of a reply below 400 are there.
    ///
    /// # Errors
    /// The last attempt's error. [`Error::is_retryable`] says whether sending again later makes sense.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection of the attempt in progress.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let ends_at = request.limits.total.map(|total| Instant::now() + total);
        let pool = self.pool(request.limits.connect);
        let mut attempt = 0;
        loop {
            let error = match send_once(&pool, &request, ends_at, self.errors_from()).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(wait) = self.wait_before_retry(&error, attempt, request.max_retries) else {
                return Err(error);
            };
            let wake_at = Instant::now() + wait;
            if ends_at.is_some_and(|ends_at| wake_at >= ends_at) {
                return Err(error);
            }
            tokio::time::sleep_until(wake_at).await;
            attempt += 1;
        }
    }

    /// Statuses from this one on are errors.
    const fn errors_from(&self) -> u16 {
        if self.stays { 300 } else { 400 }
    }

    fn wait_before_retry(&self, error: &Error, attempt: u32, max_retries: u32) -> Option<Duration> {
        if !error.is_retryable() {
            return None;
        }
        let retry_after = match error.kind() {
            ErrorKind::Status { headers, .. } => parse_retry_after(headers, SystemTime::now()),
            _ => None,
        };
        let jitter = rand::random_range(0.8..=1.2);
        match self.backoff.decide(attempt, max_retries, retry_after, jitter) {
            Decision::RetryAfter(wait) => Some(wait),
            Decision::GiveUp => None,
        }
    }

    fn pool(&self, connect: Option<Duration>) -> Arc<Pool> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (runtime::Handle::current().id(), connect);
        let make = || {
            // A second install fails, which is fine: somebody in this process chose a provider already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let shared = || self.shared.get_or_init(|| Shared::new().map(Arc::new)).clone();
            let direct = if self.stays { shared() } else { None };
            let direct = direct.map(|shared| Direct::new(shared, connect, POOL_IDLE));
            Arc::new(Pool { direct, full: OnceLock::new(), connect, stays: self.stays })
        };
        Arc::clone(pools.entry(name).or_insert_with(make))
    }
}

impl Pool {
    async fn send(&self, request: &Request) -> Result<(u16, HeaderMap, Parts), Error> {
        let mut redirected = None;
        if let Some(sending) = self.direct.as_ref().and_then(|direct| direct.send(request)) {
            match sending.await {
                Ok(reply) => {
                    let (head, body) = reply.into_parts();
                    let status = head.status.as_u16();
                    redirected = direct::follow(request, status, &head.headers);
                    if redirected.is_none() {
                        return Ok((status, head.headers, Parts::Direct(body)));
                    }
                }
                Err(error) if direct::was_refused(&error) => {}
                Err(error) => {
                    let is_late = direct::took_too_long(&error);
                    let after = self.connect.filter(|_| is_late);
                    let kind = after.map_or(ErrorKind::Connect, |after| ErrorKind::Timeout {
                        limit: Limit::Connect,
                        after,
                    });
                    return Err(Error::because(kind, error));
                }
            }
        }
        let sent = build(self.full()?, redirected.as_ref().unwrap_or(request)).send().await;
        let reply = sent.map_err(|error| from_reqwest(error, &request.limits))?;
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        Ok((status, headers, Parts::Full(Box::pin(reply.bytes_stream()))))
    }

    fn full(&self) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.full.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder().tcp_nodelay(true).pool_idle_timeout(POOL_IDLE);
        if self.stays {
            builder = builder.redirect(Policy::custom(follow_within_origin));
        }
        if let Some(connect) = self.connect {
            builder = builder.connect_timeout(connect);
        }
        let client = builder.build().map_err(|error| Error::because(ErrorKind::Request, error))?;
        Ok(self.full.get_or_init(|| client))
    }
}

async fn send_once(
    pool: &Pool,
    request: &Request,
    ends_at: Option<Instant>,
    errors_from: u16,
) -> Result<Response, Error> {
    let started_at = Instant::now();
    let sending = pool.send(request);
    let (limit, after, deadline) = nearest(&request.limits, started_at, ends_at);
    let (status, headers, parts) = match deadline {
        Some(deadline) => timeout_at(deadline, sending)
            .await
            .map_err(|_| Error::new(ErrorKind::Timeout { limit, after }))??,
        None => sending.await?,
    };
    let body = Body::new(parts, &request.limits, ends_at);
    if status < errors_from {
        return Ok(Response { status, headers, body });
    }
    let body = body.text_up_to(ERROR_BODY_LIMIT, ERROR_BODY_TIMEOUT).await;
    Err(Error::new(ErrorKind::Status { status, headers: header_list(&headers), body }))
}

/// As many as reqwest follows by itself.
const MOST_REDIRECTS: usize = 10;

fn follow_within_origin(attempt: Attempt<'_>) -> Action {
    let stays = attempt.previous().last().is_some_and(|before| before.origin() == attempt.url().origin());
    if stays && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// The limit that ends first while headers are awaited.
fn nearest(
    limits: &Limits,
    started_at: Instant,
    ends_at: Option<Instant>,
) -> (Limit, Duration, Option<Instant>) {
    let first_byte = limits.first_byte.map(|after| (Limit::FirstByte, after, started_at + after));
    let total = ends_at.zip(limits.total).map(|(at, after)| (Limit::Total, after, at));
    match (first_byte, total) {
        (Some(first_byte), Some(total)) if total.2 < first_byte.2 => (total.0, total.1, Some(total.2)),
        (Some((limit, after, at)), _) | (None, Some((limit, after, at))) => (limit, after, Some(at)),
        (None, None) => (Limit::FirstByte, Duration::ZERO, None),
    }
}

fn build(pool: &reqwest::Client, request: &Request) -> reqwest::RequestBuilder {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut builder = pool.request(method, &request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(body) = &request.body {
        builder = builder.body(body.clone());
    }
    builder
}

/// Never keeps the URL: it may hold a query.
fn from_reqwest(error: reqwest::Error, limits: &Limits) -> Error {
    let error = error.without_url();
    let kind = if error.is_builder() || error.is_redirect() {
        ErrorKind::Request
    } else if error.is_connect() && error.is_timeout() {
        ErrorKind::Timeout { limit: Limit::Connect, after: limits.connect.unwrap_or_default() }
    } else {
        ErrorKind::Connect
    };
    Error::because(kind, error)
}
