//! A plain reply, read as the events it would have been streamed as, so that a provider's oddities are dealt
//! with in one place.

use std::borrow::Cow;

use auriko_wire::chunk::ChunkDecoder;
use auriko_wire::event::Event;
use auriko_wire::sse::Frame;
use serde_json::{Map, Value};

use crate::adapter::ReplyError;

/// Fields that events carry, or that say nothing.
const CARRIED: [&str; 9] = [
    "id",
    "object",
    "created",
    "model",
    "choices",
    "usage",
    "routing_metadata",
    "system_fingerprint",
    "service_tier",
];

/// Passes the events of a completion object to `emit`, and returns its fields that no event carries.
///
/// # Errors
/// [`ReplyError`]; then nothing was emitted.
pub fn decode_completion(
    text: &str,
    emit: &mut dyn FnMut(u32, Event<'_>),
) -> Result<Map<String, Value>, ReplyError> {
    let unusable = |what: &str| ReplyError::Unusable(what.to_owned());
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Err(unusable("the body is not JSON")) };
    let Value::Object(mut object) = value else { return Err(unusable("the body is not a JSON object")) };
    if let Some(error) = object.shift_remove("error").filter(|error| !error.is_null()) {
        return Err(ReplyError::Error(error));
    }
    let choices = object.get_mut("choices").and_then(Value::as_array_mut);
    let Some(choices) = choices.filter(|choices| !choices.is_empty()) else {
        return Err(unusable("the reply has no choices"));
    };
    for choice in choices {
        let Some(choice) = choice.as_object_mut() else { return Err(unusable("a choice is not an object")) };
        let Some(message) = choice.shift_remove("message") else {
            return Err(unusable("a choice has no message"));
        };
        choice.insert("delta".to_owned(), message);
    }
    let chunk = serde_json::to_string(&object).expect("a JSON object serialises");
    let mut malformed = None;
    let mut events = Vec::new();
    let frame = Frame { event: Cow::Borrowed(""), data: Cow::Borrowed(&chunk), is_cut: false };
    ChunkDecoder::default().decode(&frame, &mut |choice, event| match event {
        Event::Malformed { detail } => malformed = Some(detail),
        event => events.push((choice, event.into_owned())),
    });
    if let Some(detail) = malformed {
        return Err(ReplyError::Unusable(detail));
    }
    for (choice, event) in events {
        emit(choice, event);
    }
    object.retain(|name, _| !CARRIED.contains(&name.as_str()));
    Ok(object)
}
