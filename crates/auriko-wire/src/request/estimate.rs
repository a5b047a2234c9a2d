//! How long a prompt is, roughly, without a tokenizer (G-21): a quarter of its bytes, images flat.

use std::io::{self, Write};

use serde::Serialize;

use super::{ChatRequest, Message};

/// Tokens of one image, whatever its size.
const IMAGE_TOKENS: u64 = 1000;

/// A rough size of a prompt, tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromptEstimate {
    /// All of it.
    pub tokens: u64,
    /// The part that a prompt cache may hold: tools and messages up to the last one of the user.
    pub cacheable_tokens: u64,
}

impl ChatRequest {
    /// A rough size of the prompt and of the part of it that may be cached.
    pub fn prompt_estimate(&self) -> PromptEstimate {
        let tools: u64 = self.tools.iter().map(json_bytes).sum();
        let last_of_user = self.messages.iter().rposition(|message| message.role() == "user");
        let mut size = Size { bytes: tools, images: 0 };
        let mut cacheable = None;
        for (position, message) in self.messages.iter().enumerate() {
            size.add(message);
            if Some(position) == last_of_user {
                cacheable = Some(size.tokens());
            }
        }
        let tokens = size.tokens();
        PromptEstimate { tokens, cacheable_tokens: cacheable.unwrap_or(tokens) }
    }

    /// A rough size of the prompt, tokens.
    pub fn estimated_prompt_tokens(&self) -> u64 {
        self.prompt_estimate().tokens
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
