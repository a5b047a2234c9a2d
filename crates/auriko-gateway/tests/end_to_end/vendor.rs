//! A provider that knows its keys: what it answers depends on the key, and it remembers who asked what with which one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::json;
use tokio::net::TcpListener;

#[derive(Clone)]
pub(crate) struct Vendor {
    pub(crate) url: String,
    state: Arc<Mutex<Knowledge>>,
}

#[derive(Default)]
struct Knowledge {
    /// Statuses by key; 200 for others.
    statuses: HashMap<String, u16>,
    /// As `<method> <path> <key>`.
    asked: Vec<String>,
}

pub(crate) async fn vendor() -> Vendor {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
    let vendor = Vendor { url, state: Arc::default() };
    let app = Router::new().fallback(answer).with_state(vendor.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    vendor
}

impl Vendor {
    /// From now on it answers a key with this status.
    pub(crate) fn answers(&self, key: &str, status: u16) {
        self.state.lock().expect("nobody panicked").statuses.insert(key.to_owned(), status);
    }

    /// The keys of all completions since it was last asked for them.
    pub(crate) fn keys(&self) -> Vec<String> {
        let asked = self.asked();
        let keys = asked.iter().filter_map(|line| line.strip_prefix("POST /v1/chat/completions "));
        keys.map(str::to_owned).collect()
    }

    /// Everything since it was last asked for it.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("nobody panicked").asked)
    }
}

async fn answer(State(vendor): State<Vendor>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = match header("authorization").strip_prefix("Bearer ") {
        Some(key) => key.to_owned(),
        None => header("x-api-key").to_owned(),
    };
    let status = {
        let mut known = vendor.state.lock().expect("nobody panicked");
        known.asked.push(format!("{method} {uri} {key}"));
        known.statuses.get(&key).copied().unwrap_or(200)
    };
    let mut response = Response::builder().status(status);
    if status == 429 {
        response = response.header("retry-after", "30");
    }
    let body = if status >= 400 {
        // As providers do.
        json!({ "error": { "message": format!("No: your key {key} does not do."), "code": "x" } })
    } else if uri.path().ends_with("/messages") {
        response = response.header("anthropic-ratelimit-requests-limit", "2000");
        let usage = json!({ "input_tokens": 1000, "output_tokens": 1000 });
        json!({ "id": "m", "type": "message", "role": "assistant", "model": "dated", "stop_reason": "end_turn",
            "content": [{ "type": "text", "text": "Hi" }], "usage": usage })
    } else if method == Method::POST {
        let message = json!({ "role": "assistant", "content": "Hi" });
        let usage = json!({ "prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000 });
        json!({ "id": "up-1", "model": "dated", "usage": usage,
            "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }] })
    } else {
        json!({ "object": "list", "data": [] })
    };
    response.body(Body::from(body.to_string())).expect("a response")
}
