//! The Auriko wire protocol: bytes in, events out, and back again.
//!
//! This crate does no I/O: no sockets, no clock, no environment. Both ends of the wire use it, the client
//! core to read what a server sent and the gateway to read upstream replies and to write its own.
//!
//! ```
//! use auriko_wire::chunk::ChunkDecoder;
//! use auriko_wire::event::Event;
//! use auriko_wire::sse::SseDecoder;
//!
//! let mut sse = SseDecoder::new(1 << 20);
//! sse.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n");
//! let mut chunks = ChunkDecoder::default();
//! let mut text = String::new();
//! while let Some(frame) = sse.next_frame() {
//!     chunks.decode(&frame.unwrap(), &mut |_choice, event| {
//!         if let Event::Text { delta } = event {
//!             text.push_str(&delta);
//!         }
//!     });
//! }
//! assert_eq!(text, "Hi");
//! ```

pub mod chunk;
pub mod embeddings;
pub mod encode;
pub mod error_body;
pub mod error_code;
pub mod event;
pub mod fnv;
pub mod frame_decoder;
pub mod headers;
mod json_scan;
pub mod json_text;
pub mod json_value;
pub mod lookup;
pub mod messages;
pub mod money;
pub mod raw;
pub mod request;
pub mod response;
pub mod responses;
pub mod routing_metadata;
pub mod run;
pub mod sse;
pub mod usage;
