//! An OpenAI-compatible server that says what it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What it does with a request.
#[derive(Clone)]
pub(crate) enum Answer {
    Status(u16, Vec<(&'static str, &'static str)>, String),
    /// Frames, then how the body goes on.
    Stream(Vec<String>, End),
    Hang,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum End {
    Close,
    Break,
    Hang,
}

#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) url: String,
    pub(crate) state: Arc<Mutex<Asked>>,
    /// Told when an answer that hangs, or a body, is dropped.
    pub(crate) dropped: Arc<Notify>,
}

#[derive(Default)]
pub(crate) struct Asked {
    answers: VecDeque<Answer>,
    pub(crate) bodies: Vec<Value>,
    pub(crate) authorization: Vec<String>,
    /// Path and query of each request.
    pub(crate) paths: Vec<String>,
    pub(crate) headers: Vec<HeaderMap>,
}

/// Serves the answers in turn; the last one again and again.
pub(crate) async fn upstream(answers: Vec<Answer>) -> Upstream {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
    let state = Arc::new(Mutex::new(Asked { answers: answers.into(), ..Asked::default() }));
    let upstream = Upstream { url, state, dropped: Arc::default() };
    let app = Router::new().fallback(answer).with_state(upstream.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    upstream
}

impl Upstream {
    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.state.lock().expect("nobody panicked").bodies.clone()
    }

    fn note(&self, uri: &Uri, headers: HeaderMap, body: &[u8]) -> Answer {
        let mut asked = self.state.lock().expect("nobody panicked");
        asked.bodies.push(serde_json::from_slice(body).expect("the gateway sends JSON"));
        let key = headers.get("authorization").and_then(|key| key.to_str().ok()).unwrap_or_default();
        asked.authorization.push(key.to_owned());
        asked.paths.push(uri.to_string());
        asked.headers.push(headers);
        let next = asked.answers.pop_front().expect("there is an answer");
        if asked.answers.is_empty() {
            asked.answers.push_back(next.clone());
        }
        next
    }
}

async fn answer(State(upstream): State<Upstream>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    match upstream.note(&uri, headers, &body) {
        Answer::Hang => {
            let _guard = Guard(upstream.dropped);
            std::future::pending().await
        }
        Answer::Status(status, headers, text) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(text)).expect("a response")
        }
        Answer::Stream(frames, end) => {
            let guard = Guard(upstream.dropped);
            let parts = frames.into_iter().map(Ok::<_, Infallible>).collect::<VecDeque<_>>();
            let body = futures_util::stream::unfold((parts, guard), move |(mut parts, guard)| async move {
                if let Some(Ok(part)) = parts.pop_front() {
                    return Some((Ok(Bytes::from(part)), (parts, guard)));
                }
                // Lets what was written leave before the connection breaks.
                tokio::task::yield_now().await;
                match end {
                    End::Close => None,
                    End::Break => Some((Err(std::io::Error::other("broken on purpose")), (parts, guard))),
                    End::Hang => std::future::pending().await,
                }
            });
            let response = Response::builder().header("content-type", "text/event-stream");
            response.body(Body::from_stream(body)).expect("a response")
        }
    }
}

struct Guard(Arc<Notify>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A frame with this JSON.
pub(crate) fn frame(json: &Value) -> String {
    format!("data: {json}\n\n")
}

/// A frame with a delta of choice 0.
pub(crate) fn delta(delta: &Value) -> String {
    let choices = serde_json::json!([{ "index": 0, "delta": delta, "finish_reason": null }]);
    frame(&serde_json::json!({ "id": "up-1", "model": "dated", "created": 7, "choices": choices }))
}

/// The frame with the finish word.
pub(crate) fn finish(reason: &str) -> String {
    frame(
        &serde_json::json!({ "id": "up-1", "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] }),
    )
}

/// The frames with usage and the end.
pub(crate) fn farewell() -> String {
    let usage = serde_json::json!({ "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15 });
    format!("{}data: [DONE]\n\n", frame(&serde_json::json!({ "id": "up-1", "choices": [], "usage": usage })))
}
