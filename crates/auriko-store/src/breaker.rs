//! Circuit breakers that are open, shared by all replicas. When to open one is the gateway's decision.

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::Inner;

/// Something that is left alone for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBreaker {
    /// What: the gateway's name for an offering under one key.
    pub name: String,
    /// Until when.
    pub until: Timestamp,
    /// Until when its provider asked for it; [`Timestamp::default`] if it did not.
    pub asked_until: Timestamp,
}

/// Operations on breakers.
#[derive(Debug)]
pub struct Breakers<'a>(pub(crate) &'a Inner);

impl Breakers<'_> {
    /// Opens one. Of several replicas that do, the longest time counts.
    pub async fn open(&self, breaker: &OpenBreaker) -> Result<(), StoreError> {
        self.0.hot.open_breaker(breaker).await
    }

    /// Closes one.
    pub async fn close(&self, name: &str) -> Result<(), StoreError> {
        self.0.hot.close_breaker(name).await
    }

    /// Those that are open now. Meant to be asked a few times a second, not per request.
    pub async fn list(&self) -> Result<Vec<OpenBreaker>, StoreError> {
        self.0.hot.open_breakers(self.0.clock.now()).await
    }
}
