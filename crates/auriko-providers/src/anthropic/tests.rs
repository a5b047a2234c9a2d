mod conversation;
mod errors;
mod form;
mod parameters;
mod replies;
mod streams;
mod thinking;
mod tools;

use auriko_wire::request::ChatRequest;
use serde_json::{Map, Value, json};

use crate::adapter::{Adapter, BuildError, ProviderRequest, Target};

/// A request as it would be sent.
struct Built {
    body: Value,
    request: ProviderRequest,
}

impl Built {
    /// What the warnings say, each with its code.
    fn warnings(&self) -> Vec<String> {
        let warnings = self.request.warnings.iter();
        warnings.map(|warning| format!("{}: {}", warning.code, warning.message)).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let header = self.request.headers.iter().find(|(key, _)| key == name);
        header.map(|(_, value)| value.as_str())
    }
}

fn target(model: &str) -> Target<'_> {
    Target {
        base_url: "http://h/v1/",
        api_key: Some("k"),
        upstream_model: model,
        max_output_tokens: None,
        tier: None,
        conversation: None,
        keeps_nothing: false,
    }
}

fn try_build(model: &str, mut body: Value) -> Result<Built, BuildError> {
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "Hi" }]);
    }
    let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
    let extensions = request.extensions.get("anthropic").and_then(Value::as_object);
    let extensions = extensions.cloned().unwrap_or_default();
    let request = Adapter::Anthropic.build(&request, &target(model), extensions)?;
    let body = serde_json::from_slice(&request.body).expect("JSON");
    Ok(Built { body, request })
}

fn build(model: &str, body: Value) -> Built {
    try_build(model, body).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Code and field of a refusal, and whether another provider may do better.
fn refusal(model: &str, body: Value) -> (String, String, bool) {
    let (error, may_fit_elsewhere) = match try_build(model, body) {
        Ok(built) => panic!("{}", built.body),
        Err(BuildError::Invalid(error)) => (error, false),
        Err(BuildError::Unsuited(error)) => (error, true),
    };
    (error.code.as_str().to_owned(), error.param.unwrap_or_default(), may_fit_elsewhere)
}

#[test]
fn the_whole_of_a_small_request() {
    let built = build("claude-haiku-4-5", json!({ "model": "canonical" }));
    let expected = json!({
        "model": "claude-haiku-4-5", "max_tokens": 64_000,
        "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hi" }] }],
    });
    assert_eq!((&built.body, built.warnings()), (&expected, vec![]));
    assert_eq!(built.request.url, "http://h/v1/messages");
    assert_eq!(built.header("x-api-key"), Some("k"));
    assert_eq!(built.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!((built.header("authorization"), built.header("anthropic-beta")), (None, None));
    assert_eq!(built.header("accept"), Some("application/json"));
    let streamed = build("claude-haiku-4-5", json!({ "stream": true }));
    assert_eq!(
        (&streamed.body["stream"], streamed.header("accept")),
        (&json!(true), Some("text/event-stream"))
    );
}

#[test]
fn the_priority_tier_is_fast_mode() {
    let request = ChatRequest::parse(br#"{"messages":[{"role":"user","content":"Hi"}]}"#).expect("valid");
    let target = Target { tier: Some("priority"), api_key: None, ..target("claude-opus-5-5") };
    let built = Adapter::Anthropic.build(&request, &target, Map::new()).expect("it is built");
    let body: Value = serde_json::from_slice(&built.body).expect("JSON");
    assert_eq!(body["speed"], "fast");
    assert!(built.headers.contains(&("anthropic-beta".into(), "fast-mode-2026-02-01".into())));
    assert!(built.headers.iter().all(|(name, _)| name != "x-api-key"));
}

#[test]
fn extensions_are_merged_and_betas_become_a_header() {
    let body = json!({
        "reasoning_effort": "low",
        "extensions": { "anthropic": { "output_config": { "task_budget": 1 }, "betas": ["a-1", "b_2"], "container": "c" } },
    });
    let built = build("claude-sonnet-5", body);
    assert_eq!(built.body["output_config"], json!({ "effort": "low", "task_budget": 1 }));
    assert_eq!((&built.body["container"], built.header("anthropic-beta")), (&json!("c"), Some("a-1,b_2")));
    for betas in [json!(["fast-mode-2026-02-01"]), json!("x"), json!([1]), json!(["a\r\nb"])] {
        let body = json!({ "extensions": { "anthropic": { "betas": betas } } });
        let expected = ("invalid_parameter_value".to_owned(), "extensions.anthropic.betas".to_owned(), false);
        assert_eq!(refusal("claude-sonnet-5", body), expected);
    }
}

#[test]
fn long_prompts_are_marked_for_the_cache_unless_the_caller_did() {
    let long = "word ".repeat(5000);
    let mark = json!({ "type": "ephemeral" });
    let body = json!({
        "tools": [{ "type": "function", "function": { "name": "f" } }, { "type": "function", "function": { "name": "g" } }],
        "messages": [
            { "role": "system", "content": "a" }, { "role": "system", "content": "b" },
            { "role": "user", "content": long }, { "role": "assistant", "content": "x" }, { "role": "user", "content": "y" },
        ],
    });
    let marks = |body: &Value| {
        let at = [
            "/tools/0",
            "/tools/1",
            "/system/0",
            "/system/1",
            "/messages/0/content/0",
            "/messages/2/content/0",
        ];
        let marked = |place: &&&str| body.pointer(place).is_some_and(|block| block["cache_control"] == mark);
        at.iter().filter(marked).copied().collect::<Vec<_>>().join(" ")
    };
    let built = build("claude-haiku-4-5", body.clone());
    assert_eq!(marks(&built.body), "/tools/1 /system/1 /messages/2/content/0");
    let mut own = body.clone();
    own["messages"][0]["content"] = json!([{ "type": "text", "text": "a", "cache_control": mark }]);
    assert_eq!(marks(&build("claude-haiku-4-5", own).body), "/system/0");
    let mut short = body;
    short["messages"][2]["content"] = "short".into();
    assert_eq!(marks(&build("claude-haiku-4-5", short).body), "");
}
