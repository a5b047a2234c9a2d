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
}
