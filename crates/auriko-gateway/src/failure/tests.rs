use auriko_providers::adapter::Adapter;
use auriko_providers::table::GENERIC;

use super::*;
use crate::config::KeyConfig;

fn provider() -> Provider {
    let adapter = Adapter::OpenAiCompatible(&GENERIC);
    let key = KeyConfig { variable: Some("P_API_KEY".to_owned()), value: None };
    let kind = Kind::Http { base_url: "http://h".to_owned(), key, adapter };
    Provider { id: "p".to_owned(), kind, latency_ms: None, throughput_tps: None }
}

/// Every row of G-02 and of routing.md §6.4 that has a status.
#[test]
fn each_status_falls_back_or_not_and_has_its_code() {
    let check = |status: u16, body: &str, falls_back: bool, code: ErrorCode, verdict: Verdict| {
        let failure = Failure::from_status(&provider(), status, &[], body);
        assert_eq!((failure.allows_fallback(), failure.verdict()), (falls_back, verdict), "{status} {body}");
        let error = failure.into_error();
        assert_eq!((error.code, error.provider.as_deref()), (code, Some("p")), "{status} {body}");
        assert_eq!(error.limited_by.is_some(), code == ErrorCode::NoProviderAvailable, "{status}");
    };
    let failing = Verdict::Failing { wait: None };
    for status in [408, 409, 425, 500, 501, 502, 504, 520, 599] {
        check(status, "", true, ErrorCode::UpstreamError, failing);
    }
    for status in [429, 503, 529] {
        check(status, "", true, ErrorCode::NoProviderAvailable, failing);
    }
    for status in [401, 403] {
        check(status, "", true, ErrorCode::UpstreamError, Verdict::Broken);
    }
    check(402, "", true, ErrorCode::UpstreamError, failing);
    for status in [400, 405, 415, 422] {
        check(status, "", false, ErrorCode::InvalidRequest, Verdict::Unknown);
    }
    check(404, "", false, ErrorCode::ModelNotFound, Verdict::Unknown);
    check(413, "", false, ErrorCode::PayloadTooLarge, Verdict::Unknown);
    let because =
        |code: &str, message: &str| format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#);
    let unknown = because("unknown_parameter", "Unknown parameter: 'x'.");
    check(400, &unknown, false, ErrorCode::InvalidRequest, Verdict::Unknown);
    let long = because("context_length_exceeded", "m");
    check(400, &long, false, ErrorCode::ContextLengthExceeded, Verdict::Unknown);
    let long = because("", "This model's maximum context length is 5 tokens");
    check(400, &long, false, ErrorCode::ContextLengthExceeded, Verdict::Unknown);
    let filtered = because("content_filter", "m");
    check(400, &filtered, false, ErrorCode::ContentFiltered, Verdict::Unknown);
    check(403, &filtered, false, ErrorCode::ContentFiltered, Verdict::Unknown);
}

#[test]
fn waits_are_passed_on_the_shortest_if_nobody_has_capacity() {
    let limited = |seconds: &str| {
        Failure::from_status(&provider(), 429, &[("retry-after".to_owned(), seconds.to_owned())], "")
    };
    let wait = |seconds| Verdict::Failing { wait: Some(Duration::from_secs(seconds)) };
    assert_eq!(limited("7").verdict(), wait(7));
    let seconds = |failures| summary(failures).retry_after.map(|wait| wait.as_secs());
    assert_eq!(seconds(vec![limited("3"), limited("7")]), Some(3));
    assert_eq!(seconds(vec![limited("7")]), Some(7));
    assert_eq!(seconds(vec![limited("3"), Failure::broken(&provider(), "x")]), None);
}

#[test]
fn what_has_no_status_falls_back_too() {
    let unreachable = FailureKind::Unreachable { detail: "refused".to_owned() };
    let unreachable = Failure { provider: "p".to_owned(), kind: unreachable };
    let cases = [
        (unreachable, ErrorCode::NoProviderAvailable),
        (Failure::timeout(&provider(), "5 ms ran out"), ErrorCode::UpstreamTimeout),
        (Failure::broken(&provider(), "the body is not JSON"), ErrorCode::UpstreamError),
    ];
    for (failure, code) in cases {
        assert!(failure.allows_fallback() && failure.verdict() == Verdict::Failing { wait: None });
        assert_eq!(failure.into_error().code, code);
    }
}
