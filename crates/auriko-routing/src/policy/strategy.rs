//! What to optimise for: presets, the caller's own weights, and the older words for them.

/// What to optimise for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strategy {
    name: &'static str,
    weights: [f64; 3],
}

/// The presets of G-01: weights for cost, time to first token and throughput.
const PRESETS: [Strategy; 7] = [
    Strategy { name: "cost", weights: [0.6, 0.2, 0.2] },
    Strategy { name: "cost-focus", weights: [0.96, 0.02, 0.02] },
    Strategy { name: "ttft", weights: [0.2, 0.6, 0.2] },
    Strategy { name: "ttft-focus", weights: [0.02, 0.96, 0.02] },
    Strategy { name: "tps", weights: [0.2, 0.2, 0.6] },
    Strategy { name: "tps-focus", weights: [0.02, 0.02, 0.96] },
    Strategy { name: "balanced", weights: [1.0 / 3.0; 3] },
];

/// Older words (G-03).
const LEGACY: [(&str, &str); 6] = [
    ("floor", "cost-focus"),
    ("cheapest", "cost-focus"),
    ("nitro", "ttft"),
    ("speed", "ttft"),
    ("fast", "ttft"),
    ("throughput", "tps"),
];

impl Default for Strategy {
    /// `cost-focus`, as the guides say.
    fn default() -> Self {
        PRESETS[1]
    }
}

impl Strategy {
    /// The caller's own weights for cost, time to first token and throughput, divided by their sum. `None`: one is
    /// negative or no number, or none is above 0.
    pub fn custom(weights: [f64; 3]) -> Option<Self> {
        let sum: f64 = weights.iter().sum();
        let is_fine = weights.iter().all(|weight| *weight >= 0.0) && sum.is_finite() && sum > 0.0;
        is_fine.then(|| Self { name: "custom", weights: weights.map(|weight| weight / sum) })
    }

    /// By the word of `optimize`, older words included.
    pub fn parse(word: &str) -> Option<Self> {
        let word = LEGACY.iter().find(|(old, _)| *old == word).map_or(word, |(_, new)| new);
        PRESETS.into_iter().find(|preset| preset.name == word)
    }

    /// `model:suffix` in its parts. Only an id with exactly one colon has a suffix, and only a known word is one
    /// (routing.md §2).
    pub fn split_suffix(id: &str) -> (&str, Option<Self>) {
        let Some((model, suffix)) = id.split_once(':') else { return (id, None) };
        match Self::parse(suffix) {
            Some(strategy) if !model.is_empty() => (model, Some(strategy)),
            _ => (id, None),
        }
    }

    /// The word reported in `routing_strategy`: one of the seven, or `custom`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// For cost, time to first token and throughput; they sum to 1.
    pub const fn weights(&self) -> [f64; 3] {
        self.weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_known_words_after_the_only_colon() {
        let check = |id: &str, model: &str, strategy: Option<&str>| {
            let (found, suffix) = Strategy::split_suffix(id);
            assert_eq!((found, suffix.map(|suffix| suffix.name())), (model, strategy), "{id}");
        };
        check("gpt-4o", "gpt-4o", None);
        check("gpt-4o:cost-focus", "gpt-4o", Some("cost-focus"));
        check("gpt-4o:cost", "gpt-4o", Some("cost"));
        check("gpt-4o:tps-focus", "gpt-4o", Some("tps-focus"));
        check("gpt-4o:balanced", "gpt-4o", Some("balanced"));
        check("gpt-4o:floor", "gpt-4o", Some("cost-focus"));
        check("gpt-4o:nitro", "gpt-4o", Some("ttft"));
        check("gpt-4o:fast", "gpt-4o", Some("ttft"));
        check("llama3:8b", "llama3:8b", None);
        check("ft:gpt-4o:org:cost", "ft:gpt-4o:org:cost", None);
        check(":cost", ":cost", None);
    }

    #[test]
    fn weights_sum_to_one() {
        for preset in PRESETS {
            assert!((preset.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{}", preset.name);
        }
        assert_eq!(Strategy::custom([1.0, 3.0, 0.0]).map(|custom| custom.weights), Some([0.25, 0.75, 0.0]));
        for wrong in [[0.0; 3], [-1.0, 2.0, 0.0], [f64::NAN, 1.0, 1.0], [f64::MAX, f64::MAX, 0.0]] {
            assert_eq!(Strategy::custom(wrong), None, "{wrong:?}");
        }
    }
}
