//! Messages and tools as these providers take them: without what only our own wire or other APIs have.

use std::borrow::Cow;

use auriko_wire::lookup::{find, remove};
use auriko_wire::request::Message;
use serde_json::{Map, Value, json};

use crate::table::{Quirks, Replay};

/// The conversation. Tool results can only be text here, so images and files in them follow in a message of the
/// user, after the last result: nothing may come between results.
pub(super) fn rewrite_all<'a>(messages: &'a [Message], quirks: &Quirks) -> Vec<Cow<'a, Message>> {
    let mut rewritten = Vec::with_capacity(messages.len());
    let mut media = Vec::new();
    for message in messages {
        let is_result = message.role() == "tool";
        if !is_result {
            flush(&mut media, &mut rewritten);
        }
        if is_plain(message) {
            rewritten.push(Cow::Borrowed(message));
            continue;
        }
        let mut fields = rewrite(message, quirks);
        if is_result {
            keep_text(&mut fields, &mut media);
        }
        rewritten.push(Cow::Owned(Message::from_fields(fields)));
    }
    flush(&mut media, &mut rewritten);
    rewritten
}

/// A tool definition.
pub(super) fn rewrite_tool(tool: &Value, quirks: &Quirks) -> Value {
    let mut tool = tool.clone();
    if !quirks.takes_cache_control {
        tool.as_object_mut().map(|tool| tool.shift_remove("cache_control"));
    }
    tool
}

/// Whether there is nothing to rewrite, whatever the provider: so it is with most messages, and a conversation is long.
fn is_plain(message: &Message) -> bool {
    let has = |part: &Value, name: &str| part.as_object().is_some_and(|part| find(part, name).is_some());
    let is_result = message.role() == "tool";
    message.fields().iter().all(|(name, value)| match (name.as_str(), value) {
        ("role", role) => role != "developer",
        ("content", Value::Array(parts)) => {
            !is_result && !parts.iter().any(|part| has(part, "cache_control"))
        }
        ("tool_calls", Value::Array(calls)) => {
            !calls.iter().any(|call| has(call, "cache_control") || has(call, "provider_signature"))
        }
        (name, _) => matches!(name, "content" | "tool_calls" | "tool_call_id" | "name"),
    })
}

fn rewrite(message: &Message, quirks: &Quirks) -> Map<String, Value> {
    let mut fields = message.clone().into_fields();
    if message.role() == "developer" && !quirks.knows_developer_role {
        fields.insert("role".to_owned(), "system".into());
    }
    // Fields of our own wire, which no such provider reads.
    for name in ["reasoning", "images", "annotations", "is_error"] {
        remove(&mut fields, name);
    }
    let thoughts = remove(&mut fields, "reasoning_content").filter(Value::is_string);
    match (quirks.replay, thoughts) {
        (Replay::Never, _) | (_, None) => {}
        (Replay::Text(field), Some(thoughts)) => {
            fields.insert(field.to_owned(), thoughts);
        }
        (Replay::Details, Some(thoughts)) => {
            let details = json!([{ "type": "reasoning.text", "text": thoughts }]);
            fields.insert("reasoning_details".to_owned(), details);
        }
    }
    if !quirks.takes_cache_control {
        remove(&mut fields, "cache_control");
        for part in fields.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
            part.as_object_mut().map(|part| part.shift_remove("cache_control"));
        }
    }
    for call in fields.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(call) = call.as_object_mut() else { continue };
        call.shift_remove("provider_signature");
        call.shift_remove("cache_control");
    }
    fields
}

/// Makes a result's content text, if it has other parts, and moves those to `media`.
fn keep_text(fields: &mut Map<String, Value>, media: &mut Vec<Value>) {
    let is_text = |part: &Value| part.get("type").is_some_and(|kind| kind == "text");
    let Some(Value::Array(parts)) = fields.get_mut("content") else { return };
    if parts.iter().all(is_text) {
        return;
    }
    let (texts, others): (Vec<_>, Vec<_>) = std::mem::take(parts).into_iter().partition(is_text);
    let texts: Vec<_> = texts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    let text = if texts.is_empty() { "The result follows.".to_owned() } else { texts.join("\n") };
    let id = fields.get("tool_call_id").and_then(Value::as_str).unwrap_or_default();
    media.push(json!({ "type": "text", "text": format!("From the result of the tool call {id}:") }));
    media.extend(others);
    fields.insert("content".to_owned(), text.into());
}

fn flush(media: &mut Vec<Value>, messages: &mut Vec<Cow<'_, Message>>) {
    if !media.is_empty() {
        let mut fields = Map::new();
        fields.insert("role".to_owned(), "user".into());
        fields.insert("content".to_owned(), std::mem::take(media).into());
        messages.push(Cow::Owned(Message::from_fields(fields)));
    }
}

#[cfg(test)]
mod tests {
    use auriko_wire::request::ChatRequest;

    use super::*;
    use crate::table;

    #[test]
    fn plain_messages_are_what_rewriting_would_make_of_them() {
        let call = json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let with = |name: &str| {
            let mut call = call.clone();
            call[name] = json!({});
            call
        };
        let part = json!({ "type": "text", "text": "t" });
        let marked = json!({ "type": "text", "text": "t", "cache_control": {} });
        let plain = [
            json!({ "role": "system", "content": "a" }),
            json!({ "role": "user", "content": "a", "name": "n" }),
            json!({ "role": "user", "content": [part, { "type": "image_url", "image_url": { "url": "data:" } }] }),
            json!({ "role": "assistant", "content": "a", "refusal": null }),
            json!({ "role": "assistant", "content": null, "tool_calls": [call, "odd"] }),
            json!({ "role": "tool", "content": "a", "tool_call_id": "c" }),
        ];
        let others = [
            json!({ "role": "developer", "content": "a" }),
            json!({ "role": "user", "content": [part, marked] }),
            json!({ "role": "user", "content": "a", "cache_control": {} }),
            json!({ "role": "assistant", "content": "a", "reasoning_content": "g" }),
            json!({ "role": "assistant", "content": "a", "reasoning": [] }),
            json!({ "role": "assistant", "tool_calls": [with("cache_control")] }),
            json!({ "role": "assistant", "tool_calls": [with("provider_signature")] }),
            json!({ "role": "tool", "content": [part], "tool_call_id": "c" }),
        ];
        let messages: Vec<_> = plain.iter().chain(&others).collect();
        let body = json!({ "model": "m", "messages": messages });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let found: Vec<_> = request.messages.iter().map(is_plain).collect();
        assert_eq!(found, [vec![true; plain.len()], vec![false; others.len()]].concat());
        let choosy = Quirks {
            knows_developer_role: false,
            takes_cache_control: false,
            replay: Replay::Never,
            ..table::GENERIC
        };
        for quirks in [table::GENERIC, choosy] {
            for message in &request.messages[..plain.len()] {
                let mut fields = rewrite(message, &quirks);
                if message.role() == "tool" {
                    keep_text(&mut fields, &mut Vec::new());
                }
                assert!(fields.iter().eq(message.fields()), "{fields:?}");
            }
        }
    }
}
