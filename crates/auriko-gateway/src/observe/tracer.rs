//! Traces for an OpenTelemetry collector: a span per request, one per attempt under it, named by the conventions for
//! generative AI (open-telemetry/semantic-conventions-genai, November 2026). Never what was said.

use std::time::Duration;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span};

use super::export::{Runtime, Sender};
use super::probe::number;
use crate::attempt::{Job, Task};
use crate::call::Call;
use crate::catalog::{Kind, Offering};
use crate::config::{ConfigError, TraceSettings};

/// How long the end of a gateway waits for its last spans.
const LAST_SPANS: Duration = Duration::from_secs(5);

/// Makes spans and has them sent.
#[derive(Debug)]
pub(crate) struct Tracer {
    provider: SdkTracerProvider,
    spans: SdkTracer,
    runtime: Runtime,
    propagator: TraceContextPropagator,
    /// Whether providers are told.
    propagates: bool,
}

impl Tracer {
    /// Starts the thread that sends. Needs no runtime: the one of the first request is used.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub(crate) fn new(
        settings: &TraceSettings,
        failures: prometheus_client::metrics::counter::Counter,
    ) -> Result<Self, ConfigError> {
        let runtime = Runtime::default();
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender::new(runtime.clone(), failures))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(settings.url.clone());
        if !settings.headers.is_empty() {
            exporter = exporter.with_headers(settings.headers());
        }
        let exporter = exporter.build().map_err(|_| {
            // The library's own words may quote a header.
            ConfigError::new(
                "traces can't be exported: check `telemetry.otlp_endpoint` and the OTEL_EXPORTER_OTLP_… variables; \
                 uncompressed protobuf over HTTP is what is spoken",
            )
        })?;
        let mut provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource());
        if let Some(ratio) = settings.sample_ratio {
            let root = Sampler::TraceIdRatioBased(ratio);
            provider = provider.with_sampler(Sampler::ParentBased(Box::new(root)));
        }
        let provider = provider.build();
        let spans = provider.tracer("auriko-gateway");
        let propagator = TraceContextPropagator::new();
        Ok(Self { provider, spans, runtime, propagator, propagates: settings.propagates })
    }

    /// Remembers the runtime that this is called in, if it is the first: batches are sent from there. A server calls it in
    /// its own, which outlives those of its lanes.
    pub(crate) fn note_runtime(&self) {
        self.runtime.note();
    }

    /// The span of a request, under the caller's if it names one.
    pub(super) fn request(&self, call: &Call, path: &'static str, request_id: &str) -> Span {
        self.note_runtime();
        let parent = self.propagator.extract_with_context(&Context::new(), &Headers(call));
        let builder = SpanBuilder::from_name(format!("POST {path}")).with_kind(SpanKind::Server);
        let builder = builder.with_attributes([
            KeyValue::new("http.request.method", "POST"),
            KeyValue::new("http.route", path),
            KeyValue::new("url.path", path),
            KeyValue::new("auriko.request_id", request_id.to_owned()),
        ]);
        self.spans.build_with_context(builder, &parent)
    }

    /// The span of an attempt.
    pub(super) fn attempt(&self, job: &Job<'_>, offering: &Offering, parent: &Context) -> Span {
        let operation = match job.task {
            Task::Complete => "chat",
            Task::Embed(_) => "embeddings",
        };
        let model = offering.upstream_id.to_string();
        let mut attributes = vec![
            KeyValue::new("gen_ai.operation.name", operation),
            KeyValue::new("gen_ai.provider.name", provider_name(&offering.provider.id).to_owned()),
            KeyValue::new("gen_ai.request.model", model.clone()),
            KeyValue::new("auriko.provider", offering.provider.id.clone()),
            KeyValue::new("auriko.model", offering.model.to_string()),
        ];
        if job.request.stream {
            attributes.push(KeyValue::new("gen_ai.request.stream", true));
        }
        if let Some(limit) = job.request.max_output_tokens {
            attributes.push(number("gen_ai.request.max_tokens", limit));
        }
        if let Kind::Http { base_url, .. } = &offering.provider.kind
            && let Ok(url) = base_url.parse::<http::Uri>()
            && let Some(host) = url.host()
        {
            let usual = if url.scheme_str() == Some("http") { 80 } else { 443 };
            attributes.push(KeyValue::new("server.address", host.to_owned()));
            attributes.push(number("server.port", url.port_u16().unwrap_or(usual).into()));
        }
        let builder = SpanBuilder::from_name(format!("{operation} {model}")).with_kind(SpanKind::Client);
        self.spans.build_with_context(builder.with_attributes(attributes), parent)
    }

    /// `traceparent` and `tracestate` of a span.
    pub(super) fn headers_for(&self, span: &Span) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        if self.propagates {
            use opentelemetry::trace::Span as _;
            let context = Context::new().with_remote_span_context(span.span_context().clone());
            self.propagator.inject_context(&context, &mut Named(&mut headers));
        }
        headers
    }

    /// Sends what waits, for so long as that is allowed to take. Waits, so not on a thread of a runtime.
    pub(crate) fn flush(&self) {
        // What the collector does not take now is lost with the process.
        drop(self.provider.force_flush());
    }

    /// As [`Self::flush`], and ends the thread that sends.
    pub(crate) fn shut_down(&self) {
        drop(self.provider.shutdown_with_timeout(LAST_SPANS));
    }
}

/// Ours, unless the standard variables name the service.
fn resource() -> Resource {
    let is_named = std::env::var_os("OTEL_SERVICE_NAME").is_some()
        || std::env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|given| given.contains("service.name="));
    let resource =
        Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if is_named { resource.build() } else { resource.with_service_name("auriko-gateway").build() }
}

/// The name that the conventions have for a provider, else its id.
fn provider_name(id: &str) -> &str {
    match id {
        "google_ai_studio" => "gcp.gemini",
        "mistral" => "mistral_ai",
        "xai" => "x_ai",
        id => id,
    }
}

struct Headers<'a>(&'a Call);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.header(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.headers.keys().map(http::HeaderName::as_str).collect()
    }
}

struct Named<'a>(&'a mut Vec<(String, String)>);

impl Injector for Named<'_> {
    fn set(&mut self, key: &str, value: String) {
        // An empty `tracestate` says nothing.
        if !value.is_empty() {
            self.0.push((key.to_owned(), value));
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // The thread that sends would wait for a runtime that may be this one.
        let provider = self.provider.clone();
        drop(std::thread::spawn(move || drop(provider.shutdown_with_timeout(LAST_SPANS))));
    }
}
