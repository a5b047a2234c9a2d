//! What is remembered of a request's conversation: how long its last prompt was, and who has read it.
//!
//! Numbers only: which conversation it is, and what was said in it, is not in here.

use crate::catalog::{Offering, OfferingKey};

/// The memory of one conversation, as far as a decision needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recall {
    /// Length of the prompt before this one, tokens, estimated as [`crate::Facts::prompt_tokens`] is. 0: there was none.
    pub previous_prompt_tokens: u64,
    /// Offerings that have read an earlier prompt of the conversation, each once.
    pub readers: Vec<Reader>,
}

/// An offering that has read an earlier prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Which.
    pub offering: OfferingKey,
    /// Length of that prompt, tokens.
    pub prompt_tokens: u64,
    /// When, Unix milliseconds.
    pub at_ms: u64,
}

impl Recall {
    /// Of a request without a past.
    pub const NONE: Self = Self { previous_prompt_tokens: 0, readers: Vec::new() };

    /// Tokens of earlier prompts that the offering's cache should still hold: 0 when it has read none, or too long ago.
    pub fn kept_by(&self, offering: &Offering, now_ms: u64) -> u64 {
        let Some(cache) = offering.prompt_cache else { return 0 };
        let reader = self.readers.iter().find(|reader| reader.offering == offering.key);
        let is_kept =
            |reader: &&Reader| now_ms.saturating_sub(reader.at_ms) <= cache.ttl_seconds.saturating_mul(1000);
        reader.filter(is_kept).map_or(0, |reader| reader.prompt_tokens.min(self.previous_prompt_tokens))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::catalog;

    #[test]
    fn a_prompt_is_kept_until_it_expires() {
        let catalog = catalog();
        let kept = |model: &str, now_ms| {
            let offering = &catalog.model(model).expect("a model").offerings[0];
            let reader = Reader { offering: offering.key, prompt_tokens: 3000, at_ms: 1_000 };
            Recall { previous_prompt_tokens: 2000, readers: vec![reader] }.kept_by(offering, now_ms)
        };
        // `cached` keeps for 300 seconds; `stepped` has no cache.
        assert_eq!(kept("cached", 301_000), 2000);
        assert_eq!(kept("cached", 301_001), 0);
        assert_eq!(kept("stepped", 1_000), 0);
        let offering = &catalog.model("cached").expect("a model").offerings[0];
        assert_eq!(Recall::NONE.kept_by(offering, 0), 0);
    }
}
