//! OpenAI's Responses API as callers speak it (api.md §4): its requests read into a [`ChatRequest`], replies
//! written from events.
//!
//! Nothing is kept between requests (G-15): what an earlier reply held comes back with the next one. Thinking that
//! a provider signed or encrypted travels in `encrypted_content`, which only this module reads. What no chat
//! provider could be asked, hosted tools and the items they leave, is refused by name (G-34).
//!
//! [`ChatRequest`]: crate::request::ChatRequest

mod call;
mod content;
mod encode;
mod ending;
mod error;
mod frames;
mod input;
mod item;
mod message;
mod output;
mod preview;
mod reasoning;
mod reply;
mod request;
mod thought;
mod tools;
mod turn;

#[cfg(test)]
mod tests;

pub use encode::ResponseEncoder;
pub use error::error_json;
pub use preview::Preview;
pub use reply::response;
pub use request::parse;
