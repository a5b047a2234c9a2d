//! The content blocks of a streamed message: numbered in order, one open at a time. Frames are written straight
//! into the output, without building JSON values.

/// What the open block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Thinking,
    /// No thinking can follow its signature.
    SignedThinking,
    Other,
}

/// Where a stream's content stands.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Index of the next block.
    next: u64,
    open: Option<Kind>,
}

impl Blocks {
    pub(super) fn open(&self) -> Option<Kind> {
        self.open
    }

    /// Begins a block after closing the one before; `block` writes it as it begins.
    pub(super) fn start(&mut self, kind: Kind, out: &mut Vec<u8>, block: impl FnOnce(&mut Vec<u8>)) {
        self.close(out);
        out.extend_from_slice(
            b"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":",
        );
        write_number(out, self.next);
        out.extend_from_slice(b",\"content_block\":");
        block(out);
        out.extend_from_slice(b"}\n\n");
        self.open = Some(kind);
        self.next += 1;
    }

    /// Adds to the open block: `{"type":<kind>,<field>:<text>}`. Both names are given with their quotes.
    pub(super) fn delta(&self, kind: &str, field: &str, text: &str, out: &mut Vec<u8>) {
        self.write_delta(out, |out| {
            out.extend_from_slice(b"{\"type\":");
            out.extend_from_slice(kind.as_bytes());
            out.push(b',');
            out.extend_from_slice(field.as_bytes());
            out.push(b':');
            write_text(out, text);
            out.push(b'}');
        });
    }

    /// Adds to the open block what `delta` writes.
    pub(super) fn write_delta(&self, out: &mut Vec<u8>, delta: impl FnOnce(&mut Vec<u8>)) {
        debug_assert!(self.open.is_some(), "a delta belongs to an open block");
        out.extend_from_slice(
            b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":",
        );
        write_number(out, self.next.saturating_sub(1));
        out.extend_from_slice(b",\"delta\":");
        delta(out);
        out.extend_from_slice(b"}\n\n");
    }

    /// Notes that the open thinking has its signature.
    pub(super) fn sign(&mut self) {
        self.open = Some(Kind::SignedThinking);
    }

    /// Closes the open block, if there is one.
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            out.extend_from_slice(
                b"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":",
            );
            write_number(out, self.next.saturating_sub(1));
            out.extend_from_slice(b"}\n\n");
        }
    }
}

pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("text serialises into memory");
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    serde_json::to_writer(out, &number).expect("a number serialises into memory");
}
