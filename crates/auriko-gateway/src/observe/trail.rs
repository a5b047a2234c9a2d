//! One request, as operators see it: its line in the log, its counts and its span. It is handed to whoever will see the
//! request's end, and ends once; who drops it says that the caller left.

use std::sync::Arc;

use auriko_store::key::ApiKey;
use opentelemetry::trace::{Span as _, Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;
use tokio::time::Instant;

use super::probe::number;
use super::{Endpoint, Observer};
use crate::call::Call;
use crate::catalog::Offering;
use crate::meter::{Settled, output_tokens};

/// What servers write for a caller who left.
const LEFT: u16 = 499;

/// The code of a request whose caller left.
const ABANDONED: &str = "abandoned";

/// A request that is not over.
#[derive(Debug)]
pub(crate) struct Trail {
    observer: Arc<Observer>,
    endpoint: Endpoint,
    started_at: Instant,
    /// Id of the caller's key, never the key.
    key: Option<Arc<ApiKey>>,
    log: tracing::Span,
    span: Option<Box<Span>>,
    is_open: bool,
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    pub(crate) status: u16,
    /// `None`: it went well.
    pub(crate) code: Option<&'static str>,
    pub(crate) attempts: u32,
    /// What served it. `None`: nobody did, or it asked no model.
    pub(crate) served: Option<(&'a Offering, &'a Settled)>,
}

impl End<'_> {
    /// A request that asked nobody.
    pub(crate) fn plain(status: u16, code: Option<&'static str>) -> Self {
        Self { status, code, attempts: 0, served: None }
    }

    /// A caller who left.
    pub(crate) fn abandoned() -> Self {
        Self::plain(LEFT, Some(ABANDONED))
    }
}

impl Trail {
    /// For a request that begins now.
    pub(crate) fn open(observer: &Arc<Observer>, call: &Call, path: &str, request_id: &str) -> Self {
        let endpoint = Endpoint::of(path);
        observer.metrics.in_flight.inc();
        let tracer = observer.tracer.as_ref().zip(endpoint.traced_path());
        Self {
            observer: Arc::clone(observer),
            endpoint,
            started_at: Instant::now(),
            key: None,
            log: tracing::error_span!("request", %request_id),
            span: tracer.map(|(tracer, path)| Box::new(tracer.request(call, path, request_id))),
            is_open: true,
        }
    }

    /// Everything that is logged inside of it carries the request's id.
    pub(crate) fn log(&self) -> &tracing::Span {
        &self.log
    }

    /// Notes who calls.
    pub(crate) fn identify(&mut self, key: Option<&Arc<ApiKey>>) {
        self.key = key.cloned();
    }

    /// The parent of the attempts' spans. `None`: nobody wants traces.
    pub(crate) fn context(&self) -> Option<Context> {
        let span = self.span.as_ref()?;
        Some(Context::new().with_remote_span_context(span.span_context().clone()))
    }

    /// Ends it.
    pub(crate) fn end(mut self, end: End<'_>) {
        self.close(end);
    }

    fn close(&mut self, end: End<'_>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let duration = self.started_at.elapsed();
        let metrics = &self.observer.metrics;
        metrics.in_flight.dec();
        metrics.count_request(self.endpoint, end.status, end.code, duration.as_secs_f64());
        self.write(end, duration.as_secs_f64() * 1000.0);
        if let Some(span) = self.span.take() {
            trace(*span, end);
        }
    }

    /// The line. Looking whether somebody is alive is not worth one that is read.
    fn write(&self, end: End<'_>, latency_ms: f64) {
        let End { status, code, attempts, served } = end;
        let endpoint = self.endpoint.word();
        let _within = self.log.enter();
        if self.endpoint == Endpoint::Operations && status < 400 {
            tracing::debug!(endpoint, status, "a request ended");
            return;
        }
        let latency_ms = (latency_ms * 10.0).round() / 10.0;
        let key = self.key.as_ref().map(|key| &*key.id);
        let Some((offering, settled)) = served else {
            let attempts = (attempts > 0).then_some(attempts);
            tracing::info!(endpoint, status, code, key, latency_ms, attempts, "a request ended");
            return;
        };
        let usage = &settled.usage;
        tracing::info!(
            endpoint,
            status,
            code,
            key,
            model = &*offering.model,
            provider = offering.provider.id.as_str(),
            attempts,
            latency_ms,
            ttft_ms = settled.metadata.ttft_ms,
            input_tokens = usage.prompt_tokens,
            cached_tokens = usage.cached_tokens(),
            output_tokens = output_tokens(usage),
            cost_nano_usd = settled.cost.map(|cost| cost.0),
            "a request ended"
        );
    }
}

fn trace(mut span: Span, end: End<'_>) {
    span.set_attribute(number("http.response.status_code", end.status.into()));
    span.set_attribute(number("auriko.attempts", end.attempts.into()));
    if let Some((offering, settled)) = end.served {
        span.set_attribute(KeyValue::new("auriko.model", offering.model.to_string()));
        span.set_attribute(KeyValue::new("auriko.provider", offering.provider.id.clone()));
        if let Some(cost) = settled.cost {
            span.set_attribute(number("auriko.cost_nano_usd", cost.0));
        }
    }
    if let Some(code) = end.code {
        span.set_attribute(KeyValue::new("error.type", code));
        // By the HTTP conventions a server's span fails for what the server is to blame for.
        if end.status >= 500 {
            span.set_status(Status::error(""));
        }
    }
    span.end();
}

impl Drop for Trail {
    fn drop(&mut self) {
        self.close(End::abandoned());
    }
}
