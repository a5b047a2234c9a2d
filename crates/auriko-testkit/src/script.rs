//! How one request is to be answered: the client writes it into headers, so that runs need no server state.

use std::time::Duration;

use hyper::HeaderMap;
use serde::Deserialize;

/// Instructions of one request.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// `stream` of the body.
    pub(crate) stream: bool,
    /// Echoed in every chunk.
    pub(crate) model: String,
    /// `x-mock-chunks`: text deltas to send. The role, finish and usage chunks come on top. Default 20.
    pub(crate) chunks: usize,
    /// `x-mock-text`: characters per delta. Default 8, the length of ` token12`.
    pub(crate) text_length: usize,
    /// `x-mock-tool-bytes`: length of the arguments of one tool call, sent instead of text in deltas of
    /// `x-mock-text` characters. `x-mock-chunks` has no effect then. Default 0: text, no tool call.
    pub(crate) tool_bytes: usize,
    /// `x-mock-pace-ms`: time between two chunks; zero sends all at once. Default 0.
    pub(crate) pace: Duration,
    /// `x-mock-burst`: chunks that leave at once before the pace begins. Default 0.
    pub(crate) burst: usize,
    /// `x-mock-linger-ms`: time from `[DONE]` to the end of the body. Default 0.
    pub(crate) linger: Duration,
    /// `x-mock-bytes`: length of the text of a reply that is not streamed. Default 1024.
    pub(crate) reply_bytes: usize,
}

/// The part of the request body that matters here.
#[derive(Deserialize)]
struct RequestBody {
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    model: String,
}

impl Script {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, String> {
        let body: RequestBody =
            serde_json::from_slice(body).map_err(|error| format!("body is not JSON: {error}"))?;
        Ok(Self {
            stream: body.stream,
            model: body.model,
            chunks: number(headers, "x-mock-chunks", 20)?,
            text_length: number(headers, "x-mock-text", 8)?,
            tool_bytes: number(headers, "x-mock-tool-bytes", 0)?,
            pace: milliseconds(headers, "x-mock-pace-ms")?,
            burst: number(headers, "x-mock-burst", 0)?,
            linger: milliseconds(headers, "x-mock-linger-ms")?,
            reply_bytes: number(headers, "x-mock-bytes", 1024)?,
        })
    }

    /// Chunks that carry text or arguments.
    pub(crate) fn deltas(&self) -> usize {
        if self.tool_bytes == 0 { self.chunks } else { self.tool_bytes.div_ceil(self.text_length.max(1)) }
    }
}

fn milliseconds(headers: &HeaderMap, name: &str) -> Result<Duration, String> {
    number(headers, name, 0).map(|value| Duration::from_millis(value as u64))
}

fn number(headers: &HeaderMap, name: &str, default: usize) -> Result<usize, String> {
    let Some(value) = headers.get(name) else { return Ok(default) };
    let parsed = value.to_str().ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| format!("{name} must be a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_override_the_defaults() {
        let mut headers = HeaderMap::new();
        headers.insert("x-mock-chunks", "3".parse().expect("valid header"));
        headers.insert("x-mock-pace-ms", "10".parse().expect("valid header"));
        let script = Script::parse(&headers, br#"{"stream":true,"model":"m","messages":[]}"#).expect("valid");
        assert!(script.stream);
        assert_eq!((script.chunks, script.text_length), (3, 8));
        assert_eq!(script.pace, Duration::from_millis(10));
    }

    #[test]
    fn a_header_that_is_not_a_number_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("x-mock-chunks", "many".parse().expect("valid header"));
        assert!(Script::parse(&headers, b"{}").is_err());
    }
}
