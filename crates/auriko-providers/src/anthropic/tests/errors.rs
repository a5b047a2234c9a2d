use crate::adapter::Adapter;
use crate::provider_error::Cause;

#[test]
fn causes_are_read_from_type_and_message() {
    let check = |kind: &str, message: &str, cause: Cause| {
        let body = format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_1"}}"#
        );
        let error = Adapter::Anthropic.read_error(&body);
        assert_eq!((error.cause, error.message.as_deref()), (cause, Some(message)), "{body}");
    };
    check("rate_limit_error", "slow down", Cause::Limited);
    check("overloaded_error", "Overloaded", Cause::Limited);
    check("billing_error", "no", Cause::NoCredit);
    check(
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API.",
        Cause::NoCredit,
    );
    check(
        "invalid_request_error",
        "prompt is too long: 200251 tokens > 200000 maximum",
        Cause::ContextLength,
    );
    let long = "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000";
    check("invalid_request_error", long, Cause::ContextLength);
    let filtered = "Output blocked by content filtering policy";
    check("invalid_request_error", filtered, Cause::ContentFilter);
    check("invalid_request_error", "messages: Field required", Cause::Unknown);
    check("api_error", "Internal server error", Cause::Unknown);
    let spent = r#"{"error":{"type":"permission_error","message":"m","details":{"error_code":"contract_spend_limit_reached"}}}"#;
    assert_eq!(Adapter::Anthropic.read_error(spent).cause, Cause::NoCredit);
    assert_eq!(Adapter::Anthropic.read_error("<html>").message, None);
}
