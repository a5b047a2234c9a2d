use std::borrow::Cow;

use base64::Engine;
use proptest::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::super::{Preview, ResponseEncoder, parse, reasoning, response};
use super::client::assembled;
use crate::encode::ChunkIdentity;
use crate::event::Event;
use crate::response::CompletionBuilder;
use crate::routing_metadata::RoutingMetadata;
use crate::sse::SseDecoder;
use crate::usage::Usage;

fn identity() -> ChunkIdentity {
    ChunkIdentity { id: "chatcmpl-1".into(), model: "m".into(), created: 7 }
}

fn preview(keeps_blocks: bool) -> Preview {
    let (_, preview) = parse(br#"{"model":"m","input":"hi","user":"u"}"#).expect("valid");
    Preview { keeps_blocks, ..preview }
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
    Event::ToolCall {
        index: Some(index),
        id: id.map(Into::into),
        name: id.map(|_| "f".into()),
        arguments: arguments.into(),
        signature: None,
    }
}

fn annotations(items: &Value) -> Event<'static> {
    Event::Annotations { annotations: raw(items) }
}

/// A whole reply: these events between the beginning and the farewell.
fn whole(content: &[Event<'static>], reason: &'static str) -> Vec<Event<'static>> {
    let mut events = vec![Event::Meta { id: None, model: Some("dated".into()), created: None }];
    events.extend(content.iter().cloned());
    events.push(Event::Finish { reason: reason.into(), native: None });
    events.push(Event::Usage { usage: raw(&usage()) });
    events.push(Event::Routing { routing: raw(&json!(RoutingMetadata::default())) });
    events.push(Event::Done {});
    events
}

/// The stream of these events; the name of each frame is its type.
fn streamed(events: &[Event<'static>], keeps_blocks: bool) -> Vec<Value> {
    let mut encoder = ResponseEncoder::new(identity(), preview(keeps_blocks));
    let mut out = Vec::new();
    for event in events {
        encoder.encode_sse(0, event, &mut out);
        encoder.encode_sse(1, event, &mut out);
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

/// The plain reply of these events.
fn plain(events: &[Event<'static>], keeps_blocks: bool) -> Value {
    let mut builder = CompletionBuilder::new(identity());
    for event in events {
        builder.push(0, event.clone());
    }
    let usage: Usage = serde_json::from_value(usage()).expect("usage");
    response(builder, &preview(keeps_blocks), &usage, &RoutingMetadata::default())
}

/// Both ways of answering say the same; returns the output.
fn both(content: &[Event<'static>], reason: &'static str, keeps_blocks: bool) -> Value {
    let events = whole(content, reason);
    let streamed = assembled(&streamed(&events, keeps_blocks));
    assert_eq!(streamed, plain(&events, keeps_blocks));
    streamed
}

fn message(index: usize, status: &str, texts: &[&str]) -> Value {
    let part =
        |text: &&str| json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text });
    json!({
        "id": format!("msg_1_{index}"), "type": "message", "status": status, "role": "assistant",
        "content": texts.iter().map(part).collect::<Value>(),
    })
}

fn reasoning_item(index: usize, text: &str, block: Option<&Value>) -> Value {
    let summary = if text.is_empty() { json!([]) } else { json!([{ "type": "summary_text", "text": text }]) };
    let mut item = json!({
        "id": format!("rs_1_{index}"), "type": "reasoning", "status": "completed", "summary": summary,
    });
    if let Some(block) = block {
        item["encrypted_content"] = reasoning::seal(block).into();
    }
    item
}

fn call_item(index: usize, status: &str, id: &str, arguments: &str) -> Value {
    json!({
        "id": format!("fc_1_{index}"), "type": "function_call", "status": status, "arguments": arguments,
        "call_id": id, "name": "f",
    })
}

#[test]
fn the_events_of_a_text() {
    let events = streamed(&whole(&[text("Hel"), text("lo")], "stop"), false);
    let begun = json!({
        "id": "resp_1", "object": "response", "created_at": 7, "status": "in_progress", "error": null,
        "incomplete_details": null, "model": "dated", "output": [], "output_text": "", "service_tier": null,
        "usage": null, "background": false, "instructions": null, "max_output_tokens": null, "max_tool_calls": null,
        "metadata": {}, "parallel_tool_calls": true, "previous_response_id": null, "prompt_cache_key": null,
        "reasoning": { "effort": null, "summary": null }, "safety_identifier": null, "store": false,
        "temperature": null, "text": { "format": { "type": "text" } }, "tool_choice": "auto", "tools": [],
        "top_logprobs": 0, "top_p": null, "truncation": "disabled", "user": "u",
    });
    let mut over = begun.clone();
    over["status"] = "completed".into();
    over["output"] = json!([message(0, "completed", &["Hello"])]);
    over["output_text"] = "Hello".into();
    over["usage"] = json!({
        "input_tokens": 100, "input_tokens_details": { "cached_tokens": 60, "cache_write_tokens": 30 },
        "output_tokens": 5, "output_tokens_details": { "reasoning_tokens": 2 }, "total_tokens": 105,
    });
    over["routing_metadata"] = json!(RoutingMetadata::default());
    let part = |text: &str| json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text });
    let at = |sequence: u32, kind: &str, more: Value| {
        let mut event =
            json!({ "type": format!("response.{kind}"), "sequence_number": sequence, "output_index": 0 });
        if !kind.starts_with("output_item") {
            event["item_id"] = "msg_1_0".into();
            event["content_index"] = 0.into();
        }
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event
    };
    let expected = json!([
        { "type": "response.created", "sequence_number": 0, "response": begun },
        { "type": "response.in_progress", "sequence_number": 1, "response": begun },
        at(2, "output_item.added", json!({ "item": message(0, "in_progress", &[]) })),
        at(3, "content_part.added", json!({ "part": part("") })),
        at(4, "output_text.delta", json!({ "delta": "Hel", "logprobs": [] })),
        at(5, "output_text.delta", json!({ "delta": "lo", "logprobs": [] })),
        at(6, "output_text.done", json!({ "text": "Hello", "logprobs": [] })),
        at(7, "content_part.done", json!({ "part": part("Hello") })),
        at(8, "output_item.done", json!({ "item": message(0, "completed", &["Hello"]) })),
        { "type": "response.completed", "sequence_number": 9, "routing_metadata": RoutingMetadata::default(), "response": over },
    ]);
    assert_eq!(Value::from(events), expected);
}

#[test]
fn thinking_text_and_calls_alternate() {
    let content = [
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
    ];
    let signed = |thinking: &str, signature: &str| json!({ "type": "thinking", "thinking": thinking, "signature": signature });
    let redacted = json!({ "type": "redacted", "data": "d" });
    let seen = both(&content, "tool_calls", true);
    let expected = json!([
        reasoning_item(0, "ab", Some(&signed("ab", "s1"))),
        reasoning_item(1, "c", Some(&signed("c", "s2"))),
        reasoning_item(2, "", Some(&redacted)),
        message(3, "completed", &["x"]),
        reasoning_item(4, "unsigned", None),
        call_item(5, "completed", "t0", "{\"a\":1}"),
        call_item(6, "completed", "t1", "{}"),
        reasoning_item(7, "", Some(&signed("", "s3"))),
    ]);
    assert_eq!(seen["output"], expected);
    assert_eq!(seen["output_text"], "x");
    let seen = both(&content, "tool_calls", false);
    let expected = json!([
        reasoning_item(0, "ab", None),
        reasoning_item(1, "c", None),
        message(2, "completed", &["x"]),
        reasoning_item(3, "unsigned", None),
        call_item(4, "completed", "t0", "{\"a\":1}"),
        call_item(5, "completed", "t1", "{}"),
    ]);
    assert_eq!(seen["output"], expected);
}

#[test]
fn fragments_of_several_calls_may_be_mixed() {
    let content = [
        call(0, Some("t0"), "{\"a\""),
        call(1, Some("t1"), "{\"b\""),
        text("meanwhile"),
        call(0, None, ":1}"),
        call(1, None, ":2}"),
        call(2, Some("t2"), "{}"),
    ];
    let seen = both(&content, "tool_calls", false);
    let expected = json!([
        call_item(0, "completed", "t0", "{\"a\":1}"),
        call_item(1, "completed", "t1", "{\"b\":2}"),
        message(2, "completed", &["meanwhile"]),
        call_item(3, "completed", "t2", "{}"),
    ]);
    assert_eq!(seen["output"], expected);
}

/// A caller may run a tool while the next call is still being written.
#[test]
fn a_call_is_over_when_the_next_item_begins() {
    let content = [call(0, Some("t0"), "{\"a\":1}"), call(1, Some("t1"), "{}")];
    let events = streamed(&whole(&content, "tool_calls"), false);
    let place = |kind: &str, index: u64| {
        let is_it = |event: &Value| event["type"] == kind && event["output_index"] == index;
        events.iter().position(is_it).unwrap_or_else(|| panic!("no {kind} of {index}"))
    };
    assert!(place("response.output_item.done", 0) < place("response.output_item.added", 1));
}

#[test]
fn calls_without_index_id_or_name_are_told_apart() {
    let fragment =
        |id: Option<&'static str>, name: Option<&'static str>, arguments: &'static str| Event::ToolCall {
            index: None,
            id: id.map(Into::into),
            name: name.map(Into::into),
            arguments: arguments.into(),
            signature: None,
        };
    let late = [
        fragment(Some("t0"), None, "{\"a\""),
        fragment(None, Some("f"), ":1}"),
        fragment(Some("t1"), Some("f"), "{}"),
    ];
    let seen = both(&late, "tool_calls", false);
    let expected =
        json!([call_item(0, "completed", "t0", "{\"a\":1}"), call_item(1, "completed", "t1", "{}")]);
    assert_eq!(seen["output"], expected);
    let nameless = [fragment(None, None, "{}")];
    let mut expected = call_item(0, "completed", "call_1_0", "{}");
    expected["name"] = "".into();
    assert_eq!(both(&nameless, "tool_calls", false)["output"], json!([expected]));
}

#[test]
fn signed_calls_show_their_signature() {
    let signed = Event::ToolCall {
        index: Some(0),
        id: Some("t0".into()),
        name: Some("f".into()),
        arguments: "{}".into(),
        signature: Some("mark".into()),
    };
    assert_eq!(both(&[signed], "tool_calls", false)["output"][0]["provider_signature"], "mark");
}

#[test]
fn a_reply_that_was_cut_off_is_incomplete() {
    let check = |content: &[Event<'static>], reason: &'static str, word: &str, expected: Value| {
        let seen = both(content, reason, false);
        assert_eq!(
            (&seen["status"], &seen["incomplete_details"]),
            (&json!("incomplete"), &json!({ "reason": word }))
        );
        assert_eq!(seen["output"], expected);
    };
    check(&[text("Hel")], "length", "max_output_tokens", json!([message(0, "incomplete", &["Hel"])]));
    check(&[text("Hel")], "content_filter", "content_filter", json!([message(0, "incomplete", &["Hel"])]));
    check(
        &[text("x"), call(0, Some("t0"), "{}"), call(1, Some("t1"), "{\"a\"")],
        "length",
        "max_output_tokens",
        json!([
            message(0, "completed", &["x"]),
            call_item(1, "completed", "t0", "{}"),
            call_item(2, "incomplete", "t1", "{\"a\""),
        ]),
    );
    check(
        &[call(0, Some("t0"), "")],
        "length",
        "max_output_tokens",
        json!([call_item(0, "incomplete", "t0", "")]),
    );
    let mut cut = reasoning_item(0, "hm", None);
    cut["status"] = "incomplete".into();
    check(&[thought("hm")], "length", "max_output_tokens", json!([cut]));
    check(&[], "length", "max_output_tokens", json!([]));
    assert_eq!(both(&[], "stop", false)["status"], "completed");
}

#[test]
fn refusals_citations_and_images_have_their_places() {
    let cited = json!([{ "type": "url_citation", "url_citation": { "url": "https://h", "title": "t", "start_index": 0, "end_index": 2 } }]);
    let image =
        json!({ "type": "image", "mime_type": "image/webp", "data": "AA==", "thought_signature": "s" });
    let by_url = json!({ "type": "image_url", "image_url": { "url": "data:image/jpeg;base64,BB==" } });
    let seen = both(
        &[
            text("Hi"),
            annotations(&cited),
            text(" you"),
            Event::Refusal { delta: "No".into() },
            Event::Image { image: raw(&image) },
            Event::Image { image: raw(&by_url) },
            Event::Image { image: raw(&json!({ "type": "image_url", "image_url": { "url": "https://h" } })) },
            annotations(&json!([{ "type": "file", "file": "not an object" }])),
            annotations(&json!([])),
        ],
        "stop",
        false,
    );
    let flat =
        json!({ "type": "url_citation", "url": "https://h", "title": "t", "start_index": 0, "end_index": 2 });
    let expected = json!([
        { "id": "msg_1_0", "type": "message", "status": "completed", "role": "assistant", "content": [
            { "type": "output_text", "annotations": [flat], "logprobs": [], "text": "Hi you" },
            { "type": "refusal", "refusal": "No" },
        ] },
        { "id": "ig_1_1", "type": "image_generation_call", "status": "completed", "result": "AA==", "output_format": "webp", "thought_signature": "s" },
        { "id": "ig_1_2", "type": "image_generation_call", "status": "completed", "result": "BB==", "output_format": "jpeg" },
        { "id": "msg_1_3", "type": "message", "status": "completed", "role": "assistant", "content": [
            { "type": "output_text", "annotations": [{ "type": "file", "file": "not an object" }], "logprobs": [], "text": "" },
        ] },
    ]);
    assert_eq!(seen["output"], expected);
    assert_eq!(seen["output_text"], "Hi you");
}

#[test]
fn log_probabilities_come_with_their_text() {
    let of = |token: &str| json!({ "token": token, "logprob": -0.5, "bytes": null, "top_logprobs": [] });
    let logprobs =
        |token: &str| Event::Logprobs { logprobs: raw(&json!({ "content": [of(token)], "refusal": null })) };
    let content = [text("a"), logprobs("a"), text("b"), logprobs("b")];
    let expected = json!([of("a"), of("b")]);
    assert_eq!(both(&content, "stop", false)["output"][0]["content"][0]["logprobs"], expected);
    // Those of a call have no place.
    let of_call = [text("a"), logprobs("a"), call(0, Some("t"), "{}"), logprobs("{}")];
    let seen = assembled(&streamed(&whole(&of_call, "stop"), false));
    assert_eq!(seen["output"][0]["content"][0]["logprobs"], json!([of("a")]));
}

#[test]
fn an_error_is_raised_and_ends_the_response() {
    let error = json!({ "message": "gone", "type": "api_error", "param": null, "code": "upstream_error", "provider": "p" });
    let beginning = Event::Meta { id: Some("resp_x".into()), model: None, created: None };
    let events = [beginning, text("Hel"), Event::Error { error: raw(&error) }, Event::Done {}, text("late")];
    let events = streamed(&events, false);
    let (last, before) = (&events[events.len() - 1], &events[events.len() - 2]);
    let number = events.len() - 2;
    let flat = json!({
        "type": "error", "sequence_number": number, "code": "upstream_error", "message": "gone", "param": null, "provider": "p",
    });
    assert_eq!(before, &flat);
    assert_eq!((&last["type"], &last["response"]["status"]), (&json!("response.failed"), &json!("failed")));
    let inside = json!({ "message": "gone", "type": "api_error", "code": "upstream_error", "provider": "p" });
    assert_eq!((&last["response"]["error"], &last["response"]["id"]), (&inside, &json!("resp_x")));
    assert_eq!(last["response"]["output_text"], "Hel");
    assert_eq!(last["response"]["output"][0]["status"], "incomplete");
}

#[test]
fn a_stream_without_an_account_ends_all_the_same() {
    let seen = assembled(&streamed(&[text("Hi"), Event::Done {}], false));
    assert_eq!((&seen["output_text"], &seen["usage"]), (&json!("Hi"), &Value::Null));
}

#[test]
fn the_tier_is_shown_where_it_is_known() {
    let tier = Event::Service { fingerprint: Some("fp".into()), tier: Some("priority".into()) };
    assert_eq!(both(&[tier, text("x")], "stop", false)["service_tier"], "priority");
}

#[test]
fn tokens_are_counted_as_the_api_does() {
    let check = |given: Value, expected: Value| {
        let usage: Usage = serde_json::from_value(given).expect("usage");
        assert_eq!(super::super::ending::usage(&usage), expected);
    };
    let none = json!({ "cached_tokens": 0, "cache_write_tokens": 0 });
    check(
        json!({ "prompt_tokens": 10, "completion_tokens": 5 }),
        json!({ "input_tokens": 10, "input_tokens_details": none, "output_tokens": 5, "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 15 }),
    );
    // A provider that leaves reasoning out of the completion.
    check(
        json!({
            "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 35,
            "completion_tokens_details": { "reasoning_tokens": 20, "image_tokens": 3 },
        }),
        json!({
            "input_tokens": 10, "input_tokens_details": none, "output_tokens": 25,
            "output_tokens_details": { "reasoning_tokens": 20, "image_tokens": 3 }, "total_tokens": 35,
        }),
    );
}

fn any_event() -> impl Strategy<Value = Event<'static>> {
    prop_oneof![
        ".+".prop_map(|delta| Event::Text { delta: delta.into() }),
        ".+".prop_map(|delta| Event::Reasoning { delta: delta.into() }),
        ".+".prop_map(|delta| Event::Refusal { delta: delta.into() }),
        Just(signature("s")),
        Just(Event::Redacted { data: "d".into() }),
        Just(annotations(&json!([{ "type": "url_citation", "url_citation": { "url": "u" } }]))),
        Just(Event::Image { image: raw(&json!({ "data": "AA==" })) }),
        (0..4u32).prop_map(|index| call(index, Some("t"), "{\"a\":[1]}")),
    ]
}

proptest! {
    /// Whole calls in any mixture with other content: a stream and a plain reply say the same, and the events of the
    /// stream fit together.
    #[test]
    fn streams_and_replies_agree(
        content in proptest::collection::vec(any_event(), 0..20),
        keeps_blocks in any::<bool>(),
        is_cut in any::<bool>(),
    ) {
        let mut seen = std::collections::BTreeSet::new();
        let once = |event: &Event<'_>| match event {
            Event::ToolCall { index, .. } => seen.insert(*index),
            _ => true,
        };
        let content: Vec<_> = content.into_iter().filter(once).collect();
        both(&content, if is_cut { "length" } else { "stop" }, keeps_blocks);
    }

    /// The pieces of calls in any order and size: every call arrives whole.
    #[test]
    fn pieces_of_calls_are_put_together(order in proptest::collection::vec((0..3u32, 1..5usize), 0..60)) {
        let arguments = ["{\"a\":\"}{\\\\\"}", "{}", "{\"b\":[{\"c\":\"\\\"\"},1]}"];
        let mut positions = [0usize; 3];
        let mut events = Vec::new();
        let mut begun = Vec::new();
        let rest = (0..3u32).map(|index| (index, usize::MAX));
        for (index, length) in order.into_iter().chain(rest) {
            let slot = index as usize;
            let is_first = !begun.contains(&slot);
            if is_first {
                begun.push(slot);
            }
            let end = positions[slot].saturating_add(length).min(arguments[slot].len());
            let piece = &arguments[slot][positions[slot]..end];
            positions[slot] = end;
            events.push(call(index, is_first.then_some(["t0", "t1", "t2"][slot]), piece));
        }
        let seen = both(&events, "tool_calls", false);
        for (item, slot) in seen["output"].as_array().expect("an array").iter().zip(begun) {
            prop_assert_eq!(&item["arguments"], arguments[slot]);
        }
    }

    /// What is shown sealed comes back as it was.
    #[test]
    fn a_reply_is_an_input(thinking in ".+", signature in ".+", said in ".+") {
        let content = [
            Event::Reasoning { delta: thinking.clone().into() },
            Event::Signature { signature: signature.clone().into() },
            Event::Text { delta: said.clone().into() },
            call(0, Some("t0"), "{\"a\":1}"),
        ];
        let output = both(&content, "tool_calls", true)["output"].clone();
        let body = json!({ "model": "m", "input": output }).to_string();
        let (request, _) = parse(body.as_bytes()).expect("valid");
        prop_assert_eq!(request.warnings.len(), 0);
        let block = json!({ "type": "thinking", "thinking": thinking, "signature": signature });
        let call = json!({ "id": "t0", "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } });
        let expected = json!([{
            "role": "assistant", "content": said, "reasoning_content": thinking, "reasoning": [block], "tool_calls": [call],
        }]);
        prop_assert_eq!(serde_json::to_value(&request.messages).expect("serialises"), expected);
    }
}

#[test]
fn sealed_thinking_is_versioned_base64() {
    let sealed =
        both(&[thought("hm"), signature("s")], "stop", true)["output"][0]["encrypted_content"].clone();
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(sealed.as_str().expect("text")).expect("base64");
    let content: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(
        content,
        json!({ "v": 1, "blocks": [{ "type": "thinking", "thinking": "hm", "signature": "s" }] })
    );
}
