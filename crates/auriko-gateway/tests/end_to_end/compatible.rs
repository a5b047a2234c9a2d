use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http::{Served, serve, text_of};
use crate::upstream::{Answer, End, Upstream, delta, farewell, finish, frame, upstream};

/// A limit that is not meant to be reached.
const PATIENCE_MS: u32 = 60_000;

/// Two providers of the model `m`, the cheaper one first.
async fn serving(first: &str, second: &str, idle_ms: u32) -> Served {
    let entry = |id: &str, url: &str, price: f64| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\nbase_url = \"{url}\"\napi_key = \"key-of-{id}\"\n\
             models = [{{ id = \"m\", upstream_id = \"up-{id}\", input_price = {price:.1}, output_price = {price:.1} }}]\n"
        )
    };
    let config = format!(
        "[limits]\nidle_ms = {idle_ms}\n{}{}",
        entry("first", first, 1.0),
        entry("second", second, 5.0)
    );
    serve(&config).await
}

fn good() -> Answer {
    Answer::Stream(
        vec![
            delta(&json!({ "role": "assistant", "content": "" })),
            delta(&json!({ "content": "Hi" })),
            finish("stop"),
            farewell(),
        ],
        End::Close,
    )
}

fn plain() -> Answer {
    let message = json!({ "role": "assistant", "content": "Hi", "reasoning": "hm" });
    let usage = json!({ "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "prompt_tokens_details": { "cached_tokens": 4 } });
    let reply = json!({ "id": "up-1", "model": "dated", "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }], "usage": usage, "x_extra": 1 });
    Answer::Status(200, vec![], reply.to_string())
}

fn status(status: u16) -> Answer {
    Answer::Status(status, vec![], json!({ "error": { "message": "because", "code": "x" } }).to_string())
}

async fn refused_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    // Nobody listens there any more.
    format!("http://{}/v1", listener.local_addr().expect("bound"))
}

async fn pair(first: Answer, second: Answer) -> (Served, Upstream, Upstream) {
    // Only a stream that hangs is to run into its limit; a busy machine is not.
    let idle_ms = if matches!(first, Answer::Stream(_, End::Hang)) { 200 } else { PATIENCE_MS };
    let (first, second) = (upstream(vec![first]).await, upstream(vec![second]).await);
    (serving(&first.url, &second.url, idle_ms).await, first, second)
}

#[tokio::test]
async fn a_stream_is_relayed() {
    let frames = vec![
        delta(&json!({ "role": "assistant" })),
        delta(&json!({ "reasoning": "hm" })),
        ": comment\n\n".to_owned(),
        frame(
            &json!({ "choices": [{ "index": 1, "delta": { "content": "B" } }, { "index": 0, "delta": { "content": "A" } }] }),
        ),
        delta(
            &json!({ "tool_calls": [{ "index": 0, "id": "c1", "type": "function", "function": { "name": "f", "arguments": "" } }] }),
        ),
        delta(&json!({ "tool_calls": [{ "index": 0, "function": { "arguments": "{}" } }] })),
        finish("tool_calls"),
        frame(&json!({ "choices": [{ "index": 1, "delta": {}, "finish_reason": "stop" }] })),
        farewell(),
    ];
    let (served, first, _) = pair(Answer::Stream(frames, End::Close), status(500)).await;
    let body = json!({ "model": "m", "stream": true, "n": 2, "temperature": 0.5, "gateway": { "metadata": { "trace_id": "t" } } });
    let seen = served.chat(body).await;
    let (chunks, is_done) = seen.chunks();
    assert!(is_done, "{}", seen.text);
    assert!(chunks.iter().all(|chunk| chunk["id"] == "up-1" && chunk["model"] == "dated"));
    let deltas: Vec<_> = chunks
        .iter()
        .filter(|chunk| chunk["choices"] != json!([]))
        .map(|chunk| {
            let choice = &chunk["choices"][0];
            (
                choice["index"].as_u64().expect("an index"),
                choice["delta"].clone(),
                choice["finish_reason"].clone(),
            )
        })
        .collect();
    let expected = [
        (0, json!({ "role": "assistant", "content": "" }), json!(null)),
        (0, json!({ "reasoning_content": "hm" }), json!(null)),
        (1, json!({ "role": "assistant", "content": "B" }), json!(null)),
        (0, json!({ "content": "A" }), json!(null)),
        (
            0,
            json!({ "tool_calls": [{ "index": 0, "id": "c1", "type": "function", "function": { "name": "f", "arguments": "" } }] }),
            json!(null),
        ),
        (
            0,
            json!({ "tool_calls": [{ "index": 0, "type": "function", "function": { "arguments": "{}" } }] }),
            json!(null),
        ),
        (0, json!({}), json!("tool_calls")),
        (1, json!({}), json!("stop")),
    ];
    assert_eq!(deltas, expected);
    let last = chunks.last().expect("chunks");
    assert_eq!(last["usage"]["total_tokens"], 15);
    assert_eq!(last["routing_metadata"]["provider_model_id"], "up-first");
    assert_eq!(last["routing_metadata"]["cost"]["usd"], 0.000_015);
    let sent = &first.bodies()[0];
    assert_eq!(
        (&sent["model"], &sent["stream_options"]["include_usage"], &sent["n"]),
        (&json!("up-first"), &json!(true), &json!(2))
    );
    assert!(sent.get("gateway").is_none() && sent["temperature"] == 0.5);
    assert_eq!(first.state.lock().expect("nobody panicked").authorization, ["Bearer key-of-first"]);
}

#[tokio::test]
async fn a_plain_reply_is_relayed() {
    let (served, first, _) = pair(plain(), status(500)).await;
    let reply = served.chat(json!({ "model": "m" })).await.json();
    let message = &reply["choices"][0]["message"];
    assert_eq!((&message["content"], &message["reasoning_content"]), (&json!("Hi"), &json!("hm")));
    assert_eq!((&reply["model"], &reply["x_extra"]), (&json!("dated"), &json!(1)));
    assert_eq!(reply["usage"]["prompt_tokens_details"]["cached_tokens"], 4);
    assert_eq!(reply["routing_metadata"]["model_canonical"], "m");
    assert!(first.bodies()[0].get("stream").is_none());
}

#[tokio::test]
async fn unpriced_models_have_no_cost() {
    let (served, first, _) = pair(plain(), status(500)).await;
    let reply = served.chat(json!({ "model": "first/some/model" })).await.json();
    assert_eq!(first.bodies()[0]["model"], "some/model");
    assert!(reply["routing_metadata"].get("cost").is_none());
}

#[tokio::test]
async fn the_next_provider_is_tried() {
    let early = |json: Value| Answer::Stream(vec![frame(&json)], End::Close);
    let failures = [
        status(500),
        status(429),
        status(401),
        status(403),
        status(408),
        status(402),
        Answer::Status(502, vec![], "<html>".to_owned()),
        Answer::Status(200, vec![], "<html>".to_owned()),
        Answer::Hang,
        early(json!({ "error": { "message": "m" } })),
        early(json!({ "choices": [] })),
        Answer::Stream(vec!["data: {oops\n\n".to_owned()], End::Close),
        Answer::Stream(vec!["data: [DONE]\n\n".to_owned()], End::Close),
        Answer::Stream(vec![], End::Close),
        Answer::Stream(vec![": hello\n\n".to_owned()], End::Break),
    ];
    for (case, failure) in failures.into_iter().enumerate() {
        let is_timeout = matches!(failure, Answer::Hang);
        let (served, first, second) = pair(failure, good()).await;
        let routing = json!({ "routing": { "timeout_ms": if is_timeout { 500 } else { PATIENCE_MS } } });
        let seen = served.chat(json!({ "model": "m", "stream": true, "gateway": routing })).await;
        let (chunks, is_done) = seen.chunks();
        assert!(is_done, "case {case}: {}", seen.text);
        let routing = &chunks.last().expect("chunks")["routing_metadata"];
        assert_eq!(
            (text_of(&chunks).as_str(), &routing["provider"]),
            ("Hi", &json!("second")),
            "case {case}"
        );
        assert_eq!((first.bodies().len(), second.bodies().len()), (1, 1));
        assert_eq!(routing["warnings"][0]["code"] == "provider_timeout", is_timeout, "case {case}");
    }
    let second = upstream(vec![good()]).await;
    let served = serving(&refused_url().await, &second.url, PATIENCE_MS).await;
    assert!(served.chat(json!({ "model": "m", "stream": true })).await.chunks().1);
}

#[tokio::test]
async fn the_last_failure_decides_what_the_caller_is_told() {
    let limited = Answer::Status(429, vec![("retry-after", "7")], "{}".to_owned());
    let cases = [
        (status(500), 502, "upstream_error", true),
        (status(429), 503, "no_provider_available", true),
        (status(401), 502, "upstream_error", true),
        (Answer::Hang, 504, "upstream_timeout", true),
        (Answer::Status(200, vec![], "[]".to_owned()), 502, "upstream_error", true),
    ];
    for (failure, expected, code, is_retryable) in cases {
        let timeout_ms = if matches!(failure, Answer::Hang) { 200 } else { PATIENCE_MS };
        let (served, _, _) = pair(limited.clone(), failure).await;
        let seen = served
            .chat(json!({ "model": "m", "gateway": { "routing": { "timeout_ms": timeout_ms } } }))
            .await;
        let error = &seen.json()["error"];
        assert_eq!((seen.status, error["code"].as_str()), (expected, Some(code)), "{}", seen.text);
        assert_eq!((error["provider"].as_str(), seen.header("x-error-provider")), (Some("second"), "second"));
        assert_eq!(seen.header("x-error-retryable"), if is_retryable { "true" } else { "false" });
        assert_eq!(seen.header("retry-after") == "7", code == "no_provider_available");
        assert!(!seen.text.contains("key-of"), "{}", seen.text);
    }
}

#[tokio::test]
async fn a_request_at_fault_is_not_sent_again() {
    let error = |message: &str, code: &str| {
        json!({ "error": { "message": message, "code": code, "type": "invalid_request_error", "param": "tools" } }).to_string()
    };
    let cases = [
        (400, error("bad tool", "x"), 400, "invalid_request"),
        (422, error("bad tool", "x"), 400, "invalid_request"),
        (400, error("too long", "context_length_exceeded"), 400, "context_length_exceeded"),
        (400, error("This model's maximum context length is 5", ""), 400, "context_length_exceeded"),
        (400, error("no", "content_filter"), 400, "content_filtered"),
        (404, error("no such model", "model_not_found"), 404, "model_not_found"),
        (413, String::new(), 413, "payload_too_large"),
    ];
    for (upstream_status, body, expected, code) in cases {
        let (served, _, second) = pair(Answer::Status(upstream_status, vec![], body), good()).await;
        let seen = served.chat(json!({ "model": "m", "stream": true })).await;
        assert_eq!(
            (seen.status, seen.json()["error"]["code"].as_str()),
            (expected, Some(code)),
            "{}",
            seen.text
        );
        assert_eq!((seen.header("x-should-retry"), second.bodies().len()), ("false", 0));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error() {
    let hi = || delta(&json!({ "content": "Hi" }));
    let cases = [
        (vec![hi()], End::Break, "upstream_error"),
        (vec![hi()], End::Close, "upstream_error"),
        (vec![hi()], End::Hang, "upstream_timeout"),
        (vec![hi(), "data: {oops\n\n".to_owned()], End::Close, "upstream_error"),
        (
            vec![hi(), frame(&json!({ "error": { "message": "busy", "code": "rate_limit_exceeded" } }))],
            End::Close,
            "no_provider_available",
        ),
        (vec![hi(), frame(&json!({ "error": { "message": "overloaded" } }))], End::Close, "upstream_error"),
    ];
    for (frames, end, code) in cases {
        let (served, _, second) = pair(Answer::Stream(frames, end), good()).await;
        let seen = served.chat(json!({ "model": "m", "stream": true })).await;
        let (chunks, is_done) = seen.chunks();
        let error = &chunks.last().expect("chunks")["error"];
        assert_eq!(
            (is_done, text_of(&chunks).as_str(), error["code"].as_str()),
            (false, "Hi", Some(code)),
            "{}",
            seen.text
        );
        assert_eq!((error["provider"].as_str(), second.bodies().len()), (Some("first"), 0));
    }
}

#[tokio::test]
async fn a_missing_farewell_is_made_up_for() {
    let hi = || delta(&json!({ "content": "Hi there" }));
    for (frames, end) in [
        (vec![hi(), finish("stop")], End::Close),
        (vec![hi(), finish("stop")], End::Break),
        (vec![hi(), "data: [DONE]\n\n".to_owned()], End::Hang),
    ] {
        let (served, _, _) = pair(Answer::Stream(frames, end), good()).await;
        let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true })).await.chunks();
        let last = chunks.last().expect("chunks");
        assert!(is_done);
        assert_eq!(chunks[chunks.len() - 2]["choices"][0]["finish_reason"], "stop");
        assert_eq!(last["usage"]["completion_tokens"], 2);
        assert_eq!(last["routing_metadata"]["warnings"][0]["code"], "usage_estimated");
    }
}

#[tokio::test]
async fn one_finished_choice_does_not_complete_the_other() {
    let both = json!({ "choices": [{ "index": 0, "delta": { "content": "A" } }, { "index": 1, "delta": { "content": "B" } }] });
    let frames = vec![frame(&both), finish("stop")];
    let (served, _, _) = pair(Answer::Stream(frames, End::Close), good()).await;
    let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true, "n": 2 })).await.chunks();
    assert_eq!(
        (is_done, &chunks.last().expect("chunks")["error"]["code"]),
        (false, &json!("upstream_error"))
    );
}

#[tokio::test]
async fn leaving_closes_the_upstream_connection() {
    let frames = vec![delta(&json!({ "content": "Hi" }))];
    let (served, first, _) = pair(Answer::Stream(frames, End::Hang), good()).await;
    let body = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "x" }] });
    let mut request = auriko_client::Request::new(
        auriko_client::Method::Post,
        format!("{}/v1/chat/completions", served.url),
    );
    request.body = Some(body.to_string().into());
    let mut body = auriko_client::Client::new().send(request).await.expect("accepted").into_body();
    assert!(body.next().await.expect("the first chunk").is_some());
    drop(body);
    tokio::time::timeout(Duration::from_secs(10), first.dropped.notified())
        .await
        .expect("the upstream body is dropped");
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_refused_and_another_provider_asked() {
    let large = |bytes| {
        let message = json!({ "role": "assistant", "content": "x".repeat(bytes) });
        let reply = json!({ "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }] });
        Answer::Status(200, vec![], reply.to_string())
    };
    let (first, second) = (upstream(vec![large(5000)]).await, upstream(vec![plain(), large(5000)]).await);
    let entry = |id: &str, url: &str, price: f64| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\nbase_url = \"{url}\"\n\
             models = [{{ id = \"m\", input_price = {price:.1}, output_price = {price:.1} }}]\n"
        )
    };
    let config = format!(
        "[limits]\nreply_bytes = 4000\n{}{}",
        entry("first", &first.url, 1.0),
        entry("second", &second.url, 5.0)
    );
    let served = serve(&config).await;
    let seen = served.chat(json!({ "model": "m" })).await;
    assert_eq!(
        (seen.status, &seen.json()["routing_metadata"]["provider"]),
        (200, &json!("second")),
        "{}",
        seen.text
    );
    for asked in 2..8 {
        // Whatever one request brings about, nobody is left alone for it.
        let seen = served.chat(json!({ "model": "m" })).await;
        let error = &seen.json()["error"];
        assert_eq!((seen.status, &error["code"]), (502, &json!("upstream_error")), "{}", seen.text);
        assert!(seen.text.contains("larger than the 4000 bytes of `limits.reply_bytes`"), "{}", seen.text);
        assert_eq!((first.bodies().len(), second.bodies().len()), (asked, asked));
    }
}
