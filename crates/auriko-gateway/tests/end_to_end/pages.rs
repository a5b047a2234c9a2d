//! Calls of web pages, and bodies of other kinds.

use auriko_client::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{QUICK, send, serve};

#[tokio::test]
async fn a_page_that_is_named_may_call_and_is_told_so() {
    let served = serve(&format!("cors_origins = [\"https://app.test\"]\n{QUICK}")).await;
    let url = format!("{}/v1/models", served.url);
    let named = send(Method::Get, &url, &[("origin", "https://app.test")], None).await;
    assert_eq!((named.status, named.header("access-control-allow-origin")), (200, "https://app.test"));
    let other = send(Method::Get, &url, &[("origin", "https://other.test")], None).await;
    assert_eq!((other.status, other.header("access-control-allow-origin")), (403, ""));
    assert!(other.json()["error"]["suggestion"].as_str().is_some_and(|it| it.contains("cors_origins")));
    let asked = preflight(&served.url).await;
    assert!(asked.starts_with("http/1.1 200"), "{asked}");
    for line in [
        "access-control-allow-origin: https://app.test\r\n",
        "access-control-allow-headers: authorization,content-type\r\n",
        "access-control-max-age: 3600\r\n",
    ] {
        assert!(asked.contains(line), "{asked}");
    }
}

/// What a browser asks before it sends JSON with a key, and the head of the answer in lower case.
async fn preflight(url: &str) -> String {
    let authority = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(authority).await.expect("it listens");
    let request = format!(
        "OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: {authority}\r\norigin: https://app.test\r\n\
         access-control-request-method: POST\r\naccess-control-request-headers: authorization,content-type\r\n\
         connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut reply = String::new();
    socket.read_to_string(&mut reply).await.expect("read");
    reply.to_ascii_lowercase()
}

#[tokio::test]
async fn without_the_setting_no_page_of_another_machine_may_call() {
    let served = serve(QUICK).await;
    let url = format!("{}/v1/models", served.url);
    for (origin, status) in [("https://app.test", 403), ("http://localhost:5173", 200)] {
        let seen = send(Method::Get, &url, &[("origin", origin)], None).await;
        assert_eq!((seen.status, seen.header("access-control-allow-origin")), (status, ""), "{origin}");
    }
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused_with_what_to_send() {
    let served = serve(QUICK).await;
    let url = format!("{}/v1/chat/completions", served.url);
    let body = json!({ "model": "simulated", "messages": [{ "role": "user", "content": "Hi" }] }).to_string();
    for (kind, status) in [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/x-www-form-urlencoded", 400),
        ("text/plain", 400),
    ] {
        let seen = send(Method::Post, &url, &[("content-type", kind)], Some(body.clone())).await;
        assert_eq!(seen.status, status, "{kind}: {}", seen.text);
        if status == 400 {
            let error = &seen.json()["error"];
            assert_eq!(error["code"], "invalid_request");
            assert!(
                error["suggestion"].as_str().is_some_and(|it| it.contains("application/json")),
                "{error}"
            );
        }
    }
}
