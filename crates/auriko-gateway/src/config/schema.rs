//! The JSON Schema of the configuration, for editors: made from the types that read it, and kept in `docs/config.schema.json`.
//!
//! `AURIKO_UPDATE=1 cargo test -p auriko-gateway schema` writes the file anew.

use std::collections::HashMap;
use std::path::Path;

use auriko_routing::{Defaults, Policy};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Config;
use super::raw::RawConfig;
use crate::catalog::Catalog;

/// Milliseconds, or a word.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only described")]
pub(super) enum Hedge {
    Milliseconds(#[schemars(range(min = 1))] u64),
    Word(HedgeWord),
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only described")]
pub(super) enum HedgeWord {
    P95,
}

/// The fields of `gateway.routing`. Read by `auriko_routing::Policy`, which checks ranges too.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described")]
pub(super) struct RoutingFields {
    /// What to optimise for. Default `cost-focus`.
    optimize: Option<Optimize>,
    /// What to optimise for, in numbers of at least 0.
    weights: Option<Weights>,
    /// Ceiling on the mean of input and output price, US dollars per million tokens.
    max_cost_per_1m: Option<f64>,
    /// Ceiling on the time to the first token, milliseconds.
    max_ttft_ms: Option<f64>,
    /// Floor of output tokens per second.
    min_throughput_tps: Option<f64>,
    /// Which time to the first token counts. Default `p50`.
    ttft_percentile: Option<Percentile>,
    /// Which throughput counts. Default `p50`.
    throughput_percentile: Option<Percentile>,
    /// Nobody but these.
    providers: Option<Vec<String>>,
    /// Not these.
    exclude_providers: Option<Vec<String>>,
    /// Taken if it is eligible.
    prefer: Option<String>,
    /// How several models are read. Default `pool`.
    mode: Option<Mode>,
    /// Whether others are tried when one fails. Default `true`.
    allow_fallbacks: Option<bool>,
    /// Most others that are tried, 1 to 19. Default 3.
    max_fallback_attempts: Option<u8>,
    /// Per attempt, milliseconds. Default: the configured limit.
    timeout_ms: Option<u64>,
    /// For everything, milliseconds. Default: no limit.
    deadline_ms: Option<u64>,
    /// The least that must be promised about prompts. Default `none`.
    data_policy: Option<auriko_routing::catalog::file::DataPolicy>,
    /// Only the caller's own keys. Default `false`.
    only_byok: Option<bool>,
    /// Never the caller's own keys. Default `false`.
    only_platform: Option<bool>,
    /// Only who takes every parameter of the request. Default `false`.
    require_parameters: Option<bool>,
    /// A price tier. Default `standard`.
    tier: Option<String>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only described")]
enum Optimize {
    Cost,
    CostFocus,
    Ttft,
    TtftFocus,
    Tps,
    TpsFocus,
    Balanced,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only described")]
struct Weights {
    cost: Option<f64>,
    ttft: Option<f64>,
    throughput: Option<f64>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only described")]
enum Percentile {
    P50,
    P95,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only described")]
enum Mode {
    Pool,
    Fallback,
}

fn schema() -> Value {
    schemars::schema_for!(RawConfig).to_value()
}

#[test]
fn the_schema_in_docs_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.schema.json");
    let text = serde_json::to_string_pretty(&schema()).expect("a value serialises") + "\n";
    if std::env::var_os("AURIKO_UPDATE").is_some() {
        std::fs::write(&path, &text).expect("the file can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the file is committed");
    assert!(written == text, "make it anew: AURIKO_UPDATE=1 cargo test -p auriko-gateway schema");
}

#[test]
fn every_field_of_routing_is_described() {
    let schema = schema();
    let described = schema["$defs"]["RoutingFields"]["properties"].as_object().expect("properties");
    let mut described: Vec<_> = described.keys().map(String::as_str).collect();
    let mut fields = Policy::FIELDS.to_vec();
    described.sort_unstable();
    fields.sort_unstable();
    assert_eq!(described, fields);
    // The words that the schema allows are words that the router understands.
    let words: HashMap<&str, &str> = HashMap::from([
        ("optimize", "Optimize"),
        ("mode", "Mode"),
        ("ttft_percentile", "Percentile"),
        ("data_policy", "DataPolicy"),
    ]);
    for (field, name) in words {
        let found = words_of(&schema["$defs"][name]);
        assert!(found.len() >= 2, "{name}: {found:?}");
        for word in found {
            let Value::Object(map) = json!({ field: word }) else { unreachable!("an object") };
            assert!(Defaults::try_new("routing", map).is_ok(), "{field}: {word}");
        }
    }
}

/// Of an enumeration, with or without descriptions.
fn words_of(schema: &Value) -> Vec<String> {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten().flat_map(|one| {
        one["const"]
            .as_str()
            .map(|_| &one["const"])
            .into_iter()
            .chain(one["enum"].as_array().into_iter().flatten())
    });
    plain.chain(described).filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn the_example_is_a_configuration() {
    let text = include_str!("../../../../examples/gateway.toml");
    Config::from_toml(text).expect("the example is valid");
    assert!(text.starts_with("#:schema "), "editors find the schema by the first line");
    // What is commented out as an example is one too.
    let uncommented = text.lines().map(|line| line.strip_prefix("#~ ").unwrap_or(line));
    let text: Vec<_> = uncommented.collect();
    let config = Config::from_toml(&text.join("\n")).expect("the commented parts are valid");
    let catalog = Catalog::new(&config).expect("its models go with the catalogue");
    assert_eq!(catalog.models.model("house-model").map(|model| &*model.id), Some("gpt-oss-20b"));
}
