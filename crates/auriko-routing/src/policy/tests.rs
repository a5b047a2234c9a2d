use auriko_wire::error_code::ErrorCode;
use serde_json::{Value, json};

use super::*;

fn request(mut body: Value) -> ChatRequest {
    body["messages"] = json!([{ "role": "user", "content": "hello" }]);
    if body.get("model").is_none() && body["gateway"].get("models").is_none() {
        body["model"] = "m".into();
    }
    ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request")
}

fn defaults(fields: &Value) -> Defaults {
    let map = fields.as_object().cloned().expect("an object");
    Defaults::try_new("routing", map).expect("valid defaults")
}

fn read(routing: &Value, under: &Value) -> Policy {
    let request = request(json!({ "gateway": { "routing": routing } }));
    Wishes::read(&request, &defaults(under)).expect("valid wishes").policy
}

#[test]
fn every_field_is_read() {
    let policy = read(
        &json!({
            "optimize": "ttft", "max_cost_per_1m": 1.5, "max_ttft_ms": 2, "min_throughput_tps": 3,
            "ttft_percentile": "p95", "throughput_percentile": "p95", "providers": ["a"], "exclude_providers": ["b"],
            "prefer": "c", "mode": "fallback", "allow_fallbacks": true, "max_fallback_attempts": 19, "timeout_ms": 5,
            "deadline_ms": 6, "data_policy": "zdr", "only_byok": true, "only_platform": false,
            "require_parameters": true, "tier": "priority",
        }),
        &json!({}),
    );
    let expected = Policy {
        strategy: Strategy::parse("ttft").expect("a preset"),
        max_cost_per_1m: Some(1.5),
        max_ttft_ms: Some(2.0),
        min_throughput_tps: Some(3.0),
        ttft_percentile: Percentile::P95,
        throughput_percentile: Percentile::P95,
        providers: Some(vec!["a".to_owned()]),
        exclude_providers: vec!["b".to_owned()],
        prefer: Some("c".to_owned()),
        mode: Mode::Fallback,
        max_attempts: 20,
        timeout: Some(Duration::from_millis(5)),
        deadline: Some(Duration::from_millis(6)),
        data_policy: DataPolicy::Zdr,
        only_byok: true,
        only_platform: false,
        require_parameters: true,
        tier: Some("priority".to_owned()),
    };
    assert_eq!(format!("{policy:?}"), format!("{expected:?}"));
}

#[test]
fn null_is_absent_and_standard_is_no_tier() {
    let policy = read(&json!({ "optimize": null, "providers": null, "tier": "standard" }), &json!({}));
    assert_eq!(format!("{policy:?}"), format!("{:?}", Policy::default()));
}

#[test]
fn wrong_values_name_their_field() {
    let check = |body: Value, code: ErrorCode, param: &str| {
        let error = Wishes::read(&request(body.clone()), &Defaults::default()).expect_err(&body.to_string());
        assert_eq!((error.code, error.param.as_deref()), (code, Some(param)), "{body}");
        assert!(error.message.contains(param), "{}", error.message);
    };
    let wrong = |routing: Value, field: &str| {
        let body = json!({ "gateway": { "routing": routing } });
        check(body, ErrorCode::InvalidParameterValue, &format!("gateway.routing.{field}"));
    };
    wrong(json!({ "optimize": "best" }), "optimize");
    wrong(json!({ "optimize": 1 }), "optimize");
    wrong(json!({ "weights": { "cost": 0 } }), "weights");
    wrong(json!({ "weights": { "cost": -1, "ttft": 2 } }), "weights");
    wrong(json!({ "weights": { "price": 1 } }), "weights");
    wrong(json!({ "weights": [] }), "weights");
    wrong(json!({ "max_cost_per_1m": 0 }), "max_cost_per_1m");
    wrong(json!({ "max_ttft_ms": "1" }), "max_ttft_ms");
    wrong(json!({ "min_throughput_tps": -1 }), "min_throughput_tps");
    wrong(json!({ "ttft_percentile": "p99" }), "ttft_percentile");
    wrong(json!({ "throughput_percentile": 95 }), "throughput_percentile");
    wrong(json!({ "providers": "openai" }), "providers");
    wrong(json!({ "exclude_providers": [1] }), "exclude_providers");
    wrong(json!({ "prefer": [] }), "prefer");
    wrong(json!({ "mode": "both" }), "mode");
    wrong(json!({ "allow_fallbacks": 1 }), "allow_fallbacks");
    wrong(json!({ "max_fallback_attempts": 20 }), "max_fallback_attempts");
    wrong(json!({ "max_fallback_attempts": 0 }), "max_fallback_attempts");
    wrong(json!({ "timeout_ms": 0 }), "timeout_ms");
    wrong(json!({ "timeout_ms": 9, "deadline_ms": 8 }), "deadline_ms");
    wrong(json!({ "data_policy": "some" }), "data_policy");
    wrong(json!({ "only_byok": true, "only_platform": true }), "only_byok");
    wrong(json!({ "require_parameters": "yes" }), "require_parameters");
    wrong(json!({ "tier": "" }), "tier");
    check(json!({ "gateway": { "routing": 1 } }), ErrorCode::InvalidParameterValue, "gateway.routing");
    check(json!({ "gateway": { "rooting": {} } }), ErrorCode::UnknownField, "gateway.rooting");
    check(json!({ "gateway": { "metadata": { "x": 1 } } }), ErrorCode::UnknownField, "gateway.metadata.x");
    check(
        json!({ "gateway": { "routing": { "optimise": "cost" } } }),
        ErrorCode::UnknownField,
        "gateway.routing.optimise",
    );
    let models = |models: Value| {
        check(json!({ "gateway": { "models": models } }), ErrorCode::InvalidParameterValue, "gateway.models");
    };
    models(json!([]));
    models(json!("m"));
    models(json!(["m", 1]));
    models(json!(["m", ""]));
    models(json!(vec!["m"; 11]));
    models(json!(["m:cost", "n:tps"]));
    models(json!(["m:cost", "n"]));
    models(json!(["m", "n:cost"]));
    check(
        json!({ "model": "m", "gateway": { "models": ["m"] } }),
        ErrorCode::InvalidParameterValue,
        "gateway.models",
    );
}

#[test]
fn lists_lose_repetitions_and_share_their_suffix() {
    let body = json!({ "gateway": { "models": ["m:cheapest", "n:floor", "m:cost-focus"] } });
    let wishes = Wishes::read(&request(body), &Defaults::default()).expect("valid wishes");
    assert_eq!(wishes.models, ModelList { names: vec!["m".to_owned(), "n".to_owned()], is_list: true });
    assert_eq!(wishes.policy.strategy.name(), "cost-focus");
}

#[test]
fn weights_beat_optimize_and_both_beat_the_suffix() {
    let check = |model: &str, routing: Value, expected: &str| {
        let body = json!({ "model": model, "gateway": { "routing": routing } });
        let wishes = Wishes::read(&request(body), &defaults(&json!({ "optimize": "tps" }))).expect("valid");
        assert_eq!(wishes.policy.strategy.name(), expected);
    };
    check("m:cost", json!({ "optimize": "ttft", "weights": { "cost": 2 } }), "custom");
    check("m:cost", json!({ "optimize": "ttft" }), "ttft");
    check("m:cost", json!({}), "cost");
    check("m", json!({}), "tps");
}

#[test]
fn defaults_count_where_the_request_is_silent() {
    let under = json!({ "max_cost_per_1m": 5, "providers": ["a"], "weights": { "ttft": 1 } });
    let policy = read(&json!({ "providers": ["b"], "max_cost_per_1m": null }), &under);
    assert_eq!((policy.max_cost_per_1m, policy.strategy.name()), (Some(5.0), "custom"));
    assert_eq!(policy.providers, Some(vec!["b".to_owned()]));
    // Half an answer of the caller is an answer.
    assert_eq!(read(&json!({ "optimize": "tps" }), &under).strategy.name(), "tps");
    let policy = read(&json!({ "only_platform": true }), &json!({ "only_byok": true }));
    assert!(policy.only_platform && !policy.only_byok);
    let policy = read(&json!({ "deadline_ms": 10 }), &json!({ "timeout_ms": 50 }));
    assert_eq!((policy.timeout, policy.deadline), (None, Some(Duration::from_millis(10))));
    let policy = read(&json!({ "timeout_ms": 50 }), &json!({ "deadline_ms": 10 }));
    assert_eq!((policy.timeout, policy.deadline), (Some(Duration::from_millis(50)), None));
    let error = Defaults::try_new("routing", json!({ "mode": "x" }).as_object().cloned().expect("an object"));
    assert_eq!(error.expect_err("wrong").param.as_deref(), Some("routing.mode"));
}

#[test]
fn the_old_success_rate_is_ignored_with_a_warning() {
    let body = json!({ "gateway": { "routing": { "min_success_rate": 0.9 } } });
    let wishes = Wishes::read(&request(body), &Defaults::default()).expect("valid wishes");
    assert_eq!(wishes.warnings.len(), 1);
    assert_eq!(wishes.warnings[0].kind, WarningType::UnsupportedField);
}

#[test]
fn a_request_that_wishes_for_nothing_gets_what_reading_every_field_gives() {
    for suffix in [None, Strategy::parse("ttft")] {
        let read = |map: &Map<String, Value>| {
            format!("{:?}", Policy::read(&Fields::new("gateway.routing", map), suffix).expect("valid"))
        };
        let absent = json!({ "tier": null });
        assert_eq!(read(&Map::new()), read(absent.as_object().expect("an object")));
    }
}
