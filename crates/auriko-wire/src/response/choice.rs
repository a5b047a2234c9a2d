//! One answer, as the parts it consists of. Their order is kept, since some dialects show it; the completion
//! object sorts them by kind.

use serde_json::{Value, json};

use super::{ReasoningFields, body, parse};
use crate::event::Event;

/// One answer among possibly several.
#[derive(Debug, Default)]
pub struct Choice {
    /// What was said, in order; neighbours of one kind are one part.
    pub parts: Vec<Part>,
    /// Log probabilities, merged.
    pub logprobs: Option<Value>,
    /// The finish word.
    pub finish: Option<String>,
    /// The provider's own finish word.
    pub native_finish: Option<String>,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Visible text; may be empty if the provider said so.
    Text(String),
    /// Thinking, and the signature over it if there is one.
    Thinking {
        /// May be empty: some providers sign thinking that they do not show.
        text: String,
        /// Opaque.
        signature: Option<String>,
    },
    /// Thinking that the provider keeps encrypted.
    Redacted(String),
    /// The model's refusal.
    Refusal(String),
    /// A tool call.
    ToolCall(ToolCall),
    /// A generated image, the wire object unchanged.
    Image(Value),
    /// Citations of the text before them.
    Annotations(Vec<Value>),
}

/// A call whose fragments have been put together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolCall {
    index: Option<u32>,
    /// `None`: the provider gave none.
    pub id: Option<String>,
    /// Of the function.
    pub name: String,
    /// JSON text, as the model wrote it: possibly empty or broken.
    pub arguments: String,
    /// Opaque mark that must be sent back with the call.
    pub signature: Option<String>,
}

impl Choice {
    pub(super) fn push(&mut self, event: Event<'_>) {
        match event {
            Event::Text { delta } => match self.parts.last_mut() {
                Some(Part::Text(text)) => text.push_str(&delta),
                _ => self.parts.push(Part::Text(delta.into_owned())),
            },
            Event::Reasoning { delta } => match self.parts.last_mut() {
                Some(Part::Thinking { text, signature: None }) => text.push_str(&delta),
                _ => self.parts.push(Part::Thinking { text: delta.into_owned(), signature: None }),
            },
            Event::Signature { signature: new } => {
                let new = Some(new.into_owned());
                match self.parts.last_mut() {
                    Some(Part::Thinking { signature: signature @ None, .. }) => *signature = new,
                    _ => self.parts.push(Part::Thinking { text: String::new(), signature: new }),
                }
            }
            Event::Redacted { data } => self.parts.push(Part::Redacted(data.into_owned())),
            Event::Refusal { delta } => match self.parts.last_mut() {
                Some(Part::Refusal(text)) => text.push_str(&delta),
                _ => self.parts.push(Part::Refusal(delta.into_owned())),
            },
            Event::ToolCall { index, id, name, arguments, signature } => {
                let call = self.tool_call(index, id.is_some());
                call.id = id.map(Into::into).or(call.id.take());
                call.name.push_str(name.as_deref().unwrap_or_default());
                call.arguments.push_str(&arguments);
                call.signature = signature.map(Into::into).or(call.signature.take());
            }
            Event::Image { image } => self.parts.push(Part::Image(parse(&image))),
            Event::Annotations { annotations } => {
                if let Value::Array(items) = parse(&annotations) {
                    self.parts.push(Part::Annotations(items));
                }
            }
            Event::Logprobs { logprobs } => self.merge_logprobs(parse(&logprobs)),
            Event::Finish { reason, native } => {
                self.finish = Some(reason.into_owned());
                self.native_finish = native.map(Into::into);
            }
            _ => {}
        }
    }

    /// Bytes of its texts.
    pub(super) fn text_bytes(&self) -> usize {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) | Part::Refusal(text) | Part::Thinking { text, .. } => text.len(),
            Part::ToolCall(call) => call.arguments.len(),
            Part::Redacted(_) | Part::Image(_) | Part::Annotations(_) => 0,
        });
        texts.sum()
    }

    fn tool_call(&mut self, index: Option<u32>, is_new: bool) -> &mut ToolCall {
        let is_this = |part: &Part| match part {
            Part::ToolCall(call) => index.is_none() || call.index == index,
            _ => false,
        };
        // A call without an index continues the last one, unless it brings an id.
        let known = if index.is_none() && is_new { None } else { self.parts.iter().rposition(is_this) };
        let position = known.unwrap_or_else(|| {
            self.parts.push(Part::ToolCall(ToolCall { index, ..ToolCall::default() }));
            self.parts.len() - 1
        });
        match &mut self.parts[position] {
            Part::ToolCall(call) => call,
            _ => unreachable!("the position is that of a tool call"),
        }
    }

    /// Each chunk brings the entries of its own tokens; the reply has them all.
    fn merge_logprobs(&mut self, new: Value) {
        let (Some(Value::Object(all)), Value::Object(new)) = (&mut self.logprobs, &new) else {
            self.logprobs = Some(new);
            return;
        };
        for (key, value) in new {
            match (all.get_mut(key), value) {
                (Some(Value::Array(all)), Value::Array(new)) => all.extend(new.iter().cloned()),
                _ => {
                    all.insert(key.clone(), value.clone());
                }
            }
        }
    }

    pub(super) fn into_body(self, fields: ReasoningFields) -> body::Choice {
        let sorted = Sorted::new(self.parts);
        let has_blocks = fields == ReasoningFields::Blocks;
        let message = body::Message {
            content: sorted.text,
            reasoning_content: Some(sorted.reasoning)
                .filter(|text| fields != ReasoningFields::Hidden && !text.is_empty()),
            reasoning: if has_blocks { sorted.blocks } else { Vec::new() },
            refusal: sorted.refusal,
            tool_calls: sorted.tool_calls,
            images: sorted.images,
            annotations: sorted.annotations,
        };
        let (logprobs, native_finish_reason) = (self.logprobs, self.native_finish);
        body::Choice { message, finish_reason: self.finish, logprobs, native_finish_reason }
    }
}

/// The parts of a choice by kind, as the completion's message shows them.
#[derive(Default)]
struct Sorted {
    text: Option<String>,
    reasoning: String,
    blocks: Vec<Value>,
    refusal: Option<String>,
    tool_calls: Vec<Value>,
    images: Vec<Value>,
    annotations: Vec<Value>,
}

impl Sorted {
    fn new(parts: Vec<Part>) -> Self {
        let mut sorted = Self::default();
        for part in parts {
            match part {
                Part::Text(text) => append(&mut sorted.text, text),
                Part::Thinking { text, signature } => {
                    sorted.reasoning.push_str(&text);
                    if let Some(signature) = signature {
                        let block = json!({ "type": "thinking", "thinking": text, "signature": signature });
                        sorted.blocks.push(block);
                    }
                }
                Part::Redacted(data) => sorted.blocks.push(json!({ "type": "redacted", "data": data })),
                Part::Refusal(text) => append(&mut sorted.refusal, text),
                Part::ToolCall(call) => sorted.tool_calls.push(call.into_value()),
                Part::Image(image) => sorted.images.push(image),
                Part::Annotations(items) => sorted.annotations.extend(items),
            }
        }
        sorted
    }
}

/// Adds to a text; the first part is moved.
fn append(all: &mut Option<String>, text: String) {
    match all {
        None => *all = Some(text),
        Some(all) => all.push_str(&text),
    }
}

impl ToolCall {
    fn into_value(self) -> Value {
        let mut call = json!({
            "id": self.id.unwrap_or_default(),
            "type": "function",
            "function": { "name": self.name, "arguments": self.arguments },
        });
        if let Some(signature) = self.signature {
            call["provider_signature"] = signature.into();
        }
        call
    }
}
