//! Anthropic's Messages API as callers speak it (G-16): its requests read into a [`ChatRequest`], replies written
//! from events.
//!
//! Reading keeps what a provider of the same API needs back unchanged: cache marks on any block, signed and
//! encrypted thinking in its order, errors and images in tool results. Where our own request has no field for
//! something, the chat message carries it under Anthropic's name (`is_error`, `cache_control`), and adapters for
//! other APIs leave it out.
//!
//! [`ChatRequest`]: crate::request::ChatRequest

mod blocks;
mod content;
mod encode;
mod ending;
mod error;
mod reply;
mod request;
mod source;
mod thinking;
mod tool_calls;
mod tools;

#[cfg(test)]
mod tests;

pub use encode::MessageEncoder;
pub use ending::Preview;
pub use error::{PING, error_json};
pub use reply::message;
pub use request::{parse, parse_for_count};
