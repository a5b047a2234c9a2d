//! Where a thought signature belongs.
//!
//! On a tool call it travels in `provider_signature`, as Google sent it. On a text or a thought it travels as
//! the signature of a reasoning block, and blocks of other providers look the same: so there it carries a mark,
//! which is taken off before it goes back. A block without the mark was signed by somebody else and stays here.

/// What a part with a signature was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A thought.
    Thought,
    /// A visible text.
    Text,
    /// A part of its own without text, which ends some streams.
    End,
}

const MARKS: [(Place, &str); 3] =
    [(Place::Thought, "gemini.thought:"), (Place::Text, "gemini.text:"), (Place::End, "gemini.end:")];

/// Stands in place of a signature on a tool call that another model made: Gemini 3 refuses the first call of a
/// step without one. Seen in several public clients (2026-11-22), which refer to
/// <https://ai.google.dev/gemini-api/docs/thought-signatures>.
pub(super) const FOREIGN: &str = "skip_thought_signature_validator";

pub(super) fn mark(place: Place, signature: &str) -> String {
    let known = MARKS.iter().find(|(marked, _)| *marked == place);
    format!("{}{signature}", known.map_or("", |(_, mark)| mark))
}

/// The place and the signature as Google sent it; `None`: not one of Google's.
pub(super) fn read(marked: &str) -> Option<(Place, &str)> {
    MARKS.iter().find_map(|(place, mark)| Some((*place, marked.strip_prefix(mark)?)))
}

/// Whether the signature of a reasoning block is one of Google's.
pub(crate) fn has_signed(marked: &str) -> bool {
    read(marked).is_some()
}

/// Ids that the API left out, so that a result can say which call it answers. They never go back to Google.
const ID_PREFIX: &str = "call_gemini_";

pub(super) fn call_id(reply: &str, choice: u32, call: u32) -> String {
    let reply: String =
        reply.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
    format!("{ID_PREFIX}{reply}_{choice}_{call}")
}

/// The id as Google knows it.
pub(super) fn native_id(id: &str) -> Option<&str> {
    (!id.is_empty() && !id.starts_with(ID_PREFIX)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off_again() {
        for place in [Place::Thought, Place::Text, Place::End] {
            assert_eq!(read(&mark(place, "a:b+/=")), Some((place, "a:b+/=")));
        }
        assert_eq!(read("EqkECqYEARFNMg"), None);
        assert_eq!(native_id(&call_id("r/1", 0, 2)), None);
        assert_eq!(native_id("abc"), Some("abc"));
    }
}
