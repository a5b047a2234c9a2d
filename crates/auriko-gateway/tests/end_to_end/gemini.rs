//! The gateway in front of a Gemini server, and of one that falls back to another API.

use serde_json::{Value, json};

use crate::http::{Served, serve, text_of};
use crate::upstream::{Answer, End, Upstream, delta, farewell, finish, frame, upstream};

/// A Gemini provider and, for those who ask for it, a dearer OpenAI-compatible one of the same model.
async fn serving(gemini: &Upstream, other: &Upstream) -> Served {
    let entry = |id: &str, kind: &str, url: &str, price: f64| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"{kind}\"\nbase_url = \"{url}\"\napi_key = \"key-of-{id}\"\n\
             models = [{{ id = \"m\", upstream_id = \"gemini-3-flash\", input_price = {price:.1}, output_price = {price:.1} }}]\n"
        )
    };
    let gemini = entry("google_ai_studio", "gemini", &gemini.url, 1.0);
    serve(&format!("{gemini}{}", entry("other", "openai-compatible", &other.url, 5.0))).await
}

async fn pair(answers: Vec<Answer>, other: Answer) -> (Served, Upstream, Upstream) {
    let (gemini, other) = (upstream(answers).await, upstream(vec![other]).await);
    (serving(&gemini, &other).await, gemini, other)
}

fn nobody() -> Answer {
    Answer::Status(500, vec![], String::new())
}

fn part_of(parts: &Value, finish: &Value) -> Value {
    let usage = json!({ "promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 15 });
    let content = json!({ "role": "model", "parts": parts });
    let candidate = json!({ "index": 0, "content": content, "finishReason": finish });
    json!({ "candidates": [candidate], "usageMetadata": usage, "responseId": "r-1", "modelVersion": "gemini-3-flash-001" })
}

fn plain(parts: &Value) -> Answer {
    Answer::Status(200, vec![], serde_json::to_string_pretty(&part_of(parts, &json!("STOP"))).expect("JSON"))
}

fn stream(parts: &[Value]) -> Answer {
    let mut frames: Vec<_> = parts.iter().map(|parts| frame(&part_of(parts, &Value::Null))).collect();
    frames.push(frame(&part_of(&json!([{ "text": "" }]), &json!("STOP"))));
    Answer::Stream(frames, End::Close)
}

fn failed(code: u16, status: &str, message: &str, details: &Value) -> Answer {
    let error = json!({ "code": code, "status": status, "message": message, "details": details });
    Answer::Status(code, vec![], json!({ "error": error }).to_string())
}

#[tokio::test]
async fn a_plain_reply_is_translated_both_ways() {
    let (served, gemini, _) = pair(vec![plain(&json!([{ "text": "Hi" }]))], nobody()).await;
    let reply = served.chat(json!({ "model": "m", "max_tokens": 50, "user": "u" })).await.json();
    let choice = &reply["choices"][0];
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!("Hi"), &json!("stop")));
    assert_eq!((&reply["id"], &reply["model"]), (&json!("r-1"), &json!("gemini-3-flash-001")));
    assert_eq!(reply["usage"]["completion_tokens_details"]["reasoning_tokens"], 3);
    let routing = &reply["routing_metadata"];
    assert_eq!(
        (&routing["provider"], &routing["cost"]["usd"]),
        (&json!("google_ai_studio"), &json!(0.000_015))
    );
    assert_eq!(routing["warnings"][0]["code"], "parameter_dropped");
    let asked = gemini.state.lock().expect("nobody panicked");
    assert_eq!(asked.paths, ["/v1/models/gemini-3-flash:generateContent"]);
    assert_eq!(asked.headers[0]["x-goog-api-key"], "key-of-google_ai_studio");
    assert_eq!(
        (asked.authorization[0].as_str(), &asked.bodies[0]["generationConfig"]),
        ("", &json!({ "maxOutputTokens": 50 }))
    );
}

#[tokio::test]
async fn a_stream_ends_as_one_of_ours() {
    let parts =
        [json!([{ "text": "hm", "thought": true }]), json!([{ "text": "Gr" }]), json!([{ "text": "üße" }])];
    let (served, gemini, _) = pair(vec![stream(&parts)], nobody()).await;
    let seen = served.chat(json!({ "model": "m", "stream": true, "reasoning_effort": "low" })).await;
    let (chunks, is_done) = seen.chunks();
    assert!(is_done, "{}", seen.text);
    assert_eq!(text_of(&chunks), "Grüße");
    assert!(chunks.iter().any(|chunk| chunk["choices"][0]["delta"]["reasoning_content"] == "hm"));
    assert!(chunks.iter().any(|chunk| chunk["choices"][0]["native_finish_reason"] == "STOP"));
    let last = chunks.last().expect("chunks");
    assert_eq!(
        (&last["usage"]["total_tokens"], &last["routing_metadata"]["cost"]["usd"]),
        (&json!(15), &json!(0.000_015))
    );
    let asked = gemini.state.lock().expect("nobody panicked");
    assert_eq!(asked.paths, ["/v1/models/gemini-3-flash:streamGenerateContent?alt=sse"]);
    let thinking = json!({ "thinkingLevel": "low", "includeThoughts": true });
    assert_eq!(asked.bodies[0]["generationConfig"]["thinkingConfig"], thinking);
}

#[tokio::test]
async fn signed_calls_go_back_as_they_came() {
    let signature = "CpcB+/=x";
    let calls = json!([
        { "functionCall": { "name": "weather", "args": { "city": "Köln" } }, "thoughtSignature": signature },
        { "functionCall": { "name": "weather", "args": { "city": "Ulm" } } },
    ]);
    for streams in [false, true] {
        let first = if streams { stream(std::slice::from_ref(&calls)) } else { plain(&calls) };
        let second = plain(&json!([{ "text": "Rain" }]));
        let (served, gemini, _) = pair(vec![first, second], nobody()).await;
        let tool = json!({ "type": "function", "function": { "name": "weather", "parameters": { "type": "object", "properties": { "city": { "type": "string" } } } } });
        let question = json!({ "role": "user", "content": "Weather?" });
        let body = json!({ "model": "m", "stream": streams, "messages": [question], "tools": [tool] });
        let seen = served.chat(body).await;
        let mut message = if streams {
            let (chunks, _) = seen.chunks();
            let deltas =
                chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].as_array());
            json!({ "role": "assistant", "tool_calls": deltas.flatten().collect::<Vec<_>>() })
        } else {
            let reply = seen.json();
            assert_eq!(reply["choices"][0]["finish_reason"], "tool_calls");
            reply["choices"][0]["message"].clone()
        };
        let calls = message["tool_calls"].as_array_mut().expect("calls");
        assert_eq!((calls.len(), &calls[0]["provider_signature"]), (2, &json!(signature)));
        assert_ne!(calls[0]["id"], calls[1]["id"]);
        let result = |call: &Value| json!({ "role": "tool", "tool_call_id": call["id"], "content": "rain" });
        let results: Vec<_> = calls.iter().map(result).collect();
        let mut messages = vec![question, message];
        messages.extend(results);
        let reply = served.chat(json!({ "model": "m", "messages": messages, "tools": [tool] })).await.json();
        assert_eq!(reply["choices"][0]["message"]["content"], "Rain");
        let bodies = gemini.bodies();
        let contents = &bodies[1]["contents"];
        let expected = json!([
            { "functionCall": { "name": "weather", "args": { "city": "Köln" } }, "thoughtSignature": signature },
            { "functionCall": { "name": "weather", "args": { "city": "Ulm" } } },
        ]);
        assert_eq!(contents[1], json!({ "role": "model", "parts": expected }));
        let response = json!({ "functionResponse": { "name": "weather", "response": { "output": "rain" } } });
        assert_eq!(contents[2], json!({ "role": "user", "parts": [response, response] }));
    }
}

#[tokio::test]
async fn errors_are_told_in_our_words() {
    let reason = json!([{ "reason": "API_KEY_INVALID" }]);
    let wait = json!([{ "retryDelay": "7s" }]);
    let too_long = "The input token count (9) exceeds the maximum number of tokens allowed (5).";
    let cases = [
        (failed(400, "INVALID_ARGUMENT", "API key not valid.", &reason), 502, "upstream_error"),
        (failed(400, "INVALID_ARGUMENT", too_long, &Value::Null), 400, "context_length_exceeded"),
        (failed(400, "INVALID_ARGUMENT", "bad", &Value::Null), 400, "invalid_request"),
        (failed(404, "NOT_FOUND", "no such model", &Value::Null), 404, "model_not_found"),
        (failed(429, "RESOURCE_EXHAUSTED", "quota", &wait), 503, "no_provider_available"),
        (failed(500, "INTERNAL", "oops", &Value::Null), 502, "upstream_error"),
    ];
    for (answer, status, code) in cases {
        let (served, _, _) = pair(vec![answer], nobody()).await;
        let only = json!({ "routing": { "providers": ["google_ai_studio"] } });
        let seen = served.chat(json!({ "model": "m", "gateway": only })).await;
        assert_eq!((seen.status, &seen.json()["error"]["code"]), (status, &json!(code)), "{}", seen.text);
        assert_eq!(seen.header("retry-after"), if status == 503 { "7" } else { "" });
        assert!(!seen.text.contains("key-of-"), "{}", seen.text);
    }
}

#[tokio::test]
async fn another_provider_takes_over_before_the_first_word_and_not_after() {
    let good =
        || Answer::Stream(vec![delta(&json!({ "content": "Hi" })), finish("stop"), farewell()], End::Close);
    let overloaded = json!({ "error": { "code": 503, "status": "UNAVAILABLE", "message": "overloaded" } });
    let malformed = part_of(&json!([]), &json!("MALFORMED_FUNCTION_CALL"));
    let early = [
        failed(400, "FAILED_PRECONDITION", "User location is not supported", &Value::Null),
        Answer::Stream(vec![frame(&overloaded)], End::Close),
        Answer::Stream(vec![frame(&malformed)], End::Close),
        Answer::Stream(vec![frame(&json!({}))], End::Close),
    ];
    for (case, failure) in early.into_iter().enumerate() {
        let (served, _, other) = pair(vec![failure], good()).await;
        let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true })).await.chunks();
        assert!(is_done && text_of(&chunks) == "Hi", "case {case}: {chunks:?}");
        assert_eq!(other.bodies().len(), 1);
    }
    let said = frame(&part_of(&json!([{ "text": "Hel" }]), &Value::Null));
    for late in [vec![said.clone(), frame(&overloaded)], vec![said]] {
        let (served, _, other) = pair(vec![Answer::Stream(late, End::Close)], good()).await;
        let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true })).await.chunks();
        assert!(!is_done && text_of(&chunks) == "Hel", "{chunks:?}");
        assert!(chunks.last().expect("chunks")["error"]["code"].is_string());
        assert_eq!(other.bodies().len(), 0);
    }
}

#[tokio::test]
async fn what_this_model_cannot_do_another_may() {
    let answer = json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": "Hi" }, "finish_reason": "stop" }] });
    let (served, gemini, other) = pair(vec![nobody()], Answer::Status(200, vec![], answer.to_string())).await;
    let reply = served.chat(json!({ "model": "m", "reasoning_effort": "off" })).await.json();
    assert_eq!(reply["routing_metadata"]["provider"], "other");
    assert_eq!((gemini.bodies().len(), other.bodies().len()), (0, 1));
    let only = json!({ "routing": { "providers": ["google_ai_studio"] } });
    let seen = served.chat(json!({ "model": "m", "reasoning_effort": "off", "gateway": only })).await;
    assert_eq!((seen.status, &seen.json()["error"]["code"]), (400, &json!("thinking_disable_not_supported")));
}

#[tokio::test]
async fn a_refused_prompt_is_filtered_content() {
    let block = json!({ "promptFeedback": { "blockReason": "SAFETY" }, "usageMetadata": { "promptTokenCount": 9, "totalTokenCount": 9 } });
    let (served, _, other) = pair(vec![Answer::Stream(vec![frame(&block)], End::Close)], nobody()).await;
    let (chunks, is_done) = served.chat(json!({ "model": "m", "stream": true })).await.chunks();
    assert!(is_done);
    let choice =
        chunks.iter().find(|chunk| chunk["choices"][0]["finish_reason"] == "content_filter").expect("an end");
    assert_eq!(choice["choices"][0]["native_finish_reason"], "SAFETY");
    assert_eq!(other.bodies().len(), 0);
}
