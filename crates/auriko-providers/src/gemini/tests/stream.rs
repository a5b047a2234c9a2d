use auriko_wire::chunk::Verdict;
use auriko_wire::frame_decoder::FrameDecoder;
use auriko_wire::sse::SseDecoder;
use proptest::prelude::*;

use super::super::GeminiDecoder;
use super::*;

/// The events of a body that arrives in these pieces, as JavaScript would see them.
fn events(pieces: &[&[u8]]) -> Vec<Value> {
    let mut sse = SseDecoder::new(1 << 20);
    let mut decoder = GeminiDecoder::default();
    let mut seen = Vec::new();
    let mut emit = |choice: u32, event: auriko_wire::event::Event<'_>| {
        let mut value = serde_json::to_value(&event).expect("serialises");
        value["choice"] = choice.into();
        seen.push(value);
    };
    for piece in pieces {
        sse.push(piece);
        while let Some(frame) = sse.next_frame() {
            decoder.decode(&frame.expect("small"), &mut emit);
        }
    }
    if let Some(frame) = sse.finish() {
        decoder.decode(&frame.expect("small"), &mut emit);
    }
    seen
}

fn body(chunks: &[Value]) -> String {
    // Google ends lines with both.
    chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect::<Vec<_>>().concat()
}

fn chunk(parts: &Value) -> Value {
    let usage = json!({ "promptTokenCount": 15, "candidatesTokenCount": 1, "thoughtsTokenCount": 52, "totalTokenCount": 68 });
    let candidate = json!({ "content": { "parts": parts, "role": "model" }, "index": 0 });
    json!({ "candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-flash", "responseId": "r" })
}

fn example() -> String {
    let mut last = chunk(&json!([{ "text": "", "thoughtSignature": "E+/=" }]));
    last["candidates"][0]["finishReason"] = "STOP".into();
    body(&[
        chunk(&json!([{ "text": "hm…", "thought": true, "thoughtSignature": "T" }])),
        chunk(&json!([{ "text": "Grü" }, { "text": "ße" }])),
        chunk(
            &json!([{ "functionCall": { "name": "f", "args": { "x": "ü" } }, "thoughtSignature": "S" }, { "functionCall": { "name": "g", "args": {} } }]),
        ),
        last,
    ])
}

#[test]
fn a_stream_becomes_events() {
    let seen = events(&[example().as_bytes()]);
    let of = |kind: &str| seen.iter().filter(|event| event["type"] == kind).cloned().collect::<Vec<_>>();
    assert_eq!(of("meta"), [json!({ "type": "meta", "id": "r", "model": "gemini-3-flash", "choice": 0 })]);
    let words: Vec<_> = seen
        .iter()
        .filter(|event| event["type"] != "usage" && event["type"] != "meta")
        .map(|event| {
            ["delta", "signature", "name", "reason"]
                .iter()
                .find_map(|key| event[*key].as_str())
                .unwrap_or_default()
        })
        .collect();
    let expected = ["hm…", "gemini.thought:T", "Grü", "ße", "S", "g", "gemini.end:E+/=", "tool_calls"];
    assert_eq!(words, expected);
    let calls = of("tool-call");
    assert_eq!(
        (&calls[0]["name"], &calls[0]["arguments"], &calls[0]["id"]),
        (&json!("f"), &json!("{\"x\":\"ü\"}"), &json!("call_gemini_r_0_0"))
    );
    assert_eq!((&calls[1]["index"], &calls[1]["id"]), (&json!(1), &json!("call_gemini_r_0_1")));
    assert_eq!(of("usage").last().expect("usage")["usage"]["completion_tokens"], 53);
}

#[test]
fn citations_that_are_repeated_are_given_once() {
    let mut first = chunk(&json!([{ "text": "abc" }]));
    first["candidates"][0]["groundingMetadata"] = json!({ "groundingChunks": [{ "web": { "uri": "https://a" } }], "groundingSupports": [{ "segment": { "endIndex": 3 }, "groundingChunkIndices": [0] }] });
    let seen = events(&[body(&[first.clone(), first]).as_bytes()]);
    assert_eq!(seen.iter().filter(|event| event["type"] == "annotations").count(), 1);
}

#[test]
fn an_error_is_the_last_word() {
    let error = json!({ "error": { "code": 503, "message": "overloaded", "status": "UNAVAILABLE" } });
    for failure in [error.to_string(), format!("[{error}]")] {
        let text = format!("{}data: {failure}\n\n{}", body(&[chunk(&json!([{ "text": "a" }]))]), example());
        let seen = events(&[text.as_bytes()]);
        let last = seen.last().expect("events");
        assert_eq!((&last["type"], &last["error"]["status"]), (&json!("error"), &json!("UNAVAILABLE")));
    }
    let seen = events(&[b"data: nonsense\n\n"]);
    assert_eq!(seen[0]["type"], "malformed");
}

#[test]
fn what_a_broken_connection_left_over_is_skipped() {
    let mut decoder = GeminiDecoder::default();
    let mut sse = SseDecoder::new(1 << 20);
    sse.push(b"data: {\"candidates\": [");
    let frame = sse.finish().expect("a frame").expect("small");
    assert_eq!(decoder.decode(&frame, &mut |_, _| panic!("nothing was said")), Verdict::Skipped);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(cuts in prop::collection::vec(0_usize..2000, 0..12)) {
        let text = example();
        let bytes = text.as_bytes();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(events(&pieces), events(&[bytes]));
    }

    #[test]
    fn no_input_is_fatal(text in ".{0,200}") {
        events(&[format!("data: {text}\n\n").as_bytes()]);
        let _ = super::super::decode_reply(&text, &mut |_, _| ());
        let _ = super::super::read_error(&text);
    }
}
