//! A client that puts a streamed response together from its events alone, and checks on the way that they fit
//! together.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The response as the events describe it: the one of the last event, whose output was found to be that of the
/// events before it.
pub(super) fn assembled(events: &[Value]) -> Value {
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "{event}");
    }
    let kinds: Vec<_> = events.iter().map(kind).collect();
    assert_eq!(kinds[..2], ["response.created", "response.in_progress"]);
    for event in &events[..2] {
        assert_eq!(
            (&event["response"]["status"], &event["response"]["output"]),
            (&json!("in_progress"), &json!([]))
        );
    }
    let (last, between) = events[2..].split_last().expect("an end");
    let mut items = BTreeMap::new();
    let mut done = BTreeMap::new();
    for event in between {
        take(event, &mut items, &mut done);
    }
    assert!(items.is_empty(), "left open: {items:?}");
    let response = last["response"].clone();
    assert_eq!(response["output"], done.into_values().collect::<Value>());
    assert_eq!(kind(last), format!("response.{}", response["status"].as_str().expect("a status")));
    response
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().expect("a type")
}

fn index(event: &Value, name: &str) -> usize {
    let number = event[name].as_u64().unwrap_or_else(|| panic!("no {name}: {event}"));
    usize::try_from(number).expect("small")
}

fn take(event: &Value, items: &mut BTreeMap<usize, Value>, done: &mut BTreeMap<usize, Value>) {
    let place = index(event, "output_index");
    match kind(event) {
        "response.output_item.added" => {
            assert!(!done.contains_key(&place) && items.len() + done.len() == place, "{event}");
            assert_eq!(event["item"]["status"], "in_progress");
            items.insert(place, event["item"].clone());
        }
        "response.output_item.done" => {
            let mut item = items.remove(&place).expect("it was added");
            // What is only known at the end.
            for name in [
                "status",
                "encrypted_content",
                "result",
                "output_format",
                "thought_signature",
                "provider_signature",
            ] {
                if let Some(value) = event["item"].get(name) {
                    item[name] = value.clone();
                }
            }
            assert_eq!(item, event["item"]);
            assert_ne!(item["status"], "in_progress");
            done.insert(place, item);
        }
        name => {
            let item = items.get_mut(&place).unwrap_or_else(|| panic!("no open item: {event}"));
            assert_eq!(event["item_id"], item["id"]);
            change(name, event, item);
        }
    }
}

/// What an event does to the item that it is about.
fn change(name: &str, event: &Value, item: &mut Value) {
    let part = |item: &mut Value, list: &str, number: &str| -> Value {
        let number = index(event, number);
        let parts = item[list].as_array().expect("an array");
        assert_eq!(number + 1, parts.len(), "only the last part may change: {event}");
        parts[number].clone()
    };
    let add = |target: &mut Value| {
        let text = format!("{}{}", target.as_str().expect("text"), event["delta"].as_str().expect("a delta"));
        *target = text.into();
    };
    match name {
        "response.content_part.added" | "response.reasoning_summary_part.added" => {
            let (list, number) = lists(name);
            let parts = item[list].as_array_mut().expect("an array");
            assert_eq!(index(event, number), parts.len());
            parts.push(event["part"].clone());
        }
        "response.content_part.done" | "response.reasoning_summary_part.done" => {
            let (list, number) = lists(name);
            assert_eq!(part(item, list, number), event["part"]);
        }
        "response.output_text.delta" => {
            let number = index(event, "content_index");
            part(item, "content", "content_index");
            add(&mut item["content"][number]["text"]);
            let new = event["logprobs"].as_array().expect("an array").clone();
            item["content"][number]["logprobs"].as_array_mut().expect("an array").extend(new);
        }
        "response.output_text.annotation.added" => {
            let number = index(event, "content_index");
            let all = item["content"][number]["annotations"].as_array_mut().expect("an array");
            assert_eq!(index(event, "annotation_index"), all.len());
            all.push(event["annotation"].clone());
        }
        "response.output_text.done" => {
            let part = part(item, "content", "content_index");
            assert_eq!((&part["text"], &part["logprobs"]), (&event["text"], &event["logprobs"]));
        }
        "response.refusal.delta" => add(&mut item["content"][index(event, "content_index")]["refusal"]),
        "response.refusal.done" => {
            assert_eq!(part(item, "content", "content_index")["refusal"], event["refusal"]);
        }
        "response.reasoning_summary_text.delta" => {
            add(&mut item["summary"][index(event, "summary_index")]["text"]);
        }
        "response.reasoning_summary_text.done" => {
            assert_eq!(part(item, "summary", "summary_index")["text"], event["text"]);
        }
        "response.function_call_arguments.delta" => add(&mut item["arguments"]),
        "response.function_call_arguments.done" => {
            assert_eq!((&item["arguments"], &item["name"]), (&event["arguments"], &event["name"]));
        }
        other => panic!("{other}"),
    }
}

fn lists(name: &str) -> (&'static str, &'static str) {
    if name.starts_with("response.content_part") {
        ("content", "content_index")
    } else {
        ("summary", "summary_index")
    }
}
