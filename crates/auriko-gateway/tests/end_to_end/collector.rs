//! A collector that takes OTLP over HTTP and keeps the spans.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

/// What came.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) spans: Vec<Span>,
    pub(crate) resources: Vec<KeyValue>,
    pub(crate) headers: Vec<HeaderMap>,
    /// Everything, as it was sent.
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct Collector {
    pub(crate) url: String,
    pub(crate) taken: Arc<Mutex<Taken>>,
}

pub(crate) async fn collector() -> Collector {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let taken = Arc::<Mutex<Taken>>::default();
    let app = Router::new().fallback(take).with_state(Arc::clone(&taken));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Collector { url, taken }
}

async fn take(
    State(taken): State<Arc<Mutex<Taken>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert_eq!(uri.path(), "/v1/traces");
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let batch = ExportTraceServiceRequest::decode(body.clone()).expect("protobuf");
    let mut taken = taken.lock().expect("nobody panicked");
    taken.headers.push(headers);
    taken.bytes.extend_from_slice(&body);
    for part in batch.resource_spans {
        taken.resources.extend(part.resource.into_iter().flat_map(|resource| resource.attributes));
        taken.spans.extend(part.scope_spans.into_iter().flat_map(|scope| scope.spans));
    }
    StatusCode::OK
}

impl Collector {
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.taken.lock().expect("nobody panicked").spans.clone()
    }
}

/// Attributes as text.
pub(crate) fn attributes(attributes: &[KeyValue]) -> HashMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.clone()) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.clone(), text(&pair.value))).collect()
}

/// As it is written in `traceparent`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes everything");
        text
    })
}
