//! The router: one request path, with two ways in, an HTTP server and calls from the same process.
//!
//! Start reading in `pipeline.rs`.
//!
//! ```
//! use auriko_gateway::{Call, Config, Gateway, ReplyBody};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
//! let gateway = Gateway::new(Config::zero(&|_variable| None)).unwrap();
//! let body = r#"{"model":"simulated","messages":[{"role":"user","content":"Hello"}]}"#;
//! let reply = gateway.handle(Call::post("/v1/chat/completions", body)).await;
//! assert_eq!(reply.status, 200);
//! let ReplyBody::Json(completion) = reply.body else { panic!("not a stream") };
//! assert!(completion.contains("simulated reply"));
//! # }
//! ```

mod account;
mod attempt;
mod call;
mod catalog;
mod cli;
mod clock;
mod config;
mod count_tokens;
mod dialect;
mod dispatch;
mod embeddings;
mod error;
mod failure;
mod gateway;
mod guard;
mod health;
mod ledger;
mod management;
mod media;
mod meter;
mod models;
mod observe;
mod origin;
mod own_key;
mod parameters;
mod pipeline;
mod relay;
mod routes;
mod routing;
mod server;
mod upstream;

pub use call::{Call, Reply, ReplyBody};
pub use cli::{interrupted, run_cli};
pub use config::{Config, ConfigError};
pub use dialect::Encoder;
pub use gateway::{Description, Gateway, ModelDescription};
pub use ledger::{Hedge, Ledger, Outcome, Served, Settlement};
pub use relay::EventBody;
pub use routes::{ROUTES, Route};
pub use server::Server;
