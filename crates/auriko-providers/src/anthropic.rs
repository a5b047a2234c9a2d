//! Anthropic's Messages API: building its requests, reading its replies.
//!
//! What differs most from chat completions: instructions stand apart from the conversation, roles alternate, an
//! output limit is mandatory, thinking is signed and must come back unchanged, and what a request may hold
//! depends on the model (`model.rs`). One thing is lost on the way: a message keeps its thinking, its text and
//! its calls, but not how they were interleaved.

mod blocks;
mod cache;
mod content;
mod error;
mod format;
mod messages;
mod model;
mod parameters;
mod reply;
mod request;
mod schema;
mod stream;
mod thinking;
mod tools;
mod usage;

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]
mod tests;

pub use error::read_error;
pub use reply::decode_message;
pub(crate) use request::VERSION;
pub use request::build;
pub use stream::MessageDecoder;

/// Whether a forwarded parameter of that name has a counterpart in the API.
pub fn takes_parameter(name: &str) -> bool {
    parameters::is_taken(name)
}

/// Whether the provider fetches that URL itself: it does so over https only.
pub fn takes_link(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}
