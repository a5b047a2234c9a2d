//! What a request was for, as a label: a fixed set, whatever path callers make up.

/// Which part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    ChatCompletions,
    Messages,
    Responses,
    Embeddings,
    CountTokens,
    /// Lists of models.
    Models,
    /// Keys, budgets, usage.
    Management,
    /// Health and metrics.
    Operations,
    /// Nothing is there.
    Unknown,
}

impl Endpoint {
    pub(crate) const COUNT: usize = 9;

    /// That of a path without its query.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/v1/chat/completions" => Self::ChatCompletions,
            "/v1/messages" => Self::Messages,
            "/v1/responses" => Self::Responses,
            "/v1/embeddings" => Self::Embeddings,
            "/v1/messages/count_tokens" => Self::CountTokens,
            "/healthz" | "/readyz" | "/metrics" => Self::Operations,
            "/v1/models" | "/v1/directory/models" | "/v1/registry/models" | "/v1/registry/providers" => {
                Self::Models
            }
            _ if path.starts_with("/v1/models/") => Self::Models,
            _ if crate::management::is_at(path) => Self::Management,
            _ => Self::Unknown,
        }
    }

    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Messages => "messages",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
            Self::CountTokens => "count_tokens",
            Self::Models => "models",
            Self::Management => "management",
            Self::Operations => "operations",
            Self::Unknown => "unknown",
        }
    }

    /// The path of what asks models; these have traces.
    pub(crate) fn traced_path(self) -> Option<&'static str> {
        match self {
            Self::ChatCompletions => Some("/v1/chat/completions"),
            Self::Messages => Some("/v1/messages"),
            Self::Responses => Some("/v1/responses"),
            Self::Embeddings => Some("/v1/embeddings"),
            Self::CountTokens => Some("/v1/messages/count_tokens"),
            Self::Models | Self::Management | Self::Operations | Self::Unknown => None,
        }
    }
}
