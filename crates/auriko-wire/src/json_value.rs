//! JSON values, written as serde does but with the strings of [`json_text`](crate::json_text): prompts are long, and
//! serde looks at every byte of them.

use serde_json::{Map, Value};

use crate::json_text;

/// Appends `value` as JSON.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => json_text::write(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write(out, item);
            }
            out.push(b']');
        }
        Value::Object(fields) => write_object(out, fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            serde_json::to_writer(out, value).expect("a plain value serialises into memory");
        }
    }
}

/// Appends an object of `fields` as JSON.
pub fn write_object(out: &mut Vec<u8>, fields: &Map<String, Value>) {
    out.push(b'{');
    for (position, (name, value)) in fields.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        json_text::write(out, name);
        out.push(b':');
        write(out, value);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let plain = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        plain.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_those_of_serde(value in values()) {
            let mut out = Vec::new();
            write(&mut out, &value);
            prop_assert_eq!(out, serde_json::to_vec(&value).expect("serialises"));
        }
    }
}
