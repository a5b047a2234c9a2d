//! What is told about a request when it is over, to whoever keeps books: once per request, whatever happened to it.
//! Numbers and names only, nothing of what was said.

use std::sync::Arc;
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use auriko_wire::money::NanoUsd;
use auriko_wire::usage::Usage;

/// Keeps books. Called on the thread of the request, so it must not wait.
pub trait Ledger: Send + Sync {
    /// Notes a request that is over.
    fn settle(&self, settlement: &Settlement);
}

/// One request.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// As in `x-request-id`.
    pub request_id: String,
    /// Names the workspace of the caller.
    pub workspace: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Providers that were asked, those of hedges included.
    pub attempts: u32,
    /// What served it. `None`: nobody answered.
    pub served: Option<Served>,
    /// Attempts that were overtaken by another one.
    pub hedges: Vec<Hedge>,
    /// From its arrival to its end.
    pub duration: Duration,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was delivered.
    Completed,
    /// It ended with this error, before or in its stream.
    Failed(ErrorCode),
    /// The caller left.
    Abandoned,
}

/// The attempt that the caller saw something of.
#[derive(Debug, Clone)]
pub struct Served {
    /// Canonical id.
    pub model: Arc<str>,
    /// Provider id.
    pub provider: String,
    /// Price tier.
    pub tier: Arc<str>,
    /// Whether a key of the workspace's own was used.
    pub is_byok: bool,
    /// As the provider reported it; where it did not, an estimate of what was heard of it.
    pub usage: Usage,
    /// `None`: prices are not known.
    pub cost: Option<NanoUsd>,
    /// Milliseconds from the request's arrival to the first token. `None`: it was not streamed.
    pub ttft_ms: Option<f64>,
}

/// An attempt that was cancelled because another one answered first. Its provider may bill what it had begun.
#[derive(Debug, Clone)]
pub struct Hedge {
    /// Canonical id.
    pub model: Arc<str>,
    /// Provider id.
    pub provider: String,
    /// The prompt at its price, without any cache: the least that it bills, if it bills anything. `None`: prices are
    /// not known.
    pub possible_cost: Option<NanoUsd>,
}
