//! Parts of messages and of tool results, as the parts that chat completions know.

use serde_json::{Map, Value, json};

use super::input::needs_responses;
use crate::request::RequestError;
use crate::request::fields::Fields;

/// A part as chat completions have it.
pub(super) type Part = Map<String, Value>;

/// The parts of a content; a string is one text.
pub(super) fn read(param: &str, content: Value) -> Result<Vec<Part>, RequestError> {
    let items = match content {
        Value::String(text) => return Ok(vec![text_part(text)]),
        Value::Array(items) => items,
        _ => {
            let message = format!("`{param}` must be a string or an array of parts.");
            return Err(RequestError::invalid(param, message));
        }
    };
    let read = |(position, item)| read_part(Fields::at(&format!("{param}[{position}]"), item)?);
    items.into_iter().enumerate().map(read).collect()
}

fn read_part(mut part: Fields) -> Result<Part, RequestError> {
    match part.required_text("type")?.as_str() {
        "input_text" | "output_text" | "text" => part.required_text("text").map(text_part),
        // A reply's refusal is what it said.
        "refusal" => part.required_text("refusal").map(text_part),
        "input_image" => read_image(part),
        "input_file" => read_file(part),
        "input_audio" => {
            let Some(audio) = part.object("input_audio")? else { return Err(part.missing("input_audio")) };
            Ok(named("input_audio", audio))
        }
        _ => Err(part.wrong("type", "one of input_text, input_image, input_file, input_audio, output_text")),
    }
}

fn read_image(mut part: Fields) -> Result<Part, RequestError> {
    let Some(url) = part.text("image_url")? else {
        return Err(if part.has("file_id") {
            needs_responses(&part.param("file_id"), "an uploaded file")
        } else {
            part.missing("image_url")
        });
    };
    let mut image = Map::new();
    image.insert("url".to_owned(), url.into());
    if let Some(detail) = part.text("detail")? {
        image.insert("detail".to_owned(), detail.into());
    }
    Ok(named("image_url", image))
}

fn read_file(mut part: Fields) -> Result<Part, RequestError> {
    let data = part.text("file_data")?.map(|data| match data.split_once(':') {
        Some(_) => data,
        // Bare base64; nothing but PDFs may be sent so.
        None => format!("data:application/pdf;base64,{data}"),
    });
    let Some(location) = data.or(part.text("file_url")?) else {
        return Err(if part.has("file_id") {
            needs_responses(&part.param("file_id"), "an uploaded file")
        } else {
            part.missing("file_data")
        });
    };
    let mut file = Map::new();
    if let Some(name) = part.text("filename")? {
        file.insert("filename".to_owned(), name.into());
    }
    file.insert("file_data".to_owned(), location.into());
    Ok(named("file", file))
}

pub(super) fn text_part(text: impl Into<Value>) -> Part {
    let mut part = Map::new();
    part.insert("type".to_owned(), "text".into());
    part.insert("text".to_owned(), text.into());
    part
}

/// A part whose kind is also the name of its one field.
fn named(kind: &str, value: Map<String, Value>) -> Part {
    let mut part = Map::new();
    part.insert("type".to_owned(), json!(kind));
    part.insert(kind.to_owned(), value.into());
    part
}

/// The content of a message: a bare string where there is only text, since every provider reads it.
pub(super) fn content(parts: Vec<Part>, may_join: bool) -> Value {
    let text = |part: &Part| part.get("text").and_then(Value::as_str).map(str::to_owned);
    let texts: Vec<_> = parts.iter().filter_map(text).collect();
    if texts.len() == parts.len() && (may_join || parts.len() < 2) {
        return texts.join("\n").into();
    }
    parts.into_iter().map(Value::Object).collect()
}
