use auriko_wire::chunk::Verdict;
use auriko_wire::event::Event;
use auriko_wire::frame_decoder::FrameDecoder;
use auriko_wire::sse::SseDecoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::adapter::ReplyReader;

/// The frames of a stream, each with its event name as the API sends it.
fn wire(payloads: &[Value]) -> String {
    let frame = |payload: &Value| {
        format!("event: {}\ndata: {payload}\n\n", payload["type"].as_str().unwrap_or_default())
    };
    payloads.iter().map(frame).collect()
}

fn start() -> Value {
    let usage = json!({
        "input_tokens": 10, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0, "output_tokens": 1,
        "service_tier": "standard",
    });
    json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [], "stop_reason": null, "usage": usage } })
}

fn block(index: u32, block: Value, deltas: &[Value]) -> Vec<Value> {
    let mut payloads = vec![json!({ "type": "content_block_start", "index": index, "content_block": block })];
    payloads.extend(
        deltas.iter().map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
    );
    payloads.push(json!({ "type": "content_block_stop", "index": index }));
    payloads
}

fn end(reason: &str) -> Vec<Value> {
    vec![
        json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null }, "usage": { "output_tokens": 15, "output_tokens_details": { "thinking_tokens": 6 } } }),
        json!({ "type": "message_stop" }),
    ]
}

/// The events of a stream as JSON, read in pieces of these sizes, then the rest.
fn read(bytes: &[u8], pieces: &[usize], answer_tool: Option<&str>) -> (Vec<Value>, bool) {
    let reader = ReplyReader::Anthropic { answer_tool: answer_tool.map(str::to_owned) };
    let (mut decoder, mut sse) = (reader.decoder(), SseDecoder::new(1 << 20));
    let mut events = Vec::new();
    let mut is_done = false;
    let mut take = |sse: &mut SseDecoder, is_over: bool| {
        let mut visit = |frame: &auriko_wire::sse::Frame<'_>| {
            let verdict = decoder.decode(frame, &mut |choice, event: Event<'_>| {
                assert_eq!(choice, 0);
                events.push(serde_json::to_value(&event).expect("an event serialises"));
            });
            is_done |= verdict == Verdict::Last;
        };
        while let Some(frame) = sse.next_frame() {
            visit(&frame.expect("small enough"));
        }
        if is_over && let Some(frame) = sse.finish() {
            visit(&frame.expect("small enough"));
        }
    };
    let mut rest = bytes;
    for size in pieces {
        let (piece, others) = rest.split_at((*size).min(rest.len()));
        sse.push(piece);
        take(&mut sse, false);
        rest = others;
    }
    sse.push(rest);
    take(&mut sse, true);
    (events, is_done)
}

fn everything() -> Vec<Value> {
    let mut payloads = vec![start(), json!({ "type": "ping" })];
    let thinking = [
        json!({ "type": "thinking_delta", "thinking": "h\u{e9}" }),
        json!({ "type": "thinking_delta", "thinking": "m\n" }),
        json!({ "type": "signature_delta", "signature": "EqQ" }),
        json!({ "type": "signature_delta", "signature": "B\\/" }),
    ];
    payloads.extend(block(0, json!({ "type": "thinking", "thinking": "", "signature": "" }), &thinking));
    payloads.extend(block(1, json!({ "type": "redacted_thinking", "data": "xyz" }), &[]));
    let text = [
        json!({ "type": "text_delta", "text": "Hell\u{f6} " }),
        json!({ "type": "citations_delta", "citation": { "type": "search_result_location", "source": "https://x", "title": "X" } }),
        json!({ "type": "text_delta", "text": "\u{1f600}\"there\"" }),
    ];
    payloads.extend(block(2, json!({ "type": "text", "text": "" }), &text));
    let query = [json!({ "type": "input_json_delta", "partial_json": "{\"query\"" })];
    payloads.extend(block(
        3,
        json!({ "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} }),
        &query,
    ));
    let input = [
        json!({ "type": "input_json_delta", "partial_json": "" }),
        json!({ "type": "input_json_delta", "partial_json": "{\"x\":" }),
        json!({ "type": "input_json_delta", "partial_json": " 1}" }),
    ];
    payloads.extend(block(
        4,
        json!({ "type": "tool_use", "id": "toolu_1", "name": "f", "input": {} }),
        &input,
    ));
    payloads.extend(block(5, json!({ "type": "tool_use", "id": "toolu_2", "name": "g", "input": {} }), &[]));
    payloads.push(json!({ "type": "something_new" }));
    payloads.extend(end("tool_use"));
    payloads
}

#[test]
fn every_event_is_read() {
    let (events, is_done) = read(wire(&everything()).as_bytes(), &[], None);
    let expected = json!([
        { "type": "meta", "id": "msg_1", "model": "claude-x" },
        { "type": "service", "tier": "standard" },
        { "type": "reasoning", "delta": "h\u{e9}" },
        { "type": "reasoning", "delta": "m\n" },
        { "type": "signature", "signature": "EqQB\\/" },
        { "type": "redacted", "data": "xyz" },
        { "type": "text", "delta": "Hell\u{f6} " },
        { "type": "text", "delta": "\u{1f600}\"there\"" },
        { "type": "annotations", "annotations": [
            { "type": "url_citation", "url_citation": { "url": "https://x", "title": "X", "start_index": 0, "end_index": 14 } }] },
        { "type": "tool-call", "index": 0, "id": "toolu_1", "name": "f", "arguments": "" },
        { "type": "tool-call", "index": 0, "arguments": "{\"x\":" },
        { "type": "tool-call", "index": 0, "arguments": " 1}" },
        { "type": "tool-call", "index": 1, "id": "toolu_2", "name": "g", "arguments": "" },
        { "type": "tool-call", "index": 1, "arguments": "{}" },
        { "type": "finish", "reason": "tool_calls", "native": "tool_use" },
        { "type": "usage", "usage": {
            "prompt_tokens": 14, "completion_tokens": 15, "total_tokens": 29,
            "prompt_tokens_details": { "cached_tokens": 4, "cache_write_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 6 } } },
        { "type": "done" },
    ]);
    assert_eq!((Value::Array(events), is_done), (expected, true));
}

#[test]
fn the_answering_tool_streams_text() {
    let input = [
        json!({ "type": "input_json_delta", "partial_json": "{\"x\":" }),
        json!({ "type": "input_json_delta", "partial_json": "1}" }),
    ];
    let mut payloads = vec![start()];
    payloads.extend(block(
        0,
        json!({ "type": "tool_use", "id": "t", "name": "answer", "input": {} }),
        &input,
    ));
    payloads.extend(end("tool_use"));
    let (events, _) = read(wire(&payloads).as_bytes(), &[], Some("answer"));
    let texts: Vec<_> =
        events.iter().filter(|event| event["type"] == "text").map(|event| &event["delta"]).collect();
    assert_eq!(texts, ["{\"x\":", "1}"]);
    assert!(events.iter().all(|event| event["type"] != "tool-call"));
    assert!(events.iter().any(|event| event["type"] == "finish" && event["reason"] == "stop"));
}

#[test]
fn nothing_is_said_before_the_first_block() {
    let overloaded =
        json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    let (events, is_done) =
        read(wire(&[start(), json!({ "type": "ping" }), overloaded]).as_bytes(), &[], None);
    let expected =
        json!([{ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }]);
    assert_eq!((Value::Array(events), is_done), (expected, true));
    let (events, _) = read(wire(&[json!({ "type": "error" })]).as_bytes(), &[], None);
    assert_eq!(events[0]["error"]["type"], "api_error");
    let (events, is_done) = read(b"event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n", &[], None);
    assert_eq!((&events[0]["error"]["message"], is_done), (&json!("m"), true));
}

#[test]
fn what_can_not_be_read_ends_the_stream() {
    for frame in ["data: {oops\n\n", "data: []\n\n", "data: {\"type\":3}\n\n"] {
        let (events, is_done) = read(frame.as_bytes(), &[], None);
        assert_eq!((events.len(), &events[0]["type"], is_done), (1, &json!("malformed"), true), "{frame}");
        let detail = events[0]["detail"].as_str().unwrap_or_default();
        assert!(!detail.contains("oops"), "{detail}");
    }
    let (events, is_done) = read(b"data: {\"type\":\"message_st", &[], None);
    assert_eq!((events.len(), is_done), (0, false));
}

#[test]
fn stray_events_are_harmless() {
    let mut payloads = vec![
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "x" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_start" }),
        json!({ "type": "content_block_start", "index": 0 }),
        json!({ "type": "content_block_delta" }),
    ];
    // A block that never stopped is ended by the next one.
    payloads.push(json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "tool_use", "id": "a", "name": "f" } }));
    payloads.extend(block(
        1,
        json!({ "type": "text", "text": "hi" }),
        &[json!({ "type": "text_delta", "text": null })],
    ));
    let (events, _) = read(wire(&payloads).as_bytes(), &[], None);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["tool-call", "tool-call", "text"]);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(pieces in prop::collection::vec(1_usize..200, 0..40)) {
        let wire = wire(&everything());
        prop_assert_eq!(read(wire.as_bytes(), &pieces, None), read(wire.as_bytes(), &[], None));
    }

    #[test]
    fn a_cut_anywhere_gives_a_beginning_of_the_events(at in 0_usize..3000) {
        let wire = wire(&everything());
        let (whole, _) = read(wire.as_bytes(), &[], None);
        let (part, _) = read(&wire.as_bytes()[..at.min(wire.len())], &[], None);
        prop_assert_eq!(&part[..], &whole[..part.len()]);
    }

    #[test]
    fn no_payload_panics(payloads in prop::collection::vec(any_payload(), 0..12)) {
        let (events, _) = read(wire(&payloads).as_bytes(), &[], Some("answer"));
        let last = events.iter().position(|event| matches!(event["type"].as_str(), Some("done" | "error" | "malformed")));
        prop_assert!(last.is_none_or(|at| at + 1 == events.len()));
    }
}

/// Payloads of the real stream in any order, with fields missing or of the wrong type.
fn any_payload() -> impl Strategy<Value = Value> {
    let wrong =
        prop_oneof![Just(Value::Null), Just(json!(3)), Just(json!("x")), Just(json!([])), Just(json!({}))];
    (prop::sample::select(everything()), any::<prop::sample::Index>(), prop::option::of(wrong)).prop_map(
        |(mut payload, field, wrong)| {
            let object = payload.as_object_mut().expect("payloads are objects");
            let key = object.keys().nth(field.index(object.len())).cloned().unwrap_or_default();
            if let Some(wrong) = wrong {
                object.insert(key, wrong);
            }
            payload
        },
    )
}
