//! Directives for a provider's prompt cache where the caller gave none (caching.md): which ones, decided in one place
//! and from the request alone. Adapters put them where their API wants them.

use auriko_wire::fnv::Fnv128;
use auriko_wire::request::ChatRequest;
use serde_json::{Map, Value};

use crate::adapter::Target;

/// What a provider's cache wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheHint {
    /// Nothing: it works by itself, or there is none.
    Nothing,
    /// Marks after what is to be cached, in prompts of more than so many tokens; shorter ones it does not cache.
    Marks {
        /// As the provider gives it for the model.
        threshold: u64,
    },
    /// `prompt_cache_key`, and `prompt_cache_retention` where the model knows it.
    Key,
    /// `user`: requests of one user go to one machine.
    User,
    /// The header of that name, with a UUID.
    Header(&'static str),
}

/// What to add to a request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Directives {
    /// Whether to set marks, unless the caller set some.
    pub(crate) marks: bool,
    /// For the body.
    pub(crate) fields: Vec<(&'static str, Value)>,
    /// `None`: no header.
    pub(crate) header: Option<(&'static str, String)>,
}

/// Longest `prompt_cache_key` that `OpenAI` takes, characters: longer ones are refused with
/// `string_above_max_length` (seen by theopenco/llmgateway#3110).
const LONGEST_KEY: usize = 64;

/// What to tell the cache about this request. Nothing where the caller tells it something.
pub(crate) fn directives(
    hint: CacheHint,
    request: &ChatRequest,
    target: &Target<'_>,
    extensions: &Map<String, Value>,
) -> Directives {
    let has = |name: &str| request.parameters.contains_key(name) || extensions.contains_key(name);
    let mut directives = Directives::default();
    match (hint, target.conversation) {
        (CacheHint::Marks { threshold }, _) => {
            directives.marks = request.estimated_prompt_tokens() > threshold;
        }
        (CacheHint::Key, conversation) if !has("prompt_cache_key") && !has("prompt_cache_retention") => {
            directives.fields.extend(conversation.map(|id| ("prompt_cache_key", short(id).into())));
            if !target.keeps_nothing && keeps_prefixes(target.upstream_model) {
                directives.fields.push(("prompt_cache_retention", "24h".into()));
            }
        }
        (CacheHint::User, Some(id)) if !has("user") => directives.fields.push(("user", id.into())),
        (CacheHint::Header(name), Some(id)) => directives.header = Some((name, uuid(id))),
        _ => {}
    }
    directives
}

/// Whether the model takes `prompt_cache_retention`: the families of caching.md §2. Their small models do not
/// (<https://developers.openai.com/api/docs/guides/prompt-caching> lists none but `gpt-5.1-codex-mini`; read on
/// 2026-11-23).
fn keeps_prefixes(model: &str) -> bool {
    let variant = ["gpt-5.1", "gpt-5.2", "gpt-5", "gpt-4.1"].iter().find_map(|family| {
        let rest = model.strip_prefix(family)?;
        rest.is_empty().then_some("").or_else(|| rest.strip_prefix('-'))
    });
    let is_dated = |variant: &str| variant.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    variant.is_some_and(|variant| {
        is_dated(variant) || variant == "chat-latest" || variant.split('-').next() == Some("codex")
    })
}

fn short(id: &str) -> String {
    if id.chars().count() <= LONGEST_KEY { id.to_owned() } else { format!("{:032x}", hash(id)) }
}

/// Shaped like a random UUID (G-21).
fn uuid(id: &str) -> String {
    let variant = 0b10 << 62;
    let version = 4 << 76;
    let bits = hash(id) & !(0b11 << 62) & !(0xf << 76) | variant | version;
    let text = format!("{bits:032x}");
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

fn hash(id: &str) -> u128 {
    let mut hash = Fnv128::default();
    hash.add(id.as_bytes());
    hash.value()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target<'a>(model: &'a str, conversation: Option<&'a str>) -> Target<'a> {
        Target {
            base_url: "http://h",
            api_key: None,
            upstream_model: model,
            max_output_tokens: None,
            tier: None,
            conversation,
            keeps_nothing: false,
        }
    }

    fn told(hint: CacheHint, mut body: Value, target: &Target<'_>) -> Directives {
        body["model"] = "m".into();
        body["messages"] = json!([{ "role": "user", "content": "x".repeat(400) }]);
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let extensions = request.extensions.get("p").and_then(Value::as_object).cloned().unwrap_or_default();
        directives(hint, &request, target, &extensions)
    }

    #[test]
    fn openai_gets_a_key_and_a_retention() {
        let told = |body, target: Target<'_>| told(CacheHint::Key, body, &target).fields;
        let (key, day) = (("prompt_cache_key", json!("c")), ("prompt_cache_retention", json!("24h")));
        let check = |target: Target<'_>, expected: &[(&'static str, Value)]| {
            assert_eq!(told(json!({}), target), expected);
        };
        check(target("gpt-4o", Some("c")), std::slice::from_ref(&key));
        check(target("gpt-5.1", Some("c")), &[key.clone(), day.clone()]);
        check(target("gpt-5", None), &[day]);
        check(Target { keeps_nothing: true, ..target("gpt-5.1", Some("c")) }, &[key]);
        for manual in [
            json!({ "prompt_cache_key": "k" }),
            json!({ "prompt_cache_retention": "24h" }),
            json!({ "extensions": { "p": { "prompt_cache_key": "k" } } }),
        ] {
            assert_eq!(told(manual, target("gpt-5.1", Some("c"))), []);
        }
        let long = "é".repeat(65);
        let key = &told(json!({}), target("gpt-4o", Some(&long)))[0].1;
        assert_eq!(key.as_str().map(str::len), Some(32));
    }

    #[test]
    fn the_families_that_keep_prefixes_are_known() {
        let check = |model: &str, expected: bool| assert_eq!(keeps_prefixes(model), expected, "{model}");
        for model in
            ["gpt-5", "gpt-5-2025-08-07", "gpt-5.1-chat-latest", "gpt-5.1-codex-mini", "gpt-5.2", "gpt-4.1"]
        {
            check(model, true);
        }
        for model in
            ["gpt-5-mini", "gpt-5-nano", "gpt-4.1-mini", "gpt-5.3", "gpt-50", "gpt-4o", "gpt-5-pro", ""]
        {
            check(model, false);
        }
    }

    #[test]
    fn others_get_what_they_know() {
        let user = |body| told(CacheHint::User, body, &target("m", Some("c"))).fields;
        assert_eq!(user(json!({})), [("user", json!("c"))]);
        assert_eq!(user(json!({ "user": "u" })), []);
        let header = |id| told(CacheHint::Header("x-h"), json!({}), &target("m", id)).header;
        assert_eq!(header(None), None);
        let (name, value) = header(Some("c")).expect("a header");
        assert_eq!(name, "x-h");
        let lengths: Vec<_> = value.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(value.as_bytes()[14] == b'4' && b"89ab".contains(&value.as_bytes()[19]), "{value}");
        assert_eq!(header(Some("c")), Some((name, value.clone())));
        assert_ne!(header(Some("d")), Some((name, value)));
        assert_eq!(told(CacheHint::Nothing, json!({}), &target("m", Some("c"))), Directives::default());
    }

    #[test]
    fn marks_are_for_long_prompts() {
        // 400 bytes are 100 tokens.
        let marks = |threshold| told(CacheHint::Marks { threshold }, json!({}), &target("m", None)).marks;
        assert!(marks(99) && !marks(100));
    }
}
