//! What a replica does on its own: signs of life, sweeping up after the dead, ends that could not be reached.

use std::sync::Arc;
use std::time::Duration;

use redis::{AsyncCommands, RedisError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{Shared, Unended, lock, milliseconds, record};
use crate::budget::{Claim, End};
use crate::error::StoreError;
use crate::id;

/// Between two tries to end what could not be ended.
const AGAIN: Duration = Duration::from_millis(100);

/// Starts it; it runs until it is aborted.
pub(super) fn start(shared: &Arc<Shared>, queue: mpsc::UnboundedReceiver<Unended>) -> Vec<JoinHandle<()>> {
    let (living, sweeping, ending) = (Arc::clone(shared), Arc::clone(shared), Arc::clone(shared));
    vec![
        tokio::spawn(async move { give_signs(&living).await }),
        tokio::spawn(async move { sweep(&sweeping).await }),
        tokio::spawn(async move { end_all(&ending, queue).await }),
    ]
}

async fn give_signs(shared: &Shared) {
    loop {
        sleep(shared.beat()).await;
        if let Err(error) = shared.give_sign().await {
            tracing::warn!(%error, "no sign of life could be given to the other replicas");
        }
    }
}

async fn sweep(shared: &Shared) {
    loop {
        sleep(shared.lease / 2).await;
        if let Err(error) = shared.sweep().await {
            tracing::warn!(%error, "reservations of dead replicas could not be looked for");
        }
    }
}

async fn end_all(shared: &Shared, mut queue: mpsc::UnboundedReceiver<Unended>) {
    while let Some(next) = queue.recv().await {
        let (claim, end) = match next {
            Unended::Claim(claim, end) => (claim, end),
            Unended::Mark(mark) => {
                // Whoever waited may have gone on.
                let _ = mark.send(());
                continue;
            }
        };
        while let Err(error) = shared.end(&shared.owner, &claim, end).await {
            tracing::debug!(%error, "a reservation could not be ended; it is tried again");
            sleep(AGAIN).await;
        }
    }
}

impl Shared {
    /// Time between two signs of life. Short also with a long lease: it is how soon claims are known again after
    /// Redis has lost its memory.
    fn beat(&self) -> Duration {
        (self.lease / 5).min(Duration::from_millis(500))
    }

    /// Waits until counters may be loaded into the present memory of Redis.
    pub(super) async fn await_generation(&self) -> Result<(), StoreError> {
        let wait = self.meet_generation().await?;
        sleep(Duration::from_millis(wait)).await;
        Ok(())
    }

    /// Looks whether Redis still has the memory it had, and asserts all claims if not.
    async fn meet_generation(&self) -> Result<u64, StoreError> {
        let mut call = self.scripts.generation.key(format!("{}generation", self.prefix));
        // Each replica gives a sign within one beat, and needs a moment for it and for writing its journal.
        call.arg(id::new("")).arg(milliseconds(self.beat() * 3));
        let reply: Result<(String, u64), RedisError> = call.invoke_async(&mut self.connection()).await;
        let (name, wait) = reply.map_err(StoreError::hot_state)?;
        if *lock(&self.generation) != name {
            self.assert_claims(true).await?;
            *lock(&self.generation) = name;
        }
        Ok(wait)
    }

    async fn give_sign(&self) -> Result<(), StoreError> {
        self.meet_generation().await?;
        self.assert_claims(false).await
    }

    /// A sign of life for every workspace in which something is held; `in_full` with what.
    async fn assert_claims(&self, in_full: bool) -> Result<(), StoreError> {
        let workspaces: Vec<(Arc<str>, Vec<Claim>)> = {
            let live = lock(&self.live);
            let claims = |claims: &std::collections::HashMap<String, Claim>| {
                if in_full { claims.values().cloned().collect() } else { Vec::new() }
            };
            live.iter().map(|(workspace, held)| (Arc::clone(workspace), claims(held))).collect()
        };
        for (workspace, claims) in workspaces {
            let mut call = self.scripts.assert.key(self.base(&workspace));
            call.arg(&self.owner).arg(milliseconds(self.lease));
            for claim in &claims {
                call.arg(&claim.id).arg(record::write(claim));
            }
            let done: Result<String, RedisError> = call.invoke_async(&mut self.connection()).await;
            done.map_err(StoreError::hot_state)?;
        }
        Ok(())
    }

    /// Turns what dead replicas held into spend.
    async fn sweep(&self) -> Result<(), StoreError> {
        let workspaces: Result<Vec<String>, RedisError> =
            self.connection().smembers(format!("{}workspaces", self.prefix)).await;
        for workspace in workspaces.map_err(StoreError::hot_state)? {
            let call = self.scripts.sweep.key(self.base(&workspace));
            let found: Result<Vec<(String, String, String)>, RedisError> =
                call.invoke_async(&mut self.connection()).await;
            for (owner, id, text) in found.map_err(StoreError::hot_state)? {
                let Some(claim) = record::read(&id, &workspace, &text) else {
                    tracing::warn!("a reservation in Redis can't be read");
                    continue;
                };
                self.end(&owner, &claim, End::Expired).await?;
            }
        }
        Ok(())
    }
}
