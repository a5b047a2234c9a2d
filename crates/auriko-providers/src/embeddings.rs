//! Embeddings, in the shape of the `OpenAI` API, which is the only one that providers share.

use auriko_wire::embeddings::EmbeddingsRequest;
use serde_json::{Map, Value};

use crate::adapter::{Adapter, ReplyError, Target};

/// What to send: a POST with a JSON body. Holds the key, so it is never shown.
#[derive(Clone)]
pub struct EmbeddingsCall {
    /// Absolute.
    pub url: String,
    /// In order.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// The request in the provider's words. `None`: the adapter's API has no such endpoint. `extensions` are the provider's
/// cleaned extension fields.
pub fn build(
    request: &EmbeddingsRequest,
    adapter: Adapter,
    target: &Target<'_>,
    extensions: Map<String, Value>,
) -> Option<EmbeddingsCall> {
    if !matches!(adapter, Adapter::OpenAiCompatible(_)) {
        return None;
    }
    let mut body = Map::new();
    body.insert("model".to_owned(), target.upstream_model.into());
    body.insert("input".to_owned(), request.input.clone());
    let optional = [
        ("encoding_format", request.encoding_format.clone().map(Value::from)),
        ("dimensions", request.dimensions.map(Value::from)),
        ("user", request.user.clone().map(Value::from)),
    ];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    body.extend(extensions);
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(target.api_key.map(|key| ("authorization".to_owned(), format!("Bearer {key}"))));
    Some(EmbeddingsCall {
        url: format!("{}/embeddings", target.base_url.trim_end_matches('/')),
        headers,
        body: serde_json::to_vec(&body).expect("a JSON object serialises"),
    })
}

/// The reply as an object with a list `data`, one entry per input.
///
/// # Errors
/// [`ReplyError`] when it is none.
pub fn read(text: &str, inputs: usize) -> Result<Map<String, Value>, ReplyError> {
    let Ok(Value::Object(reply)) = serde_json::from_str(text) else {
        return Err(ReplyError::Unusable("its reply is no JSON object".to_owned()));
    };
    if let Some(error) = reply.get("error").filter(|error| !error.is_null()) {
        return Err(ReplyError::Error(error.clone()));
    }
    match reply.get("data").and_then(Value::as_array) {
        Some(data) if data.len() == inputs && data.iter().all(|entry| entry.get("embedding").is_some()) => {
            Ok(reply)
        }
        _ => Err(ReplyError::Unusable("its reply does not hold one vector per input".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::table::GENERIC;

    #[test]
    fn the_request_is_the_callers_with_the_providers_model() {
        let body = json!({ "model": "m", "input": ["a"], "dimensions": 4, "encoding_format": "base64" });
        let request = EmbeddingsRequest::parse(body.to_string().as_bytes()).expect("valid");
        let target = Target {
            base_url: "http://up.test/v1/",
            api_key: Some("key"),
            upstream_model: "up",
            max_output_tokens: None,
            tier: None,
        };
        let call = build(&request, Adapter::OpenAiCompatible(&GENERIC), &target, Map::new()).expect("built");
        assert_eq!(call.url, "http://up.test/v1/embeddings");
        assert!(call.headers.contains(&("authorization".to_owned(), "Bearer key".to_owned())));
        let sent: Value = serde_json::from_slice(&call.body).expect("JSON");
        let expected = json!({ "model": "up", "input": ["a"], "encoding_format": "base64", "dimensions": 4 });
        assert_eq!(sent, expected);
        assert!(build(&request, Adapter::Anthropic, &target, Map::new()).is_none());
    }

    #[test]
    fn a_reply_without_a_vector_for_each_input_is_none() {
        assert!(read(r#"{"data":[{"embedding":[1]}]}"#, 1).is_ok());
        for text in ["", "[]", "{}", r#"{"data":[{"embedding":[1]}]}"#, r#"{"data":[{},{}]}"#] {
            assert!(matches!(read(text, 2), Err(ReplyError::Unusable(_))), "{text}");
        }
        assert!(matches!(read(r#"{"error":{"message":"no"}}"#, 1), Err(ReplyError::Error(_))));
    }
}
