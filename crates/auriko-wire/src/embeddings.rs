//! `POST /v1/embeddings`: the request, in the shape of the OpenAI API (the service itself plans the endpoint, api.md
//! §2). It is routed like any other request, so what routing reads of it is a [`ChatRequest`] too.

use serde_json::{Value, json};

use crate::request::fields::Fields;
use crate::request::{ChatRequest, RequestError};

/// Most texts in one request; OpenAI's limit.
const MAX_INPUTS: usize = 2048;

/// A request that the protocol allows.
#[derive(Debug, Clone)]
pub struct EmbeddingsRequest {
    /// What routing goes by: model, `gateway`, `extensions`, and the texts as one message.
    pub routed: ChatRequest,
    /// As sent: text, a list of texts, tokens, or a list of lists of tokens.
    pub input: Value,
    /// `float` (the default) or `base64`. `None`: not given.
    pub encoding_format: Option<String>,
    /// Length of the vectors, at least 1. `None`: the model's own.
    pub dimensions: Option<u64>,
    /// Whoever the call is made for.
    pub user: Option<String>,
}

impl EmbeddingsRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`RequestError`] with the code and field of the first thing that is wrong.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::parse(body)?;
        let input = fields.take("input").ok_or_else(|| fields.missing("input"))?;
        if !is_input(&input) {
            let expected = "a text, a list of 1 to 2048 texts, or tokens; no text may be empty";
            return Err(fields.wrong("input", expected));
        }
        let encoding_format = fields.text("encoding_format")?;
        if !matches!(encoding_format.as_deref(), None | Some("float" | "base64")) {
            return Err(fields.wrong("encoding_format", "`float` or `base64`"));
        }
        let dimensions = fields.whole("dimensions", 1, u64::from(u16::MAX))?;
        let user = fields.text("user")?;
        let gateway = fields.object("gateway")?.unwrap_or_default();
        if gateway.get("models").is_some_and(|models| !models.is_null()) {
            let message = "`gateway.models` has no meaning here: vectors of different models can't be compared. Give a `model`.";
            return Err(RequestError::invalid("gateway.models", message));
        }
        let chat = json!({
            "model": fields.required_text("model")?,
            "messages": [{ "role": "user", "content": text_of(&input) }],
            "gateway": gateway,
            "extensions": fields.object("extensions")?.unwrap_or_default(),
        });
        let mut routed = ChatRequest::parse(chat.to_string().as_bytes())?;
        routed.warnings.extend(fields.finish());
        Ok(Self { routed, input, encoding_format, dimensions, user })
    }

    /// The inputs one by one: a text, or the tokens of one.
    pub fn inputs(&self) -> Vec<&Value> {
        match &self.input {
            Value::Array(items) if !items.iter().all(Value::is_u64) => items.iter().collect(),
            one => vec![one],
        }
    }
}

fn is_input(input: &Value) -> bool {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let is_tokens = |value: &Value| {
        value.as_array().is_some_and(|tokens| !tokens.is_empty() && tokens.iter().all(Value::is_u64))
    };
    let is_list = |items: &Vec<Value>| {
        (1..=MAX_INPUTS).contains(&items.len()) && (items.iter().all(is_text) || items.iter().all(is_tokens))
    };
    is_text(input) || is_tokens(input) || input.as_array().is_some_and(is_list)
}

/// A text of the same length in tokens, by the rule of four bytes.
fn text_of(input: &Value) -> String {
    match input {
        Value::String(text) => text.clone(),
        Value::Number(_) => "word".to_owned(),
        Value::Array(items) => items.iter().map(text_of).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &Value) -> Result<EmbeddingsRequest, RequestError> {
        EmbeddingsRequest::parse(body.to_string().as_bytes())
    }

    #[test]
    fn every_form_of_input_is_read() {
        for (input, count) in
            [(json!("a"), 1), (json!(["a", "b"]), 2), (json!([1, 2, 3]), 1), (json!([[1], [2, 3]]), 2)]
        {
            let request = parse(&json!({ "model": "m", "input": input })).expect("valid");
            assert_eq!(request.inputs().len(), count, "{input}");
        }
        let request = parse(&json!({ "model": "m", "input": [[1, 2], [3]], "dimensions": 8, "mood": 1 }));
        let request = request.expect("valid");
        assert_eq!((request.dimensions, request.routed.prompt_estimate().tokens), (Some(8), 3));
        assert_eq!(request.routed.warnings.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (field, value) in [
            ("input", json!("")),
            ("input", json!([])),
            ("input", json!(["a", 1])),
            ("input", json!([""])),
            ("input", json!([[]])),
            ("input", json!([1.5])),
            ("input", json!({})),
            ("encoding_format", json!("hex")),
            ("dimensions", json!(0)),
            ("user", json!(1)),
        ] {
            let mut body = json!({ "model": "m", "input": "a" });
            body[field] = value;
            assert_eq!(parse(&body).expect_err("refused").param.as_deref(), Some(field), "{body}");
        }
        let missing = parse(&json!({ "model": "m" })).expect_err("refused");
        assert_eq!(missing.param.as_deref(), Some("input"));
        let models = parse(&json!({ "input": "a", "model": "m", "gateway": { "models": ["a"] } }));
        assert_eq!(models.expect_err("refused").param.as_deref(), Some("gateway.models"));
    }
}
