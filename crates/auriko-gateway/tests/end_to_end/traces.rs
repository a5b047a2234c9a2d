//! Traces: what a collector gets, and how they hang together with the caller's and the provider's.

use auriko_gateway::{Call, Config, Gateway, ReplyBody};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json;

use crate::collector::{Collector, attributes, collector, hex};
use crate::upstream::{Answer, End, Upstream, delta, farewell, finish, upstream};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";
const MARKER: &str = "a-prompt-that-nobody-else-may-see";

fn gateway(collector: &Collector, providers: &[(&str, &Upstream)], telemetry: &str) -> Gateway {
    let entry = |(number, (id, upstream)): (usize, &(&str, &Upstream))| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key = \"key-of-{id}\"\n\
             models = [{{ id = \"m\", upstream_id = \"m-1\", input_price = {number}.5, output_price = 2.0 }}]\n",
            upstream.url
        )
    };
    let providers: String = providers.iter().enumerate().map(entry).collect();
    let config = format!("{providers}[telemetry]\notlp_endpoint = \"{}\"\n{telemetry}\n", collector.url);
    Gateway::new(Config::from_toml(&config).expect("a valid configuration")).expect("nothing is missing")
}

fn reply() -> Answer {
    let frames = vec![delta(&json!({ "content": "Hello" })), finish("stop"), farewell()];
    Answer::Stream(frames, End::Close)
}

async fn ask(gateway: &Gateway, headers: &[(&str, &str)]) -> u16 {
    let body = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": MARKER }] });
    let mut call = Call::post("/v1/chat/completions", body.to_string());
    for (name, value) in headers {
        call.add_header(name, value);
    }
    let reply = gateway.handle(call).await;
    if let ReplyBody::Events(mut events) = reply.body {
        while events.next().await.is_some() {}
    }
    reply.status
}

fn find(spans: &[Span], kind: SpanKind) -> Vec<&Span> {
    spans.iter().filter(|span| span.kind == kind as i32).collect()
}

#[tokio::test]
async fn a_request_and_its_attempts_are_spans_between_the_callers_and_the_providers() {
    let collector = collector().await;
    let failing = upstream(vec![Answer::Status(500, vec![], String::new())]).await;
    let good = upstream(vec![reply()]).await;
    let gateway = gateway(&collector, &[("bad", &failing), ("mistral", &good)], "");
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    assert_eq!(ask(&gateway, &[("traceparent", &traceparent), ("tracestate", "vendor=1")]).await, 200);
    gateway.flush().await;
    let spans = collector.spans();
    let [request] = find(&spans, SpanKind::Server)[..] else { panic!("one request: {spans:?}") };
    assert_eq!((hex(&request.trace_id), hex(&request.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!(request.name, "POST /v1/chat/completions");
    let about = attributes(&request.attributes);
    assert_eq!((&*about["http.response.status_code"], &*about["auriko.attempts"]), ("200", "2"));
    assert!(about["auriko.request_id"].starts_with("req_") && about["auriko.provider"] == "mistral");

    let attempts = find(&spans, SpanKind::Client);
    let [first, second] = attempts[..] else { panic!("two attempts: {spans:?}") };
    assert!(attempts.iter().all(|it| it.parent_span_id == request.span_id && it.name == "chat m-1"));
    let failed = attributes(&first.attributes);
    assert_eq!((&*failed["error.type"], &*failed["gen_ai.provider.name"]), ("broken", "bad"));
    assert_eq!(first.status.as_ref().map(|status| status.code), Some(2));
    let served = attributes(&second.attributes);
    let expected = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "mistral_ai"),
        ("gen_ai.request.model", "m-1"),
        ("gen_ai.request.stream", "true"),
        ("gen_ai.usage.input_tokens", "10"),
        ("gen_ai.usage.output_tokens", "5"),
        ("server.address", "127.0.0.1"),
        // 10 tokens at 1.5 dollars per million and 5 at 2.
        ("auriko.cost_nano_usd", "25000"),
    ];
    for (name, value) in expected {
        assert_eq!(served.get(name).map(String::as_str), Some(value), "{name}: {served:?}");
    }
    assert!(served.contains_key("gen_ai.response.time_to_first_chunk"), "{served:?}");

    // The provider was told of its own attempt's span.
    let headers = good.state.lock().expect("nobody panicked").headers[0].clone();
    assert_eq!(headers["traceparent"], format!("00-{TRACE}-{}-01", hex(&second.span_id)));
    assert_eq!(headers["tracestate"], "vendor=1");
    let taken = collector.taken.lock().expect("nobody panicked");
    assert_eq!(attributes(&taken.resources)["service.name"], "auriko-gateway");
    let sent = String::from_utf8_lossy(&taken.bytes);
    assert!(!sent.contains(MARKER) && !sent.contains("key-of-") && !sent.contains("Hello"), "{sent}");
}

#[tokio::test]
async fn who_is_told_and_what_is_sampled_is_configured() {
    let collector = collector().await;
    let good = upstream(vec![reply()]).await;
    // A variable that cargo sets, so that its value is no header.
    let gateway = gateway(&collector, &[("p", &good)], "propagate = false\nsample_ratio = 0.0");
    let told = |number: usize| good.state.lock().expect("nobody panicked").headers[number].clone();
    assert_eq!(ask(&gateway, &[]).await, 200);
    gateway.flush().await;
    assert!(collector.spans().is_empty() && told(0).get("traceparent").is_none());
    // The caller has decided.
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    assert_eq!(ask(&gateway, &[("traceparent", &traceparent)]).await, 200);
    gateway.flush().await;
    assert_eq!(collector.spans().len(), 2);
    assert!(told(1).get("traceparent").is_none());
    // What is malformed is no trace.
    assert_eq!(ask(&gateway, &[("traceparent", "00-nonsense")]).await, 200);
    gateway.close().await;
    assert_eq!(collector.spans().len(), 2);
}

#[tokio::test]
async fn without_a_collector_nothing_is_traced_or_passed_on() {
    let good = upstream(vec![reply()]).await;
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key = \"k\"\nmodels = [{{ id = \"m\" }}]\n",
        good.url
    );
    let gateway = Gateway::new(Config::from_toml(&config).expect("valid")).expect("complete");
    assert_eq!(ask(&gateway, &[("traceparent", &format!("00-{TRACE}-{PARENT}-01"))]).await, 200);
    assert!(good.state.lock().expect("nobody panicked").headers[0].get("traceparent").is_none());
}

#[tokio::test]
async fn a_collector_that_is_not_there_disturbs_nobody() {
    let gone = Collector { url: "http://127.0.0.1:1".to_owned(), taken: std::sync::Arc::default() };
    let good = upstream(vec![reply()]).await;
    let gateway = gateway(&gone, &[("p", &good)], "");
    assert_eq!(ask(&gateway, &[]).await, 200);
    gateway.flush().await;
    let page = gateway.handle(Call::get("/metrics")).await;
    let text = page.json_text().expect("a page");
    let count = text.lines().find_map(|line| line.strip_prefix("auriko_trace_exports_failed_total "));
    assert!(count.is_some_and(|count| count != "0"), "{text}");
}
