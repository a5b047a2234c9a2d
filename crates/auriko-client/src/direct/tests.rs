//! Which URLs take the short way, and what replies make of it. Servers are loopback sockets of the test.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::plain_uri;
use crate::{Client, ErrorKind, Limit, Limits, Method, Request};

#[test]
fn urls_that_would_be_rewritten_go_the_other_way() {
    for url in [
        "http://127.0.0.1:8787/v1/chat/completions",
        "https://[::1]:8787/v1",
        "https://example.com/v1beta/models/gemini-2.5:streamGenerateContent?alt=sse",
    ] {
        assert_eq!(plain_uri(url).map(|uri| uri.to_string()).as_deref(), Some(url));
    }
    for url in [
        "https://user:secret@example.com/",
        "https://exämple.com/",
        "https://ex%61mple.com/",
        "https://example.com/a/../b",
        "https://example.com/a/%2e%2e/b",
        "https://example.com/{model}",
        "https://example.com/a b",
        "https://example.com/#part",
        "HTTPS://example.com/",
        "ftp://example.com/",
        "example.com",
        "http://",
    ] {
        assert_eq!(plain_uri(url), None, "{url}");
    }
}

/// Answers one request per entry, each on a connection of its own, and returns what it was sent.
async fn serve(replies: Vec<String>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let mut requests = Vec::new();
        for reply in replies {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut text = String::new();
            while !(text.ends_with("{}") || text.starts_with("GET ") && text.ends_with("\r\n\r\n")) {
                let mut part = [0; 4096];
                let length = socket.read(&mut part).await.expect("a request");
                assert!(length > 0, "the request is complete");
                text.push_str(std::str::from_utf8(&part[..length]).expect("text"));
            }
            requests.push(text);
            socket.write_all(reply.as_bytes()).await.expect("a reader");
        }
        requests
    });
    (origin, task)
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn post(url: String) -> Request {
    let mut request = Request::new(Method::Post, url);
    request.headers = vec![("x-api-key".to_owned(), "sk-1".to_owned())];
    request.body = Some("{}".into());
    request
}

#[tokio::test]
async fn a_request_says_what_it_says_the_other_way() {
    let mut sent = Vec::new();
    for client in [Client::within_origin(), Client::new()] {
        let (origin, served) = serve(vec![reply("200 OK", "x-a: 1\r\nx-a: 2\r\n", "hello")]).await;
        let response = client.send(post(format!("{origin}/v1?x=1"))).await.expect("a reply");
        let given: Vec<_> = response.header_list().into_iter().filter(|(name, _)| name == "x-a").collect();
        let pair = |value: &str| ("x-a".to_owned(), value.to_owned());
        assert_eq!((response.status, given), (200, vec![pair("1"), pair("2")]));
        assert_eq!(response.text().await.expect("a body"), "hello");
        let request = served.await.expect("served").remove(0).replace(&origin["http://".len()..], "HOST");
        let (head, body) = request.split_once("\r\n\r\n").expect("a head");
        let mut lines: Vec<_> = head.lines().map(str::to_owned).collect();
        lines[1..].sort();
        sent.push((lines, body.to_owned()));
    }
    assert_eq!(sent[0], sent[1]);
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_as_before() {
    for (status, method) in [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        let mut seen = Vec::new();
        for client in [Client::within_origin(), Client::new()] {
            let moved = |to: &str| reply(&format!("{status} Moved"), &format!("location: {to}\r\n"), "");
            let (origin, served) =
                serve(vec![moved("/there"), moved("on?a=b"), reply("200 OK", "", "here")]).await;
            let response = client.send(post(format!("{origin}/a"))).await.expect("a reply");
            assert_eq!(response.text().await.expect("a body"), "here");
            let requests = served.await.expect("served");
            let lines: Vec<_> =
                requests.iter().filter_map(|it| it.lines().next().map(str::to_owned)).collect();
            let kept = requests.iter().all(|request| request.contains("sk-1"));
            seen.push((lines, kept, requests[2].ends_with("{}")));
        }
        let there = format!("{method} /there HTTP/1.1");
        let on = format!("{method} /on?a=b HTTP/1.1");
        let lines = vec!["POST /a HTTP/1.1".to_owned(), there, on];
        let expected = (lines, true, method == "POST");
        assert_eq!(seen, [expected.clone(), expected]);
    }
}

#[tokio::test]
async fn a_redirect_elsewhere_is_an_error_with_its_status() {
    let away = reply("307 Temporary Redirect", "location: http://127.0.0.1:1/\r\n", "gone");
    let (origin, served) = serve(vec![away]).await;
    let error = Client::within_origin().send(post(origin)).await.err().expect("an error");
    assert!(
        matches!(error.kind(), ErrorKind::Status { status: 307, body, .. } if body == "gone"),
        "{error:?}"
    );
    served.await.expect("served");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_ends_at_the_connect_limit() {
    // Accepts, and says nothing: TLS never gets an answer.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let mut request = post(format!("https://{address}/"));
    request.limits = Limits { connect: Some(Duration::from_millis(30)), ..Limits::default() };
    let error = Client::within_origin().send(request).await.err().expect("an error");
    let is_limit = matches!(error.kind(), ErrorKind::Timeout { limit: Limit::Connect, after } if after.as_millis() == 30);
    assert!(is_limit, "{error:?}");
}

#[tokio::test]
async fn failures_to_connect_have_the_words_of_the_system() {
    let unused =
        TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("an address");
    let error =
        Client::within_origin().send(post(format!("http://{unused}/"))).await.err().expect("an error");
    assert_eq!((error.system_code(), error.is_retryable()), (Some("ECONNREFUSED"), true));
    let error = Client::within_origin().send(post("http://nobody.invalid/".to_owned())).await.err();
    assert_eq!(error.expect("an error").system_code(), Some("ENOTFOUND"));
}
