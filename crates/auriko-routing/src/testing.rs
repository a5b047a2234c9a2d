//! A small catalogue that tests route by, and shorthands.

#![expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]

use serde_json::{Value, json};

use auriko_wire::request::ChatRequest;

use crate::candidate::Candidate;
use crate::catalog::file::{CatalogFile, DataPolicy};
use crate::catalog::{Catalog, Parameters, ProviderSetup};
use crate::facts::{Endpoint, Facts};
use crate::keys::{KeySource, OwnKeys};
use crate::measurements::{Measurements, OfferingMetrics, Percentiles};
use crate::plan::{Input, Plan, Ranked, route};
use crate::policy::{Defaults, Wishes};
use crate::refusal::Refusal;
use crate::score::Selection;

/// A model with the given offerings.
pub(crate) fn model(id: &str, offerings: Value) -> Value {
    json!({ "id": id, "family": id, "display_name": id, "aliases": [format!("{id}-alias")], "offerings": offerings })
}

/// An offering with one tier at the same price for everything, and further fields.
pub(crate) fn offering(provider: &str, usd: f64, fields: &Value) -> Value {
    let mut offering = json!({
        "provider": provider, "upstream_id": format!("up-{provider}"),
        "tiers": [{ "name": "standard", "input_price": usd, "output_price": usd }],
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        offering[name] = value.clone();
    }
    offering
}

/// Builds a catalogue. Everybody is configured except `keyless`; `picky` takes no seed.
pub(crate) fn catalog_of(models: &Value) -> Catalog {
    let providers = json!([
        { "id": "cheap", "display_name": "Cheap" },
        { "id": "private", "display_name": "Private", "data_policy": "no_training" },
    ]);
    let file = json!({ "version": "0123456789abcdef", "generated_at": "", "sources": [], "providers": providers, "models": models });
    let file: CatalogFile = serde_json::from_value(file).expect("a catalogue");
    Catalog::new(file, &|provider| ProviderSetup {
        has_platform_key: provider != "keyless",
        key_variable: (provider == "keyless").then(|| "KEYLESS_API_KEY".to_owned()),
        refused_parameters: Parameters::from_names(if provider == "picky" { &["seed"][..] } else { &[] }),
        ..ProviderSetup::default()
    })
}

/// The catalogue that most tests use.
pub(crate) fn catalog() -> Catalog {
    let none = json!({});
    let cached = json!({
        "max_output_tokens": 4096, "prompt_cache": { "min_tokens": 1000, "block_tokens": 100, "ttl_seconds": 300 },
        "tiers": [{ "name": "standard", "input_price": 2.0, "output_price": 10.0, "cache_read_price": 0.2, "cache_write_price": 2.5 }],
    });
    let stepped = json!({ "tiers": [{ "name": "standard", "input_price": 1.0, "output_price": 1.0, "steps": [
        { "above_prompt_tokens": 1000, "input_price": 3.0, "output_price": 3.0 },
    ] }] });
    catalog_of(&json!([
        model("cached", json!([offering("cheap", 1.0, &cached)])),
        model("stepped", json!([offering("cheap", 1.0, &stepped)])),
        model(
            "m",
            json!([
                offering("cheap", 1.0, &none),
                offering("fast", 4.0, &none),
                offering("keyless", 0.5, &none),
                offering("private", 9.0, &none),
            ])
        ),
        model("n", json!([offering("fast", 2.0, &none), offering("other", 3.0, &none)])),
        model("elsewhere", json!([offering("keyless", 1.0, &none)])),
    ]))
}

/// Times: `cheap` is slow, `fast` is fast and has a bad tail, the others are not measured.
pub(crate) fn measurements(catalog: &Catalog) -> Measurements {
    let mut measurements = Measurements::default();
    for offering in catalog.models().iter().flat_map(|model| &model.offerings) {
        let (ttft_ms, throughput_tps) = match &*offering.provider {
            "cheap" => (Percentiles::constant(900.0), Percentiles::constant(20.0)),
            "fast" => (
                Percentiles { p50: Some(100.0), p95: Some(2000.0) },
                Percentiles { p50: Some(200.0), p95: Some(10.0) },
            ),
            _ => continue,
        };
        measurements.insert(offering.key, OfferingMetrics { ttft_ms, throughput_tps, open_until_ms: None });
    }
    measurements
}

/// A request for `m`, unless the body names others.
pub(crate) fn request(mut body: Value) -> ChatRequest {
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "hello" }]);
    }
    if body.get("model").is_none() && body["gateway"].get("models").is_none() {
        body["model"] = "m".into();
    }
    ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request")
}

/// Everything that is not of interest to most tests.
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) measurements: Measurements,
    pub(crate) own_keys: OwnKeys,
    pub(crate) endpoint: Endpoint,
    pub(crate) selection: Selection,
    pub(crate) seed: u64,
    pub(crate) now_ms: u64,
}

impl World {
    pub(crate) fn new(catalog: Catalog) -> Self {
        let measurements = measurements(&catalog);
        Self {
            catalog,
            measurements,
            own_keys: OwnKeys::default(),
            endpoint: Endpoint::ChatCompletions,
            selection: Selection::Best,
            seed: 0,
            now_ms: 1_000_000,
        }
    }

    /// Hands the complete input to `then`.
    pub(crate) fn with<T>(&self, body: Value, then: impl FnOnce(&Input<'_>) -> T) -> T {
        let request = request(body);
        let wishes = Wishes::read(&request, &Defaults::default()).expect("valid wishes");
        let facts = Facts::read(&request, self.endpoint);
        self.with_facts(&facts, &wishes, then)
    }

    pub(crate) fn with_facts<T>(
        &self,
        facts: &Facts,
        wishes: &Wishes,
        then: impl FnOnce(&Input<'_>) -> T,
    ) -> T {
        then(&Input {
            catalog: &self.catalog,
            facts,
            wishes,
            measurements: &self.measurements,
            workspace: 7,
            own_keys: &self.own_keys,
            selection: self.selection,
            seed: self.seed,
            now_ms: self.now_ms,
        })
    }

    pub(crate) fn route(&self, body: Value) -> Result<Plan, Box<Refusal>> {
        self.with(body, route)
    }

    /// The attempts as `model:provider`, in order.
    pub(crate) fn order(&self, body: Value) -> String {
        let plan = self.route(body.clone()).unwrap_or_else(|refusal| panic!("{body}: {refusal:?}"));
        let names =
            plan.attempts().iter().map(|it| format!("{}:{}", it.offering().model, it.offering().provider));
        names.collect::<Vec<_>>().join(" ")
    }
}

/// A ranked candidate with the given numbers.
pub(crate) fn ranked(provider: &str, cost: Option<f64>, ttft: Option<f64>, rate: Option<f64>) -> Ranked {
    let catalog = catalog_of(&json!([model("m", json!([offering(provider, 1.0, &json!({}))]))]));
    let offering = catalog.model("m").expect("the model").offerings[0].clone();
    Ranked {
        candidate: Candidate {
            offering,
            key_source: KeySource::Platform,
            data_policy: DataPolicy::None,
            group: 0,
        },
        score: 0.0,
        scores: [0.0; 3],
        expected_cost_usd: cost,
        ttft_ms: ttft,
        throughput_tps: rate,
        open_until_ms: None,
    }
}
