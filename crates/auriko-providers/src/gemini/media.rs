//! Images, sound and documents: `data:` URLs become inline bytes, other URLs are fetched by Google.

use auriko_wire::request::RequestError;
use serde_json::{Value, json};

use super::model::Model;

/// For a URL whose path names no known type. Google refuses a file without a type, and most links without one
/// lead to photographs.
const DEFAULT_MIME: &str = "image/jpeg";

/// Where Google's own files and videos are.
const OWN_HOSTS: [&str; 4] =
    ["generativelanguage.googleapis.com", "www.youtube.com", "youtube.com", "youtu.be"];

/// Images that Gemini reads, but does not fetch.
const UNLISTED_IMAGES: [&str; 3] = ["image/gif", "image/heic", "image/heif"];

/// Types by file extension, as far as Gemini reads them.
const MIMES: [(&str, &str); 22] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("gif", "image/gif"),
    ("bmp", "image/bmp"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("aac", "audio/aac"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
];

/// Whether Google fetches that URL itself: its own files and videos, and public ones over https, of the types that
/// <https://ai.google.dev/gemini-api/docs/file-input-methods> lists, but not for models of the second generation
/// (vercel/ai#16757).
pub fn takes_link(url: &str, upstream_model: &str) -> bool {
    let Some(rest) = strip_scheme(url, "https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if OWN_HOSTS.contains(&host) {
        return true;
    }
    let kind = mime_of(url);
    let is_listed = !(kind.starts_with("audio/") || UNLISTED_IMAGES.contains(&kind));
    is_listed && !Model::new(upstream_model).is_of(2, 0)
}

/// A part with the bytes or the address of `url`.
///
/// # Errors
/// Names `param` when the URL is neither http(s) nor a base64 `data:` URL with a type.
pub(super) fn part(url: &str, param: &str) -> Result<Value, RequestError> {
    if let Some(rest) = strip_scheme(url, "data:") {
        let Some((mime, data)) = inline(rest) else {
            let message = format!("`{param}` must be of the form `data:<type>;base64,<data>`.");
            return Err(RequestError::invalid(param, message));
        };
        return Ok(inline_data(mime, data));
    }
    let is_fetched =
        ["https://", "http://", "gs://"].into_iter().any(|scheme| strip_scheme(url, scheme).is_some());
    if !is_fetched {
        let message = format!("`{param}` must be an http(s) URL or a `data:` URL.");
        return Err(RequestError::invalid(param, message));
    }
    // Google knows the type of what was uploaded to it.
    if url.starts_with("https://generativelanguage.googleapis.com/") {
        return Ok(json!({ "fileData": { "fileUri": url } }));
    }
    Ok(json!({ "fileData": { "mimeType": mime_of(url), "fileUri": url } }))
}

/// A part with these bytes, which are base64 already.
pub(super) fn inline_data(mime: &str, data: &str) -> Value {
    // Not a registered type, but a common mistake.
    let mime = if mime.eq_ignore_ascii_case("image/jpg") { "image/jpeg" } else { mime };
    json!({ "inlineData": { "mimeType": mime, "data": data } })
}

fn inline(rest: &str) -> Option<(&str, &str)> {
    let (head, data) = rest.split_once(',')?;
    let mut fields = head.split(';');
    let mime = fields.next().filter(|mime| mime.contains('/'))?;
    let is_base64 = fields.any(|field| field.trim().eq_ignore_ascii_case("base64"));
    (is_base64 && !data.is_empty()).then_some((mime, data))
}

fn mime_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let extension =
        path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    let known =
        extension.and_then(|extension| MIMES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known)));
    known.map_or(DEFAULT_MIME, |(_, mime)| mime)
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let head = url.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_become_bytes_and_links_stay_links() {
        let check = |url: &str, expected: Value| assert_eq!(part(url, "p").expect(url), expected);
        check(
            "data:image/jpg;base64,AA==",
            json!({ "inlineData": { "mimeType": "image/jpeg", "data": "AA==" } }),
        );
        check(
            "DATA:text/plain;charset=utf-8;base64,AA==",
            json!({ "inlineData": { "mimeType": "text/plain", "data": "AA==" } }),
        );
        let link = "https://h/a.b/Photo.PNG?x=.gif";
        check(link, json!({ "fileData": { "mimeType": "image/png", "fileUri": link } }));
        check(
            "http://h/photo",
            json!({ "fileData": { "mimeType": "image/jpeg", "fileUri": "http://h/photo" } }),
        );
        let uploaded = "https://generativelanguage.googleapis.com/v1beta/files/abc";
        check(uploaded, json!({ "fileData": { "fileUri": uploaded } }));
    }

    #[test]
    fn google_fetches_what_its_documentation_lists() {
        for (url, model, expected) in [
            ("https://h/a.png", "gemini-2.5-flash", true),
            ("https://h/a", "models/gemini-3-pro", true),
            ("HTTPS://h/a.pdf", "gemini-flash-latest", true),
            ("https://h/a.png", "gemini-2.0-flash", false),
            ("http://h/a.png", "gemini-2.5-flash", false),
            ("https://h/a.gif?x=a.png", "gemini-2.5-flash", false),
            ("https://h/a.mp3", "gemini-2.5-flash", false),
            ("https://youtu.be/abc", "gemini-2.0-flash", true),
            ("https://generativelanguage.googleapis.com/v1beta/files/a", "gemini-2.0-flash", true),
            ("https://generativelanguage.googleapis.com.example/a", "gemini-2.0-flash", false),
        ] {
            assert_eq!(takes_link(url, model), expected, "{url} {model}");
        }
    }

    #[test]
    fn other_addresses_are_refused_by_name() {
        for url in
            ["", "ftp://h", "data:", "data:image/png,AA", "data:;base64,AA", "data:image/png;base64,", "é"]
        {
            assert_eq!(part(url, "p").expect_err(url).param.as_deref(), Some("p"));
        }
    }
}
