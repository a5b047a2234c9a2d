use serde_json::{Value, json};

use super::{build, refusal};

fn check(model: &str, body: Value, thinking: Value, effort: Value, warnings: &[&str]) {
    let built = build(model, body.clone());
    assert_eq!(
        (&built.body["thinking"], &built.body["output_config"]["effort"]),
        (&thinking, &effort),
        "{model} {body}"
    );
    let seen = built.warnings();
    assert_eq!(seen.len(), warnings.len(), "{model} {body}: {seen:?}");
    for (seen, expected) in seen.iter().zip(warnings) {
        assert!(seen.contains(expected), "{seen}");
    }
}

fn effort(word: &str) -> Value {
    json!({ "reasoning_effort": word })
}

fn budget(tokens: u64) -> Value {
    json!({ "type": "enabled", "budget_tokens": tokens })
}

#[test]
fn newer_models_take_the_effort() {
    let shown = json!({ "type": "adaptive", "display": "summarized" });
    let levels = [("minimal", "low"), ("low", "low"), ("high", "high"), ("xhigh", "xhigh"), ("max", "max")];
    for (word, level) in levels {
        let changed: &[&str] = if word == level { &[] } else { &["from `minimal` to `low`"] };
        check("claude-opus-5-5", effort(word), shown.clone(), json!(level), changed);
    }
    let hidden = json!({ "reasoning_effort": "high", "reasoning": { "exclude": true } });
    check("claude-opus-4-8", hidden, json!({ "type": "adaptive" }), json!("high"), &[]);
    let plain = json!({ "type": "adaptive" });
    check("claude-opus-4-6", effort("xhigh"), plain, json!("max"), &["from `xhigh` to `max`"]);
    check("claude-opus-5", json!({}), Value::Null, Value::Null, &[]);
}

#[test]
fn older_models_take_a_budget() {
    for (word, tokens) in [
        ("minimal", 2048),
        ("low", 2048),
        ("medium", 8000),
        ("high", 16_000),
        ("xhigh", 32_000),
        ("max", 63_999),
    ] {
        check("claude-haiku-4-5", effort(word), budget(tokens), Value::Null, &[]);
    }
    check("claude-opus-4-5", effort("xhigh"), budget(32_000), json!("high"), &["from `xhigh` to `high`"]);
    let limited = |limit: u64| json!({ "reasoning_effort": "high", "max_tokens": limit });
    check("claude-haiku-4-5", limited(4096), budget(4095), Value::Null, &["to 4095 tokens"]);
    check("claude-haiku-4-5", limited(1025), budget(1024), Value::Null, &["to 1024 tokens"]);
    check(
        "claude-haiku-4-5",
        limited(1024),
        Value::Null,
        Value::Null,
        &["parameter_dropped: `reasoning_effort`"],
    );
    check("claude-haiku-4-5", limited(99_999), budget(16_000), Value::Null, &["to 64000, the model's limit"]);
    let foreign = build("kimi-k2.6", effort("high")).body;
    assert_eq!((&foreign["thinking"], &foreign["max_tokens"]), (&budget(16_000), &json!(24_192)));
}

#[test]
fn off_is_said_in_the_models_own_way() {
    let off = || effort("off");
    check("claude-haiku-4-5", off(), Value::Null, Value::Null, &[]);
    check("claude-3-haiku-20240307", off(), Value::Null, Value::Null, &[]);
    check("claude-sonnet-5", off(), json!({ "type": "disabled" }), Value::Null, &[]);
    let between = json!({ "type": "between_tools" });
    check("claude-sonnet-5-5", off(), between, Value::Null, &["between tool calls only"]);
    let expected = ("thinking_disable_not_supported".to_owned(), "reasoning_effort".to_owned(), true);
    assert_eq!(refusal("claude-opus-5-5", off()), expected);
    let expected = ("reasoning_not_supported".to_owned(), "reasoning_effort".to_owned(), true);
    assert_eq!(refusal("claude-3-haiku-20240307", effort("low")), expected);
}

#[test]
fn a_forced_call_excludes_thinking() {
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    let forced = json!({ "reasoning_effort": "high", "tools": tools, "tool_choice": "required" });
    let why = "when a tool call is forced";
    check("claude-haiku-4-5", forced.clone(), Value::Null, Value::Null, &[why]);
    check("claude-sonnet-5", forced.clone(), json!({ "type": "disabled" }), Value::Null, &[why]);
    let expected = ("tool_choice_required_not_supported".to_owned(), "tool_choice".to_owned(), true);
    assert_eq!(refusal("claude-opus-5-5", forced), expected);
}

#[test]
fn a_budget_is_dropped_when_the_calls_before_it_are_unsigned() {
    let body = |reasoning: Value| {
        json!({
            "reasoning_effort": "low",
            "messages": [
                { "role": "user", "content": "x" },
                { "role": "assistant", "reasoning": reasoning, "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
                { "role": "tool", "tool_call_id": "a", "content": "1" },
            ],
        })
    };
    let signed = json!([{ "type": "thinking", "thinking": "t", "signature": "s" }]);
    check("claude-haiku-4-5", body(signed), budget(2048), Value::Null, &[]);
    check("claude-haiku-4-5", body(json!([])), Value::Null, Value::Null, &["without signed thinking"]);
    let adaptive = build("claude-opus-5", body(json!([])));
    assert_eq!(adaptive.body["thinking"]["type"], "adaptive");
}
