//! A trace: one request per line, as JSON, in the order of time. Lengths and names only; nobody's words.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Since the beginning of the trace, milliseconds; never less than in the line before.
    pub time_ms: u64,
    /// Requests with the same text here continue each other.
    pub conversation: String,
    /// Canonical id of the model.
    pub model: String,
    /// Who serves it where no router is used.
    pub provider: String,
    /// Length of the prompt, tokens.
    pub prompt_tokens: u64,
    /// Of these, how many at the beginning are the same as in the conversation's previous request, its reply included. 0
    /// for the first one.
    pub prefix_tokens: u64,
    /// Length of the reply, tokens.
    pub output_tokens: u64,
}

/// More than any model reads or writes at once; beyond that, a number is a mistake.
const MOST_TOKENS: u64 = 1_000_000_000;

/// Which line of a trace can't be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TraceError {
    /// From 1.
    pub line: usize,
    /// One sentence with the field at fault.
    pub problem: String,
}

/// Reads a trace. Empty lines are skipped.
///
/// # Errors
/// The first line that is no request, goes back in time, or shares more than there is to share.
pub fn parse(text: &str) -> Result<Vec<Request>, TraceError> {
    let mut trace: Vec<Request> = Vec::new();
    // Tokens that a conversation's next prompt can begin with.
    let mut said: HashMap<String, u64> = HashMap::new();
    for (position, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |problem: String| TraceError { line: position + 1, problem };
        let request: Request = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        if trace.last().is_some_and(|last| last.time_ms > request.time_ms) {
            return Err(wrong(
                "`time_ms` is less than in the line before; sort the trace by time".to_owned(),
            ));
        }
        if request.prompt_tokens == 0 {
            return Err(wrong("`prompt_tokens` must be at least 1".to_owned()));
        }
        for (field, tokens) in
            [("prompt_tokens", request.prompt_tokens), ("output_tokens", request.output_tokens)]
        {
            if tokens > MOST_TOKENS {
                return Err(wrong(format!("`{field}` must be at most {MOST_TOKENS}")));
            }
        }
        let most = said.get(&request.conversation).copied().unwrap_or(0).min(request.prompt_tokens);
        if request.prefix_tokens > most {
            return Err(wrong(format!(
                "`prefix_tokens` is {}, but only {most} tokens can be shared with the request before",
                request.prefix_tokens
            )));
        }
        said.insert(
            request.conversation.clone(),
            request.prompt_tokens.saturating_add(request.output_tokens),
        );
        trace.push(request);
    }
    Ok(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time_ms: u64, prompt: u64, prefix: u64) -> String {
        format!(
            r#"{{"time_ms":{time_ms},"conversation":"c","model":"m","provider":"p","prompt_tokens":{prompt},"prefix_tokens":{prefix},"output_tokens":10}}"#
        )
    }

    #[test]
    fn traces_are_checked() {
        let check = |lines: &[String], expected: Result<usize, (usize, &str)>| match (
            parse(&lines.join("\n")),
            expected,
        ) {
            (Ok(trace), Ok(count)) => assert_eq!(trace.len(), count),
            (Err(error), Err((line, word))) => {
                assert_eq!(error.line, line, "{error}");
                assert!(error.to_string().contains(word), "{error}");
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        };
        check(&[line(0, 100, 0), String::new(), line(5, 120, 110)], Ok(2));
        check(&[line(0, 100, 1)], Err((1, "prefix_tokens")));
        check(&[line(0, 100, 0), line(5, 120, 111)], Err((2, "prefix_tokens")));
        check(&[line(5, 100, 0), line(4, 120, 0)], Err((2, "time_ms")));
        check(&[line(5, 0, 0)], Err((1, "prompt_tokens")));
        check(&[line(5, u64::MAX, 0)], Err((1, "at most")));
        check(&[line(u64::MAX, 9, 0)], Ok(1));
        check(&[line(0, 100, 0), "{}".to_owned()], Err((2, "time_ms")));
        check(&[line(0, 100, 0).replace("model", "modle")], Err((1, "modle")));
    }
}
