//! The optional parameters that `require_parameters` speaks of (api.md §3.9), as a set.

use std::ops::BitOr;

/// A set of parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parameters(u16);

/// In the order of api.md §3.9; the position is the bit.
const NAMES: [&str; 15] = [
    "temperature",
    "top_p",
    "seed",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "n",
    "presence_penalty",
    "frequency_penalty",
    "user",
    "parallel_tool_calls",
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "safety_identifier",
];

impl Parameters {
    /// No parameter.
    pub const NONE: Self = Self(0);
    /// Every parameter.
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    /// The set of one name; empty when the name is none of the fifteen.
    pub fn named(name: &str) -> Self {
        NAMES.iter().position(|known| *known == name).map_or(Self::NONE, |bit| Self(1 << bit))
    }

    /// The set of several names; others are skipped.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Self {
        names.iter().fold(Self::NONE, |set, name| set | Self::named(name.as_ref()))
    }

    /// The names, in the order of the documentation.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name)
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

impl BitOr for Parameters {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        let set = Parameters::from_names(&["seed", "stop", "temperature"]);
        assert_eq!(set.names().collect::<Vec<_>>(), ["temperature", "seed"]);
        assert_eq!(Parameters::from_names(&NAMES), Parameters::ALL);
        assert!(set.without(Parameters::ALL).is_empty());
    }
}
