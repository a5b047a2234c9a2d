//! The plain response object. It is built by the steps that write a stream, whose events go nowhere, so that the
//! two cannot differ.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::encode::ResponseEncoder;
use super::error;
use super::preview::Preview;
use crate::event::Event;
use crate::response::{CompletionBuilder, Part};
use crate::routing_metadata::RoutingMetadata;
use crate::usage::Usage;

/// The response object of a reply whose events have been collected.
pub fn response(
    builder: CompletionBuilder,
    preview: &Preview,
    usage: &Usage,
    routing: &RoutingMetadata,
) -> Value {
    let tier = builder.tier().map(str::to_owned);
    let (identity, choice) = builder.into_choice();
    let mut encoder = ResponseEncoder::new(identity, preview.clone());
    encoder.push(&Event::Service { fingerprint: None, tier: tier.map(Cow::Owned) }, None);
    let mut logprobs = choice.logprobs;
    for (index, part) in (0..).zip(choice.parts) {
        let is_text = matches!(part, Part::Text(_));
        for event in events(part, index) {
            encoder.push(&event, None);
        }
        // They are of the whole reply; nearly all have one text.
        if let Some(logprobs) = logprobs.take_if(|_| is_text) {
            encoder.push(&Event::Logprobs { logprobs: raw(&logprobs) }, None);
        }
    }
    if let Some(reason) = choice.finish {
        encoder.push(&Event::Finish { reason: Cow::Owned(reason), native: None }, None);
    }
    let (_, mut response) = encoder.finish(Some(usage), None);
    let routing = serde_json::to_value(routing).expect("plain data serialises");
    response.insert("routing_metadata".to_owned(), error::routing_in_our_words(routing));
    response.into()
}

/// What a stream would have said. `index`: unique among the parts.
fn events(part: Part, index: u32) -> Vec<Event<'static>> {
    match part {
        Part::Text(delta) if delta.is_empty() => Vec::new(),
        Part::Text(delta) => vec![Event::Text { delta: Cow::Owned(delta) }],
        Part::Thinking { text, signature } => {
            let thinking = (!text.is_empty()).then_some(Event::Reasoning { delta: Cow::Owned(text) });
            let signature = signature.map(|signature| Event::Signature { signature: Cow::Owned(signature) });
            thinking.into_iter().chain(signature).collect()
        }
        Part::Redacted(data) => vec![Event::Redacted { data: Cow::Owned(data) }],
        Part::Refusal(delta) => vec![Event::Refusal { delta: Cow::Owned(delta) }],
        Part::ToolCall(call) => vec![Event::ToolCall {
            index: Some(index),
            id: call.id.map(Cow::Owned),
            name: Some(Cow::Owned(call.name)),
            arguments: Cow::Owned(call.arguments),
            signature: call.signature.map(Cow::Owned),
        }],
        Part::Image(image) => vec![Event::Image { image: raw(&image) }],
        Part::Annotations(items) => vec![Event::Annotations { annotations: raw(&items.into()) }],
    }
}

fn raw(value: &Value) -> Cow<'static, RawValue> {
    Cow::Owned(to_raw_value(value).expect("a JSON value serialises"))
}
