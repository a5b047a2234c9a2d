//! Circuit breakers that are open, shared by all replicas. When to open one is the gateway's decision.

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::Inner;

/// Operations on breakers.
#[derive(Debug)]
pub struct Breakers<'a>(pub(crate) &'a Inner);

impl Breakers<'_> {
    /// Opens the breaker of an offering until an instant; the last call counts.
    pub async fn open(&self, offering: &str, until: Timestamp) -> Result<(), StoreError> {
        self.0.hot.set_breaker(offering, Some(until)).await
    }

    /// Closes it.
    pub async fn close(&self, offering: &str) -> Result<(), StoreError> {
        self.0.hot.set_breaker(offering, None).await
    }

    /// Offerings whose breaker is open now, and until when. Meant to be asked once a second, not per request.
    pub async fn list(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.0.hot.open_breakers(self.0.clock.now()).await
    }
}
