use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::super::*;
use crate::encode::ChunkIdentity;
use crate::event::Event;
use crate::response::CompletionBuilder;
use crate::routing_metadata::RoutingMetadata;
use crate::sse::SseDecoder;
use crate::usage::Usage;

fn identity() -> ChunkIdentity {
    ChunkIdentity { id: "chatcmpl-1".into(), model: "m".into(), created: 7 }
}

fn preview() -> Preview {
    Preview { input_tokens: 9, stop_sequence: Some("END".into()) }
}

fn raw(value: &Value) -> Cow<'static, RawValue> {
    Cow::Owned(to_raw_value(value).expect("serialises"))
}

fn usage() -> Value {
    json!({
        "prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105,
        "prompt_tokens_details": { "cached_tokens": 60, "cache_write_tokens": 30 },
        "completion_tokens_details": { "reasoning_tokens": 2 },
    })
}

fn text(delta: &'static str) -> Event<'static> {
    Event::Text { delta: delta.into() }
}

fn thought(delta: &'static str) -> Event<'static> {
    Event::Reasoning { delta: delta.into() }
}

fn signature(signature: &'static str) -> Event<'static> {
    Event::Signature { signature: signature.into() }
}

fn call(index: u32, id: Option<&'static str>, arguments: &'static str) -> Event<'static> {
    let name = id.map(|_| "f".into());
    Event::ToolCall {
        index: Some(index),
        id: id.map(Into::into),
        name,
        arguments: arguments.into(),
        signature: None,
    }
}

fn finish(reason: &'static str, native: Option<&'static str>) -> Event<'static> {
    Event::Finish { reason: reason.into(), native: native.map(Into::into) }
}

/// A whole reply: these events between the beginning and the farewell.
fn whole(
    content: &[Event<'static>],
    reason: &'static str,
    native: Option<&'static str>,
) -> Vec<Event<'static>> {
    let mut events = vec![Event::Meta { id: None, model: Some("dated".into()), created: None }];
    events.extend(content.iter().cloned());
    events.push(finish(reason, native));
    events.push(Event::Usage { usage: raw(&usage()) });
    events.push(Event::Routing { routing: raw(&json!(RoutingMetadata::default())) });
    events.push(Event::Done {});
    events
}

/// The stream of these events; the name of each frame is its type.
fn streamed(events: &[Event<'static>]) -> Vec<Value> {
    let mut encoder = MessageEncoder::new(identity(), preview());
    let mut out = Vec::new();
    for event in events {
        encoder.encode_sse(0, event, &mut out);
    }
    let mut decoder = SseDecoder::new(1 << 20);
    decoder.push(&out);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame() {
        let frame = frame.expect("a frame");
        let data: Value = serde_json::from_str(&frame.data).expect("JSON");
        assert_eq!(data["type"], frame.event.as_ref());
        frames.push(data);
    }
    frames
}

/// Puts a stream together as a client does, checking that its blocks come in order, one at a time.
fn assembled(frames: &[Value]) -> Value {
    let mut message = frames[0]["message"].clone();
    let mut open = None;
    let mut input = String::new();
    for frame in &frames[1..] {
        let content = message["content"].as_array_mut().expect("an array");
        let kind = frame["type"].as_str().expect("text");
        if kind == "content_block_start" {
            assert_eq!(open, None);
            assert_eq!(frame["index"], content.len());
            open = frame["index"].as_u64();
            content.push(frame["content_block"].clone());
            input.clear();
            continue;
        }
        if kind.starts_with("content_block") {
            assert_eq!(frame["index"].as_u64(), open);
            let block = content.last_mut().expect("a block");
            if kind == "content_block_stop" {
                open = None;
                if !input.is_empty() {
                    block["input"] = serde_json::from_str(&input).expect("the input is JSON");
                }
                continue;
            }
            let delta = &frame["delta"];
            let mut add = |field: &str| {
                let text = format!(
                    "{}{}",
                    block[field].as_str().expect("text"),
                    delta[field].as_str().expect("text")
                );
                block[field] = text.into();
            };
            match delta["type"].as_str().expect("text") {
                "text_delta" => add("text"),
                "thinking_delta" => add("thinking"),
                "signature_delta" => add("signature"),
                "input_json_delta" => input.push_str(delta["partial_json"].as_str().expect("text")),
                "citations_delta" => {
                    let citations =
                        block.as_object_mut().expect("a block").entry("citations").or_insert(json!([]));
                    citations.as_array_mut().expect("an array").push(delta["citation"].clone());
                }
                other => panic!("{other}"),
            }
        }
        if kind == "message_delta" {
            message["stop_reason"] = frame["delta"]["stop_reason"].clone();
            message["stop_sequence"] = frame["delta"]["stop_sequence"].clone();
            message["usage"] = frame["usage"].clone();
        }
        if kind == "message_stop" {
            message["routing_metadata"] = frame["routing_metadata"].clone();
        }
    }
    assert_eq!(open, None);
    message
}

/// The plain reply of these events.
fn plain(events: &[Event<'static>]) -> Value {
    let mut builder = CompletionBuilder::new(identity());
    for event in events {
        builder.push(0, event.clone());
    }
    let usage: Usage = serde_json::from_value(usage()).expect("usage");
    message(builder, &preview(), &usage, &RoutingMetadata::default())
}

/// Both ways of answering say the same; returns what they say.
fn both(events: &[Event<'static>]) -> Value {
    let streamed = assembled(&streamed(events));
    assert_eq!(streamed, plain(events));
    streamed
}

#[test]
fn the_frames_of_a_text() {
    let frames = streamed(&whole(&[text("Hel"), text("lo")], "stop", None));
    let start_usage = json!({ "input_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0 });
    let end_usage = json!({
        "input_tokens": 10, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 60, "output_tokens": 5,
        "output_tokens_details": { "thinking_tokens": 2 },
    });
    let delta = |text: &str| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } });
    let expected = json!([
        { "type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "dated", "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": start_usage,
        } },
        { "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } },
        delta("Hel"), delta("lo"),
        { "type": "content_block_stop", "index": 0 },
        { "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": end_usage },
        { "type": "message_stop", "routing_metadata": RoutingMetadata::default() },
    ]);
    assert_eq!(Value::from(frames), expected);
}

#[test]
fn thinking_text_and_calls_alternate() {
    let events = whole(
        &[
            thought("a"),
            thought("b"),
            signature("s1"),
            thought("c"),
            signature("s2"),
            Event::Redacted { data: "d".into() },
            text("x"),
            thought("unsigned"),
            call(0, Some("t0"), "{\"a\":"),
            call(0, None, "1}"),
            call(1, Some("t1"), ""),
            signature("s3"),
        ],
        "tool_calls",
        None,
    );
    let message = both(&events);
    let thinking =
        |text: &str, signature: &str| json!({ "type": "thinking", "thinking": text, "signature": signature });
    let expected = json!([
        thinking("ab", "s1"), thinking("c", "s2"), { "type": "redacted_thinking", "data": "d" },
        { "type": "text", "text": "x" }, thinking("unsigned", ""),
        { "type": "tool_use", "id": "t0", "name": "f", "input": { "a": 1 } },
        { "type": "tool_use", "id": "t1", "name": "f", "input": {} },
        thinking("", "s3"),
    ]);
    assert_eq!((&message["content"], &message["stop_reason"]), (&expected, &json!("tool_use")));
}

#[test]
fn mixed_calls_are_put_in_order_and_the_first_is_not_held_back() {
    let mixed = [
        call(0, Some("t0"), "{\"a\":\"}"),
        call(1, Some("t1"), "{\"b\""),
        text("meanwhile"),
        call(0, None, "\\\"\"}"),
        call(1, None, ":[1]}"),
        text(" after"),
    ];
    let frames = streamed(&whole(&mixed, "tool_calls", None));
    assert_eq!(frames[2]["delta"]["partial_json"], "{\"a\":\"}");
    let message = assembled(&frames);
    let expected = json!([
        { "type": "tool_use", "id": "t0", "name": "f", "input": { "a": "}\"" } },
        { "type": "tool_use", "id": "t1", "name": "f", "input": { "b": [1] } },
        { "type": "text", "text": "meanwhile after" },
    ]);
    assert_eq!(message["content"], expected);
}

#[test]
fn calls_without_ids_indexes_or_sense_are_still_blocks() {
    let bare = |name: Option<&'static str>, arguments: &'static str| Event::ToolCall {
        index: None,
        id: None,
        name: name.map(Into::into),
        arguments: arguments.into(),
        signature: Some("p".into()),
    };
    let message = both(&whole(&[bare(Some("f"), "{"), bare(None, "}")], "stop", None));
    let expected = json!([{ "type": "tool_use", "id": "toolu_1_0", "name": "f", "input": {}, "provider_signature": "p" }]);
    assert_eq!((&message["content"], &message["stop_reason"]), (&expected, &json!("tool_use")));
    let cut = plain(&whole(&[call(0, Some("t"), "{\"a\":")], "length", None));
    assert_eq!(cut["content"][0]["input"], json!({ "invalid_json": "{\"a\":" }));
}

#[test]
fn citations_follow_their_text() {
    let annotation = json!([{ "type": "url_citation", "url_citation": { "url": "https://h", "title": "T" } }, { "type": "other" }]);
    let message =
        both(&whole(&[text("x"), Event::Annotations { annotations: raw(&annotation) }], "stop", None));
    let citation = json!({ "type": "web_search_result_location", "url": "https://h", "title": "T", "cited_text": "", "encrypted_index": "" });
    assert_eq!(message["content"], json!([{ "type": "text", "text": "x", "citations": [citation] }]));
}

#[test]
fn stop_reasons() {
    let check = |reason: &'static str, native: Option<&'static str>, expected: &str, sequence: Value| {
        let message = both(&whole(&[text("x")], reason, native));
        assert_eq!(
            (&message["stop_reason"], &message["stop_sequence"]),
            (&json!(expected), &sequence),
            "{reason} {native:?}"
        );
    };
    check("stop", None, "end_turn", Value::Null);
    check("stop", Some("end_turn"), "end_turn", Value::Null);
    // A structured answer that was made with a tool nobody asked for.
    check("stop", Some("tool_use"), "end_turn", Value::Null);
    check("length", Some("max_tokens"), "max_tokens", Value::Null);
    check("content_filter", None, "refusal", Value::Null);
    check("content_filter", Some("refusal"), "refusal", Value::Null);
    check("stop", Some("stop_sequence"), "stop_sequence", json!("END"));
    check("stop", Some("pause_turn"), "pause_turn", Value::Null);
    check("length", Some("model_context_window_exceeded"), "model_context_window_exceeded", Value::Null);
    check("brand_new", None, "end_turn", Value::Null);
    let refused = both(&whole(&[Event::Refusal { delta: "No.".into() }], "stop", None));
    assert_eq!((&refused["stop_reason"], &refused["content"][0]["text"]), (&json!("refusal"), &json!("No.")));
}

#[test]
fn an_error_ends_the_stream() {
    let error = raw(&json!({ "code": "upstream_error", "message": "broken", "type": "api_error" }));
    let frames = streamed(&[text("x"), Event::Error { error }, text("y"), Event::Done {}]);
    let kinds: Vec<_> = frames.iter().map(|frame| frame["type"].as_str().expect("text")).collect();
    assert_eq!(kinds, ["message_start", "content_block_start", "content_block_delta", "error"]);
    assert_eq!(frames[3]["error"], json!({ "type": "api_error", "message": "broken" }));
}

#[test]
fn other_choices_are_left_out_and_ids_keep_their_origin() {
    let mut encoder = MessageEncoder::new(identity(), Preview::default());
    let mut out = Vec::new();
    encoder.encode_sse(1, &text("x"), &mut out);
    assert!(out.is_empty());
    encoder.encode_sse(0, &Event::Meta { id: Some("msg_own".into()), model: None, created: None }, &mut out);
    assert!(String::from_utf8(out).expect("text").contains("\"msg_own\""));
}

fn any_event() -> impl Strategy<Value = Event<'static>> {
    let delta = "[a-c\u{e9}\"\\\\]{1,4}";
    prop_oneof![
        delta.prop_map(|delta| Event::Text { delta: delta.into() }),
        delta.prop_map(|delta| Event::Reasoning { delta: delta.into() }),
        delta.prop_map(|delta| Event::Refusal { delta: delta.into() }),
        Just(signature("s")),
        Just(Event::Redacted { data: "d".into() }),
        (0..4u32).prop_map(|index| call(index, Some(["t0", "t1", "t2", "t3"][index as usize]), "{\"a\":1}")),
    ]
}

proptest! {
    /// Whole calls in any mixture with other content: a stream and a plain reply say the same, and the blocks of the
    /// stream are well formed.
    #[test]
    fn streams_and_replies_agree(content in proptest::collection::vec(any_event(), 0..20)) {
        let mut seen = std::collections::BTreeSet::new();
        let once = |event: &Event<'_>| match event {
            Event::ToolCall { index, .. } => seen.insert(*index),
            _ => true,
        };
        let content: Vec<_> = content.into_iter().filter(once).collect();
        let events = whole(&content, "stop", None);
        let (streamed, mut plain) = (assembled(&streamed(&events)), plain(&events));
        // A refusal that adjoins text is one block in a stream.
        if content.iter().any(|event| matches!(event, Event::Refusal { .. })) {
            plain["content"] = streamed["content"].clone();
        }
        prop_assert_eq!(streamed, plain);
    }

    /// The pieces of calls in any order and size: every call arrives whole.
    #[test]
    fn pieces_of_calls_are_put_together(order in proptest::collection::vec((0..3u32, 1..5usize), 0..60)) {
        let arguments = ["{\"a\":\"}{\\\\\"}", "{}", "{\"b\":[{\"c\":\"\\\"\"},1]}"];
        let mut positions = [0usize; 3];
        let mut events = Vec::new();
        let rest = (0..3u32).map(|index| (index, usize::MAX));
        for (index, length) in order.into_iter().chain(rest) {
            let slot = index as usize;
            let is_first = !events.iter().any(|event| matches!(event, Event::ToolCall { index: Some(it), .. } if *it == index));
            let end = positions[slot].saturating_add(length).min(arguments[slot].len());
            let piece = &arguments[slot][positions[slot]..end];
            positions[slot] = end;
            events.push(call(index, is_first.then_some(["t0", "t1", "t2"][slot]), piece));
        }
        both(&whole(&events, "tool_calls", None));
    }
}
