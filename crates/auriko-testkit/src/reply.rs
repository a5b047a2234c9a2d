//! The bytes of a reply. Every chunk carries what real services put around a token (id, created, model,
//! fingerprint): some 250 bytes for 8 characters, since that ratio is what a client's decoder has to bear.

use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec::IntoIter;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::{Instant, Interval, Sleep, interval, sleep};

use crate::script::Script;

const ID: &str = "chatcmpl-BwFw3rXb0yHk2Zq8nT1vLdUeM6sJa";
const CREATED: u32 = 1_760_000_000;
const FINGERPRINT: &str = "fp_51e1070cf2";
const PROMPT_TOKENS: usize = 9;

/// What an unpaced reply sends in one piece, as a busy server's writes arrive: a guess at a usual socket buffer.
const PIECE_BYTES: usize = 16 * 1024;

/// The SSE stream in the pieces in which it is written: one per chunk when paced, large ones when not.
pub(crate) fn pieces(script: &Script) -> Vec<Bytes> {
    if script.pace.is_zero() { large_pieces(script) } else { frames(script) }
}

fn frames(script: &Script) -> Vec<Bytes> {
    let mut frames = Vec::with_capacity(script.deltas() + 5);
    write_frames(script, |frame| frames.push(Bytes::copy_from_slice(frame.as_bytes())));
    frames
}

fn large_pieces(script: &Script) -> Vec<Bytes> {
    let mut body = String::with_capacity((script.deltas() + 5) * (300 + script.text_length));
    write_frames(script, |frame| body.push_str(frame));
    let mut rest = Bytes::from(body);
    let mut pieces = Vec::with_capacity(rest.len() / PIECE_BYTES + 1);
    while rest.len() > PIECE_BYTES {
        pieces.push(rest.split_to(PIECE_BYTES));
    }
    pieces.push(rest);
    pieces
}

/// A reply that is not streamed.
pub(crate) fn completion(script: &Script) -> String {
    let text = long_text(script.reply_bytes);
    serde_json::json!({
        "id": ID,
        "object": "chat.completion",
        "created": CREATED,
        "model": script.model,
        "system_fingerprint": FINGERPRINT,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": text },
            "finish_reason": "stop",
        }],
        "usage": usage(script.reply_bytes / 4),
        "routing_metadata": routing_metadata(&script.model),
    })
    .to_string()
}

fn write_frames(script: &Script, mut push: impl FnMut(&str)) {
    let model = serde_json::Value::from(script.model.as_str());
    let head = format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk","created":{CREATED},"model":{model},"system_fingerprint":"{FINGERPRINT}","#
    );
    push(&format!(
        r#"{head}"choices":[{{"index":0,"delta":{{"role":"assistant","content":""}},"logprobs":null,"finish_reason":null}}]}}{END}"#
    ));
    let finish_reason = if script.tool_bytes == 0 {
        write_text(script, &head, &mut push);
        "stop"
    } else {
        write_tool_call(script, &head, &mut push);
        "tool_calls"
    };
    push(&format!(
        r#"{head}"choices":[{{"index":0,"delta":{{}},"logprobs":null,"finish_reason":"{finish_reason}"}}]}}{END}"#
    ));
    let (usage, routing) = (usage(script.deltas()), routing_metadata(&script.model));
    push(&format!(r#"{head}"choices":[],"usage":{usage},"routing_metadata":{routing}}}{END}"#));
    push("data: [DONE]\n\n");
}

const END: &str = "\n\n";

fn write_text(script: &Script, head: &str, push: &mut impl FnMut(&str)) {
    let mut frame = String::new();
    for index in 0..script.chunks {
        frame.clear();
        frame.push_str(head);
        frame.push_str(r#""choices":[{"index":0,"delta":{"content":""#);
        write_delta(&mut frame, index, script.text_length);
        frame.push_str(r#""},"logprobs":null,"finish_reason":null}]}"#);
        frame.push_str(END);
        push(&frame);
    }
}

/// One call, its arguments an object with one long string: `{"text":"…"}`.
fn write_tool_call(script: &Script, head: &str, push: &mut impl FnMut(&str)) {
    let call = format!(
        r#"{{"index":0,"id":"call_mock","type":"function","function":{{"name":"{TOOL_NAME}","arguments":""}}}}"#
    );
    push(&format!(
        r#"{head}"choices":[{{"index":0,"delta":{{"tool_calls":[{call}]}},"logprobs":null,"finish_reason":null}}]}}{END}"#
    ));
    let arguments = tool_arguments(script.tool_bytes);
    let mut rest = arguments.as_str();
    while !rest.is_empty() {
        // ASCII, so every index is a boundary.
        let (delta, after) = rest.split_at(script.text_length.clamp(1, rest.len()));
        rest = after;
        let delta = serde_json::Value::from(delta);
        push(&format!(
            r#"{head}"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,"function":{{"arguments":{delta}}}}}]}},"logprobs":null,"finish_reason":null}}]}}{END}"#
        ));
    }
}

const TOOL_NAME: &str = "write_file";

/// An object of exactly so many bytes, or the smallest there is.
fn tool_arguments(bytes: usize) -> String {
    const AROUND: usize = r#"{"text":""}"#.len();
    let mut arguments = String::with_capacity(bytes + AROUND);
    arguments.push_str(r#"{"text":""#);
    arguments.push_str(&long_text(bytes.saturating_sub(AROUND)));
    arguments.push_str(r#""}"#);
    arguments
}

/// The text of so many bytes that deltas of 8 characters would give.
fn long_text(bytes: usize) -> String {
    // They repeat after a hundred; a megabyte one by one takes the server longer than its reader.
    let mut hundred = String::with_capacity(800);
    (0..100).for_each(|index| write_delta(&mut hundred, index, 8));
    let mut text = hundred.repeat(bytes / hundred.len() + 1);
    text.truncate(bytes);
    text
}

/// Appends delta number `index`: ` token12`, cut or filled up to `length` characters.
fn write_delta(out: &mut String, index: usize, length: usize) {
    let start = out.len();
    write!(out, " token{:02}", index % 100).expect("writing to a string cannot fail");
    while out.len() < start + length {
        out.push('x');
    }
    out.truncate(start + length);
}

fn usage(completion_tokens: usize) -> serde_json::Value {
    serde_json::json!({
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": completion_tokens,
        "total_tokens": PROMPT_TOKENS + completion_tokens,
        "prompt_tokens_details": { "cached_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    })
}

fn routing_metadata(model: &str) -> serde_json::Value {
    serde_json::json!({
        "provider": "mock",
        "provider_model_id": model,
        "model_canonical": model,
        "routing_strategy": "balanced",
        "cost": { "usd": 0.000_123 },
        "ttft_ms": 1.5,
    })
}

/// Sends one piece per tick (at once without a pace), each in a write of its own, then holds the body open for
/// the linger time.
pub(crate) struct PacedBody {
    frames: IntoIter<Bytes>,
    /// Pieces that still leave without a tick.
    burst: usize,
    ticks: Option<Interval>,
    linger: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl PacedBody {
    pub(crate) fn new(frames: Vec<Bytes>, script: &Script) -> Self {
        let ticks = (!script.pace.is_zero()).then(|| interval(script.pace));
        Self { frames: frames.into_iter(), burst: script.burst, ticks, linger: script.linger, end: None }
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.frames.as_slice().is_empty() {
            if self.burst > 0 {
                self.burst -= 1;
            } else if let Some(ticks) = &mut self.ticks {
                let _: Instant = ready!(ticks.poll_tick(context));
            }
            return Poll::Ready(self.frames.next().map(|frame| Ok(Frame::data(frame))));
        }
        // A timer of no time takes a millisecond all the same.
        let linger = self.linger;
        if linger.is_zero() {
            return Poll::Ready(None);
        }
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(linger)));
        end.as_mut().poll(context).map(|()| None)
    }
}

#[cfg(test)]
mod tests;
