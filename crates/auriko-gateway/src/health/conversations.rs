//! Where conversations left cached prefixes: hashes, sizes and times, no prompts.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError, TryLockError};

use auriko_routing::CachedPrefix;

use super::recent::Recent;

/// Locked apart, so that requests seldom meet.
const SHARDS: usize = 16;
/// In all 32 768 conversations at least and twice as many at most; some 200 bytes each.
const HALF_SHARD: usize = 2048;
/// Most offerings that are remembered of one conversation.
const PLACES: usize = 4;

/// Names a conversation of a workspace in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConversationKey(u64);

/// The memory.
#[derive(Debug)]
pub(super) struct Conversations {
    shards: [Mutex<Recent<ConversationKey, Vec<CachedPrefix>>>; SHARDS],
    /// Seeded anew in each process: nobody can choose ids that meet those of others.
    hasher: RandomState,
}

impl Conversations {
    pub(super) fn new() -> Self {
        let shards = std::array::from_fn(|_| Mutex::new(Recent::new(HALF_SHARD)));
        Self { shards, hasher: RandomState::new() }
    }

    pub(super) fn key(&self, workspace: u64, id: &str) -> ConversationKey {
        ConversationKey(self.hasher.hash_one((workspace, id)))
    }

    /// What is known of a conversation. Nothing, if that would mean to wait.
    pub(super) fn find(&self, key: ConversationKey) -> Vec<CachedPrefix> {
        let guard = match self.shard(key).try_lock() {
            Ok(guard) => guard,
            // What was being written when somebody panicked is a copy of numbers.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Vec::new(),
        };
        guard.get(&key).cloned().unwrap_or_default()
    }

    /// Notes what a turn left behind.
    pub(super) fn remember(&self, key: ConversationKey, prefix: CachedPrefix) {
        let mut guard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let places = guard.touch(key, Vec::new);
        places.retain(|place| place.offering != prefix.offering);
        if places.len() == PLACES {
            places.remove(0);
        }
        places.push(prefix);
    }

    fn shard(&self, key: ConversationKey) -> &Mutex<Recent<ConversationKey, Vec<CachedPrefix>>> {
        #[expect(clippy::cast_possible_truncation, reason = "any part of a hash will do")]
        let position = key.0 as usize % SHARDS;
        &self.shards[position]
    }
}
