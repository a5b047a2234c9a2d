//! What a provider's error says, in words that the gateway can act on. The cause is read from the body; the
//! status, which the gateway knows, decides where the body says nothing.

use std::time::Duration;

use serde_json::Value;

/// Longest part of a provider's message that is kept, in characters.
const MESSAGE_LIMIT: usize = 500;

/// An error of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderError {
    /// Shortened; may quote the prompt, so it is never logged. `None`: there is none that a caller could read.
    pub message: Option<String>,
    /// The request field at fault, where the provider names one.
    pub param: Option<String>,
    /// What went wrong.
    pub cause: Cause,
    /// How long to wait, where the body says it; a header is read elsewhere.
    pub retry_after: Option<Duration>,
}

/// What went wrong, as far as the error itself tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The body does not tell; the status has to.
    Unknown,
    /// The prompt does not fit the model's window.
    ContextLength,
    /// Refused for what the prompt or the answer says.
    ContentFilter,
    /// Too many requests, or no capacity at the moment.
    Limited,
    /// The account at the provider has no money left.
    NoCredit,
    /// The provider does not take our key, whatever the status.
    Credentials,
    /// The provider serves nobody like us, for reasons outside the request.
    Unavailable,
}

impl ProviderError {
    /// From an error body, usually with the error under the key `error`.
    pub fn parse(body: &str) -> Self {
        Self::parse_with(body, Self::from_value)
    }

    /// As [`Self::parse`], for errors that `read` understands.
    pub(crate) fn parse_with(body: &str, read: fn(&Value) -> Self) -> Self {
        match serde_json::from_str::<Value>(body) {
            Ok(value) => read(value.get("error").filter(|error| !error.is_null()).unwrap_or(&value)),
            // An HTML page or the like says nothing to a caller of an API.
            Err(_) => Self { message: None, param: None, cause: Cause::Unknown, retry_after: None },
        }
    }

    /// From the error itself: an object, or its text.
    pub fn from_value(error: &Value) -> Self {
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let detail = || error.get("detail").or(error.get("message")).map(Value::to_string);
        let message = error
            .as_str()
            .map(str::to_owned)
            .or_else(|| text("message"))
            .or_else(|| text("detail"))
            .or_else(detail)
            .filter(|message| !message.is_empty());
        let code = match error.get("code") {
            Some(Value::String(code)) => code.clone(),
            Some(Value::Number(code)) => code.to_string(),
            _ => String::new(),
        };
        let kind = text("type").unwrap_or_default();
        let cause = cause(&code, &kind, message.as_deref().unwrap_or_default());
        let message = message.map(|message| shorten(&message));
        Self { message, param: text("param"), cause, retry_after: None }
    }

    /// The message, or `status <number>`.
    pub fn describe(&self, status: u16) -> String {
        self.message.clone().unwrap_or_else(|| format!("status {status}"))
    }
}

fn cause(code: &str, kind: &str, message: &str) -> Cause {
    if code == "context_length_exceeded" || is_about_context_length(message) {
        return Cause::ContextLength;
    }
    if ["content_filter", "content_policy_violation", "content_filtered"].contains(&code) {
        return Cause::ContentFilter;
    }
    if crate::accounts::is_about_the_key(message) {
        return Cause::Credentials;
    }
    if code == "429" || code.contains("rate_limit") || kind.contains("rate_limit") {
        return Cause::Limited;
    }
    Cause::Unknown
}

/// Whether a message complains of a prompt that is too long, in the words that providers use.
pub(crate) fn is_about_context_length(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["maximum context length", "context window", "context length", "prompt is too long"]
        .iter()
        .any(|phrase| message.contains(phrase))
}

fn shorten(message: &str) -> String {
    if message.chars().count() <= MESSAGE_LIMIT {
        return message.to_owned();
    }
    message.chars().take(MESSAGE_LIMIT).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_read_from_whatever_says_it() {
        let check = |body: &str, cause: Cause, message: Option<&str>| {
            let error = ProviderError::parse(body);
            assert_eq!((error.cause, error.message.as_deref()), (cause, message), "{body}");
        };
        check("<html>", Cause::Unknown, None);
        check(r#"{"error":"text"}"#, Cause::Unknown, Some("text"));
        check(r#"{"detail":[{"loc":1}]}"#, Cause::Unknown, Some(r#"[{"loc":1}]"#));
        check(r#"{"error":{"message":"m","code":429}}"#, Cause::Limited, Some("m"));
        check(r#"{"error":{"message":"m","type":"rate_limit_error"}}"#, Cause::Limited, Some("m"));
        check(r#"{"error":{"message":"m","code":"content_filter"}}"#, Cause::ContentFilter, Some("m"));
        let xai = r#"{"code":"invalid-argument","error":"Incorrect API key provided: k***."}"#;
        check(xai, Cause::Credentials, Some("Incorrect API key provided: k***."));
        let long = r#"{"error":{"message":"Maximum context length is 5"}}"#;
        check(long, Cause::ContextLength, Some("Maximum context length is 5"));
    }

    #[test]
    fn long_messages_are_cut() {
        let error = ProviderError::from_value(&Value::from("é".repeat(600)));
        assert_eq!(error.message.map(|message| message.chars().count()), Some(MESSAGE_LIMIT + 1));
    }
}
