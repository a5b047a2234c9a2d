//! Runs one request and delivers what comes of it to a stream of the outbox.

use auriko_wire::chunk::{ChunkDecoder, Verdict};
use auriko_wire::sse::Frame;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::outbox::{Kind, Sender};
use crate::request::Request;
use crate::response::Body;
use crate::stream::{FrameStream, Next, Progress};

/// What a stream's reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Decoded events of choice 0.
    Events {
        /// Each chunk's JSON before its events.
        include_raw: bool,
    },
    /// The JSON of each chunk.
    Chunks,
}

/// Sends and delivers head, body and end.
pub async fn deliver_reply(client: Client, request: Request, mut sender: Sender) {
    let result = async {
        let response = client.send(request).await?;
        let head = head_json(response.status, &response.header_list());
        Ok((head, response.text().await?))
    }
    .await;
    match result {
        Ok((head, body)) => {
            sender.push(Kind::Head, 0, &head);
            sender.push(Kind::Body, 0, &body);
            sender.end(Kind::Done, "");
        }
        Err(error) => sender.end(Kind::Failed, &error_json(&error)),
    }
}

/// Sends and delivers head, events or chunks, and end.
pub async fn deliver_stream(
    client: Client,
    request: Request,
    mode: Mode,
    max_event_bytes: usize,
    mut sender: Sender,
) {
    let response = match client.send(request).await {
        Ok(response) => response,
        Err(error) => return sender.end(Kind::Failed, &error_json(&error)),
    };
    sender.push(Kind::Head, 0, &head_json(response.status, &response.header_list()));
    sender.flush();
    relay(response.into_body(), mode, max_event_bytes, sender).await;
}

async fn relay(body: Body, mode: Mode, max_event_bytes: usize, mut sender: Sender) {
    let mut frames = FrameStream::new(body, max_event_bytes);
    let mut chunks = ChunkDecoder::default();
    loop {
        if !sender.window().is_open() {
            // All that is decoded must be with the reader, or the window might never open.
            sender.flush_all();
            sender.window().open().await;
            frames.touch();
        }
        let waited = match sender.flush_at() {
            None => frames.wait().await,
            // Nothing came in time: what was held back is due.
            Some(at) => tokio::time::timeout_at(at, frames.wait()).await.unwrap_or(Ok(())),
        };
        let result = waited
            .and_then(|()| frames.drain(&mut |frame| take_frame(frame, mode, &mut chunks, &mut sender)));
        match result {
            Ok(Progress::More) => sender.flush(),
            Ok(Progress::Done) => {
                sender.end(Kind::Done, "");
                return frames.settle().await;
            }
            Ok(Progress::Eof) => return sender.end(Kind::Eof, ""),
            Err(error) => return sender.end(Kind::Failed, &error_json(&error)),
        }
    }
}

fn take_frame(frame: &Frame<'_>, mode: Mode, chunks: &mut ChunkDecoder, sender: &mut Sender) -> Next {
    let data = frame.data.trim();
    // Raw chunks go before their events. Text that only looks like JSON is left to the `malformed` event behind it.
    if mode == (Mode::Events { include_raw: true }) && data.starts_with('{') {
        sender.push(Kind::Raw, 0, data);
    }
    let verdict = chunks.decode(frame, &mut |choice, event| {
        if event.is_last() || (mode != Mode::Chunks && choice == 0) {
            sender.push_event(&event);
        }
    });
    match verdict {
        Verdict::Last => return Next::Stop,
        Verdict::Chunk if mode == Mode::Chunks => sender.push(Kind::Chunk, 0, data),
        Verdict::Chunk | Verdict::Skipped => {}
    }
    Next::More
}

/// Status and headers, for a [`Kind::Head`] record. Repeated headers are joined as HTTP says.
pub fn head_json(status: u16, headers: &[(String, String)]) -> String {
    json!({ "status": status, "headers": header_map(headers) }).to_string()
}

/// A failure, for a [`Kind::Failed`] record: `TransportFailure` of `ts/events.ts`.
pub fn failure_json(kind: &ErrorKind, message: &str) -> String {
    failure(kind, message).to_string()
}

fn failure(kind: &ErrorKind, message: &str) -> Value {
    let mut failure = json!({ "kind": kind_word(kind), "message": message });
    match kind {
        ErrorKind::Status { status, headers, body } => {
            failure["status"] = json!(status);
            failure["headers"] = Value::Object(header_map(headers));
            failure["body"] = json!(body);
        }
        ErrorKind::Timeout { limit, after } => {
            failure["limit"] = json!(limit.as_str());
            failure["limitMs"] = json!(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
        }
        _ => {}
    }
    failure
}

fn error_json(error: &Error) -> String {
    let mut failure = failure(error.kind(), &error.to_string());
    if let Some(causes) = error.causes() {
        failure["cause"] = json!(causes);
    }
    if let Some(code) = error.system_code() {
        failure["systemCode"] = json!(code);
    }
    failure.to_string()
}

const fn kind_word(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Status { .. } => "status",
        ErrorKind::Connect => "connect",
        ErrorKind::Timeout { .. } => "timeout",
        ErrorKind::Interrupted => "interrupted",
        ErrorKind::TooLarge | ErrorKind::ReplyTooLarge { .. } => "too-large",
        ErrorKind::Request => "request",
    }
}

fn header_map(headers: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in headers {
        match map.get_mut(name) {
            Some(Value::String(known)) => {
                known.push_str(", ");
                known.push_str(value);
            }
            _ => {
                map.insert(name.clone(), Value::String(value.clone()));
            }
        }
    }
    map
}
