//! Credit that workspaces buy in advance (budgets.md §3), for operators who resell: the table `[credits]`.

use serde::Deserialize;

use super::{ConfigError, StoreSettings};

/// Credit that workspaces buy in advance. Needs a store.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Credits"))]
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawCredits {
    /// Whether what is spent on the keys of this gateway draws on the credit of the caller's workspace, so that workspaces
    /// without credit are refused. Own keys draw on nothing. The same on every gateway of a store; a change counts from the
    /// next start. Default `false`.
    enabled: bool,
}

/// A checked `[credits]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Credits {
    pub(crate) is_enabled: bool,
}

impl RawCredits {
    pub(super) const fn check(self) -> Credits {
        Credits { is_enabled: self.enabled }
    }
}

impl Credits {
    /// Tells the store, which has to be there.
    pub(crate) fn settle(self, store: Option<StoreSettings>) -> Result<Option<StoreSettings>, ConfigError> {
        if self.is_enabled && store.is_none() {
            return Err(ConfigError::new(
                "`credits.enabled` needs `store`: without one nothing is remembered",
            ));
        }
        Ok(store.map(|store| StoreSettings { counts_credit: self.is_enabled, ..store }))
    }
}
