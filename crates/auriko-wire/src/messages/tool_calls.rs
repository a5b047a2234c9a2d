//! Tool calls of a stream. Chat completions may mix the fragments of several calls; content blocks come one
//! after the other. A call's block is written while it is the first that is not complete, and what belongs to
//! later ones waits: calls that come in order, as nearly all do, are passed on at once.

use std::borrow::Cow;

use serde_json::json;

use super::blocks::{Blocks, Kind};
use super::ending::call_id;
use crate::json_scan::JsonScan;

#[derive(Debug, Default)]
pub(super) struct ToolCalls {
    calls: Vec<Call>,
    /// The one that is being written.
    current: usize,
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u32>,
    id: Option<String>,
    name: String,
    signature: Option<String>,
    /// Arguments that are not written yet.
    waiting: String,
    scan: JsonScan,
    has_begun: bool,
}

/// A piece of a call, as the event has it.
pub(super) struct Fragment<'a> {
    pub(super) index: Option<u32>,
    pub(super) id: Option<&'a Cow<'a, str>>,
    pub(super) name: Option<&'a Cow<'a, str>>,
    pub(super) arguments: &'a str,
    pub(super) signature: Option<&'a Cow<'a, str>>,
}

impl ToolCalls {
    /// Whether something of a call is still to come, so that its block can't be closed.
    pub(super) fn is_open(&self) -> bool {
        self.calls.get(self.current).is_some_and(|call| !call.scan.is_complete())
    }

    /// Takes a piece and writes what can be written.
    pub(super) fn push(
        &mut self,
        fragment: &Fragment<'_>,
        message_id: &str,
        blocks: &mut Blocks,
        out: &mut Vec<u8>,
    ) {
        let call = self.call(fragment.index, fragment.id.is_some());
        let text = |text: Option<&Cow<'_, str>>| text.map(|text| text.clone().into_owned());
        call.id = text(fragment.id).or(call.id.take());
        call.signature = text(fragment.signature).or(call.signature.take());
        if !call.has_begun {
            call.name.push_str(fragment.name.map_or("", |name| name));
        }
        call.waiting.push_str(fragment.arguments);
        call.scan.push(fragment.arguments);
        while let Some(call) = self.calls.get_mut(self.current) {
            let may_begin = call.has_begun || !call.name.is_empty();
            if may_begin {
                call.write(self.current, message_id, blocks, out);
            }
            let is_over = may_begin && call.scan.is_complete() && self.current + 1 < self.calls.len();
            if !is_over {
                break;
            }
            blocks.close(out);
            self.current += 1;
        }
    }

    /// Writes what waits and closes the last block: no more comes.
    pub(super) fn finish(&mut self, message_id: &str, blocks: &mut Blocks, out: &mut Vec<u8>) {
        while let Some(call) = self.calls.get_mut(self.current) {
            call.write(self.current, message_id, blocks, out);
            blocks.close(out);
            self.current += 1;
        }
    }

    /// The call that a piece belongs to: the one with its index, else the last one unless a new one begins.
    fn call(&mut self, index: Option<u32>, is_new: bool) -> &mut Call {
        let known = match index {
            Some(_) => self.calls.iter().position(|call| call.index == index),
            None if is_new => None,
            None => self.calls.len().checked_sub(1),
        };
        let position = known.unwrap_or_else(|| {
            self.calls.push(Call { index, ..Call::default() });
            self.calls.len() - 1
        });
        &mut self.calls[position]
    }
}

impl Call {
    fn write(&mut self, position: usize, message_id: &str, blocks: &mut Blocks, out: &mut Vec<u8>) {
        if !self.has_begun {
            self.has_begun = true;
            let id = self.id.clone().unwrap_or_else(|| call_id(message_id, position));
            let mut block = json!({ "type": "tool_use", "id": id, "name": self.name, "input": {} });
            if let Some(signature) = &self.signature {
                block["provider_signature"] = signature.as_str().into();
            }
            blocks.start(Kind::Other, out, |out| {
                serde_json::to_writer(out, &block).expect("a block serialises into memory");
            });
        }
        if !self.waiting.is_empty() {
            blocks.delta("\"input_json_delta\"", "\"partial_json\"", &self.waiting, out);
            self.waiting.clear();
        }
    }
}
