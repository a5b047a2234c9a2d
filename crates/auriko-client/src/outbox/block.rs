//! A run of records with their text, as one task decoded them or as they wait for a drain.

use super::KEEP_BYTES;

/// What a record holds. The numbers are known to `ts/transport/native.ts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// A text delta.
    Text = 1,
    /// A reasoning delta.
    Reasoning = 2,
    /// A fragment of tool arguments; `index` is the call's, -1 when the wire gave none.
    ToolArguments = 3,
    /// Any other event, as JSON.
    Event = 4,
    /// A chunk's JSON as it came, before its events.
    Raw = 5,
    /// A chunk's JSON; its text is in the chunk array.
    Chunk = 6,
    /// Status and headers, as JSON.
    Head = 7,
    /// A whole reply body.
    Body = 8,
    /// The end, after `[DONE]` or a whole body.
    Done = 9,
    /// The end of the body, without `[DONE]`.
    Eof = 10,
    /// A failure, as JSON; also an end.
    Failed = 11,
}

impl Kind {
    /// Deltas of these kinds may be joined without loss.
    const fn merges(self) -> bool {
        matches!(self, Self::Text | Self::Reasoning | Self::ToolArguments)
    }

    /// One of many alike: a moment more or less matters to nobody, where many streams are active.
    const fn may_gather(self) -> bool {
        matches!(self, Self::Text | Self::Reasoning | Self::ToolArguments | Self::Raw | Self::Chunk)
    }

    /// Nothing follows a record of this kind.
    pub const fn ends_stream(self) -> bool {
        matches!(self, Self::Done | Self::Eof | Self::Failed)
    }
}

/// What a record costs of its stream's window besides its text, so that empty records are bounded too.
pub const RECORD_COST: usize = 32;

#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) index: i32,
    /// Length of its text in bytes.
    pub(super) bytes: usize,
    /// The same in UTF-16 code units, which is how JavaScript counts.
    pub(super) units: usize,
}

impl Record {
    fn takes(&self, next: &Self) -> bool {
        self.kind == next.kind && self.index == next.index && self.kind.merges()
    }
}

#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) records: Vec<Record>,
    pub(super) text: String,
}

impl Block {
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it holds what must reach the reader at once.
    pub(super) fn is_urgent(&self) -> bool {
        self.records.iter().any(|record| !record.kind.may_gather())
    }

    /// Adds one record, or lengthens the last one; gives what that costs of the window.
    pub(super) fn push(&mut self, kind: Kind, index: i32, text: &str, merge: bool) -> usize {
        let record = Record { kind, index, bytes: text.len(), units: utf16_length(text) };
        self.text.push_str(text);
        match self.records.last_mut() {
            Some(last) if merge && last.takes(&record) => {
                last.bytes += record.bytes;
                last.units += record.units;
                record.units
            }
            _ => {
                self.records.push(record);
                record.units + RECORD_COST
            }
        }
    }

    /// Moves all of `other` to the end of this block; says whether its first record was joined to our last.
    pub(super) fn append(&mut self, other: &mut Self, merge: bool) -> bool {
        if self.is_empty() {
            std::mem::swap(self, other);
            other.clear();
            return false;
        }
        self.text.push_str(&other.text);
        let mut rest = &other.records[..];
        let mut merged = false;
        if let (true, Some(last), Some(first)) = (merge, self.records.last_mut(), rest.first())
            && last.takes(first)
        {
            last.bytes += first.bytes;
            last.units += first.units;
            rest = &rest[1..];
            merged = true;
        }
        self.records.extend_from_slice(rest);
        other.clear();
        merged
    }

    /// Removes the first `records` records, whose texts are `bytes` long together.
    pub(super) fn remove_front(&mut self, records: usize, bytes: usize) {
        if records == self.records.len() {
            self.clear();
        } else {
            self.records.drain(..records);
            self.text.drain(..bytes);
        }
    }

    fn clear(&mut self) {
        self.records.clear();
        self.text.clear();
        if self.text.capacity() > KEEP_BYTES {
            self.text = String::new();
        }
    }
}

/// Length as JavaScript counts it.
pub(super) fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}
