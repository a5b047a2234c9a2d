//! Small sets of endpoints and of modalities: one bit per word of the catalogue file.

use std::ops::BitOr;

/// Which endpoints an offering serves without translation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Endpoints(u8);

/// Kinds of content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modalities(u8);

const ENDPOINTS: [(&str, Endpoints); 5] = [
    ("chat_completions", Endpoints::CHAT),
    ("responses", Endpoints::RESPONSES),
    ("messages", Endpoints::MESSAGES),
    ("embeddings", Endpoints::EMBEDDINGS),
    ("batch", Endpoints::BATCH),
];

const MODALITIES: [(&str, Modalities); 6] = [
    ("text", Modalities::TEXT),
    ("image", Modalities::IMAGE),
    ("audio", Modalities::AUDIO),
    ("video", Modalities::VIDEO),
    ("pdf", Modalities::PDF),
    ("embedding", Modalities::EMBEDDING),
];

impl Endpoints {
    /// `POST /v1/chat/completions`.
    pub const CHAT: Self = Self(1);
    /// `POST /v1/responses`.
    pub const RESPONSES: Self = Self(2);
    /// `POST /v1/messages`.
    pub const MESSAGES: Self = Self(4);
    /// `POST /v1/embeddings`.
    pub const EMBEDDINGS: Self = Self(8);
    /// The provider's batch interface, which this gateway does not offer.
    pub const BATCH: Self = Self(16);

    /// Those at which a conversation can be held and that are translated into each other.
    pub const CONVERSATIONS: Self = Self(Self::CHAT.0 | Self::MESSAGES.0);

    /// Those that a gateway answers from an offering at which a conversation can be held.
    pub const TRANSLATED: Self = Self(Self::CONVERSATIONS.0 | Self::RESPONSES.0);

    /// Those of the words; unknown words are skipped, since they name what nobody can ask for here.
    pub fn from_words<S: AsRef<str>>(words: &[S]) -> Self {
        Self(collect(words, &ENDPOINTS, |endpoint| endpoint.0))
    }

    /// The words, in a fixed order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        ENDPOINTS.iter().filter(move |(_, endpoint)| self.has_any(*endpoint)).map(|(word, _)| *word)
    }

    /// Whether the sets overlap.
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether a conversation can be held.
    pub const fn is_conversational(self) -> bool {
        self.has_any(Self::CONVERSATIONS)
    }
}

impl Modalities {
    /// Plain text.
    pub const TEXT: Self = Self(1);
    /// Pictures.
    pub const IMAGE: Self = Self(2);
    /// Sound.
    pub const AUDIO: Self = Self(4);
    /// Moving pictures.
    pub const VIDEO: Self = Self(8);
    /// Documents.
    pub const PDF: Self = Self(16);
    /// Vectors.
    pub const EMBEDDING: Self = Self(32);
    /// None.
    pub const NONE: Self = Self(0);

    /// Those of the words; unknown words are skipped.
    pub fn from_words<S: AsRef<str>>(words: &[S]) -> Self {
        Self(collect(words, &MODALITIES, |modality| modality.0))
    }

    /// The words, in a fixed order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        MODALITIES.iter().filter(move |(_, modality)| self.contains(*modality)).map(|(word, _)| *word)
    }

    /// Whether all of `others` are in this set.
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// This set without `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Endpoints {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Modalities {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

fn collect<S: AsRef<str>, T: Copy>(words: &[S], table: &[(&str, T)], bits: impl Fn(T) -> u8) -> u8 {
    let of_word = |word: &S| table.iter().find(|(known, _)| *known == word.as_ref());
    words.iter().filter_map(of_word).fold(0, |set, (_, item)| set | bits(*item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        let words = ["chat_completions", "batch", "telepathy"];
        assert_eq!(Endpoints::from_words(&words).words().collect::<Vec<_>>(), ["chat_completions", "batch"]);
        let modalities = Modalities::from_words(&["text", "pdf"]);
        assert_eq!(modalities, Modalities::TEXT | Modalities::PDF);
        assert_eq!(modalities.without(Modalities::TEXT).words().collect::<Vec<_>>(), ["pdf"]);
        assert!(!modalities.contains(Modalities::IMAGE) && Modalities::NONE.is_empty());
    }
}
