//! How long a prompt is, roughly, without a tokenizer (G-21): a quarter of its bytes, images flat.

use std::io::{self, Write};

use serde::Serialize;

use super::{ChatRequest, Message, ResponseFormat};

/// Tokens of one image, whatever its size.
const IMAGE_TOKENS: u64 = 1000;

/// What a provider may add to a prompt of its own: words around tools and schemas, marks around messages.
const ADDED_TOKENS: u64 = 64;

/// What a provider may add when there are tools or a schema.
const ADDED_WITH_TOOLS: u64 = 1000;

/// A rough size of a prompt, tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromptEstimate {
    /// All of it.
    pub tokens: u64,
    /// The part that a prompt cache may hold: tools and messages up to the last one of the user, or the last result of a
    /// tool, whichever comes later.
    pub cacheable_tokens: u64,
}

impl ChatRequest {
    /// A rough size of the prompt and of the part of it that may be cached.
    pub fn prompt_estimate(&self) -> PromptEstimate {
        let tools: u64 = self.tools.iter().map(json_bytes).sum();
        let is_sent = |message: &Message| matches!(message.role(), "user" | "tool");
        let last_sent = self.messages.iter().rposition(is_sent);
        let mut size = Size { bytes: tools, images: 0 };
        let mut cacheable = None;
        for (position, message) in self.messages.iter().enumerate() {
            size.add(message);
            if Some(position) == last_sent {
                cacheable = Some(size.tokens());
            }
        }
        let tokens = size.tokens();
        PromptEstimate { tokens, cacheable_tokens: cacheable.unwrap_or(tokens) }
    }

    /// A size that the prompt does not exceed, tokens, unless its images do: a token is at least one byte.
    pub fn prompt_token_bound(&self) -> u64 {
        let messages: u64 = self.messages.iter().map(bound).sum();
        let tools: u64 = self.tools.iter().map(json_bytes).sum();
        let schema = match &self.response_format {
            Some(ResponseFormat::JsonSchema(schema)) => json_bytes(schema),
            _ => 0,
        };
        let added = if tools + schema > 0 { ADDED_TOKENS + ADDED_WITH_TOOLS } else { ADDED_TOKENS };
        messages + tools + schema + added
    }

    /// A rough size of the prompt, tokens.
    pub fn estimated_prompt_tokens(&self) -> u64 {
        self.prompt_estimate().tokens
    }
}

/// Of one message, at most. As JSON it is longer than what its text is made of; images in it are text for JSON alone.
fn bound(message: &Message) -> u64 {
    match message.image_count() as u64 {
        0 => json_bytes(message),
        images => {
            let text = message.text_bytes() as u64 + message.tool_calls().map_or(0, json_bytes);
            text + images * IMAGE_TOKENS + ADDED_TOKENS
        }
    }
}

struct Size {
    bytes: u64,
    images: u64,
}

impl Size {
    fn add(&mut self, message: &Message) {
        self.bytes += message.text_bytes() as u64 + message.tool_calls().map_or(0, json_bytes);
        self.images += message.image_count() as u64;
    }

    fn tokens(&self) -> u64 {
        self.bytes.div_ceil(4) + self.images * IMAGE_TOKENS
    }
}

/// The length of a value as JSON, without writing it anywhere.
fn json_bytes(value: &impl Serialize) -> u64 {
    let mut count = Count(0);
    // A counter takes everything, and JSON values serialise.
    serde_json::to_writer(&mut count, value).map_or(0, |()| count.0)
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prompts_are_measured_up_to_the_last_message_of_the_user() {
        let body = json!({ "model": "m", "messages": [
            { "role": "system", "content": "x".repeat(40) },
            { "role": "user", "content": [{ "type": "text", "text": "x".repeat(20) }, { "type": "text", "text": "x".repeat(20) }, { "type": "image_url", "image_url": { "url": "data:" } }] },
            { "role": "assistant", "content": "x".repeat(400) },
        ] });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let estimate = request.prompt_estimate();
        assert_eq!(estimate, PromptEstimate { tokens: 1120, cacheable_tokens: 1020 });
    }

    #[test]
    fn the_bound_counts_every_byte_and_what_may_be_added() {
        let bound = |body: serde_json::Value| {
            ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request").prompt_token_bound()
        };
        let message = json!({ "role": "user", "content": "日本" });
        let plain = bound(json!({ "model": "m", "messages": [message] }));
        assert_eq!(plain, message.to_string().len() as u64 + ADDED_TOKENS);
        let tool = json!({ "type": "function", "function": { "name": "f" } });
        let with_tool = bound(json!({ "model": "m", "messages": [message], "tools": [tool] }));
        assert_eq!(with_tool, plain + tool.to_string().len() as u64 + ADDED_WITH_TOOLS);
        // A large image is not a long text.
        let url = format!("data:image/png;base64,{}", "A".repeat(100_000));
        let image =
            json!({ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": url } }] });
        let with_image = bound(json!({ "model": "m", "messages": [image] }));
        assert_eq!(with_image, IMAGE_TOKENS + 2 * ADDED_TOKENS);
    }

    #[test]
    fn results_of_tools_may_be_cached() {
        let call = json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let body = json!({ "model": "m", "messages": [
            { "role": "user", "content": "x".repeat(40) },
            { "role": "assistant", "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "c", "content": "x".repeat(4000) },
        ] });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let estimate = request.prompt_estimate();
        assert!(estimate.tokens > 1000, "{estimate:?}");
        assert_eq!(estimate.cacheable_tokens, estimate.tokens);
    }

    #[test]
    fn tools_count_as_their_json() {
        let tool = json!({ "type": "function", "function": { "name": "f" } });
        let call = json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let body = json!({ "model": "m", "tools": [tool], "messages": [
            { "role": "user", "content": "" },
            { "role": "assistant", "tool_calls": [call] },
        ] });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let tool_bytes = tool.to_string().len() as u64;
        let call_bytes = json!([call]).to_string().len() as u64;
        let estimate = request.prompt_estimate();
        assert_eq!(estimate.cacheable_tokens, tool_bytes.div_ceil(4));
        assert_eq!(estimate.tokens, (tool_bytes + call_bytes).div_ceil(4));
    }
}
