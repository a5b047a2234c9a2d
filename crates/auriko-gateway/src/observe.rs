//! What operators see of a gateway: counts (`GET /metrics`), one log line per request, and traces. Numbers, names and ids
//! only: nothing of what was said, and no key.
//!
//! A request has one [`Trail`] and each of its attempts one [`Probe`]. Both end exactly once, also when they are dropped,
//! and their ends are the only places where something is counted, logged or traced.

mod counts;
mod endpoint;
mod export;
mod metrics;
mod page;
mod probe;
mod tracer;
mod trail;

use crate::config::{ConfigError, Telemetry};

pub(crate) use endpoint::Endpoint;
pub(crate) use metrics::{Metrics, OpenStream};
pub(crate) use page::{Peer, page};
pub(crate) use probe::Probe;
pub(crate) use tracer::Tracer;
pub(crate) use trail::{End, Trail};

/// Outlives changes of the configuration.
#[derive(Debug)]
pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    /// `None`: nobody wants traces, and they cost nothing.
    pub(crate) tracer: Option<Tracer>,
}

impl Observer {
    /// # Errors
    /// What is wrong with where traces go.
    pub(crate) fn new(settings: &Telemetry) -> Result<Self, ConfigError> {
        let metrics = Metrics::default();
        let failures = &metrics.exports_failed;
        let destination = settings.traces.as_ref();
        let tracer = destination.map(|it| Tracer::new(it, failures.clone())).transpose()?;
        Ok(Self { metrics, tracer })
    }
}
