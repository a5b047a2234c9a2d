//! Counts the text pieces of a reply without parsing it: a parser here would compete with the server for the cores.

use memchr::memmem::Finder;

/// What the mock upstream's deltas begin with. Field names such as `prompt_tokens` have no space before the word, and a
/// JSON writer escapes neither letters nor spaces, so the count holds however a gateway writes its chunks.
const TOKEN: &[u8] = b" token";

/// Counts ` token` in a byte stream, in any split.
#[derive(Debug)]
pub(crate) struct TokenCounter {
    finder: Finder<'static>,
    /// The last bytes of what came before, too few to hold a match.
    tail: Vec<u8>,
    count: u64,
}

impl TokenCounter {
    pub(crate) fn new() -> Self {
        Self { finder: Finder::new(TOKEN), tail: Vec::with_capacity(2 * TOKEN.len()), count: 0 }
    }

    /// Takes the next bytes and returns how many there are so far.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> u64 {
        const OVERLAP: usize = TOKEN.len() - 1;
        // A match that began in the tail ends within the next `OVERLAP` bytes.
        self.tail.extend_from_slice(&bytes[..bytes.len().min(OVERLAP)]);
        self.count += self.finder.find_iter(&self.tail).count() as u64;
        self.count += self.finder.find_iter(bytes).count() as u64;
        if bytes.len() >= OVERLAP {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[bytes.len() - OVERLAP..]);
        } else {
            self.tail.drain(..self.tail.len().saturating_sub(OVERLAP));
        }
        self.count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(pieces: &[&[u8]]) -> u64 {
        let mut counter = TokenCounter::new();
        pieces.iter().map(|piece| counter.push(piece)).last().unwrap_or(0)
    }

    #[test]
    fn field_names_are_no_text() {
        let usage =
            br#"{"content": " token00 token01","usage": {"completion_tokens": 2, "prompt_tokens": 9}}"#;
        assert_eq!(count(&[usage]), 2);
    }

    proptest! {
        #[test]
        fn the_split_does_not_matter(
            text in "( token| toke|x|n){0,20}",
            cuts in proptest::collection::vec(0_usize..100, 0..12),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
            prop_assert_eq!(count(&pieces), text.matches(" token").count() as u64);
        }
    }
}
