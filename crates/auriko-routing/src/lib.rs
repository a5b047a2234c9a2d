//! The routing engine: request facts, catalogue, policy, a snapshot of measurements, the time and a seed go in, a
//! ranked plan with the reason of every drop comes out. No I/O, no clock, no randomness of its own.
//!
//! Start reading at [`route`].
//!
//! ```
//! use auriko_routing::catalog::file::CatalogFile;
//! use auriko_routing::catalog::{Catalog, ProviderSetup};
//! use auriko_routing::{Defaults, Endpoint, Facts, Input, Measurements, OwnKeys, Selection, Wishes, route};
//! use auriko_wire::request::ChatRequest;
//!
//! let file = r#"{ "version": "0", "generated_at": "", "sources": [], "providers": [], "models": [
//!     { "id": "m", "family": "m", "display_name": "M", "offerings": [
//!         { "provider": "dear", "upstream_id": "m-1", "tiers": [{ "name": "standard", "input_price": 2, "output_price": 4 }] },
//!         { "provider": "cheap", "upstream_id": "m-1", "tiers": [{ "name": "standard", "input_price": 1, "output_price": 2 }] }
//!     ] }
//! ] }"#;
//! let file: CatalogFile = serde_json::from_str(file).unwrap();
//! let catalog = Catalog::new(file, &|_provider| ProviderSetup { has_platform_key: true, ..Default::default() });
//! let body = r#"{ "model": "m", "messages": [{ "role": "user", "content": "Hello" }] }"#;
//! let request = ChatRequest::parse(body.as_bytes()).unwrap();
//! let plan = route(&Input {
//!     catalog: &catalog,
//!     facts: &Facts::read(&request, Endpoint::ChatCompletions),
//!     wishes: &Wishes::read(&request, &Defaults::default()).unwrap(),
//!     measurements: &Measurements::default(),
//!     workspace: 0,
//!     own_keys: &OwnKeys::default(),
//!     selection: Selection::Best,
//!     seed: 0,
//!     now_ms: 0,
//! });
//! assert_eq!(&*plan.unwrap().candidates[0].offering().provider, "cheap");
//! ```

mod candidate;
pub mod catalog;
mod conversation;
mod cost;
mod explain;
mod facts;
mod filter;
mod keys;
mod measurements;
mod plan;
mod policy;
mod refusal;
mod score;

#[cfg(test)]
mod testing;

pub use candidate::Candidate;
pub use conversation::conversation_id;
pub use explain::{DroppedLine, Explanation, OfferingLine, RankedLine, ReasonLine, explain};
pub use facts::{Endpoint, Facts};
pub use filter::{Filter, Filters};
pub use keys::{KeySource, OwnKey, OwnKeys};
pub use measurements::{Measurements, OfferingMetrics, Percentile, Percentiles, UsageMetrics};
pub use plan::{Dropped, Input, Plan, Ranked, route};
pub use policy::{Defaults, Mode, ModelList, Policy, Strategy, Wishes};
pub use refusal::Refusal;
pub use score::Selection;
