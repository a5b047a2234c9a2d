//! Own keys of workspaces for providers (api.md §7.3): encrypted at rest, listed masked.

mod record;
mod sealed;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use record::{OwnKey, TierSource, Validation};
pub(crate) use sealed::SealedKeys;

use crate::database::{Statement, statement};
use crate::error::StoreError;
use crate::id;
use crate::store::{Inner, text_of_length};

/// Bounds of a key's length; the lower one is the API's.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 10..=16_384;

/// What a new own key should be.
#[derive(Debug, Clone)]
pub struct NewOwnKey {
    /// Provider id.
    pub provider: String,
    /// The key, 10–16384 visible ASCII characters. It can't be changed later, only replaced by another own key.
    pub secret: SecretString,
    /// 1–100 characters. `None`: the provider's id.
    pub name: Option<String>,
    /// `None`: yes if it is the provider's first key that is not disabled.
    pub is_default: Option<bool>,
    /// `None`: not known.
    pub account_tier: Option<String>,
    /// Who said so.
    pub tier_source: Option<TierSource>,
    /// What is known of its validity.
    pub validation: Validation,
}

/// What to change; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct OwnKeyChange {
    /// 1–100 characters.
    pub name: Option<String>,
    /// `true` takes it from the provider's present default.
    pub is_default: Option<bool>,
    /// `Some(None)` forgets it.
    pub account_tier: Option<Option<String>>,
    /// As in [`OwnKey`].
    pub tier_source: Option<TierSource>,
    /// Disabling also ends being the default.
    pub disabled: Option<bool>,
    /// As in [`OwnKey`]; notes the time as well.
    pub validation: Option<Validation>,
}

/// An own key, ready for use.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its record.
    pub key: OwnKey,
    /// The key itself.
    pub secret: SecretString,
}

/// Operations on own keys.
#[derive(Debug)]
pub struct OwnKeys<'a>(pub(crate) &'a Arc<Inner>);

impl OwnKeys<'_> {
    /// Makes one. Whether the provider takes it is for the caller to find out before.
    pub async fn create(&self, workspace: &str, new: NewOwnKey) -> Result<OwnKey, StoreError> {
        let workspace = self.0.workspaces().find(workspace).await?.id;
        let secret = new.secret.expose_secret();
        check_secret(secret)?;
        let provider = text_of_length("provider", &new.provider, 1..=100)?;
        let is_default = match new.is_default {
            Some(is_default) => is_default,
            None => {
                !self.list(&workspace).await?.iter().any(|key| key.provider == provider && key.is_default)
            }
        };
        let now = self.0.clock.now();
        let key = OwnKey {
            id: id::new("byok_"),
            name: text_of_length("name", new.name.as_deref().unwrap_or(&provider), 1..=100)?,
            masked: masked(secret),
            is_default,
            disabled: false,
            validation: new.validation,
            account_tier: new.account_tier,
            tier_source: new.tier_source,
            validated_at: (new.validation != Validation::Pending).then_some(now),
            created_at: now,
            updated_at: now,
            workspace,
            provider,
        };
        let sealed = self.0.keyring.seal(secret, &key.context())?;
        let mut statements = Vec::from_iter(is_default.then(|| end_default(&key)));
        statements.push(key.insert(sealed));
        self.0.database.transact(statements).await?;
        self.0.own_keys.forget(&key.workspace);
        Ok(key)
    }

    /// Those of a workspace, oldest first.
    pub async fn list(&self, workspace: &str) -> Result<Vec<OwnKey>, StoreError> {
        let keys = record::list(&*self.0.database, workspace).await?;
        Ok(keys.into_iter().map(|(key, _)| key).collect())
    }

    /// One of a workspace.
    pub async fn find(&self, workspace: &str, id: &str) -> Result<OwnKey, StoreError> {
        record::find(&*self.0.database, workspace, id).await
    }

    /// Changes it.
    ///
    /// # Errors
    /// `Invalid` when a disabled key should become the default and is not enabled by the same change.
    pub async fn update(
        &self,
        workspace: &str,
        id: &str,
        change: OwnKeyChange,
    ) -> Result<OwnKey, StoreError> {
        let mut key = self.find(workspace, id).await?;
        key.updated_at = self.0.clock.now();
        key.disabled = change.disabled.unwrap_or(key.disabled);
        if key.disabled && change.is_default == Some(true) {
            let problem = "can't be set on a disabled key; send `disabled: false` along";
            return Err(StoreError::invalid("is_default", problem));
        }
        key.is_default = change.is_default.unwrap_or(key.is_default) && !key.disabled;
        if let Some(name) = change.name {
            key.name = text_of_length("name", &name, 1..=100)?;
        }
        if let Some(tier) = change.account_tier {
            key.account_tier = tier;
            key.tier_source = change.tier_source;
        }
        if let Some(validation) = change.validation {
            key.validation = validation;
            key.validated_at = Some(key.updated_at);
        }
        let mut statements = Vec::from_iter(key.is_default.then(|| end_default(&key)));
        statements.push(key.update());
        let counts = self.0.database.transact(statements).await?;
        self.0.own_keys.forget(&key.workspace);
        if counts.last() == Some(&0) { Err(record::not_found(id)) } else { Ok(key) }
    }

    /// Removes it.
    pub async fn delete(&self, workspace: &str, id: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM own_keys WHERE workspace_id = $1 AND id = $2";
        let counts = self.0.database.transact(vec![statement!(sql, workspace, id)]).await?;
        self.0.own_keys.forget(&workspace.into());
        if counts == [0] { Err(record::not_found(id)) } else { Ok(()) }
    }

    /// Notes what the provider made of a key, without changing anything that people decide.
    pub async fn note_validation(
        &self,
        workspace: &Arc<str>,
        id: &str,
        validation: Validation,
    ) -> Result<(), StoreError> {
        let sql =
            "UPDATE own_keys SET validation = $1, validated_at = $2 WHERE workspace_id = $3 AND id = $4";
        let note = statement!(sql, validation.as_str(), self.0.clock.now(), &**workspace, id);
        self.0.database.transact(vec![note]).await?;
        self.0.own_keys.forget(workspace);
        Ok(())
    }

    /// Notes the tier that the provider showed, unless somebody has said which it is.
    pub async fn note_tier(&self, workspace: &Arc<str>, id: &str, tier: &str) -> Result<(), StoreError> {
        let sql = "UPDATE own_keys SET account_tier = $1, tier_source = 'auto_detected' WHERE workspace_id = $2 AND \
                   id = $3 AND COALESCE(tier_source, '') <> 'user_specified'";
        self.0.database.transact(vec![statement!(sql, tier, &**workspace, id)]).await?;
        self.0.own_keys.forget(workspace);
        Ok(())
    }

    /// What [`Self::usable`] answers from memory. `None`: it has to look. Must be called in a tokio runtime with time.
    pub fn recently_usable(&self, workspace: &Arc<str>) -> Option<Arc<[Credential]>> {
        self.0.own_keys.recent(workspace)?.open(&self.0.keyring).ok()
    }

    /// All enabled keys of a workspace, decrypted, defaults first, then the oldest. Looks again when it was last asked 0.8 s
    /// ago. In clear they stay in memory for at most 0.8 s, besides what the answer is needed for; with
    /// [`WhenUnreachable::Allow`](crate::WhenUnreachable::Allow) they are remembered encrypted, and count as they were
    /// last seen while nobody can be asked.
    ///
    /// # Errors
    /// `Unavailable` when nobody can be asked and they were not seen within [`ALLOWED_FOR`](crate::ALLOWED_FOR);
    /// `Corrupt`.
    pub async fn usable(&self, workspace: &Arc<str>) -> Result<Arc<[Credential]>, StoreError> {
        let load = async { Ok(SealedKeys::new(record::list(&*self.0.database, workspace).await?)) };
        self.0.own_keys.get(workspace, load).await?.open(&self.0.keyring)
    }
}

/// Refuses what can't be a key.
///
/// # Errors
/// `Invalid`, without the text.
pub fn check_secret(secret: &str) -> Result<(), StoreError> {
    // It becomes a header of requests.
    if KEY_LENGTH.contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let problem = "must be 10–16384 letters, digits and signs, without spaces and line breaks";
    Err(StoreError::invalid("api_key", problem))
}

/// The provider has no default any more.
fn end_default(key: &OwnKey) -> Statement {
    let sql =
        "UPDATE own_keys SET is_default = 0 WHERE workspace_id = $1 AND provider = $2 AND is_default = 1";
    statement!(sql, &*key.workspace, &*key.provider)
}

/// Enough to recognise a key, too little to use it: up to 4 characters at either end, of long keys only.
fn masked(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let shown = (characters.len() / 6).min(4);
    let start: String = characters[..shown].iter().collect();
    let end: String = characters[characters.len() - shown..].iter().collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_at_most_a_third() {
        for (secret, expected) in
            [("sk-0123456789abcdefghijklmnop", "sk-0…mnop"), ("0123456789", "0…9"), ("ключключключ", "кл…юч")]
        {
            assert_eq!(masked(secret), expected);
        }
    }
}
