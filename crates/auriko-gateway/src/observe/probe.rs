//! One attempt, as operators see it: its counts and its span. It ends once; who drops it says that it was cancelled.

use std::sync::Arc;

use auriko_wire::usage::Usage;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Status};
use opentelemetry_sdk::trace::Span;
use tokio::time::Instant;

use super::Observer;
use super::counts::{Counts, reasoning_tokens};
use crate::attempt::Job;
use crate::catalog::Offering;
use crate::meter::{Settled, output_tokens};

/// An attempt that is not over.
#[derive(Debug)]
pub(crate) struct Probe {
    counts: Arc<Counts>,
    started_at: Instant,
    /// `None`: nobody wants traces.
    span: Option<Box<Span>>,
    is_open: bool,
}

impl Probe {
    /// For an attempt that starts now.
    pub(crate) fn open(job: &Job<'_>, offering: &Offering) -> Self {
        let observer = &job.gateway.observer;
        let span = observer.tracer.as_ref().zip(job.trace.as_ref());
        Self {
            counts: observer.metrics.counts(offering, &job.gateway.catalog),
            started_at: Instant::now(),
            span: span.map(|(tracer, parent)| Box::new(tracer.attempt(job, offering, parent))),
            is_open: true,
        }
    }

    /// What the provider is told so that its own spans find their place.
    pub(crate) fn headers(&self, observer: &Observer) -> Vec<(String, String)> {
        match (&self.span, &observer.tracer) {
            (Some(span), Some(tracer)) => tracer.headers_for(span),
            _ => Vec::new(),
        }
    }

    /// Ends an attempt that failed before it served, with the word for why.
    pub(crate) fn fail(&mut self, reason: &'static str) {
        self.end(reason, None);
    }

    /// Ends an attempt that served: as `ok`, `broken` or `abandoned`.
    pub(crate) fn settle(&mut self, outcome: &'static str, settled: &Settled, ttft_ms: Option<f64>) {
        if self.is_open {
            let cost = settled.cost.map_or(0, |cost| cost.0);
            self.counts.count_usage(&settled.usage, cost);
            if let Some(ms) = ttft_ms {
                self.counts.count_first_token(ms / 1000.0);
            }
            if let (Some(span), Some(ms)) = (&mut self.span, ttft_ms) {
                span.set_attribute(KeyValue::new("gen_ai.response.time_to_first_chunk", ms / 1000.0));
            }
            self.end(outcome, Some(settled));
        }
    }

    fn end(&mut self, outcome: &'static str, settled: Option<&Settled>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        self.counts.count_attempt(outcome, self.started_at.elapsed().as_secs_f64());
        let Some(mut span) = self.span.take() else { return };
        if let Some(settled) = settled {
            span.set_attributes(usage_attributes(&settled.usage));
            if let Some(cost) = settled.cost {
                span.set_attribute(number("auriko.cost_nano_usd", cost.0));
            }
        }
        // Who was not needed any more has not failed.
        if !matches!(outcome, "ok" | "cancelled" | "abandoned") {
            span.set_attribute(KeyValue::new("error.type", outcome));
            span.set_status(Status::error(""));
        }
        span.set_attribute(KeyValue::new("auriko.attempt.outcome", outcome));
        span.end();
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.end("cancelled", None);
    }
}

/// By the conventions for generative AI: input includes what caches served.
fn usage_attributes(usage: &Usage) -> Vec<KeyValue> {
    let of_some = [
        ("gen_ai.usage.cache_read.input_tokens", usage.cached_tokens()),
        ("gen_ai.usage.cache_write.input_tokens", usage.cache_write_tokens()),
        ("gen_ai.usage.reasoning.output_tokens", reasoning_tokens(usage)),
    ];
    let of_all = [
        ("gen_ai.usage.input_tokens", usage.prompt_tokens),
        ("gen_ai.usage.output_tokens", output_tokens(usage)),
    ];
    let of_some = of_some.into_iter().filter(|(_, tokens)| *tokens > 0);
    of_all.into_iter().chain(of_some).map(|(name, tokens)| number(name, tokens)).collect()
}

/// OpenTelemetry has no unsigned numbers.
pub(super) fn number(name: &'static str, value: u64) -> KeyValue {
    KeyValue::new(name, i64::try_from(value).unwrap_or(i64::MAX))
}
