//! JSON strings, written without a look at every byte where nothing has to be escaped, which is nearly everywhere.

/// Appends `text` as a JSON string.
pub fn write(out: &mut Vec<u8>, text: &str) {
    let text = text.as_bytes();
    out.reserve(text.len() + 2);
    out.push(b'"');
    if has_escapes(text) {
        write_escaped(out, text);
    } else {
        out.extend_from_slice(text);
    }
    out.push(b'"');
}

/// Piece by piece: in a text with a few line ends and quotes most pieces have none of them.
fn write_escaped(out: &mut Vec<u8>, text: &[u8]) {
    const PIECE_BYTES: usize = 32;
    // Up to here it is written.
    let mut written = 0;
    for (number, piece) in text.chunks(PIECE_BYTES).enumerate() {
        if !has_escapes(piece) {
            continue;
        }
        for (offset, &byte) in piece.iter().enumerate() {
            if must_escape(byte) != 0 {
                let position = number * PIECE_BYTES + offset;
                out.extend_from_slice(&text[written..position]);
                escape(out, byte);
                written = position + 1;
            }
        }
    }
    out.extend_from_slice(&text[written..]);
}

fn has_escapes(text: &[u8]) -> bool {
    // Without an early end, so that it becomes vector code.
    text.iter().fold(0, |escapes, &byte| escapes | must_escape(byte)) != 0
}

/// Not zero: yes.
fn must_escape(byte: u8) -> u8 {
    u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\')
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

/// Where the plain text at the start of `bytes` ends, which is what may stand in a JSON string as it is, and whether all of
/// it is ASCII. `None`: it does not end.
///
/// Takes eight bytes at a time, since deltas are about as long and the calls of a longer search cost more than they save.
pub(crate) fn plain_end(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut seen = 0;
    let mut words = bytes.chunks_exact(size_of::<u64>());
    for (number, word) in words.by_ref().enumerate() {
        let word = u64::from_le_bytes(word.try_into().expect("a word has eight bytes"));
        let marks = mark_specials(word);
        if marks != 0 {
            let position = marks.trailing_zeros() / u8::BITS;
            let before = word & ((1 << (position * u8::BITS)) - 1);
            let is_ascii = (seen | before) & HIGH_BITS == 0;
            return Some((number * size_of::<u64>() + position as usize, is_ascii));
        }
        seen |= word;
    }
    let rest = words.remainder();
    let length = rest.iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\')?;
    let is_ascii = seen & HIGH_BITS == 0 && rest[..length].is_ascii();
    Some((bytes.len() - rest.len() + length, is_ascii))
}

const LOW_BITS: u64 = u64::from_le_bytes([1; 8]);
const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);

/// Has the highest bit set of the first byte that is special in a JSON string, and perhaps of bytes behind it: a subtraction
/// borrows from what follows the byte that it found.
fn mark_specials(word: u64) -> u64 {
    let below = |word: u64, limit: u8| word.wrapping_sub(LOW_BITS * u64::from(limit)) & !word;
    let equal = |byte: u8| below(word ^ (LOW_BITS * u64::from(byte)), 1);
    (below(word, b' ') | equal(b'"') | equal(b'\\')) & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_text_ends_at_the_first_special_byte(
            bytes in prop::collection::vec(prop::sample::select(b"ab \x1f\x00\"\\!#[]\x7f\x80\xa2\xdc\xff".as_slice()), 0..40),
            plain in 0_usize..30,
        ) {
            for bytes in [bytes.clone(), [vec![b'p'; plain], bytes].concat()] {
                let length = bytes.iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\');
                let expected = length.map(|length| (length, bytes[..length].is_ascii()));
                prop_assert_eq!(plain_end(&bytes), expected);
            }
        }

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
