//! The counts of a gateway. What a request touches are handles that were made before it came, so that counting is a few
//! atomic additions; labels are looked up for errors only.
//!
//! Labels are bounded: models are those of the catalogue, everything else a caller can name is `other`.

use std::sync::Arc;

use arc_swap::ArcSwap;
use auriko_routing::catalog::OfferingKey;
use auriko_wire::error_code::ErrorCode;
use foldhash::HashMap;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

use super::Endpoint;
use super::counts::{Counts, Families};
use crate::catalog::{Catalog, Offering};

/// Seconds. From a cache's answer to a long piece of reasoning; the longest stream is 900 s.
const DURATIONS: [f64; 14] =
    [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0];

/// The model of what the catalogue does not know.
const OTHER: &str = "other";

/// A request that went well.
const OK: &str = "ok";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: &'static str,
    status: u16,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EndpointLabels {
    endpoint: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PartLabels {
    pub(super) part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

/// Every count.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(super) registry: Registry,
    requests: Family<RequestLabels, Counter>,
    /// Requests that went well, by endpoint.
    answered: [Counter; Endpoint::COUNT],
    durations: [Histogram; Endpoint::COUNT],
    pub(super) in_flight: Gauge,
    streams_open: Gauge,
    pub(crate) fallbacks: Counter,
    pub(crate) hedges: Counter,
    pub(crate) hedges_won: Counter,
    budget_refusals: Counter,
    rate_limit_refusals: Counter,
    families: Families,
    /// Of offerings of the catalogue that were tried.
    pub(super) offerings: ArcSwap<HashMap<OfferingKey, Arc<Counts>>>,
    /// By provider, of models that the catalogue does not know.
    others: ArcSwap<HashMap<String, Arc<Counts>>>,
    pub(super) store_failures: Family<PartLabels, Counter>,
    pub(super) ledger_backlog: Gauge,
    pub(super) ledger_dropped: Counter,
    pub(super) exports_failed: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("auriko");
        let r = &mut registry;
        let requests = Family::<RequestLabels, Counter>::default();
        let help = "Requests that ended, with the status and the error code that the caller got";
        r.register("requests", help, requests.clone());
        let durations =
            Family::<EndpointLabels, Histogram, fn() -> Histogram>::new_with_constructor(duration);
        let help = "From the arrival of a request to the end of its reply";
        r.register_with_unit("request_duration", help, Unit::Seconds, durations.clone());
        let store_failures = Family::<PartLabels, Counter>::default();
        let help = "Operations that a part of the store did not carry out, of this process";
        r.register("store_failures", help, store_failures.clone());
        let build = Family::<BuildLabels, Gauge>::default();
        build.get_or_create(&BuildLabels { version: env!("CARGO_PKG_VERSION") }).set(1);
        r.register("build_info", "1, with the version as a label", build);
        let endpoints = ENDPOINTS.map(Endpoint::word);
        Self {
            answered: endpoints.map(|endpoint| {
                requests.get_or_create_owned(&RequestLabels { endpoint, status: 200, code: OK })
            }),
            durations: endpoints.map(|endpoint| durations.get_or_create_owned(&EndpointLabels { endpoint })),
            requests,
            in_flight: add(r, "requests_in_flight", "Requests that have not ended"),
            streams_open: add(r, "streams_open", "Streamed replies that have not ended"),
            fallbacks: add(r, "fallbacks", "Further candidates that were asked because one had failed"),
            hedges: add(r, "hedges", "Second attempts that were made beside a slow one"),
            hedges_won: add(r, "hedges_won", "Second attempts that answered first"),
            budget_refusals: add(r, "budget_refusals", "Requests refused because a budget had no room"),
            rate_limit_refusals: add(
                r,
                "rate_limit_refusals",
                "Requests refused because their key was used too often",
            ),
            families: Families::register(r),
            offerings: ArcSwap::default(),
            others: ArcSwap::default(),
            store_failures,
            ledger_backlog: add(r, "ledger_backlog_rows", "Rows that wait to be written to the ledger"),
            ledger_dropped: add(r, "ledger_dropped_rows", "Rows lost because too many waited"),
            exports_failed: add(
                r,
                "trace_exports_failed",
                "Tries to send spans that the collector did not take",
            ),
            registry,
        }
    }
}

/// A metric without labels.
fn add<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// In the order of their numbers.
const ENDPOINTS: [Endpoint; Endpoint::COUNT] = [
    Endpoint::ChatCompletions,
    Endpoint::Messages,
    Endpoint::Responses,
    Endpoint::Embeddings,
    Endpoint::CountTokens,
    Endpoint::Models,
    Endpoint::Management,
    Endpoint::Operations,
    Endpoint::Unknown,
];

pub(super) fn duration() -> Histogram {
    Histogram::new(DURATIONS)
}

impl Metrics {
    /// Counts a request that ended. `code`: a word of the error registry, or `abandoned`; `None`: it went well.
    pub(super) fn count_request(
        &self,
        endpoint: Endpoint,
        status: u16,
        code: Option<&'static str>,
        seconds: f64,
    ) {
        self.durations[endpoint as usize].observe(seconds);
        match code {
            None if status == 200 => {
                self.answered[endpoint as usize].inc();
            }
            _ => {
                let code = code.unwrap_or(OK);
                let labels = RequestLabels { endpoint: endpoint.word(), status, code };
                self.requests.get_or_create(&labels).inc();
            }
        }
        if code == Some(ErrorCode::BudgetExhausted.as_str()) {
            self.budget_refusals.inc();
        } else if code == Some(ErrorCode::RateLimitExceeded.as_str()) {
            self.rate_limit_refusals.inc();
        }
    }

    /// The counts of an offering, which are made when it is first tried.
    pub(super) fn counts(&self, offering: &Offering, catalog: &Catalog) -> Arc<Counts> {
        if let Some(counts) = self.offerings.load().get(&offering.facts.key) {
            return Arc::clone(counts);
        }
        let provider = &offering.provider.id;
        if let Some(counts) = self.others.load().get(provider)
            && !is_listed(catalog, offering)
        {
            return Arc::clone(counts);
        }
        if is_listed(catalog, offering) {
            let counts = Arc::new(Counts::new(&self.families, provider, &offering.model));
            self.offerings.rcu(|known| {
                let mut known = HashMap::clone(known);
                known.entry(offering.facts.key).or_insert_with(|| Arc::clone(&counts));
                known
            });
            return counts;
        }
        let counts = Arc::new(Counts::new(&self.families, provider, OTHER));
        self.others.rcu(|known| {
            let mut known = HashMap::clone(known);
            known.entry(provider.clone()).or_insert_with(|| Arc::clone(&counts));
            known
        });
        counts
    }

    /// Counts a stream for as long as the result is kept.
    pub(crate) fn open_stream(&self) -> OpenStream {
        self.streams_open.inc();
        OpenStream(self.streams_open.clone())
    }
}

/// Whether the catalogue knows it, so that callers can't make up any number of them.
fn is_listed(catalog: &Catalog, offering: &Offering) -> bool {
    let model = catalog.models.model(&offering.model);
    model.is_some_and(|model| model.offerings.iter().any(|known| known.key == offering.facts.key))
}

/// A stream that has not ended.
#[derive(Debug)]
pub(crate) struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}
