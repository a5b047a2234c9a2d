//! Parts of a message: text, images and documents, as blocks of the Messages API.

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::RequestError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::adapter::BuildError;

const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];
/// Blocks of the API itself, which the Messages dialect may bring.
const NATIVE: [&str; 3] = ["image", "document", "search_result"];

/// The blocks of a message's `content`. `param` names it in errors.
///
/// Text without a visible character is left out, since the API refuses it.
///
/// # Errors
/// A part that no block can hold, or that is not what it says.
pub(super) fn blocks(param: &str, content: Option<&Value>) -> Result<Vec<Value>, BuildError> {
    match content {
        Some(Value::String(text)) => Ok(text_block(text).into_iter().collect()),
        Some(Value::Array(parts)) => {
            let mut blocks = Vec::with_capacity(parts.len());
            for (position, part) in parts.iter().enumerate() {
                let Some(part) = part.as_object() else { continue };
                let Some(mut block) = block(&format!("{param}[{position}]"), part)? else { continue };
                if let Some(mark) = part.get("cache_control").filter(|mark| mark.is_object()) {
                    block["cache_control"] = mark.clone();
                }
                blocks.push(block);
            }
            Ok(blocks)
        }
        _ => Ok(Vec::new()),
    }
}

pub(super) fn text_block(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }))
}

fn block(param: &str, part: &Map<String, Value>) -> Result<Option<Value>, BuildError> {
    let text = |key: &str| part.get(key).and_then(Value::as_str);
    match text("type").unwrap_or_default() {
        "text" => Ok(text_block(text("text").unwrap_or_default())),
        "refusal" => Ok(text_block(text("refusal").unwrap_or_default())),
        "image_url" => {
            let image = part.get("image_url").unwrap_or(&Value::Null);
            let url = image.as_str().or_else(|| image.get("url")?.as_str());
            let param = format!("{param}.image_url.url");
            let Some(url) = url else { return Err(wrong(&param, "must be a URL")) };
            from_url(&param, url, "image").map(Some)
        }
        "file" => file(param, part.get("file").unwrap_or(&Value::Null)).map(Some),
        "input_audio" => Err(unsuited(param, "audio is not understood by this provider")),
        native if NATIVE.contains(&native) => Ok(Some(Value::Object(part.clone()))),
        other => Err(unsuited(param, &format!("a part of the type `{other}` is not understood"))),
    }
}

fn file(param: &str, file: &Value) -> Result<Value, BuildError> {
    let text = |key: &str| file.get(key).and_then(Value::as_str);
    let Some(url) = text("file_data").or(text("file_url")) else {
        return Err(unsuited(&format!("{param}.file"), "only `file_data` is understood by this provider"));
    };
    let mut block = from_url(&format!("{param}.file.file_data"), url, "document")?;
    if let Some(name) = text("filename").filter(|_| block["type"] == "document") {
        block["title"] = json!(name);
    }
    Ok(block)
}

/// `kind`: what is behind a URL that does not say so itself.
fn from_url(param: &str, url: &str, kind: &str) -> Result<Value, BuildError> {
    let Some(data_url) = url.strip_prefix("data:") else {
        return if url.starts_with("https://") || url.starts_with("http://") {
            Ok(json!({ "type": kind, "source": { "type": "url", "url": url } }))
        } else {
            Err(wrong(param, "must begin with https://, http:// or data:"))
        };
    };
    let encoded =
        data_url.split_once(',').and_then(|(head, data)| Some((head.strip_suffix(";base64")?, data)));
    let Some((media_type, data)) = encoded else {
        return Err(wrong(param, "must be `data:<media type>;base64,<data>`"));
    };
    let media_type = media_type.split(';').next().unwrap_or_default().to_ascii_lowercase();
    let source = json!({ "type": "base64", "media_type": media_type, "data": data });
    match media_type.as_str() {
        "application/pdf" => Ok(json!({ "type": "document", "source": source })),
        "text/plain" => {
            let text = STANDARD.decode(data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(text) = text else { return Err(wrong(param, "must hold UTF-8 text in base64")) };
            let source = json!({ "type": "text", "media_type": "text/plain", "data": text });
            Ok(json!({ "type": "document", "source": source }))
        }
        // A common slip, which the API refuses.
        "image/jpg" => {
            let source = json!({ "type": "base64", "media_type": "image/jpeg", "data": data });
            Ok(json!({ "type": "image", "source": source }))
        }
        image if IMAGES.contains(&image) => Ok(json!({ "type": "image", "source": source })),
        other => Err(unsuited(param, &format!("data of the type `{other}` is not understood"))),
    }
}

fn wrong(param: &str, expected: &str) -> BuildError {
    BuildError::Invalid(RequestError::invalid(param, format!("`{param}` {expected}.")))
}

fn unsuited(param: &str, what: &str) -> BuildError {
    BuildError::Unsuited(RequestError {
        code: ErrorCode::UnsupportedModalities,
        ..RequestError::invalid(param, format!("`{param}`: {what}."))
    })
}
