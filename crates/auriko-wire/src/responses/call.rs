//! A `function_call` item of the output. Chat completions may mix the fragments of several calls, and so may the
//! events of this API: each call is an item that stays open until it is whole.

use serde_json::{Map, Value};

use super::frames::{Frames, Place};
use crate::json_scan::JsonScan;

#[derive(Debug, Default)]
pub(super) struct Call {
    /// The provider's number for it.
    pub(super) index: Option<u32>,
    id: Option<String>,
    name: String,
    arguments: String,
    signature: Option<String>,
    scan: JsonScan,
    /// Whether the caller knows of it: an item begins with its name.
    pub(super) is_announced: bool,
}

/// A piece of a call, as the event has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment<'a> {
    pub(super) index: Option<u32>,
    pub(super) id: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) arguments: &'a str,
    pub(super) signature: Option<&'a str>,
}

impl Call {
    pub(super) fn new(index: Option<u32>) -> Self {
        Self { index, ..Self::default() }
    }

    /// Takes a piece. Returns whether the item can be announced now.
    pub(super) fn take(&mut self, fragment: Fragment<'_>) -> bool {
        let own = |text: Option<&str>| text.map(str::to_owned);
        self.id = own(fragment.id).or(self.id.take());
        self.signature = own(fragment.signature).or(self.signature.take());
        if !self.is_announced {
            self.name.push_str(fragment.name.unwrap_or_default());
        }
        self.arguments.push_str(fragment.arguments);
        self.scan.push(fragment.arguments);
        !self.is_announced && !self.name.is_empty()
    }

    /// Whether the arguments are a whole value.
    pub(super) fn is_complete(&self) -> bool {
        self.scan.is_complete()
    }

    /// Writes arguments that came now, or all that waited for the announcement.
    pub(super) fn write(&self, arguments: Option<&str>, place: Place<'_>, frames: &mut Frames<'_>) {
        let delta = arguments.unwrap_or(&self.arguments);
        if !delta.is_empty() {
            frames.delta(place, "response.function_call_arguments.delta", None, delta, None);
        }
    }

    pub(super) fn close(&mut self, is_cut: bool, place: Place<'_>, frames: &mut Frames<'_>) {
        // A call without arguments: callers read them as JSON.
        if self.arguments.trim().is_empty() && !is_cut {
            self.arguments.push_str("{}");
            self.write(Some("{}"), place, frames);
        }
        frames.event_at(
            place,
            "response.function_call_arguments.done",
            || serde_json::json!({ "name": self.name, "arguments": self.arguments }),
        );
    }

    /// Adds the item's own fields. While it is being written, its arguments are what the deltas say.
    pub(super) fn put(&self, item_id: &str, is_whole: bool, fields: &mut Map<String, Value>) {
        // Providers that number their calls need not name them; the item's id is unique.
        let id = self.id.clone().unwrap_or_else(|| item_id.replacen("fc_", "call_", 1));
        let arguments = if is_whole { self.arguments.as_str() } else { "" };
        for (name, value) in [("arguments", arguments), ("call_id", id.as_str()), ("name", &self.name)] {
            fields.insert(name.to_owned(), value.into());
        }
        if let Some(signature) = &self.signature {
            fields.insert("provider_signature".to_owned(), signature.as_str().into());
        }
    }
}
