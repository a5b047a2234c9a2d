//! Whether Redis answers. While it does not, requests fail at once instead of waiting for it one by one, and what runs in
//! the background finds out when it is back.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::RedisError;
use tokio::sync::Notify;

use crate::error::StoreError;

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Reach {
    is_lost: AtomicBool,
    /// Told when it gets lost.
    lost: Notify,
}

impl Reach {
    /// Asks something for a request.
    pub(super) async fn with<T>(
        &self,
        work: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, StoreError> {
        if self.is_lost() {
            return Err(StoreError::hot_state("Redis did not answer a moment ago"));
        }
        self.heard(work.await)
    }

    /// Learns from an answer, or from the lack of one.
    pub(super) fn heard<T>(&self, answer: Result<T, RedisError>) -> Result<T, StoreError> {
        match &answer {
            // Errors with a code come from the server: it is there.
            Err(error) if error.code().is_none() => {
                if !self.is_lost.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "Redis does not answer");
                    self.lost.notify_one();
                }
            }
            _ => {
                if self.is_lost.swap(false, Ordering::Relaxed) {
                    tracing::info!("Redis answers again");
                }
            }
        }
        answer.map_err(StoreError::hot_state)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Completes when it got lost.
    pub(super) async fn lost(&self) {
        self.lost.notified().await;
    }
}
