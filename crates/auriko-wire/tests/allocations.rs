//! What a streamed chunk allocates, counted: unlike times, counts are the same on every machine.

use allocation_counter::measure;
use auriko_wire::chunk::ChunkDecoder;
use auriko_wire::encode::{ChunkEncoder, ChunkIdentity};
use auriko_wire::event::Event;
use auriko_wire::sse::SseDecoder;

#[path = "../benches/decode/stream.rs"]
mod stream;

const CHUNKS: usize = 1000;
const READ_BYTES: usize = 16 * 1024;

/// Allocations of a whole stream of [`CHUNKS`] chunks.
fn count(mut handle: impl FnMut(&[u8])) -> u64 {
    let body = stream::body(CHUNKS);
    measure(|| body.chunks(READ_BYTES).for_each(&mut handle)).count_total
}

#[test]
fn frames_allocate_nothing() {
    let mut sse = SseDecoder::new(1 << 20);
    let mut frames = 0;
    let allocations = count(|bytes| {
        sse.push(bytes);
        while let Some(frame) = sse.next_frame() {
            assert!(!frame.expect("a valid stream").data.is_empty());
            frames += 1;
        }
    });
    assert_eq!(frames, CHUNKS + 3);
    // The buffer, and its growth by what a read leaves over.
    assert!(allocations <= 2, "{allocations} allocations");
}

#[test]
fn an_event_costs_one_allocation() {
    let mut sse = SseDecoder::new(1 << 20);
    let mut chunks = ChunkDecoder::default();
    let mut length = 0;
    let allocations = count(|bytes| {
        sse.push(bytes);
        while let Some(frame) = sse.next_frame() {
            chunks.decode(&frame.expect("a valid stream"), &mut |_, event| {
                if let Event::Text { delta } = event {
                    length += delta.len();
                }
            });
        }
    });
    assert_eq!(length, CHUNKS * " token00".len());
    // The list of choices; every text is borrowed.
    assert!(allocations <= CHUNKS as u64 + 10, "{allocations} allocations for {CHUNKS} chunks");
}

#[test]
fn a_written_chunk_costs_none() {
    let identity = ChunkIdentity { id: "chatcmpl-1".to_owned(), model: "m".to_owned(), created: 1 };
    let mut encoder = ChunkEncoder::new(identity);
    let mut out = Vec::with_capacity(CHUNKS * 300);
    // The first chunk of a choice remembers that its role was sent, the second what stands around its text.
    for _ in 0..2 {
        encoder.encode_sse(0, &Event::Text { delta: " token00".into() }, &mut out);
    }
    let allocations = measure(|| {
        for _ in 2..CHUNKS {
            encoder.encode_sse(0, &Event::Text { delta: " token00".into() }, &mut out);
        }
    });
    assert_eq!(allocations.count_total, 0);
    assert_eq!(out.windows(8).filter(|window| window == b" token00").count(), CHUNKS);
}
