//! `cargo bench -p auriko-wire`: what a streamed chunk costs in this crate alone. Each program run handles `CHUNKS` chunks,
//! so a chunk costs the time shown divided by that; divan shows the rate in items (chunks) and in bytes. Times vary with
//! the machine; allocations do not, and `tests/allocations.rs` asserts them.

use auriko_wire::chunk::ChunkDecoder;
use auriko_wire::encode::{ChunkEncoder, ChunkIdentity};
use auriko_wire::event::Event;
use auriko_wire::sse::SseDecoder;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

mod stream;

const CHUNKS: usize = 1000;
const LIMIT_BYTES: usize = 1 << 20;
/// What a read from a busy socket brings, and one chunk, which a quiet one brings.
const READS: [usize; 2] = [16 * 1024, 250];

fn main() {
    divan::main();
}

/// Bytes to frames.
#[divan::bench(args = READS)]
fn sse(bencher: Bencher<'_, '_>, read: usize) {
    let body = stream::body(CHUNKS);
    bencher.counter(BytesCount::new(body.len())).counter(ItemsCount::new(CHUNKS)).bench_local(|| {
        let mut sse = SseDecoder::new(LIMIT_BYTES);
        let mut length = 0;
        for bytes in black_box(&body).chunks(read) {
            sse.push(bytes);
            while let Some(frame) = sse.next_frame() {
                length += frame.expect("a valid stream").data.len();
            }
        }
        length
    });
}

/// Bytes to events.
#[divan::bench(args = READS)]
fn sse_and_chunks(bencher: Bencher<'_, '_>, read: usize) {
    let body = stream::body(CHUNKS);
    bencher.counter(BytesCount::new(body.len())).counter(ItemsCount::new(CHUNKS)).bench_local(|| {
        let mut length = 0;
        decode(black_box(&body), read, &mut |_, event| {
            if let Event::Text { delta } = event {
                length += delta.len();
            }
        });
        length
    });
}

/// Bytes to events to bytes: what a gateway does with a stream.
#[divan::bench(args = READS)]
fn relay(bencher: Bencher<'_, '_>, read: usize) {
    let body = stream::body(CHUNKS);
    bencher.counter(BytesCount::new(body.len())).counter(ItemsCount::new(CHUNKS)).bench_local(|| {
        let identity = ChunkIdentity { id: String::new(), model: String::new(), created: 0 };
        let mut encoder = ChunkEncoder::new(identity);
        let mut out = Vec::with_capacity(2 * body.len());
        decode(black_box(&body), read, &mut |choice, event| {
            encoder.encode_sse(choice, &event, &mut out);
        });
        out
    });
}

fn decode(body: &[u8], read: usize, emit: &mut dyn FnMut(u32, Event<'_>)) {
    let mut sse = SseDecoder::new(LIMIT_BYTES);
    let mut chunks = ChunkDecoder::default();
    for bytes in body.chunks(read) {
        sse.push(bytes);
        while let Some(frame) = sse.next_frame() {
            chunks.decode(&frame.expect("a valid stream"), emit);
        }
    }
}
