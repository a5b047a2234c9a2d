//! Token counts. The API counts input apart from what was read from and written to the cache; ours is the sum
//! (G-22). In a stream the counts come in two parts, the later one with totals so far.

use std::borrow::Cow;

use auriko_wire::event::Event;
use auriko_wire::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What was reported so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_written: Option<u64>,
    thinking: Option<u64>,
    /// The tier that served the request, until it was told.
    tier: Option<String>,
}

#[derive(Deserialize)]
struct Reported {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
    service_tier: Option<String>,
}

#[derive(Deserialize)]
struct OutputDetails {
    thinking_tokens: Option<u64>,
}

impl Counts {
    /// Takes a `usage` object; one that can't be read is as good as none.
    pub(super) fn take(&mut self, usage: Option<&RawValue>) {
        let reported = usage.and_then(|usage| serde_json::from_str::<Reported>(usage.get()).ok());
        let Some(reported) = reported else { return };
        self.input = reported.input_tokens.or(self.input);
        self.output = reported.output_tokens.or(self.output);
        self.cache_read = reported.cache_read_input_tokens.or(self.cache_read);
        self.cache_written = reported.cache_creation_input_tokens.or(self.cache_written);
        let thinking = reported.output_tokens_details.and_then(|details| details.thinking_tokens);
        self.thinking = thinking.or(self.thinking);
        self.tier = reported.service_tier.or(self.tier.take());
    }

    /// The tier that served the request, once.
    pub(super) fn take_tier(&mut self) -> Option<Event<'static>> {
        self.tier.take().map(|tier| Event::Service { fingerprint: None, tier: Some(Cow::Owned(tier)) })
    }

    /// `None`: nothing was reported.
    pub(super) fn event(&self) -> Option<Event<'static>> {
        let (input, output) = (self.input.or(self.output).map(|_| self.input.unwrap_or(0))?, self.output);
        let cached = self.cache_read.unwrap_or(0);
        let prompt_tokens = input.saturating_add(cached).saturating_add(self.cache_written.unwrap_or(0));
        let completion_tokens = output.unwrap_or(0);
        let has_cache = self.cache_read.is_some() || self.cache_written.is_some();
        let usage = Usage {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens.saturating_add(completion_tokens),
            prompt_tokens_details: has_cache.then(|| PromptTokensDetails {
                cached_tokens: self.cache_read,
                cache_write_tokens: self.cache_written,
                ..PromptTokensDetails::default()
            }),
            completion_tokens_details: self.thinking.map(|thinking| CompletionTokensDetails {
                reasoning_tokens: Some(thinking),
                ..CompletionTokensDetails::default()
            }),
            ..Usage::default()
        };
        let raw = serde_json::value::to_raw_value(&usage).expect("usage serialises");
        Some(Event::Usage { usage: Cow::Owned(raw) })
    }
}
