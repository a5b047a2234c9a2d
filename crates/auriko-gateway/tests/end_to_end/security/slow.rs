//! Callers that hold connections: silent, slow to ask, slow to read. Limits are short here, and nothing is timed: each test
//! waits for the end of a connection, which would not come without the limit.

use std::io::ErrorKind;

use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{read_until, status};
use crate::http::{QUICK, Served, serve};
use crate::upstream::{Answer, End, Upstream, delta, upstream};

async fn limited(connections: &str) -> Served {
    serve(&format!("{QUICK}\n[connections]\n{connections}\n")).await
}

/// Waits until the other side has closed it, and returns what came before.
async fn ended(socket: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    // A reset is an end too.
    let _ = socket.read_to_end(&mut seen).await;
    String::from_utf8_lossy(&seen).into_owned()
}

/// One request on a connection that stays open.
async fn ask(socket: &mut TcpStream) {
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is open");
    let reply = read_until(socket, "{\"status\":\"ok\"}").await;
    assert_eq!(status(&reply), 200);
}

#[tokio::test]
async fn who_says_nothing_is_closed() {
    let served = limited("idle_ms = 30").await;
    let mut fresh = served.socket().await;
    assert_eq!(ended(&mut fresh).await, "");
    let mut used = served.socket().await;
    ask(&mut used).await;
    assert_eq!(ended(&mut used).await, "");
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn who_sends_a_head_byte_by_byte_is_closed() {
    let served = limited("head_ms = 60").await;
    for before in [0, 1] {
        let mut socket = served.socket().await;
        for _ in 0..before {
            ask(&mut socket).await;
        }
        socket.write_all(b"POST /v1/chat/completions HTTP/1.1\r\nx: ").await.expect("it is open");
        let (mut reading, mut writing) = socket.into_split();
        // Every byte is activity, and none of them helps.
        let trickle = tokio::spawn(async move {
            while writing.write_all(b"y").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        let mut seen = Vec::new();
        let _ = reading.read_to_end(&mut seen).await;
        assert_eq!(String::from_utf8_lossy(&seen), "");
        trickle.await.expect("it ended by itself");
    }
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn who_does_not_go_on_with_a_body_is_told_and_closed() {
    for limits in ["body_idle_ms = 40", "body_ms = 40"] {
        let served = limited(limits).await;
        let mut socket = served.socket().await;
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
        socket.write_all(head.as_bytes()).await.expect("it is open");
        let reply = ended(&mut socket).await;
        assert_eq!(status(&reply), 400, "{reply}");
        assert!(reply.contains("did not arrive in time"), "{reply}");
        assert!(served.is_alive().await);
    }
}

#[tokio::test]
async fn a_body_that_trickles_is_not_read_for_ever() {
    let served = limited("body_ms = 60").await;
    let (mut reading, mut writing) = served.socket().await.into_split();
    let trickle = tokio::spawn(async move {
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n";
        let mut sent = writing.write_all(head.as_bytes()).await;
        while sent.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            sent = writing.write_all(b" ").await;
        }
    });
    let mut seen = Vec::new();
    let _ = reading.read_to_end(&mut seen).await;
    let reply = String::from_utf8_lossy(&seen);
    assert!(matches!(status(&reply), 400 | 0), "{reply}");
    trickle.await.expect("it ended by itself");
}

#[tokio::test]
async fn a_limit_of_connections_lets_the_next_one_wait() {
    let served = limited("max = 2").await;
    let (mut first, mut second) = (served.socket().await, served.socket().await);
    ask(&mut first).await;
    ask(&mut second).await;
    let mut third = served.socket().await;
    third.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("the system takes it");
    // Others are served again and again; the third is not.
    for _ in 0..20 {
        ask(&mut first).await;
        ask(&mut second).await;
    }
    let mut byte = [0];
    assert_eq!(third.try_read(&mut byte).expect_err("nothing came").kind(), ErrorKind::WouldBlock);
    drop(first);
    let reply = read_until(&mut third, "{\"status\":\"ok\"}").await;
    assert_eq!(status(&reply), 200);
}

/// A provider that sends more than any buffer on the way holds, and then says nothing.
async fn endless() -> (Upstream, String) {
    let frame = delta(&json!({ "content": "x".repeat(64 * 1024) }));
    let upstream = upstream(vec![Answer::Stream(vec![frame; 1024], End::Hang)]).await;
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\n\
         models = [{{ id = \"m\", input_price = 1.0, output_price = 1.0 }}]\n[connections]\nunread_ms = 200\n",
        upstream.url
    );
    (upstream, config)
}

fn body() -> String {
    json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "Hi" }] }).to_string()
}

#[tokio::test]
async fn a_reader_that_does_not_read_loses_its_provider() {
    let (upstream, config) = endless().await;
    let served = serve(&config).await;
    let mut socket = served.socket().await;
    let body = body();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.expect("it is open");
    read_until(&mut socket, "\r\n\r\n").await;
    upstream.dropped.notified().await;
    assert!(served.is_alive().await);
    drop(socket);
}

#[tokio::test]
async fn a_stream_of_http2_that_is_not_read_loses_its_provider() {
    let (upstream, config) = endless().await;
    let served = serve(&config).await;
    let io = TokioIo::new(served.socket().await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.expect("a handshake");
    let connection = tokio::spawn(connection);
    let ask = |body: String| {
        http::Request::post(format!("{}/v1/chat/completions", served.url))
            .body(http_body_util::Full::new(bytes::Bytes::from(body)))
            .expect("a request")
    };
    let mut unread = sender.send_request(ask(body())).await.expect("a reply");
    assert_eq!(unread.status(), 200);
    upstream.dropped.notified().await;
    // The connection and its other streams live on; the stream itself is broken off.
    let health = http::Request::get(format!("{}/healthz", served.url));
    let health = health.body(http_body_util::Full::default()).expect("a request");
    assert_eq!(sender.send_request(health).await.expect("a reply").status(), 200);
    // A reply that is not whole must not look whole.
    while unread.frame().await.expect("an error comes before the end").is_ok() {}
    connection.abort();
}
