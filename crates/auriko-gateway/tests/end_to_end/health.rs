use auriko_gateway::Gateway;
use serde_json::{Value, json};

use crate::ledger::{ask, gateway, provider, read, server_of, simulated};
use crate::upstream::{Answer, upstream};

fn header<'a>(reply: &'a auriko_gateway::Reply, name: &str) -> Option<&'a str> {
    reply.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn who_keeps_failing_is_not_asked_while_others_are_there() {
    let broken = upstream(vec![Answer::Status(500, vec![], "{}".to_owned())]).await;
    let config =
        format!("{}{}", provider("broken", &broken.url, 1.0), simulated("good", 9.0, "latency_ms = 0"));
    let (gateway, books) = gateway(&config);
    for _ in 0..10 {
        assert_eq!(server_of(ask(&gateway, json!({})).await).await, "good");
    }
    // Three in a row open the breaker; its first pause is longer than this test takes.
    assert_eq!(broken.bodies().len(), 3);
    let attempts: Vec<_> = books.entries().iter().map(|entry| entry.attempts).collect();
    assert_eq!(attempts, [2, 2, 2, 1, 1, 1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn when_everybody_is_in_trouble_the_caller_is_told_when_to_return() {
    let limited = Answer::Status(429, vec![("retry-after", "30")], "{}".to_owned());
    let limited = upstream(vec![limited]).await;
    let (gateway, _) = gateway(&provider("p", &limited.url, 1.0));
    let first = ask(&gateway, json!({})).await;
    assert_eq!((first.status, header(&first, "x-rate-limit-source")), (503, Some("provider")));
    assert_eq!((header(&first, "retry-after"), header(&first, "x-error-provider")), (Some("30"), Some("p")));
    let (kind, retryable) = (header(&first, "x-error-type"), header(&first, "x-error-retryable"));
    assert_eq!((kind, retryable), (Some("server_error"), Some("true")));
    assert_eq!(read(first).await[0]["error"]["code"], "no_provider_available");
    let second = ask(&gateway, json!({})).await;
    let wait: u32 = header(&second, "retry-after").and_then(|wait| wait.parse().ok()).expect("a number");
    assert!(second.status == 503 && (25..=30).contains(&wait), "{wait}");
    assert_eq!(header(&second, "x-rate-limit-source"), None);
    assert_eq!(read(second).await[0]["error"]["code"], "model_unavailable");
    assert_eq!(limited.bodies().len(), 1);
}

#[tokio::test]
async fn one_caller_cannot_take_a_provider_away_from_others() {
    let (gateway, _) = gateway(&simulated("p", 1.0, "latency_ms = 100"));
    let impatient = json!({ "gateway": { "routing": { "timeout_ms": 1 } } });
    let failing = json!({ "extensions": { "simulated": { "failure_rate": 1.0 } } });
    for body in [impatient, failing] {
        for _ in 0..4 {
            assert!(ask(&gateway, body.clone()).await.status >= 500);
        }
    }
    let breaking = json!({ "stream": true, "extensions": { "simulated": { "cut_after_tokens": 1 } } });
    for _ in 0..4 {
        let said = read(ask(&gateway, breaking.clone()).await).await;
        assert_eq!(said.last().expect("an error")["error"]["code"], "upstream_error");
    }
    assert_eq!(ask(&gateway, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_deadline_ends_everything() {
    let slow = |id: &str| simulated(id, 1.0, "latency_ms = 60000");
    let (gateway, books) = gateway(&format!("{}{}", slow("a"), slow("b")));
    let routing = json!({ "timeout_ms": 500, "deadline_ms": 900 });
    let reply = ask(&gateway, json!({ "gateway": { "routing": routing } })).await;
    assert_eq!(reply.status, 504);
    let error = read(reply).await[0]["error"].clone();
    assert_eq!(error["code"], "upstream_timeout");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("deadline_ms")), "{error}");
    assert_eq!(books.only().await.attempts, 2);
}

/// The lines of an explanation.
async fn explained(gateway: &Gateway, mut body: Value) -> Value {
    body["gateway"]["metadata"] = json!({ "explain": true });
    let reply = ask(gateway, body).await;
    assert_eq!(reply.status, 200);
    read(reply).await.last().expect("a reply").clone()
}

#[tokio::test]
async fn decisions_are_explained_where_that_is_allowed() {
    let config =
        format!("{}{}", simulated("a", 1.0, "latency_ms = 0"), simulated("b", 2.0, "latency_ms = 0"));
    let (open, _) = gateway(&format!("allow_explain = true\n{config}"));
    for stream in [false, true] {
        let routing = json!({ "routing": { "max_cost_per_1m": 1.5 } });
        let last = explained(&open, json!({ "stream": stream, "gateway": routing })).await;
        let explanation = &last["routing_explanation"];
        assert_eq!(explanation["candidates"][0]["provider"], "a");
        assert_eq!(explanation["dropped"][0]["provider"], "b");
        assert_eq!(explanation["dropped"][0]["reasons"][0]["code"], "cost_constraint_exceeded");
        assert!(last["routing_metadata"].get("warnings").is_none() && last["usage"].is_object());
    }
    let reply = ask(&open, json!({})).await;
    assert!(read(reply).await[0].get("routing_explanation").is_none());
    let (closed, _) = gateway(&config);
    let last = explained(&closed, json!({})).await;
    assert!(last.get("routing_explanation").is_none());
    assert_eq!(last["routing_metadata"]["warnings"][0]["code"], "field_ignored");
}

#[tokio::test]
async fn measured_speed_replaces_what_was_expected() {
    let config = format!(
        "allow_explain = true\n{}{}",
        simulated("slow", 1.0, "latency_ms = 200"),
        simulated("other", 1.0, "latency_ms = 0")
    );
    let (gateway, _) = gateway(&config);
    let body = json!({ "stream": true, "gateway": { "routing": { "providers": ["slow"] } } });
    let ttft =
        |last: &Value| last["routing_explanation"]["candidates"][0]["ttft_ms"].as_f64().expect("a number");
    assert!((ttft(&explained(&gateway, body.clone()).await) - 200.0).abs() < 1e-9, "from the configuration");
    let measured = ttft(&explained(&gateway, body).await);
    assert!(measured > 200.0 * 0.9 && (measured - 200.0).abs() > 1e-9, "{measured}");
}
