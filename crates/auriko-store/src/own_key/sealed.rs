//! Own keys of one workspace as they were last seen: encrypted for as long as they are remembered, in clear for less than a
//! second after somebody needed them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{Credential, OwnKey};
use crate::cache::LIFETIME;
use crate::error::StoreError;
use crate::secret::Keyring;

/// The enabled ones, defaults first, then the oldest.
#[derive(Debug)]
pub(crate) struct SealedKeys {
    keys: Vec<(OwnKey, String)>,
    opened: Mutex<Option<Arc<[Credential]>>>,
}

impl SealedKeys {
    /// From all of a workspace, oldest first, each with its ciphertext.
    pub(super) fn new(mut keys: Vec<(OwnKey, String)>) -> Arc<Self> {
        keys.retain(|(key, _)| !key.disabled);
        keys.sort_by_key(|(key, _)| !key.is_default);
        Arc::new(Self { keys, opened: Mutex::default() })
    }

    /// Decrypted, at most once in 0.8 s however many ask. Must be called in a tokio runtime with time, which forgets them.
    pub(super) fn open(self: &Arc<Self>, keyring: &Keyring) -> Result<Arc<[Credential]>, StoreError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(credentials) = &*opened {
            return Ok(Arc::clone(credentials));
        }
        let open = |(key, sealed): &(OwnKey, String)| {
            let secret = keyring.open(sealed, &key.context())?;
            Ok(Credential { key: key.clone(), secret })
        };
        let credentials: Arc<[_]> =
            self.keys.iter().map(open).collect::<Result<Vec<_>, StoreError>>()?.into();
        if !credentials.is_empty() {
            *opened = Some(Arc::clone(&credentials));
            tokio::spawn(forget_in_time(Arc::downgrade(self)));
        }
        Ok(credentials)
    }
}

/// Secrets are not to lie in memory until somebody asks again.
async fn forget_in_time(keys: Weak<SealedKeys>) {
    tokio::time::sleep(LIFETIME).await;
    if let Some(keys) = keys.upgrade() {
        keys.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::clock::Timestamp;
    use crate::own_key::Validation;
    use crate::secret::MasterKey;

    fn key(id: &str, is_default: bool, disabled: bool) -> OwnKey {
        OwnKey {
            id: id.to_owned(),
            workspace: "default".into(),
            provider: "openai".to_owned(),
            name: String::new(),
            masked: String::new(),
            is_default,
            disabled,
            validation: Validation::Pending,
            account_tier: None,
            tier_source: None,
            validated_at: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_decrypted_is_forgotten_and_can_be_decrypted_again() {
        let keyring = Keyring::new(&MasterKey::new([1; 32]));
        let sealed = |key: OwnKey| {
            let text = keyring.seal(&format!("secret of {}", key.id), &key.context()).expect("seals");
            (key, text)
        };
        let rows = [key("old", false, false), key("off", true, true), key("default", true, false)];
        let keys = SealedKeys::new(rows.into_iter().map(sealed).collect());
        assert!(!format!("{keys:?}").contains("secret of"));
        for _ in 0..2 {
            let opened = keys.open(&keyring).expect("opens");
            let texts: Vec<_> = opened.iter().map(|credential| credential.secret.expose_secret()).collect();
            assert_eq!(texts, ["secret of default", "secret of old"]);
            assert!(Arc::ptr_eq(&opened, &keys.open(&keyring).expect("opens")), "once in that time");
            let held = Arc::downgrade(&opened);
            drop(opened);
            tokio::time::sleep(LIFETIME * 11 / 10).await;
            assert!(held.upgrade().is_none(), "nobody holds them in clear");
        }
        assert!(keys.open(&Keyring::new(&MasterKey::new([2; 32]))).is_err());
    }

    #[tokio::test]
    async fn nothing_is_kept_where_there_is_nothing() {
        let keyring = Keyring::new(&MasterKey::new([1; 32]));
        assert!(SealedKeys::new(Vec::new()).open(&keyring).expect("opens").is_empty());
    }
}
