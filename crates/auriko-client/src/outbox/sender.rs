//! The producing end of one stream.

use std::sync::Arc;
use std::time::Duration;

use auriko_wire::event::Event;
use tokio::time::Instant;

use super::Outbox;
use super::block::{Block, Kind};
use crate::window::Window;

/// How deltas that wait are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coalesce {
    /// Those that already wait; nothing is delayed for it.
    #[default]
    Waiting,
    /// Never.
    Off,
    /// Hand over at most so often; the first delta still leaves at once.
    Every(Duration),
}

/// Appends the records of one stream. Dropping it before [`Self::end`] ends the stream with a failure, so a
/// reader never waits for a task that is gone.
#[derive(Debug)]
pub struct Sender {
    outbox: Arc<Outbox>,
    id: u32,
    window: Arc<Window>,
    coalesce: Coalesce,
    block: Block,
    /// Not before this instant, with [`Coalesce::Every`].
    next_flush: Option<Instant>,
    has_ended: bool,
}

impl Sender {
    pub(super) fn new(outbox: Arc<Outbox>, id: u32, window: Arc<Window>, coalesce: Coalesce) -> Self {
        Self { outbox, id, window, coalesce, block: Block::default(), next_flush: None, has_ended: false }
    }

    /// The stream's number in drained records.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The stream's window: wait until it is open before reading on.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Adds a record to what the next flush hands over.
    pub fn push(&mut self, kind: Kind, index: i32, text: &str) {
        let cost = self.block.push(kind, index, text, self.coalesce != Coalesce::Off);
        self.window.take(cost);
    }

    /// Adds an event: frequent ones as bare text, the others as JSON.
    pub fn push_event(&mut self, event: &Event<'_>) {
        match event {
            Event::Text { delta } => self.push(Kind::Text, 0, delta),
            Event::Reasoning { delta } => self.push(Kind::Reasoning, 0, delta),
            Event::ToolCall { index, id: None, name: None, arguments, signature: None } => {
                let index = index.map_or(-1, |index| i32::try_from(index).unwrap_or(i32::MAX));
                self.push(Kind::ToolArguments, index, arguments);
            }
            other => {
                let json = serde_json::to_string(other).expect("an event has no map keys that could fail");
                self.push(Kind::Event, 0, &json);
            }
        }
    }

    /// Hands over what was pushed, unless [`Coalesce::Every`] says to wait; then [`Self::flush_at`] says until when.
    pub fn flush(&mut self) {
        if let Coalesce::Every(interval) = self.coalesce {
            let now = Instant::now();
            if self.next_flush.is_some_and(|at| now < at) {
                return;
            }
            // Only deltas set the pace: the head of the reply must not hold back the first token.
            if self
                .block
                .records
                .iter()
                .any(|record| matches!(record.kind, Kind::Text | Kind::Reasoning | Kind::ToolArguments))
            {
                self.next_flush = Some(now + interval);
            }
        }
        self.flush_all();
    }

    /// When something waits to be flushed: the instant at which [`Self::flush`] will hand it over.
    pub fn flush_at(&self) -> Option<Instant> {
        if self.block.is_empty() { None } else { self.next_flush }
    }

    /// Hands over and ends the stream. `kind` must be one that ends it.
    pub fn end(mut self, kind: Kind, text: &str) {
        debug_assert!(kind.ends_stream(), "only an end may end a stream");
        self.push(kind, 0, text);
        self.has_ended = true;
        self.flush_all();
    }

    /// Hands over what was pushed, whatever the pace.
    pub fn flush_all(&mut self) {
        if !self.block.is_empty() {
            let merge = self.coalesce != Coalesce::Off;
            if !self.outbox.append(self.id, &mut self.block, merge) {
                self.block = Block::default();
            }
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if !self.has_ended {
            self.push(Kind::Failed, 0, r#"{"kind":"interrupted","message":"the stream's task ended early"}"#);
            self.flush_all();
        }
    }
}
