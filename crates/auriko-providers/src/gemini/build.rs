//! The request as a whole: address, headers, body.

use auriko_wire::request::{ChatRequest, ResponseFormat, ToolChoice};
use serde_json::{Map, Value, json};

use super::model::Model;
use super::{contents, generation, tools};
use crate::adapter::{BuildError, ProviderRequest, ReplyReader, Target};

/// The request in Gemini's words. `extensions` are its cleaned extension fields, in either spelling.
///
/// # Errors
/// [`BuildError::Unsuited`] with the field that Gemini, or this model, has no words for.
pub fn build(
    request: &ChatRequest,
    target: &Target<'_>,
    extensions: Map<String, Value>,
) -> Result<ProviderRequest, BuildError> {
    let model = Model::new(target.upstream_model);
    let mut warnings = Vec::new();
    let conversation = contents::convert(&request.messages, model).map_err(BuildError::Unsuited)?;
    let config = generation::config(request, model, &mut warnings).map_err(BuildError::Unsuited)?;
    let mut body = Map::new();
    body.insert("contents".to_owned(), conversation.contents.into());
    if !conversation.system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({ "parts": conversation.system }));
    }
    if !drops_tools(request, model) {
        let tools = tools::convert(request, &mut warnings);
        if !tools.tools.is_empty() {
            body.insert("tools".to_owned(), tools.tools.into());
        }
        if let Some(config) = tools.config {
            body.insert("toolConfig".to_owned(), config);
        }
    }
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), config.into());
    }
    extend(&mut body, camel_case(extensions, 3));
    let verb = if request.stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    let url = format!("{}/{}:{verb}", target.base_url.trim_end_matches('/'), path_of(model.name()));
    let accept = if request.stream { "text/event-stream" } else { "application/json" };
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("accept".to_owned(), accept.to_owned()),
    ];
    if let Some(key) = target.api_key {
        headers.push(("x-goog-api-key".to_owned(), key.to_owned()));
    }
    let body = serde_json::to_vec(&body).expect("a JSON object serialises");
    Ok(ProviderRequest { url, headers, body, warnings, reader: ReplyReader::Gemini })
}

/// Where functions and JSON output exclude each other, functions that may not be called give way.
fn drops_tools(request: &ChatRequest, model: Model<'_>) -> bool {
    let wants_json = !matches!(request.response_format, None | Some(ResponseFormat::Text));
    wants_json && request.tool_choice == Some(ToolChoice::None) && !model.is_at_least(3, 0)
}

/// `models/<name>`; a tuned model's name has its collection in front. Nothing in a name can leave its place in
/// the path.
fn path_of(name: &str) -> String {
    let (collection, name) = match name.strip_prefix("tunedModels/") {
        Some(name) => ("tunedModels", name),
        None => ("models", name),
    };
    let mut path = format!("{collection}/");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    path
}

/// Objects are put together, field by field; everything else is replaced.
fn extend(body: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (body.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => extend(known, more),
            (_, value) => {
                body.insert(key, value);
            }
        }
    }
}

/// `generation_config` becomes `generationConfig`, so that it meets the one that is there. Schemas, whose keys
/// are the caller's, lie deeper than `levels` or under a key of their own.
fn camel_case(fields: Map<String, Value>, levels: usize) -> Map<String, Value> {
    let renamed = fields.into_iter().map(|(key, value)| {
        let mut words = key.split('_');
        let mut name = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        let value = match value {
            Value::Object(inner) if levels > 1 && !name.ends_with("chema") => {
                camel_case(inner, levels - 1).into()
            }
            value => value,
        };
        (name, value)
    });
    renamed.collect()
}
