//! Google's Gemini API (`generateContent`): building requests, reading plain and streamed replies.
//!
//! The native API and not Google's OpenAI-compatible one, since only the native one carries thought
//! signatures, without which models of the third generation refuse to go on after a tool call.
//!
//! Facts about the API are those of <https://ai.google.dev/api/generate-content> and of the types of Google's
//! own client `google-genai` 3.4, read on 2026-11-22; where something else is relied on, it says so there.

mod build;
mod citations;
mod contents;
mod error;
mod finish;
mod generation;
mod logprobs;
mod media;
mod model;
mod reply;
mod schema;
mod signature;
mod stream;
mod thinking;
mod tools;
mod usage;
mod wire;

#[cfg(test)]
mod tests;

pub use build::build;
pub use error::{read_error, read_error_value};
pub use generation::takes_parameter;
pub use media::takes_link;
pub use reply::decode_reply;
pub(crate) use signature::has_signed;
pub use stream::GeminiDecoder;
