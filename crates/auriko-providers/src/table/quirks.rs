//! What a provider that copies `OpenAI`'s API does differently.

use auriko_wire::request::Effort;

use crate::prompt_cache::CacheHint;

/// Departures from the API that everybody copies.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent habits")]
pub struct Quirks {
    /// Name of the output limit.
    pub max_tokens_field: &'static str,
    /// Name of the seed.
    pub seed_field: &'static str,
    /// Wants `stream_options.include_usage` to report usage in streams; others report it unasked.
    pub asks_for_usage: bool,
    /// Knows the role `developer`; for others it becomes `system`.
    pub knows_developer_role: bool,
    /// Takes `cache_control` on message parts.
    pub takes_cache_control: bool,
    /// Knows `tool_choice`. Where it does not, `auto` is left out, and so are the tools under `none`.
    pub knows_tool_choice: bool,
    /// In which form earlier thinking goes back.
    pub replay: Replay,
    /// How thinking is asked for.
    pub reasoning: Reasoning,
    /// Highest temperature that it takes; a higher one is lowered with a warning.
    pub max_temperature: f64,
    /// Fetches images that are given by their URL.
    pub takes_links: bool,
    /// What its prompt cache wants to be told.
    pub cache_hint: CacheHint,
    /// Parameters it refuses; they are dropped with a warning.
    pub refuses: &'static [&'static str],
    /// Switches of its own that are always on.
    pub always: &'static [&'static str],
}

/// In which form earlier thinking goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Not at all.
    Never,
    /// As text, in the field of that name.
    Text(&'static str),
    /// `reasoning_details`: a list with one text.
    Details,
}

/// How thinking is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Reasoning {
    /// `reasoning_effort`, at the nearest of these levels. `off` is sent as `none`.
    Effort(&'static [Effort]),
    /// As `Effort`, but `off` is `thinking: {type: "disabled"}`.
    EffortAndToggle(&'static [Effort]),
    /// Only `thinking: {type: …}`, with this word or `disabled`.
    Toggle(&'static str),
    /// `enable_thinking`, and `thinking_budget` with the numbers of G-09, up to this many tokens.
    Budget(u64),
    /// Not at all: the effort is dropped with a warning.
    Unavailable,
}

/// Every level.
pub(super) const ALL_EFFORTS: &[Effort] =
    &[Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh, Effort::Max];
/// What most providers know.
pub(super) const USUAL_EFFORTS: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];

/// Samplers of vLLM-like servers.
pub(super) const SAMPLERS: [&str; 4] = ["top_k", "min_p", "top_a", "repetition_penalty"];
/// `OpenAI`'s own additions and [`SAMPLERS`].
pub(super) const ADDITIONS: &[&str] = &[
    SAMPLERS[0],
    SAMPLERS[1],
    SAMPLERS[2],
    SAMPLERS[3],
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
];
/// As [`ADDITIONS`], and everything about log probabilities.
pub(super) const NO_LOGPROBS: &[&str] = &[
    SAMPLERS[0],
    SAMPLERS[1],
    SAMPLERS[2],
    SAMPLERS[3],
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "logprobs",
    "top_logprobs",
    "logit_bias",
];

/// A server that claims compatibility and that nothing more is known of: everything is handed on.
pub const GENERIC: Quirks = Quirks {
    max_tokens_field: "max_tokens",
    seed_field: "seed",
    asks_for_usage: true,
    knows_developer_role: false,
    takes_cache_control: false,
    knows_tool_choice: true,
    replay: Replay::Text("reasoning_content"),
    reasoning: Reasoning::Effort(ALL_EFFORTS),
    max_temperature: 2.0,
    takes_links: true,
    cache_hint: CacheHint::Nothing,
    refuses: &[],
    always: &[],
};

/// A service that refuses, or silently ignores, what its reference does not list.
pub(super) const STRICT: Quirks = Quirks {
    replay: Replay::Never,
    reasoning: Reasoning::Effort(USUAL_EFFORTS),
    refuses: ADDITIONS,
    ..GENERIC
};
