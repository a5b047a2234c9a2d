//! How one request is to be answered: the client writes it into headers, so that runs need no server state. A gateway
//! does not pass foreign headers on, so what stands in the model id counts too: `bench.chunks-200.pace-ms-10` is
//! `x-mock-chunks: 200` and `x-mock-pace-ms: 10`. A header beats the model id.

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
        let settings = Settings { headers, model: &body.model };
        Ok(Self {
            stream: body.stream,
            chunks: settings.number("chunks", 20)?,
            text_length: settings.number("text", 8)?,
            tool_bytes: settings.number("tool-bytes", 0)?,
            pace: settings.milliseconds("pace-ms")?,
            burst: settings.number("burst", 0)?,
            linger: settings.milliseconds("linger-ms")?,
            reply_bytes: settings.number("bytes", 1024)?,
            model: body.model,
        })
    }

    /// Chunks that carry text or arguments.
    pub(crate) fn deltas(&self) -> usize {
        if self.tool_bytes == 0 { self.chunks } else { self.tool_bytes.div_ceil(self.text_length.max(1)) }
    }
}

/// Where instructions are found.
struct Settings<'a> {
    headers: &'a HeaderMap,
    model: &'a str,
}

impl Settings<'_> {
    fn milliseconds(&self, name: &str) -> Result<Duration, String> {
        self.number(name, 0).map(|value| Duration::from_millis(value as u64))
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, String> {
        let parsed = match self.headers.get(format!("x-mock-{name}")) {
            Some(value) => value.to_str().ok().and_then(|text| text.parse().ok()),
            None => match self.in_model(name) {
                Some(value) => value.parse().ok(),
                None => return Ok(default),
            },
        };
        parsed.ok_or_else(|| format!("x-mock-{name} must be a whole number"))
    }

    /// The value in the model id, between its dots.
    fn in_model(&self, name: &str) -> Option<&str> {
        self.model.split('.').find_map(|part| part.strip_prefix(name)?.strip_prefix('-'))
    }
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
    fn the_model_id_may_hold_instructions() {
        let mut headers = HeaderMap::new();
        headers.insert("x-mock-text", "5".parse().expect("valid header"));
        let body = br#"{"model":"bench-4.1.chunks-200.pace-ms-10.text-3"}"#;
        let script = Script::parse(&headers, body).expect("valid");
        assert_eq!((script.chunks, script.text_length), (200, 5), "a header beats the model id");
        assert_eq!(script.pace, Duration::from_millis(10));
        assert!(Script::parse(&headers, br#"{"model":"bench.chunks-many"}"#).is_err());
    }

    #[test]
    fn a_header_that_is_not_a_number_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("x-mock-chunks", "many".parse().expect("valid header"));
        assert!(Script::parse(&headers, b"{}").is_err());
    }
}
