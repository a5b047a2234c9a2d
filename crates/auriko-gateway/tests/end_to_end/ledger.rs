//! A ledger that keeps everything, and gateways that report to it.

use std::sync::{Arc, Mutex};

use auriko_gateway::{Call, Config, Gateway, Ledger, Reply, ReplyBody, Settlement};
use serde_json::{Value, json};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Books {
    entries: Mutex<Vec<Settlement>>,
    written: Notify,
}

impl Ledger for Books {
    fn settle(&self, settlement: &Settlement) {
        self.entries.lock().expect("nobody panicked").push(settlement.clone());
        self.written.notify_one();
    }
}

impl Books {
    pub(crate) fn entries(&self) -> Vec<Settlement> {
        self.entries.lock().expect("nobody panicked").clone()
    }

    /// The only entry, once it is there.
    pub(crate) async fn only(&self) -> Settlement {
        while self.entries().is_empty() {
            self.written.notified().await;
        }
        let mut entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }
}

pub(crate) fn gateway(config: &str) -> (Gateway, Arc<Books>) {
    let books = Arc::new(Books::default());
    let config = Config::from_toml(config).unwrap_or_else(|error| panic!("{error}: {config}"));
    (Gateway::with_ledger(config, books.clone()).expect("no keys needed"), books)
}

/// An OpenAI-compatible provider of the model `m`.
pub(crate) fn provider(id: &str, url: &str, price: f64) -> String {
    format!(
        "[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\nbase_url = \"{url}\"\napi_key = \"k\"\n\
         models = [{{ id = \"m\", input_price = {price:.1}, output_price = {price:.1} }}]\n"
    )
}

/// A simulated provider of the model `m`.
pub(crate) fn simulated(id: &str, price: f64, fields: &str) -> String {
    format!(
        "[[providers]]\nid = \"{id}\"\nkind = \"simulated\"\nchunk_pace_ms = 0\noutput_tokens = 4\n{fields}\n\
         models = [{{ id = \"m\", input_price = {price:.1}, output_price = {price:.1} }}]\n"
    )
}

/// A request for `m`, without a socket.
pub(crate) async fn ask(gateway: &Gateway, body: Value) -> Reply {
    ask_model(gateway, "m", body).await
}

/// As [`ask`], for another model.
pub(crate) async fn ask_model(gateway: &Gateway, model: &str, mut body: Value) -> Reply {
    body["model"] = model.into();
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "Hello there" }]);
    }
    gateway.handle(Call::post("/v1/chat/completions", body.to_string())).await
}

/// Everything a reply says: its JSON, or the chunks of its stream.
pub(crate) async fn read(reply: Reply) -> Vec<Value> {
    match reply.body {
        ReplyBody::Json(text) => vec![serde_json::from_str(&text).expect("JSON")],
        ReplyBody::Events(mut events) => {
            let mut encoder = events.encoder();
            let (mut chunks, mut buffer) = (Vec::new(), Vec::new());
            while let Some(batch) = events.next().await {
                for (choice, event) in &batch {
                    encoder.encode_json(*choice, event, &mut buffer, &mut |json| {
                        chunks.push(serde_json::from_str(json).expect("JSON"));
                    });
                }
            }
            chunks
        }
    }
}

/// Who served it.
pub(crate) async fn server_of(reply: Reply) -> Value {
    read(reply).await.last().expect("something was said")["routing_metadata"]["provider"].clone()
}
