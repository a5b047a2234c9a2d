#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are used")]

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::catalog::file::DataPolicy;
use crate::keys::{KeySource, OwnKey};
use crate::measurements::{OfferingMetrics, Percentiles, UsageMetrics};
use crate::score::Selection;
use crate::testing::{World, catalog, catalog_of, model, offering};

fn routing(fields: Value) -> Value {
    json!({ "gateway": { "routing": fields } })
}

fn check(world: &World, body: Value, expected: &str) {
    assert_eq!(world.order(body.clone()), expected, "{body}");
}

#[test]
fn each_field_changes_who_is_chosen() {
    let world = World::new(catalog());
    let chosen = |fields: Value, expected: &str| check(&world, routing(fields), expected);
    chosen(json!({}), "m:cheap m:fast m:private");
    chosen(json!({ "optimize": "ttft-focus" }), "m:fast m:private m:cheap");
    chosen(json!({ "weights": { "throughput": 1 } }), "m:fast m:private m:cheap");
    chosen(json!({ "max_ttft_ms": 500 }), "m:fast");
    chosen(json!({ "min_throughput_tps": 100 }), "m:fast");
    chosen(json!({ "max_ttft_ms": 1000, "ttft_percentile": "p95" }), "m:cheap");
    chosen(json!({ "optimize": "ttft-focus", "ttft_percentile": "p95" }), "m:cheap m:private m:fast");
    chosen(json!({ "min_throughput_tps": 15, "throughput_percentile": "p95" }), "m:cheap");
    chosen(json!({ "optimize": "tps-focus", "throughput_percentile": "p95" }), "m:cheap m:private m:fast");
    chosen(json!({ "providers": ["private", "fast"] }), "m:fast m:private");
    chosen(json!({ "exclude_providers": ["cheap"] }), "m:fast m:private");
    chosen(json!({ "prefer": "private" }), "m:private m:cheap m:fast");
    chosen(json!({ "prefer": "nobody" }), "m:cheap m:fast m:private");
    chosen(json!({ "allow_fallbacks": false }), "m:cheap");
    chosen(json!({ "max_fallback_attempts": 1 }), "m:cheap m:fast");
    chosen(json!({ "data_policy": "no_training" }), "m:private");
    let wishes = |fields: Value| world.with(routing(fields), |input| input.wishes.policy.clone());
    assert_eq!(wishes(json!({ "timeout_ms": 9 })).timeout.map(|it| it.as_millis()), Some(9));
    assert_eq!(wishes(json!({ "deadline_ms": 9 })).deadline.map(|it| it.as_millis()), Some(9));
}

#[test]
fn ceilings_tiers_and_parameters_change_who_is_chosen() {
    let priority = json!({ "tiers": [
        { "name": "standard", "input_price": 1.0, "output_price": 3.0 },
        { "name": "priority", "input_price": 6.0, "output_price": 18.0 },
    ] });
    let some = json!({ "supported_parameters": ["temperature"] });
    let catalog = catalog_of(&json!([model(
        "m",
        json!([
            offering("picky", 0.5, &json!({})),
            offering("some", 0.7, &some),
            offering("tiered", 1.0, &priority),
        ])
    )]));
    let world = World::new(catalog);
    check(&world, routing(json!({})), "m:picky m:some m:tiered");
    // The mean of 1 and 3 is 2.
    check(&world, routing(json!({ "max_cost_per_1m": 2.0 })), "m:picky m:some m:tiered");
    check(&world, routing(json!({ "max_cost_per_1m": 1.9 })), "m:picky m:some");
    let tier = |plan: super::Plan| plan.candidates[0].offering().tier.to_string();
    let plan = world.route(routing(json!({ "tier": "priority" }))).expect("a plan");
    assert_eq!((plan.candidates.len(), tier(plan).as_str()), (1, "priority"));
    let seeded = |required: bool| {
        let mut body = routing(json!({ "require_parameters": required }));
        body["seed"] = 1.into();
        body
    };
    check(&world, seeded(false), "m:picky m:some m:tiered");
    check(&world, seeded(true), "m:tiered");
}

#[test]
fn several_models_are_pooled_or_tried_in_turn() {
    let world = World::new(catalog());
    let models = |ids: Value, mode: &str| json!({ "gateway": { "models": ids, "routing": { "mode": mode, "max_fallback_attempts": 19 } } });
    check(&world, models(json!(["n", "m"]), "pool"), "m:cheap n:fast n:other m:fast m:private");
    check(&world, models(json!(["n", "m"]), "fallback"), "n:fast n:other m:cheap m:fast m:private");
    // Two names of one model are one model.
    check(&world, models(json!(["n", "n-alias", "fast/n"]), "fallback"), "n:fast n:other");
    let mut body = models(json!(["n", "m"]), "fallback");
    body["gateway"]["routing"]["prefer"] = "private".into();
    check(&world, body, "n:fast n:other m:private m:cheap m:fast");
    let plan = world.route(models(json!(["gone", "n"]), "pool")).expect("a plan");
    assert_eq!(plan.warnings.len(), 1);
    assert!(plan.warnings[0].message.contains("`gone`"));
}

#[test]
fn names_are_ids_aliases_suffixed_or_of_a_provider() {
    let world = World::new(catalog());
    let named = |name: &str, expected: &str| check(&world, json!({ "model": name }), expected);
    named("m-alias", "m:cheap m:fast m:private");
    named("m:ttft-focus", "m:fast m:private m:cheap");
    named("fast/m", "m:fast");
    named("fast/m-alias", "m:fast");
    named("cheap/up-cheap", "cached:cheap");
    named("fast/anything/else", "fast/anything/else:fast");
}

#[test]
fn own_keys_go_before_those_of_the_platform() {
    let mut world = World::new(catalog());
    let own = [("fast", None), ("keyless", Some(DataPolicy::Zdr))];
    world.own_keys =
        own.into_iter().map(|(id, data_policy)| (id.into(), OwnKey { number: 5, data_policy })).collect();
    let keys = |world: &World, fields: Value| {
        let plan = world.route(routing(fields)).expect("a plan");
        let name = |it: &super::Ranked| match it.candidate.key_source {
            KeySource::Own => format!("own:{}", it.offering().provider),
            KeySource::Platform => it.offering().provider.to_string(),
        };
        plan.candidates.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(&world, json!({})), "own:keyless cheap own:fast fast private");
    assert_eq!(keys(&world, json!({ "only_byok": true })), "own:keyless own:fast");
    assert_eq!(keys(&world, json!({ "only_platform": true })), "cheap fast private");
    assert_eq!(keys(&world, json!({ "data_policy": "zdr" })), "own:keyless");
    // A key that ran into its limit leaves its place to the platform's.
    let key = world.catalog.model("m").expect("m").offerings[1].key;
    world.measurements.insert_own_key(6, key, 2_000_000);
    assert_eq!(keys(&world, json!({ "providers": ["fast"] })), "own:fast fast", "that of another key");
    world.measurements.insert_own_key(5, key, 2_000_000);
    assert_eq!(keys(&world, json!({ "providers": ["fast"] })), "fast own:fast");
    // A draw never takes the platform's key while the own one is there.
    world.selection = Selection::Weighted { exponent: 0.0 };
    for seed in 0..50 {
        world.seed = seed;
        let all = keys(&world, json!({ "providers": ["keyless", "fast"], "exclude_providers": [] }));
        assert!(!all.starts_with("fast own:fast own:keyless"), "{all}");
    }
}

#[test]
fn who_failed_lately_goes_last() {
    let mut world = World::new(catalog());
    let fail = |world: &mut World, position: usize, until: u64| {
        let offering = &world.catalog.model("m").expect("m").offerings[position];
        let metrics = OfferingMetrics { open_until_ms: Some(until), ..world.measurements.of(offering) };
        world.measurements.insert(offering.key, metrics);
    };
    fail(&mut world, 0, 1_030_001);
    check(&world, json!({}), "m:fast m:private m:cheap");
    check(&world, routing(json!({ "prefer": "cheap" })), "m:fast m:private m:cheap");
    // A cool-down that is over does not count.
    fail(&mut world, 1, 1_000_000);
    check(&world, json!({}), "m:fast m:private m:cheap");
    let refusal = world.route(routing(json!({ "providers": ["cheap"] }))).expect_err("nobody is well");
    assert_eq!(refusal.code.as_str(), "model_unavailable");
    assert_eq!(refusal.retry_after.map(|wait| wait.as_millis()), Some(30_001));
    assert!(refusal.suggestion.contains("31 s"), "{}", refusal.suggestion);
}

#[test]
fn history_changes_the_expected_cost() {
    let cache = json!({ "prompt_cache": { "min_tokens": 10, "ttl_seconds": 300 }, "tiers": [
        { "name": "standard", "input_price": 3.0, "output_price": 3.0, "cache_read_price": 0.3 },
    ] });
    let catalog = catalog_of(&json!([model(
        "m",
        json!([offering("cached", 1.0, &cache), offering("plain", 2.0, &json!({}))])
    )]));
    let mut world = World::new(catalog);
    let body = json!({ "messages": [{ "role": "user", "content": "x".repeat(40_000) }], "max_tokens": 1 });
    check(&world, body.clone(), "m:plain m:cached");
    let key = world.catalog.model("m").expect("m").offerings[0].key;
    let usage = UsageMetrics { cache_hit_rate: Some(0.9), ..UsageMetrics::default() };
    world.measurements.insert_usage(7, key, usage);
    check(&world, body, "m:cached m:plain");
    // Another workspace's history is its own.
    world.measurements = super::Measurements::default();
    world.measurements.insert_usage(8, key, usage);
    check(
        &world,
        json!({ "messages": [{ "role": "user", "content": "x".repeat(40_000) }] }),
        "m:plain m:cached",
    );
}

#[test]
fn an_explanation_tells_all() {
    let world = World::new(catalog());
    let body = routing(json!({ "max_ttft_ms": 500, "allow_fallbacks": false }));
    let explanation = world.with(body, |input| {
        let plan = super::route(input).expect("a plan");
        serde_json::to_value(crate::explain(input, Ok(&plan))).expect("serialises")
    });
    assert_eq!(explanation["strategy"], "cost-focus");
    assert_eq!(
        (&explanation["candidates"][0]["provider"], &explanation["candidates"][0]["is_attempted"]),
        (&json!("fast"), &json!(true))
    );
    let dropped: Vec<_> =
        explanation["dropped"].as_array().expect("a list").iter().map(|it| it["provider"].clone()).collect();
    assert_eq!(dropped, ["cheap", "private"]);
    let reason = &explanation["dropped"][0]["reasons"][0];
    assert_eq!(
        (&reason["code"], &reason["param"]),
        (&json!("latency_constraint_exceeded"), &json!("gateway.routing.max_ttft_ms"))
    );
    assert_eq!(explanation["unconfigured"], json!(["keyless/m"]));
    let refused = world.with(routing(json!({ "max_ttft_ms": 1 })), |input| {
        let refusal = super::route(input).expect_err("nobody is that fast");
        crate::explain(input, Err(&refusal))
    });
    assert_eq!((refused.candidates.len(), refused.dropped.len()), (0, 3));
}

/// One constraint, as a field and its value.
fn constraint() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        (1u32..12).prop_map(|price| ("max_cost_per_1m", json!(price))),
        (1u32..2500).prop_map(|ttft| ("max_ttft_ms", json!(ttft))),
        (1u32..300).prop_map(|rate| ("min_throughput_tps", json!(rate))),
        any::<[bool; 3]>().prop_map(|chosen| ("providers", names(chosen))),
        any::<[bool; 3]>().prop_map(|chosen| ("exclude_providers", names(chosen))),
        prop_oneof![Just("none"), Just("no_training"), Just("zdr")]
            .prop_map(|word| ("data_policy", json!(word))),
        any::<bool>().prop_map(|flag| ("only_platform", json!(flag))),
        any::<bool>().prop_map(|flag| ("require_parameters", json!(flag))),
    ]
}

fn names(chosen: [bool; 3]) -> Value {
    let names = ["cheap", "fast", "private"].into_iter().zip(chosen);
    names.filter(|(_, is_chosen)| *is_chosen).map(|(name, _)| name).collect()
}

fn candidates(world: &World, body: &Value) -> Vec<(u64, KeySource)> {
    let plan = world.route(body.clone());
    let plan = plan.map_or_else(|_| Vec::new(), |plan| plan.candidates);
    plan.iter().map(|it| (it.offering().key.as_u64(), it.candidate.key_source)).collect()
}

fn body(fields: &[(&'static str, Value)], words: &str) -> Value {
    let fields: serde_json::Map<_, _> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({
        "gateway": { "models": ["m", "n"], "routing": fields }, "seed": 1,
        "messages": [{ "role": "user", "content": words }],
    })
}

proptest! {
    #[test]
    fn plans_are_repeatable_and_constraints_never_add(
        fields in proptest::collection::vec(constraint(), 0..4),
        further in constraint(),
        words in "[a-z ]{0,80}",
        seed: u64,
        own in any::<[bool; 2]>(),
    ) {
        let mut world = World::new(catalog());
        world.seed = seed;
        world.selection = Selection::Weighted { exponent: 2.0 };
        let owned = [("fast", own[0]), ("keyless", own[1])].into_iter().filter(|(_, is_owned)| *is_owned);
        world.own_keys = owned.map(|(id, _)| (id.into(), OwnKey::default())).collect();
        let without: Vec<_> = fields.iter().filter(|(name, _)| *name != further.0).cloned().collect();
        let with: Vec<_> = without.iter().cloned().chain([further]).collect();
        let few = candidates(&world, &body(&with, &words));
        let many = candidates(&world, &body(&without, &words));
        prop_assert_eq!(&few, &candidates(&world, &body(&with, &words)));
        prop_assert!(few.iter().all(|it| many.contains(it)), "{:?} of {:?}", few, many);
        for (position, it) in many.iter().enumerate() {
            prop_assert!(!many[..position].contains(it), "{:?} twice", it);
        }
    }

    #[test]
    fn without_what_is_blamed_there_is_a_plan(fields in proptest::collection::vec(constraint(), 1..5)) {
        let world = World::new(catalog());
        if let Err(refusal) = world.route(body(&fields, "hello")) {
            let field = refusal.param.and_then(|param| param.strip_prefix("gateway.routing.")).unwrap_or_default();
            prop_assert!(fields.iter().any(|(name, _)| *name == field), "{:?}", refusal);
            prop_assert!(!refusal.suggestion.is_empty());
            let is_one_alone = refusal.dropped.iter().any(|it| it.failures.count() == 1);
            let without: Vec<_> = fields.iter().filter(|(name, _)| *name != field).cloned().collect();
            let is_mixture = refusal.message.contains("all demands");
            prop_assert_eq!(world.route(body(&without, "hello")).is_err(), is_mixture, "{:?}", refusal);
            prop_assert!(is_one_alone || is_mixture);
        }
    }

    #[test]
    fn any_measurements_give_a_plan_with_scores_in_range(
        values in proptest::collection::vec((proptest::num::f64::ANY, proptest::num::f64::ANY, proptest::num::f64::ANY), 3),
        strategy in prop_oneof![Just("cost"), Just("ttft-focus"), Just("balanced")],
    ) {
        let mut world = World::new(catalog());
        let offerings = world.catalog.model("m").expect("m").offerings.clone();
        for (offering, (ttft, rate, hits)) in offerings.iter().zip(values) {
            let percentile = |value: f64| Percentiles { p50: Some(value), p95: None };
            let metrics = OfferingMetrics { ttft_ms: percentile(ttft), throughput_tps: percentile(rate), open_until_ms: None };
            world.measurements.insert(offering.key, metrics);
            world.measurements.insert_usage(7, offering.key, UsageMetrics { cache_hit_rate: Some(hits), mean_output_tokens: Some(hits), ..UsageMetrics::default() });
        }
        let plan = world.route(routing(json!({ "optimize": strategy }))).expect("a plan");
        prop_assert_eq!(plan.candidates.len(), 3);
        prop_assert!(plan.candidates.iter().all(|it| (0.0..=1.000_001).contains(&it.score)), "{:?}", plan.candidates);
    }
}
