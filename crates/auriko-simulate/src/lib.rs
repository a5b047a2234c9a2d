//! What routing saves: replays traces of requests, token counts only, against the prices of the catalogue and caches
//! that behave as the catalogue says, once per policy, and adds up the bills.
//!
//! The router is the real one, [`auriko_routing::route`], and learns from the simulated replies as a gateway would.
//! Beside it stand a fixed provider, the cheapest list price, and an oracle that knows the future.
//!
//! ```
//! use auriko_simulate::{Kind, Options, generate, parse, simulate};
//!
//! let text = generate(Kind::Chat, 7);
//! let trace = parse(&text[..text.match_indices('\n').nth(20).unwrap().0]).unwrap();
//! let options = Options::new(auriko_routing::catalog::file::CatalogFile::shipped());
//! let report = simulate("chat", &trace, &options, &mut |_done, _total| {}).unwrap();
//! assert!(report.bill("oracle").usd <= report.bill("cost-focus").usd);
//! ```

mod baseline;
mod cache;
mod generate;
mod oracle;
mod plot;
mod random;
mod replay;
mod report;
mod router;
mod trace;

pub use generate::{Kind, generate};
pub use plot::plot;
pub use replay::{Options, SimulationError, simulate};
pub use report::{Bill, Report};
pub use trace::{Request, TraceError, parse};
