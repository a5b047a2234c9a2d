//! Idempotency of management calls (api.md §8, G-17): a call that is repeated gets the first one's reply.

use std::sync::Arc;
use std::time::Duration;

use crate::error::StoreError;
use crate::hot::{CallEnd, CallState};
use crate::secret;
use crate::store::Inner;

/// How long a reply is kept.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// A call that has not ended by then never will: its process died.
pub(crate) const RUNS_FOR: Duration = Duration::from_secs(60);

/// What to do with a call.
#[derive(Debug)]
pub enum Begun {
    /// Do it, then say how it ended.
    First(Call),
    /// It was done: answer with this.
    Replay {
        /// HTTP status.
        status: u16,
        /// Body, JSON.
        body: String,
    },
    /// `409 idempotency_conflict`: the key was used with another body.
    Conflict,
    /// `409 idempotency_conflict` with `Retry-After: 1`: the first call is still running.
    InFlight,
    /// `409 idempotency_replay_unavailable`: it was begun, and its reply is not known.
    Unavailable,
}

/// A call that is being done. Dropped without an end, its outcome counts as not seen.
#[derive(Debug)]
pub struct Call {
    store: Arc<Inner>,
    id: String,
    fingerprint: String,
    has_ended: bool,
}

impl Call {
    /// It was done, with this reply, which must not hold a secret.
    pub async fn complete(mut self, status: u16, body: String) -> Result<(), StoreError> {
        self.end(CallEnd::Done { status, body }).await
    }

    /// It was refused and has changed nothing: it may be tried again with the same key.
    pub async fn abandon(mut self) -> Result<(), StoreError> {
        self.end(CallEnd::Undone).await
    }

    async fn end(&mut self, end: CallEnd) -> Result<(), StoreError> {
        self.store.hot.end_call(&self.id, &self.fingerprint, end, self.store.clock.now()).await?;
        self.has_ended = true;
        Ok(())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // Without a runtime the record stays as running and becomes unknown by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (store, id) = (Arc::clone(&self.store), std::mem::take(&mut self.id));
        let fingerprint = std::mem::take(&mut self.fingerprint);
        runtime.spawn(async move {
            let now = store.clock.now();
            if let Err(error) = store.hot.end_call(&id, &fingerprint, CallEnd::Unknown, now).await {
                tracing::debug!(%error, "the end of a management call could not be noted");
            }
        });
    }
}

/// Operations on idempotency records.
#[derive(Debug)]
pub struct Idempotency<'a>(pub(crate) &'a Arc<Inner>);

impl Idempotency<'_> {
    /// Registers a call. `caller` is the id of the gateway key, `path` the path of the request, `key` the value
    /// of `Idempotency-Key`. Neither the key nor the body is stored, only their keyed hashes.
    ///
    /// # Errors
    /// `Invalid` when `key` is not 1–255 letters, digits, `-` and `_`.
    pub async fn begin(&self, caller: &str, path: &str, key: &str, body: &[u8]) -> Result<Begun, StoreError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if key.is_empty() || key.len() > 255 || !key.bytes().all(is_plain) {
            return Err(StoreError::invalid("Idempotency-Key", "must be 1–255 letters, digits, `-` or `_`"));
        }
        let id = self.0.keyring.fingerprint(&[caller.as_bytes(), path.as_bytes(), key.as_bytes()]);
        let ours = self.0.keyring.fingerprint(&[body]);
        let state = self.0.hot.begin_call(&id, &ours, self.0.clock.now()).await?;
        let is_same = |fingerprint: &str| secret::is_equal(fingerprint, &ours);
        Ok(match state {
            CallState::Ours => {
                Begun::First(Call { store: Arc::clone(self.0), id, fingerprint: ours, has_ended: false })
            }
            CallState::Running { fingerprint } if is_same(&fingerprint) => Begun::InFlight,
            CallState::Done { fingerprint, status, body } if is_same(&fingerprint) => {
                Begun::Replay { status, body }
            }
            CallState::Unknown { fingerprint } if is_same(&fingerprint) => Begun::Unavailable,
            CallState::Running { .. } | CallState::Done { .. } | CallState::Unknown { .. } => Begun::Conflict,
        })
    }
}
