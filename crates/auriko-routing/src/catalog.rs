//! What can be called: models, who offers them, for how much and with which limits. Fixed once built.
//!
//! [`file`] is the catalogue as it is written; [`Catalog`] is the same, expanded once into what a routing decision
//! compares, so that no decision has to parse, look up or copy a text.

pub mod check;
pub mod date;
mod endpoints;
pub mod file;
pub mod load;
pub mod merge;
mod offering;
mod parameters;
mod prices;
mod snapshot;

pub use endpoints::{Endpoints, Modalities};
pub(crate) use offering::STANDARD;
pub use offering::{Offering, OfferingKey};
pub use parameters::Parameters;
pub use prices::{PriceTable, Prices};
pub use snapshot::{Catalog, Found, Model, Provider, ProviderSetup};
