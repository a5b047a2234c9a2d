//! Sends spans with the HTTP client that everything else here uses. The library exports from a thread of its own, which has
//! no runtime, so the request runs on the runtime of the gateway.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use auriko_client::{Client, ErrorKind, Limits, Method, Request};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;

/// How long a collector may take for a batch.
const LIMIT: Duration = Duration::from_secs(10);

/// The runtime of whoever serves requests, once there was one.
#[derive(Debug, Clone, Default)]
pub(super) struct Runtime(Arc<OnceLock<Handle>>);

impl Runtime {
    /// Remembers the runtime that this is called in.
    pub(super) fn note(&self) {
        if self.0.get().is_none()
            && let Ok(handle) = Handle::try_current()
        {
            // Somebody else was faster, with the same one.
            let _ = self.0.set(handle);
        }
    }
}

/// Sends batches.
pub(super) struct Sender {
    client: Client,
    runtime: Runtime,
    failures: Counter,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sender {
    pub(super) fn new(runtime: Runtime, failures: Counter) -> Self {
        Self { client: Client::new(), runtime, failures }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let mut sent = Request::new(Method::Post, head.uri.to_string());
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        sent.headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        sent.body = Some(body);
        sent.limits =
            Limits { connect: Some(LIMIT), first_byte: Some(LIMIT), idle: Some(LIMIT), total: Some(LIMIT) };
        let runtime = self.runtime.0.get().ok_or("no request was served")?;
        let client = self.client.clone();
        let status = runtime.spawn(async move {
            match client.send(sent).await {
                Ok(response) => Ok(response.status),
                Err(error) => match error.kind() {
                    ErrorKind::Status { status, .. } => Ok(*status),
                    _ => Err(error.to_string()),
                },
            }
        });
        let status = status.await.map_err(|error| error.to_string()).and_then(|status| status);
        if !status.as_ref().is_ok_and(|status| *status < 400) {
            self.failures.inc();
            let status = status.as_ref().ok();
            tracing::warn!(status, "the collector did not take a batch of spans");
        }
        Ok(http::Response::builder().status(status?).body(Bytes::new())?)
    }
}
