#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are used")]

use auriko_wire::error_code::ErrorCode;
use serde_json::{Value, json};

use super::Refusal;
use crate::catalog::file::CatalogFile;
use crate::facts::{Endpoint, Facts};
use crate::policy::{Defaults, Wishes};
use crate::testing::{World, catalog, catalog_of, model, offering, request};

/// Of `m`, `cheap` has the fields, and `able` is another model that has them not.
fn limited(fields: Value) -> World {
    let cheap = offering("cheap", 1.0, &fields);
    World::new(catalog_of(&json!([
        model("able", json!([offering("fast", 2.0, &json!({}))])),
        model("m", json!([cheap]))
    ])))
}

fn refuse(world: &World, body: Value) -> Refusal {
    *world.route(body.clone()).expect_err(&body.to_string())
}

/// Checks code, field and what the suggestion names.
fn check(refusal: &Refusal, code: ErrorCode, param: &str, named: &[&str]) {
    assert_eq!((refusal.code, refusal.param), (code, Some(param)), "{refusal:?}");
    assert!(refusal.message.contains("`m`") || param == "gateway.models", "{}", refusal.message);
    for word in named {
        assert!(refusal.suggestion.contains(word), "`{word}` is not in: {}", refusal.suggestion);
    }
}

fn lacking(capability: &str) -> Value {
    json!({ "capabilities": { capability: false } })
}

fn tools() -> Value {
    json!([{ "type": "function", "function": { "name": "f" } }])
}

fn schema() -> Value {
    json!({ "type": "json_schema", "json_schema": { "name": "s", "schema": {} } })
}

fn routing(fields: Value) -> Value {
    json!({ "gateway": { "routing": fields } })
}

fn content(part: Value) -> Value {
    json!({ "messages": [{ "role": "user", "content": [part] }] })
}

#[test]
fn capabilities() {
    use ErrorCode as E;
    let row = |fields: Value, body: Value, code: E, param: &str, named: &[&str]| {
        check(&refuse(&limited(fields), body), code, param, named);
    };
    row(
        lacking("tools"),
        json!({ "tools": tools() }),
        E::ToolsNotSupported,
        "tools",
        &["`tools`", "`able` (fast)"],
    );
    let forced = json!({ "tools": tools(), "tool_choice": "required" });
    row(
        lacking("tool_choice"),
        forced,
        E::ToolChoiceRequiredNotSupported,
        "tool_choice",
        &["`auto`", "`able` (fast)"],
    );
    let named =
        json!({ "tools": tools(), "tool_choice": { "type": "function", "function": { "name": "f" } } });
    row(lacking("tool_choice"), named, E::ToolChoiceRequiredNotSupported, "tool_choice", &["`auto`"]);
    let object = json!({ "response_format": { "type": "json_object" } });
    row(
        lacking("json_mode"),
        object.clone(),
        E::JsonModeNotSupported,
        "response_format",
        &["`json_schema`", "`cheap`", "`able` (fast)"],
    );
    let neither = json!({ "capabilities": { "json_mode": false, "structured_output": false } });
    row(neither, object, E::JsonModeNotSupported, "response_format", &["in the prompt", "`able` (fast)"]);
    let format = json!({ "response_format": schema() });
    row(
        lacking("structured_output"),
        format,
        E::StructuredOutputNotSupported,
        "response_format",
        &["`json_object`", "`cheap`"],
    );
    let both = json!({ "tools": tools(), "response_format": schema() });
    row(
        lacking("tools_with_structured_output"),
        both,
        E::ToolsWithStructuredOutputNotSupported,
        "response_format",
        &["`tools`", "`able` (fast)"],
    );
    row(
        json!({}),
        json!({ "reasoning_effort": "low" }),
        E::ReasoningNotSupported,
        "reasoning_effort",
        &["`reasoning_effort`"],
    );
    let always = json!({ "capabilities": { "reasoning": true, "reasoning_off": false } });
    row(
        always,
        json!({ "reasoning_effort": "off" }),
        E::ThinkingDisableNotSupported,
        "reasoning_effort",
        &["low", "`able` (fast)"],
    );
    row(
        lacking("streaming"),
        json!({ "stream": true }),
        E::StreamingNotSupported,
        "stream",
        &["false", "`able` (fast)"],
    );
    row(
        lacking("non_streaming"),
        json!({}),
        E::NonStreamingNotSupported,
        "stream",
        &["true", "`able` (fast)"],
    );
    let image = content(json!({ "type": "image_url", "image_url": { "url": "data:" } }));
    let seeing = json!({ "input_modalities": ["text", "image"] });
    row(json!({}), image.clone(), E::VisionNotSupported, "messages", &["images"]);
    limited(seeing).route(image).expect("it sees");
    let sound = content(json!({ "type": "input_audio", "input_audio": {} }));
    row(json!({}), sound, E::UnsupportedModalities, "messages", &["`audio`"]);
    row(
        json!({ "output_modalities": ["embedding"] }),
        json!({}),
        E::UnsupportedModalities,
        "model",
        &["`embedding`", "`able` (fast)"],
    );
    let long = json!({ "messages": [{ "role": "user", "content": "x".repeat(4001) }] });
    row(
        json!({ "context_window": 1000 }),
        long,
        E::ContextLengthExceeded,
        "messages",
        &["1000", "`able` (fast)"],
    );
}

#[test]
fn what_follows_from_a_shortcoming_is_not_blamed() {
    let toolless = json!({ "tools": false, "tool_choice": false, "tools_with_structured_output": false });
    let body = json!({ "tools": tools(), "tool_choice": "required", "response_format": schema() });
    let refusal = refuse(&limited(json!({ "capabilities": toolless })), body);
    check(&refusal, ErrorCode::ToolsNotSupported, "tools", &["`tools`"]);
    let vectors = json!({ "endpoints": ["embeddings"], "output_modalities": ["embedding"] });
    let refusal = refuse(&limited(vectors), json!({}));
    check(&refusal, ErrorCode::NoCompatibleEndpoint, "model", &["`embeddings`"]);
}

#[test]
fn off_is_nothing_where_nothing_reasons() {
    limited(json!({})).route(json!({ "reasoning_effort": "off" })).expect("a plan");
}

#[test]
fn endpoints() {
    use ErrorCode as E;
    let serving = |endpoints: Value| limited(json!({ "endpoints": endpoints }));
    let at = |mut world: World, endpoint: Endpoint, body: Value| {
        world.endpoint = endpoint;
        refuse(&world, body)
    };
    let (chat, responses, messages) = (Endpoint::ChatCompletions, Endpoint::Responses, Endpoint::Messages);
    for endpoint in [chat, responses, messages] {
        check(
            &at(serving(json!(["batch"])), endpoint, json!({})),
            E::BatchOnly,
            "model",
            &["batch", "`able` (fast)"],
        );
    }
    for endpoint in [chat, messages] {
        let refusal = at(serving(json!(["responses"])), endpoint, json!({}));
        check(&refusal, E::ResponseApiOnly, "model", &["/v1/responses", "`able` (fast)"]);
    }
    let vectors = || serving(json!(["embeddings"]));
    check(
        &at(vectors(), chat, json!({})),
        E::NoCompatibleEndpoint,
        "model",
        &["`embeddings`", "`able` (fast)"],
    );
    check(
        &at(vectors(), responses, json!({})),
        E::NoResponsesEndpoint,
        "model",
        &["`embeddings`", "`able` (fast)"],
    );
    let hosted = json!({ "tools": [{ "type": "web_search" }] });
    let refusal = at(serving(json!(["chat_completions"])), responses, hosted.clone());
    check(&refusal, E::HostedToolNotSupported, "tools", &["`web_search`"]);
    let mut native = serving(json!(["responses"]));
    native.endpoint = responses;
    native.route(hosted).expect("a native provider runs them");
    // Chat is served without tools, and only the other endpoint takes them.
    let split = json!([
        offering("cheap", 1.0, &lacking("tools")),
        offering("fast", 1.0, &json!({ "endpoints": ["responses"] })),
    ]);
    let world = World::new(catalog_of(&json!([model("m", split)])));
    check(&refuse(&world, json!({ "tools": tools() })), E::NoToolsOnEndpoint, "tools", &["/v1/responses"]);
}

#[test]
fn items_that_only_a_native_provider_takes() {
    let world = World::new(catalog());
    let request = request(json!({}));
    let wishes = Wishes::read(&request, &Defaults::default()).expect("valid wishes");
    let facts = Facts { needs_native_input: true, ..Facts::read(&request, Endpoint::Responses) };
    let refusal = world.with_facts(&facts, &wishes, crate::route).expect_err("nobody is native");
    check(&refusal, ErrorCode::InputRequiresResponsesEndpoint, "input", &["reasoning items"]);
}

#[test]
fn wishes() {
    use ErrorCode as E;
    let world = World::new(catalog());
    let row = |fields: Value, code: E, field: &str, named: &[&str]| {
        check(&refuse(&world, routing(fields)), code, &format!("gateway.routing.{field}"), named);
    };
    row(
        json!({ "providers": ["other"] }),
        E::ProviderNotInAllowlist,
        "providers",
        &["`cheap`", "`fast`", "`private`"],
    );
    row(json!({ "providers": ["keyless"] }), E::ProviderNotInAllowlist, "providers", &["KEYLESS_API_KEY"]);
    let all = json!({ "exclude_providers": ["cheap", "fast", "private"] });
    row(all, E::ProviderBlocked, "exclude_providers", &["`cheap`", "`fast`"]);
    row(json!({ "only_byok": true }), E::ByokKeysRequired, "only_byok", &["`cheap`", "`keyless`"]);
    row(
        json!({ "data_policy": "zdr" }),
        E::NoCompatibleEndpoint,
        "data_policy",
        &["`no_training`", "`private`"],
    );
    row(json!({ "tier": "flex" }), E::NoCompatibleEndpoint, "tier", &["`standard`"]);
    row(
        json!({ "max_cost_per_1m": 0.5 }),
        E::CostConstraintExceeded,
        "max_cost_per_1m",
        &["`cheap`", "at least 1 US"],
    );
    row(
        json!({ "max_ttft_ms": 50 }),
        E::LatencyConstraintExceeded,
        "max_ttft_ms",
        &["`fast`", "at least 100 ms"],
    );
    let slow = json!({ "max_ttft_ms": 50, "ttft_percentile": "p95" });
    row(slow, E::LatencyConstraintExceeded, "max_ttft_ms", &["`cheap`", "at least 900 ms"]);
    row(
        json!({ "min_throughput_tps": 500 }),
        E::ThroughputConstraintNotMet,
        "min_throughput_tps",
        &["`fast`", "at most 200"],
    );
}

#[test]
fn keys() {
    let mut world = World::new(catalog());
    let body = json!({ "model": "elsewhere", "gateway": { "routing": { "only_platform": true } } });
    let check_platform = |world: &World| {
        let refusal = refuse(world, body.clone());
        assert_eq!(refusal.code, ErrorCode::PlatformKeysUnavailable);
        assert_eq!(refusal.param, Some("gateway.routing.only_platform"));
        assert!(refusal.suggestion.contains("KEYLESS_API_KEY"), "{}", refusal.suggestion);
    };
    check_platform(&world);
    world.own_keys = [("keyless".into(), crate::OwnKey::default())].into_iter().collect();
    check_platform(&world);
    let body = json!({ "model": "n", "gateway": { "routing": { "only_byok": true } } });
    assert_eq!(refuse(&world, body).code, ErrorCode::ByokKeysRequired);
}

#[test]
fn premium_tiers_are_opted_into() {
    let premium = json!({ "tiers": [{ "name": "priority", "input_price": 6.0, "output_price": 6.0 }] });
    let refusal = refuse(&limited(premium.clone()), json!({}));
    check(&refusal, ErrorCode::TierOptInRequired, "gateway.routing.tier", &["`priority`"]);
    limited(premium).route(routing(json!({ "tier": "priority" }))).expect("opted in");
}

#[test]
fn parameters_are_required() {
    let world = limited(json!({ "supported_parameters": ["temperature", "seed"] }));
    let mut body = routing(json!({ "require_parameters": true }));
    body["user"] = "u".into();
    body["seed"] = 1.into();
    let refusal = refuse(&world, body);
    let field = "gateway.routing.require_parameters";
    check(&refusal, ErrorCode::RequiredParamsNotSupported, field, &["`cheap`", "`user`"]);
    assert!(!refusal.suggestion.contains("`seed`"), "{}", refusal.suggestion);
}

#[test]
fn unknown_numbers_pass_no_ceiling() {
    let world = limited(json!({ "tiers": [] }));
    let refusal = refuse(&world, routing(json!({ "max_cost_per_1m": 1000 })));
    check(&refusal, ErrorCode::CostConstraintExceeded, "gateway.routing.max_cost_per_1m", &["not known"]);
    let mut world = limited(json!({}));
    world.measurements = crate::Measurements::default();
    let refusal = refuse(&world, routing(json!({ "max_ttft_ms": 100_000 })));
    check(&refusal, ErrorCode::LatencyConstraintExceeded, "gateway.routing.max_ttft_ms", &["not known"]);
    let refusal = refuse(&world, routing(json!({ "min_throughput_tps": 1 })));
    check(
        &refusal,
        ErrorCode::ThroughputConstraintNotMet,
        "gateway.routing.min_throughput_tps",
        &["not known"],
    );
}

#[test]
fn only_what_is_alone_to_blame_is_blamed() {
    let offerings = json!([offering("cheap", 1.0, &lacking("tools")), offering("fast", 5.0, &json!({}))]);
    let world = World::new(catalog_of(&json!([model("m", offerings)])));
    let with_tools = |fields: Value| {
        let mut body = routing(fields);
        body["tools"] = tools();
        refuse(&world, body)
    };
    // The price empties the set, and a higher one would help.
    let refusal = with_tools(json!({ "max_cost_per_1m": 2 }));
    check(
        &refusal,
        ErrorCode::CostConstraintExceeded,
        "gateway.routing.max_cost_per_1m",
        &["`fast`", "at least 5"],
    );
    // Whoever is cheap enough calls no tools, and who calls tools is too dear and not allowed.
    let refusal = with_tools(json!({ "max_cost_per_1m": 2, "providers": ["cheap"] }));
    let named = &["`cheap` would do without `tools`"];
    check(&refusal, ErrorCode::NoCompatibleEndpoint, "gateway.routing.providers", named);
}

#[test]
fn unknown_models() {
    let world = World::new(catalog());
    let check = |body: Value, param: &str, named: &[&str]| {
        let refusal = refuse(&world, body);
        assert_eq!((refusal.code, refusal.param), (ErrorCode::ModelNotFound, Some(param)));
        for word in named {
            assert!(refusal.suggestion.contains(word), "{}", refusal.suggestion);
        }
    };
    check(json!({ "model": "gone" }), "model", &["cached, m, n, stepped", "cheap, fast"]);
    check(json!({ "model": "m:unknown" }), "model", &["cached, m"]);
    check(json!({ "model": "nobody/m" }), "model", &["cached, m"]);
    check(json!({ "model": "cheap/" }), "model", &["cached, m"]);
    check(json!({ "gateway": { "models": ["gone", "lost"] } }), "gateway.models", &["cached, m"]);
    check(json!({ "model": "elsewhere" }), "model", &["`keyless` (set KEYLESS_API_KEY)"]);
    check(json!({ "model": "keyless/any" }), "model", &["`keyless` (set KEYLESS_API_KEY)"]);
}

#[test]
fn models_that_were_switched_off() {
    let mut world = limited(json!({ "shutdown_at": "2026-11-30" }));
    let is_last_moment = 1_796_083_199_999;
    world.now_ms = is_last_moment;
    world.route(json!({})).expect("still there");
    world.now_ms = is_last_moment + 1;
    let refusal = refuse(&world, json!({}));
    check(&refusal, ErrorCode::ModelNotFound, "model", &["`able` (fast)"]);
    assert!(refusal.message.contains("switched off"), "{}", refusal.message);
}

#[test]
fn fields_are_named_in_the_words_of_the_endpoint() {
    let mut world = limited(json!({}));
    let param = |world: &World| refuse(world, json!({ "reasoning_effort": "low" })).param;
    world.endpoint = Endpoint::Responses;
    assert_eq!(param(&world), Some("reasoning.effort"));
    world.endpoint = Endpoint::Messages;
    assert_eq!(param(&world), Some("thinking"));
}

#[test]
fn an_empty_catalogue_refuses_politely() {
    let file: CatalogFile = serde_json::from_value(
        json!({ "version": "", "generated_at": "", "sources": [], "providers": [], "models": [] }),
    )
    .expect("a catalogue");
    let world = World::new(crate::catalog::Catalog::new(file, &|_| crate::catalog::ProviderSetup::default()));
    let refusal = refuse(&world, json!({}));
    assert_eq!(refusal.code, ErrorCode::ModelNotFound);
    assert!(!refusal.suggestion.is_empty());
}
