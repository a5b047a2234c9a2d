//! Where nobody needs a key, a page whose name has come to mean this machine must not spend the keys configured here.

use auriko_client::Method;
use serde_json::json;

use super::status;
use crate::guards::guarded;
use crate::http::{QUICK, Served, send, serve};

async fn ask(served: &Served, host: &str, more: &str) -> u16 {
    let body = json!({ "model": "simulated", "messages": [{ "role": "user", "content": "Hi" }] }).to_string();
    let host = if host.is_empty() { String::new() } else { format!("host: {host}\r\n") };
    let length = body.len();
    status(
        &served
            .raw(format!(
                "POST /v1/chat/completions HTTP/1.1\r\n{host}connection: close\r\n{more}content-length: {length}\r\n\r\n{body}"
            ))
            .await,
    )
}

#[tokio::test]
async fn a_name_that_somebody_else_gives_out_is_not_served_without_a_key() {
    let served = serve(QUICK).await;
    for host in ["localhost", "127.0.0.1:8787", "[::1]:8787", "gateway", "host.docker.internal:1"] {
        assert_eq!(ask(&served, host, "").await, 200, "{host}");
    }
    for host in ["rebound.test:8787", "127.0.0.1.rebound.test", "localhost.rebound.test"] {
        assert_eq!(ask(&served, host, "").await, 403, "{host}");
    }
    let seen =
        send(Method::Get, &format!("{}/v1/models", served.url), &[("host", "rebound.test")], None).await;
    assert_eq!((seen.status, &seen.json()["error"]["code"]), (403, &json!("insufficient_permissions")));
    assert!(seen.text.contains("auriko keys create"), "{}", seen.text);
}

#[tokio::test]
async fn a_named_origin_is_a_name_of_ours() {
    let served = serve(&format!("cors_origins = [\"https://app.test\"]\n{QUICK}")).await;
    assert_eq!(ask(&served, "app.test", "").await, 200);
    assert_eq!(ask(&served, "other.test", "").await, 403);
}

#[tokio::test]
async fn with_a_key_any_name_will_do() {
    let served = guarded("", QUICK).await;
    let (_, key) = served.key(json!({})).await;
    assert_eq!(ask(&served, "gateway.example.test", &format!("authorization: Bearer {key}\r\n")).await, 200);
    assert_eq!(ask(&served, "gateway.example.test", "").await, 401);
}

#[tokio::test]
async fn what_pages_send_unasked_does_not_reach_a_model() {
    let served = serve(QUICK).await;
    for more in [
        "origin: https://page.test\r\n",
        "origin: null\r\n",
        "origin: https://page.test\r\ncontent-type: application/json\r\n",
    ] {
        assert_eq!(ask(&served, "localhost", more).await, 403, "{more}");
    }
    // Kinds that a browser sends without asking first.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        assert_eq!(ask(&served, "localhost", &format!("content-type: {kind}\r\n")).await, 400, "{kind}");
    }
}
