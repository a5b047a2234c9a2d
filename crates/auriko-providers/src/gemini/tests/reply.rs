use auriko_wire::encode::ChunkIdentity;
use auriko_wire::response::{CompletionBuilder, ReasoningFields};

use super::super::{decode_reply, read_error};
use super::*;
use crate::adapter::ReplyError;
use crate::provider_error::Cause;

fn completion(reply: &Value) -> Value {
    let identity = ChunkIdentity { id: "c".into(), model: "m".into(), created: 1 };
    let mut builder = CompletionBuilder::new(identity);
    // As Google sends it: indented.
    let text = serde_json::to_string_pretty(reply).expect("JSON");
    let extra = decode_reply(&text, &mut |choice, event| builder.push(choice, event)).expect("usable");
    assert!(extra.is_empty());
    let text = builder.into_json(ReasoningFields::Blocks, &Map::new(), None, None, None);
    serde_json::from_str(&text).expect("JSON")
}

fn candidate(parts: &Value) -> Value {
    json!({ "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }] })
}

#[test]
fn a_reply_becomes_a_completion() {
    let mut reply = candidate(&json!([
        { "text": "hm", "thought": true },
        { "text": "Hello", "thoughtSignature": "S" },
        { "functionCall": { "name": "f", "args": { "b": "x  y\n", "a": [1.0, 2] } }, "thoughtSignature": "T+/=" },
        { "functionCall": { "id": "theirs", "name": "g" } },
        { "functionCall": { "name": "f", "args": {} } },
    ]));
    reply["responseId"] = "r-1".into();
    reply["modelVersion"] = "gemini-3-pro".into();
    reply["usageMetadata"] = json!({
        "promptTokenCount": 17, "cachedContentTokenCount": 8, "candidatesTokenCount": 20, "thoughtsTokenCount": 333,
        "toolUsePromptTokenCount": 308, "totalTokenCount": 678, "serviceTier": "standard",
        "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 17 }],
        "candidatesTokensDetails": [{ "modality": "IMAGE", "tokenCount": 20 }],
    });
    let value = completion(&reply);
    let message = &value["choices"][0]["message"];
    assert_eq!(
        (&value["id"], &value["model"], &value["service_tier"]),
        (&json!("r-1"), &json!("gemini-3-pro"), &json!("standard"))
    );
    assert_eq!((&message["content"], &message["reasoning_content"]), (&json!("Hello"), &json!("hm")));
    assert_eq!(
        message["reasoning"],
        // The mark came with the text, after the thoughts: it is a block of its own.
        json!([{ "type": "thinking", "thinking": "", "signature": "gemini.text:S" }])
    );
    let calls = json!([
        { "id": "call_gemini_r-1_0_0", "type": "function", "function": { "name": "f", "arguments": "{\"b\":\"x  y\\n\",\"a\":[1.0,2]}" }, "provider_signature": "T+/=" },
        { "id": "theirs", "type": "function", "function": { "name": "g", "arguments": "{}" } },
        { "id": "call_gemini_r-1_0_2", "type": "function", "function": { "name": "f", "arguments": "{}" } },
    ]);
    assert_eq!(message["tool_calls"], calls);
    assert_eq!(
        (&value["choices"][0]["finish_reason"], &value["choices"][0]["native_finish_reason"]),
        (&json!("tool_calls"), &json!("STOP"))
    );
    let usage = json!({
        "prompt_tokens": 325, "completion_tokens": 353, "total_tokens": 678,
        "prompt_tokens_details": { "cached_tokens": 8, "text_tokens": 17 },
        "completion_tokens_details": { "reasoning_tokens": 333, "image_tokens": 20 },
    });
    assert_eq!(value["usage"], usage);
}

#[test]
fn candidates_are_choices() {
    let value = completion(&json!({ "candidates": [
        { "content": { "parts": [{ "text": "a" }] }, "finishReason": "STOP" },
        { "index": 1, "content": { "parts": [{ "text": "b" }] }, "finishReason": "MAX_TOKENS" },
    ] }));
    let choices: Vec<_> = value["choices"]
        .as_array()
        .expect("choices")
        .iter()
        .map(|choice| (choice["message"]["content"].clone(), choice["finish_reason"].clone()))
        .collect();
    assert_eq!(choices, [(json!("a"), json!("stop")), (json!("b"), json!("length"))]);
}

#[test]
fn finish_words_are_translated_and_kept() {
    let check = |word: &str, expected: &str| {
        let value = completion(
            &json!({ "candidates": [{ "content": { "parts": [{ "text": "a" }] }, "finishReason": word }] }),
        );
        let choice = &value["choices"][0];
        assert_eq!(
            (&choice["finish_reason"], &choice["native_finish_reason"]),
            (&json!(expected), &json!(word))
        );
    };
    for word in
        ["SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"]
    {
        check(word, "content_filter");
    }
    check("OTHER", "stop");
    check("NEW_WORD", "stop");
    // Something was said before it.
    check("MALFORMED_FUNCTION_CALL", "stop");
}

#[test]
fn a_refused_prompt_is_filtered_content() {
    let value = completion(
        &json!({ "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" }, "usageMetadata": { "promptTokenCount": 9, "totalTokenCount": 9 } }),
    );
    let choice = &value["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["native_finish_reason"]),
        (&json!("content_filter"), &json!("PROHIBITED_CONTENT"))
    );
    assert_eq!((&choice["message"]["content"], &value["usage"]["prompt_tokens"]), (&Value::Null, &json!(9)));
}

#[test]
fn generated_images_come_out_and_thought_ones_do_not() {
    let value = completion(&candidate(&json!([
        { "inlineData": { "mimeType": "image/png", "data": "T" }, "thought": true },
        { "inlineData": { "mimeType": "image/png", "data": "AA==" }, "thoughtSignature": "S" },
        { "inlineData": { "mimeType": "audio/wav", "data": "BB==" } },
    ])));
    let expected =
        json!([{ "type": "image", "mime_type": "image/png", "data": "AA==", "thought_signature": "S" }]);
    assert_eq!(value["choices"][0]["message"]["images"], expected);
}

#[test]
fn sources_are_cited_by_character() {
    let mut reply = candidate(&json!([{ "text": "Grüße aus Köln" }]));
    reply["candidates"][0]["groundingMetadata"] = json!({
        "groundingChunks": [{ "web": { "uri": "https://a", "title": "A" } }, { "maps": { "uri": "https://b" } }],
        "groundingSupports": [{ "segment": { "startIndex": 12, "endIndex": 17, "text": "Köln" }, "groundingChunkIndices": [0, 1, 7] }],
    });
    reply["candidates"][0]["citationMetadata"] =
        json!({ "citations": [{ "endIndex": 5, "uri": "https://c" }, { "endIndex": 5 }] });
    let cite =
        |url: &str, start: u64, end: u64| json!({ "url": url, "start_index": start, "end_index": end });
    let mut expected: Vec<_> =
        [cite("https://a", 10, 14), cite("https://b", 10, 14), cite("https://c", 0, 4)]
            .into_iter()
            .map(|citation| json!({ "type": "url_citation", "url_citation": citation }))
            .collect();
    expected[0]["url_citation"]["title"] = "A".into();
    assert_eq!(completion(&reply)["choices"][0]["message"]["annotations"], json!(expected));
    reply["candidates"][0]["citationMetadata"] = Value::Null;
    reply["candidates"][0]["groundingMetadata"]["groundingSupports"] = Value::Null;
    let whole = completion(&reply);
    assert_eq!(whole["choices"][0]["message"]["annotations"][1]["url_citation"], cite("https://b", 0, 14));
}

#[test]
fn log_probabilities_take_the_form_of_chat_completions() {
    let mut reply = candidate(&json!([{ "text": "é" }]));
    let entry = json!({ "token": "é", "tokenId": 1, "logProbability": -0.5 });
    reply["candidates"][0]["logprobsResult"] =
        json!({ "chosenCandidates": [entry], "topCandidates": [{ "candidates": [entry] }] });
    let ours = json!({ "token": "é", "logprob": -0.5, "bytes": [195, 169] });
    let mut expected = ours.clone();
    expected["top_logprobs"] = json!([ours]);
    assert_eq!(completion(&reply)["choices"][0]["logprobs"]["content"], json!([expected]));
}

#[test]
fn replies_without_an_answer_are_refused() {
    let check =
        |text: &str, expected: &str| match decode_reply(text, &mut |_, _| panic!("nothing may be emitted")) {
            Err(ReplyError::Unusable(what)) => assert!(what.contains(expected), "{what}"),
            other => panic!("{other:?}"),
        };
    check("<html>", "not JSON");
    check("[]", "no reply");
    check("{}", "no candidates");
    check(r#"{"candidates":[]}"#, "no candidates");
    check(r#"{"candidates":[{"content":{"parts":[{"text":5}]}}]}"#, "no reply");
    let malformed =
        r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"bad call"}]}"#;
    let error = decode_reply(malformed, &mut |_, _| ());
    assert_eq!(
        error,
        Err(ReplyError::Error(json!({ "status": "MALFORMED_FUNCTION_CALL", "message": "bad call" })))
    );
    let error = decode_reply(r#"{"error":{"code":500}}"#, &mut |_, _| ());
    assert_eq!(error, Err(ReplyError::Error(json!({ "code": 500 }))));
}

#[test]
fn errors_say_what_they_mean() {
    let check = |error: Value, cause: Cause, wait_ms: Option<u128>| {
        for body in [json!({ "error": error }), json!([{ "error": error }])] {
            let read = read_error(&body.to_string());
            assert_eq!(
                (read.cause, read.retry_after.map(|wait| wait.as_millis())),
                (cause, wait_ms),
                "{body}"
            );
            assert_eq!(read.message.as_deref(), error["message"].as_str());
        }
    };
    let status = |code: u16, status: &str, message: &str, details: Value| json!({ "code": code, "message": message, "status": status, "details": details });
    let reason =
        json!([{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID" }]);
    check(status(400, "INVALID_ARGUMENT", "API key not valid.", reason), Cause::Credentials, None);
    let wait = json!([{ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s" }]);
    check(status(429, "RESOURCE_EXHAUSTED", "quota", wait), Cause::Limited, Some(34_500));
    check(status(503, "UNAVAILABLE", "overloaded", json!([])), Cause::Limited, None);
    let too_long = "The input token count (9) exceeds the maximum number of tokens allowed (5).";
    check(status(400, "INVALID_ARGUMENT", too_long, json!(null)), Cause::ContextLength, None);
    check(status(400, "INVALID_ARGUMENT", "bad", json!(null)), Cause::Unknown, None);
    check(status(400, "FAILED_PRECONDITION", "not in your country", json!(null)), Cause::Unavailable, None);
    assert_eq!(read_error("<html>").message, None);
}
