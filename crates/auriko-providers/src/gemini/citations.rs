//! Sources: grounding and citations become `url_citation` annotations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Where in the text, in characters; what is cited.
type Cited = (u64, u64, String);

/// The annotations that `seen` does not hold yet. `text` is what the candidate said so far.
pub(super) fn annotations(
    grounding: Option<&Value>,
    citations: Option<&Value>,
    text: &str,
    seen: &mut BTreeSet<Cited>,
) -> Vec<Value> {
    let mut found = Vec::new();
    if let Some(grounding) = grounding {
        grounded(grounding, text, &mut found);
    }
    for citation in list(citations, "citations") {
        if let Some(url) = string(citation, "uri") {
            found.push((span(citation, text), url, string(citation, "title")));
        }
    }
    let new =
        found.into_iter().filter(|((start, end), url, _)| seen.insert((*start, *end, (*url).to_owned())));
    let shaped = new.map(|((start, end), url, title)| {
        let mut citation = json!({ "url": url, "start_index": start, "end_index": end });
        if let Some(title) = title {
            citation["title"] = title.into();
        }
        json!({ "type": "url_citation", "url_citation": citation })
    });
    shaped.collect()
}

type Found<'a> = ((u64, u64), &'a str, Option<&'a str>);

fn grounded<'a>(grounding: &'a Value, text: &str, found: &mut Vec<Found<'a>>) {
    let sources: Vec<_> = list(Some(grounding), "groundingChunks")
        .map(|chunk| ["web", "retrievedContext", "maps"].iter().find_map(|kind| chunk.get(*kind)))
        .collect();
    let mut cite = |span, source: &'a Value| {
        if let Some(url) = string(source, "uri") {
            found.push((span, url, string(source, "title")));
        }
    };
    let mut has_supports = false;
    for support in list(Some(grounding), "groundingSupports") {
        has_supports = true;
        let span = span(support.get("segment").unwrap_or(&Value::Null), text);
        for index in list(Some(support), "groundingChunkIndices").filter_map(Value::as_u64) {
            let source = usize::try_from(index).ok().and_then(|index| *sources.get(index)?);
            if let Some(source) = source {
                cite(span, source);
            }
        }
    }
    if !has_supports {
        // The answer as a whole rests on them.
        sources.into_iter().flatten().for_each(|source| cite((0, text.chars().count() as u64), source));
    }
}

/// Google counts bytes, annotations count characters.
fn span(segment: &Value, text: &str) -> (u64, u64) {
    let characters = |key: &str| {
        let bytes = segment.get(key).and_then(Value::as_u64).unwrap_or(0);
        text.char_indices().take_while(|(at, _)| (*at as u64) < bytes).count() as u64
    };
    (characters("startIndex"), characters("endIndex"))
}

fn list<'a>(value: Option<&'a Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    value.and_then(|value| value.get(key)?.as_array()).into_iter().flatten()
}

fn string<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}
