//! Server-sent events, both directions.
//!
//! The decoder follows the event-stream rules of the HTML standard (§9.2.6) where they make sense for a
//! completion API, and departs from them in one point: a last event without its blank line is delivered,
//! because several servers close the connection there and the event is the one with the usage.

mod decode;
mod encode;

pub use decode::{Frame, SseDecoder, SseError};
pub use encode::{DONE, KEEP_ALIVE, write_data, write_event};
