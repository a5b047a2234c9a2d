//! The refusals of routing.md §7 and the choices of the router, as a caller sees them.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are used")]

use serde_json::{Value, json};

use crate::http::{Served, serve};
use crate::upstream::{Answer, upstream};

/// `able` can do everything and `weak` nothing; `openai` is known to the catalogue and never reached.
const CONFIG: &str = r#"
[[providers]]
id = "able"
kind = "simulated"
latency_ms = 0
chunk_pace_ms = 1
input_price = 4.0
output_price = 4.0
data_policy = "no_training"
models = [{ id = "able" }, { id = "shared" }]

[[providers]]
id = "weak"
kind = "simulated"
latency_ms = 20
chunk_pace_ms = 100
output_tokens = 1
input_price = 1.0
output_price = 1.0
models = [{ id = "weak", context_window = 1000 }, { id = "shared" }]
[providers.capabilities]
tools = false
tool_choice_required = false
json = false
json_schema = false
tools_with_json_schema = false
vision = false
reasoning = false
streaming = false

[[providers]]
id = "rigid"
kind = "simulated"
models = [{ id = "rigid" }]
capabilities = { reasoning_off = false, non_streaming = false, tools_with_json_schema = false, tool_choice_required = false }

[[providers]]
id = "openai"
kind = "openai-compatible"
api_key = "never-used"
base_url = "http://127.0.0.1:1/v1"
"#;

async fn check(served: &Served, body: Value, code: &str, param: &str, named: &str) {
    let seen = served.chat(body).await;
    let error = &seen.json()["error"];
    let status = if code == "model_not_found" { 404 } else { 400 };
    assert_eq!(
        (seen.status, error["code"].as_str(), error["param"].as_str()),
        (status, Some(code), Some(param)),
        "{error}"
    );
    let suggestion = error["suggestion"].as_str().unwrap_or_default();
    assert!(suggestion.contains(named), "`{named}` is not in: {suggestion}");
}

fn routing(model: &str, fields: Value) -> Value {
    json!({ "model": model, "gateway": { "routing": fields } })
}

#[tokio::test]
async fn what_a_model_can_not_do_is_named() {
    let served = serve(CONFIG).await;
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    let schema = json!({ "type": "json_schema", "json_schema": { "name": "s", "schema": {} } });
    let image =
        json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "data:" } }] }]);
    let refused = async |model: &str, mut body: Value, code: &str, param: &str, named: &str| {
        body["model"] = model.into();
        check(&served, body, code, param, named).await;
    };
    refused("weak", json!({ "tools": tools }), "tools_not_supported", "tools", "`able` (able)").await;
    refused(
        "weak",
        json!({ "response_format": { "type": "json_object" } }),
        "json_mode_not_supported",
        "response_format",
        "`able`",
    )
    .await;
    refused(
        "weak",
        json!({ "response_format": schema }),
        "structured_output_not_supported",
        "response_format",
        "`able`",
    )
    .await;
    refused("weak", json!({ "messages": image }), "vision_not_supported", "messages", "images").await;
    refused(
        "weak",
        json!({ "reasoning_effort": "low" }),
        "reasoning_not_supported",
        "reasoning_effort",
        "`able`",
    )
    .await;
    refused("weak", json!({ "stream": true }), "streaming_not_supported", "stream", "false").await;
    let long = json!({ "messages": [{ "role": "user", "content": "x".repeat(5000) }] });
    refused("weak", long, "context_length_exceeded", "messages", "1000").await;
    let streamed = |mut body: Value| {
        body["stream"] = true.into();
        body
    };
    let forced = streamed(json!({ "tools": tools, "tool_choice": "required" }));
    refused("rigid", forced, "tool_choice_required_not_supported", "tool_choice", "`auto`").await;
    let both = streamed(json!({ "tools": tools, "response_format": schema }));
    refused("rigid", both, "tools_with_structured_output_not_supported", "response_format", "`tools`").await;
    let off = streamed(json!({ "reasoning_effort": "off" }));
    refused("rigid", off, "thinking_disable_not_supported", "reasoning_effort", "low").await;
    refused("rigid", json!({}), "non_streaming_not_supported", "stream", "true").await;
    refused("gpt-5.5-pro", json!({}), "response_api_only", "model", "/v1/responses").await;
    refused("text-embedding-3-small", json!({}), "no_compatible_endpoint", "model", "`embeddings`").await;
    refused("claude-opus-4-6", json!({}), "model_not_found", "model", "ANTHROPIC_API_KEY").await;
    refused("gone", json!({}), "model_not_found", "model", "Available").await;
}

#[tokio::test]
async fn wishes_that_nobody_meets_are_named() {
    let served = serve(CONFIG).await;
    let refused = async |fields: Value, code: &str, field: &str, named: &str| {
        check(&served, routing("shared", fields), code, &format!("gateway.routing.{field}"), named).await;
    };
    refused(json!({ "providers": ["openai"] }), "provider_not_in_allowlist", "providers", "`able`, `weak`")
        .await;
    refused(
        json!({ "exclude_providers": ["able", "weak"] }),
        "provider_blocked",
        "exclude_providers",
        "`able`, `weak`",
    )
    .await;
    refused(json!({ "only_byok": true }), "byok_keys_required", "only_byok", "`able`, `weak`").await;
    refused(json!({ "data_policy": "zdr" }), "no_compatible_endpoint", "data_policy", "`no_training`").await;
    refused(json!({ "tier": "priority" }), "no_compatible_endpoint", "tier", "`standard`").await;
    refused(
        json!({ "max_cost_per_1m": 0.5 }),
        "cost_constraint_exceeded",
        "max_cost_per_1m",
        "`weak` would do",
    )
    .await;
    refused(
        json!({ "max_ttft_ms": 1, "providers": ["weak"] }),
        "latency_constraint_exceeded",
        "max_ttft_ms",
        "at least 20 ms",
    )
    .await;
    refused(
        json!({ "min_throughput_tps": 5000 }),
        "throughput_constraint_not_met",
        "min_throughput_tps",
        "at most 1000",
    )
    .await;
    // The cheap one is not private, and the private one is not cheap.
    let both = json!({ "max_cost_per_1m": 2, "data_policy": "no_training", "providers": ["weak"] });
    refused(both, "no_compatible_endpoint", "data_policy", "`weak`").await;
    let body = routing("claude-opus-4-6", json!({ "only_platform": true }));
    check(&served, body, "platform_keys_unavailable", "gateway.routing.only_platform", "ANTHROPIC_API_KEY")
        .await;
}

#[tokio::test]
async fn the_router_chooses_as_it_is_told() {
    let served = serve(CONFIG).await;
    let chosen = async |body: Value| {
        let reply = served.chat(body).await.json();
        let routing = &reply["routing_metadata"];
        (routing["provider"].clone(), routing["routing_strategy"].clone())
    };
    assert_eq!(chosen(json!({ "model": "shared" })).await, (json!("weak"), json!("cost-focus")));
    assert_eq!(chosen(json!({ "model": "shared:ttft-focus" })).await, (json!("able"), json!("ttft-focus")));
    assert_eq!(
        chosen(routing("shared", json!({ "weights": { "throughput": 1 } }))).await,
        (json!("able"), json!("custom"))
    );
    assert_eq!(chosen(routing("shared", json!({ "data_policy": "no_training" }))).await.0, "able");
    assert_eq!(
        chosen(routing("shared", json!({ "max_ttft_ms": 10, "ttft_percentile": "p95" }))).await.0,
        "able"
    );
    assert_eq!(chosen(json!({ "model": "able/shared" })).await.0, "able");
    let list =
        json!({ "gateway": { "models": ["able", "shared", "gone"], "routing": { "mode": "fallback" } } });
    let reply = served.chat(list).await.json();
    assert_eq!(reply["routing_metadata"]["model_canonical"], "able");
    assert_eq!(reply["routing_metadata"]["warnings"][0]["code"], "field_ignored");
}

#[tokio::test]
async fn the_configuration_fills_in_wishes() {
    let served =
        serve(&format!("[routing]\noptimize = \"ttft-focus\"\nexclude_providers = [\"nobody\"]\n{CONFIG}"))
            .await;
    let provider = async |body: Value| served.chat(body).await.json()["routing_metadata"]["provider"].clone();
    assert_eq!(provider(json!({ "model": "shared" })).await, "able");
    assert_eq!(provider(routing("shared", json!({ "optimize": "cost" }))).await, "weak");
}

#[tokio::test]
async fn load_is_shared_where_that_is_configured() {
    let config = format!("selection = \"weighted\"\nselection_exponent = 0.0\n{CONFIG}");
    let served = serve(&config).await;
    let mut seen = std::collections::BTreeSet::new();
    // One of the two stays away from 64 even draws once in 2^63 runs.
    for _ in 0..64 {
        let reply = served.chat(json!({ "model": "shared", "max_tokens": 1 })).await.json();
        seen.insert(reply["routing_metadata"]["provider"].as_str().unwrap_or_default().to_owned());
        if seen.len() == 2 {
            break;
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["able", "weak"]);
}

#[tokio::test]
async fn everything_known_is_listed() {
    let served = serve(CONFIG).await;
    let list = served.get("/v1/models").await.json();
    let ids: Vec<_> =
        list["data"].as_array().expect("a list").iter().filter_map(|it| it["id"].as_str()).collect();
    assert!(ids.contains(&"weak") && ids.contains(&"gpt-4o") && !ids.contains(&"claude-opus-4-6"), "{ids:?}");
    assert_eq!(served.get("/v1/models/gpt-4o").await.json()["owned_by"], "auriko");
    assert_eq!(served.get("/v1/models/claude-opus-4-6").await.status, 404);
    let directory = served.get("/v1/directory/models").await.json();
    assert_eq!(directory["models"]["claude-opus-4-6"]["providers"][0]["provider"], "anthropic");
    assert!(
        served.get("/v1/registry/models").await.json()["count"].as_u64().is_some_and(|count| count > 100)
    );
    assert!(served.get("/v1/registry/providers").await.json()["providers"].is_array());
}

#[tokio::test]
async fn what_a_model_refuses_is_not_sent_to_it() {
    let reply = json!({ "id": "r", "model": "gpt-5", "choices": [{ "index": 0, "message": { "role": "assistant", "content": "Hi" }, "finish_reason": "stop" }] });
    let openai = upstream(vec![Answer::Status(200, vec![], reply.to_string())]).await;
    let served = serve(&format!(
        "[[providers]]\nid = \"openai\"\nkind = \"openai-compatible\"\napi_key = \"k\"\nbase_url = \"{}\"\n",
        openai.url
    ))
    .await;
    let reply = served.chat(json!({ "model": "gpt-5", "temperature": 0.5, "user": "u" })).await.json();
    let sent = &openai.bodies()[0];
    assert!(sent.get("temperature").is_none() && sent["user"] == "u", "{sent}");
    let warning = &reply["routing_metadata"]["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["type"]),
        (&json!("parameter_dropped"), &json!("unsupported_parameter"))
    );
    let required = json!({ "model": "gpt-5", "temperature": 0.5, "gateway": { "routing": { "require_parameters": true } } });
    let field = "gateway.routing.require_parameters";
    check(&served, required, "required_params_not_supported", field, "`temperature`").await;
}

/// Models of the configuration, at the vendor that is never reached, each of which lacks one thing.
const NARROW: &str = r#"
[[providers]]
id = "groq"
kind = "openai-compatible"
api_key = "never-used"
base_url = "http://127.0.0.1:1/v1"

[[models]]
id = "in-batches"
offerings = [{ provider = "openai", upstream_id = "b", endpoints = ["batch"] }]

[[models]]
id = "premium"
[[models.offerings]]
provider = "openai"
upstream_id = "p"
tiers = [{ name = "priority", input_price = 6.0, output_price = 6.0 }]

[[models]]
id = "reader"
offerings = [{ provider = "openai", upstream_id = "r" }]

[[models]]
id = "split"
[[models.offerings]]
provider = "openai"
upstream_id = "s"
capabilities = { tools = false }
[[models.offerings]]
provider = "groq"
upstream_id = "s"
endpoints = ["responses"]
"#;

#[tokio::test]
async fn models_that_can_be_called_in_one_way_only_say_in_which() {
    let served = serve(&format!("{CONFIG}{NARROW}")).await;
    let refused = async |model: &str, mut body: Value, code: &str, param: &str, named: &str| {
        body["model"] = model.into();
        check(&served, body, code, param, named).await;
    };
    refused("in-batches", json!({}), "batch_only", "model", "batch").await;
    refused("premium", json!({}), "tier_opt_in_required", "gateway.routing.tier", "`priority`").await;
    let part = json!({ "type": "input_audio", "input_audio": { "data": "", "format": "wav" } });
    let spoken = json!({ "messages": [{ "role": "user", "content": [part] }] });
    refused("reader", spoken, "unsupported_modalities", "messages", "audio").await;
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    refused("split", json!({ "tools": tools }), "no_tools_on_endpoint", "tools", "/v1/responses").await;
}
