//! `encrypted_content`: how the thinking that a provider signed or encrypted travels to the caller and back.
//!
//! The service keeps nothing, so the block itself is in it: base64 of `{"v":1,"blocks":[…]}`, with blocks as chat
//! messages have them (api.md §3.2). It is opaque to callers, not secret: what it holds is either shown in the
//! summary or encrypted by the provider already.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The form written today. Others are not read.
const VERSION: u64 = 1;

/// Packs a block.
pub(super) fn seal(block: &Value) -> String {
    STANDARD.encode(json!({ "v": VERSION, "blocks": [block] }).to_string())
}

/// Unpacks the blocks; `None`: it was not made here.
pub(super) fn open(sealed: &str) -> Option<Vec<Value>> {
    let mut content: Value = serde_json::from_slice(&STANDARD.decode(sealed).ok()?).ok()?;
    if content.get("v")?.as_u64()? != VERSION {
        return None;
    }
    let Value::Array(blocks) = content.get_mut("blocks")?.take() else { return None };
    blocks.iter().all(is_block).then_some(blocks)
}

fn is_block(block: &Value) -> bool {
    let is_text = |key: &str| block.get(key).is_some_and(Value::is_string);
    match block.get("type").and_then(Value::as_str) {
        Some("thinking") => is_text("thinking") && is_text("signature"),
        Some("redacted") => is_text("data"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_here_is_opened() {
        let thinking = json!({ "type": "thinking", "thinking": "hm \u{1f914}", "signature": "s" });
        for block in [thinking.clone(), json!({ "type": "redacted", "data": "d" })] {
            assert_eq!(open(&seal(&block)), Some(vec![block]));
        }
        let check =
            |content: Value| assert_eq!(open(&STANDARD.encode(content.to_string())), None, "{content}");
        check(json!({ "v": 2, "blocks": [thinking] }));
        check(json!({ "v": 1, "blocks": [{ "type": "thinking", "thinking": "no signature" }] }));
        check(json!({ "v": 1, "blocks": {} }));
        check(json!([1]));
        assert_eq!(open("gAAAAABoISQ24OyVRYbkYfukdJoqdzWT-3uiErKInHDC"), None);
        assert_eq!(open("not base64!"), None);
    }
}
