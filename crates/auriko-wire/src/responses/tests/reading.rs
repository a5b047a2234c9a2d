use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Preview, parse, reasoning};
use crate::error_code::ErrorCode::{
    self, HostedToolNotSupported as Hosted, InputRequiresResponsesEndpoint as NeedsResponses,
    InvalidParameterValue as Invalid, InvalidRequest as Unusable, MissingRequiredParameter as Missing,
};
use crate::request::{ChatRequest, Effort, RequestError, ResponseFormat, ToolChoice};

/// Adds what every request has.
fn read(mut body: Value) -> Result<(ChatRequest, Preview), RequestError> {
    let object = body.as_object_mut().expect("an object");
    object.entry("model").or_insert(json!("m"));
    object.entry("input").or_insert(json!("hi"));
    parse(body.to_string().as_bytes())
}

fn accepted(body: Value) -> ChatRequest {
    read(body.clone()).unwrap_or_else(|error| panic!("{error}: {body}")).0
}

/// The chat messages that these items become.
fn messages(input: Value) -> Value {
    let request = accepted(json!({ "input": input }));
    serde_json::to_value(&request.messages).expect("messages serialise")
}

fn warned(body: Value) -> Vec<String> {
    accepted(body).warnings.into_iter().map(|warning| warning.message).collect()
}

/// The request is refused, and the field and the reason are named.
fn check(body: Value, param: &str, code: ErrorCode) {
    let error = read(body.clone()).expect_err(&body.to_string());
    assert_eq!((error.param.as_deref(), error.code), (Some(param), code), "{body}");
    assert!(error.message.contains(&format!("`{param}")), "{}", error.message);
}

#[test]
fn refusals_name_the_item() {
    let item = |item: Value| json!({ "input": [item] });
    let part = |part: Value| item(json!({ "role": "user", "content": [part] }));
    check(json!({ "input": null }), "input", Missing);
    check(json!({ "input": [] }), "input", Invalid);
    check(json!({ "input": 5 }), "input", Invalid);
    check(item(json!("hi")), "input[0]", Invalid);
    check(item(json!({})), "input[0].type", Missing);
    check(item(json!({ "type": "message" })), "input[0].role", Missing);
    check(item(json!({ "role": "tool", "content": "x" })), "input[0].role", Invalid);
    check(item(json!({ "role": "user" })), "input[0].content", Missing);
    check(item(json!({ "role": "user", "content": 5 })), "input[0].content", Invalid);
    check(part(json!({ "text": "x" })), "input[0].content[0].type", Missing);
    check(part(json!({ "type": "hologram" })), "input[0].content[0].type", Invalid);
    check(part(json!({ "type": "input_text" })), "input[0].content[0].text", Missing);
    check(part(json!({ "type": "input_image" })), "input[0].content[0].image_url", Missing);
    check(part(json!({ "type": "input_file" })), "input[0].content[0].file_data", Missing);
    check(part(json!({ "type": "input_audio" })), "input[0].content[0].input_audio", Missing);
    for kind in ["input_image", "input_file"] {
        check(part(json!({ "type": kind, "file_id": "f" })), "input[0].content[0].file_id", NeedsResponses);
    }
    for kind in ["item_reference", "web_search_call", "mcp_call", "custom_tool_call", "hologram"] {
        check(item(json!({ "type": kind, "id": "x" })), "input[0].type", NeedsResponses);
    }
    check(
        item(json!({ "type": "function_call", "name": "f", "arguments": "" })),
        "input[0].call_id",
        Missing,
    );
    check(
        item(json!({ "type": "function_call", "call_id": "c", "arguments": "" })),
        "input[0].name",
        Missing,
    );
    check(
        item(json!({ "type": "function_call", "call_id": "c", "name": "f", "arguments": {} })),
        "input[0].arguments",
        Invalid,
    );
    check(item(json!({ "type": "function_call_output", "output": "" })), "input[0].call_id", Missing);
    check(item(json!({ "type": "function_call_output", "call_id": "c" })), "input[0].output", Missing);
    check(
        item(json!({ "type": "function_call_output", "call_id": "c", "output": [{ "type": "x" }] })),
        "input[0].output[0].type",
        Invalid,
    );
    check(item(json!({ "type": "reasoning", "summary": "x" })), "input[0].summary", Invalid);
    check(
        item(json!({ "type": "reasoning", "summary": [{ "type": "x" }] })),
        "input[0].summary[0].type",
        Invalid,
    );
    check(
        item(json!({ "type": "reasoning", "encrypted_content": 1 })),
        "input[0].encrypted_content",
        Invalid,
    );
    check(json!({ "instructions": ["x"] }), "instructions", Invalid);
}

#[test]
fn refusals_name_the_setting() {
    let tool = |tool: Value| json!({ "tools": [tool] });
    let function = json!({ "type": "function", "name": "f" });
    let choice = |choice: Value| json!({ "tools": [function], "tool_choice": choice });
    let format = |format: Value| json!({ "text": { "format": format } });
    for (name, value) in [
        ("store", json!(true)),
        ("background", json!(true)),
        ("previous_response_id", json!("resp_1")),
        ("conversation", json!({ "id": "c" })),
        ("prompt", json!({ "id": "p" })),
        ("temperature", json!(2.1)),
        ("top_p", json!(-0.1)),
        ("frequency_penalty", json!(3)),
        ("top_logprobs", json!(21)),
        ("max_output_tokens", json!(0)),
        ("max_tool_calls", json!(0)),
        ("include", json!([1])),
        ("metadata", json!({ "k": 1 })),
        ("truncation", json!("some")),
        ("parallel_tool_calls", json!("yes")),
        ("stream_options", json!(true)),
        ("user", json!(5)),
        ("reasoning", json!("high")),
        ("text", json!("short")),
        ("gateway", json!([])),
    ] {
        check(json!({ name: value }), name, Invalid);
    }
    check(json!({ "reasoning": { "effort": "huge" } }), "reasoning.effort", Invalid);
    check(json!({ "reasoning": { "summary": "long" } }), "reasoning.summary", Invalid);
    check(json!({ "reasoning": { "generate_summary": "long" } }), "reasoning.generate_summary", Invalid);
    check(format(json!({})), "text.format.type", Missing);
    check(format(json!({ "type": "xml" })), "text.format.type", Invalid);
    check(format(json!({ "type": "json_schema", "schema": {} })), "text.format.name", Missing);
    check(format(json!({ "type": "json_schema", "name": "n" })), "text.format.schema", Missing);
    check(tool(json!({ "name": "f" })), "tools[0].type", Missing);
    check(tool(json!({ "type": "function" })), "tools[0].name", Missing);
    check(tool(json!({ "type": "function", "name": "" })), "tools[0].name", Invalid);
    check(tool(json!({ "type": "function", "name": "f", "parameters": 1 })), "tools[0].parameters", Invalid);
    for kind in ["web_search", "web_search_preview", "mcp", "code_interpreter", "custom"] {
        check(tool(json!({ "type": kind })), "tools[0].type", Hosted);
        check(choice(json!({ "type": kind })), "tool_choice.type", Hosted);
    }
    check(choice(json!("sometimes")), "tool_choice", Invalid);
    check(choice(json!({ "type": "function" })), "tool_choice.name", Missing);
    check(choice(json!({ "type": "function", "name": "g" })), "tool_choice", Invalid);
    check(choice(json!({ "type": "allowed_tools" })), "tool_choice.tools", Missing);
    check(choice(json!({ "type": "allowed_tools", "mode": "no" })), "tool_choice.mode", Invalid);
    let allowed = json!({ "type": "allowed_tools", "tools": [{ "type": "mcp" }] });
    check(choice(allowed), "tool_choice.tools[0].type", Hosted);
    check(json!({ "tool_choice": "required" }), "tool_choice", Invalid);
    assert_eq!(parse(b"{").expect_err("no JSON").code, Unusable);
}

#[test]
fn text_is_a_message_of_the_user() {
    let request = accepted(json!({ "input": "hi", "instructions": "Be brief." }));
    let expected = json!([{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "hi" }]);
    assert_eq!(serde_json::to_value(&request.messages).expect("messages serialise"), expected);
}

#[test]
fn parts_are_those_of_chat_completions() {
    let content = json!([
        { "type": "input_text", "text": "a" },
        { "type": "input_image", "image_url": "https://h/a.png", "detail": "low" },
        { "type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": null, "file_id": null },
        { "type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA==" },
        { "type": "input_file", "file_data": "AA==" },
        { "type": "input_file", "file_url": "https://h/a.pdf" },
        { "type": "input_audio", "input_audio": { "data": "AA==", "format": "wav" } },
    ]);
    let expected = json!([
        { "type": "text", "text": "a" },
        { "type": "image_url", "image_url": { "url": "https://h/a.png", "detail": "low" } },
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } },
        { "type": "file", "file": { "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA==" } },
        { "type": "file", "file": { "file_data": "data:application/pdf;base64,AA==" } },
        { "type": "file", "file": { "file_data": "https://h/a.pdf" } },
        { "type": "input_audio", "input_audio": { "data": "AA==", "format": "wav" } },
    ]);
    let seen = messages(json!([
        { "role": "user", "content": content },
        { "role": "developer", "content": [{ "type": "input_text", "text": "b" }] },
        { "type": "message", "role": "system", "content": "c" },
        { "role": "user", "content": [{ "type": "input_text", "text": "d" }, { "type": "input_text", "text": "e" }] },
        { "type": "function_call_output", "call_id": "x", "output": content },
        { "type": "function_call_output", "call_id": "y", "output": [{ "type": "input_text", "text": "f" }] },
    ]));
    let separate = json!([{ "type": "text", "text": "d" }, { "type": "text", "text": "e" }]);
    assert_eq!(
        seen,
        json!([
            { "role": "user", "content": expected },
            { "role": "developer", "content": "b" },
            { "role": "system", "content": "c" },
            { "role": "user", "content": separate },
            { "role": "tool", "content": expected, "tool_call_id": "x" },
            { "role": "tool", "content": "f", "tool_call_id": "y" },
        ])
    );
}

#[test]
fn the_items_of_one_turn_are_one_message() {
    let thinking = json!({ "type": "thinking", "thinking": "hm", "signature": "s" });
    let redacted = json!({ "type": "redacted", "data": "d" });
    let call = |id: &str| json!({ "type": "function_call", "id": "fc_1", "call_id": id, "name": "f", "arguments": "{}", "status": "completed" });
    let output = |id: &str| json!({ "type": "function_call_output", "call_id": id, "output": "done" });
    let seen = messages(json!([
        { "role": "user", "content": "hi" },
        { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "hm" }], "encrypted_content": reasoning::seal(&thinking) },
        { "type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": reasoning::seal(&redacted) },
        { "type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "phase": "commentary", "content": [
            { "type": "output_text", "text": "Let me ", "annotations": [], "logprobs": [] },
            { "type": "output_text", "text": "see." },
            { "type": "refusal", "refusal": " No." },
        ] },
        { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Or this." }] },
        call("a"),
        { "type": "function_call", "call_id": "b", "name": "g", "arguments": "{\"n\":1}", "provider_signature": "mark" },
        { "type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AA==", "output_format": "webp", "thought_signature": "t" },
        output("a"),
        output("b"),
        call("c"),
        output("c"),
    ]));
    let function =
        |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let signed = json!({
        "id": "b", "type": "function", "function": { "name": "g", "arguments": "{\"n\":1}" }, "provider_signature": "mark",
    });
    let image =
        json!({ "type": "image", "mime_type": "image/webp", "data": "AA==", "thought_signature": "t" });
    assert_eq!(
        seen,
        json!([
            { "role": "user", "content": "hi" },
            {
                "role": "assistant", "content": "Let me see. No.\nOr this.", "reasoning_content": "hm",
                "reasoning": [thinking, redacted], "tool_calls": [function("a"), signed], "images": [image],
            },
            { "role": "tool", "content": "done", "tool_call_id": "a" },
            { "role": "tool", "content": "done", "tool_call_id": "b" },
            { "role": "assistant", "content": "", "tool_calls": [function("c")] },
            { "role": "tool", "content": "done", "tool_call_id": "c" },
        ])
    );
}

#[test]
fn thinking_that_nothing_follows_is_left_out() {
    let thought = json!({ "type": "reasoning", "summary": [{ "type": "summary_text", "text": "hm" }] });
    let seen =
        messages(json!([{ "role": "user", "content": "a" }, thought, { "role": "user", "content": "b" }]));
    assert_eq!(seen, json!([{ "role": "user", "content": "a" }, { "role": "user", "content": "b" }]));
}

#[test]
fn thinking_of_others_is_dropped_with_a_warning() {
    let thought =
        json!({ "type": "reasoning", "summary": [], "encrypted_content": "gAAAAABoISQ24OyVRYbkYfukd" });
    let said = json!({ "role": "assistant", "content": "x" });
    let body = json!({ "input": [thought, thought, said, { "role": "user", "content": "b" }] });
    assert_eq!(warned(body), ["`encrypted_content` that did not come from here was dropped."]);
    let shown = json!({ "type": "reasoning", "content": [{ "type": "reasoning_text", "text": "hm" }], "summary": [] });
    let seen = messages(json!([shown, said]));
    assert_eq!(seen, json!([{ "role": "assistant", "content": "x", "reasoning_content": "hm" }]));
}

#[test]
fn settings_are_those_of_chat_completions() {
    let schema = json!({ "type": "object" });
    let request = accepted(json!({
        "model": "m", "stream": true, "max_output_tokens": 9, "temperature": 0.5, "top_p": 1, "top_k": 5,
        "frequency_penalty": 1, "presence_penalty": -1, "top_logprobs": 3, "user": "u", "prompt_cache_key": "k",
        "prompt_cache_retention": "24h", "safety_identifier": "s", "parallel_tool_calls": false,
        "reasoning": { "effort": "xhigh", "summary": "auto" },
        "text": { "verbosity": "low", "format": { "type": "json_schema", "name": "n", "description": "d", "schema": schema, "strict": true } },
        "tools": [{ "type": "function", "name": "f", "description": "d", "parameters": schema, "strict": false, "defer_loading": true }],
        "tool_choice": { "type": "function", "name": "f" },
        "gateway": { "routing": { "optimize": "cost" } }, "extensions": { "openai": {} },
        "store": false, "background": false, "metadata": { "k": "v" }, "include": [], "truncation": "disabled",
        "service_tier": "auto", "stream_options": { "include_obfuscation": false }, "max_tool_calls": 2,
        "previous_response_id": null, "conversation": null, "prompt": null,
    }));
    assert_eq!((request.stream, request.max_output_tokens, request.choice_count), (true, Some(9), 1));
    assert_eq!(request.reasoning_effort, Some(Effort::Xhigh));
    let definition = json!({ "name": "n", "description": "d", "schema": schema, "strict": true });
    let Some(ResponseFormat::JsonSchema(seen)) = request.response_format else { panic!("no schema") };
    assert_eq!(Value::from(seen), definition);
    let function = json!({ "name": "f", "description": "d", "parameters": schema, "strict": false });
    assert_eq!(request.tools, [json!({ "type": "function", "function": function })]);
    assert_eq!(request.tool_choice, Some(ToolChoice::Named("f".to_owned())));
    assert_eq!(Value::from(request.gateway), json!({ "routing": { "optimize": "cost" } }));
    assert_eq!(
        Value::from(request.parameters),
        json!({
            "temperature": 0.5, "top_p": 1, "frequency_penalty": 1, "presence_penalty": -1, "top_k": 5,
            "logprobs": true, "top_logprobs": 3, "user": "u", "prompt_cache_key": "k", "prompt_cache_retention": "24h",
            "safety_identifier": "s", "verbosity": "low", "parallel_tool_calls": false,
        })
    );
    assert_eq!(request.warnings, []);
}

#[test]
fn what_has_no_effect_is_said() {
    assert_eq!(accepted(json!({ "parallel_tool_calls": true })).parameters.len(), 0);
    assert_eq!(accepted(json!({ "top_logprobs": 0 })).parameters.len(), 0);
    assert_eq!(warned(json!({ "truncation": "auto" })).len(), 1);
    assert_eq!(warned(json!({ "service_tier": "flex" })).len(), 1);
    assert_eq!(warned(json!({ "seed": 1, "brand_new": {} })).len(), 2);
}

#[test]
fn words_for_thinking_and_tools() {
    let effort = |word: &str| accepted(json!({ "reasoning": { "effort": word } })).reasoning_effort;
    assert_eq!(["none", "minimal", "max"].map(effort), [Effort::Off, Effort::Minimal, Effort::Max].map(Some));
    assert_eq!(accepted(json!({ "reasoning": { "effort": null, "summary": null } })).reasoning_effort, None);
    let tools = json!([{ "type": "function", "name": "f", "parameters": null, "strict": null }]);
    let choice = |choice: Value| accepted(json!({ "tools": tools, "tool_choice": choice })).tool_choice;
    assert_eq!(choice(json!("required")), Some(ToolChoice::Required));
    assert_eq!(choice(json!("none")), Some(ToolChoice::None));
    assert_eq!(choice(json!("auto")), Some(ToolChoice::Auto));
    let named = json!({ "type": "function", "name": "f" });
    let allowed = json!({
        "type": "allowed_tools",
        "allowed_tools": { "mode": "required", "tools": [{ "type": "function", "function": { "name": "f" } }] },
    });
    assert_eq!(
        choice(json!({ "type": "allowed_tools", "mode": "required", "tools": [named] })),
        Some(ToolChoice::Other(allowed))
    );
}

#[test]
fn include_asks_for_more() {
    let (request, preview) = read(
        json!({ "include": ["reasoning.encrypted_content", "message.output_text.logprobs", "new.thing"] }),
    )
    .expect("valid");
    assert!(preview.keeps_blocks);
    assert_eq!(Value::from(request.parameters), json!({ "logprobs": true }));
    assert!(!read(json!({})).expect("valid").1.keeps_blocks);
}

#[test]
fn the_reply_repeats_the_request() {
    let tools = json!([{ "type": "function", "name": "f", "parameters": { "type": "object" } }]);
    let (_, preview) = read(json!({
        "instructions": "Be brief.", "temperature": 0.5, "frequency_penalty": 1, "metadata": { "k": "v" },
        "reasoning": { "effort": "low" }, "text": { "verbosity": "low" }, "tools": tools, "tool_choice": "required",
        "store": false, "user": null,
    }))
    .expect("valid");
    assert_eq!(
        Value::from(preview.fields),
        json!({
            "background": false, "instructions": "Be brief.", "max_output_tokens": null, "max_tool_calls": null,
            "metadata": { "k": "v" }, "parallel_tool_calls": true, "previous_response_id": null,
            "prompt_cache_key": null, "reasoning": { "effort": "low", "summary": null }, "safety_identifier": null,
            "store": false, "temperature": 0.5, "text": { "format": { "type": "text" }, "verbosity": "low" },
            "tool_choice": "required", "tools": tools, "top_logprobs": 0, "top_p": null, "truncation": "disabled",
            "user": null, "frequency_penalty": 1,
        })
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 16] = [
        "type",
        "text",
        "content",
        "role",
        "user",
        "assistant",
        "input_text",
        "input_image",
        "image_url",
        "function_call",
        "function_call_output",
        "call_id",
        "output",
        "reasoning",
        "summary",
        "name",
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
    fn no_body_panics(content in any_json(), item in any_json(), tools in any_json(), field in any_json()) {
        let input = json!([{ "role": "user", "content": content }, { "role": "assistant", "content": content }, item]);
        let settings = json!({ "input": "x", "text": field, "reasoning": field, "tool_choice": field, "include": field });
        for body in [json!({ "input": input, "tools": tools }), settings, field] {
            if let Err(error) = parse(body.to_string().as_bytes()) {
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    /// What a caller sends back unchanged reaches the provider unchanged.
    #[test]
    fn sealed_thinking_survives(thinking in ".*", signature in ".+", data in ".+") {
        for block in [
            json!({ "type": "thinking", "thinking": thinking, "signature": signature }),
            json!({ "type": "redacted", "data": data }),
        ] {
            let item = json!({ "type": "reasoning", "summary": [], "encrypted_content": reasoning::seal(&block) });
            let seen = messages(json!([item, { "role": "assistant", "content": "x" }]));
            prop_assert_eq!(&seen[0]["reasoning"], &json!([block]));
        }
    }
}
