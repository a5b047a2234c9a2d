//! The client core: one request from start to end.
//!
//! Connects under a limit, sends, retries only before the first byte of a good reply, and turns the body into
//! text, frames or events. Knows the wire through `auriko-wire` and nothing of JavaScript.
//!
//! ```no_run
//! # async fn run() -> Result<(), auriko_client::Error> {
//! use auriko_client::{Client, EventStream, Method, Progress, Request};
//!
//! let client = Client::new();
//! let mut request = Request::new(Method::Post, "http://127.0.0.1:8787/v1/chat/completions");
//! request.body = Some(r#"{"model":"simulated","stream":true,"messages":[]}"#.into());
//! let response = client.send(request).await?;
//! let mut events = EventStream::new(response.into_body(), 1 << 20);
//! loop {
//!     events.wait().await?;
//!     if events.drain(&mut |_choice, event| println!("{event:?}"))? != Progress::More {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod blocked_ranges;
mod body;
mod client;
mod delivery;
mod direct;
mod error;
mod media;
pub mod outbox;
mod request;
mod response;
mod retry;
mod stream;
mod window;

pub use blocked_ranges::BlockedRanges;
pub use body::{BodyPart, assemble};
pub use client::Client;
pub use delivery::{Mode, deliver_reply, deliver_stream, failure_json, head_json};
pub use error::{Error, ErrorKind, Limit};
pub use media::{Media, MediaError, MediaFetcher, MediaLimits};
pub use request::{Limits, Method, Request};
pub use response::{Body, Response};
pub use retry::{Backoff, Decision, parse_retry_after};
pub use stream::{EventStream, FrameStream, Next, Progress};
pub use window::Window;
