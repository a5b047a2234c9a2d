//! The providers that are known by name: where they are, which variable holds their key, what they are
//! particular about. A provider that is not here works too, with [`GENERIC`] habits.
//!
//! Base URLs and key variables are those of each provider's API reference; model ids and prices are those of
//! its model list as collected at <https://github.com/anomalyco/models.dev> on 2026-11-22. The links are where a
//! habit is documented; no row was tried against the provider itself. A price that changes with the hour of the
//! day is left out, and then replies carry no cost.

use auriko_wire::request::Effort;

use crate::adapter::Adapter;

mod local;
mod quirks;

pub use local::{LOCAL_SERVERS, LocalServer};
use quirks::{ALL_EFFORTS, NO_LOGPROBS, SAMPLERS, STRICT};
pub use quirks::{GENERIC, Quirks, Reasoning, Replay};

/// One provider.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Provider id, as in `gateway.routing.providers`.
    pub id: &'static str,
    /// The adapter's path, such as `…/chat/completions`, is appended.
    pub base_url: &'static str,
    /// Environment variable of the key.
    pub key_env: &'static str,
    /// Served without any configuration: something cheap, to try the gateway with.
    pub default_model: DefaultModel,
    /// The API that it speaks.
    pub adapter: Adapter,
}

/// A model of the quickstart.
#[derive(Debug, Clone, Copy)]
pub struct DefaultModel {
    /// The id callers use.
    pub id: &'static str,
    /// The id sent to the provider.
    pub upstream_id: &'static str,
    /// US dollars per million input, output and cache-read tokens. `None`: not known or not constant.
    pub prices: Option<(f64, f64, f64)>,
}

/// In the order in which the quickstart prefers them.
pub const PROVIDERS: [Row; 16] = [
    // https://platform.openai.com/docs/api-reference/chat
    Row {
        id: "openai",
        base_url: "https://api.openai.com/v1",
        key_env: "OPENAI_API_KEY",
        default_model: DefaultModel {
            id: "gpt-5-nano",
            upstream_id: "gpt-5-nano",
            prices: Some((0.05, 0.40, 0.005)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            // Reasoning models refuse `max_tokens`.
            max_tokens_field: "max_completion_tokens",
            knows_developer_role: true,
            reasoning: Reasoning::Effort(&[
                Effort::Minimal,
                Effort::Low,
                Effort::Medium,
                Effort::High,
                Effort::Xhigh,
            ]),
            refuses: &SAMPLERS,
            ..STRICT
        }),
    },
    // https://platform.claude.com/docs/en/api/messages
    Row {
        id: "anthropic",
        base_url: "https://api.anthropic.com/v1",
        key_env: "ANTHROPIC_API_KEY",
        default_model: DefaultModel {
            id: "claude-haiku-4-5",
            upstream_id: "claude-haiku-4-5",
            prices: Some((1.0, 5.0, 0.10)),
        },
        adapter: Adapter::Anthropic,
    },
    // https://ai.google.dev/api/generate-content
    Row {
        id: "google_ai_studio",
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        key_env: "GEMINI_API_KEY",
        default_model: DefaultModel {
            id: "gemini-3.1-flash-lite",
            upstream_id: "gemini-3.1-flash-lite",
            prices: Some((0.25, 1.50, 0.025)),
        },
        adapter: Adapter::Gemini,
    },
    // https://api-docs.deepseek.com: `thinking` beside `reasoning_effort`; prices differ by the hour.
    Row {
        id: "deepseek",
        base_url: "https://api.deepseek.com/v1",
        key_env: "DEEPSEEK_API_KEY",
        default_model: DefaultModel {
            id: "deepseek-v4-flash",
            upstream_id: "deepseek-v4-flash",
            prices: None,
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            replay: Replay::Text("reasoning_content"),
            reasoning: Reasoning::EffortAndToggle(&[Effort::Low, Effort::High, Effort::Max]),
            ..STRICT
        }),
    },
    // https://docs.x.ai/docs/api-reference
    Row {
        id: "xai",
        base_url: "https://api.x.ai/v1",
        key_env: "XAI_API_KEY",
        default_model: DefaultModel {
            id: "grok-4.3",
            upstream_id: "grok-4.3",
            prices: Some((1.25, 2.50, 0.20)),
        },
        adapter: Adapter::OpenAiCompatible(&STRICT),
    },
    // https://console.groq.com/docs/openai: no log probabilities, no logit bias.
    Row {
        id: "groq",
        base_url: "https://api.groq.com/openai/v1",
        key_env: "GROQ_API_KEY",
        default_model: DefaultModel {
            id: "gpt-oss-20b",
            upstream_id: "openai/gpt-oss-20b",
            prices: Some((0.075, 0.30, 0.0375)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks { refuses: NO_LOGPROBS, ..STRICT }),
    },
    // https://docs.mistral.ai/api: refuses `stream_options` with 422 (openai/openai-agents-python#442) and
    // reports usage unasked; the seed is `random_seed`.
    Row {
        id: "mistral",
        base_url: "https://api.mistral.ai/v1",
        key_env: "MISTRAL_API_KEY",
        default_model: DefaultModel {
            id: "mistral-small-latest",
            upstream_id: "mistral-small-latest",
            prices: Some((0.10, 0.30, 0.10)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            asks_for_usage: false,
            seed_field: "random_seed",
            reasoning: Reasoning::Unavailable,
            refuses: &[
                "top_k",
                "min_p",
                "top_a",
                "repetition_penalty",
                "web_search_options",
                "verbosity",
                "prompt_cache_key",
                "prompt_cache_retention",
                "safety_identifier",
                "logprobs",
                "top_logprobs",
                "logit_bias",
                "user",
            ],
            ..STRICT
        }),
    },
    // https://docs.together.ai/reference/chat-completions
    Row {
        id: "together_ai",
        base_url: "https://api.together.xyz/v1",
        key_env: "TOGETHER_API_KEY",
        default_model: DefaultModel {
            id: "llama-3.3-70b",
            upstream_id: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            prices: None,
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            refuses: &[
                "web_search_options",
                "verbosity",
                "prompt_cache_key",
                "prompt_cache_retention",
                "safety_identifier",
            ],
            ..STRICT
        }),
    },
    // https://docs.fireworks.ai/api-reference/post-chatcompletions
    Row {
        id: "fireworks_ai",
        base_url: "https://api.fireworks.ai/inference/v1",
        key_env: "FIREWORKS_API_KEY",
        default_model: DefaultModel {
            id: "gpt-oss-20b",
            upstream_id: "accounts/fireworks/models/gpt-oss-20b",
            prices: Some((0.05, 0.20, 0.05)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            refuses: &["web_search_options", "verbosity", "prompt_cache_retention", "safety_identifier"],
            ..STRICT
        }),
    },
    // https://platform.moonshot.ai/docs/api/chat: thinking is a switch; thoughts must be sent back with tool calls.
    Row {
        id: "moonshot",
        base_url: "https://api.moonshot.ai/v1",
        key_env: "MOONSHOT_API_KEY",
        default_model: DefaultModel {
            id: "kimi-k2.6",
            upstream_id: "kimi-k2.6",
            prices: Some((0.95, 4.0, 0.16)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            replay: Replay::Text("reasoning_content"),
            reasoning: Reasoning::Toggle("enabled"),
            max_temperature: 1.0,
            refuses: &[
                "top_k",
                "min_p",
                "top_a",
                "repetition_penalty",
                "web_search_options",
                "verbosity",
                "prompt_cache_retention",
                "safety_identifier",
            ],
            ..STRICT
        }),
    },
    // https://openrouter.ai/docs/api-reference/overview: drops by itself what a model does not know.
    Row {
        id: "openrouter",
        base_url: "https://openrouter.ai/api/v1",
        key_env: "OPENROUTER_API_KEY",
        default_model: DefaultModel {
            id: "gpt-oss-20b",
            upstream_id: "openai/gpt-oss-20b",
            prices: Some((0.03, 0.14, 0.03)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            takes_cache_control: true,
            knows_developer_role: true,
            reasoning: Reasoning::Effort(ALL_EFFORTS),
            refuses: &[],
            ..STRICT
        }),
    },
    // https://inference-docs.cerebras.ai/api-reference/chat-completions
    Row {
        id: "cerebras",
        base_url: "https://api.cerebras.ai/v1",
        key_env: "CEREBRAS_API_KEY",
        default_model: DefaultModel {
            id: "qwen-3.8-27b",
            upstream_id: "qwen-3.8-27b",
            prices: Some((0.99, 1.49, 0.99)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            max_tokens_field: "max_completion_tokens",
            refuses: NO_LOGPROBS,
            ..STRICT
        }),
    },
    // https://deepinfra.com/docs/openai_api: `reasoning_effort` is none, low, medium or high.
    Row {
        id: "deepinfra",
        base_url: "https://api.deepinfra.com/v1/openai",
        key_env: "DEEPINFRA_API_KEY",
        default_model: DefaultModel {
            id: "llama-3.3-70b",
            upstream_id: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            prices: None,
        },
        adapter: Adapter::OpenAiCompatible(&Quirks { refuses: NO_TOP_A, ..STRICT }),
    },
    // https://docs.z.ai/api-reference/llm/chat-completion and /guides/capabilities/thinking-mode: a switch
    // beside `reasoning_effort` (GLM 5.2 and later; low, high, max); thoughts go back with tool results;
    // `tool_choice` is `auto` only; usage comes unasked in the last chunk; temperatures end at 1.
    Row {
        id: "z_ai",
        base_url: "https://api.z.ai/api/paas/v4",
        key_env: "ZAI_API_KEY",
        default_model: DefaultModel {
            id: "glm-4.7",
            upstream_id: "glm-4.7",
            prices: Some((0.60, 2.20, 0.11)),
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            asks_for_usage: false,
            knows_tool_choice: false,
            replay: Replay::Text("reasoning_content"),
            reasoning: Reasoning::EffortAndToggle(&[Effort::Low, Effort::High, Effort::Max]),
            max_temperature: 1.0,
            refuses: NO_PENALTIES,
            ..STRICT
        }),
    },
    // https://platform.minimax.io/docs/api-reference/text-openai-api: without `reasoning_split` thoughts come
    // as <think> tags within the answer; with it they come, and go back, in a field of their own. Effort can't
    // be graded; temperatures end at 1.
    Row {
        id: "minimax",
        base_url: "https://api.minimax.io/v1",
        key_env: "MINIMAX_API_KEY",
        default_model: DefaultModel { id: "minimax-m2.7", upstream_id: "MiniMax-M2.7", prices: None },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            max_tokens_field: "max_completion_tokens",
            replay: Replay::Details,
            reasoning: Reasoning::Toggle("adaptive"),
            max_temperature: 1.0,
            refuses: NO_PENALTIES,
            always: &["reasoning_split"],
            ..STRICT
        }),
    },
    // https://docs.siliconflow.cn/docs/api/chat-completions-post: `enable_thinking` and a budget of 128 to
    // 32768 tokens, which the output limit does not count.
    Row {
        id: "siliconflow",
        base_url: "https://api.siliconflow.com/v1",
        key_env: "SILICONFLOW_API_KEY",
        default_model: DefaultModel {
            id: "deepseek-v4-flash",
            upstream_id: "deepseek-ai/DeepSeek-V4-Flash",
            prices: None,
        },
        adapter: Adapter::OpenAiCompatible(&Quirks {
            reasoning: Reasoning::Budget(32_768),
            refuses: SILICONFLOW,
            ..STRICT
        }),
    },
];

/// The row of the vendor whose API it is, for accounts there under an id of one's own. `None`: everybody's.
pub fn owner_of(adapter: Adapter) -> Option<&'static Row> {
    let is_everybodys = matches!(adapter, Adapter::OpenAiCompatible(_));
    PROVIDERS.iter().find(|row| !is_everybodys && row.adapter.is_same_api(adapter))
}

/// Not listed among `DeepInfra`'s parameters; the other samplers are.
const NO_TOP_A: &[&str] = &[
    "top_a",
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
];
/// For those whose references list neither log probabilities nor penalties.
const NO_PENALTIES: &[&str] = &[
    "top_k",
    "min_p",
    "top_a",
    "repetition_penalty",
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "user",
];
/// What `SiliconFlow`'s reference does not list.
const SILICONFLOW: &[&str] = &[
    "top_a",
    "repetition_penalty",
    "presence_penalty",
    "web_search_options",
    "verbosity",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "parallel_tool_calls",
    "user",
];

/// The row of a provider id.
pub fn find(id: &str) -> Option<&'static Row> {
    PROVIDERS.iter().find(|row| row.id == id)
}

/// The local server of a provider id.
pub fn find_local(id: &str) -> Option<&'static LocalServer> {
    LOCAL_SERVERS.iter().find(|server| server.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_and_variables_are_unique_and_urls_are_plain() {
        let hosted = PROVIDERS.iter().map(|row| row.id);
        let ids: HashSet<_> = hosted.chain(LOCAL_SERVERS.iter().map(|server| server.id)).collect();
        let variables: HashSet<_> = PROVIDERS.iter().map(|row| row.key_env).collect();
        assert_eq!(ids.len(), PROVIDERS.len() + LOCAL_SERVERS.len());
        assert_eq!(variables.len(), PROVIDERS.len());
        for row in &PROVIDERS {
            assert!(row.base_url.starts_with("https://") && !row.base_url.ends_with('/'), "{}", row.id);
            assert!(find(row.id).is_some());
        }
        for server in &LOCAL_SERVERS {
            assert!(server.base_url.starts_with("http://localhost:"), "{}", server.id);
            assert!(find_local(server.id).is_some() && find(server.id).is_none());
        }
    }
}
