//! The outbox: the one way into JavaScript, for all streams of one Node environment.
//!
//! Network tasks append what they decoded; the first append after a drain asks for one wake-up, later ones only
//! append. A drain hands over everything that waits, as an integer array and one string. Adjacent deltas of one
//! stream that wait together become one record, so a busy reader gets fewer, larger records instead of a longer
//! queue, and a lone delta is never held back.
//!
//! One promise per chunk and stream costs about three times as much on the reader's thread (architecture.md §2.1).
//! This module knows nothing of Node: the addon supplies the wake-up and the memory.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::window::Window;

mod block;
mod sender;

use block::Block;
pub use block::{Kind, RECORD_COST};
pub use sender::{Coalesce, Sender};

/// Integers at the head of a drained array: records, whether more waits, and the place and count of the chunks.
pub const HEADER_LENGTH: usize = 4;

/// Integers of one record: stream, kind, index, length in UTF-16 code units.
pub const RECORD_LENGTH: usize = 4;

/// After a drain that served so many streams, deltas wait for [`GATHER`] since that drain before they wake the reader: a
/// wake-up costs it about as much as three chunks. Fewer streams are never kept waiting.
const MANY_STREAMS: usize = 8;

/// See [`MANY_STREAMS`]. The runtime's timer counts whole milliseconds, so it can be twice as long.
const GATHER: Duration = Duration::from_millis(1);

/// Most bytes of text handed over by one drain: far below what a JavaScript string can hold.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;

/// Buffers that grew past this are not kept when they are empty again.
const KEEP_BYTES: usize = 64 * 1024;

/// Text of one drain.
#[derive(Debug, Default)]
pub struct Drained {
    /// Text of all records but the chunks, in record order.
    pub text: String,
    /// The chunks of all streams as one JSON array, so that the reader parses once.
    pub chunks: String,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Outbox {
    inner: Mutex<Inner>,
    due: Notify,
    /// Something waits that must not be gathered.
    urgent: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    last_id: u32,
    streams: HashMap<u32, Waiting>,
    /// Streams with something to drain, in the order in which it came.
    ready: Vec<u32>,
    wake_asked: bool,
    /// Among what waits is more than deltas: a head, an end, an event.
    is_urgent: bool,
    /// When the last drain that served many streams was.
    busy_at: Option<Instant>,
    is_closed: bool,
}

/// What waits of one stream.
#[derive(Debug)]
struct Waiting {
    block: Block,
    window: Arc<Window>,
    task: Option<AbortHandle>,
    is_ready: bool,
}

impl Outbox {
    /// An empty outbox.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Opens a stream that may hold `window_bytes` between socket and reader.
    pub fn open(self: &Arc<Self>, coalesce: Coalesce, window_bytes: u32) -> Sender {
        let window = Arc::new(Window::new(window_bytes));
        let mut inner = self.lock();
        // Ids fit a positive i32 and come back only after two billion streams.
        inner.last_id = inner.last_id % (i32::MAX as u32) + 1;
        let id = inner.last_id;
        let waiting =
            Waiting { block: Block::default(), window: Arc::clone(&window), task: None, is_ready: false };
        inner.streams.insert(id, waiting);
        drop(inner);
        Sender::new(Arc::clone(self), id, window, coalesce)
    }

    /// Gives the stream its task, which `cancel` ends.
    pub fn attach(&self, id: u32, task: AbortHandle) {
        let mut inner = self.lock();
        match inner.streams.get_mut(&id) {
            Some(waiting) => waiting.task = Some(task),
            // Ended or cancelled already; a closed outbox has no streams either.
            None => task.abort(),
        }
    }

    /// Ends a stream from the reader's side: its task is dropped, which closes its connection.
    pub fn cancel(&self, id: u32) {
        let removed = self.lock().streams.remove(&id);
        if let Some(task) = removed.and_then(|waiting| waiting.task) {
            task.abort();
        }
    }

    /// Says that `amount` units of a stream were consumed.
    pub fn release(&self, id: u32, amount: usize) {
        if let Some(waiting) = self.lock().streams.get(&id) {
            waiting.window.give(amount);
        }
    }

    /// Streams that have not been drained to their end.
    pub fn in_flight(&self) -> usize {
        self.lock().streams.len()
    }

    /// Cancels every stream and refuses what still comes: the environment goes away.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.is_closed = true;
        inner.ready.clear();
        let streams = std::mem::take(&mut inner.streams);
        drop(inner);
        for task in streams.into_values().filter_map(|waiting| waiting.task) {
            task.abort();
        }
    }

    /// Resolves when a drain is due: once after each first append, at once or, where many streams are active and only
    /// deltas wait, a moment after the last drain.
    pub async fn due(&self) {
        self.due.notified().await;
        let mut urgent = pin!(self.urgent.notified());
        // Before the look at what waits, or what becomes urgent in between would be missed.
        urgent.as_mut().enable();
        let Some(until) = self.lock().gathers_until() else { return };
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = urgent => {}
        }
    }

    /// Moves what waits into `records` and `drained`. Says in the header whether more waits; then call again.
    ///
    /// `records` must hold the header and at least one record.
    pub fn drain(&self, records: &mut [i32], drained: &mut Drained) {
        drained.text.clear();
        drained.chunks.clear();
        let mut writer = Writer { records, count: 0, chunk_count: 0, drained };
        let mut inner = self.lock();
        let mut ready = std::mem::take(&mut inner.ready);
        let mut done = 0;
        inner.is_urgent = false;
        inner.busy_at = (ready.len() >= MANY_STREAMS).then(Instant::now);
        for &id in &ready {
            let Some(waiting) = inner.streams.get_mut(&id) else {
                done += 1;
                continue;
            };
            let (ended, complete) = writer.take(id, &mut waiting.block);
            if !complete {
                break;
            }
            waiting.is_ready = false;
            done += 1;
            if ended {
                inner.streams.remove(&id);
            }
        }
        ready.drain(..done);
        let more = !ready.is_empty();
        // Nothing can have been appended meanwhile: the lock is held.
        inner.ready = ready;
        inner.wake_asked = more;
        drop(inner);
        writer.finish(more);
    }

    /// Appends a block; false when the stream is gone.
    fn append(&self, id: u32, block: &mut Block, merge: bool) -> bool {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let Some(waiting) = inner.streams.get_mut(&id) else { return false };
        let is_urgent = block.is_urgent();
        let merged = waiting.block.append(block, merge);
        if merged {
            // Two records became one: the reader will give back the cost of one.
            waiting.window.give(RECORD_COST);
        }
        if !waiting.is_ready {
            waiting.is_ready = true;
            inner.ready.push(id);
        }
        inner.is_urgent |= is_urgent;
        let wakes = !std::mem::replace(&mut inner.wake_asked, true);
        drop(guard);
        if wakes {
            self.due.notify_one();
        }
        if is_urgent {
            // Whoever is gathering now; nothing is kept for later.
            self.urgent.notify_waiters();
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn gathers_until(&self) -> Option<Instant> {
        let until = self.busy_at? + GATHER;
        (!self.is_urgent && until > Instant::now()).then_some(until)
    }
}

/// Writes records of a drain.
struct Writer<'a> {
    records: &'a mut [i32],
    count: usize,
    chunk_count: usize,
    drained: &'a mut Drained,
}

impl Writer<'_> {
    /// Takes what fits; says whether the stream ended and whether all of it was taken.
    fn take(&mut self, id: u32, block: &mut Block) -> (bool, bool) {
        let room = (self.records.len() - HEADER_LENGTH) / RECORD_LENGTH - self.count;
        let mut bytes = 0;
        let mut taken = 0;
        let mut ended = false;
        for record in block.records.iter().take(room) {
            if self.drained.text.len() + self.drained.chunks.len() >= DRAIN_BYTES {
                break;
            }
            let text = &block.text[bytes..bytes + record.bytes];
            bytes += record.bytes;
            taken += 1;
            if record.kind == Kind::Chunk {
                self.drained.chunks.push(if self.chunk_count == 0 { '[' } else { ',' });
                self.drained.chunks.push_str(text);
                self.chunk_count += 1;
            } else {
                self.drained.text.push_str(text);
            }
            ended = record.kind.ends_stream();
            let at = HEADER_LENGTH + self.count * RECORD_LENGTH;
            self.records[at..at + RECORD_LENGTH].copy_from_slice(&[
                to_i32(id as usize),
                record.kind as i32,
                record.index,
                to_i32(record.units),
            ]);
            self.count += 1;
        }
        let complete = taken == block.records.len();
        block.remove_front(taken, bytes);
        (ended, complete)
    }

    fn finish(self, more: bool) {
        let chunks_at = block::utf16_length(&self.drained.text);
        if self.chunk_count > 0 {
            self.drained.chunks.push(']');
        }
        self.records[..HEADER_LENGTH].copy_from_slice(&[
            to_i32(self.count),
            i32::from(more),
            to_i32(chunks_at),
            to_i32(self.chunk_count),
        ]);
    }
}

/// Counts and lengths of one drain are far below two billion (`DRAIN_BYTES`).
fn to_i32(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
