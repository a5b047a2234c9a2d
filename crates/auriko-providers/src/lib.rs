//! Provider adapters: what is sent to a provider and how its replies are read. No sockets, no clock, no
//! environment; the gateway does the sending.
//!
//! ```
//! use auriko_providers::simulated::{Profile, Simulation, simulate};
//! use auriko_wire::request::ChatRequest;
//!
//! let body = br#"{"model":"simulated","messages":[{"role":"user","content":"Hello"}]}"#;
//! let request = ChatRequest::parse(body).unwrap();
//! let Simulation::Reply(script) = simulate(&request, &Profile::default(), 0) else { panic!("it never fails")
//! };
//! assert_eq!(script.usage.completion_tokens, 64);
//! ```

pub mod accounts;
pub mod adapter;
pub mod anthropic;
pub mod capability;
pub mod embeddings;
pub mod extensions;
pub mod gemini;
pub mod openai_compatible;
pub mod prompt_cache;
pub mod provider_error;
pub mod simulated;
pub mod table;
mod thinking_budget;
mod warnings;
