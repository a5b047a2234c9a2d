//! What a request will probably cost at an offering (routing.md §9, G-01), and what the rest of its conversation would.
//!
//! The next request alone is a bad guide: a prompt that one provider keeps is dear to read again anywhere else, and
//! filling a cache pays only when somebody comes back to it. So candidates are compared by what a request costs on
//! average if the conversation stays with them.

use crate::catalog::Offering;
use crate::facts::Facts;
use crate::habits::Habits;
use crate::measurements::{CachedPrefix, UsageMetrics};
use crate::plan::Input;

/// Output tokens expected where nothing was observed (G-01).
const OUTPUT_PRIOR: f64 = 256.0;
/// Turns looked ahead at most: further on the guess is worse than none. With 8 and 16 the traces of docs/cost-routing.md come
/// out best, with 32 and 64 up to half a percent dearer (2026-11-23).
const MOST_TURNS: f64 = 16.0;

/// US dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// This request.
    pub(crate) request_usd: f64,
    /// The mean of this request and those that probably follow, all of them here.
    pub(crate) conversation_usd: f64,
}

/// `None`: the prices are not known.
pub(crate) fn expect(input: &Input<'_>, offering: &Offering, usage: &UsageMetrics) -> Option<Expected> {
    let habits = input.measurements.habits(input.workspace, &offering.model);
    estimate(input.facts, offering, usage, &habits, input.cached, input.now_ms)
}

fn estimate(
    facts: &Facts,
    offering: &Offering,
    usage: &UsageMetrics,
    habits: &Habits,
    cached: &[CachedPrefix],
    now_ms: u64,
) -> Option<Expected> {
    let prompt = as_f64(facts.prompt_tokens);
    let cacheable = as_f64(facts.cacheable_tokens.min(facts.prompt_tokens));
    // How long a reply gets is up to the model and the question more than to who runs it.
    let usual = habits.mean_output_tokens.or(usage.mean_output_tokens).unwrap_or(OUTPUT_PRIOR).max(0.0);
    let limits = [facts.output_limit, offering.max_output_tokens].into_iter().flatten();
    let output = limits.fold(usual, |tokens, limit| tokens.min(as_f64(limit)));
    let reliability = usage.warm_hit_rate.or(habits.warm_hit_rate).unwrap_or(1.0).clamp(0.0, 1.0);
    let reused = habits.reused_share.clamp(0.0, 1.0);
    let turn = |prompt, cacheable, known, chance| {
        bill(offering, usage, &Turn { prompt, cacheable, known, chance, output })
    };

    let known = as_f64(CachedPrefix::kept_by(offering, cached, now_ms)) * reused;
    let request_usd = turn(prompt, cacheable, known, reliability)?;
    let turns =
        if habits.turns_to_come.is_finite() { habits.turns_to_come.clamp(0.0, MOST_TURNS) } else { 0.0 };
    if turns == 0.0 {
        return Some(Expected { request_usd, conversation_usd: request_usd });
    }
    // The turn in the middle of those to come stands for all of them.
    let growth = habits.growth_tokens.max(0.0);
    let ahead = growth * f64::midpoint(turns, 1.0);
    let (prompt, cacheable) = (prompt + ahead, cacheable + ahead);
    let in_time = offering.prompt_cache.map_or(0.0, |cache| habits.pauses.share_within(cache.ttl_seconds));
    let later_usd = turn(prompt, cacheable, (prompt - growth) * reused, in_time * reliability)?;
    Some(Expected { request_usd, conversation_usd: (request_usd + turns * later_usd) / (1.0 + turns) })
}

/// A request, tokens.
struct Turn {
    prompt: f64,
    /// Of the prompt, what a cache may hold.
    cacheable: f64,
    /// Of the prompt, what the conversation has left in the cache.
    known: f64,
    /// That it is found there, 0 to 1.
    chance: f64,
    output: f64,
}

/// The prompt is split into what the cache will probably serve, what will be written to it and the rest, each at its own
/// price.
fn bill(offering: &Offering, usage: &UsageMetrics, turn: &Turn) -> Option<f64> {
    let prices = offering.prices.as_ref()?.for_prompt(as_u64(turn.prompt));
    let cacheable = storable(offering, turn.cacheable.min(turn.prompt));
    let warm = storable(offering, turn.known.min(cacheable));
    let elsewhere = usage.cache_hit_rate.unwrap_or(0.0).clamp(0.0, 1.0);
    let found = warm + (cacheable - warm) * elsewhere;
    let hit = turn.chance * found + (1.0 - turn.chance) * cacheable * elsewhere;
    let written = cacheable - hit;
    let millionths = (turn.prompt - cacheable) * prices.input.as_usd()
        + hit * prices.cache_read.as_usd()
        + written * prices.cache_write.as_usd()
        + turn.output * prices.output.as_usd();
    Some(millionths / 1e6)
}

/// The part of the prompt that the offering's cache can hold, tokens: whole blocks, and nothing below its minimum.
pub fn cacheable_tokens(facts: &Facts, offering: &Offering) -> u64 {
    as_u64(storable(offering, as_f64(facts.cacheable_tokens.min(facts.prompt_tokens))))
}

/// The part of a prefix that the offering's cache can hold: whole blocks, and nothing below its minimum.
fn storable(offering: &Offering, tokens: f64) -> f64 {
    let Some(cache) = offering.prompt_cache else { return 0.0 };
    let tokens = as_u64(tokens);
    if tokens < cache.min_tokens {
        return 0.0;
    }
    as_f64(tokens - tokens % cache.block_tokens.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
fn as_f64(tokens: u64) -> f64 {
    tokens as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and a fraction of a token is nothing"
)]
fn as_u64(tokens: f64) -> u64 {
    tokens as u64
}

#[cfg(test)]
mod tests;
