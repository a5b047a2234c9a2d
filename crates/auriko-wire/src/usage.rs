//! Token counts as the wire reports them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The `usage` object of a completion. Fields that a provider adds are kept in `extra`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// All input tokens, those read from and written to a cache included (G-22).
    #[serde(default)]
    pub prompt_tokens: u64,
    /// All output tokens as the provider counts them; some leave reasoning tokens out.
    #[serde(default)]
    pub completion_tokens: u64,
    /// Sum as reported by the provider.
    #[serde(default)]
    pub total_tokens: u64,
    /// `None`: the provider reports no details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_details: Option<PromptTokensDetails>,
    /// `None`: the provider reports no details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens_details: Option<CompletionTokensDetails>,
    /// Everything else the provider sent.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the input consisted of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PromptTokensDetails {
    /// Read from a prompt cache. `None`: not reported. `Some(0)`: reported as zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Written to a prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// Further kinds, such as image tokens.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the output consisted of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CompletionTokensDetails {
    /// Spent on thinking. `None`: not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Further kinds.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Usage {
    /// Tokens read from a prompt cache; zero when not reported.
    pub fn cached_tokens(&self) -> u64 {
        self.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens).unwrap_or(0)
    }

    /// Tokens written to a prompt cache; zero when not reported.
    pub fn cache_write_tokens(&self) -> u64 {
        self.prompt_tokens_details.as_ref().and_then(|details| details.cache_write_tokens).unwrap_or(0)
    }
}
