use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use crate::error_code::ErrorCode::{
    self, InvalidParameterValue as Invalid, MissingRequiredParameter as Missing,
};
use crate::request::{ChatRequest, Effort, RequestError, ResponseFormat, ToolChoice};

/// Adds what every request has.
fn read(mut body: Value) -> Result<ChatRequest, RequestError> {
    let object = body.as_object_mut().expect("an object");
    object.entry("model").or_insert(json!("m"));
    object.entry("max_tokens").or_insert(json!(100));
    object.entry("messages").or_insert(json!([{ "role": "user", "content": "hi" }]));
    parse(body.to_string().as_bytes())
}

fn accepted(body: &Value) -> ChatRequest {
    read(body.clone()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// The chat messages that these become.
fn messages(messages: &Value) -> Value {
    let request = accepted(&json!({ "messages": messages }));
    serde_json::to_value(&request.messages).expect("messages serialise")
}

#[test]
fn refusals_name_the_field() {
    let check = |body: Value, param: &str, code: ErrorCode| {
        let error = read(body.clone()).expect_err(&body.to_string());
        assert_eq!((error.param.as_deref(), error.code), (Some(param), code), "{body}");
        assert!(error.message.contains(&format!("`{param}`")), "{}", error.message);
    };
    let block = |block: Value| json!({ "messages": [{ "role": "user", "content": [block] }] });
    let source = |source: Value| block(json!({ "type": "image", "source": source }));
    check(json!({ "max_tokens": null }), "max_tokens", Missing);
    check(json!({ "max_tokens": 0 }), "max_tokens", Invalid);
    check(json!({ "messages": null }), "messages", Missing);
    check(json!({ "messages": [] }), "messages", Invalid);
    check(json!({ "messages": ["hi"] }), "messages[0]", Invalid);
    check(json!({ "messages": [{ "content": "hi" }] }), "messages[0].role", Missing);
    check(json!({ "messages": [{ "role": "tool", "content": "hi" }] }), "messages[0].role", Invalid);
    check(json!({ "messages": [{ "role": "user" }] }), "messages[0].content", Missing);
    check(json!({ "messages": [{ "role": "user", "content": 5 }] }), "messages[0].content", Invalid);
    check(block(json!({ "text": "x" })), "messages[0].content[0].type", Missing);
    check(block(json!({ "type": "hologram" })), "messages[0].content[0].type", Invalid);
    check(block(json!({ "type": "tool_use", "id": "a" })), "messages[0].content[0].type", Invalid);
    check(block(json!({ "type": "text" })), "messages[0].content[0].text", Missing);
    check(
        block(json!({ "type": "text", "text": "x", "cache_control": 1 })),
        "messages[0].content[0].cache_control",
        Invalid,
    );
    check(
        block(json!({ "type": "tool_result", "content": "x" })),
        "messages[0].content[0].tool_use_id",
        Missing,
    );
    check(
        source(json!({ "type": "base64", "data": "AA==" })),
        "messages[0].content[0].source.media_type",
        Missing,
    );
    check(source(json!({ "type": "file", "file_id": "f" })), "messages[0].content[0].source.type", Invalid);
    check(json!({ "system": [{ "type": "image" }] }), "system[0].type", Invalid);
    check(json!({ "temperature": 1.5 }), "temperature", Invalid);
    check(json!({ "stop_sequences": [1] }), "stop_sequences", Invalid);
    check(json!({ "metadata": { "user_id": 7 } }), "metadata.user_id", Invalid);
    check(json!({ "service_tier": "best" }), "service_tier", Invalid);
    check(json!({ "inference_geo": "eu" }), "inference_geo", Invalid);
    check(json!({ "stream": "yes" }), "stream", Invalid);
    check(json!({ "tools": [{ "name": "f" }] }), "tools[0].input_schema", Missing);
    check(json!({ "tools": [{ "input_schema": {} }] }), "tools[0].name", Missing);
    check(json!({ "tool_choice": { "type": "any" } }), "tool_choice", Invalid);
    check(json!({ "tool_choice": "auto" }), "tool_choice", Invalid);
    check(json!({ "thinking": { "type": "enabled" } }), "thinking.budget_tokens", Missing);
    check(json!({ "thinking": { "type": "sometimes" } }), "thinking.type", Invalid);
    check(json!({ "output_config": { "effort": "huge" } }), "output_config.effort", Invalid);
    check(
        json!({ "output_config": { "format": { "type": "json_schema" } } }),
        "output_config.format.schema",
        Missing,
    );
    check(json!({ "gateway": [] }), "gateway", Invalid);
}

#[test]
fn system_prompts_come_first_and_keep_their_marks() {
    let mark = json!({ "type": "ephemeral", "ttl": "1h" });
    let of = |system: Value| {
        serde_json::to_value(&accepted(&json!({ "system": system })).messages[0]).expect("serialises")
    };
    assert_eq!(of(json!("Be brief.")), json!({ "role": "system", "content": "Be brief." }));
    assert_eq!(
        of(json!([{ "type": "text", "text": "Be brief." }])),
        json!({ "role": "system", "content": "Be brief." })
    );
    let blocks =
        json!([{ "type": "text", "text": "a" }, { "type": "text", "text": "b", "cache_control": mark }]);
    assert_eq!(of(blocks.clone()), json!({ "role": "system", "content": blocks }));
}

#[test]
fn images_and_documents_become_parts() {
    let content = json!([
        { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AA==" }, "cache_control": { "type": "ephemeral" } },
        { "type": "image", "source": { "type": "url", "url": "https://h/a.png" } },
        { "type": "document", "title": "a.pdf", "source": { "type": "base64", "media_type": "application/pdf", "data": "AA==" } },
        { "type": "document", "source": { "type": "url", "url": "https://h/a.pdf" } },
        { "type": "document", "title": "Notes", "context": "Old ones", "source": { "type": "text", "media_type": "text/plain", "data": "x" } },
        { "type": "document", "source": { "type": "content", "content": [{ "type": "text", "text": "y" }] } },
        { "type": "search_result", "title": "T", "source": "S", "content": [{ "type": "text", "text": "z" }] },
    ]);
    let text = |text: &str| json!({ "type": "text", "text": text });
    let expected = json!([
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" }, "cache_control": { "type": "ephemeral" } },
        { "type": "image_url", "image_url": { "url": "https://h/a.png" } },
        { "type": "file", "file": { "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA==" } },
        { "type": "file", "file": { "filename": "document.pdf", "file_data": "https://h/a.pdf" } },
        text("Notes"), text("Old ones"), text("x"), text("y"), text("T\nS"), text("z"),
    ]);
    assert_eq!(
        messages(&json!([{ "role": "user", "content": content }])),
        json!([{ "role": "user", "content": expected }])
    );
}

#[test]
fn a_turn_with_thinking_and_tools_keeps_all_that_must_go_back() {
    let seen = messages(&json!([
        { "role": "assistant", "content": [
            { "type": "thinking", "thinking": "one ", "signature": "s1" },
            { "type": "redacted_thinking", "data": "d" },
            { "type": "thinking", "thinking": "two", "signature": "" },
            { "type": "thinking", "thinking": "", "signature": "s3" },
            { "type": "text", "text": "Let me ", "citations": [] },
            { "type": "text", "text": "see." },
            { "type": "tool_use", "id": "t1", "name": "f", "input": { "z": 1, "a": 2 }, "caller": { "type": "direct" } },
            { "type": "tool_use", "id": "t2", "name": "g", "input": {}, "provider_signature": "p", "cache_control": { "type": "ephemeral" } },
        ] },
        { "role": "user", "content": [
            { "type": "text", "text": "Here." },
            { "type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": "failed", "cache_control": { "type": "ephemeral" } },
            { "type": "tool_result", "tool_use_id": "t2", "content": [
                { "type": "text", "text": "a" },
                { "type": "image", "source": { "type": "url", "url": "https://h/a.png" } },
            ] },
        ] },
        { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t3" }] },
    ]));
    let call = |id: &str, name: &str, arguments: &str| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } });
    let mut second = call("t2", "g", "{}");
    second["provider_signature"] = "p".into();
    second["cache_control"] = json!({ "type": "ephemeral" });
    let expected = json!([
        {
            "role": "assistant", "content": "Let me see.", "reasoning_content": "one two",
            "reasoning": [
                { "type": "thinking", "thinking": "one ", "signature": "s1" },
                { "type": "redacted", "data": "d" },
                { "type": "thinking", "thinking": "", "signature": "s3" },
            ],
            "tool_calls": [call("t1", "f", r#"{"z":1,"a":2}"#), second],
        },
        { "role": "tool", "content": "failed", "tool_call_id": "t1", "is_error": true, "cache_control": { "type": "ephemeral" } },
        {
            "role": "tool", "tool_call_id": "t2",
            "content": [{ "type": "text", "text": "a" }, { "type": "image_url", "image_url": { "url": "https://h/a.png" } }],
        },
        { "role": "user", "content": "Here." },
        { "role": "tool", "content": "", "tool_call_id": "t3" },
    ]);
    assert_eq!(seen, expected);
}

#[test]
fn what_only_anthropics_servers_read_is_dropped_with_a_warning() {
    let request = accepted(&json!({ "messages": [{ "role": "assistant", "content": [
        { "type": "server_tool_use", "id": "a", "name": "web_search", "input": {} },
        { "type": "web_search_tool_result", "tool_use_id": "a", "content": [] },
        { "type": "text", "text": "x" },
    ] }], "mcp_servers": [], "context_management": {}, "speed": "fast", "service_tier": "auto" }));
    let codes: Vec<_> = request.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(
        codes,
        ["feature_ignored", "feature_ignored", "field_ignored", "field_ignored", "field_ignored"]
    );
    assert_eq!(request.messages[0].text(), "x");
}

#[test]
fn tools_and_the_choice_among_them() {
    let schema = json!({ "type": "object", "properties": { "z": {}, "a": {} } });
    let hosted = json!({ "type": "web_search_20250305", "name": "web_search", "max_uses": 2 });
    let own = json!({
        "type": "custom", "name": "f", "description": "d", "input_schema": schema, "strict": true,
        "cache_control": { "type": "ephemeral" }, "eager_input_streaming": true,
    });
    let request = accepted(&json!({ "tools": [own, hosted] }));
    let function = json!({ "name": "f", "description": "d", "parameters": schema, "strict": true });
    let expected = json!([{ "type": "function", "function": function, "cache_control": { "type": "ephemeral" } }, hosted]);
    assert_eq!(Value::from(request.tools), expected);
    let check = |choice: Value, expected: ToolChoice, is_serial: bool| {
        let request = accepted(&json!({ "tools": [own], "tool_choice": choice }));
        assert_eq!(request.tool_choice, Some(expected));
        assert_eq!(request.parameters.get("parallel_tool_calls"), is_serial.then_some(&json!(false)));
    };
    check(json!({ "type": "auto" }), ToolChoice::Auto, false);
    check(json!({ "type": "any", "disable_parallel_tool_use": true }), ToolChoice::Required, true);
    check(json!({ "type": "none" }), ToolChoice::None, false);
    check(
        json!({ "type": "tool", "name": "f", "disable_parallel_tool_use": false }),
        ToolChoice::Named("f".into()),
        false,
    );
    let choice = json!({ "type": "auto", "disable_parallel_tool_use": true });
    assert!(accepted(&json!({ "tool_choice": choice })).parameters.is_empty());
}

#[test]
fn thinking_becomes_an_effort() {
    let check = |body: Value, effort: Option<Effort>, budget: Option<u64>| {
        let request = accepted(&body);
        assert_eq!((request.reasoning_effort, request.reasoning_budget_tokens), (effort, budget), "{body}");
    };
    let enabled = |budget: u64| json!({ "thinking": { "type": "enabled", "budget_tokens": budget } });
    check(json!({}), None, None);
    check(enabled(1024), Some(Effort::Low), Some(1024));
    check(enabled(4999), Some(Effort::Low), Some(4999));
    check(enabled(5000), Some(Effort::Medium), Some(5000));
    check(enabled(15_000), Some(Effort::High), Some(15_000));
    check(json!({ "thinking": { "type": "adaptive" } }), Some(Effort::High), None);
    check(
        json!({ "thinking": { "type": "adaptive" }, "output_config": { "effort": "low" } }),
        Some(Effort::Low),
        None,
    );
    check(json!({ "output_config": { "effort": "max" } }), Some(Effort::Max), None);
    check(
        json!({ "thinking": { "type": "disabled" }, "output_config": { "effort": "max" } }),
        Some(Effort::Off),
        None,
    );
}

#[test]
fn settings_find_their_names() {
    let request = accepted(&json!({
        "temperature": 0.5, "top_p": 0.9, "top_k": 5, "stop_sequences": ["a", "b"], "metadata": { "user_id": "u" },
        "stream": true, "max_tokens": 7, "gateway": { "routing": { "optimize": "cost" } }, "extensions": { "x": {} },
    }));
    let parameters = json!({ "temperature": 0.5, "top_p": 0.9, "top_k": 5, "stop": ["a", "b"], "user": "u" });
    assert_eq!(Value::from(request.parameters), parameters);
    assert_eq!((request.stream, request.max_output_tokens), (true, Some(7)));
    assert_eq!(Value::from(request.gateway), json!({ "routing": { "optimize": "cost" } }));
    assert!(request.warnings.is_empty() && request.extensions.contains_key("x"));
    let schema = json!({ "type": "object", "additionalProperties": false });
    for body in [
        json!({ "output_config": { "format": { "type": "json_schema", "schema": schema } } }),
        json!({ "output_format": { "type": "json_schema", "schema": schema } }),
    ] {
        let Some(ResponseFormat::JsonSchema(definition)) = accepted(&body).response_format else {
            panic!("{body}")
        };
        assert_eq!(Value::from(definition), json!({ "name": "response", "schema": schema, "strict": true }));
    }
}

#[test]
fn a_mark_on_the_request_is_a_mark_on_its_last_block() {
    let mark = json!({ "type": "ephemeral" });
    let last = |content: Value| {
        let request = accepted(&json!({ "cache_control": mark, "messages": content }));
        serde_json::to_value(request.messages.last()).expect("serialises")
    };
    let marked = json!([{ "type": "text", "text": "hi", "cache_control": mark }]);
    assert_eq!(
        last(json!([{ "role": "user", "content": "hi" }])),
        json!({ "role": "user", "content": marked })
    );
    let result = json!([{ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "a", "content": "x" }] }]);
    assert_eq!(last(result)["cache_control"], mark);
    let call = json!([{ "role": "assistant", "content": [{ "type": "tool_use", "id": "a", "name": "f", "input": {} }] }]);
    assert_eq!(last(call)["tool_calls"][0]["cache_control"], mark);
}

#[test]
fn counting_needs_no_limit() {
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }] }).to_string();
    assert_eq!(parse_for_count(body.as_bytes()).expect("valid").max_output_tokens, None);
    assert!(parse(body.as_bytes()).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 11] = [
        "type",
        "text",
        "content",
        "source",
        "tool_result",
        "tool_use_id",
        "tool_use",
        "thinking",
        "image",
        "user",
        "role",
    ];
    let word = proptest::sample::select(&WORDS[..]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_panics(content in any_json(), system in any_json(), tools in any_json(), field in any_json()) {
        let messages = json!([{ "role": "user", "content": content }, { "role": "assistant", "content": content }, field]);
        for body in [json!({ "messages": messages, "system": system, "tools": tools }), field] {
            if let Err(error) = parse(body.to_string().as_bytes()) {
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    /// What a caller sends back unchanged reaches the provider unchanged.
    #[test]
    fn inputs_of_calls_survive(text in ".*", number in any::<i64>()) {
        let input = json!({ "text": text, "deep": { "list": [number, null] } });
        let call = json!({ "type": "tool_use", "id": "a", "name": "f", "input": input });
        let seen = messages(&json!([{ "role": "assistant", "content": [call] }]));
        let arguments = seen[0]["tool_calls"][0]["function"]["arguments"].as_str().expect("text");
        prop_assert_eq!(serde_json::from_str::<Value>(arguments).expect("JSON"), input);
    }
}
