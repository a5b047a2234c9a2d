//! A model that many providers offer, all of them measured and known to the caller's workspace.

use auriko_routing::catalog::Catalog;
use auriko_routing::catalog::ProviderSetup;
use auriko_routing::{
    Defaults, Endpoint, Facts, Input, Measurements, OfferingMetrics, OwnKeys, Percentiles, Selection,
    UsageMetrics, Wishes,
};
use auriko_wire::request::ChatRequest;
use serde_json::{Value, json};

const WORKSPACE: u64 = 1;

/// Everything that decisions about one request depend on.
pub(crate) struct World {
    catalog: Catalog,
    facts: Facts,
    wishes: Wishes,
    measurements: Measurements,
    own_keys: OwnKeys,
}

impl World {
    /// `candidates` providers offer the model; `routing` is the request's `gateway.routing`.
    pub(crate) fn new(candidates: usize, routing: &Value) -> Self {
        let catalog = catalog(candidates);
        let body = json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "You are a careful assistant. ".repeat(100) },
                { "role": "user", "content": "Hello" },
            ],
            "tools": [{ "type": "function", "function": { "name": "look", "parameters": { "type": "object" } } }],
            "max_tokens": 500,
            "stream": true,
            "gateway": { "routing": routing },
        });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let facts = Facts::read(&request, Endpoint::ChatCompletions);
        let wishes = Wishes::read(&request, &Defaults::default()).expect("valid wishes");
        let mut measurements = Measurements::default();
        for (number, offering) in catalog.model("m").expect("it is there").offerings.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
            let number = number as f64;
            let around = |typical: f64| Percentiles { p50: Some(typical), p95: Some(typical * 2.0) };
            let metrics = OfferingMetrics {
                ttft_ms: around(300.0 + number),
                throughput_tps: around(80.0 - number / 10.0),
                open_until_ms: None,
            };
            measurements.insert(offering.key, metrics);
            let usage = UsageMetrics {
                cache_hit_rate: Some(0.5),
                mean_output_tokens: Some(200.0),
                ..UsageMetrics::default()
            };
            measurements.insert_usage(WORKSPACE, offering.key, usage);
        }
        Self { catalog, facts, wishes, measurements, own_keys: OwnKeys::default() }
    }

    pub(crate) fn input(&self) -> Input<'_> {
        Input {
            catalog: &self.catalog,
            facts: &self.facts,
            wishes: &self.wishes,
            measurements: &self.measurements,
            cached: &[],
            workspace: WORKSPACE,
            own_keys: &self.own_keys,
            selection: Selection::Best,
            seed: 1,
            now_ms: 1_760_000_000_000,
        }
    }
}

fn catalog(candidates: usize) -> Catalog {
    let offering = |number: usize| {
        json!({
            "provider": format!("provider-{number}"),
            "upstream_id": "m-1",
            "context_window": 128_000,
            "max_output_tokens": 8192,
            "prompt_cache": { "min_tokens": 100, "block_tokens": 10, "ttl_seconds": 300 },
            "tiers": [{ "name": "standard", "input_price": number + 1, "output_price": 2 * number + 2 }],
        })
    };
    let offerings: Vec<_> = (0..candidates).map(offering).collect();
    let model = json!({ "id": "m", "family": "m", "display_name": "M", "offerings": offerings });
    let file =
        json!({ "version": "0", "generated_at": "", "sources": [], "providers": [], "models": [model] });
    let file = serde_json::from_value(file).expect("a catalogue");
    Catalog::new(file, &|_provider| ProviderSetup { has_platform_key: true, ..ProviderSetup::default() })
}
