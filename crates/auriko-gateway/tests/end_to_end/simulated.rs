use auriko_client::Method;
use auriko_gateway::{Config, Gateway, Server};
use serde_json::{Value, json};

use crate::http::{QUICK, send, serve, text_of};

#[tokio::test]
async fn a_stream_keeps_the_order_of_the_protocol() {
    let served = serve(QUICK).await;
    let seen = served.chat(json!({ "stream": true })).await;
    assert_eq!((seen.status, seen.header("content-type")), (200, "text/event-stream"));
    assert_eq!(seen.header("cache-control"), "no-cache");
    let id = seen.header("x-request-id");
    assert!(id.len() == 28 && id.starts_with("req_"), "{id}");
    let (chunks, is_done) = seen.chunks();
    assert!(is_done);
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    assert!(text_of(&chunks).starts_with("This is a simulated reply"), "{}", text_of(&chunks));
    let (last, before) = (&chunks[chunks.len() - 1], &chunks[chunks.len() - 2]);
    assert_eq!(before["choices"][0]["finish_reason"], "stop");
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"]["completion_tokens"], 64);
    let routing = &last["routing_metadata"];
    assert_eq!(
        (&routing["provider"], &routing["model_canonical"]),
        (&json!("simulated"), &json!("simulated"))
    );
    assert_eq!(routing["routing_strategy"], "cost-focus");
    assert!(routing["ttft_ms"].is_number() && routing.get("warnings").is_none(), "{routing}");
    // 2 prompt tokens at 1 dollar per million, 64 output tokens at 2.
    assert_eq!(routing["cost"]["usd"], 0.00013);
}

#[tokio::test]
async fn a_plain_reply_is_complete() {
    let served = serve(QUICK).await;
    let seen = served.chat(json!({ "max_tokens": 5, "n": 2 })).await;
    let reply = seen.json();
    assert_eq!(seen.status, 200);
    assert_eq!(reply["object"], "chat.completion");
    for index in 0..2 {
        let choice = &reply["choices"][index];
        assert_eq!((&choice["index"], &choice["finish_reason"]), (&json!(index), &json!("length")));
    }
    assert_eq!(reply["choices"][0]["message"]["content"], "This is a simulated reply,");
    assert_eq!(reply["usage"]["completion_tokens"], 10);
    assert_eq!(reply["routing_metadata"]["provider"], "simulated");
    assert!(reply["routing_metadata"].get("ttft_ms").is_none());
}

#[tokio::test]
async fn tools_and_schemas_are_served() {
    let served = serve(QUICK).await;
    let parameters =
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    let tool = json!({ "type": "function", "function": { "name": "weather", "parameters": parameters } });
    let reply = served.chat(json!({ "tools": [tool], "tool_choice": "required" })).await.json();
    let call = &reply["choices"][0]["message"]["tool_calls"][0];
    assert_eq!((&call["function"]["name"], &call["type"]), (&json!("weather"), &json!("function")));
    let arguments: Value =
        serde_json::from_str(call["function"]["arguments"].as_str().expect("text")).expect("JSON");
    assert!(arguments["city"].is_string());
    assert_eq!(reply["choices"][0]["finish_reason"], "tool_calls");
    let seen = served.chat(json!({ "tools": [tool], "tool_choice": "required", "stream": true })).await;
    let (chunks, _) = seen.chunks();
    let calls: Vec<_> =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0)).collect();
    assert!(calls.len() > 1 && calls[0]["id"].is_string() && calls[1].get("id").is_none());
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
    let reply = served.chat(json!({ "response_format": format })).await.json();
    let text = reply["choices"][0]["message"]["content"].as_str().expect("text");
    assert!(serde_json::from_str::<Value>(text).expect("JSON")["n"].is_i64());
}

#[tokio::test]
async fn reasoning_is_shown_as_the_caller_can_take_it() {
    let served = serve(QUICK).await;
    let body = json!({ "reasoning_effort": "low" });
    let message = served.chat(body.clone()).await.json()["choices"][0]["message"].clone();
    assert!(message["reasoning_content"].is_string() && message.get("reasoning").is_none());
    let url = format!("{}/v1/chat/completions", served.url);
    let text = json!({ "model": "simulated", "reasoning_effort": "low", "messages": [{ "role": "user", "content": "x" }] });
    for header in [("user-agent", "auriko-typescript/0.1"), ("x-auriko-features", "a, reasoning-blocks")] {
        let message = &send(Method::Post, &url, &[header], Some(text.to_string())).await.json()["choices"][0]
            ["message"];
        assert_eq!(message["reasoning"][0]["type"], "thinking", "{header:?}");
        assert_eq!(message["reasoning"][0]["thinking"], message["reasoning_content"]);
    }
    let hidden = json!({ "reasoning_effort": "low", "reasoning": { "exclude": true } });
    let reply = served.chat(hidden.clone()).await.json();
    assert!(reply["choices"][0]["message"].get("reasoning_content").is_none());
    assert_eq!(reply["usage"]["completion_tokens_details"]["reasoning_tokens"], 16);
    let mut streamed = hidden;
    streamed["stream"] = true.into();
    assert!(!served.chat(streamed).await.text.contains("reasoning_content"));
    let (chunks, _) = served.chat(json!({ "reasoning_effort": "low", "stream": true })).await.chunks();
    assert!(chunks.iter().any(|chunk| chunk["choices"][0]["delta"]["reasoning_signature"].is_string()));
}

#[tokio::test]
async fn failures_are_simulated_as_asked() {
    let two = format!(
        "{QUICK}output_tokens = 3\n[[providers]]\nid = \"broken\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\nfailure_rate = 1.0\n"
    );
    let served = serve(&two).await;
    let prefer = json!({ "gateway": { "routing": { "prefer": "broken" } } });
    let reply = served.chat(prefer).await.json();
    assert_eq!(reply["routing_metadata"]["provider"], "simulated");
    let check = async |fields: Value, status: u16, code: &str| {
        let seen = served.chat(json!({ "extensions": { "simulated": fields } })).await;
        assert_eq!(
            (seen.status, seen.json()["error"]["code"].as_str()),
            (status, Some(code)),
            "{}",
            seen.text
        );
    };
    check(json!({ "failure_rate": 1, "failure_status": 500 }), 502, "upstream_error").await;
    check(json!({ "failure_rate": 1, "failure_status": 429 }), 503, "no_provider_available").await;
    check(json!({ "failure_rate": 1, "failure_status": 400 }), 400, "invalid_request").await;
    check(json!({ "cut_after_tokens": 2 }), 502, "upstream_error").await;
    check(json!({ "failure_rate": 2 }), 400, "invalid_parameter_value").await;
    check(json!({ "no_such": 2 }), 400, "invalid_parameter_value").await;
    let cut = json!({ "stream": true, "extensions": { "simulated": { "cut_after_tokens": 2 } } });
    let (chunks, is_done) = served.chat(cut).await.chunks();
    let error = &chunks.last().expect("chunks")["error"];
    assert_eq!((is_done, text_of(&chunks).as_str()), (false, "This is"));
    assert_eq!((&error["code"], &error["provider"]), (&json!("upstream_error"), &json!("simulated")));
}

#[tokio::test]
async fn refusals_have_envelope_and_headers() {
    let served =
        serve(&format!("body_limit_bytes = 300\nerror_docs_url = \"https://docs.test/errors\"\n{QUICK}"))
            .await;
    let seen = served.chat(json!({ "model": "gpt-9" })).await;
    let error = &seen.json()["error"];
    assert_eq!(
        (seen.status, &error["code"], &error["param"]),
        (404, &json!("model_not_found"), &json!("model"))
    );
    assert_eq!(error["type"], "not_found_error");
    assert_eq!(error["doc_url"], "https://docs.test/errors/model_not_found");
    assert!(error["suggestion"].as_str().expect("a hint").contains("simulated"));
    assert_eq!(seen.header("content-type"), "application/json; charset=utf-8");
    assert_eq!((seen.header("x-should-retry"), seen.header("x-error-retryable")), ("false", "false"));
    assert_eq!(seen.header("x-error-type"), "not_found");
    assert!(seen.header("x-request-id").starts_with("req_"));
    let url = format!("{}/v1/chat/completions", served.url);
    let check = async |method: Method, path: &str, body: Option<String>, status: u16, code: &str| {
        let seen = send(method, &format!("{}{path}", served.url), &[], body).await;
        assert_eq!((seen.status, seen.json()["error"]["code"].as_str()), (status, Some(code)), "{path}");
    };
    check(Method::Get, "/v1/chat/completions", None, 405, "method_not_allowed").await;
    check(Method::Post, "/v1/models", Some("{}".into()), 405, "method_not_allowed").await;
    check(Method::Get, "/v1/nothing", None, 404, "resource_not_found").await;
    check(Method::Get, "/v1/models/none", None, 404, "model_not_found").await;
    check(Method::Post, "/v1/chat/completions", Some("{".into()), 400, "invalid_request").await;
    check(Method::Post, "/v1/chat/completions", Some("x".repeat(301)), 413, "payload_too_large").await;
    check(Method::Get, "/v1/models?endpoint=x", None, 400, "invalid_parameter_value").await;
    let seen = send(Method::Post, &url, &[("origin", "https://evil.test")], Some("{}".into())).await;
    assert_eq!((seen.status, seen.json()["error"]["code"].as_str()), (403, Some("insufficient_permissions")));
}

#[tokio::test]
async fn models_and_health_are_served() {
    let served = serve(&format!("{QUICK}[[providers]]\nid = \"two\"\nkind = \"simulated\"\nmodels = [{{ id = \"a/b\" }}, {{ id = \"simulated\" }}]\n")).await;
    let list = served.get("/v1/models").await.json();
    let ids: Vec<_> =
        list["data"].as_array().expect("a list").iter().map(|model| model["id"].clone()).collect();
    assert_eq!((ids, &list["object"]), (vec![json!("a/b"), json!("simulated")], &json!("list")));
    let model = served.get("/v1/models/simulated").await.json();
    assert_eq!((&model["owned_by"], &model["providers"][0]["input_price"]), (&json!("auriko"), &json!(1.0)));
    assert_eq!(served.get("/v1/models/a%2Fb").await.json()["id"], "a/b");
    assert_eq!(served.get("/v1/models/a/b").await.status, 200);
    assert_eq!((served.get("/healthz").await.status, served.get("/readyz").await.status), (200, 200));
}

#[tokio::test]
async fn what_was_not_done_is_said() {
    let served = serve(QUICK).await;
    let reply =
        served.chat(json!({ "store": true, "extensions": { "openai": {}, "nobody": {} } })).await.json();
    let warnings = reply["routing_metadata"]["warnings"].as_array().expect("warnings").clone();
    let kinds: Vec<_> = warnings.iter().map(|warning| warning["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["unsupported_field", "ignored_extension", "unknown_provider"]);
}

#[tokio::test]
async fn other_machines_are_kept_out() {
    let gateway = Gateway::new(Config::zero(&|_| None)).expect("no keys needed");
    let error = Server::bind(gateway, "0.0.0.0", 0).await.err().expect("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn streams_finish_when_the_server_stops() {
    let mut served =
        serve("[[providers]]\nid = \"s\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 5\n").await;
    let url = format!("{}/v1/chat/completions", served.url);
    let body =
        json!({ "model": "simulated", "stream": true, "messages": [{ "role": "user", "content": "x" }] });
    let mut request = auriko_client::Request::new(Method::Post, url);
    request.body = Some(body.to_string().into());
    let response = auriko_client::Client::new().send(request).await.expect("accepted");
    served.stop.take().expect("not stopped yet").send(()).expect("it listens");
    assert!(response.text().await.expect("to its end").ends_with("data: [DONE]\n\n"));
    served.task.await.expect("the server ended");
}
