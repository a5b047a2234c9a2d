//! Images and documents, as the parts that chat completions know.

use serde_json::{Map, Value, json};

use super::content::{blocks, keep_cache_control, read_text, text_part};
use crate::request::RequestError;
use crate::request::fields::Fields;

/// An `image` block.
pub(super) fn read_image(mut block: Fields) -> Result<Map<String, Value>, RequestError> {
    let mut source = read_source(&mut block)?;
    let url = match source.required_text("type")?.as_str() {
        "base64" => data_url(&mut source, None)?,
        "url" => source.required_text("url")?,
        _ => return Err(source.wrong("type", "one of base64, url")),
    };
    let mut part = part("image_url", json!({ "url": url }));
    keep_cache_control(&mut block, &mut part)?;
    Ok(part)
}

/// A `document` block: one part if it is a PDF, else its texts and images.
pub(super) fn read_document(mut block: Fields) -> Result<Vec<Map<String, Value>>, RequestError> {
    let mut source = read_source(&mut block)?;
    let title = block.text("title")?;
    let context = block.text("context")?;
    let kind = source.required_text("type")?;
    // A PDF's title is its file name; other documents have only themselves to say it in.
    let heading = title.clone().filter(|_| !matches!(kind.as_str(), "base64" | "url"));
    let mut parts: Vec<_> = heading.into_iter().chain(context).map(text_part).collect();
    match kind.as_str() {
        "base64" => parts.push(file(title, &data_url(&mut source, Some("application/pdf"))?)),
        "url" => parts.push(file(title, &source.required_text("url")?)),
        "text" => parts.push(text_part(source.required_text("data")?)),
        "content" => parts.extend(read_content(&mut source)?),
        _ => return Err(source.wrong("type", "one of base64, url, text, content")),
    }
    if let Some(last) = parts.last_mut() {
        keep_cache_control(&mut block, last)?;
    }
    Ok(parts)
}

/// A `search_result` block: its texts, after its title and source.
pub(super) fn read_search_result(mut block: Fields) -> Result<Vec<Map<String, Value>>, RequestError> {
    let heading = format!("{}\n{}", block.required_text("title")?, block.required_text("source")?);
    let mut parts = vec![text_part(heading)];
    parts.extend(read_content(&mut block)?);
    if let Some(last) = parts.last_mut() {
        keep_cache_control(&mut block, last)?;
    }
    Ok(parts)
}

/// Texts and images of a document or search result.
fn read_content(fields: &mut Fields) -> Result<Vec<Map<String, Value>>, RequestError> {
    let Some(content) = fields.take("content") else { return Err(fields.missing("content")) };
    let read = |(kind, block): (String, Fields)| match kind.as_str() {
        "text" => read_text(block),
        "image" => read_image(block),
        _ => Err(block.wrong("type", "one of text, image")),
    };
    blocks(&fields.param("content"), content)?.into_iter().map(read).collect()
}

fn read_source(block: &mut Fields) -> Result<Fields, RequestError> {
    let Some(source) = block.take("source") else { return Err(block.missing("source")) };
    Fields::at(&block.param("source"), source)
}

fn data_url(source: &mut Fields, usual_type: Option<&str>) -> Result<String, RequestError> {
    let media_type = match (source.text("media_type")?, usual_type) {
        (Some(given), _) => given,
        (None, Some(usual)) => usual.to_owned(),
        (None, None) => return Err(source.missing("media_type")),
    };
    Ok(format!("data:{media_type};base64,{}", source.required_text("data")?))
}

/// A file in `OpenAI`'s shape. `location`: a data URL, or where the provider finds it.
fn file(title: Option<String>, location: &str) -> Map<String, Value> {
    let name = title.unwrap_or_else(|| "document.pdf".to_owned());
    part("file", json!({ "filename": name, "file_data": location }))
}

fn part(kind: &str, value: Value) -> Map<String, Value> {
    let mut part = Map::new();
    part.insert("type".to_owned(), kind.into());
    part.insert(kind.to_owned(), value);
    part
}
