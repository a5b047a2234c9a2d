//! What a replica does on its own: signs of life, sweeping up after the dead, ends that could not be reached.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::{AsyncCommands, RedisError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{PATIENCE, Shared, Unended, lock, milliseconds, record};
use crate::budget::{Claim, End};
use crate::error::StoreError;
use crate::id;

/// Between two tries to end what could not be ended.
const AGAIN: Duration = Duration::from_millis(100);

/// Claims that are asserted in one step, so that Redis is not held up.
const PIECE: usize = 500;

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
        let pause = if shared.reach.is_lost() { shared.beat().min(AGAIN) } else { shared.beat() };
        tokio::select! {
            () = sleep(pause) => {}
            () = shared.reach.lost() => {}
        }
        if let Err(error) = shared.give_sign().await {
            // That Redis does not answer was said when it began.
            tracing::debug!(%error, "no sign of life could be given to the other replicas");
        }
    }
}

async fn sweep(shared: &Shared) {
    loop {
        sleep(shared.lease / 2).await;
        if let Err(error) = shared.sweep().await {
            tracing::debug!(%error, "reservations of dead replicas could not be looked for");
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
        let mut call = self.scripts.generation.key(self.memory());
        // Each replica gives a sign within one beat, and needs a moment for it and for writing its journal; one that was
        // cut off also has to notice that it is not any more.
        let (moment, longer) = (self.beat() * 3, self.beat() * 3 + PATIENCE * 2);
        call.arg(id::new(""))
            .arg(milliseconds(moment))
            .arg(milliseconds(self.silence()))
            .arg(milliseconds(longer));
        let reply: Result<(String, u64), RedisError> = call.invoke_async(&mut self.connection()).await;
        let (name, wait) = self.reach.heard(reply)?;
        if *lock(&self.generation) != name {
            self.assert_all(true).await?;
            *lock(&self.generation) = name;
        }
        Ok(wait)
    }

    async fn give_sign(&self) -> Result<(), StoreError> {
        self.meet_generation().await?;
        if self.has_adopted.swap(false, Ordering::Relaxed) {
            let asserted = self.assert_all(false).await;
            self.has_adopted.fetch_or(asserted.is_err(), Ordering::Relaxed);
            return asserted;
        }
        let workspaces: Vec<Arc<str>> = lock(&self.live).keys().cloned().collect();
        for workspace in workspaces {
            self.assert(&workspace, &[]).await?;
        }
        Ok(())
    }

    /// Tells Redis what is held, in every workspace; with `only_these` it forgets what else it believes to be held here.
    async fn assert_all(&self, only_these: bool) -> Result<(), StoreError> {
        let making = self.making.write().await;
        let workspaces: HashMap<Arc<str>, Vec<Claim>> = {
            let live = lock(&self.live);
            live.iter()
                .map(|(workspace, held)| (Arc::clone(workspace), held.values().cloned().collect()))
                .collect()
        };
        if only_these {
            for workspace in self.workspaces().await? {
                let held = workspaces.get(&*workspace).map_or(&[][..], Vec::as_slice);
                let held: HashSet<&str> = held.iter().map(|claim| &*claim.id).collect();
                self.forget_others(&workspace, &held).await?;
            }
        }
        // What is made from here on is made where Redis knows it.
        drop(making);
        for (workspace, claims) in workspaces {
            for some in claims.chunks(PIECE) {
                self.assert(&workspace, some).await?;
            }
        }
        Ok(())
    }

    async fn forget_others(&self, workspace: &str, held: &HashSet<&str>) -> Result<(), StoreError> {
        let base = self.base(workspace);
        let known: Result<Vec<String>, RedisError> =
            self.connection().hkeys(format!("{base}live:{}", self.owner)).await;
        let known = self.reach.heard(known)?;
        let others: Vec<&String> = known.iter().filter(|id| !held.contains(id.as_str())).collect();
        for some in others.chunks(PIECE) {
            let mut call = self.scripts.forget.key(&base);
            call.arg(&self.owner).arg(some);
            let done: Result<String, RedisError> = call.invoke_async(&mut self.connection()).await;
            self.reach.heard(done)?;
        }
        Ok(())
    }

    /// A sign of life in a workspace, with claims that Redis may not know.
    async fn assert(&self, workspace: &str, claims: &[Claim]) -> Result<(), StoreError> {
        let mut call = self.scripts.assert.key(self.base(workspace));
        call.arg(&self.owner).arg(milliseconds(self.lease));
        for claim in claims {
            call.arg(&claim.id).arg(record::write(claim));
        }
        let done: Result<String, RedisError> = call.invoke_async(&mut self.connection()).await;
        self.reach.heard(done).map(drop)
    }

    /// All workspaces in which something was ever held.
    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let workspaces: Result<Vec<String>, RedisError> =
            self.connection().smembers(format!("{}workspaces", self.prefix)).await;
        self.reach.heard(workspaces)
    }

    /// Where the memory of Redis is named.
    fn memory(&self) -> String {
        format!("{}generation", self.prefix)
    }

    /// After so long without any sign of life, of anybody, Redis was out of reach for all.
    fn silence(&self) -> Duration {
        self.lease / 2
    }

    /// Turns what dead replicas held into spend.
    async fn sweep(&self) -> Result<(), StoreError> {
        for workspace in self.workspaces().await? {
            let mut call = self.scripts.sweep.key(self.base(&workspace));
            call.key(self.memory()).arg(milliseconds(self.silence()));
            let found: Result<Vec<(String, String, String)>, RedisError> =
                call.invoke_async(&mut self.connection()).await;
            for (owner, id, text) in self.reach.heard(found)? {
                let Some(claim) = record::read(&id, &workspace, &text) else {
                    tracing::warn!("a reservation in Redis can't be read");
                    continue;
                };
                // Who gives up here does not find it again.
                while let Err(error) = self.end(&owner, &claim, End::Expired).await {
                    tracing::debug!(%error, "a reservation could not be ended; it is tried again");
                    sleep(AGAIN).await;
                }
            }
        }
        Ok(())
    }
}
