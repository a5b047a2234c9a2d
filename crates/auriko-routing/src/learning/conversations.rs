//! The memory of conversations: bounded, and the longest untouched are forgotten first.

use super::ConversationKey;
use crate::measurements::CachedPrefix;
use foldhash::HashMap;

/// Offerings that are remembered per conversation. More than a conversation needs: it stays where its cache is.
const MOST_PREFIXES: usize = 4;

/// Two generations: when the young one is full it becomes the old one, and the old one goes. Whoever is asked for moves
/// to the young one, so that forgetting costs nothing and needs no list of ages.
#[derive(Debug)]
pub(super) struct Conversations {
    capacity: usize,
    young: HashMap<ConversationKey, Memory>,
    old: HashMap<ConversationKey, Memory>,
}

/// One conversation.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// `None`: it begins now.
    pub(super) last_at_ms: Option<u64>,
    /// Of its last prompt.
    pub(super) prompt_tokens: u64,
    /// The one used last stands last.
    cached: Vec<CachedPrefix>,
}

impl Conversations {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), young: HashMap::default(), old: HashMap::default() }
    }

    pub(super) fn find(&self, key: ConversationKey) -> Option<&Memory> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    pub(super) fn find_or_insert(&mut self, key: ConversationKey) -> &mut Memory {
        if !self.young.contains_key(&key) {
            let memory = self.old.remove(&key).unwrap_or_default();
            if self.young.len() >= self.capacity {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key, memory);
        }
        self.young.entry(key).or_default()
    }
}

impl Memory {
    pub(super) fn cached(&self) -> &[CachedPrefix] {
        &self.cached
    }

    /// Notes the prompt that an offering has just read.
    pub(super) fn note(&mut self, prefix: CachedPrefix) {
        self.last_at_ms = Some(prefix.used_at_ms);
        self.prompt_tokens = prefix.tokens;
        self.cached.retain(|known| known.offering != prefix.offering);
        if self.cached.len() == MOST_PREFIXES {
            // The longest ago.
            self.cached.remove(0);
        }
        self.cached.push(prefix);
    }
}
