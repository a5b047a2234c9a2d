use super::*;

/// Events of choice 0, each as the JSON that JavaScript would see.
fn events(frames: &[&str]) -> Vec<String> {
    let mut decoder = ChunkDecoder::default();
    let mut seen = Vec::new();
    for data in frames {
        let frame = Frame { event: Cow::Borrowed(""), data: Cow::Borrowed(data), is_cut: false };
        decoder.decode(&frame, &mut |choice, event| {
            if choice == 0 {
                seen.push(serde_json::to_string(&event).expect("an event serialises"));
            }
        });
    }
    seen
}

fn check(frames: &[&str], expected: &[&str]) {
    assert_eq!(events(frames), expected);
}

fn delta(json: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{json}}}]}}"#)
}

fn check_delta(json: &str, expected: &[&str]) {
    check(&[&delta(json)], expected);
}

#[test]
fn reports_identity_once_and_ignores_blank_ids() {
    check(
        &[
            r#"{"id":"","model":"","created":0,"choices":[]}"#,
            r#"{"id":"c1","model":"m","created":17,"choices":[]}"#,
            r#"{"id":"c2","model":"m","created":18,"choices":[]}"#,
        ],
        &[r#"{"type":"meta","id":"c1","model":"m","created":17}"#],
    );
    for (field, value) in [("id", r#""c1""#), ("model", r#""m""#), ("created", "17")] {
        let one = format!(r#""{field}":{value}"#);
        check(&[&format!(r#"{{{one},"choices":[]}}"#)], &[&format!(r#"{{"type":"meta",{one}}}"#)]);
    }
}

#[test]
fn text_and_thinking() {
    check_delta(r#"{"role":"assistant","content":""}"#, &[]);
    check_delta(r#"{"content":null}"#, &[]);
    check_delta(r#"{"content":"a\n\u00e9"}"#, &[r#"{"type":"text","delta":"a\né"}"#]);
    check_delta(r#"{"reasoning_content":"r"}"#, &[r#"{"type":"reasoning","delta":"r"}"#]);
    // Blank is not empty: signed thinking must come back byte for byte.
    check_delta(r#"{"reasoning_content":"\n "}"#, &[r#"{"type":"reasoning","delta":"\n "}"#]);
    check_delta(r#"{"reasoning":"\n "}"#, &[r#"{"type":"reasoning","delta":"\n "}"#]);
    check_delta(r#"{"content":"\n "}"#, &[r#"{"type":"text","delta":"\n "}"#]);
    check_delta(r#"{"__proto__":{"content":"x"}}"#, &[]);
    check_delta(r#"{"reasoning":"r"}"#, &[r#"{"type":"reasoning","delta":"r"}"#]);
    check_delta(r#"{"reasoning_content":"r","reasoning":"r"}"#, &[r#"{"type":"reasoning","delta":"r"}"#]);
    check_delta(r#"{"reasoning":[{"type":"thinking"}],"content":"t"}"#, &[r#"{"type":"text","delta":"t"}"#]);
    check_delta(r#"{"reasoning_signature":"s"}"#, &[r#"{"type":"signature","signature":"s"}"#]);
    check_delta(r#"{"reasoning_redacted_data":"d"}"#, &[r#"{"type":"redacted","data":"d"}"#]);
    check_delta(r#"{"refusal":"no"}"#, &[r#"{"type":"refusal","delta":"no"}"#]);
    check_delta(
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"t"}]}"#,
        &[r#"{"type":"reasoning","delta":"hm"}"#, r#"{"type":"text","delta":"t"}"#],
    );
}

#[test]
fn tool_calls_drop_blank_ids_and_names() {
    check_delta(
        r#"{"tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":""},"provider_signature":"s"}]}"#,
        &[r#"{"type":"tool-call","index":1,"id":"c","name":"f","arguments":"","signature":"s"}"#],
    );
    check_delta(
        r#"{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":"{\"a\""}}]}"#,
        &[r#"{"type":"tool-call","index":0,"arguments":"{\"a\""}"#],
    );
    check_delta(
        r#"{"tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a":1}}}]}"#,
        &[r#"{"type":"tool-call","id":"c","name":"f","arguments":"{\"a\":1}"}"#],
    );
    check_delta(r#"{"tool_calls":[{"index":0,"id":"","function":{"arguments":""}}]}"#, &[]);
    check_delta(
        r#"{"function_call":{"name":"f","arguments":"{}"}}"#,
        &[r#"{"type":"tool-call","index":0,"name":"f","arguments":"{}"}"#],
    );
}

#[test]
fn the_end_of_a_stream() {
    check(
        &[
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop","native_finish_reason":"end_turn"}],"usage":null}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":1},"routing_metadata":{"provider":"p"}}"#,
            "[DONE]",
            &delta(r#"{"content":"late"}"#),
        ],
        &[
            r#"{"type":"finish","reason":"stop","native":"end_turn"}"#,
            r#"{"type":"usage","usage":{"prompt_tokens":1}}"#,
            r#"{"type":"routing","routing":{"provider":"p"}}"#,
            r#"{"type":"done"}"#,
        ],
    );
}

#[test]
fn keep_alives_in_data_fields_are_ignored() {
    check(&["", " ", ": keepalive"], &[]);
}

#[test]
fn errors_end_the_stream() {
    check(
        &[r#"{"error":{"message":"m","code":"upstream_error"}}"#, "[DONE]"],
        &[r#"{"type":"error","error":{"message":"m","code":"upstream_error"}}"#],
    );
    check(&[r#"{"error":"plain"}"#], &[r#"{"type":"error","error":"plain"}"#]);
    check(&[r#"{"error":null,"choices":[]}"#], &[]);
    check(
        &[r#"{"object":"error","message":"m","code":400}"#],
        &[r#"{"type":"error","error":{"message":"m","code":400}}"#],
    );
    check(&["{\"choices\":"], &[r#"{"type":"malformed","detail":"the JSON ends too early at column 11"}"#]);
    check(&["[[]]"], &[r#"{"type":"malformed","detail":"a chunk is not an object"}"#]);
    check(&["oops"], &[r#"{"type":"malformed","detail":"invalid JSON at column 1"}"#]);
    check(
        &[r#"{"choices":5}"#],
        &[r#"{"type":"malformed","detail":"a field has the wrong type at column 12"}"#],
    );
}

#[test]
fn what_a_broken_connection_left_over_is_not_malformed() {
    let decode = |data: &str| {
        let mut seen = Vec::new();
        let frame = Frame { event: Cow::Borrowed(""), data: Cow::Borrowed(data), is_cut: true };
        ChunkDecoder::default().decode(&frame, &mut |_, event| {
            seen.push(serde_json::to_string(&event).expect("an event serialises"));
        });
        seen
    };
    assert_eq!(decode(r#"{"choices":[{"index":0,"delta":{"con"#), [""; 0]);
    assert_eq!(decode("[DO"), [""; 0]);
    assert_eq!(decode("[DONE]"), [r#"{"type":"done"}"#]);
}

#[test]
fn an_error_frame_is_an_error_whatever_it_holds() {
    let decode = |data: &str| {
        let mut seen = Vec::new();
        let frame = Frame { event: Cow::Borrowed("error"), data: Cow::Borrowed(data), is_cut: false };
        ChunkDecoder::default().decode(&frame, &mut |_, event| {
            seen.push(serde_json::to_string(&event).expect("an event serialises"));
        });
        seen
    };
    assert_eq!(decode(r#"{"error":{"message":"m"}}"#), [r#"{"type":"error","error":{"message":"m"}}"#]);
    assert_eq!(decode(r#"{"message":"m"}"#), [r#"{"type":"error","error":{"message":"m"}}"#]);
    assert_eq!(decode("down"), [r#"{"type":"error","error":"down"}"#]);
}

#[test]
fn choices_are_told_apart_by_index() {
    let chunk = r#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#;
    check(&[chunk], &[r#"{"type":"text","delta":"a"}"#]);
}

#[test]
fn images_annotations_logprobs_and_service_pass_unchanged() {
    check_delta(
        r#"{"images":[{"type":"image","mime_type":"image/png","data":"AA"}],"annotations":[{"type":"url_citation"}]}"#,
        &[
            r#"{"type":"annotations","annotations":[{"type":"url_citation"}]}"#,
            r#"{"type":"image","image":{"type":"image","mime_type":"image/png","data":"AA"}}"#,
        ],
    );
    check(
        &[
            r#"{"choices":[{"index":0,"delta":{},"logprobs":{"content":[]}}],"service_tier":"default","system_fingerprint":"fp"}"#,
        ],
        &[
            r#"{"type":"service","fingerprint":"fp","tier":"default"}"#,
            r#"{"type":"logprobs","logprobs":{"content":[]}}"#,
        ],
    );
}
