//! A plain reply, put together from the same events that a stream is made of: the completion object
//! (api.md §3.4), or its parts in order for the other dialects.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::encode::ChunkIdentity;
use crate::event::Event;
use crate::routing_metadata::RoutingMetadata;
use crate::usage::Usage;

mod account;
mod body;
mod choice;

use body::Body;
pub use choice::{Choice, Part, ToolCall};

/// Why the router chose what it chose.
const EXPLANATION: &str = "routing_explanation";

/// Collects the events of one reply.
#[derive(Debug)]
pub struct CompletionBuilder {
    identity: ChunkIdentity,
    fingerprint: Option<String>,
    tier: Option<String>,
    choices: BTreeMap<u32, Choice>,
    usage: Option<Box<RawValue>>,
    routing: Option<Box<RawValue>>,
    error: Option<Value>,
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
            Event::Usage { usage } => self.usage = Some(usage.into_owned()),
            Event::Routing { routing } => self.routing = Some(routing.into_owned()),
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

    /// The service tier that was used. `None`: not reported.
    pub fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// Who answered and its first choice, for dialects that know only one.
    pub fn into_choice(mut self) -> (ChunkIdentity, Choice) {
        (self.identity, self.choices.remove(&0).unwrap_or_default())
    }

    /// The completion object as JSON. `extra`: fields of the provider's reply that no event carries. `usage` and
    /// `routing` stand in place of those that events brought.
    pub fn into_json(
        self,
        reasoning: ReasoningFields,
        extra: &Map<String, Value>,
        usage: Option<&Usage>,
        routing: Option<&RoutingMetadata>,
        explanation: Option<&RawValue>,
    ) -> String {
        let Self { identity, fingerprint, tier, choices, .. } = self;
        let text_bytes = choices.values().map(Choice::text_bytes).sum();
        let mut body = Body::new(&identity, text_bytes);
        for (index, choice) in choices {
            body.choice(index, &choice.into_body(reasoning));
        }
        body.end_choices();
        body.optional("system_fingerprint", fingerprint.as_ref());
        body.optional("service_tier", tier.as_ref());
        // A gateway behind this one may have explained itself.
        for (name, value) in extra.iter().filter(|(name, _)| *name != EXPLANATION || explanation.is_none()) {
            body.field(name, value);
        }
        match usage {
            Some(usage) => body.usage(usage),
            None => body.optional("usage", self.usage.as_ref()),
        }
        match routing {
            Some(routing) => body.routing(routing),
            None => body.optional("routing_metadata", self.routing.as_ref()),
        }
        body.optional(EXPLANATION, explanation.as_ref());
        body.finish()
    }
}

pub(crate) fn parse(raw: &RawValue) -> Value {
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
        let text = builder.into_json(ReasoningFields::Blocks, &Map::new(), None, None, None);
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let message = &value["choices"][0]["message"];
        assert_eq!(message["content"], "Hello");
        assert_eq!(message["reasoning_content"], "hm");
        assert_eq!(message["reasoning"][0]["signature"], "s");
        assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{}");
        assert_eq!(message["tool_calls"][1]["id"], "b");
        assert_eq!(value["choices"][1]["message"]["content"], "other");
        assert_eq!(value["choices"][0]["finish_reason"], "tool_calls");
    }

    #[test]
    fn blocks_are_for_those_who_understand_them() {
        let message = |fields| {
            let mut builder =
                CompletionBuilder::new(ChunkIdentity { id: "c".into(), model: "m".into(), created: 1 });
            builder.push(0, Event::Reasoning { delta: "hm".into() });
            builder.push(0, Event::Signature { signature: "s".into() });
            let text = builder.into_json(fields, &Map::new(), None, None, None);
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["choices"][0]["message"].clone()
        };
        let names = |fields| {
            let message = message(fields);
            ["reasoning_content", "reasoning"].map(|name| message.get(name).is_some())
        };
        assert_eq!(names(ReasoningFields::Hidden), [false, false]);
        assert_eq!(names(ReasoningFields::Text), [true, false]);
        assert_eq!(names(ReasoningFields::Blocks), [true, true]);
    }

    #[test]
    fn parts_keep_their_order() {
        let mut builder =
            CompletionBuilder::new(ChunkIdentity { id: "c".into(), model: "m".into(), created: 1 });
        let text = |delta: &'static str| Event::Text { delta: delta.into() };
        let thought = |delta: &'static str| Event::Reasoning { delta: delta.into() };
        let signature = |signature: &'static str| Event::Signature { signature: signature.into() };
        for event in [
            thought("a"),
            thought("b"),
            signature("1"),
            signature("2"),
            thought("c"),
            text("x"),
            text("y"),
            Event::Redacted { data: "d".into() },
            text("z"),
        ] {
            builder.push(0, event);
        }
        let thinking = |text: &str, signature: Option<&str>| Part::Thinking {
            text: text.into(),
            signature: signature.map(Into::into),
        };
        let (identity, choice) = builder.into_choice();
        let expected = [
            thinking("ab", Some("1")),
            thinking("", Some("2")),
            thinking("c", None),
            Part::Text("xy".into()),
            Part::Redacted("d".into()),
            Part::Text("z".into()),
        ];
        assert_eq!((identity.id.as_str(), choice.parts.as_slice()), ("c", expected.as_slice()));
    }
}
