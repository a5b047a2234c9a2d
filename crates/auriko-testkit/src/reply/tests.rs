use http_body_util::BodyExt;

use super::*;

fn script(chunks: usize, text_length: usize) -> Script {
    let mut headers = hyper::HeaderMap::new();
    headers.insert("x-mock-chunks", chunks.into());
    headers.insert("x-mock-text", text_length.into());
    Script::parse(&headers, br#"{"stream":true,"model":"m\"1"}"#).expect("valid")
}

#[test]
fn every_frame_is_one_json_chunk() {
    let frames = frames(&script(3, 12));
    assert_eq!(frames.len(), 3 + 4);
    let mut text = String::new();
    for frame in &frames[..frames.len() - 1] {
        let frame = std::str::from_utf8(frame).expect("UTF-8");
        let json = frame.strip_prefix("data: ").expect("data line").trim_end();
        let chunk: serde_json::Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(chunk["model"], "m\"1");
        text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or(""));
    }
    assert_eq!(text, " token00xxxx token01xxxx token02xxxx");
    assert_eq!(frames.concat(), large_pieces(&script(3, 12)).concat());
}

#[test]
fn a_plain_reply_has_the_length_asked_for() {
    let mut script = script(0, 8);
    script.reply_bytes = 1001;
    let reply: serde_json::Value = serde_json::from_str(&completion(&script)).expect("JSON");
    let text = reply["choices"][0]["message"]["content"].as_str().expect("text");
    assert_eq!(text.len(), 1001);
}

#[tokio::test(start_paused = true)]
async fn frames_leave_at_the_pace_asked_for() {
    let started = Instant::now();
    let (pace, linger) = (Duration::from_millis(10), Duration::from_millis(500));
    let script = Script { pace, linger, ..script(6, 8) };
    let mut body = PacedBody::new(pieces(&script), &script);
    let mut count: u32 = 0;
    while let Some(frame) = body.frame().await {
        assert!(frame.expect("never fails").is_data());
        assert_eq!(started.elapsed(), pace * count);
        count += 1;
    }
    assert_eq!(count, 10);
    assert_eq!(started.elapsed(), pace * 9 + linger);
}

#[tokio::test(start_paused = true)]
async fn a_burst_leaves_before_the_pace_begins() {
    let started = Instant::now();
    let pace = Duration::from_secs(60);
    let script = Script { pace, burst: 3, ..script(6, 8) };
    let mut body = PacedBody::new(pieces(&script), &script);
    for _ in 0..4 {
        body.frame().await.expect("a frame").expect("never fails");
    }
    // The pace begins with a chunk that does not wait.
    assert_eq!(started.elapsed(), Duration::ZERO);
    body.frame().await.expect("a frame").expect("never fails");
    assert_eq!(started.elapsed(), pace);
}

#[test]
fn a_tool_call_has_the_length_asked_for() {
    let script = Script { tool_bytes: 1003, ..script(0, 8) };
    let mut arguments = String::new();
    let mut finish_reason = serde_json::Value::Null;
    let frames = frames(&script);
    assert_eq!(frames.len(), script.deltas() + 5);
    for frame in &frames[..frames.len() - 1] {
        let json = std::str::from_utf8(&frame[6..]).expect("UTF-8");
        let chunk: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let choice = &chunk["choices"][0];
        let function = &choice["delta"]["tool_calls"][0]["function"];
        arguments.push_str(function["arguments"].as_str().unwrap_or(""));
        if choice["finish_reason"].is_string() {
            finish_reason = choice["finish_reason"].clone();
        }
    }
    assert_eq!(arguments.len(), 1003);
    assert!(serde_json::from_str::<serde_json::Value>(&arguments).expect("JSON")["text"].is_string());
    assert_eq!(finish_reason, "tool_calls");
}
