use serde_json::{Value, json};

use super::build;

fn check(model: &str, body: Value, expected: Value, dropped: &[&str]) {
    let built = build(model, body.clone());
    let mut seen = built.body.clone();
    for key in ["model", "max_tokens", "messages", "thinking", "output_config", "tools"] {
        seen.as_object_mut().expect("an object").shift_remove(key);
    }
    assert_eq!(seen, expected, "{body}");
    let warnings = built.warnings();
    assert_eq!(warnings.len(), dropped.len(), "{warnings:?}");
    for (warning, name) in warnings.iter().zip(dropped) {
        assert!(warning.contains(&format!("`{name}`")), "{warning}");
    }
}

#[test]
fn what_the_api_knows_is_renamed() {
    check(
        "claude-sonnet-4-20250514",
        json!({ "temperature": 0.5, "top_p": 0.9, "top_k": 7, "stop": "x", "user": "u", "logprobs": false }),
        json!({ "temperature": 0.5, "top_p": 0.9, "top_k": 7, "stop_sequences": ["x"], "metadata": { "user_id": "u" } }),
        &[],
    );
    let stop = json!({ "stop": ["a", " \n", "b"], "safety_identifier": "s" });
    check(
        "claude-opus-5-5",
        stop,
        json!({ "stop_sequences": ["a", "b"], "metadata": { "user_id": "s" } }),
        &["stop"],
    );
}

#[test]
fn what_it_does_not_know_is_dropped() {
    let body = json!({
        "frequency_penalty": 0.1, "presence_penalty": 0.1, "min_p": 0.1, "logit_bias": {}, "logprobs": true,
        "web_search_options": {}, "prompt_cache_key": "k", "prompt_cache_retention": "24h", "verbosity": "low",
        "seed": 3, "n": 2,
    });
    let names = [
        "frequency_penalty",
        "presence_penalty",
        "min_p",
        "logprobs",
        "logit_bias",
        "web_search_options",
        "prompt_cache_key",
        "verbosity",
        "prompt_cache_retention",
        "seed",
        "n",
    ];
    check("claude-haiku-4-5", body, json!({}), &names);
}

#[test]
fn samplers_are_limited_by_the_model_and_by_thinking() {
    let all = || json!({ "temperature": 0.5, "top_p": 0.96, "top_k": 7 });
    check("claude-opus-5-5", all(), json!({}), &["temperature", "top_p", "top_k"]);
    check("claude-opus-5-5", json!({ "temperature": 1, "top_p": 1.0 }), json!({}), &[]);
    check("claude-haiku-4-5", all(), json!({ "temperature": 0.5, "top_k": 7 }), &["top_p"]);
    check("claude-haiku-4-5", json!({ "temperature": 1.5 }), json!({ "temperature": 1 }), &["temperature"]);
    let mut thinking = all();
    thinking["reasoning_effort"] = "low".into();
    check("claude-haiku-4-5", thinking.clone(), json!({ "top_p": 0.96 }), &["temperature", "top_k"]);
    thinking["top_p"] = 0.5.into();
    check("claude-opus-4-6", thinking, json!({}), &["temperature", "top_p", "top_k"]);
    // Thinking that an extension asked for counts too.
    let extension =
        json!({ "temperature": 0.5, "extensions": { "anthropic": { "thinking": { "type": "adaptive" } } } });
    check("claude-opus-4-6", extension, json!({}), &["temperature"]);
}
