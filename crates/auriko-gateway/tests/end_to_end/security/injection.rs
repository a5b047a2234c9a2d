//! Bytes that end a header, a request or a line of the log, where they may come in, and where they may come out.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use auriko_client::Method;
use auriko_gateway::{Config, Gateway};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::status;
use crate::guards::guarded;
use crate::http::{QUICK, Served, send, serve};
use crate::program::{Scratch, program};

/// Ends a header, begins one, ends a request, begins another.
const EVIL: &str = "a\r\nInjected: yes\r\n\r\nGET /injected HTTP/1.1\r\nHost: x\r\n\r\n";

/// A provider that keeps every byte, and refuses what it understands.
struct Wire {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn wire() -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/v1", listener.local_addr().expect("bound"));
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while socket.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.to_ascii_lowercase();
                let length =
                    length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    break;
                }
            }
            kept.lock().expect("nobody panicked").push(String::from_utf8_lossy(&bytes).into_owned());
            let _ = socket
                .write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
                .await;
        }
    });
    Wire { url, seen }
}

impl Wire {
    /// The heads of all requests; each connection brought exactly one.
    fn heads(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("nobody panicked");
        let heads = seen.iter().map(|request| {
            let (head, body) = request.split_once("\r\n\r\n").expect("a whole head");
            let length = head.to_ascii_lowercase();
            let length =
                length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            assert_eq!(Some(body.len()), length, "what follows the head is its body and nothing else");
            head.to_owned()
        });
        heads.collect()
    }
}

/// A request in which everything that is a text of the caller's own is evil.
fn request(model: &str) -> Value {
    json!({
        "model": model, "user": EVIL, "prompt_cache_key": EVIL, "safety_identifier": EVIL, "service_tier": EVIL,
        "messages": [{ "role": "user", "content": EVIL, "name": EVIL }],
        "stop": EVIL,
        "gateway": { "metadata": { "tags": [EVIL], "user_id": EVIL, "trace_id": EVIL, "custom_fields": { (EVIL): EVIL } } },
    })
}

async fn ask(served: &Served, body: &Value) -> u16 {
    served.chat(body.clone()).await.status
}

#[tokio::test]
async fn no_text_of_a_callers_splits_what_providers_are_sent() {
    let wire = wire().await;
    // xAI is told the conversation in a header; Gemini's model is in the path, Anthropic has headers of its own.
    let kinds = [
        ("xai", "openai-compatible"),
        ("google_ai_studio", "gemini"),
        ("anthropic", "anthropic"),
        ("other", "openai-compatible"),
    ];
    let entries = kinds.map(|(id, kind)| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"{kind}\"\nbase_url = \"{}\"\napi_key = \"key\"\nmodels = [{{ id = \"{id}-m\", \
             input_price = 1.0, output_price = 1.0 }}]\n",
            wire.url
        )
    });
    let served = serve(&entries.concat()).await;
    for (id, _) in kinds {
        // By a model that is known, by one that is only passed on, and with fields for this provider alone.
        let extensions = json!({ id: { "evil": EVIL, (EVIL): EVIL } });
        for model in [format!("{id}-m"), format!("{id}/{EVIL}"), format!("{id}/../../{EVIL}?x#y")] {
            for stream in [false, true] {
                let mut body = request(&model);
                body["stream"] = stream.into();
                ask(&served, &body).await;
                body["extensions"] = extensions.clone();
                ask(&served, &body).await;
            }
        }
    }
    let heads = wire.heads();
    assert!(heads.len() >= kinds.len() * 4, "requests reached the provider: {}", heads.len());
    for head in &heads {
        let mut lines = head.split("\r\n");
        let first = lines.next().expect("a request line");
        assert!(first.starts_with("POST /v1/") && first.ends_with(" HTTP/1.1"), "{first}");
        assert_eq!(first.split(' ').count(), 3, "{first}");
        assert!(!first.contains("../") && !first.contains('#'), "{first}");
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header");
            assert!(!name.eq_ignore_ascii_case("injected") && !value.contains("Injected"), "{line}");
            assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{line}");
        }
    }
    assert!(heads.iter().any(|head| head.contains("x-grok-conv-id: ")), "the header was sent");
    assert!(heads.iter().any(|head| head.contains("%0D%0A")), "the path was escaped");
}

#[tokio::test]
async fn headers_of_callers_go_nowhere() {
    let wire = wire().await;
    let served = serve(&format!(
        "[[providers]]\nid = \"anthropic\"\nkind = \"anthropic\"\nbase_url = \"{}\"\napi_key = \"key\"\n\
         models = [{{ id = \"m\", input_price = 1.0, output_price = 1.0 }}]\n",
        wire.url
    ))
    .await;
    let body = json!({ "model": "m", "max_tokens": 5, "messages": [{ "role": "user", "content": "Hi" }] })
        .to_string();
    let more = "authorization: Bearer callers-own-key\r\nx-api-key: callers-own-key\r\ncookie: callers-own\r\n\
                anthropic-beta: callers-own\r\nanthropic-version: callers-own\r\nx-request-id: callers-own\r\n\
                x-forwarded-for: callers-own\r\nforwarded: callers-own\r\nidempotency-key: callers-own\r\n\
                traceparent: callers-own\r\nuser-agent: callers-own\r\nreferer: callers-own\r\n";
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let reply = served
            .raw(format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}content-length: {}\r\n\r\n{body}",
                body.len()
            ))
            .await;
        // What a caller calls its request is not what the reply is called.
        assert!(reply.contains("x-request-id: req_") && !reply.contains("callers-own"), "{reply}");
    }
    let heads = wire.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        assert!(!head.contains("callers-own"), "{head}");
    }
}

#[tokio::test]
async fn control_characters_in_a_request_are_refused_by_its_parser() {
    let served = guarded("", QUICK).await;
    let get = |target: &str, headers: &str| {
        format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
    };
    for header in [
        "x-request-id: a\u{0}b",
        "x-request-id: a\u{1}b",
        "x-request-id: a\u{7f}b",
        "x-request-id: a\u{1b}[31mb",
        "x-request-id: a\rb",
        "x request: a",
        "x-request\u{0}: a",
        ": a",
        "x-request-id : a",
        "x-a: b\r\n folded: c",
        "no colon",
    ] {
        let reply = served.raw(get("/healthz", &format!("{header}\r\n"))).await;
        assert_eq!(status(&reply), 400, "{header:?}: {reply}");
    }
    for target in ["/health\u{0}z", "/health\u{1}z", "/health z", "health\u{7f}z"] {
        let reply = served.raw(get(target, "")).await;
        assert_eq!(status(&reply), 400, "{target:?}: {reply}");
    }
    // Escaped, they are characters of a path, and stay in the JSON text that quotes it.
    for target in [
        "/v1/%0d%0aInjected:%20yes",
        "/v1/models/%0d%0aInjected:%20yes",
        "/v1/workspaces/%0d%0aInjected:%20yes",
    ] {
        let reply = served.raw(get(target, "")).await;
        assert!(matches!(status(&reply), 401 | 404), "{reply}");
        assert!(!reply.to_lowercase().contains("\ninjected"), "{reply}");
    }
    assert!(served.is_alive().await);
}

#[tokio::test]
async fn what_is_sent_with_management_calls_is_data() {
    let served = guarded("", QUICK).await;
    let made = served.manage(Method::Post, crate::guards::KEYS, Some(json!({ "name": EVIL }))).await;
    assert!(matches!(made.status, 201 | 400), "{}", made.text);
    assert!(made.header("injected").is_empty());
    let authorization = format!("Bearer {}", crate::guards::admin());
    for evil in ["a b", "a;b", "a\u{e9}", &"x".repeat(256)] {
        let headers = [("authorization", authorization.as_str()), ("idempotency-key", evil)];
        let body = json!({ "scope_type": "workspace", "period": "daily", "limit_usd": 1 }).to_string();
        let url = format!("{}/v1/workspaces/default/budgets", served.url);
        let seen = send(Method::Post, &url, &headers, Some(body)).await;
        assert_eq!(seen.status, 400, "{evil}: {}", seen.text);
    }
}

#[test]
fn a_key_that_would_end_its_header_is_refused_at_the_start() {
    for key in ["a\\nb", "a\\r\\nInjected: yes", "a b", "\\u0000", "sch\u{fc}ssel", ""] {
        let text = format!(
            "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"http://localhost\"\napi_key = \"{key}\"\nmodels = [{{ id = \"m\" }}]\n"
        );
        let error = Gateway::new(Config::from_toml(&text).expect("valid TOML")).err().expect(key).to_string();
        assert!(error.contains("`api_key` of provider `p`"), "{error}");
        assert!(!error.contains("Injected") && !error.contains("schl"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_line_of_the_log_is_one_line() {
    let scratch = Scratch::new("log-lines");
    // Nobody listens at port 1.
    let config = "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodels = [{ id = \"m\" }]\n";
    let config = scratch.write("gateway.toml", config);
    for format in ["text", "json"] {
        let mut gateway = program()
            .args(["gateway", "--port", "0", "--log-format", format, "--data-dir", ":memory:", "--config"])
            .arg(&config)
            .env("AURIKO_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut banner = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let first = banner.next().expect("a banner");
        let url =
            first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        let mut body = request("p/evil\nINJECTED line\u{1b}[31m");
        body["user"] = "u\nINJECTED line".into();
        let path = format!("{url}/v1/chat/completions");
        let seen = send(Method::Post, &path, &[("user-agent", "x")], Some(body.to_string())).await;
        assert!(seen.status >= 400, "{}", seen.text);
        let seen = send(Method::Get, &format!("{url}/v1/%0AINJECTED%20line"), &[], None).await;
        assert_eq!(seen.status, 404);
        gateway.kill().expect("it runs");
        let output = gateway.wait_with_output().expect("it ended");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(log.contains("an attempt failed"), "{log}");
        for line in log.lines() {
            assert!(!line.trim_start().starts_with("INJECTED") && !line.contains('\u{1b}'), "{line:?}");
        }
    }
}
