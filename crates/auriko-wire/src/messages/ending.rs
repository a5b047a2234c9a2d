//! How a reply ended and what it used, in Anthropic's words.

use serde_json::{Value, json};

use crate::request::ChatRequest;
use crate::usage::Usage;

/// What is known of a reply before it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Estimated input tokens, for the usage that a stream begins with; its end has the real count.
    pub input_tokens: u64,
    /// The stop sequence, if the request has just one: providers say that one was met, not which.
    pub stop_sequence: Option<String>,
}

impl Preview {
    /// Of the reply to `request`.
    pub fn of(request: &ChatRequest) -> Self {
        let stops = request.parameters.get("stop").and_then(Value::as_array);
        let only = stops.filter(|stops| stops.len() == 1).and_then(|stops| stops[0].as_str());
        Self { input_tokens: request.estimated_prompt_tokens(), stop_sequence: only.map(str::to_owned) }
    }
}

/// What decides on the stop reason.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub(super) finish: Option<String>,
    pub(super) native: Option<String>,
    pub(super) has_called: bool,
    pub(super) has_refused: bool,
}

/// Reasons for which chat completions have no word of their own, so that the provider's is used.
const NATIVE_ONLY: [&str; 4] = ["stop_sequence", "pause_turn", "refusal", "model_context_window_exceeded"];

impl Ending {
    /// `stop_reason` and `stop_sequence`.
    pub(super) fn describe<'a>(&self, preview: &'a Preview) -> (&'static str, Option<&'a str>) {
        let reason = self.reason();
        let sequence = preview.stop_sequence.as_deref().filter(|_| reason == "stop_sequence");
        (reason, sequence)
    }

    fn reason(&self) -> &'static str {
        if let Some(native) = NATIVE_ONLY.iter().find(|native| Some(**native) == self.native.as_deref()) {
            return native;
        }
        match self.finish.as_deref() {
            Some("length") => "max_tokens",
            Some("content_filter") => "refusal",
            Some("tool_calls" | "function_call") => "tool_use",
            _ if self.has_refused => "refusal",
            // Some providers say `stop` after a call too.
            _ if self.has_called => "tool_use",
            _ => "end_turn",
        }
    }
}

/// The usage object. Cached and written tokens are apart from `input_tokens` here, part of `prompt_tokens` there.
pub(super) fn usage(usage: &Usage) -> Value {
    let read = usage.cached_tokens().min(usage.prompt_tokens);
    let written = usage.cache_write_tokens().min(usage.prompt_tokens - read);
    // Some providers leave reasoning out of `completion_tokens` but not out of the sum.
    let output = usage.completion_tokens.max(usage.total_tokens.saturating_sub(usage.prompt_tokens));
    let mut object = json!({
        "input_tokens": usage.prompt_tokens - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": output,
    });
    let details = usage.completion_tokens_details.as_ref();
    if let Some(thinking) = details.and_then(|details| details.reasoning_tokens) {
        object["output_tokens_details"] = json!({ "thinking_tokens": thinking });
    }
    object
}

/// An id as Anthropic's look. A provider's own is kept recognisable.
pub(super) fn message_id(id: &str) -> String {
    if id.starts_with("msg_") {
        return id.to_owned();
    }
    format!("msg_{}", id.trim_start_matches("chatcmpl-"))
}

/// The id of a call whose provider gave none: unique in the message.
pub(super) fn call_id(message_id: &str, position: usize) -> String {
    format!("toolu_{}_{position}", message_id.trim_start_matches("msg_"))
}

/// A citation of the web (api.md §3.4, `annotations`) in Anthropic's form. `None`: not of that kind.
pub(super) fn citation(annotation: &Value) -> Option<Value> {
    let source = annotation.get("url_citation").unwrap_or(annotation);
    let text = |key: &str| source.get(key).and_then(Value::as_str);
    Some(json!({
        "type": "web_search_result_location",
        "url": text("url")?,
        "title": text("title"),
        "cited_text": text("cited_text").or_else(|| text("content")).unwrap_or_default(),
        "encrypted_index": text("encrypted_index").unwrap_or_default(),
    }))
}
