use auriko_wire::error_code::ErrorCode;

use super::*;

const OLD: &str = "gemini-2.5-flash";
const NEW: &str = "gemini-3.1-pro-preview";

fn contents(model: &str, messages: &Value) -> Value {
    built(model, &json!({ "messages": messages })).0["contents"].clone()
}

fn refused(model: &str, body: &Value) -> (ErrorCode, String) {
    match try_built(model, body, Map::new()) {
        Err(BuildError::Unsuited(error)) => (error.code, error.param.unwrap_or_default()),
        Err(BuildError::Invalid(error)) => panic!("another provider may take it: {error}"),
        Ok(_) => panic!("it was built: {body}"),
    }
}

#[test]
fn the_address_holds_model_and_verb_and_the_key_is_a_header() {
    let check = |model: &str, stream: bool, expected: &str| {
        let built = try_built(model, &json!({ "stream": stream }), Map::new()).expect("built");
        assert_eq!(built.url, format!("http://h/v1beta/{expected}"));
        assert!(built.headers.contains(&("x-goog-api-key".into(), "k".into())));
    };
    check("gemini-3-flash", false, "models/gemini-3-flash:generateContent");
    check("models/gemini-3-flash", true, "models/gemini-3-flash:streamGenerateContent?alt=sse");
    check("tunedModels/my-1", false, "tunedModels/my-1:generateContent");
    check("../x?y=ü", false, "models/..%2Fx%3Fy%3D%C3%BC:generateContent");
}

#[test]
fn instructions_stand_apart_and_speakers_are_merged() {
    let (body, _) = built(
        OLD,
        &json!({ "messages": [
            { "role": "system", "content": "S" },
            { "role": "user", "content": "a" },
            { "role": "user", "content": [{ "type": "text", "text": "b", "cache_control": { "type": "ephemeral" } }, { "type": "text", "text": "" }] },
            { "role": "developer", "content": "D" },
            { "role": "assistant", "content": "c" },
            { "role": "assistant", "content": null, "refusal": "no" },
            { "role": "assistant", "content": "" },
            { "role": "user", "content": "d" },
        ] }),
    );
    let expected = json!({
        "contents": [
            { "role": "user", "parts": [{ "text": "a" }, { "text": "b" }] },
            { "role": "model", "parts": [{ "text": "c" }, { "text": "no" }] },
            { "role": "user", "parts": [{ "text": "d" }] },
        ],
        "systemInstruction": { "parts": [{ "text": "S" }, { "text": "D" }] },
    });
    assert_eq!(body, expected);
    let only_system = contents(OLD, &json!([{ "role": "system", "content": "S" }]));
    assert_eq!(only_system, json!([{ "role": "user", "parts": [{ "text": "S" }] }]));
    let empty = json!({ "messages": [{ "role": "user", "content": "" }] });
    assert_eq!(refused(OLD, &empty), (ErrorCode::InvalidParameterValue, "messages".to_owned()));
}

#[test]
fn images_files_and_sound_become_parts() {
    let parts = json!([
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==", "detail": "low" } },
        { "type": "image_url", "image_url": { "url": "https://h/a.webp" } },
        { "type": "file", "file": { "file_data": "data:application/pdf;base64,BB==", "filename": "b.pdf" } },
        { "type": "input_audio", "input_audio": { "data": "CC==", "format": "mp3" } },
    ]);
    let expected = json!([
        { "inlineData": { "mimeType": "image/png", "data": "AA==" } },
        { "fileData": { "mimeType": "image/webp", "fileUri": "https://h/a.webp" } },
        { "inlineData": { "mimeType": "application/pdf", "data": "BB==" } },
        { "inlineData": { "mimeType": "audio/mpeg", "data": "CC==" } },
    ]);
    assert_eq!(contents(OLD, &json!([{ "role": "user", "content": parts }]))[0]["parts"], expected);
    let check = |part: Value, param: &str| {
        let (_, named) = refused(OLD, &json!({ "messages": [{ "role": "user", "content": [part] }] }));
        assert_eq!(named, format!("messages[0].content[0].{param}"));
    };
    check(json!({ "type": "video" }), "type");
    check(json!({ "type": "image_url", "image_url": { "url": "x" } }), "image_url.url");
    check(json!({ "type": "image_url" }), "image_url.url");
    check(json!({ "type": "file", "file": { "file_id": "f" } }), "file.file_data");
}

#[test]
fn calls_and_results_meet_by_name_and_parallel_results_stand_together() {
    let call = |id: &str, name: &str, arguments: &str| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } });
    let messages = json!([
        { "role": "user", "content": "Hi" },
        { "role": "assistant", "content": null, "tool_calls": [call("a", "f", "{\"x\":1}"), call("call_gemini_r_0_1", "g", "")] },
        { "role": "tool", "tool_call_id": "call_gemini_r_0_1", "content": "warm" },
        { "role": "tool", "tool_call_id": "a", "content": "{\"y\":2}" },
        { "role": "user", "content": "And?" },
    ]);
    let expected = json!([
        { "role": "user", "parts": [{ "text": "Hi" }] },
        { "role": "model", "parts": [
            { "functionCall": { "name": "f", "args": { "x": 1 }, "id": "a" } },
            { "functionCall": { "name": "g", "args": {} } },
        ] },
        { "role": "user", "parts": [
            { "functionResponse": { "name": "g", "response": { "output": "warm" } } },
            { "functionResponse": { "name": "f", "response": { "y": 2 }, "id": "a" } },
        ] },
        { "role": "user", "parts": [{ "text": "And?" }] },
    ]);
    assert_eq!(contents(OLD, &messages), expected);
    let named = |messages: Value| refused(OLD, &json!({ "messages": messages })).1;
    assert_eq!(
        named(json!([{ "role": "tool", "tool_call_id": "z", "content": "" }])),
        "messages[0].tool_call_id"
    );
    let broken = json!([{ "role": "assistant", "tool_calls": [call("a", "f", "[1]")] }]);
    assert_eq!(named(broken), "messages[0].tool_calls[0].function.arguments");
}

#[test]
fn results_are_objects_and_their_images_go_where_the_model_reads_them() {
    let messages = |content: &Value| {
        json!([
            { "role": "assistant", "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
            { "role": "tool", "tool_call_id": "a", "content": content },
        ])
    };
    let response = |content: &Value| {
        contents(OLD, &messages(content))[1]["parts"][0]["functionResponse"]["response"].clone()
    };
    assert_eq!(response(&json!("[1,2]")), json!({ "output": [1, 2] }));
    assert_eq!(response(&json!("")), json!({ "output": "" }));
    let image = json!([{ "type": "text", "text": "see" }, { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } }]);
    let data = json!({ "inlineData": { "mimeType": "image/png", "data": "AA==" } });
    let old = contents(OLD, &messages(&image));
    assert_eq!(
        (&old[1]["parts"][0]["functionResponse"]["response"], &old[1]["parts"][1]),
        (&json!({ "output": "see" }), &data)
    );
    let new = contents(NEW, &messages(&image));
    assert_eq!(new[1]["parts"][0]["functionResponse"]["parts"], json!([data]));
}

#[test]
fn signatures_go_back_as_they_came() {
    let call = |signature: Value| json!({ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" }, "provider_signature": signature });
    let messages = json!([
        { "role": "assistant", "content": "Hello",
          "reasoning": [
            { "type": "thinking", "thinking": "hm", "signature": "gemini.thought:T+/=" },
            { "type": "thinking", "thinking": "", "signature": "gemini.text:X" },
            { "type": "thinking", "thinking": "theirs", "signature": "EqkEClaude" },
            { "type": "redacted", "data": "d" },
            { "type": "thinking", "thinking": "so", "signature": "gemini.end:E" },
          ],
          "images": [{ "type": "image", "mime_type": "image/png", "data": "AA==", "thought_signature": "I" }],
          "tool_calls": [call(json!("S+/==")), call(Value::Null)] },
    ]);
    let expected = json!([
        { "text": "hm", "thought": true, "thoughtSignature": "T+/=" },
        { "text": "so", "thought": true },
        { "text": "Hello", "thoughtSignature": "X" },
        { "inlineData": { "mimeType": "image/png", "data": "AA==" }, "thoughtSignature": "I" },
        { "text": "", "thoughtSignature": "E" },
        { "functionCall": { "name": "f", "args": {}, "id": "a" }, "thoughtSignature": "S+/==" },
        { "functionCall": { "name": "f", "args": {}, "id": "a" } },
    ]);
    assert_eq!(contents(NEW, &messages)[0]["parts"], expected);
}

#[test]
fn calls_of_other_models_get_the_documented_stand_in() {
    let messages = json!([{ "role": "assistant", "tool_calls": [
        { "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } },
        { "id": "b", "type": "function", "function": { "name": "f", "arguments": "{}" } },
    ] }]);
    let parts = contents(NEW, &messages)[0]["parts"].clone();
    assert_eq!(parts[0]["thoughtSignature"], "skip_thought_signature_validator");
    assert_eq!(parts[1].get("thoughtSignature"), None);
    assert_eq!(contents(OLD, &messages)[0]["parts"][0].get("thoughtSignature"), None);
}

#[test]
fn parameters_are_renamed_or_dropped_with_a_warning() {
    let (body, warnings) = built(
        OLD,
        &json!({
            "temperature": 0.5, "top_p": 0.9, "top_k": 40, "stop": "END", "seed": 7, "n": 2, "max_tokens": 100,
            "logprobs": true, "top_logprobs": 3, "presence_penalty": 0, "frequency_penalty": 0.5,
            "parallel_tool_calls": true, "user": "u", "logit_bias": { "1": 1 },
        }),
    );
    let expected = json!({
        "temperature": 0.5, "topP": 0.9, "topK": 40, "stopSequences": ["END"], "seed": 7, "candidateCount": 2,
        "maxOutputTokens": 100, "responseLogprobs": true, "logprobs": 3,
    });
    assert_eq!(body["generationConfig"], expected);
    let names: Vec<_> = warnings.iter().filter_map(|message| message.split('`').nth(1)).collect();
    assert_eq!(names, ["frequency_penalty", "logit_bias", "user"]);
    let (body, warnings) = built(
        "gemini-2.0-flash",
        &json!({ "frequency_penalty": 0.5, "stop": ["a", "b"], "seed": 5_000_000_000_u64 }),
    );
    assert_eq!(body["generationConfig"], json!({ "frequencyPenalty": 0.5, "stopSequences": ["a", "b"] }));
    assert_eq!(warnings.len(), 1);
}

#[test]
fn effort_becomes_a_budget_or_a_level() {
    let check = |model: &str, effort: &str, limit: Option<u64>, expected: Value, warns: bool| {
        let (body, warnings) = built(model, &json!({ "reasoning_effort": effort, "max_tokens": limit }));
        let config = body["generationConfig"]["thinkingConfig"].clone();
        assert_eq!((config, !warnings.is_empty()), (expected, warns), "{model} {effort} {limit:?}");
    };
    let budget = |tokens: u64| json!({ "thinkingBudget": tokens, "includeThoughts": true });
    let level = |level: &str| json!({ "thinkingLevel": level, "includeThoughts": true });
    check(OLD, "low", None, budget(2048), false);
    check(OLD, "medium", None, budget(8000), false);
    check(OLD, "high", Some(8000), budget(7999), true);
    check(OLD, "xhigh", None, budget(24_576), true);
    check(OLD, "max", None, budget(24_576), false);
    check(OLD, "low", Some(1024), json!({ "thinkingBudget": 0 }), true);
    check(OLD, "off", None, json!({ "thinkingBudget": 0 }), false);
    check("gemini-2.5-pro", "low", Some(500), Value::Null, true);
    check("gemini-2.5-pro", "max", None, budget(32_768), false);
    check(NEW, "medium", Some(100), level("medium"), false);
    check(NEW, "max", None, level("high"), true);
    check(NEW, "minimal", None, level("low"), true);
    check("gemini-3-flash-preview", "minimal", None, level("minimal"), false);
    check("gemini-3-pro-preview", "medium", None, level("high"), true);
    check("gemma-3-27b-it", "low", None, Value::Null, true);
    check("gemini-2.0-flash", "off", None, Value::Null, false);
    let hidden = json!({ "reasoning_effort": "low", "reasoning": { "exclude": true } });
    assert_eq!(built(NEW, &hidden).0["generationConfig"]["thinkingConfig"]["includeThoughts"], false);
    let refused = |model: &str, effort: &str| refused(model, &json!({ "reasoning_effort": effort })).0;
    assert_eq!(refused(NEW, "off"), ErrorCode::ThinkingDisableNotSupported);
    assert_eq!(refused("gemini-2.5-pro", "off"), ErrorCode::ThinkingDisableNotSupported);
    assert_eq!(refused("gemini-2.0-flash", "low"), ErrorCode::ReasoningNotSupported);
}

#[test]
fn tools_and_the_choice_among_them() {
    let tools = json!([
        { "type": "function", "function": { "name": "f", "description": "d", "strict": true, "parameters": { "type": "object", "properties": { "x": { "type": "string", "pattern": "a" } }, "additionalProperties": false } } },
        { "type": "function", "function": { "name": "g", "parameters": { "type": "object", "properties": {} } } },
        { "type": "function", "function": { "name": "h" } },
        { "type": "custom", "custom": { "name": "c" } },
    ]);
    let (body, warnings) = built(OLD, &json!({ "tools": tools }));
    let expected = json!([{ "functionDeclarations": [
        { "name": "f", "description": "d", "parametersJsonSchema": { "type": "object", "properties": { "x": { "type": "string" } }, "additionalProperties": false } },
        { "name": "g" },
        { "name": "h" },
    ] }]);
    assert_eq!((&body["tools"], body.get("toolConfig")), (&expected, None));
    assert!(warnings[0].contains("`custom`") && warnings[1].contains("pattern"), "{warnings:?}");
    let check = |choice: Value, expected: Value| {
        let (body, warnings) = built(OLD, &json!({ "tools": [tools[0]], "tool_choice": choice }));
        assert_eq!((&body["toolConfig"]["functionCallingConfig"], warnings.len()), (&expected, 1));
    };
    check(json!("auto"), json!({ "mode": "AUTO" }));
    check(json!("none"), json!({ "mode": "NONE" }));
    check(json!("required"), json!({ "mode": "ANY" }));
    let function = json!({ "type": "function", "function": { "name": "f" } });
    check(function.clone(), json!({ "mode": "ANY", "allowedFunctionNames": ["f"] }));
    let allowed = |mode: &str| json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": [function] } });
    check(allowed("required"), json!({ "mode": "ANY", "allowedFunctionNames": ["f"] }));
    check(allowed("auto"), json!({ "mode": "VALIDATED", "allowedFunctionNames": ["f"] }));
    let (body, warnings) = built(OLD, &json!({ "tools": [tools[1]], "tool_choice": { "type": "new" } }));
    assert_eq!((body.get("toolConfig"), warnings.len()), (None, 1));
}

#[test]
fn web_search_is_a_tool_unless_there_are_functions() {
    let (body, warnings) = built(OLD, &json!({ "web_search_options": {} }));
    assert_eq!((&body["tools"], warnings.len()), (&json!([{ "googleSearch": {} }]), 0));
    let tools = json!([{ "type": "function", "function": { "name": "h" } }]);
    let (body, warnings) = built(OLD, &json!({ "web_search_options": {}, "tools": tools }));
    assert_eq!((body["tools"].as_array().map(Vec::len), warnings.len()), (Some(1), 1));
}

#[test]
fn the_answer_takes_the_form_that_was_asked_for() {
    let config =
        |format: Value| built(OLD, &json!({ "response_format": format })).0["generationConfig"].clone();
    assert_eq!(config(json!({ "type": "text" })), Value::Null);
    assert_eq!(config(json!({ "type": "json_object" })), json!({ "responseMimeType": "application/json" }));
    let schema = json!({ "type": "object", "properties": { "x": { "const": "a" } } });
    let format =
        json!({ "type": "json_schema", "json_schema": { "name": "n", "strict": true, "schema": schema } });
    let expected = json!({ "responseMimeType": "application/json", "responseJsonSchema": {
        "type": "object", "properties": { "x": { "enum": ["a"], "type": "string" } } } });
    assert_eq!(config(format.clone()), expected);
    let tools = json!([{ "type": "function", "function": { "name": "h" } }]);
    let both = json!({ "response_format": format, "tools": tools });
    assert_eq!(refused(OLD, &both).0, ErrorCode::ToolsWithStructuredOutputNotSupported);
    assert!(built(NEW, &both).0.get("tools").is_some());
    let idle = json!({ "response_format": format, "tools": tools, "tool_choice": "none" });
    assert_eq!(built(OLD, &idle).0.get("tools"), None);
}

#[test]
fn extensions_are_put_into_what_is_there() {
    let extensions = json!({
        "generation_config": { "media_resolution": "MEDIA_RESOLUTION_LOW", "thinking_config": { "thinking_budget": 5 }, "response_schema": { "any_of": [] } },
        "safetySettings": [{ "category": "c" }],
    });
    let body = json!({ "max_tokens": 9, "reasoning_effort": "off" });
    let built = try_built(OLD, &body, extensions.as_object().cloned().expect("an object")).expect("built");
    let body: Value = serde_json::from_slice(&built.body).expect("JSON");
    let expected = json!({
        "maxOutputTokens": 9, "thinkingConfig": { "thinkingBudget": 5 },
        "mediaResolution": "MEDIA_RESOLUTION_LOW", "responseSchema": { "any_of": [] },
    });
    assert_eq!((&body["generationConfig"], &body["safetySettings"][0]["category"]), (&expected, &json!("c")));
}
