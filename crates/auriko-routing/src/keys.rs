//! Whose key a candidate is called with (routing.md §6.2).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::catalog::file::DataPolicy;

/// Whose key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The caller's own. Taken before the platform's, where there are both.
    Own,
    /// The one this gateway is configured with, or none where the provider asks for none.
    Platform,
}

/// A usable key that the caller's workspace brought for a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnKey {
    /// Names the key, for its cool-downs: [`crate::Measurements::own_key_open_until_ms`].
    pub number: u64,
    /// What the account promises (routing.md §6.1). `None`: what the provider promises everybody.
    pub data_policy: Option<DataPolicy>,
}

/// The own keys of one workspace that are enabled and valid: at most one counts per provider, its default.
#[derive(Debug, Clone, Default)]
pub struct OwnKeys {
    by_provider: HashMap<Arc<str>, OwnKey>,
}

impl OwnKeys {
    /// The key for a provider.
    pub fn find(&self, provider: &str) -> Option<OwnKey> {
        if self.by_provider.is_empty() {
            return None;
        }
        self.by_provider.get(provider).copied()
    }
}

impl FromIterator<(Arc<str>, OwnKey)> for OwnKeys {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, OwnKey)>>(keys: I) -> Self {
        Self { by_provider: keys.into_iter().collect() }
    }
}
