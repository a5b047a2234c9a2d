//! Writes server-sent events the way the Auriko protocol wants them (api.md §3.11): `data: ` with one space,
//! single-line JSON, a blank line.

/// The frame that ends a chat-completions stream.
pub const DONE: &str = "data: [DONE]\n\n";

/// A comment that keeps idle proxies from closing the connection.
pub const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// Appends one `data:` frame. `json` must be one line, which `serde_json` guarantees.
pub fn write_data(out: &mut String, json: &str) {
    debug_assert!(!json.contains('\n'), "SSE data must be a single line");
    out.push_str("data: ");
    out.push_str(json);
    out.push_str("\n\n");
}

/// Appends one frame with an `event:` line, as the Responses API sends them (api.md §4.5).
pub fn write_event(out: &mut String, event: &str, json: &str) {
    out.push_str("event: ");
    out.push_str(event);
    out.push('\n');
    write_data(out, json);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::SseDecoder;

    #[test]
    fn what_is_written_is_read_back() {
        let mut out = String::new();
        write_data(&mut out, "{\"a\":\"é\"}");
        write_event(&mut out, "response.created", "{}");
        out.push_str(KEEP_ALIVE);
        out.push_str(DONE);
        let mut decoder = SseDecoder::new(1024);
        decoder.push(out.as_bytes());
        let mut seen = Vec::new();
        while let Some(Ok(frame)) = decoder.next_frame() {
            seen.push((frame.event.into_owned(), frame.data.into_owned()));
        }
        let expected = [("", "{\"a\":\"é\"}"), ("response.created", "{}"), ("", "[DONE]")];
        assert_eq!(seen, expected.map(|(event, data)| (event.to_owned(), data.to_owned())));
    }
}
