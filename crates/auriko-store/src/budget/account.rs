//! Who spends, and under which names spend is counted.

use std::fmt;
use std::sync::Arc;

use auriko_wire::money::NanoUsd;

use crate::clock::{Day, Period};

/// Who pays for an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// The workspace.
    pub workspace: Arc<str>,
    /// The gateway key. `None`: a gateway without keys.
    pub key: Option<Arc<str>>,
    /// The provider, when the attempt uses the workspace's own key for it. `None`: a key of the gateway.
    pub byok_provider: Option<Arc<str>>,
}

/// What spend is counted under. Every settlement counts under all targets of its account, whether or not a
/// budget looks at them, so that a budget made later knows what was spent before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    Workspace { is_byok: bool },
    Key { id: Arc<str>, is_byok: bool },
    OwnKeys { provider: Arc<str> },
}

impl fmt::Display for Target {
    /// The form in which it is stored.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace { is_byok: false } => formatter.write_str("w:p"),
            Self::Workspace { is_byok: true } => formatter.write_str("w:b"),
            Self::Key { id, is_byok: false } => write!(formatter, "k:p:{id}"),
            Self::Key { id, is_byok: true } => write!(formatter, "k:b:{id}"),
            Self::OwnKeys { provider } => write!(formatter, "b:{provider}"),
        }
    }
}

impl Target {
    /// From the stored form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(provider) = text.strip_prefix("b:") {
            return Some(Self::OwnKeys { provider: provider.into() });
        }
        if let Some(id) = text.strip_prefix("k:p:") {
            return Some(Self::Key { id: id.into(), is_byok: false });
        }
        if let Some(id) = text.strip_prefix("k:b:") {
            return Some(Self::Key { id: id.into(), is_byok: true });
        }
        match text {
            "w:p" => Some(Self::Workspace { is_byok: false }),
            "w:b" => Some(Self::Workspace { is_byok: true }),
            _ => None,
        }
    }
}

impl Account {
    /// What its spend counts under: one to three targets.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> + use<> {
        let is_byok = self.byok_provider.is_some();
        let key = self.key.clone().map(|id| Target::Key { id, is_byok });
        let own = self.byok_provider.clone().map(|provider| Target::OwnKeys { provider });
        std::iter::once(Target::Workspace { is_byok }).chain(key).chain(own)
    }
}

/// A reservation as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Random, never used twice.
    pub(crate) id: String,
    pub(crate) account: Account,
    pub(crate) amount: NanoUsd,
    /// When it was made; it counts in the periods of this day, however late it ends.
    pub(crate) day: Day,
    /// Whether it draws on the credit of its workspace.
    pub(crate) draws_credit: bool,
}

impl Claim {
    /// The periods that it counts in, shortest first.
    pub(crate) fn periods(&self) -> impl Iterator<Item = Period> + use<> {
        Period::ALL.into_iter().chain(self.draws_credit.then_some(Period::Lifetime))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_survive_storage() {
        let mut account = Account { workspace: "ws".into(), key: Some("key_1".into()), byok_provider: None };
        let check = |account: &Account, expected: &[&str]| {
            let texts: Vec<String> = account.targets().map(|target| target.to_string()).collect();
            assert_eq!(texts, expected);
            let again: Vec<Target> = texts.iter().filter_map(|text| Target::parse(text)).collect();
            assert_eq!(again, account.targets().collect::<Vec<_>>());
        };
        check(&account, &["w:p", "k:p:key_1"]);
        account.byok_provider = Some("openai".into());
        check(&account, &["w:b", "k:b:key_1", "b:openai"]);
        account.key = None;
        check(&account, &["w:b", "b:openai"]);
        assert_eq!(Target::parse("x"), None);
    }
}
