//! Gateway keys (api.md §7.2): `ak_live_…`, shown once, kept as a keyed hash.
//!
//! The hash is HMAC-SHA256 under the master key: a stolen database alone says nothing about a key, and since a
//! key's hidden part is 190 random bits a slow hash would add nothing.

mod scope;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use scope::{Profile, Scope};

use crate::clock::Timestamp;
use crate::database::{Row, statement};
use crate::error::StoreError;
use crate::store::{Inner, text_of_length};
use crate::{id, secret};

/// How every key begins.
pub const KEY_PREFIX: &str = "ak_live_";

/// Random characters of a key: 238 bits, of which lists show 48.
const RANDOM_CHARACTERS: usize = 40;

/// Longer texts are no key of ours, and are not worth a look-up.
const LONGEST_KEY: usize = 256;

/// `last_used_at` may be late by this much, so that a busy key is not a write per request.
const LAST_USED_STEP: Duration = Duration::from_secs(10);

/// The columns that [`read`] reads.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT hash, id, workspace_id, name, prefix, scopes, rpm, tpm, created_by, created_at, expires_at, ",
            "revoked_at, last_used_at FROM api_keys ",
            $condition
        )
    };
}
/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// `key_…`.
    pub id: Arc<str>,
    /// Whose it is.
    pub workspace: Arc<str>,
    /// For people, 1–255 characters.
    pub name: String,
    /// `ak_live_` and the first eight random characters, for lists.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Inference requests per minute. `None`: the workspace's default.
    pub requests_per_minute: Option<u32>,
    /// Inference tokens per minute. `None`: not limited.
    pub tokens_per_minute: Option<u32>,
    /// The key it was made with. `None`: by an operator.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused. `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last accepted, at most 10 s late. `None`: never.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it is accepted at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    /// What kind of key its scopes make it.
    pub fn profile(&self) -> Profile {
        Profile::of(&self.scopes)
    }
}

/// What a new key should be.
#[derive(Debug, Clone, Default)]
pub struct NewApiKey {
    /// As in [`ApiKey`].
    pub name: String,
    /// At least one.
    pub scopes: Vec<Scope>,
    /// As in [`ApiKey`]; zero is refused.
    pub requests_per_minute: Option<u32>,
    /// As in [`ApiKey`]; zero is refused.
    pub tokens_per_minute: Option<u32>,
    /// Must lie in the future.
    pub expires_at: Option<Timestamp>,
    /// As in [`ApiKey`].
    pub created_by: Option<String>,
}

/// What became of a presented key.
#[derive(Debug, Clone)]
pub enum Identity {
    /// It is valid.
    Active(Arc<ApiKey>),
    /// It was valid once.
    Expired(Arc<ApiKey>),
    /// It was revoked, or never existed.
    Unknown,
}

/// A look-up, kept for less than a second.
#[derive(Debug, Clone)]
pub(crate) struct KnownKey {
    hash: String,
    key: Arc<ApiKey>,
}

/// Operations on keys.
#[derive(Debug)]
pub struct Keys<'a>(pub(crate) &'a Inner);

impl Keys<'_> {
    /// Makes one. The second value is the key itself, which nobody can read again.
    pub async fn create(
        &self,
        workspace: &str,
        new: NewApiKey,
    ) -> Result<(ApiKey, SecretString), StoreError> {
        let secret = format!("{KEY_PREFIX}{}", id::random_text(RANDOM_CHARACTERS));
        let key = self.insert(workspace, new, &secret).await?;
        Ok((key, secret.into()))
    }

    /// Takes over a key whose text the operator has chosen, from a configuration.
    ///
    /// # Errors
    /// `Invalid` when it is shorter than 16 characters; `Duplicate` when there is one with this text.
    pub async fn import(
        &self,
        workspace: &str,
        new: NewApiKey,
        secret: &SecretString,
    ) -> Result<ApiKey, StoreError> {
        let length = secret.expose_secret().len();
        if !(16..=LONGEST_KEY).contains(&length) {
            return Err(StoreError::invalid("api_key", "must be 16–256 characters long"));
        }
        self.insert(workspace, new, secret.expose_secret()).await
    }

    /// Who presents this key. Answers from memory when it was asked within the last 0.8 s.
    pub async fn identify(&self, secret: &str) -> Result<Identity, StoreError> {
        if secret.is_empty() || secret.len() > LONGEST_KEY {
            return Ok(Identity::Unknown);
        }
        let hash = self.0.keyring.hash(secret);
        let known = self.0.keys.get(&hash, self.look_up(&hash)).await?;
        let Some(KnownKey { hash: stored, key }) = known else { return Ok(Identity::Unknown) };
        let now = self.0.clock.now();
        if !secret::is_equal(&stored, &hash) || key.revoked_at.is_some() {
            return Ok(Identity::Unknown);
        }
        if !key.is_active(now) {
            return Ok(Identity::Expired(key));
        }
        if key.last_used_at.is_none_or(|last| last.until(now) >= LAST_USED_STEP) {
            self.0.journal.note_use(&key.id, now);
        }
        Ok(Identity::Active(key))
    }

    /// Whether any key was ever made, in any workspace; revoked ones count. Answers from memory when it was asked within
    /// the last 0.8 s.
    pub async fn exist(&self) -> Result<bool, StoreError> {
        let load = async {
            let sql = "SELECT 1 FROM api_keys LIMIT 1";
            Ok(!self.0.database.query(statement!(sql)).await?.is_empty())
        };
        self.0.any_keys.get(&(), load).await
    }

    /// Those of a workspace, oldest first.
    pub async fn list(&self, workspace: &str, include_revoked: bool) -> Result<Vec<ApiKey>, StoreError> {
        let sql =
            select!("WHERE workspace_id = $1 AND (revoked_at IS NULL OR $2 = 1) ORDER BY created_at, id");
        let rows = self.0.database.query(statement!(sql, workspace, include_revoked)).await?;
        rows.into_iter().map(|row| read(row).map(|known| known.key.as_ref().clone())).collect()
    }

    /// One of a workspace, revoked or not.
    pub async fn find(&self, workspace: &str, id: &str) -> Result<ApiKey, StoreError> {
        let sql = select!("WHERE workspace_id = $1 AND id = $2");
        let row = self.0.database.query(statement!(sql, workspace, id)).await?.pop();
        let row = row.ok_or_else(|| StoreError::NotFound { what: "API key", id: id.to_owned() })?;
        read(row).map(|known| known.key.as_ref().clone())
    }

    /// Refuses it from now on: in this process at once, in others within a second. Revoking twice changes
    /// nothing.
    pub async fn revoke(&self, workspace: &str, id: &str) -> Result<ApiKey, StoreError> {
        let sql =
            "UPDATE api_keys SET revoked_at = $1 WHERE workspace_id = $2 AND id = $3 AND revoked_at IS NULL";
        self.0.database.transact(vec![statement!(sql, self.0.clock.now(), workspace, id)]).await?;
        self.0.keys.forget_where(|known| known.as_ref().is_some_and(|known| &*known.key.id == id));
        self.find(workspace, id).await
    }

    async fn look_up(&self, hash: &str) -> Result<Option<KnownKey>, StoreError> {
        let row = self.0.database.query(statement!(select!("WHERE hash = $1"), hash)).await?.pop();
        row.map(read).transpose()
    }

    async fn insert(&self, workspace: &str, new: NewApiKey, secret: &str) -> Result<ApiKey, StoreError> {
        let now = self.0.clock.now();
        let key = ApiKey {
            id: id::new("key_").into(),
            workspace: self.0.workspaces().find(workspace).await?.id,
            name: text_of_length("name", &new.name, 1..=255)?,
            prefix: shown(secret),
            scopes: scope::normalise(new.scopes)?,
            requests_per_minute: positive("rate_limit_rpm", new.requests_per_minute)?,
            tokens_per_minute: positive("rate_limit_tpm", new.tokens_per_minute)?,
            created_by: new.created_by,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        if key.expires_at.is_some_and(|expires_at| expires_at <= now) {
            return Err(StoreError::invalid("expires_at", "must lie in the future"));
        }
        let sql = "INSERT INTO api_keys (id, workspace_id, name, prefix, hash, scopes, rpm, tpm, created_by,
            created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
        let hash = self.0.keyring.hash(secret);
        let insert = statement!(
            sql,
            &*key.id,
            &*key.workspace,
            &*key.name,
            &*key.prefix,
            &*hash,
            scope::to_text(&key.scopes),
            key.requests_per_minute,
            key.tokens_per_minute,
            key.created_by.as_deref(),
            key.created_at,
            key.expires_at,
        );
        if self.0.database.transact(vec![insert]).await? == [0] {
            return Err(StoreError::Duplicate { what: "API key", fields: "text" });
        }
        // Someone may have tried it before it was made.
        self.0.keys.forget(&hash);
        self.0.any_keys.forget(&());
        Ok(key)
    }
}

fn read(mut row: Row) -> Result<KnownKey, StoreError> {
    let what = "API key";
    let hash = row.take(what)?;
    let key = ApiKey {
        id: row.take::<String>(what)?.into(),
        workspace: row.take::<String>(what)?.into(),
        name: row.take(what)?,
        prefix: row.take(what)?,
        scopes: scope::from_text(&row.take::<String>(what)?),
        requests_per_minute: row.take(what)?,
        tokens_per_minute: row.take(what)?,
        created_by: row.take(what)?,
        created_at: row.take(what)?,
        expires_at: row.take(what)?,
        revoked_at: row.take(what)?,
        last_used_at: row.take(what)?,
    };
    Ok(KnownKey { hash, key: Arc::new(key) })
}

/// The beginning, for lists: `ak_live_` and eight characters, of a text of the operator's own less, a third.
fn shown(secret: &str) -> String {
    secret.chars().take((secret.chars().count() / 3).min(16)).collect()
}

fn positive(field: &'static str, number: Option<u32>) -> Result<Option<u32>, StoreError> {
    match number {
        Some(0) => Err(StoreError::invalid(field, "must be at least 1; leave it out for the default")),
        number => Ok(number),
    }
}
