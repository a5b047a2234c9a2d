//! Learns from replies what the next decision should know: how long replies are, how conversations go on, and whose
//! caches keep what they were given. Pure: whoever calls it brings the time, and locks around it if there are threads.
//!
//! [`Learner::recall`] is asked before a request is routed, [`Learner::record`] told when its reply is over;
//! [`Learner::publish`] writes what is known about everybody into a snapshot of [`Measurements`]. No prompt comes in here,
//! only lengths; conversations are known by a hash, and the oldest are forgotten.

use std::sync::Arc;

use crate::catalog::{Offering, OfferingKey};
use crate::habits::{Habits, Pauses};
use crate::measurements::{CachedPrefix, Measurements, UsageMetrics};
use foldhash::HashMap;

mod conversations;

#[cfg(test)]
mod tests;

use conversations::{Conversations, Memory};

/// Weight of a new value in a moving average, once there are enough values for it.
const NEWEST: f64 = 0.05;
/// What a request keeps of its weight when another one is counted: half after 700.
const KEPT: f64 = 0.999;
/// Turns of a conversation before any was seen to end. A guess: most chats have a few.
const USUAL_TURNS: f64 = 4.0;

/// As how many tries a model's caches are taken to keep what they promise. A guess.
const MODEL_PRIOR: f64 = 5.0;
/// As how many tries an offering's cache is taken to be like the others of its model. A guess.
const OFFERING_PRIOR: f64 = 20.0;

/// Pairs of a workspace and an offering, or a model, that are told apart at most: callers may name any model of a provider,
/// and memory has an end. Beyond that it learns anew.
const MOST_PAIRS: usize = 100_000;

/// A conversation of a workspace, by hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConversationKey(u64);

impl ConversationKey {
    /// Of a conversation's id, such as [`crate::conversation_id`] finds it.
    pub fn new(workspace: u64, id: &str) -> Self {
        let bytes = workspace.to_le_bytes().into_iter().chain(id.bytes());
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, step))
    }
}

/// What came of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Length of the prompt as routing had estimated it, tokens.
    pub estimated_prompt_tokens: u64,
    /// Length of the prompt as the provider counted it, tokens.
    pub prompt_tokens: u64,
    /// Of these, read from the provider's cache.
    pub cached_tokens: u64,
    /// Length of the reply, tokens, thinking included.
    pub output_tokens: u64,
}

/// Everything that was learnt.
#[derive(Debug)]
pub struct Learner {
    conversations: Conversations,
    usage: HashMap<(u64, OfferingKey), Usage>,
    habits: HashMap<(u64, Arc<str>), Experience>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    output_tokens: Mean,
    /// Share of a prompt that was cached although its conversation had not been here.
    cold_hits: Mean,
    /// Of the prompts that should have been cached, how many were.
    warm_hits: Rate,
    /// The same over all offerings of the model, when this one was last tried.
    usual_warm_hits: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Experience {
    requests: f64,
    conversations: f64,
    growth: Mean,
    reused_share: Mean,
    warm_hits: Rate,
    output_tokens: Mean,
    pauses: Pauses,
}

/// A moving average: the plain mean of the first values, then older ones fade.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    count: u32,
    value: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        self.value += (value - self.value) * (1.0 / f64::from(self.count)).max(NEWEST);
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then_some(self.value)
    }
}

/// How often something happened, of how many times; older times fade.
#[derive(Debug, Clone, Copy, Default)]
struct Rate {
    hits: f64,
    tries: f64,
}

impl Rate {
    /// What a try keeps of its weight when another is added: half after 140.
    const KEPT: f64 = 0.995;

    fn add(&mut self, is_hit: bool) {
        self.hits = self.hits * Self::KEPT + f64::from(u8::from(is_hit));
        self.tries = self.tries * Self::KEPT + 1.0;
    }

    /// `prior` counts as so many tries: one bad day does not make a bad cache, least of all among others that nobody has
    /// tried.
    fn value(self, prior: f64, weight: f64) -> Option<f64> {
        (self.tries > 0.0).then(|| (self.hits + prior * weight) / (self.tries + weight))
    }
}

impl Learner {
    /// Remembers the last conversations: at least so many, at most twice as many.
    pub fn new(conversations: usize) -> Self {
        Self {
            conversations: Conversations::new(conversations),
            usage: HashMap::default(),
            habits: HashMap::default(),
        }
    }

    /// What a conversation has left in caches; nothing, when it is not remembered.
    pub fn recall(&self, conversation: ConversationKey) -> &[CachedPrefix] {
        self.conversations.find(conversation).map_or(&[], Memory::cached)
    }

    /// Learns from a reply.
    pub fn record(
        &mut self,
        workspace: u64,
        conversation: ConversationKey,
        offering: &Offering,
        outcome: &Outcome,
        now_ms: u64,
    ) {
        if self.usage.len().max(self.habits.len()) >= MOST_PAIRS {
            self.usage.clear();
            self.habits.clear();
        }
        let memory = self.conversations.find_or_insert(conversation);
        let usage = self.usage.entry((workspace, offering.key)).or_default();
        let experience = self.habits.entry((workspace, Arc::clone(&offering.model))).or_default();
        let output = as_f64(outcome.output_tokens);
        usage.output_tokens.add(output);
        experience.output_tokens.add(output);
        experience.requests = experience.requests * KEPT + 1.0;
        experience.conversations *= KEPT;
        let prompt_tokens = outcome.estimated_prompt_tokens;
        match memory.last_at_ms {
            None => experience.conversations += 1.0,
            Some(last_at_ms) => {
                experience.pauses.add(now_ms.saturating_sub(last_at_ms));
                experience.growth.add(as_f64(prompt_tokens.saturating_sub(memory.prompt_tokens)));
            }
        }
        learn_of_cache(offering, outcome, memory.cached(), now_ms, usage, experience);
        memory.note(CachedPrefix { offering: offering.key, tokens: prompt_tokens, used_at_ms: now_ms });
    }

    /// Writes what is known of every workspace into a snapshot.
    pub fn publish(&self, measurements: &mut Measurements) {
        for (workspace, offering) in self.usage.keys() {
            measurements.insert_usage(*workspace, *offering, self.usage(*workspace, *offering));
        }
        for (workspace, model) in self.habits.keys() {
            measurements.insert_habits(*workspace, Arc::clone(model), self.habits(*workspace, model));
        }
    }

    /// As [`Self::publish`], only what a reply of this offering has changed.
    pub fn publish_one(&self, workspace: u64, offering: &Offering, measurements: &mut Measurements) {
        measurements.insert_usage(workspace, offering.key, self.usage(workspace, offering.key));
        let habits = self.habits(workspace, &offering.model);
        measurements.insert_habits(workspace, Arc::clone(&offering.model), habits);
    }

    fn usage(&self, workspace: u64, offering: OfferingKey) -> UsageMetrics {
        let usage = self.usage.get(&(workspace, offering)).copied().unwrap_or_default();
        UsageMetrics {
            cache_hit_rate: usage.cold_hits.value(),
            warm_hit_rate: usage.warm_hits.value(usage.usual_warm_hits, OFFERING_PRIOR),
            mean_output_tokens: usage.output_tokens.value(),
        }
    }

    fn habits(&self, workspace: u64, model: &Arc<str>) -> Habits {
        let Some(seen) = self.habits.get(&(workspace, Arc::clone(model))) else { return Habits::default() };
        // As many conversations end as begin, so that the mean number of turns is requests per conversation. The first
        // ones are still going on; that is what the one usual conversation is added for.
        let turns = (seen.requests + USUAL_TURNS) / (seen.conversations + 1.0);
        Habits {
            turns_to_come: (turns - 1.0).max(0.0),
            growth_tokens: seen.growth.value().unwrap_or(0.0),
            reused_share: seen.reused_share.value().unwrap_or(1.0),
            warm_hit_rate: seen.warm_hits.value(1.0, MODEL_PRIOR),
            mean_output_tokens: seen.output_tokens.value(),
            pauses: seen.pauses,
        }
    }
}

fn learn_of_cache(
    offering: &Offering,
    outcome: &Outcome,
    cached: &[CachedPrefix],
    now_ms: u64,
    usage: &mut Usage,
    experience: &mut Experience,
) {
    let Some(cache) = offering.prompt_cache else { return };
    if outcome.prompt_tokens == 0 {
        return;
    }
    // The provider counts tokens, routing estimates them: only shares can be compared.
    let cached_share =
        as_f64(outcome.cached_tokens.min(outcome.prompt_tokens)) / as_f64(outcome.prompt_tokens);
    let kept = CachedPrefix::kept_by(offering, cached, now_ms).min(outcome.estimated_prompt_tokens);
    if kept < cache.min_tokens.max(1) {
        if outcome.estimated_prompt_tokens >= cache.min_tokens {
            usage.cold_hits.add(cached_share);
        }
        return;
    }
    let is_hit = outcome.cached_tokens > 0;
    usage.warm_hits.add(is_hit);
    experience.warm_hits.add(is_hit);
    usage.usual_warm_hits = experience.warm_hits.value(1.0, MODEL_PRIOR).unwrap_or(1.0);
    if is_hit {
        let kept_share = as_f64(kept) / as_f64(outcome.estimated_prompt_tokens.max(1));
        experience.reused_share.add((cached_share / kept_share).min(1.0));
    }
}

#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
fn as_f64(tokens: u64) -> f64 {
    tokens as f64
}
