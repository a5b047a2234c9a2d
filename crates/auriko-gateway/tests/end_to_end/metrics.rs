//! `GET /metrics`: what it counts, read with a parser that is not ours, and who may read it.

use auriko_client::Method;
use prometheus_parse::{Scrape, Value as Number};
use serde_json::json;

use crate::guards::{admin, guarded};
use crate::http::{QUICK, Served, send, serve};
use crate::upstream::{Answer, End, upstream};

/// One reading of all metrics.
struct Page(Scrape);

async fn page(served: &Served) -> Page {
    let seen = served.get("/metrics").await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert!(seen.header("content-type").starts_with("application/openmetrics-text"));
    assert!(seen.text.ends_with("# EOF\n"), "{}", seen.text);
    Page(Scrape::parse(seen.text.lines().map(|line| Ok(line.to_owned()))).expect("Prometheus can read it"))
}

impl Page {
    /// The sum of a metric over all series that have these labels. `None`: there is none.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let fits = self.0.samples.iter().filter(|sample| {
            sample.metric == name
                && labels.iter().all(|(label, value)| sample.labels.get(label) == Some(*value))
        });
        fits.map(|sample| match &sample.value {
            Number::Counter(value) | Number::Gauge(value) | Number::Untyped(value) => *value,
            Number::Histogram(buckets) => buckets.last().expect("there is +Inf").count,
            Number::Summary(_) => panic!("there are no summaries"),
        })
        .reduce(|sum, value| sum + value)
    }

    fn check(&self, name: &str, labels: &[(&str, &str)], expected: f64) {
        let found = self.sum(name, labels);
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9), "{name} {labels:?}: {found:?}");
    }
}

#[tokio::test]
async fn requests_attempts_tokens_and_costs_are_counted() {
    let served = serve(QUICK).await;
    assert_eq!(served.chat(json!({})).await.status, 200);
    assert_eq!(served.chat(json!({ "stream": true })).await.status, 200);
    assert_eq!(served.chat(json!({ "model": "nobody-has-this" })).await.status, 404);
    let page = page(&served).await;
    let ok = [("endpoint", "chat_completions"), ("status", "200"), ("code", "ok")];
    page.check("auriko_requests_total", &ok, 2.0);
    page.check("auriko_requests_total", &[("status", "404"), ("code", "model_not_found")], 1.0);
    page.check("auriko_request_duration_seconds", &[("endpoint", "chat_completions")], 3.0);
    let offering = [("provider", "simulated"), ("model", "other")];
    page.check("auriko_attempts_total", &[offering[0], ("outcome", "ok")], 2.0);
    page.check("auriko_attempt_duration_seconds", &offering[..1], 2.0);
    page.check("auriko_attempt_time_to_first_token_seconds", &offering[..1], 1.0);
    let tokens = |kind| page.sum("auriko_tokens_total", &[offering[0], ("kind", kind)]).expect(kind);
    assert!(tokens("input") > 0.0 && tokens("output") > 0.0);
    // QUICK: a dollar per million in, two out.
    page.check("auriko_cost_nano_usd_total", &offering[..1], tokens("input") * 1e3 + tokens("output") * 2e3);
    page.check("auriko_streams_open", &[], 0.0);
    // The one that reads.
    page.check("auriko_requests_in_flight", &[], 1.0);
    page.check("auriko_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
}

#[tokio::test]
async fn failures_fallbacks_breakers_and_refusals_are_counted() {
    let failing = upstream(vec![Answer::Status(500, vec![], String::new())]).await;
    let config = format!(
        "[[providers]]\nid = \"bad\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key = \"k\"\n\
         models = [{{ id = \"m\", input_price = 1.0, output_price = 1.0 }}]\n\
         [[providers]]\nid = \"good\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\n\
         models = [{{ id = \"m\", input_price = 9.0, output_price = 9.0 }}]\n",
        failing.url
    );
    let served = guarded("requests_per_minute = 3", &config).await;
    let (_, key) = served.key(json!({})).await;
    for _ in 0..3 {
        assert_eq!(served.ask_as(&key, json!({ "model": "m" })).await.status, 200);
    }
    assert_eq!(served.ask_as(&key, json!({ "model": "m" })).await.status, 429);
    let page = page(&served).await;
    page.check("auriko_attempts_total", &[("provider", "bad"), ("model", "m"), ("outcome", "broken")], 3.0);
    page.check("auriko_attempts_total", &[("provider", "good"), ("model", "m"), ("outcome", "ok")], 3.0);
    page.check("auriko_fallbacks_total", &[], 3.0);
    page.check("auriko_breaker_open", &[("provider", "bad"), ("model", "m")], 1.0);
    page.check("auriko_breaker_open", &[("provider", "good"), ("model", "m")], 0.0);
    page.check("auriko_rate_limit_refusals_total", &[], 1.0);
    page.check("auriko_requests_total", &[("status", "429"), ("code", "rate_limit_exceeded")], 1.0);
    assert!(page.sum("auriko_store_failures_total", &[("part", "database")]).is_some());
    assert!(page.sum("auriko_ledger_backlog_rows", &[]).is_some());
}

#[tokio::test]
async fn what_callers_make_up_makes_no_series() {
    let served = serve(QUICK).await;
    for number in 0..30 {
        assert_eq!(served.chat(json!({ "model": format!("simulated/made-up-{number}") })).await.status, 200);
        assert_eq!(served.get(&format!("/v1/made-up-{number}")).await.status, 404);
    }
    let text = served.get("/metrics").await.text;
    assert!(!text.contains("made-up"), "{text}");
    page(&served).await.check("auriko_attempts_total", &[("model", "other"), ("outcome", "ok")], 30.0);
}

#[tokio::test]
async fn a_stream_counts_while_it_is_open() {
    let frames = vec![crate::upstream::delta(&json!({ "content": "a" }))];
    let open = upstream(vec![Answer::Stream(frames, End::Hang)]).await;
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key = \"k\"\nmodels = [{{ id = \"m\" }}]\n",
        open.url
    );
    let served = serve(&config).await;
    let body = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "Hi" }] });
    let call = auriko_gateway::Call::post("/v1/chat/completions", body.to_string());
    let reply = served.gateway.handle(call).await;
    page(&served).await.check("auriko_streams_open", &[], 1.0);
    drop(reply);
    let page = page(&served).await;
    page.check("auriko_streams_open", &[], 0.0);
    page.check("auriko_requests_total", &[("status", "499"), ("code", "abandoned")], 1.0);
    page.check("auriko_attempts_total", &[("model", "m"), ("outcome", "abandoned")], 1.0);
}

#[tokio::test]
async fn strangers_do_not_read_metrics() {
    // A variable that cargo sets; see `guards.rs`.
    let token = "metrics_token_env = \"CARGO_MANIFEST_DIR\"";
    let served = guarded("", &format!("{QUICK}[telemetry]\n{token}\n")).await;
    let url = format!("{}/metrics", served.url);
    let status = async |headers: &[(&str, &str)]| send(Method::Get, &url, headers, None).await.status;
    // This machine may, unless it calls for somebody else.
    assert_eq!(status(&[]).await, 200);
    let relayed = ("x-forwarded-for", "203.0.113.7");
    assert_eq!(status(&[relayed]).await, 403);
    let bearer = |token: &str| format!("Bearer {token}");
    let metrics_token = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    assert_eq!(status(&[relayed, ("authorization", &bearer(&metrics_token))]).await, 200);
    assert_eq!(status(&[relayed, ("authorization", &bearer(&admin()))]).await, 200);
    assert_eq!(status(&[relayed, ("authorization", &bearer("another-token-than-that"))]).await, 403);
    // The token for metrics is for nothing else.
    assert_eq!(served.as_(&metrics_token, Method::Get, "/v1/me", None).await.status, 401);

    let open = serve(&format!("{QUICK}[telemetry]\nmetrics = \"open\"\n")).await;
    assert_eq!(send(Method::Get, &format!("{}/metrics", open.url), &[relayed], None).await.status, 200);
    let off = serve(&format!("{QUICK}[telemetry]\nmetrics = \"off\"\n")).await;
    assert_eq!(off.get("/metrics").await.status, 404);
}
