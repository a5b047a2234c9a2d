//! What the gateway must remember: keys, budgets, credit, rate limits, own keys, idempotency, the ledger.
//!
//! A [`Store`] has two halves. Durable records live in SQL ([`Backend::Directory`]: a SQLite file;
//! [`Backend::Cluster`]: PostgreSQL). What changes with every request lives in the memory of the only process, or
//! in Redis for many. Both halves are traits inside this crate; everything outside is the same for all backends.
//!
//! Prompts and completions never come here.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), auriko_store::StoreError> {
//! use auriko_store::budget::{Account, Reserved};
//! use auriko_store::{Store, StoreConfig};
//! use auriko_wire::money::NanoUsd;
//!
//! let store = Store::open(StoreConfig::in_memory()).await?;
//! let account = Account { workspace: "default".into(), key: None, byok_provider: None };
//! match store.budgets().reserve(account, NanoUsd(2_000_000)).await? {
//!     Reserved::Held(reservation) => {
//!         // … the attempt …
//!         reservation.settle(NanoUsd(1_250_000)).await?;
//!     }
//!     Reserved::Refused(status) => println!("{} is used up", status.budget.id),
//! }
//! # Ok(()) }
//! ```

pub mod breaker;
pub mod budget;
mod cache;
pub mod clock;
mod config;
pub mod credit;
mod database;
mod error;
mod hot;
mod id;
pub mod idempotency;
mod journal;
pub mod key;
pub mod ledger;
pub mod limit;
pub mod own_key;
mod prune;
mod secret;
mod store;
pub mod workspace;

pub use config::{ALLOWED_FOR, Backend, Cluster, FILE_NAME, StoreConfig, WhenUnreachable};
pub use error::{Part, StoreError};
pub use secrecy::{ExposeSecret, SecretString};
pub use secret::MasterKey;
pub use store::Store;
