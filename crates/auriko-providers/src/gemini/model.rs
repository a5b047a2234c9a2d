//! What is known of a model by its name.
//!
//! The catalogue may not know a model that a caller reaches with `<provider>/<model>`; the rules of thinking
//! and signatures depend on its generation nevertheless.

use auriko_wire::request::Effort;

/// A model's name, read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    /// Without `models/` in front.
    name: &'a str,
    /// Generation and minor version; `gemini-flash-latest` and the like are newer than any. `None`: not a
    /// Gemini model.
    version: Option<(u32, u32)>,
}

/// How a model's thinking is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It does not think.
    Absent,
    /// Not known, or not to be set.
    Fixed,
    /// `thinkingBudget`, in tokens.
    Budget {
        /// Smallest budget with which it thinks.
        least: u64,
        /// Largest budget.
        most: u64,
        /// Whether a budget of 0 turns thinking off.
        can_stop: bool,
    },
    /// `thinkingLevel`, in ascending order. None of them turns thinking off for certain.
    Level(&'static [Effort]),
}

/// Newer than any numbered generation.
const LATEST: (u32, u32) = (u32::MAX, 0);

impl<'a> Model<'a> {
    pub(super) fn new(upstream_model: &'a str) -> Self {
        let name = upstream_model.strip_prefix("models/").unwrap_or(upstream_model);
        Self { name, version: name.strip_prefix("gemini-").map(version) }
    }

    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Whether it is a Gemini model of this version or a later one.
    pub(super) fn is_at_least(&self, major: u32, minor: u32) -> bool {
        self.version.is_some_and(|version| version >= (major, minor))
    }

    /// Whether it is a Gemini model of just this version.
    pub(super) fn is_of(&self, major: u32, minor: u32) -> bool {
        self.version == Some((major, minor))
    }

    /// Budgets and levels as <https://ai.google.dev/gemini-api/docs/thinking> is known to list them; checked
    /// against other clients' tables, not against the page or a live model (2026-11-23).
    pub(super) fn thinking(&self) -> Thinking {
        let Some(version) = self.version else { return Thinking::Fixed };
        let is = |word: &str| self.name.contains(word);
        if ["-image", "-tts", "-audio", "-live", "-embedding"].into_iter().any(is) {
            return Thinking::Fixed;
        }
        match version {
            (0..=1, _) | (2, 0..5) => Thinking::Absent,
            (2, _) if is("-pro") => Thinking::Budget { least: 128, most: 32_768, can_stop: false },
            (2, _) if is("-flash-lite") => Thinking::Budget { least: 512, most: 24_576, can_stop: true },
            (2, _) => Thinking::Budget { least: 1, most: 24_576, can_stop: true },
            (3, 0) if is("-pro") => Thinking::Level(&[Effort::Low, Effort::High]),
            _ if is("-pro") => Thinking::Level(&[Effort::Low, Effort::Medium, Effort::High]),
            // `minimal` came late to the larger ones: 3.7 Flash began without it.
            _ if is("-flash-lite") || version <= (3, 5) => {
                Thinking::Level(&[Effort::Minimal, Effort::Low, Effort::Medium, Effort::High])
            }
            _ => Thinking::Level(&[Effort::Low, Effort::Medium, Effort::High]),
        }
    }
}

/// `2.5` of `2.5-flash`, `3.0` of `3-pro-preview`.
fn version(rest: &str) -> (u32, u32) {
    let number = rest.split('-').next().unwrap_or_default();
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) => (major, minor),
        _ => LATEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_is_read_from_the_name() {
        let check = |name: &str, major, minor, expected| {
            assert_eq!(Model::new(name).is_at_least(major, minor), expected, "{name}");
        };
        check("gemini-2.5-flash", 2, 5, true);
        check("models/gemini-2.5-flash", 3, 0, false);
        check("gemini-3-pro-preview", 3, 0, true);
        check("gemini-3.1-pro", 3, 1, true);
        check("gemini-flash-latest", 9, 9, true);
        check("gemma-3-27b-it", 1, 0, false);
        check("", 0, 0, false);
    }

    #[test]
    fn thinking_is_set_as_the_generation_wants_it() {
        let levels = |name: &str| match Model::new(name).thinking() {
            Thinking::Level(levels) => levels.len(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(levels("gemini-3-pro-preview"), 2);
        assert_eq!(levels("gemini-3.1-pro-preview"), 3);
        assert_eq!(levels("gemini-3.5-flash-lite"), 4);
        assert_eq!(levels("gemini-pro-latest"), 3);
        assert_eq!(Model::new("gemini-2.0-flash").thinking(), Thinking::Absent);
        assert_eq!(Model::new("gemma-3-27b-it").thinking(), Thinking::Fixed);
        assert_eq!(Model::new("gemini-2.5-flash-image").thinking(), Thinking::Fixed);
        let expected = Thinking::Budget { least: 128, most: 32_768, can_stop: false };
        assert_eq!(Model::new("gemini-2.5-pro").thinking(), expected);
    }
}
