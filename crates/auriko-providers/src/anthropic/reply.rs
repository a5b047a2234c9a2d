//! A plain reply: a `message` object.

use std::borrow::Cow;

use auriko_wire::event::Event;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::blocks::{Block, Blocks, Emit, text};
use super::usage::Counts;
use crate::adapter::ReplyError;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    model: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<Vec<Block<'a>>>,
    #[serde(borrow, default)]
    stop_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stop_details: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Passes the events of a `message` object to `emit`. All its fields that a caller can use are among them, so
/// the returned map is empty.
///
/// # Errors
/// [`ReplyError`]; then nothing was emitted.
pub fn decode_message(
    body: &str,
    answer_tool: Option<&str>,
    emit: &mut Emit<'_>,
) -> Result<Map<String, Value>, ReplyError> {
    let unusable = |what: &str| ReplyError::Unusable(what.to_owned());
    let value = body.trim_start();
    if !value.starts_with('{') {
        return Err(unusable("the body is not a JSON object"));
    }
    let message: Message<'_> =
        serde_json::from_str(value).map_err(|_| unusable("the body is not a message"))?;
    if let Some(error) = message.error.filter(|error| error.get() != "null") {
        return Err(ReplyError::Error(serde_json::from_str(error.get()).unwrap_or_default()));
    }
    let Some(content) = &message.content else { return Err(unusable("the reply has no content")) };

    emit(0, identity(message.id, message.model));
    let mut counts = Counts::default();
    counts.take(message.usage);
    if let Some(event) = counts.take_tier() {
        emit(0, event);
    }
    let mut blocks = Blocks::new(answer_tool.map(str::to_owned));
    for block in content {
        blocks.start(block, emit);
    }
    blocks.stop(emit);
    finish(message.stop_reason, message.stop_details, &blocks, emit);
    if let Some(event) = counts.event() {
        emit(0, event);
    }
    Ok(Map::new())
}

/// Who answered.
pub(super) fn identity<'a>(id: Option<&'a RawValue>, model: Option<&'a RawValue>) -> Event<'a> {
    let some = |raw| Some(text(raw)).filter(|text: &Cow<'_, str>| !text.is_empty());
    Event::Meta { id: some(id), model: some(model), created: None }
}

/// The finish word, and what a refusal says of itself. `reason` is `null` while the reply goes on.
pub(super) fn finish(
    reason: Option<&RawValue>,
    details: Option<&RawValue>,
    blocks: &Blocks,
    emit: &mut Emit<'_>,
) {
    let native = text(reason);
    if native.is_empty() {
        return;
    }
    if native == "refusal" {
        let details = details.and_then(|details| serde_json::from_str::<Value>(details.get()).ok());
        let explanation = details.as_ref().and_then(|details| details.get("explanation")?.as_str());
        if let Some(explanation) = explanation.filter(|text| !text.is_empty()) {
            emit(0, Event::Refusal { delta: Cow::Borrowed(explanation) });
        }
    }
    let reason = match &*native {
        "max_tokens" | "model_context_window_exceeded" => "length",
        // The call may be that of the tool that stands in for the answer.
        "tool_use" if blocks.has_calls() => "tool_calls",
        "refusal" => "content_filter",
        // `end_turn`, `stop_sequence`, `pause_turn`, and words to come.
        _ => "stop",
    };
    emit(0, Event::Finish { reason: Cow::Borrowed(reason), native: Some(native) });
}
