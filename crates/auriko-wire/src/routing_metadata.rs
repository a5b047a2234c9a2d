//! `routing_metadata`: where a call ran and what it cost (routing.md §8).

use serde::{Deserialize, Serialize};

/// On every completion; in a stream on the last data event before `[DONE]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RoutingMetadata {
    /// Provider id that served the request.
    pub provider: String,
    /// The provider's own model id.
    pub provider_model_id: String,
    /// The catalogue id that was routed.
    pub model_canonical: String,
    /// One of the seven strategies or `custom`; readers must accept others.
    pub routing_strategy: String,
    /// `None`: the offering has no known price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostInfo>,
    /// Milliseconds from the request's arrival to its first content token; streams only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Output tokens per second, measured from the first token to the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput_tps: Option<f64>,
    /// Parameters that were dropped and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// What was billed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CostInfo {
    /// Billable cost in US dollars.
    pub usd: f64,
    /// Whole percent of the cost without caching.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_savings_percent: Option<u32>,
    /// Dollars saved by caching.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_savings_usd: Option<f64>,
    /// Dollars for tools the provider hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_tool_usd: Option<f64>,
    /// `Some(true)`: the provider bills it to the workspace's own account, by its own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byok: Option<bool>,
}

/// Something about the request that was not done as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// One of the seven types; a closed set, since the official Python client rejects others.
    #[serde(rename = "type")]
    pub kind: WarningType,
    /// Machine word of the concrete case (G-12).
    pub code: String,
    /// Names the field.
    pub message: String,
}

/// The closed set of warning types (routing.md §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the wire words")]
pub enum WarningType {
    UnsupportedParameter,
    UnsupportedFeature,
    UnsupportedField,
    IgnoredExtension,
    UnknownProvider,
    BlockedField,
    ProviderTimeout,
}
