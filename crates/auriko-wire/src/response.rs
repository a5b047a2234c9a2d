//! The plain completion object (api.md §3.4), put together from the same events that a stream is made of.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::encode::ChunkIdentity;
use crate::event::Event;

/// Collects the events of one reply.
#[derive(Debug)]
pub struct CompletionBuilder {
    identity: ChunkIdentity,
    fingerprint: Option<String>,
    tier: Option<String>,
    choices: BTreeMap<u32, Choice>,
    usage: Option<Value>,
    routing: Option<Value>,
    error: Option<Value>,
}

/// One answer among possibly several.
#[derive(Debug, Default)]
struct Choice {
    text: Option<String>,
    reasoning: String,
    blocks: Vec<Value>,
    /// Where the thinking that the next signature covers begins in `reasoning`.
    signed_up_to: usize,
    refusal: Option<String>,
    tool_calls: Vec<ToolCall>,
    images: Vec<Value>,
    annotations: Vec<Value>,
    logprobs: Option<Value>,
    finish: Option<String>,
    native_finish: Option<String>,
}

#[derive(Debug, Default)]
struct ToolCall {
    index: Option<u32>,
    id: Option<String>,
    name: String,
    arguments: String,
    signature: Option<String>,
}

/// Which reasoning fields a reply may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningFields {
    /// None (`reasoning.exclude`).
    Hidden,
    /// `reasoning_content` alone: what every OpenAI client understands.
    Text,
    /// Signed blocks in `reasoning` as well, where there are any (G-33).
    Blocks,
}

impl CompletionBuilder {
    /// Nothing collected. Fields of an [`Event::Meta`] replace those of `identity`.
    pub fn new(identity: ChunkIdentity) -> Self {
        Self {
            identity,
            fingerprint: None,
            tier: None,
            choices: BTreeMap::new(),
            usage: None,
            routing: None,
            error: None,
        }
    }

    /// Takes the next event.
    pub fn push(&mut self, choice: u32, event: Event<'_>) {
        match event {
            Event::Meta { id, model, created } => {
                if let Some(id) = id {
                    self.identity.id = id.into_owned();
                }
                if let Some(model) = model {
                    self.identity.model = model.into_owned();
                }
                self.identity.created = created.unwrap_or(self.identity.created);
                self.choices.entry(choice).or_default();
            }
            Event::Usage { usage } => self.usage = Some(parse(&usage)),
            Event::Routing { routing } => self.routing = Some(parse(&routing)),
            Event::Service { fingerprint, tier } => {
                self.fingerprint = fingerprint.map(Into::into).or(self.fingerprint.take());
                self.tier = tier.map(Into::into).or(self.tier.take());
            }
            Event::Error { error } => self.error = Some(parse(&error)),
            Event::Malformed { .. } | Event::Done {} => {}
            event => self.choices.entry(choice).or_default().push(event),
        }
    }

    /// The error that ended the reply, if one did.
    pub fn error(&self) -> Option<&Value> {
        self.error.as_ref()
    }

    /// The completion object.
    pub fn into_value(self, reasoning: ReasoningFields) -> Map<String, Value> {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("id", self.identity.id.into());
        put("object", "chat.completion".into());
        put("created", self.identity.created.into());
        put("model", self.identity.model.into());
        let choices = self.choices.into_iter().map(|(index, choice)| choice.into_value(index, reasoning));
        put("choices", choices.collect());
        for (key, value) in [
            ("usage", self.usage),
            ("system_fingerprint", self.fingerprint.map(Value::from)),
            ("service_tier", self.tier.map(Value::from)),
            ("routing_metadata", self.routing),
        ] {
            if let Some(value) = value {
                put(key, value);
            }
        }
        object
    }
}

impl Choice {
    fn push(&mut self, event: Event<'_>) {
        match event {
            Event::Text { delta } => self.text.get_or_insert_default().push_str(&delta),
            Event::Reasoning { delta } => self.reasoning.push_str(&delta),
            Event::Signature { signature } => {
                let thinking = self.reasoning[self.signed_up_to..].to_owned();
                self.signed_up_to = self.reasoning.len();
                self.blocks.push(json!({ "type": "thinking", "thinking": thinking, "signature": signature }));
            }
            Event::Redacted { data } => self.blocks.push(json!({ "type": "redacted", "data": data })),
            Event::Refusal { delta } => self.refusal.get_or_insert_default().push_str(&delta),
            Event::ToolCall { index, id, name, arguments, signature } => {
                let call = self.tool_call(index, id.is_some());
                call.id = id.map(Into::into).or(call.id.take());
                call.name.push_str(name.as_deref().unwrap_or_default());
                call.arguments.push_str(&arguments);
                call.signature = signature.map(Into::into).or(call.signature.take());
            }
            Event::Image { image } => self.images.push(parse(&image)),
            Event::Annotations { annotations } => {
                if let Value::Array(items) = parse(&annotations) {
                    self.annotations.extend(items);
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

    fn tool_call(&mut self, index: Option<u32>, is_new: bool) -> &mut ToolCall {
        let known = match index {
            Some(_) => self.tool_calls.iter().position(|call| call.index == index),
            None if is_new => None,
            None => self.tool_calls.len().checked_sub(1),
        };
        let position = known.unwrap_or_else(|| {
            self.tool_calls.push(ToolCall { index, ..ToolCall::default() });
            self.tool_calls.len() - 1
        });
        &mut self.tool_calls[position]
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

    fn into_value(self, index: u32, fields: ReasoningFields) -> Value {
        let mut message = Map::new();
        let mut put = |key: &str, value: Value| message.insert(key.to_owned(), value);
        put("role", "assistant".into());
        put("content", self.text.map_or(Value::Null, Value::from));
        if fields != ReasoningFields::Hidden && !self.reasoning.is_empty() {
            put("reasoning_content", self.reasoning.into());
        }
        if fields == ReasoningFields::Blocks && !self.blocks.is_empty() {
            put("reasoning", self.blocks.into());
        }
        if let Some(refusal) = self.refusal {
            put("refusal", refusal.into());
        }
        if !self.tool_calls.is_empty() {
            put("tool_calls", self.tool_calls.into_iter().map(ToolCall::into_value).collect());
        }
        if !self.images.is_empty() {
            put("images", self.images.into());
        }
        if !self.annotations.is_empty() {
            put("annotations", self.annotations.into());
        }
        let mut choice = json!({ "index": index, "message": message, "finish_reason": self.finish });
        if let Some(logprobs) = self.logprobs {
            choice["logprobs"] = logprobs;
        }
        if let Some(native) = self.native_finish {
            choice["native_finish_reason"] = native.into();
        }
        choice
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

fn parse(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_become_one_message() {
        let identity = ChunkIdentity { id: "c".into(), model: "m".into(), created: 1 };
        let mut builder = CompletionBuilder::new(identity);
        let call = |index, id: Option<&'static str>, arguments: &'static str| Event::ToolCall {
            index,
            id: id.map(Into::into),
            name: id.map(|_| "f".into()),
            arguments: arguments.into(),
            signature: None,
        };
        for (choice, event) in [
            (0, Event::Reasoning { delta: "hm".into() }),
            (0, Event::Signature { signature: "s".into() }),
            (0, Event::Text { delta: "Hel".into() }),
            (1, Event::Text { delta: "other".into() }),
            (0, Event::Text { delta: "lo".into() }),
            (0, call(Some(0), Some("a"), "{")),
            (0, call(Some(0), None, "}")),
            (0, call(None, Some("b"), "{}")),
            (0, Event::Finish { reason: "tool_calls".into(), native: None }),
        ] {
            builder.push(choice, event);
        }
        let value = Value::Object(builder.into_value(ReasoningFields::Blocks));
        let message = &value["choices"][0]["message"];
        assert_eq!(message["content"], "Hello");
        assert_eq!(message["reasoning_content"], "hm");
        assert_eq!(message["reasoning"][0]["signature"], "s");
        assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{}");
        assert_eq!(message["tool_calls"][1]["id"], "b");
        assert_eq!(value["choices"][1]["message"]["content"], "other");
        assert_eq!(value["choices"][0]["finish_reason"], "tool_calls");
    }
}
