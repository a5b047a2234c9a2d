//! A whole completion, read as the events it would have been streamed as: a provider's oddities end in one place.
//!
//! As a chunk it is parsed once, and its texts are borrowed.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Choice, Chunk, ChunkDecoder, Delta, describe, present};
use crate::event::Event;

/// Why a text is no completion.
#[derive(Debug)]
pub enum WholeError {
    /// It has another form; in words.
    Unusable(String),
    /// It is an error: the value of its `error` key.
    Error(Value),
}

/// Passes the events of a completion object to `emit`, and returns its fields that no event carries.
///
/// # Errors
/// [`WholeError`]; then nothing was emitted.
pub fn decode_whole(
    text: &str,
    emit: &mut dyn FnMut(u32, Event<'_>),
) -> Result<Map<String, Value>, WholeError> {
    let unusable = |what: &str| WholeError::Unusable(what.to_owned());
    if !text.trim_start().starts_with('{') {
        let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
        return Err(unusable(if is_json { "the body is not a JSON object" } else { "the body is not JSON" }));
    }
    // Nearly every reply is as it should be, and then needs one pass.
    if let Ok(Whole { chunk, choices: Some(wholes), extra }) =
        serde_json::from_str::<Whole<'_, Wholes<'_>>>(text)
        && present(chunk.error).is_none()
        && !wholes.is_empty()
        && let Ok(choices) = wholes.into_iter().map(read_choice).collect::<Result<Vec<_>, _>>()
    {
        let chunk = Chunk { choices: Some(choices), ..chunk };
        ChunkDecoder::default().emit_chunk(&chunk, emit);
        return Ok(extra);
    }
    let Ok(Whole { chunk, choices, extra }) = serde_json::from_str::<Whole<'_, &RawValue>>(text) else {
        return Err(unusable("the body is not JSON"));
    };
    if let Some(error) = present(chunk.error) {
        return Err(WholeError::Error(super::value(Some(error))));
    }
    let choices = choices.map(RawValue::get).filter(|choices| choices.starts_with('['));
    let Some(choices) = choices.filter(|choices| !is_empty(choices)) else {
        return Err(unusable("the reply has no choices"));
    };
    let choices = read_choices(choices).map_err(WholeError::Unusable)?;
    let chunk = Chunk { choices: Some(choices), ..chunk };
    ChunkDecoder::default().emit_chunk(&chunk, emit);
    Ok(extra)
}

fn is_empty(array: &str) -> bool {
    array[1..].trim_start().starts_with(']')
}

fn read_choices(text: &str) -> Result<Vec<Choice<'_>>, String> {
    let wholes: Vec<WholeChoice<'_>> = match serde_json::from_str(text) {
        Ok(wholes) => wholes,
        Err(error) => {
            let values: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
            let is_object = values.iter().all(Value::is_object);
            return Err(if is_object { describe(&error) } else { "a choice is not an object".to_owned() });
        }
    };
    wholes.into_iter().map(read_choice).collect()
}

fn read_choice(whole: WholeChoice<'_>) -> Result<Choice<'_>, String> {
    let WholeChoice { index, message, finish_reason, native_finish_reason, logprobs } = whole;
    let Message { is_there: true, delta } = message else { return Err("a choice has no message".to_owned()) };
    Ok(Choice { index, delta, finish_reason, native_finish_reason, logprobs })
}

type Wholes<'a> = Vec<WholeChoice<'a>>;

/// A completion by what its fields are for. Its choices are read, or, to say what is wrong with them, kept as text.
struct Whole<'a, C> {
    /// Without its choices.
    chunk: Chunk<'a>,
    choices: Option<C>,
    /// What no event carries.
    extra: Map<String, Value>,
}

#[derive(Deserialize)]
struct WholeChoice<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    message: Message<'a>,
    #[serde(borrow, default)]
    finish_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    native_finish_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    logprobs: Option<&'a RawValue>,
}

/// A message; `null` is one that says nothing.
#[derive(Default)]
struct Message<'a> {
    is_there: bool,
    delta: Option<Delta<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { is_there: true, delta: Option::deserialize(deserializer)? })
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct WholeVisitor<C>(PhantomData<C>);

impl<'de, C: Deserialize<'de>> Visitor<'de> for WholeVisitor<C> {
    type Value = Whole<'de, C>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Whole<'de, C>, A::Error> {
        let mut whole = Whole { chunk: Chunk::default(), choices: None, extra: Map::new() };
        let chunk = &mut whole.chunk;
        while let Some(Name(name)) = fields.next_key()? {
            let field = match &*name {
                "id" => &mut chunk.id,
                "object" => &mut chunk.object,
                "created" => &mut chunk.created,
                "model" => &mut chunk.model,
                "choices" => {
                    whole.choices = fields.next_value()?;
                    continue;
                }
                "usage" => &mut chunk.usage,
                "routing_metadata" => &mut chunk.routing_metadata,
                "system_fingerprint" => &mut chunk.system_fingerprint,
                "service_tier" => &mut chunk.service_tier,
                "error" => &mut chunk.error,
                _ => {
                    whole.extra.insert(name.into_owned(), fields.next_value()?);
                    continue;
                }
            };
            *field = Some(fields.next_value()?);
        }
        Ok(whole)
    }
}

impl<'de, C: Deserialize<'de>> Deserialize<'de> for Whole<'de, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WholeVisitor(PhantomData))
    }
}
