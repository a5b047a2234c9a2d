use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::chunk::ChunkDecoder;
use crate::sse::SseDecoder;

fn encoder() -> ChunkEncoder {
    ChunkEncoder::new(ChunkIdentity { id: "chatcmpl-1".into(), model: "m".into(), created: 7 })
}

fn raw(value: &Value) -> Cow<'static, RawValue> {
    Cow::Owned(serde_json::value::to_raw_value(value).expect("serialises"))
}

fn meta() -> Event<'static> {
    Event::Meta { id: None, model: Some("dated".into()), created: None }
}

fn chunks(events: &[(u32, Event<'static>)]) -> Vec<Value> {
    let texts = encoder().encode_all(events);
    texts.iter().map(|text| serde_json::from_str(text).expect("a chunk is JSON")).collect()
}

#[test]
fn the_role_comes_first_and_once_per_choice() {
    let text = |delta: &'static str| Event::Text { delta: delta.into() };
    let written = chunks(&[(0, meta()), (0, text("a")), (1, text("b")), (1, text("c"))]);
    let deltas: Vec<_> = written.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
    assert_eq!(deltas[0], &json!({ "role": "assistant", "content": "" }));
    assert_eq!(deltas[1], &json!({ "content": "a" }));
    assert_eq!(deltas[2], &json!({ "role": "assistant", "content": "b" }));
    assert_eq!(deltas[3], &json!({ "content": "c" }));
    assert_eq!(written[2]["choices"][0]["index"], 1);
    assert_eq!(written[0]["model"], "dated");
}

#[test]
fn usage_and_routing_share_the_last_chunk() {
    let written = chunks(&[
        (0, Event::Finish { reason: "stop".into(), native: None }),
        (0, Event::Usage { usage: raw(&json!({ "total_tokens": 3 })) }),
        (0, Event::Routing { routing: raw(&json!({ "provider": "p" })) }),
        (0, Event::Done {}),
    ]);
    assert_eq!(written.len(), 2);
    assert_eq!(written[0]["choices"][0]["finish_reason"], "stop");
    assert_eq!(written[1]["choices"], json!([]));
    assert_eq!(
        (&written[1]["usage"]["total_tokens"], &written[1]["routing_metadata"]["provider"]),
        (&json!(3), &json!("p"))
    );
}

#[test]
fn unnumbered_tool_calls_are_numbered() {
    let call = |id: Option<&'static str>| Event::ToolCall {
        index: None,
        id: id.map(Cow::Borrowed),
        name: id.map(|_| "f".into()),
        arguments: "{".into(),
        signature: None,
    };
    let written = chunks(&[(0, call(Some("a"))), (0, call(None)), (0, call(Some("b")))]);
    let indices: Vec<_> =
        written.iter().map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0]["index"].as_u64()).collect();
    assert_eq!(indices, [Some(0), Some(0), Some(1)]);
}

#[test]
fn what_is_written_is_read_back() {
    let events = vec![
        (0, meta()),
        (0, Event::Reasoning { delta: "hm \"so\"\n".into() }),
        (0, Event::Signature { signature: "sig".into() }),
        (0, Event::Redacted { data: "xx".into() }),
        (2, Event::Text { delta: "é\u{1}".into() }),
        (0, Event::Refusal { delta: "no".into() }),
        (0, Event::Image { image: raw(&json!({ "type": "image" })) }),
        (0, Event::Annotations { annotations: raw(&json!([1])) }),
        (0, Event::Logprobs { logprobs: raw(&json!({ "content": [] })) }),
        (
            0,
            Event::ToolCall {
                index: Some(3),
                id: Some("i".into()),
                name: Some("n".into()),
                arguments: "{\"a\":1}".into(),
                signature: Some("s".into()),
            },
        ),
        (0, Event::Finish { reason: "tool_calls".into(), native: Some("end".into()) }),
        (0, Event::Usage { usage: raw(&json!({ "prompt_tokens": 1 })) }),
        (0, Event::Routing { routing: raw(&json!({ "provider": "p" })) }),
        (0, Event::Done {}),
    ];
    let mut bytes = Vec::new();
    let mut encoder = encoder();
    for (choice, event) in &events {
        encoder.encode_sse(*choice, event, &mut bytes);
    }
    let mut sse = SseDecoder::new(1 << 20);
    sse.push(&bytes);
    let mut decoder = ChunkDecoder::default();
    let mut seen = Vec::new();
    while let Some(frame) = sse.next_frame() {
        decoder.decode(&frame.expect("well-formed"), &mut |choice, event| {
            seen.push((choice, serde_json::to_value(event).expect("serialises")));
        });
    }
    let mut sent: Vec<_> = events
        .iter()
        .map(|(choice, event)| (*choice, serde_json::to_value(event).expect("serialises")))
        .collect();
    sent[0].1 = json!({ "type": "meta", "id": "chatcmpl-1", "model": "dated", "created": 7 });
    assert_eq!(seen, sent);
}

/// Plain text is all that a run may hold.
const PLAIN: &[&str] = &["a", " token", "é", "日本", "\u{7f}", "{}", "/", "a longer one, of several words"];

proptest! {
    #[test]
    fn a_run_is_written_like_its_events(
        runs in prop::collection::vec(
            (0_u32..2, 0_usize..5, prop::collection::vec(prop::sample::select(PLAIN), 1..5), 0_usize..6),
            1..8,
        ),
    ) {
        let kinds = [
            DeltaKind::Text,
            DeltaKind::Text,
            DeltaKind::Reasoning,
            DeltaKind::ToolArguments { index: Some(1) },
            DeltaKind::ToolArguments { index: None },
        ];
        let between = [
            meta(),
            Event::Service { fingerprint: Some("fp".into()), tier: None },
            Event::Refusal { delta: "no".into() },
        ];
        let (mut in_runs, mut one_by_one) = (encoder(), encoder());
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (choice, kind, texts, other) in runs {
            if let Some(event) = between.get(other) {
                in_runs.encode_sse(choice, event, &mut left);
                one_by_one.encode_sse(choice, event, &mut right);
            }
            let texts: Vec<_> = texts.iter().map(|text| text.as_bytes()).collect();
            let run = Run { choice, kind: kinds[kind], texts: &texts };
            in_runs.encode_run_sse(&run, &mut left);
            run.events().for_each(|event| one_by_one.encode_sse(choice, &event, &mut right));
        }
        prop_assert_eq!(String::from_utf8(left), String::from_utf8(right));
    }
}
