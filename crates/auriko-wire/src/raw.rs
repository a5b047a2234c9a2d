//! Raw JSON, read without building it.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The text of a JSON string, borrowed where it has no escapes; `None` for any other JSON.
pub fn unquote(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(json).ok().map(Cow::Owned)
}
