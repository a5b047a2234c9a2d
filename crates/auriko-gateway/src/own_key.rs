//! Own keys of the caller's workspace, as one request uses them (routing.md §6.2), and what their use shows of them.
//!
//! The store decrypts them for less than a second; here they are held for as long as a request may need them. Of several
//! keys of a provider one counts: the default, else the oldest that is enabled. A key that its provider refused is left
//! out for a while, then tried again: it may have been the provider's mistake.
//!
//! While the store does not answer, `when_unreachable` decides: requests fail, or go on with the keys as they were last
//! seen. Where none were seen nobody knows whether there are some; what needs one then fails as well.

mod check;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use auriko_client::Response;
use auriko_providers::accounts::{Accounts, Promise};
use auriko_routing::catalog::file::DataPolicy;
use auriko_routing::{OwnKey, OwnKeys};
use auriko_store::clock::Timestamp;
use auriko_store::own_key::{Credential, TierSource, Validation};
use auriko_store::{ExposeSecret, Store, StoreError};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::fnv::Fnv128;
use tokio::time::timeout;

pub(crate) use check::check;

use crate::catalog::Catalog;
use crate::error::ApiError;
use crate::guard::Visit;

/// How long a key that was refused is not tried. A guess: short for people who mend their account, long for a provider
/// that is asked in vain.
const REFUSED_FOR: Duration = Duration::from_secs(600);

/// How long a request waits until it is written down that a key was refused, so that the next one does not try it.
const NOTING: Duration = Duration::from_secs(1);

/// The enabled own keys of one workspace.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyRing {
    /// `None`: there are none.
    owned: Option<(Store, Arc<[Credential]>)>,
    /// Whether nobody knows: they were not seen lately, and the store does not answer.
    is_unknown: bool,
}

/// An own key that a candidate is called with.
#[derive(Debug, Clone)]
pub(crate) struct UsedKey {
    store: Store,
    credentials: Arc<[Credential]>,
    position: usize,
}

impl KeyRing {
    /// The keys of whoever calls.
    ///
    /// # Errors
    /// `service_unavailable` when the store can't be asked, unless its configuration lets requests go on.
    pub(crate) async fn of(visit: &Visit) -> Result<Self, ApiError> {
        let Some(store) = &visit.store else { return Ok(Self::default()) };
        let workspace = visit.workspace();
        let usable = match store.own_keys().recently_usable(&workspace) {
            Some(credentials) => Ok(credentials),
            None => Box::pin(store.own_keys().usable(&workspace)).await,
        };
        let credentials = match usable {
            Err(error) if store.tolerates(&error) => return Ok(Self { owned: None, is_unknown: true }),
            usable => usable?,
        };
        let owned = (!credentials.is_empty()).then(|| (store.clone(), credentials));
        Ok(Self { owned, is_unknown: false })
    }

    /// Fails a request that must not be sent without an own key while nobody knows whether there is one.
    ///
    /// # Errors
    /// `service_unavailable`.
    pub(crate) fn require_known(&self, is_needed: bool) -> Result<(), ApiError> {
        if !is_needed || !self.is_unknown {
            return Ok(());
        }
        let message =
            "The request needs an own key of the workspace, and the store that keeps them does not answer.";
        Err(ApiError::new(ErrorCode::ServiceUnavailable, message)
            .with_suggestion("Try again later, or let the gateway's keys be used, without `only_byok`."))
    }

    /// The key that counts for a provider.
    pub(crate) fn key(&self, provider: &str) -> Option<UsedKey> {
        let (store, credentials) = self.owned.as_ref()?;
        let now = SystemTime::now().into();
        let is_it =
            |credential: &Credential| credential.key.provider == provider && is_usable(credential, now);
        let position = credentials.iter().position(is_it)?;
        Some(UsedKey { store: store.clone(), credentials: Arc::clone(credentials), position })
    }

    /// What routing has to know of them.
    pub(crate) fn for_routing(&self, catalog: &Catalog) -> OwnKeys {
        let Some((_, credentials)) = &self.owned else { return OwnKeys::default() };
        let providers = credentials.iter().map(|credential| &*credential.key.provider);
        let keys = providers.filter(|id| catalog.takes_own_keys(id)).filter_map(|id| {
            let key = self.key(id)?;
            Some((id.into(), OwnKey { number: key.number(), data_policy: key.data_policy(catalog) }))
        });
        keys.collect()
    }

    /// Whether there is a key that counts for a provider.
    pub(crate) fn has(&self, provider: &str) -> bool {
        self.owned.is_some() && self.key(provider).is_some()
    }
}

/// A promise in the words of routing.
pub(crate) const fn data_policy(promise: Promise) -> DataPolicy {
    match promise {
        Promise::Nothing => DataPolicy::None,
        Promise::NoTraining => DataPolicy::NoTraining,
    }
}

fn is_usable(credential: &Credential, now: Timestamp) -> bool {
    let key = &credential.key;
    let refused_at = key.validated_at.filter(|_| key.validation == Validation::Invalid);
    refused_at.is_none_or(|at| at.until(now) >= REFUSED_FOR)
}

impl UsedKey {
    fn credential(&self) -> &Credential {
        &self.credentials[self.position]
    }

    /// `byok_…`.
    pub(crate) fn id(&self) -> &str {
        &self.credential().key.id
    }

    pub(crate) fn secret(&self) -> &str {
        self.credential().secret.expose_secret()
    }

    /// Names it among cool-downs, equally on all replicas.
    pub(crate) fn number(&self) -> u64 {
        let mut hash = Fnv128::default();
        hash.add(self.id().as_bytes());
        u64::try_from(hash.value() >> 64).unwrap_or_default()
    }

    /// What its account promises about prompts (routing.md §6.1). `None`: what the provider promises everybody.
    fn data_policy(&self, catalog: &Catalog) -> Option<DataPolicy> {
        let key = &self.credential().key;
        let accounts = Accounts::of(&key.provider);
        let tier = key.account_tier.as_deref().and_then(|name| accounts.tier(name)).or(accounts.fallback());
        tier.map(|tier| data_policy(tier.promise)).or_else(|| catalog.public_data_policy(&key.provider))
    }

    /// Notes that its provider took it, and the tier that the reply shows. Does not wait.
    pub(crate) fn note_accepted(&self, reply: &Response) {
        let key = &self.credential().key;
        let is_news = key.validation != Validation::Valid;
        let may_show = key.tier_source != Some(TierSource::UserSpecified);
        let tier =
            Accounts::of(&key.provider).tier_in_headers(|name| reply.header(name)).filter(|_| may_show);
        let tier = tier.map(|tier| tier.name).filter(|name| key.account_tier.as_deref() != Some(name));
        if !is_news && tier.is_none() {
            return;
        }
        // Without a runtime there is no next request either.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let used = self.clone();
        runtime.spawn(async move {
            let key = &used.credential().key;
            let keys = used.store.own_keys();
            if is_news {
                note(keys.note_validation(&key.workspace, &key.id, Validation::Valid).await);
            }
            if let Some(tier) = tier {
                note(keys.note_tier(&key.workspace, &key.id, tier).await);
            }
        });
    }

    /// Notes that its provider refused it. A store that hangs is not waited for: another key may do.
    pub(crate) async fn note_refused(&self) {
        let key = &self.credential().key;
        tracing::warn!(own_key = %key.id, provider = %key.provider, "a provider refused an own key");
        let used = self.clone();
        let noting = tokio::spawn(async move {
            let key = &used.credential().key;
            let keys = used.store.own_keys();
            note(keys.note_validation(&key.workspace, &key.id, Validation::Invalid).await);
        });
        // What is not done by then is done later.
        drop(timeout(NOTING, noting).await);
    }
}

fn note(noted: Result<(), StoreError>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "what an own key showed could not be noted");
    }
}
