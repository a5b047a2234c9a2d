//! A stream as providers send it: some 250 bytes around 8 characters of text.

/// An SSE body of `chunks` text deltas, with the role before and finish word, usage and `[DONE]` behind them.
pub(crate) fn body(chunks: usize) -> Vec<u8> {
    let mut body = frame(
        r#"{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}"#,
    );
    for number in 0..chunks {
        body.push_str(&frame(&format!(
            r#"{{"index":0,"delta":{{"content":" token{:02}"}},"logprobs":null,"finish_reason":null}}"#,
            number % 100
        )));
    }
    body.push_str(&frame(r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}"#));
    body.push_str("data: [DONE]\n\n");
    body.into_bytes()
}

fn frame(choice: &str) -> String {
    format!(
        r#"data: {{"id":"chatcmpl-BwFw3rXb0yHk2Zq8nT1vLdUeM6sJa","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_51e1070cf2","choices":[{choice}],"usage":null}}"#
    ) + "\n\n"
}
