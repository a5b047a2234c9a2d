//! Errors of `/v1/responses`: the envelope of errors.md §1, and the flat event of a stream (errors.md §5).

use serde_json::{Map, Value, json};

use crate::error_body::ErrorBody;
use crate::error_code::ErrorCode;

/// Fields that have another name in chat completions, in whose words routing and providers speak.
const NAMES: [(&str, &str); 5] = [
    ("messages", "input"),
    ("response_format", "text.format"),
    ("reasoning_effort", "reasoning.effort"),
    ("max_completion_tokens", "max_output_tokens"),
    ("max_tokens", "max_output_tokens"),
];

/// An error as the body of a reply.
pub fn error_json(error: &ErrorBody) -> String {
    let mut error = error.clone();
    error.param = error.param.as_deref().map(rename);
    error.message = in_our_words(&error.message);
    error.suggestion = error.suggestion.as_deref().map(in_our_words);
    error.to_json()
}

/// Routing metadata whose warnings speak of this API's fields.
pub(super) fn routing_in_our_words(mut routing: Value) -> Value {
    for warning in routing.get_mut("warnings").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(Value::String(message)) = warning.get_mut("message") {
            *message = in_our_words(message);
        }
    }
    routing
}

fn in_our_words(text: &str) -> String {
    let rename = |text: String, (theirs, ours)| text.replace(&format!("`{theirs}`"), &format!("`{ours}`"));
    NAMES.into_iter().fold(text.to_owned(), rename)
}

/// A field's name here. One message may have been several items, so their numbers say nothing.
fn rename(param: &str) -> String {
    let name = param.split(['[', '.']).next().unwrap_or_default();
    let known = NAMES.iter().find(|(theirs, _)| *theirs == name);
    known.map_or(param, |(_, ours)| ours).to_owned()
}

/// The error of a stream, given as the value of the chat dialect's `error` key.
pub(super) fn of_event(error: &str) -> Map<String, Value> {
    let mut error = serde_json::from_str::<Map<String, Value>>(error).unwrap_or_default();
    error.retain(|_, value| !value.is_null());
    // Clients take an error without them for something else.
    for (name, usual) in
        [("code", ErrorCode::UpstreamError.as_str()), ("message", "The provider reported an error.")]
    {
        if !error.get(name).is_some_and(Value::is_string) {
            error.insert(name.to_owned(), usual.into());
        }
    }
    error
}

/// The fields of the `error` event.
pub(super) fn flat(error: &Map<String, Value>) -> Value {
    let mut fields = json!({ "code": null, "message": null, "param": null });
    for name in ["code", "message", "param", "doc_url", "provider", "suggestion"] {
        if let Some(value) = error.get(name) {
            fields[name] = value.clone();
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_the_caller_knows_them() {
        let check = |param: &str, expected: &str| assert_eq!(rename(param), expected);
        check("messages", "input");
        check("messages[2].content[1].image_url", "input");
        check("response_format", "text.format");
        check("reasoning_effort", "reasoning.effort");
        check("max_tokens", "max_output_tokens");
        check("input[2].content", "input[2].content");
        check("gateway.routing.providers", "gateway.routing.providers");
        let body = ErrorBody {
            suggestion: Some("Change `response_format`.".into()),
            ..ErrorBody::new(ErrorCode::VisionNotSupported, "`messages` has images.")
        };
        let json = error_json(&body);
        assert!(json.contains("`input` has images.") && json.contains("Change `text.format`."), "{json}");
    }

    #[test]
    fn warnings_name_them_too() {
        let warning =
            |name: &str| json!({ "type": "t", "code": "c", "message": format!("`{name}` was changed.") });
        let routing = |name: &str| json!({ "provider": "p", "warnings": [warning(name)] });
        assert_eq!(routing_in_our_words(routing("reasoning_effort")), routing("reasoning.effort"));
        assert_eq!(routing_in_our_words(json!({ "provider": "p" })), json!({ "provider": "p" }));
    }

    #[test]
    fn errors_of_streams_always_have_a_code_and_a_message() {
        let error =
            of_event(r#"{"code":"rate_limit_exceeded","message":"slow down","type":"x","param":null}"#);
        assert_eq!(
            flat(&error),
            json!({ "code": "rate_limit_exceeded", "message": "slow down", "param": null })
        );
        for odd in ["\"text\"", "{}", "{\"code\":1,\"message\":null}"] {
            let error = of_event(odd);
            assert_eq!(error["code"], "upstream_error", "{odd}");
            assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{odd}");
        }
    }
}
