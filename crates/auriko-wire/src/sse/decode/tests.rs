use proptest::prelude::*;

use super::*;

type Decoded = Result<(String, String), SseError>;

fn decode(parts: &[&[u8]]) -> Vec<Decoded> {
    let own = |frame: Result<Frame<'_>, SseError>| -> Decoded {
        frame.map(|frame| (frame.event.into_owned(), frame.data.into_owned()))
    };
    let mut decoder = SseDecoder::new(64);
    let mut frames = Vec::new();
    for part in parts {
        decoder.push(part);
        while let Some(frame) = decoder.next_frame() {
            frames.push(own(frame));
        }
    }
    frames.extend(decoder.finish().map(own));
    frames
}

fn check(input: &[u8], expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(event, data)| Ok(((*event).to_owned(), (*data).to_owned()))).collect();
    assert_eq!(decode(&[input]), expected, "in one piece");
    let single: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(decode(&single), expected, "byte by byte");
}

#[test]
fn reads_every_line_end() {
    check(b"data: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]);
    check(b"data: a\r\n\r\ndata: b\r\n\r\n", &[("", "a"), ("", "b")]);
    check(b"data: a\r\rdata: b\r\r", &[("", "a"), ("", "b")]);
    // Taken for two ends, the line end would be a blank line within the event.
    check(b"event: e\r\ndata: a\r\ndata: b\r\n\r\n", &[("e", "a\nb")]);
}

#[test]
fn joins_data_lines_and_takes_one_space_off() {
    check(b"data: a\ndata:b\ndata:  c\n\n", &[("", "a\nb\n c")]);
}

#[test]
fn ignores_comments_unknown_fields_and_a_byte_order_mark() {
    check(b"\xEF\xBB\xBF: hi\nid: 4\nretry: 3\nwhat: x\ndata: a\n\n:\n\n", &[("", "a")]);
    check(b"\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]);
}

#[test]
fn keeps_the_event_name_for_one_event_only() {
    check(b"event: error\ndata: a\n\ndata: b\n\n", &[("error", "a"), ("", "b")]);
    check(b"event: lost\n\ndata: b\n\n", &[("", "b")]);
}

#[test]
fn delivers_empty_data_and_a_field_without_colon() {
    check(b"data:\n\n", &[("", "")]);
    check(b"data\n\n", &[("", "")]);
}

#[test]
fn delivers_a_last_event_without_its_blank_line() {
    check(b"data: a\n\ndata: b", &[("", "a"), ("", "b")]);
    check(b"data: a\n\ndata: b\n", &[("", "a"), ("", "b")]);
    check(b"data: a\r", &[("", "a")]);
}

#[test]
fn replaces_invalid_utf8_and_survives_a_split_character() {
    check("data: é😀\n\n".as_bytes(), &[("", "é😀")]);
    check(b"data: a\xFFb\n\n", &[("", "a\u{FFFD}b")]);
}

#[test]
fn refuses_an_event_over_the_limit_and_stops() {
    let line = format!("data: {}", "x".repeat(100));
    assert_eq!(decode(&[line.as_bytes(), b"\n\ndata: a\n\n"]), [Err(SseError::TooLarge { limit_bytes: 64 })]);
    let many = "data: 0123456789\n".repeat(10);
    assert_eq!(decode(&[many.as_bytes(), b"\n"]), [Err(SseError::TooLarge { limit_bytes: 64 })]);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(
        lines in proptest::collection::vec("(data: [a-zé😀]{0,9}|: c|event: e|\u{FEFF}data:x)?(\r\n|\n|\r)", 0..24),
        cuts in proptest::collection::vec(0usize..200, 0..12),
    ) {
        let bytes = lines.concat().into_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut parts = Vec::new();
        let mut from = 0;
        for cut in cuts {
            parts.push(&bytes[from..cut]);
            from = cut;
        }
        parts.push(&bytes[from..]);
        prop_assert_eq!(decode(&parts), decode(&[&bytes]));
    }

    #[test]
    fn never_panics_on_noise(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        decode(&[&bytes]);
    }
}
