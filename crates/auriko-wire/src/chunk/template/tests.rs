use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::chunk::{ChunkDecoder, Verdict};
use crate::sse::{Frame, SseDecoder};

/// What a decoder gives for frames, as JSON; `forgets` makes it parse every one.
fn decode(frames: &[String], forgets: bool) -> Vec<(u32, String)> {
    let mut decoder = ChunkDecoder::default();
    let mut seen = Vec::new();
    for data in frames {
        if forgets {
            decoder.template = Template::default();
        }
        let frame = Frame { event: Cow::Borrowed(""), data: Cow::Borrowed(data), is_cut: false };
        let verdict = decoder.decode(&frame, &mut |choice, event| {
            seen.push((choice, serde_json::to_string(&event).expect("an event serialises")));
        });
        seen.push((0, format!("{verdict:?}")));
        if verdict == Verdict::Last {
            break;
        }
    }
    seen
}

/// Chunks with a gap for their text.
const SHAPES: &[&str] = &[
    r#"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":null}]}"#,
    r#"{"id":"c","choices":[{"index":1,"delta":{"content":"TEXT"},"finish_reason":null}]}"#,
    r#"{"choices":[{"delta":{"reasoning_content":"TEXT","content":null}}]}"#,
    r#"{"choices":[{"delta":{"reasoning":"TEXT","reasoning_content":"TEXT"}}]}"#,
    r#"{"choices":[{"delta":{"content":[{"type":"text","text":"TEXT"}]}}]}"#,
    r#"{"choices":[{"delta":{"refusal":"TEXT"}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"TEXT"}}]}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"TEXT"}}]}}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"TEXT"}}]}}]}"#,
    r#"{"choices":[{"delta":{"function_call":{"arguments":"TEXT"}}}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":{"a":"TEXT"}}}]}}]}"#,
    r#"{"choices":[{"delta":{"content":"TEXT"},"finish_reason":"stop"}]}"#,
    r#" {"choices":[{"delta":{"content":"TEXT"}}],"usage":{"total_tokens":1}} "#,
    r#"{"error":{"message":"TEXT"}}"#,
    "[DONE]",
];

/// What stands in the gap: JSON strings, and text that breaks out of them.
const TEXTS: &[&str] = &[
    "a",
    "",
    " token",
    "é",
    "\\n",
    "\\\"",
    "\\",
    "\"",
    "\u{1}",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\",\"x\":\"",
    "\"}}]}",
    "{}",
    "日本",
    "\u{7f}",
    "\\u0000",
];

proptest! {
    #[test]
    fn remembering_changes_nothing(
        picks in prop::collection::vec((0..SHAPES.len(), 0..TEXTS.len()), 1..12),
        shape in 0..SHAPES.len(),
    ) {
        // Mostly one shape, since a template is used only when two chunks in a row are alike.
        let frames: Vec<String> = picks
            .iter()
            .enumerate()
            .map(|(position, &(other, text))| {
                SHAPES[if position % 4 == 3 { other } else { shape }].replace("TEXT", TEXTS[text])
            })
            .collect();
        prop_assert_eq!(decode(&frames, false), decode(&frames, true));
    }
}

/// Counts what comes in runs.
struct Counting<'a> {
    emit: &'a mut dyn FnMut(u32, Event<'_>),
    count: usize,
}

impl EventSink for Counting<'_> {
    fn event(&mut self, choice: u32, event: Event<'_>) {
        (self.emit)(choice, event);
    }

    fn run(&mut self, run: &Run<'_>) {
        self.count += run.count();
        run.events().for_each(|event| self.event(run.choice(), event));
    }
}

/// What a stream gives in pieces of any length; `peeks`: chunks that are alike are taken straight from the bytes.
fn read_stream(body: &[u8], piece: usize, peeks: bool) -> (Vec<String>, usize) {
    let (mut frames, mut decoder) = (SseDecoder::new(1 << 20), ChunkDecoder::default());
    let (mut seen, mut taken) = (Vec::new(), 0);
    for bytes in body.chunks(piece) {
        frames.push(bytes);
        loop {
            let mut emit = |choice: u32, event: Event<'_>| {
                seen.push(format!(
                    "{choice} {}",
                    serde_json::to_string(&event).expect("an event serialises")
                ));
            };
            let mut counting = Counting { emit: &mut emit, count: 0 };
            if peeks && decoder.decode_run(&mut frames, &mut counting) {
                taken += counting.count;
                continue;
            }
            let Some(frame) = frames.next_frame() else { break };
            decoder.decode(&frame.expect("a small frame"), &mut emit);
        }
    }
    (seen, taken)
}

proptest! {
    #[test]
    fn taking_from_the_bytes_changes_nothing(
        picks in prop::collection::vec((0..SHAPES.len(), 0..TEXTS.len()), 1..12),
        shape in 0..SHAPES.len(),
        piece in 1_usize..300,
        end in prop::sample::select(vec!["\n\n", "\r\n\r\n", "\n\n: comment\n\n", "\nevent: x\n\n", "\ndata: 1\n\n"]),
    ) {
        let chunk = |(position, &(other, text)): (usize, &(usize, usize))| {
            let shape = SHAPES[if position % 4 == 3 { other } else { shape }];
            // A raw line feed would end the line, and the frame would be another one.
            let data = shape.replace("TEXT", TEXTS[text]);
            format!("data: {data}{}", if position % 5 == 4 { end } else { "\n\n" })
        };
        let body: String = picks.iter().enumerate().map(chunk).collect();
        prop_assert_eq!(read_stream(body.as_bytes(), piece, true).0, read_stream(body.as_bytes(), piece, false).0);
    }
}

#[test]
fn most_chunks_of_a_stream_are_taken_from_the_bytes() {
    let chunk = |number| SHAPES[0].replace("TEXT", &format!(" t{number}"));
    let chunks: Vec<_> = (0..100).map(chunk).collect();
    let body = format!("data: {}\n\n", chunks.join("\n\ndata: "));
    let (seen, taken) = read_stream(body.as_bytes(), 16 * 1024, true);
    assert_eq!(
        (seen.len(), taken),
        (101, 98),
        "the first has the identity beside its text; the second is remembered"
    );
}

#[test]
fn longer_runs_come_in_parts() {
    let count = 3 * LONGEST_RUN;
    let body = format!("data: {}\n\n", SHAPES[2].replace("TEXT", "t")).repeat(count);
    let (seen, taken) = read_stream(body.as_bytes(), body.len(), true);
    assert_eq!((seen.len(), taken), (count, count - 1));
    assert_eq!(seen, read_stream(body.as_bytes(), body.len(), false).0);
}

/// Whether the second of two chunks is understood without being parsed.
fn is_remembered(first: &str, second: &str) -> bool {
    let mut decoder = ChunkDecoder::default();
    for data in [first, first] {
        let frame = Frame { event: Cow::Borrowed(""), data: Cow::Borrowed(data), is_cut: false };
        decoder.decode(&frame, &mut |_, _| {});
    }
    decoder.template.read(second).is_some()
}

#[test]
fn frequent_deltas_are_remembered() {
    for shape in [SHAPES[0], SHAPES[1], SHAPES[2], SHAPES[6], SHAPES[9]] {
        let chunk = |text: &str| shape.replace("TEXT", text);
        assert!(is_remembered(&chunk("a"), &chunk("another")), "{shape}");
        assert!(is_remembered(&chunk("a"), &chunk("with\\nescapes\\\"")), "{shape}");
        assert!(!is_remembered(&chunk("a"), &chunk("")), "{shape}");
        assert!(!is_remembered(&chunk("a"), &chunk("\\")), "{shape}");
    }
    assert!(!is_remembered(&SHAPES[0].replace("TEXT", "a"), &SHAPES[1].replace("TEXT", "a")));
}
