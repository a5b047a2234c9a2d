//! Too much of everything: each gets its answer, and the gateway lives on.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::{read_until, status};
use crate::guards::guarded;
use crate::http::{QUICK, serve};

const PATHS: [&str; 4] = ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"];

fn head(path: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}\r\n")
}

#[tokio::test]
async fn an_announced_length_is_enough_to_refuse() {
    let served = serve(&format!("body_limit_bytes = 1000\n{QUICK}")).await;
    for path in PATHS {
        // Nothing of the body is ever sent.
        for length in ["1001", "99999999999", "9223372036854775807"] {
            let reply = served.raw(head(path, &format!("content-length: {length}\r\n"))).await;
            assert_eq!(status(&reply), 413, "{path} {length}: {reply}");
            assert!(reply.contains("larger than 1000 bytes"), "{reply}");
        }
        // Nor asked for.
        let reply = served.raw(head(path, "expect: 100-continue\r\ncontent-length: 1001\r\n")).await;
        assert_eq!(status(&reply), 413, "{reply}");
    }
    // No lengths any more, says hyper.
    for length in ["18446744073709551615", "99999999999999999999", "-1", "1e3", "0x10"] {
        let reply = served.raw(head(PATHS[0], &format!("content-length: {length}\r\n"))).await;
        assert!(matches!(status(&reply), 400 | 431), "{reply}");
    }
    let reply = served.raw(head(PATHS[0], "content-length: 1\r\ncontent-length: 2\r\n")).await;
    assert_eq!(status(&reply), 400, "{reply}");
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn a_body_without_a_length_is_read_up_to_the_limit() {
    let served = serve(&format!("body_limit_bytes = 1000\n{QUICK}")).await;
    for path in PATHS {
        let mut socket = served.socket().await;
        let chunk = format!("190\r\n{}\r\n", " ".repeat(400));
        let begin = head(path, "transfer-encoding: chunked\r\n");
        // Three chunks are too much, and the end never comes.
        socket.write_all(format!("{begin}{chunk}{chunk}{chunk}").as_bytes()).await.expect("sent");
        let reply = read_until(&mut socket, "\r\n\r\n").await;
        assert_eq!(status(&reply), 413, "{reply}");
    }
    let fits = json!({ "model": "simulated", "messages": [{ "role": "user", "content": "Hi" }] }).to_string();
    let body = format!("{:x}\r\n{fits}\r\n0\r\n\r\n", fits.len());
    let reply = served.raw(format!("{}{body}", head(PATHS[0], "transfer-encoding: chunked\r\n"))).await;
    assert_eq!(status(&reply), 200, "{reply}");
    // Ways to make two servers see two requests.
    for more in ["transfer-encoding: chunked\r\ncontent-length: 5\r\n", "transfer-encoding: xchunked\r\n"] {
        let reply =
            served.raw(format!("{}0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n", head(PATHS[0], more))).await;
        assert!(reply.matches("HTTP/1.1").count() <= 1, "{reply}");
        assert_eq!(status(&reply), 400, "{more}: {reply}");
    }
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn nothing_is_unpacked() {
    let served = serve(QUICK).await;
    for encoding in ["gzip", "br", "zstd", "deflate", "gzip, gzip"] {
        let more = format!("content-encoding: {encoding}\r\ncontent-length: 4\r\n");
        let reply = served.raw(format!("{}\x1f\x08\x08\x08", head(PATHS[0], &more))).await;
        assert_eq!(status(&reply), 400, "{reply}");
        assert!(reply.contains("content-encoding"), "{reply}");
    }
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn deep_nesting_is_an_error_and_no_crash() {
    let served = guarded("", QUICK).await;
    let (_, key) = served.key(json!({ "scopes": ["inference", "keys:write"] })).await;
    let deep =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let arrays = deep("[", "]", 200_000);
    let objects = format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000));
    // Deeper than anything that is read, and closed properly; and a text inside a text.
    let message = |content: &str| {
        format!(
            "{{\"model\":\"simulated\",\"input\":\"x\",\"max_tokens\":9,\"messages\":[{{\"role\":\"user\",\"content\":{content}}}]}}"
        )
    };
    let arguments = json!({ "model": "simulated", "messages": [
        { "role": "user", "content": "x" },
        { "role": "assistant", "tool_calls": [
            { "id": "c", "type": "function", "function": { "name": "f", "arguments": arrays } }] },
        { "role": "tool", "tool_call_id": "c", "content": "y" }] });
    let schema = format!(
        "{{\"model\":\"simulated\",\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],\"tools\":[{{\"type\":\"function\",\
         \"function\":{{\"name\":\"f\",\"parameters\":{objects}}}}}]}}"
    );
    let bodies = [arrays.clone(), objects.clone(), message(&arrays), message(&objects), schema];
    let paths = ["/v1/messages/count_tokens", crate::guards::KEYS];
    for path in PATHS.iter().chain(&paths) {
        for body in &bodies {
            let more = format!("authorization: Bearer {key}\r\ncontent-length: {}\r\n", body.len());
            let reply = served.raw(format!("{}{body}", head(path, &more))).await;
            assert_eq!(status(&reply), 400, "{path}: {}", &reply[..reply.len().min(300)]);
        }
    }
    // What a text holds is the provider's business until an adapter reads it.
    let seen = served.ask_as(&key, arguments).await;
    assert!(matches!(seen.status, 200 | 400), "{}", seen.text);
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn large_heads_are_refused() {
    let served = serve(QUICK).await;
    let get = |target: &str, more: &str| {
        format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}\r\n")
    };
    let many = |count: usize| "x-many: 1\r\n".repeat(count);
    let large = |bytes: usize| format!("x-large: {}\r\n", "x".repeat(bytes));
    assert_eq!(status(&served.raw(get("/healthz", &many(90))).await), 200);
    assert_eq!(status(&served.raw(get("/healthz", &large(30_000))).await), 200);
    for (target, more) in [
        ("/healthz".to_owned(), many(200)),
        ("/healthz".to_owned(), many(20_000)),
        ("/healthz".to_owned(), large(100_000)),
        ("/healthz".to_owned(), large(10_000_000)),
    ] {
        let reply = served.raw(get(&target, &more)).await;
        // The end may overtake the answer when the caller is still sending.
        assert!(matches!(status(&reply), 431 | 0), "{}", &reply[..reply.len().min(200)]);
        assert!(served.is_alive().await);
    }
    assert_eq!(status(&served.raw(get("/healthz", &large(66_000))).await), 431);
    let long = format!("/v1/models/{}", "x".repeat(50_000));
    assert_eq!(status(&served.raw(get(&long, "")).await), 404);
    let longer = format!("/v1/models/{}", "x".repeat(66_000));
    assert!(matches!(status(&served.raw(get(&longer, "")).await), 414 | 431));
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn strangers_can_not_fill_the_memory() {
    let served = guarded("", QUICK).await;
    let (_, key) = served.key(json!({})).await;
    // Nothing of a large body is waited for, nor of one that may become large.
    for length in ["content-length: 65537\r\n", "transfer-encoding: chunked\r\n"] {
        for authorization in ["", "authorization: Bearer wrong\r\n"] {
            let reply = served.raw(head(PATHS[0], &format!("{authorization}{length}"))).await;
            assert_eq!(status(&reply), 401, "{reply}");
        }
    }
    let fits =
        json!({ "model": "simulated", "messages": [{ "role": "user", "content": "x".repeat(70_000) }] });
    let fits = fits.to_string();
    let more = format!("authorization: Bearer {key}\r\ncontent-length: {}\r\n", fits.len());
    let reply = served.raw(format!("{}{fits}", head(PATHS[0], &more))).await;
    assert_eq!(status(&reply), 200, "{reply}");
}
