//! The catalogue as it is written: the JSON shipped with the package, an overlay of it, or a user's own entries.
//!
//! Prices are US dollars per million tokens. What is not known is absent, never guessed: without prices a reply
//! carries no cost, without a context window no prompt is refused for its length.

use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogFile {
    /// Sixteen hex digits over the content of `providers` and `models`; the `catalog_version` of `GET /v1/models`.
    pub version: String,
    /// RFC 3339, UTC.
    pub generated_at: String,
    /// Where the facts are from.
    pub sources: Vec<Source>,
    /// Sorted by id.
    pub providers: Vec<ProviderEntry>,
    /// Sorted by id.
    pub models: Vec<ModelEntry>,
}

/// Where facts are from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the package, and the registry that carries it.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// SPDX expression.
    pub licence: String,
    /// Its home page.
    pub url: String,
}

/// What is told of a provider; how it is reached is in `auriko-providers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderEntry {
    /// As in `gateway.routing.providers`.
    pub id: String,
    /// For people.
    pub display_name: String,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it promises about the prompts it sees, without a special contract.
    #[serde(default, skip_serializing_if = "is_default")]
    pub data_policy: DataPolicy,
}

/// How little a provider keeps; ordered from weakest to strongest (routing.md §6.1).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataPolicy {
    /// No promise.
    #[default]
    None,
    /// Does not train on what it sees.
    NoTraining,
    /// Keeps nothing: zero data retention.
    Zdr,
}

/// A canonical model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// The id callers use.
    pub id: String,
    /// Such as `gpt-4o`.
    pub family: String,
    /// For people.
    pub display_name: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Other ids that mean the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// When it was released, Unix seconds. 0: not known.
    #[serde(default, skip_serializing_if = "is_default")]
    pub created: u64,
    /// At least one, sorted by provider.
    pub offerings: Vec<OfferingEntry>,
}

/// A model at a provider.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferingEntry {
    /// Provider id.
    pub provider: String,
    /// The id the provider knows it by.
    pub upstream_id: String,
    /// Tokens of prompt and reply together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// Tokens of the longest reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// `text`, `image`, `audio`, `video`, `pdf`.
    #[serde(default = "text_only", skip_serializing_if = "is_text_only")]
    pub input_modalities: Vec<String>,
    /// As `input_modalities`; an embedding model has `embedding`.
    #[serde(default = "text_only", skip_serializing_if = "is_text_only")]
    pub output_modalities: Vec<String>,
    /// What it can do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub capabilities: Capabilities,
    /// Optional request parameters that it takes. Absent: not known, and then all that its provider takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_parameters: Option<Vec<String>>,
    /// Which of our endpoints may be served from it without translation: `chat_completions`, `responses`, `messages`,
    /// `embeddings`, `batch`.
    #[serde(default = "chat_only", skip_serializing_if = "is_chat_only")]
    pub endpoints: Vec<String>,
    /// Where it differs from its provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_policy: Option<DataPolicy>,
    /// What its prompt cache does. Absent: it has none, or nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_cache: Option<PromptCache>,
    /// Price tiers; the one named `standard` is the default. Empty: prices are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// When the provider will switch it off, RFC 3339 date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown_at: Option<String>,
}

/// What an offering can do.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "OfferingCapabilities"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Capabilities {
    /// Takes `tools`.
    pub tools: bool,
    /// Obeys `tool_choice: required` and a named function.
    pub tool_choice: bool,
    /// `response_format: json_object`.
    pub json_mode: bool,
    /// `response_format: json_schema`.
    pub structured_output: bool,
    /// Both `tools` and `json_schema` in one request.
    pub tools_with_structured_output: bool,
    /// Thinks, and can be told how hard.
    pub reasoning: bool,
    /// A model that thinks can be told not to.
    pub reasoning_off: bool,
    /// Can stream.
    pub streaming: bool,
    /// Can answer in one piece.
    pub non_streaming: bool,
}

impl Default for Capabilities {
    /// Of a model that nothing is known of: everything but thinking is let through, so that the provider decides.
    fn default() -> Self {
        Self {
            tools: true,
            tool_choice: true,
            json_mode: true,
            structured_output: true,
            tools_with_structured_output: true,
            reasoning: false,
            reasoning_off: true,
            streaming: true,
            non_streaming: true,
        }
    }
}

/// The rules of an offering's prompt cache.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptCache {
    /// Prefixes shorter than this are not cached, tokens.
    pub min_tokens: u64,
    /// Prefixes are cached in multiples of this, tokens.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub block_tokens: u64,
    /// How long an unused prefix is kept, seconds.
    pub ttl_seconds: u64,
    /// Whether it must be asked for with directives (caching.md §2).
    #[serde(default, skip_serializing_if = "is_default")]
    pub explicit: bool,
}

/// One price tier (routing.md §6.3).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// `standard`, `flex`, `priority` or the provider's own word.
    pub name: String,
    /// Prices up to the first step.
    #[serde(flatten)]
    pub prices: Prices,
    /// Other prices for long prompts, ascending; the last step below the prompt's length counts for the whole request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PriceStep>,
}

/// Prices for prompts above a length.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceStep {
    /// The prices hold for prompts of more than this many tokens.
    pub above_prompt_tokens: u64,
    /// The prices.
    #[serde(flatten)]
    pub prices: Prices,
}

/// US dollars per million tokens.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Prompt tokens that no cache served.
    pub input_price: f64,
    /// Reply tokens, thinking included.
    pub output_price: f64,
    /// Prompt tokens read from the cache. Absent: as `input_price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read_price: Option<f64>,
    /// Prompt tokens written to the cache. Absent: as `input_price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_price: Option<f64>,
}

fn text_only() -> Vec<String> {
    vec!["text".to_owned()]
}

fn is_text_only(modalities: &[String]) -> bool {
    modalities == ["text"]
}

fn chat_only() -> Vec<String> {
    vec!["chat_completions".to_owned()]
}

fn is_chat_only(endpoints: &[String]) -> bool {
    endpoints == ["chat_completions"]
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(number: &u64) -> bool {
    *number == 1
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
