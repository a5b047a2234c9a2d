//! Servers that people run themselves. They ask for no key, so nothing tells that one is wanted: they serve only
//! when the configuration names them.

use super::quirks::{GENERIC, Quirks, Reasoning, Replay, STRICT, USUAL_EFFORTS};

/// A server on the machine of the gateway, unless the configuration says where else.
#[derive(Debug, Clone, Copy)]
pub struct LocalServer {
    /// Provider id, as in `gateway.routing.providers`.
    pub id: &'static str,
    /// Where it listens when nobody told it otherwise.
    pub base_url: &'static str,
    /// What its API wants differently.
    pub quirks: Quirks,
}

/// What LM Studio's list of parameters lacks.
const NOT_IN_LM_STUDIO: &[&str] = &[
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
    "parallel_tool_calls",
    "user",
];

/// Default ports and parameters of each project; not tried against a running server, save llama.cpp's.
pub const LOCAL_SERVERS: [LocalServer; 4] = [
    // https://docs.ollama.com/api/openai-compatibility: unknown fields are ignored silently; thoughts are in
    // `reasoning`; images as base64 only.
    LocalServer {
        id: "ollama",
        base_url: "http://localhost:11434/v1",
        quirks: Quirks {
            takes_links: false,
            replay: Replay::Text("reasoning"),
            reasoning: Reasoning::Effort(USUAL_EFFORTS),
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
                "logit_bias",
                "parallel_tool_calls",
                "user",
            ],
            ..STRICT
        },
    },
    // https://docs.vllm.ai/en/latest/serving/openai_compatible_server: the samplers are its own.
    LocalServer {
        id: "vllm",
        base_url: "http://localhost:8000/v1",
        quirks: Quirks {
            reasoning: Reasoning::Effort(USUAL_EFFORTS),
            refuses: &[
                "top_a",
                "web_search_options",
                "verbosity",
                "prompt_cache_key",
                "prompt_cache_retention",
                "safety_identifier",
            ],
            ..GENERIC
        },
    },
    // https://github.com/ggml-org/llama.cpp/tree/master/tools/server: how a model thinks is set by its template
    // and by the server's start options.
    LocalServer {
        id: "llama_cpp",
        base_url: "http://localhost:8080/v1",
        quirks: Quirks {
            reasoning: Reasoning::Unavailable,
            refuses: &[
                "top_a",
                "repetition_penalty",
                "web_search_options",
                "verbosity",
                "prompt_cache_key",
                "prompt_cache_retention",
                "safety_identifier",
            ],
            ..GENERIC
        },
    },
    // https://lmstudio.ai/docs/developer/openai-compat/chat-completions: lists `top_k`, penalties, bias and seed.
    LocalServer {
        id: "lm_studio",
        base_url: "http://localhost:1234/v1",
        quirks: Quirks { reasoning: Reasoning::Unavailable, refuses: NOT_IN_LM_STUDIO, ..STRICT },
    },
];
