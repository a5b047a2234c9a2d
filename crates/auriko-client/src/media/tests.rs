//! Against servers on this machine, some of whose addresses are allowed and some blocked.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// Counts who connects, and answers everybody with the same bytes.
struct Canary {
    port: u16,
    connections: Arc<AtomicUsize>,
}

async fn canary(address: &str, answer: impl Into<Vec<u8>>) -> Canary {
    let listener = TcpListener::bind((address, 0)).await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let connections = Arc::new(AtomicUsize::new(0));
    let (counted, answer) = (Arc::clone(&connections), answer.into());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(&answer).await;
            });
        }
    });
    Canary { port, connections }
}

impl Canary {
    fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn reply(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut reply = head.into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// 127.0.0.1 is allowed, all else that is not public is not: stands for a public server.
fn fetcher() -> MediaFetcher {
    MediaFetcher::new(BlockedRanges::parse(["127.0.0.2/31", "169.254.0.0/16", "::1"]).expect("ranges"))
}

async fn fetch(url: &str) -> Result<Media, MediaError> {
    fetcher().fetch(url, MediaLimits::default()).await
}

#[tokio::test]
async fn a_file_comes_with_its_type() {
    for (named, expected) in [("image/PNG; x=1", "image/png"), ("application/octet-stream", "image/png")] {
        let server = canary("127.0.0.1", reply(named, PNG)).await;
        let media = fetch(&format!("http://127.0.0.1:{}/a", server.port)).await.expect("fetched");
        assert_eq!((media.mime.as_str(), media.bytes.as_slice()), (expected, PNG));
    }
    for kind in ["text/html", "application/octet-stream"] {
        let server = canary("127.0.0.1", reply(kind, b"secret")).await;
        let error = fetch(&format!("http://127.0.0.1:{}/a", server.port)).await;
        assert_eq!(error, Err(MediaError::WrongType(kind.to_owned())));
    }
}

#[tokio::test]
async fn by_default_nothing_on_this_machine_is_connected_to() {
    let server = canary("127.0.0.1", reply("image/png", PNG)).await;
    let port = server.port;
    let guarded = MediaFetcher::new(BlockedRanges::default());
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "127.0.0.1.",
        "\u{ff11}27.0.0.1",
    ] {
        let url = format!("http://{host}:{port}/a.png");
        let error = guarded.fetch(&url, MediaLimits::default()).await.expect_err(host);
        assert_eq!(error, MediaError::Unreachable, "{host}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_name_is_checked_by_what_it_resolves_to() {
    // `localhost` is a name: the resolver is what blocks it, and what lets it pass where it is allowed.
    let server = canary("127.0.0.1", reply("image/png", PNG)).await;
    let url = format!("http://localhost:{}/a", server.port);
    assert!(fetch(&url).await.is_ok());
    assert_eq!(server.count(), 1);
    let guarded = MediaFetcher::new(BlockedRanges::parse(["127.0.0.0/8", "::1"]).expect("ranges"));
    assert_eq!(guarded.fetch(&url, MediaLimits::default()).await, Err(MediaError::Unreachable));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_redirect_is_checked_like_the_first_url() {
    let inside = canary("127.0.0.2", reply("image/png", PNG)).await;
    for target in [
        format!("http://127.0.0.2:{}/a.png", inside.port),
        format!("//127.0.0.2:{}/a.png", inside.port),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
            let outside = canary("127.0.0.1", head).await;
            let error = fetch(&format!("http://127.0.0.1:{}/a", outside.port)).await;
            assert_eq!((error, outside.count()), (Err(MediaError::Unreachable), 1), "{status} {target}");
        }
    }
    assert_eq!(inside.count(), 0);
    for target in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user:word@127.0.0.1/"] {
        let head = format!("HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let outside = canary("127.0.0.1", head).await;
        let error = fetch(&format!("http://127.0.0.1:{}/a", outside.port)).await;
        assert_eq!(error, Err(MediaError::BadUrl), "{target}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let head = "HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n";
    let server = canary("127.0.0.1", head).await;
    let error = fetch(&format!("http://127.0.0.1:{}/a", server.port)).await;
    assert_eq!((error, server.count()), (Err(MediaError::Redirects), 1 + MOST_REDIRECTS));
}

#[tokio::test]
async fn what_is_too_large_is_left_when_that_is_known() {
    let limits = MediaLimits { max_bytes: 100, ..MediaLimits::default() };
    let announced = "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 101\r\n\r\n";
    let mut endless =
        b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..3 {
        endless.extend_from_slice(format!("32\r\n{}\r\n", "x".repeat(50)).as_bytes());
    }
    for answer in [announced.as_bytes().to_vec(), endless] {
        let server = canary("127.0.0.1", answer).await;
        let url = format!("http://127.0.0.1:{}/a", server.port);
        assert_eq!(fetcher().fetch(&url, limits).await, Err(MediaError::TooLarge(100)));
    }
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/a", listener.local_addr().expect("bound"));
    let limits = MediaLimits { time: Duration::from_millis(50), ..MediaLimits::default() };
    assert_eq!(fetcher().fetch(&url, limits).await, Err(MediaError::Timeout(limits.time)));
}

#[tokio::test]
async fn only_plain_http_urls_are_fetched() {
    for url in ["", "ftp://h/a", "file:///etc/passwd", "http://", "http://u@h/a", "data:image/png;base64,AA"]
    {
        assert_eq!(fetch(url).await, Err(MediaError::BadUrl), "{url}");
    }
}
