//! The durable record of an own key.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::database::{Database, Row, Statement, statement};
use crate::error::StoreError;

/// Whether the provider takes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// It was tried and works.
    Valid,
    /// It was not tried yet.
    Pending,
    /// The provider refuses it.
    Invalid,
    /// It could not be tried.
    Error,
}

impl Validation {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Pending => "pending",
            Self::Invalid => "invalid",
            Self::Error => "error",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Valid, Self::Pending, Self::Invalid, Self::Error];
        all.into_iter().find(|validation| validation.as_str() == word)
    }
}

/// Who says what tier an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as on the wire")]
pub enum TierSource {
    AutoDetected,
    UserSpecified,
    Fallback,
}

impl TierSource {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AutoDetected => "auto_detected",
            Self::UserSpecified => "user_specified",
            Self::Fallback => "fallback",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::AutoDetected, Self::UserSpecified, Self::Fallback];
        all.into_iter().find(|source| source.as_str() == word)
    }
}

/// An own key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKey {
    /// `byok_…`.
    pub id: String,
    /// Whose it is.
    pub workspace: Arc<str>,
    /// Provider id.
    pub provider: String,
    /// For people.
    pub name: String,
    /// `key_prefix` on the wire: a few characters of it.
    pub masked: String,
    /// Whether it is taken first for its provider.
    pub is_default: bool,
    /// Whether it is left out of routing.
    pub disabled: bool,
    /// Whether the provider takes it.
    pub validation: Validation,
    /// The account's tier at the provider. `None`: not known.
    pub account_tier: Option<String>,
    /// Who says so.
    pub tier_source: Option<TierSource>,
    /// When it was last tried.
    pub validated_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl OwnKey {
    /// What its ciphertext is bound to.
    pub(super) fn context(&self) -> String {
        format!("{}/{}/{}", self.workspace, self.provider, self.id)
    }

    pub(super) fn insert(&self, sealed: String) -> Statement {
        let sql =
            "INSERT INTO own_keys (id, workspace_id, provider, name, masked, sealed, is_default, disabled,
            validation, account_tier, tier_source, validated_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
        statement!(
            sql,
            &*self.id,
            &*self.workspace,
            &*self.provider,
            &*self.name,
            &*self.masked,
            sealed,
            self.is_default,
            self.disabled,
            self.validation.as_str(),
            self.account_tier.as_deref(),
            self.tier_source.map(TierSource::as_str),
            self.validated_at,
            self.created_at,
            self.updated_at,
        )
    }

    /// Writes what may change.
    pub(super) fn update(&self) -> Statement {
        let sql = "UPDATE own_keys SET name = $1, is_default = $2, disabled = $3, validation = $4, account_tier = $5,
            tier_source = $6, validated_at = $7, updated_at = $8 WHERE workspace_id = $9 AND id = $10";
        statement!(
            sql,
            &*self.name,
            self.is_default,
            self.disabled,
            self.validation.as_str(),
            self.account_tier.as_deref(),
            self.tier_source.map(TierSource::as_str),
            self.validated_at,
            self.updated_at,
            &*self.workspace,
            &*self.id,
        )
    }
}

/// The columns that [`read`] reads.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT sealed, id, workspace_id, provider, name, masked, is_default, disabled, validation, ",
            "account_tier, tier_source, validated_at, created_at, updated_at FROM own_keys ",
            $condition
        )
    };
}

/// Each with its ciphertext.
pub(super) async fn list(
    database: &dyn Database,
    workspace: &str,
) -> Result<Vec<(OwnKey, String)>, StoreError> {
    let sql = select!("WHERE workspace_id = $1 ORDER BY created_at, id");
    database.query(statement!(sql, workspace)).await?.into_iter().map(read).collect()
}

pub(super) async fn find(database: &dyn Database, workspace: &str, id: &str) -> Result<OwnKey, StoreError> {
    let sql = select!("WHERE workspace_id = $1 AND id = $2");
    let row = database.query(statement!(sql, workspace, id)).await?.pop();
    read(row.ok_or_else(|| not_found(id))?).map(|(key, _)| key)
}

pub(super) fn not_found(id: &str) -> StoreError {
    StoreError::NotFound { what: "BYOK key", id: id.to_owned() }
}

fn read(mut row: Row) -> Result<(OwnKey, String), StoreError> {
    let what = "BYOK key";
    let sealed = row.take(what)?;
    let key = OwnKey {
        id: row.take(what)?,
        workspace: row.take::<String>(what)?.into(),
        provider: row.take(what)?,
        name: row.take(what)?,
        masked: row.take(what)?,
        is_default: row.take(what)?,
        disabled: row.take(what)?,
        validation: Validation::parse(&row.take::<String>(what)?).ok_or(StoreError::Corrupt { what })?,
        account_tier: row.take(what)?,
        tier_source: row.take::<Option<String>>(what)?.as_deref().and_then(TierSource::parse),
        validated_at: row.take(what)?,
        created_at: row.take(what)?,
        updated_at: row.take(what)?,
    };
    Ok((key, sealed))
}
