//! Request bodies that carry payloads: pieces of JSON text with binary data between them.
//!
//! Images go into the body as base64. Encoding megabytes belongs on another thread than JavaScript's, and straight
//! into the body, without a string of its own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// A piece of a request body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyPart {
    /// Goes in as it is.
    Text(String),
    /// Goes in as base64 (RFC 4648 §4, with padding). Of several in a row that are one payload, all but the last must be
    /// a multiple of three long.
    Base64(Vec<u8>),
}

/// The whole body. Takes about a millisecond per megabyte, so large ones are not assembled on a network thread.
pub fn assemble(parts: &[BodyPart]) -> Bytes {
    let length = parts.iter().map(BodyPart::encoded_length).sum();
    let mut body = String::with_capacity(length);
    for part in parts {
        match part {
            BodyPart::Text(text) => body.push_str(text),
            BodyPart::Base64(bytes) => STANDARD.encode_string(bytes, &mut body),
        }
    }
    body.into_bytes().into()
}

impl BodyPart {
    fn encoded_length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Base64(bytes) => bytes.len().div_ceil(3) * 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_the_pieces_together_in_order() {
        let parts = [
            BodyPart::Text(r#"{"a":"data:image/png;base64,"#.to_owned()),
            BodyPart::Base64(b"hello".to_vec()),
            BodyPart::Text(r#"","b":""#.to_owned()),
            BodyPart::Base64(Vec::new()),
            BodyPart::Text("\"}".to_owned()),
        ];
        let body = assemble(&parts);
        assert_eq!(body, r#"{"a":"data:image/png;base64,aGVsbG8=","b":""}"#);
        assert_eq!(body.len(), parts.iter().map(BodyPart::encoded_length).sum::<usize>());
    }
}
