//! How a response ended and what it used.

use serde_json::{Value, json};

use crate::usage::Usage;

/// Why a response is not whole. `None`: it is.
pub(super) fn incomplete_reason(finish: Option<&str>) -> Option<&'static str> {
    match finish? {
        "length" => Some("max_output_tokens"),
        "content_filter" => Some("content_filter"),
        _ => None,
    }
}

/// The usage object.
pub(super) fn usage(usage: &Usage) -> Value {
    // Some providers leave reasoning out of `completion_tokens` but not out of the sum.
    let output = usage.completion_tokens.max(usage.total_tokens.saturating_sub(usage.prompt_tokens));
    let details = usage.completion_tokens_details.as_ref();
    let mut object = json!({
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens(),
            "cache_write_tokens": usage.cache_write_tokens(),
        },
        "output_tokens": output,
        "output_tokens_details": {
            "reasoning_tokens": details.and_then(|details| details.reasoning_tokens).unwrap_or(0),
        },
        "total_tokens": usage.prompt_tokens + output,
    });
    let images = details.and_then(|details| details.extra.get("image_tokens")).and_then(Value::as_u64);
    if let Some(images) = images {
        object["output_tokens_details"]["image_tokens"] = images.into();
    }
    object
}

/// An id as this API's look. A provider's own is kept recognisable.
pub(super) fn response_id(id: &str) -> String {
    if id.starts_with("resp_") {
        return id.to_owned();
    }
    let own = ["chatcmpl-", "msg_"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    format!("resp_{own}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_recognisable() {
        let check = |id: &str, expected: &str| assert_eq!(response_id(id), expected);
        check("chatcmpl-1", "resp_1");
        check("msg_1", "resp_1");
        check("resp_1", "resp_1");
        check("1-a", "resp_1-a");
    }
}
