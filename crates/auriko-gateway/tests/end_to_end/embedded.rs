use std::time::Duration;

use auriko_gateway::{Call, Config, EventBody, Gateway, Reply, ReplyBody};
use auriko_wire::event::Event;
use serde_json::{Value, json};

use crate::http::{QUICK, serve};

fn gateway(config: &str) -> Gateway {
    Gateway::new(Config::from_toml(config).expect("a valid configuration")).expect("no keys needed")
}

async fn chat(gateway: &Gateway, mut body: Value) -> Reply {
    body["model"] = "simulated".into();
    body["messages"] = json!([{ "role": "user", "content": "Hello there" }]);
    gateway.handle(Call::post("/v1/chat/completions", body.to_string())).await
}

fn events(reply: Reply) -> Box<EventBody> {
    assert_eq!(reply.status, 200);
    let ReplyBody::Events(events) = reply.body else { panic!("a stream was asked for") };
    events
}

/// Without what differs from call to call.
fn masked(mut value: Value) -> Value {
    for field in ["id", "created"] {
        value[field] = json!(null);
    }
    if let Some(routing) = value.get_mut("routing_metadata").and_then(Value::as_object_mut) {
        routing.remove("ttft_ms");
        routing.remove("throughput_tps");
    }
    value
}

#[tokio::test]
async fn both_ways_in_give_the_same() {
    let served = serve(QUICK).await;
    for body in [
        json!({}),
        json!({ "n": 2, "reasoning_effort": "high" }),
        json!({ "extensions": { "simulated": { "cut_after_tokens": 7 } } }),
    ] {
        let plain = chat(&served.gateway, body.clone()).await;
        let over_http = served.chat(body.clone()).await;
        assert_eq!(plain.status, over_http.status);
        let text = plain.json_text().expect("no stream");
        assert_eq!(masked(serde_json::from_str(text).expect("JSON")), masked(over_http.json()));

        let mut streamed = body;
        streamed["stream"] = true.into();
        let mut events = events(chat(&served.gateway, streamed.clone()).await);
        let mut encoder = events.encoder();
        let (mut chunks, mut buffer) = (Vec::new(), Vec::new());
        while let Some(batch) = events.next().await {
            for (choice, event) in &batch {
                encoder.encode_json(*choice, event, &mut buffer, &mut |json| chunks.push(json.to_owned()));
            }
        }
        let chunks: Vec<_> =
            chunks.iter().map(|chunk| masked(serde_json::from_str(chunk).expect("JSON"))).collect();
        let (over_http, _) = served.chat(streamed).await.chunks();
        assert_eq!(chunks, over_http.into_iter().map(masked).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_ends_with_an_error() {
    let gateway = gateway(QUICK);
    let body = json!({ "stream": true, "extensions": { "simulated": { "stall_after_tokens": 3 } } });
    let mut events = events(chat(&gateway, body).await);
    let mut all = Vec::new();
    while let Some(batch) = events.next().await {
        all.extend(batch);
    }
    assert_eq!(all.iter().filter(|(_, event)| matches!(event, Event::Text { .. })).count(), 3);
    let Some((_, Event::Error { error })) = all.last() else { panic!("{all:?}") };
    assert!(error.get().contains("upstream_timeout"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn time_is_kept() {
    let slow = "[[providers]]\nid = \"slow\"\nkind = \"simulated\"\nlatency_ms = 2000\nchunk_pace_ms = 100\noutput_tokens = 11\n";
    let gateway = gateway(slow);
    let started_at = tokio::time::Instant::now();
    let mut events = events(chat(&gateway, json!({ "stream": true })).await);
    assert_eq!(started_at.elapsed().as_millis() / 10, 200);
    let mut last = Vec::new();
    while let Some(batch) = events.next().await {
        last = batch;
    }
    assert_eq!(started_at.elapsed().as_millis() / 10, 300);
    let routing = last.iter().find_map(|(_, event)| match event {
        Event::Routing { routing } => serde_json::from_str::<Value>(routing.get()).ok(),
        _ => None,
    });
    let routing = routing.expect("routing metadata at the end");
    assert!((2000.0..2010.0).contains(&routing["ttft_ms"].as_f64().expect("a number")), "{routing}");
    assert!((9.9..10.1).contains(&routing["throughput_tps"].as_f64().expect("a number")), "{routing}");
}

#[tokio::test(start_paused = true)]
async fn attempts_and_requests_have_their_limits() {
    let two = format!("{QUICK}[[providers]]\nid = \"slow\"\nkind = \"simulated\"\nlatency_ms = 5000\n");
    let gateway = gateway(&two);
    let check = async |routing: Value, stream: bool| {
        let body = json!({ "stream": stream, "gateway": { "routing": routing } });
        chat(&gateway, body).await
    };
    let reply = check(json!({ "prefer": "slow", "timeout_ms": 100 }), false).await;
    let value: Value = serde_json::from_str(reply.json_text().expect("plain")).expect("JSON");
    assert_eq!(value["routing_metadata"]["provider"], "simulated");
    assert_eq!(value["routing_metadata"]["warnings"][0]["code"], "provider_timeout");
    for stream in [false, true] {
        let reply = check(json!({ "providers": ["slow"], "deadline_ms": 100 }), stream).await;
        assert_eq!(reply.status, 504);
        assert!(reply.json_text().expect("an error").contains("upstream_timeout"));
    }
    // With a deadline the other provider, which the time limit above leads to, is not asked any more.
    let reply = check(json!({ "prefer": "slow", "deadline_ms": 100 }), false).await;
    assert_eq!(reply.status, 504);
    // The deadline passes while the stream runs.
    let reply = check(json!({ "providers": ["slow"], "deadline_ms": 5100 }), true).await;
    let mut events = events(reply);
    let mut last = Vec::new();
    while let Some(batch) = events.next().await {
        last = batch;
    }
    let Some((_, Event::Error { error })) = last.last() else { panic!("{last:?}") };
    assert!(error.get().contains("deadline_ms"), "{error}");
    tokio::time::advance(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn it_describes_itself() {
    let description = gateway(QUICK).describe();
    assert!(description.simulated_only && description.notice.contains("OPENAI_API_KEY"));
    assert_eq!(description.models[0].providers, ["simulated"]);
    let real = gateway(
        "[[providers]]\nid = \"x\"\nkind = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:1\"\n",
    );
    assert!(!real.describe().simulated_only);
}
