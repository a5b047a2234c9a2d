//! What each Claude model takes. The API is one, its models are not: a field that one wants is a 400 on another.
//!
//! Facts as of 2026-11-23, from <https://platform.claude.com/docs/en/models/overview>, the pages on thinking,
//! effort and fast mode beside it, and the model list of the npm package `@ai-sdk/anthropic` 3.0.139. The
//! smallest cacheable prompts are those of caching.md §3.

use auriko_wire::request::Effort;

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// `None`: not known.
    pub(super) max_output_tokens: Option<u64>,
    pub(super) thinking: Thinking,
    pub(super) off: Off,
    pub(super) sampling: Sampling,
    /// Whether a tool call may be forced.
    pub(super) forces_tools: bool,
    /// Whether `output_config.format` takes a JSON schema, and tools may be `strict`.
    pub(super) takes_schema: bool,
    /// Whether thinking comes back empty unless its text is asked for.
    pub(super) hides_thinking: bool,
    /// Prompts that are smaller are not cached, in tokens.
    pub(super) cache_threshold: u64,
}

/// How thinking is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Thinking {
    /// Not at all.
    Unavailable,
    /// With a number of tokens.
    Budget,
    /// With a number of tokens, and one of these levels beside it.
    BudgetAndEffort(&'static [Effort]),
    /// With one of these levels alone.
    Adaptive(&'static [Effort]),
}

/// How thinking is kept away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// By asking for nothing.
    Default,
    /// By switching it off.
    Switch,
    /// Only before the first word: `between_tools`.
    BetweenTools,
    /// It always thinks.
    Impossible,
}

/// Which of `temperature`, `top_p` and `top_k` may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sampling {
    /// All.
    Free,
    /// Either `temperature` or `top_p`.
    TemperatureOrTopP,
    /// None.
    Fixed,
}

const ALL_LEVELS: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh, Effort::Max];
const LEVELS_OF_4_6: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High, Effort::Max];
const LEVELS_OF_OPUS_4_5: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];

/// The latest generation, and any Claude that is not listed.
const CURRENT: Rules = Rules {
    max_output_tokens: Some(128_000),
    thinking: Thinking::Adaptive(ALL_LEVELS),
    off: Off::Switch,
    sampling: Sampling::Fixed,
    forces_tools: true,
    takes_schema: true,
    hides_thinking: true,
    cache_threshold: 4096,
};
const ALWAYS_THINKING: Rules = Rules { off: Off::Impossible, ..CURRENT };
const NEVER_FORCED: Rules = Rules { forces_tools: false, ..ALWAYS_THINKING };
const OF_4_7: Rules = Rules { off: Off::Default, ..CURRENT };
const OF_4_6: Rules = Rules {
    thinking: Thinking::Adaptive(LEVELS_OF_4_6),
    sampling: Sampling::TemperatureOrTopP,
    hides_thinking: false,
    ..OF_4_7
};
const OF_4_5: Rules = Rules { max_output_tokens: Some(64_000), thinking: Thinking::Budget, ..OF_4_6 };
const OF_4: Rules = Rules { takes_schema: false, sampling: Sampling::Free, cache_threshold: 1024, ..OF_4_5 };
const OF_3: Rules = Rules { max_output_tokens: Some(4096), thinking: Thinking::Unavailable, ..OF_4 };

/// Somebody else's model behind the same API: the form of it that everybody copied first.
const FOREIGN: Rules = Rules {
    max_output_tokens: None,
    thinking: Thinking::Budget,
    off: Off::Switch,
    sampling: Sampling::Free,
    forces_tools: true,
    takes_schema: false,
    hides_thinking: false,
    cache_threshold: 4096,
};

/// The first part of an id that fits decides, so longer ones stand first.
const MODELS: [(&str, Rules); 25] = [
    ("claude-sonnet-5-5", Rules { off: Off::BetweenTools, forces_tools: false, ..CURRENT }),
    ("claude-opus-5-5", NEVER_FORCED),
    ("claude-fable-5-1", NEVER_FORCED),
    ("claude-fable-5-2", NEVER_FORCED),
    ("claude-mythos-5-1", NEVER_FORCED),
    ("claude-mythos-5-2", NEVER_FORCED),
    ("claude-fable-5", ALWAYS_THINKING),
    ("claude-mythos-5", ALWAYS_THINKING),
    ("claude-opus-4-8", OF_4_7),
    ("claude-opus-4-7", OF_4_7),
    ("claude-opus-4-6", OF_4_6),
    ("claude-sonnet-4-6", Rules { cache_threshold: 2048, ..OF_4_6 }),
    ("claude-opus-4-5", Rules { thinking: Thinking::BudgetAndEffort(LEVELS_OF_OPUS_4_5), ..OF_4_5 }),
    ("claude-sonnet-4-5", Rules { cache_threshold: 1024, ..OF_4_5 }),
    ("claude-haiku-4-5", OF_4_5),
    ("claude-opus-4-1", Rules { max_output_tokens: Some(32_000), cache_threshold: 1024, ..OF_4_5 }),
    ("claude-opus-4", Rules { max_output_tokens: Some(32_000), ..OF_4 }),
    ("claude-sonnet-4", OF_4),
    ("claude-3-7-sonnet", OF_4),
    ("claude-3-5-haiku", Rules { max_output_tokens: Some(8192), cache_threshold: 2048, ..OF_3 }),
    ("claude-3-5-sonnet", Rules { max_output_tokens: Some(8192), ..OF_3 }),
    ("claude-3-haiku", Rules { cache_threshold: 2048, ..OF_3 }),
    ("claude-3", OF_3),
    ("claude-2", OF_3),
    ("claude-", CURRENT),
];

/// The rules of a model id, which may have a prefix or a date.
pub(super) fn rules(model: &str) -> &'static Rules {
    static KNOWN: [(&str, Rules); 25] = MODELS;
    static OTHERS: Rules = FOREIGN;
    KNOWN.iter().find(|(part, _)| model.contains(part)).map_or(&OTHERS, |(_, rules)| rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_hides_behind_a_shorter_one() {
        for (position, (part, _)) in MODELS.iter().enumerate() {
            let earlier = MODELS[..position].iter().find(|(earlier, _)| part.contains(earlier));
            assert_eq!(earlier.map(|(earlier, _)| earlier), None, "{part}");
        }
    }

    #[test]
    fn ids_are_found_with_dates_and_prefixes() {
        let limit = |model: &str| rules(model).max_output_tokens;
        assert_eq!(limit("claude-3-haiku-20240307"), Some(4096));
        assert_eq!(limit("claude-opus-4-1-20250805"), Some(32_000));
        assert_eq!(limit("claude-opus-4-20250514"), Some(32_000));
        assert_eq!(limit("anthropic/claude-haiku-4-5"), Some(64_000));
        assert_eq!(limit("claude-opus-9"), Some(128_000));
        assert_eq!(limit("kimi-k2.6"), None);
        assert_eq!(rules("claude-opus-5-5").off, Off::Impossible);
        assert_eq!(rules("claude-opus-5").off, Off::Switch);
        assert!(!rules("claude-sonnet-4-20250514").takes_schema && rules("claude-sonnet-4-5").takes_schema);
    }
}
