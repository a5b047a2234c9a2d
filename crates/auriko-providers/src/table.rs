//! The providers that are known by name: where they are, which variable holds their key, what they are
//! particular about. A provider that is not here works too, with [`GENERIC`] habits.
//!
//! Base URLs and key variables are those of each provider's API reference. The links are where a habit is documented;
//! no row was tried against the provider itself. Models and prices are in the catalogue (`auriko-routing`).

use auriko_wire::request::Effort;

use crate::adapter::Adapter;
use crate::prompt_cache::CacheHint;

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
    /// The API that it speaks.
    pub adapter: Adapter,
}

/// In the order in which banners name them.
pub const PROVIDERS: [Row; 16] = [
    // https://platform.openai.com/docs/api-reference/chat
    Row {
        id: "openai",
        base_url: "https://api.openai.com/v1",
        key_env: "OPENAI_API_KEY",
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
            cache_hint: CacheHint::Key,
            refuses: &SAMPLERS,
            ..STRICT
        }),
    },
    // https://platform.claude.com/docs/en/api/messages
    Row {
        id: "anthropic",
        base_url: "https://api.anthropic.com/v1",
        key_env: "ANTHROPIC_API_KEY",
        adapter: Adapter::Anthropic,
    },
    // https://ai.google.dev/api/generate-content
    Row {
        id: "google_ai_studio",
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        key_env: "GEMINI_API_KEY",
        adapter: Adapter::Gemini,
    },
    // https://api-docs.deepseek.com: `thinking` beside `reasoning_effort`; prices differ by the hour.
    Row {
        id: "deepseek",
        base_url: "https://api.deepseek.com/v1",
        key_env: "DEEPSEEK_API_KEY",
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
        adapter: Adapter::OpenAiCompatible(&Quirks {
            cache_hint: CacheHint::Header("x-grok-conv-id"),
            ..STRICT
        }),
    },
    // https://console.groq.com/docs/openai: no log probabilities, no logit bias.
    Row {
        id: "groq",
        base_url: "https://api.groq.com/openai/v1",
        key_env: "GROQ_API_KEY",
        adapter: Adapter::OpenAiCompatible(&Quirks { refuses: NO_LOGPROBS, ..STRICT }),
    },
    // https://docs.mistral.ai/api: refuses `stream_options` with 422 (openai/openai-agents-python#442) and
    // reports usage unasked; the seed is `random_seed`.
    Row {
        id: "mistral",
        base_url: "https://api.mistral.ai/v1",
        key_env: "MISTRAL_API_KEY",
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
        adapter: Adapter::OpenAiCompatible(&Quirks {
            cache_hint: CacheHint::User,
            refuses: &["web_search_options", "verbosity", "prompt_cache_retention", "safety_identifier"],
            ..STRICT
        }),
    },
    // https://platform.moonshot.ai/docs/api/chat: thinking is a switch; thoughts must be sent back with tool calls.
    // https://platform.moonshot.ai/docs/guide/use-kimi-vision-model: images as base64 or uploaded files, not by URL.
    Row {
        id: "moonshot",
        base_url: "https://api.moonshot.ai/v1",
        key_env: "MOONSHOT_API_KEY",
        adapter: Adapter::OpenAiCompatible(&Quirks {
            replay: Replay::Text("reasoning_content"),
            reasoning: Reasoning::Toggle("enabled"),
            takes_links: false,
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
        adapter: Adapter::OpenAiCompatible(&Quirks { refuses: NO_TOP_A, ..STRICT }),
    },
    // https://docs.z.ai/api-reference/llm/chat-completion and /guides/capabilities/thinking-mode: a switch
    // beside `reasoning_effort` (GLM 5.2 and later; low, high, max); thoughts go back with tool results;
    // `tool_choice` is `auto` only; usage comes unasked in the last chunk; temperatures end at 1.
    Row {
        id: "z_ai",
        base_url: "https://api.z.ai/api/paas/v4",
        key_env: "ZAI_API_KEY",
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
