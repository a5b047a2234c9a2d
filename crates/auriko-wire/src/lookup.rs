//! Looks fields up in JSON objects. Most have a handful of them, and looking at a few names is quicker than hashing
//! one. Not at many: strangers decide how many there are.

use serde_json::{Map, Value};

/// Fields up to which their names are looked at one by one.
pub(crate) const FEW: usize = 16;

/// As [`Map::get`].
pub fn find<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if map.len() > FEW {
        return map.get(name);
    }
    map.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// As [`Map::shift_remove`].
pub fn remove(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    find(map, name)?;
    map.shift_remove(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_fields_are_found() {
        for count in [0, 1, FEW, FEW + 1, 40] {
            let mut map: Map<_, _> = (0..count).map(|n| (format!("field{n}"), Value::from(n))).collect();
            for n in 0..=count {
                let name = format!("field{n}");
                assert_eq!(find(&map, &name), map.get(&name), "{name} of {count}");
            }
            let mut expected = map.clone();
            assert_eq!(remove(&mut map, "field0"), expected.shift_remove("field0"));
            assert_eq!(remove(&mut map, "other"), None);
            assert!(map.iter().eq(&expected), "the order is kept");
        }
    }
}
