#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are used")]

use serde_json::json;

use super::*;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::error::ApiError;

const CONFIG: &str = r#"
[[providers]]
id = "cheap"
kind = "simulated"
latency_ms = 900
input_price = 0.1
output_price = 0.1
models = [{ id = "m" }, { id = "only-cheap" }]

[[providers]]
id = "fast"
kind = "simulated"
latency_ms = 10
input_price = 1.0
output_price = 2.0
capabilities = { json_schema = false }
models = [{ id = "m" }, { id = "other" }]

[[providers]]
id = "unpriced"
kind = "simulated"
latency_ms = 100
models = [{ id = "m" }]
capabilities = { tools = false, vision = false }
"#;

fn catalog() -> Catalog {
    Catalog::new(&Config::from_toml(CONFIG).expect("a valid configuration"))
}

fn request(mut body: Value) -> ChatRequest {
    body["messages"] = json!([{ "role": "user", "content": "hello" }]);
    if body.get("model").is_none() && body["gateway"].get("models").is_none() {
        body["model"] = json!("m");
    }
    ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request")
}

fn plan(body: Value) -> Result<Plan, ApiError> {
    let request = request(body);
    let options = Options::read(&request)?;
    route(&request, &options, &catalog())
}

fn order(body: Value) -> String {
    let plan = plan(body.clone()).unwrap_or_else(|error| panic!("{body}: {error:?}"));
    let ids: Vec<_> = plan.candidates.iter().map(|it| format!("{}:{}", it.model, it.provider.id)).collect();
    ids.join(" ")
}

fn routing(fields: Value) -> Value {
    json!({ "gateway": { "routing": fields } })
}

#[test]
fn strategies_order_the_candidates() {
    let check = |body: Value, expected: &str| assert_eq!(order(body.clone()), expected, "{body}");
    check(json!({}), "m:cheap m:fast m:unpriced");
    check(json!({ "model": "m:ttft-focus" }), "m:fast m:unpriced m:cheap");
    check(json!({ "model": "m:fast" }), "m:fast m:cheap m:unpriced");
    check(routing(json!({ "optimize": "ttft-focus" })), "m:fast m:unpriced m:cheap");
    check(routing(json!({ "weights": { "ttft": 1 } })), "m:fast m:unpriced m:cheap");
    check(routing(json!({ "prefer": "unpriced" })), "m:unpriced m:cheap m:fast");
    check(routing(json!({ "prefer": "nobody" })), "m:cheap m:fast m:unpriced");
    check(routing(json!({ "providers": ["fast", "unpriced"] })), "m:fast m:unpriced");
    check(routing(json!({ "exclude_providers": ["cheap"] })), "m:fast m:unpriced");
    check(routing(json!({ "allow_fallbacks": false })), "m:cheap");
    check(routing(json!({ "max_fallback_attempts": 1 })), "m:cheap m:fast");
    check(routing(json!({ "max_cost_per_1m": 0.5 })), "m:cheap");
    check(routing(json!({ "max_ttft_ms": 600 })), "m:fast m:unpriced");
    check(json!({ "model": "fast/anything" }), "fast/anything:fast");
    check(json!({ "model": "fast/m" }), "m:fast");
    check(json!({ "gateway": { "models": ["other", "only-cheap"] } }), "only-cheap:cheap other:fast");
    let fallback = json!({ "gateway": { "models": ["other", "only-cheap", "gone"], "routing": { "mode": "fallback" } } });
    check(fallback.clone(), "other:fast only-cheap:cheap");
    assert_eq!(plan(fallback).expect("a plan").warnings.len(), 1);
}

#[test]
fn the_strategy_is_reported() {
    let check = |body: Value, expected: &str| assert_eq!(plan(body).expect("a plan").strategy, expected);
    check(json!({}), "cost-focus");
    check(json!({ "model": "m:nitro" }), "ttft");
    check(json!({ "model": "m:tps", "gateway": { "routing": { "optimize": "balanced" } } }), "balanced");
    check(routing(json!({ "optimize": "cost", "weights": { "cost": 2 } })), "custom");
}

#[test]
fn refusals_have_their_code_and_param() {
    let check = |body: Value, code: &str, param: &str| {
        let error = plan(body.clone()).expect_err(&body.to_string());
        assert_eq!((error.code.as_str(), error.param.as_deref()), (code, Some(param)), "{body}");
    };
    check(json!({ "model": "nope" }), "model_not_found", "model");
    check(json!({ "model": "m:unknown" }), "model_not_found", "model");
    check(json!({ "model": "a:b:cost" }), "model_not_found", "model");
    check(json!({ "model": "nobody/m" }), "model_not_found", "model");
    check(json!({ "gateway": { "models": ["x"] } }), "model_not_found", "gateway.models");
    check(json!({ "gateway": { "models": [] } }), "invalid_parameter_value", "gateway.models");
    check(
        json!({ "gateway": { "models": ["m:cost", "other:tps"] } }),
        "invalid_parameter_value",
        "gateway.models",
    );
    check(
        json!({ "model": "m", "gateway": { "models": ["m"] } }),
        "invalid_parameter_value",
        "gateway.models",
    );
    check(json!({ "gateway": { "rooting": {} } }), "unknown_field", "gateway.rooting");
    check(json!({ "gateway": { "metadata": { "x": 1 } } }), "unknown_field", "gateway.metadata.x");
    check(routing(json!({ "optimise": "cost" })), "unknown_field", "gateway.routing.optimise");
    check(routing(json!({ "optimize": "best" })), "invalid_parameter_value", "gateway.routing.optimize");
    check(
        routing(json!({ "max_fallback_attempts": 20 })),
        "invalid_parameter_value",
        "gateway.routing.max_fallback_attempts",
    );
    check(routing(json!({ "timeout_ms": 0 })), "invalid_parameter_value", "gateway.routing.timeout_ms");
    check(
        routing(json!({ "timeout_ms": 9, "deadline_ms": 8 })),
        "invalid_parameter_value",
        "gateway.routing.deadline_ms",
    );
    check(routing(json!({ "weights": { "cost": 0 } })), "invalid_parameter_value", "gateway.routing.weights");
    check(routing(json!({ "providers": ["x"] })), "provider_not_in_allowlist", "gateway.routing.providers");
    let all = json!(["cheap", "fast", "unpriced"]);
    check(
        routing(json!({ "exclude_providers": all })),
        "provider_blocked",
        "gateway.routing.exclude_providers",
    );
    check(routing(json!({ "data_policy": "zdr" })), "no_compatible_endpoint", "gateway.routing.data_policy");
    check(routing(json!({ "only_byok": true })), "byok_keys_required", "gateway.routing.only_byok");
    check(
        routing(json!({ "max_cost_per_1m": 0.001 })),
        "cost_constraint_exceeded",
        "gateway.routing.max_cost_per_1m",
    );
}

#[test]
fn capabilities_are_minded() {
    let schema = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": {} } });
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    assert_eq!(order(json!({ "response_format": schema })), "m:cheap m:unpriced");
    assert_eq!(order(json!({ "tools": tools })), "m:cheap m:fast");
    assert_eq!(order(json!({ "tools": tools, "tool_choice": "none" })), "m:cheap m:fast m:unpriced");
    let error = plan(json!({ "model": "other", "response_format": schema })).expect_err("not offered");
    assert_eq!(error.code.as_str(), "structured_output_not_supported");
    let mixed = json!({ "model": "other", "response_format": schema, "gateway": { "routing": { "providers": ["cheap"] } } });
    assert_eq!(plan(mixed).expect_err("two reasons").code.as_str(), "no_compatible_endpoint");
}
