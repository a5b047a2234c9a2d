//! Messages and tools as these providers take them: without what only our own wire or other APIs have.

use std::borrow::Cow;

use auriko_wire::lookup::remove;
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
        if !is_result && is_plain(message) {
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

/// Whether there is nothing to rewrite, whatever the provider: most messages are a text of a role that all know.
fn is_plain(message: &Message) -> bool {
    message.fields().iter().all(|(name, value)| match name.as_str() {
        "role" => value != "developer",
        "content" => value.is_string(),
        name => name == "name",
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
        let messages = json!([
            { "role": "system", "content": "a" },
            { "role": "user", "content": "b", "name": "n" },
            { "role": "assistant", "content": "c", "refusal": null },
            { "role": "developer", "content": "d" },
            { "role": "user", "content": [{ "type": "text", "text": "e", "cache_control": {} }] },
            { "role": "assistant", "content": "f", "reasoning_content": "g" },
            { "role": "assistant", "content": null },
            { "role": "user", "content": "h", "cache_control": {} },
            { "role": "tool", "content": "i", "tool_call_id": "c" },
        ]);
        let body = json!({ "model": "m", "messages": messages });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let plain: Vec<_> = request.messages.iter().map(is_plain).collect();
        assert_eq!(plain, [true, true, true, false, false, false, false, false, false]);
        for quirks in [
            table::GENERIC,
            Quirks { knows_developer_role: false, takes_cache_control: false, ..table::GENERIC },
        ] {
            for message in request.messages.iter().filter(|message| is_plain(message)) {
                let fields = message.fields();
                assert!(rewrite(message, &quirks).iter().eq(fields), "{fields:?}");
            }
        }
    }
}
