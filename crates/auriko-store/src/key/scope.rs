//! What a key may do (api.md §1, G-30).

use crate::error::StoreError;

/// A permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "named as on the wire")]
pub enum Scope {
    Inference,
    ModelsRead,
    KeysRead,
    KeysWrite,
    UsageRead,
    ByokRead,
    ByokWrite,
    BudgetsRead,
    BudgetsWrite,
    WorkspaceRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Inference,
        Self::ModelsRead,
        Self::KeysRead,
        Self::KeysWrite,
        Self::UsageRead,
        Self::ByokRead,
        Self::ByokWrite,
        Self::BudgetsRead,
        Self::BudgetsWrite,
        Self::WorkspaceRead,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::ModelsRead => "models:read",
            Self::KeysRead => "keys:read",
            Self::KeysWrite => "keys:write",
            Self::UsageRead => "usage:read",
            Self::ByokRead => "byok:read",
            Self::ByokWrite => "byok:write",
            Self::BudgetsRead => "budgets:read",
            Self::BudgetsWrite => "budgets:write",
            Self::WorkspaceRead => "workspace:read",
        }
    }

    /// From the word on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// Whether it lets a caller do more than call models and look at itself.
    const fn is_management(self) -> bool {
        !matches!(self, Self::Inference | Self::ModelsRead | Self::WorkspaceRead)
    }
}

/// What kind of key a set of scopes makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as on the wire")]
pub enum Profile {
    Inference,
    Management,
    Mixed,
}

impl Profile {
    /// From scopes: inference, management, or both.
    pub fn of(scopes: &[Scope]) -> Self {
        let manages = scopes.iter().any(|scope| scope.is_management());
        match (scopes.contains(&Scope::Inference), manages) {
            (true, true) => Self::Mixed,
            (false, true) => Self::Management,
            (_, false) => Self::Inference,
        }
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Management => "management",
            Self::Mixed => "mixed",
        }
    }
}

/// Sorted, each once, at least one.
pub(super) fn normalise(mut scopes: Vec<Scope>) -> Result<Vec<Scope>, StoreError> {
    if scopes.is_empty() {
        return Err(StoreError::invalid("scopes", "must hold at least one, such as `inference`"));
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

pub(super) fn to_text(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// A word that this version does not know gives no permission.
pub(super) fn from_text(text: &str) -> Vec<Scope> {
    text.split(' ').filter_map(Scope::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_follows_from_the_scopes() {
        let check = |scopes: &[Scope], expected| assert_eq!(Profile::of(scopes), expected, "{scopes:?}");
        check(&[Scope::Inference], Profile::Inference);
        check(&[Scope::Inference, Scope::ModelsRead], Profile::Inference);
        check(&[Scope::KeysRead], Profile::Management);
        check(&[Scope::Inference, Scope::ByokWrite], Profile::Mixed);
    }

    #[test]
    fn scopes_survive_storage_and_unknown_ones_give_nothing() {
        assert_eq!(from_text(&to_text(&Scope::ALL)), Scope::ALL);
        assert_eq!(from_text("inference root:all"), [Scope::Inference]);
        assert!(normalise(Vec::new()).is_err());
        let twice = vec![Scope::KeysRead, Scope::Inference, Scope::KeysRead];
        assert_eq!(normalise(twice).expect("scopes"), [Scope::Inference, Scope::KeysRead]);
    }
}
