//! JSON strings, written without a look at every byte where nothing has to be escaped, which is nearly everywhere.

/// Bytes that are looked at together. In a text with a few line ends and quotes most of such pieces have none.
const PIECE: usize = 32;

/// Appends `text` as a JSON string.
pub(crate) fn write(out: &mut Vec<u8>, text: &str) {
    let text = text.as_bytes();
    out.reserve(text.len() + 2);
    out.push(b'"');
    // Up to here it is written.
    let mut written = 0;
    for (start, piece) in text.chunks(PIECE).enumerate().map(|(number, piece)| (number * PIECE, piece)) {
        // Without an early end, so that it becomes vector code.
        if piece.iter().fold(0, |escapes, &byte| escapes | u8::from(is_escaped(byte))) == 0 {
            continue;
        }
        for (position, &byte) in piece.iter().enumerate().map(|(offset, byte)| (start + offset, byte)) {
            if is_escaped(byte) {
                out.extend_from_slice(&text[written..position]);
                escape(out, byte);
                written = position + 1;
            }
        }
    }
    out.extend_from_slice(&text[written..]);
    out.push(b'"');
}

fn is_escaped(byte: u8) -> bool {
    (byte < b' ') | (byte == b'"') | (byte == b'\\')
}

/// The shortest form there is, as serde writes it.
fn escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => byte,
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(DIGITS[usize::from(byte >> 4)]);
            out.push(DIGITS[usize::from(byte & 0xf)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_those_of_serde(text in any::<String>(), tail in "[ -~\\x00-\\x1f\\x7f\u{e9}]{0,80}") {
            for text in [text.clone(), tail.clone(), text + &tail] {
                let mut out = Vec::new();
                write(&mut out, &text);
                prop_assert_eq!(out, serde_json::to_vec(&text).expect("serialises"));
            }
        }
    }

    #[test]
    fn every_byte_is_escaped_as_serde_does() {
        let text: String = (0..=0x7f).map(char::from).collect();
        for text in text.split_inclusive(|_| true).chain([text.as_str(), ""]) {
            let mut out = Vec::new();
            write(&mut out, text);
            assert_eq!(out, serde_json::to_vec(text).expect("serialises"));
        }
    }
}
