//! Token counts in our words (G-22): thoughts are output, what a hosted tool read is input.

use auriko_wire::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};
use serde_json::{Map, Value};

use super::wire::{ModalityTokens, UsageMetadata};

pub(super) fn convert(counts: &UsageMetadata) -> Usage {
    // Cached tokens are within the prompt's, thoughts beside the candidates'.
    let prompt_tokens =
        counts.prompt_token_count.unwrap_or(0) + counts.tool_use_prompt_token_count.unwrap_or(0);
    let completion_tokens =
        counts.candidates_token_count.unwrap_or(0) + counts.thoughts_token_count.unwrap_or(0);
    let prompt = PromptTokensDetails {
        cached_tokens: counts.cached_content_token_count,
        cache_write_tokens: None,
        extra: by_modality(counts.prompt_tokens_details.as_deref()),
    };
    let completion = CompletionTokensDetails {
        reasoning_tokens: counts.thoughts_token_count,
        extra: by_modality(counts.candidates_tokens_details.as_deref()),
    };
    Usage {
        prompt_tokens,
        completion_tokens,
        total_tokens: counts.total_token_count.unwrap_or(prompt_tokens + completion_tokens),
        prompt_tokens_details: (prompt != PromptTokensDetails::default()).then_some(prompt),
        completion_tokens_details: (completion != CompletionTokensDetails::default()).then_some(completion),
        extra: Map::new(),
    }
}

/// `text_tokens`, `image_tokens` and so on.
fn by_modality(details: Option<&[ModalityTokens]>) -> Map<String, Value> {
    let known = details.into_iter().flatten().filter_map(|detail| {
        let name = format!("{}_tokens", detail.modality.as_deref()?.to_ascii_lowercase());
        Some((name, Value::from(detail.token_count?)))
    });
    known.collect()
}
