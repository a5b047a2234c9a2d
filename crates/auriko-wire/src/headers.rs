//! Every header name of the protocol, with meaning and unit (headers.md). Names are lower-case: HTTP ignores
//! case, JavaScript objects do not.

/// Identifies one request; on every response, errors too.
pub const REQUEST_ID: &str = "x-request-id";
/// The same for Anthropic's clients; on replies of `/v1/messages*`.
pub const ANTHROPIC_REQUEST_ID: &str = "request-id";
/// Whole seconds to wait before a retry; on 429 and some 503.
pub const RETRY_AFTER: &str = "retry-after";
/// Milliseconds to wait before a retry; OpenAI and AI SDK clients prefer it to [`RETRY_AFTER`].
pub const RETRY_AFTER_MS: &str = "retry-after-ms";
/// `false` tells plain OpenAI clients not to retry; sent with errors the registry calls non-retryable.
pub const SHOULD_RETRY: &str = "x-should-retry";
/// Who limited the rate: `provider` or `gateway`.
pub const RATE_LIMIT_SOURCE: &str = "x-rate-limit-source";
/// Requests per minute allowed.
pub const RATE_LIMIT_LIMIT: &str = "x-ratelimit-limit-requests";
/// Requests left in the window.
pub const RATE_LIMIT_REMAINING: &str = "x-ratelimit-remaining-requests";
/// ISO 8601 instant at which the window resets.
pub const RATE_LIMIT_RESET: &str = "x-ratelimit-reset-requests";
/// Credit balance in microdollars.
pub const CREDITS_BALANCE: &str = "x-credits-balance-microdollars";
/// What `count_tokens` counted with: a model whose tokeniser it is, or `estimate`.
pub const TOKEN_COUNT_MODEL: &str = "x-token-count-model";
/// Category of an error (G-25).
pub const ERROR_TYPE: &str = "x-error-type";
/// The provider that failed.
pub const ERROR_PROVIDER: &str = "x-error-provider";
/// `true` or `false`: whether the registry calls the error's code retryable.
pub const ERROR_RETRYABLE: &str = "x-error-retryable";
/// Comma-separated features a caller understands; `reasoning-blocks` asks for signed reasoning blocks.
pub const FEATURES: &str = "x-auriko-features";
