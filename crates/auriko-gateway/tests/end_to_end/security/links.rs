//! URLs of callers. Where a provider fetches them they are passed on; where the gateway fetches them it does so from public
//! addresses only. A canary on this machine must see nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auriko_client::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::http::{Seen, Served, send, serve};
use crate::upstream::{Answer, Upstream, upstream};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

struct Canary {
    port: u16,
    count: Arc<AtomicUsize>,
}

impl Canary {
    /// Answers everybody with an image, on both loopback addresses if there are two.
    async fn sing() -> Self {
        let count = Arc::new(AtomicUsize::new(0));
        let four = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = four.local_addr().expect("bound").port();
        let six = TcpListener::bind(("::1", port)).await.ok();
        for listener in [Some(four), six].into_iter().flatten() {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                while let Ok((mut socket, _)) = listener.accept().await {
                    count.fetch_add(1, Ordering::SeqCst);
                    let mut request = [0; 4096];
                    let _ = socket.read(&mut request).await;
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\n\r\n",
                        PNG.len()
                    );
                    let _ = socket.write_all(&[head.as_bytes(), PNG].concat()).await;
                }
            });
        }
        Self { port, count }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Ways to say where it is, as far as a URL parser knows them.
    fn urls(&self) -> Vec<String> {
        let hosts = [
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "localhost.",
        ];
        hosts.map(|host| format!("http://{host}:{}/a.png", self.port)).into()
    }
}

/// Provider ids with their kinds; whether the gateway fetches for them.
const PROVIDERS: [(&str, &str, bool); 4] = [
    ("other", "openai-compatible", false),
    ("moonshot", "openai-compatible", true),
    ("anthropic", "anthropic", true),
    ("google_ai_studio", "gemini", true),
];

async fn serving(more: &str, upstream: &Upstream) -> Served {
    let entries = PROVIDERS.map(|(id, kind, _)| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"{kind}\"\nbase_url = \"{}\"\napi_key = \"key-of-{id}\"\n\
             models = [{{ id = \"{id}-m\", upstream_id = \"gemini-3-flash\", input_price = 1.0, output_price = 1.0 }}]\n",
            upstream.url
        )
    });
    serve(&format!("{more}\n{}", entries.concat())).await
}

/// The provider refuses everything: only what it is asked matters here.
async fn refusing() -> Upstream {
    upstream(vec![Answer::Status(400, vec![], json!({ "error": { "message": "no" } }).to_string())]).await
}

/// Path and body of a request with the URL, in every dialect and place that has one.
fn requests(model: &str, url: &str) -> Vec<(&'static str, Value)> {
    let chat = |part: Value| {
        let messages = json!([{ "role": "user", "content": [{ "type": "text", "text": "Hi" }, part] }]);
        ("/v1/chat/completions", json!({ "model": model, "messages": messages }))
    };
    let message = |block: Value| {
        let messages = json!([{ "role": "user", "content": [{ "type": "text", "text": "Hi" }, block] }]);
        ("/v1/messages", json!({ "model": model, "max_tokens": 9, "messages": messages }))
    };
    let response = |part: Value| {
        let input = json!([{ "role": "user", "content": [{ "type": "input_text", "text": "Hi" }, part] }]);
        ("/v1/responses", json!({ "model": model, "input": input }))
    };
    let source = json!({ "type": "url", "url": url });
    vec![
        chat(json!({ "type": "image_url", "image_url": { "url": url } })),
        chat(json!({ "type": "image_url", "image_url": url })),
        chat(json!({ "type": "file", "file": { "file_data": url, "filename": "a.pdf" } })),
        chat(json!({ "type": "file", "file": { "file_url": url } })),
        chat(json!({ "type": "input_audio", "input_audio": { "data": url, "format": "mp3" } })),
        message(json!({ "type": "image", "source": source })),
        message(json!({ "type": "document", "source": source })),
        response(json!({ "type": "input_image", "image_url": url })),
        response(json!({ "type": "input_file", "file_url": url })),
        response(json!({ "type": "input_file", "file_data": url, "filename": "a.pdf" })),
    ]
}

async fn ask(served: &Served, path: &str, body: &Value) -> Seen {
    send(Method::Post, &format!("{}{path}", served.url), &[], Some(body.to_string())).await
}

#[tokio::test]
async fn no_url_of_a_callers_leads_to_this_machine() {
    let (upstream, canary) = (refusing().await, Canary::sing().await);
    let served = serving("", &upstream).await;
    for (id, _, fetches) in PROVIDERS {
        let model = format!("{id}-m");
        for url in canary.urls() {
            for (path, body) in requests(&model, &url) {
                let before = upstream.bodies().len();
                let seen = ask(&served, path, &body).await;
                assert!((400..=503).contains(&seen.status), "{}", seen.text);
                let was_asked = upstream.bodies().len() > before;
                let names_it = seen.text.contains("could not be fetched") && seen.status == 400;
                // Refused by name, or passed on to the provider, or no part that this provider takes.
                assert!(was_asked || seen.status == 400, "{id} {path}: {}", seen.text);
                if body.to_string().contains("\"image_url\"") {
                    assert_eq!(
                        (names_it, was_asked),
                        (fetches, !fetches),
                        "{id} {url} {path}: {}",
                        seen.text
                    );
                }
                // What is behind the address is not told.
                assert!(
                    !seen.text.contains("refused (os") && !seen.text.contains("127.0.0.1:"),
                    "{}",
                    seen.text
                );
            }
        }
    }
    assert_eq!(canary.count(), 0);
}

#[tokio::test]
async fn what_the_operator_does_not_block_is_fetched_for_those_who_do_not() {
    let (upstream, canary) = (refusing().await, Canary::sing().await);
    let served = serving("[media]\nblocked_ranges = [\"169.254.0.0/16\"]\n", &upstream).await;
    let url = format!("http://localhost:{}/a", canary.port);
    let inlined = "data:image/png;base64,iVBORw0KGgpyZXN0";
    for (id, _, fetches) in PROVIDERS {
        let model = format!("{id}-m");
        let (path, body) = requests(&model, &url).swap_remove(0);
        ask(&served, path, &body).await;
        let sent = upstream.bodies().pop().expect("it was asked").to_string();
        let expected = if fetches { &inlined["data:image/png;base64,".len()..] } else { &url };
        assert!(sent.contains(expected), "{id}: {sent}");
        assert_eq!(sent.contains(&url), !fetches, "{id}: {sent}");
    }
    assert_eq!(canary.count(), PROVIDERS.iter().filter(|(_, _, fetches)| *fetches).count());
    // Each part that can't be had is named.
    let (path, body) = requests("moonshot-m", "http://169.254.169.254/latest/meta-data").swap_remove(0);
    let seen = ask(&served, path, &body).await;
    let error = &seen.json()["error"];
    assert_eq!(
        (seen.status, &error["code"], &error["param"]),
        (400, &json!("invalid_parameter_value"), &json!("messages[0].content[1].image_url.url"))
    );
}

#[tokio::test]
async fn limits_of_files_are_kept() {
    let (upstream, canary) = (refusing().await, Canary::sing().await);
    let served = serving("[media]\nblocked_ranges = []\nmax_bytes = 20\n", &upstream).await;
    let url = format!("http://localhost:{}/a", canary.port);
    let part = json!({ "type": "image_url", "image_url": { "url": url } });
    let of = |count: usize| json!({ "model": "moonshot-m", "messages": [{ "role": "user", "content": vec![part.clone(); count] }] });
    let path = "/v1/chat/completions";
    ask(&served, path, &of(1)).await;
    assert_eq!((upstream.bodies().len(), canary.count()), (1, 1));
    // Together they are too large.
    let seen = ask(&served, path, &of(2)).await;
    assert!(
        seen.status == 400 && seen.text.contains("content[1]") && seen.text.contains("larger than"),
        "{}",
        seen.text
    );
    let before = canary.count();
    let seen = ask(&served, path, &of(17)).await;
    assert!(seen.status == 400 && seen.text.contains("at most 16 files"), "{}", seen.text);
    assert_eq!((upstream.bodies().len(), canary.count()), (1, before));
}

#[tokio::test]
async fn fetching_can_be_turned_off() {
    let (upstream, canary) = (refusing().await, Canary::sing().await);
    let served = serving("[media]\nfetch = false\nblocked_ranges = []\n", &upstream).await;
    let url = format!("http://localhost:{}/a", canary.port);
    for (id, ..) in PROVIDERS {
        let (path, body) = requests(&format!("{id}-m"), &url).swap_remove(0);
        ask(&served, path, &body).await;
        let sent = upstream.bodies().pop().expect("it was asked").to_string();
        assert!(sent.contains(&url), "{id}: {sent}");
    }
    assert_eq!(canary.count(), 0);
}

#[tokio::test]
async fn a_provider_can_not_send_its_key_elsewhere() {
    let canary = Canary::sing().await;
    for status in [301, 302, 303, 307, 308] {
        let elsewhere: &'static str =
            Box::leak(format!("http://127.0.0.1:{}/v1/x", canary.port).into_boxed_str());
        let upstream =
            upstream(vec![Answer::Status(status, vec![("location", elsewhere)], String::new())]).await;
        let served = serving("", &upstream).await;
        for (id, ..) in PROVIDERS {
            for stream in [false, true] {
                let seen = served.chat(json!({ "model": format!("{id}-m"), "stream": stream })).await;
                assert_eq!(
                    (seen.status, &seen.json()["error"]["code"]),
                    (502, &json!("upstream_error")),
                    "{}",
                    seen.text
                );
            }
        }
    }
    assert_eq!(canary.count(), 0);
}

#[tokio::test]
async fn a_provider_may_lead_to_another_place_of_its_own() {
    let reply = json!({ "id": "r", "created": 1, "model": "m", "choices": [{ "index": 0, "finish_reason": "stop",
        "message": { "role": "assistant", "content": "moved" } }] });
    let moved = Answer::Status(307, vec![("location", "/v1/elsewhere")], String::new());
    let upstream = upstream(vec![moved, Answer::Status(200, vec![], reply.to_string())]).await;
    let served = serving("", &upstream).await;
    let seen = served.chat(json!({ "model": "other-m" })).await;
    assert_eq!((seen.status, &seen.json()["choices"][0]["message"]["content"]), (200, &json!("moved")));
    let asked = upstream.state.lock().expect("nobody panicked");
    assert_eq!(asked.paths, ["/v1/chat/completions", "/v1/elsewhere"]);
    assert_eq!(asked.authorization, ["Bearer key-of-other"; 2]);
}
