//! A served gateway and what its callers see.

use auriko_client::{Client, ErrorKind, Limits, Method, Request};
use auriko_gateway::{Config, Gateway, Server};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Fast answers, so that tests take no time.
pub(crate) const QUICK: &str = "[[providers]]\nid = \"simulated\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\ninput_price = 1.0\noutput_price = 2.0\n";

pub(crate) struct Served {
    pub(crate) gateway: Gateway,
    pub(crate) url: String,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) async fn serve(config: &str) -> Served {
    let gateway =
        Gateway::new(Config::from_toml(config).expect("a valid configuration")).expect("keys are there");
    let server = Server::bind(gateway.clone(), "127.0.0.1", 0).await.expect("a free port");
    let url = format!("http://{}", server.local_addr());
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let stopped = async move {
            // Never told to stop: serve until the test ends.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        server.serve(stopped).await.expect("serving works");
    });
    Served { gateway, url, stop: Some(stop), task }
}

pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The data of the frames: chunks, then whether `[DONE]` ended them.
    pub(crate) fn chunks(&self) -> (Vec<Value>, bool) {
        let mut frames: Vec<&str> =
            self.text.split("\n\n").filter_map(|frame| frame.strip_prefix("data: ")).collect();
        let is_done = frames.last() == Some(&"[DONE]");
        if is_done {
            frames.pop();
        }
        (
            frames.into_iter().map(|frame| serde_json::from_str(frame).expect("a chunk is JSON")).collect(),
            is_done,
        )
    }
}

pub(crate) async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: Option<String>) -> Seen {
    send_by(&Client::new(), method, url, headers, body).await
}

/// As [`send`], for tests that send so much that a client for each request takes its time.
pub(crate) async fn send_by(
    client: &Client,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Seen {
    let mut request = Request::new(method, url);
    request.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    request.body = body.map(Into::into);
    request.limits = Limits { idle: None, first_byte: None, ..Limits::default() };
    match client.send(request).await {
        Ok(response) => {
            let (status, headers) = (response.status, response.header_list());
            Seen { status, headers, text: response.text().await.expect("the body is read") }
        }
        Err(error) => match error.kind() {
            ErrorKind::Status { status, headers, body } => {
                Seen { status: *status, headers: headers.clone(), text: body.clone() }
            }
            _ => panic!("{error:?}"),
        },
    }
}

impl Served {
    pub(crate) async fn get(&self, path: &str) -> Seen {
        send(Method::Get, &format!("{}{path}", self.url), &[], None).await
    }

    /// A chat completion; a user message is added.
    pub(crate) async fn chat(&self, mut body: Value) -> Seen {
        if body.get("messages").is_none() {
            body["messages"] = serde_json::json!([{ "role": "user", "content": "Hello there" }]);
        }
        if body.get("model").is_none() && body["gateway"].get("models").is_none() {
            body["model"] = "simulated".into();
        }
        send(Method::Post, &format!("{}/v1/chat/completions", self.url), &[], Some(body.to_string())).await
    }
}

/// The text of choice 0.
pub(crate) fn text_of(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}
