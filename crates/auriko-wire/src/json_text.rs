//! JSON strings, written without a look at every byte where nothing has to be escaped, which is nearly always.

/// Appends `text` as a JSON string.
pub(crate) fn write(out: &mut Vec<u8>, text: &str) {
    // Without an early end, so that it becomes vector code.
    let needs_escape = |needs: u8, &byte: &u8| {
        needs | u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\')
    };
    if text.as_bytes().iter().fold(0, needs_escape) != 0 {
        serde_json::to_writer(out, text).expect("text serialises into memory");
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
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
}
