//! How a simulated provider behaves.

use serde::Deserialize;

/// Every field may also be set for one request in `extensions.simulated`.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Milliseconds to the first token. Default 120.
    pub latency_ms: u64,
    /// Milliseconds between tokens. Default 12.
    pub chunk_pace_ms: u64,
    /// Length of a text answer. Default 64; the request's limit cuts it.
    pub output_tokens: usize,
    /// Length of the thinking when an effort is asked for. `None`: 8 to 128, by effort.
    pub reasoning_tokens: Option<usize>,
    /// Prompt tokens reported as read from a cache. Default 0.
    pub cached_tokens: u64,
    /// Whether a tool is called when the request leaves it open. Default `false`.
    pub call_tools: bool,
    /// Share of requests that fail, 0 to 1. Default 0.
    pub failure_rate: f64,
    /// HTTP status of a failure, 400 to 599. Default 500.
    pub failure_status: u16,
    /// The connection breaks after so many tokens. `None`: it does not.
    pub cut_after_tokens: Option<usize>,
    /// The stream falls silent after so many tokens. `None`: it does not.
    pub stall_after_tokens: Option<usize>,
    /// Other seeds give other words and other failures. Default 0.
    pub seed: u64,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            latency_ms: 120,
            chunk_pace_ms: 12,
            output_tokens: 64,
            reasoning_tokens: None,
            cached_tokens: 0,
            call_tools: false,
            failure_rate: 0.0,
            failure_status: 500,
            cut_after_tokens: None,
            stall_after_tokens: None,
            seed: 0,
        }
    }
}

/// The fields to be changed in a [`Profile`]; what they mean is said there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields of `Profile`")]
pub struct ProfilePatch {
    pub latency_ms: Option<u64>,
    pub chunk_pace_ms: Option<u64>,
    pub output_tokens: Option<usize>,
    pub reasoning_tokens: Option<usize>,
    pub cached_tokens: Option<u64>,
    pub call_tools: Option<bool>,
    pub failure_rate: Option<f64>,
    pub failure_status: Option<u16>,
    pub cut_after_tokens: Option<usize>,
    pub stall_after_tokens: Option<usize>,
    pub seed: Option<u64>,
}

/// Longest simulated answer, in tokens: a script is held in memory. About 30 MB.
const MAX_TOKENS: usize = 200_000;

/// Longest simulated wait, one hour.
const MAX_WAIT_MS: u64 = 3_600_000;

impl Profile {
    /// The profile with the fields of `patch` that are set.
    ///
    /// # Errors
    /// The name of a field whose value is out of range, and the range.
    pub fn patched(&self, patch: &ProfilePatch) -> Result<Self, (&'static str, &'static str)> {
        let profile = Self {
            latency_ms: patch.latency_ms.unwrap_or(self.latency_ms),
            chunk_pace_ms: patch.chunk_pace_ms.unwrap_or(self.chunk_pace_ms),
            output_tokens: patch.output_tokens.unwrap_or(self.output_tokens),
            reasoning_tokens: patch.reasoning_tokens.or(self.reasoning_tokens),
            cached_tokens: patch.cached_tokens.unwrap_or(self.cached_tokens),
            call_tools: patch.call_tools.unwrap_or(self.call_tools),
            failure_rate: patch.failure_rate.unwrap_or(self.failure_rate),
            failure_status: patch.failure_status.unwrap_or(self.failure_status),
            cut_after_tokens: patch.cut_after_tokens.or(self.cut_after_tokens),
            stall_after_tokens: patch.stall_after_tokens.or(self.stall_after_tokens),
            seed: patch.seed.unwrap_or(self.seed),
        };
        let checks = [
            (profile.latency_ms <= MAX_WAIT_MS, "latency_ms", "at most 3600000"),
            (profile.chunk_pace_ms <= MAX_WAIT_MS, "chunk_pace_ms", "at most 3600000"),
            ((1..=MAX_TOKENS).contains(&profile.output_tokens), "output_tokens", "from 1 to 200000"),
            (profile.reasoning_tokens.unwrap_or(0) <= MAX_TOKENS, "reasoning_tokens", "at most 200000"),
            ((0.0..=1.0).contains(&profile.failure_rate), "failure_rate", "from 0 to 1"),
            ((400..600).contains(&profile.failure_status), "failure_status", "from 400 to 599"),
        ];
        match checks.into_iter().find(|(holds, _, _)| !holds) {
            Some((_, field, range)) => Err((field, range)),
            None => Ok(profile),
        }
    }
}
