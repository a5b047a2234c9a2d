//! A workspace's routing defaults: any of the 20 fields, which count where a request leaves them out (G-37).

use auriko_wire::request::RequestError;
use serde_json::{Map, Value};

use super::Policy;
use super::fields::{Fields, ROUTING_FIELDS, check_keys};

/// Checked defaults.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    map: Map<String, Value>,
}

/// Fields that answer one question together: a request that answers it is not to be overruled by the other half.
const TOGETHER: [[&str; 2]; 2] = [["optimize", "weights"], ["only_byok", "only_platform"]];

impl Defaults {
    /// From an object like `gateway.routing`; `path` is where it stands, for errors.
    ///
    /// # Errors
    /// Names the field and what it may hold.
    pub fn try_new(path: &str, mut map: Map<String, Value>) -> Result<Self, RequestError> {
        map.retain(|_, value| !value.is_null());
        check_keys(path, &map, &ROUTING_FIELDS[..20])?;
        Policy::read(&Fields::new(path, &map), None)?;
        Ok(Self { map })
    }

    /// The request's fields with these under them; `None`: there is nothing to add.
    pub(super) fn under(&self, request: &Map<String, Value>, has_suffix: bool) -> Option<Map<String, Value>> {
        if self.map.is_empty() {
            return None;
        }
        let is_set = |name: &str| request.get(name).is_some_and(|value| !value.is_null());
        let mut merged = request.clone();
        for (name, value) in &self.map {
            let is_answered =
                TOGETHER.iter().filter(|pair| pair.contains(&name.as_str())).flatten().any(|it| is_set(it));
            let is_strategy = TOGETHER[0].contains(&name.as_str());
            let is_overruled = is_set(name) || is_answered || (is_strategy && has_suffix);
            if !is_overruled {
                merged.insert(name.clone(), value.clone());
            }
        }
        self.reconcile_times(&mut merged, &is_set);
        Some(merged)
    }

    /// A caller's deadline may be shorter than the workspace's attempt, and its attempt longer than the workspace's
    /// deadline: the default gives way.
    fn reconcile_times(&self, merged: &mut Map<String, Value>, is_set: &dyn Fn(&str) -> bool) {
        let milliseconds = |name: &str| merged.get(name).and_then(Value::as_u64);
        let (Some(timeout), Some(deadline)) = (milliseconds("timeout_ms"), milliseconds("deadline_ms"))
        else {
            return;
        };
        if deadline >= timeout {
            return;
        }
        let given_way = ["timeout_ms", "deadline_ms"].into_iter().find(|name| !is_set(name));
        if let Some(name) = given_way.filter(|name| self.map.contains_key(*name)) {
            merged.shift_remove(name);
        }
    }
}
