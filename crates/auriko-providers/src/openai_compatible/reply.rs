//! A plain reply, read as the events it would have been streamed as, so that a provider's oddities are dealt
//! with in one place.

use auriko_wire::chunk::{WholeError, decode_whole};
use auriko_wire::event::Event;
use serde_json::{Map, Value};

use crate::adapter::ReplyError;

/// Passes the events of a completion object to `emit`, and returns its fields that no event carries.
///
/// # Errors
/// [`ReplyError`]; then nothing was emitted.
pub fn decode_completion(
    text: &str,
    emit: &mut dyn FnMut(u32, Event<'_>),
) -> Result<Map<String, Value>, ReplyError> {
    decode_whole(text, emit).map_err(|error| match error {
        WholeError::Unusable(what) => ReplyError::Unusable(what),
        WholeError::Error(error) => ReplyError::Error(error),
    })
}
