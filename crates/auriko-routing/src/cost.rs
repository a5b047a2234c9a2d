//! What a request will probably cost at an offering (routing.md §9, G-01).

use crate::catalog::Offering;
use crate::facts::Facts;
use crate::measurements::{CachedPrefix, UsageMetrics};

/// Output tokens expected where nothing was observed (G-01).
const OUTPUT_PRIOR: f64 = 256.0;

/// Share of a conversation's cached prefix that its next turn reads, where nothing was observed: caches are emptied
/// early now and then. A guess; measured after the first turns.
const WARM_PRIOR: f64 = 0.9;

/// What is known beside the request itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Experience<'a> {
    /// Of the workspace with the offering.
    pub(crate) usage: UsageMetrics,
    /// Of the conversation with all offerings.
    pub(crate) cached: &'a [CachedPrefix],
    /// Unix milliseconds.
    pub(crate) now_ms: u64,
}

/// US dollars. `None`: the prices are not known.
///
/// The prompt is split into what the cache will probably serve, what will be written to it and the rest, each at its
/// own price; the reply is as long as the workspace's replies usually are, and never longer than allowed.
#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
pub(crate) fn expected_cost(facts: &Facts, offering: &Offering, experience: &Experience<'_>) -> Option<f64> {
    let prices = offering.prices.as_ref()?.for_prompt(facts.prompt_tokens);
    let prompt = facts.prompt_tokens as f64;
    let cacheable = cacheable_tokens(facts, offering) as f64;
    let hit = expected_hit(cacheable, offering, experience);
    let written = cacheable - hit;
    let limits = [facts.output_limit, offering.max_output_tokens].into_iter().flatten();
    let usual = experience.usage.mean_output_tokens.unwrap_or(OUTPUT_PRIOR).max(0.0);
    let output = limits.fold(usual, |tokens, limit| tokens.min(limit as f64));
    let millionths = (prompt - cacheable) * prices.input.as_usd()
        + hit * prices.cache_read.as_usd()
        + written * prices.cache_write.as_usd()
        + output * prices.output.as_usd();
    Some(millionths / 1e6)
}

/// What the conversation left behind, if the cache still keeps it; at least what it shares with others.
#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
fn expected_hit(cacheable: f64, offering: &Offering, experience: &Experience<'_>) -> f64 {
    let usage = &experience.usage;
    let shared = usage.cache_hit_rate.unwrap_or(0.0).clamp(0.0, 1.0) * cacheable;
    let kept_ms = offering.prompt_cache.map_or(0, |cache| cache.ttl_seconds.saturating_mul(1000));
    let is_kept = |it: &&CachedPrefix| {
        it.offering == offering.key && experience.now_ms < it.used_at_ms.saturating_add(kept_ms)
    };
    let own = experience.cached.iter().find(is_kept).map_or(0.0, |prefix| {
        let rate = usage.warm_hit_rate.unwrap_or(WARM_PRIOR).clamp(0.0, 1.0);
        (prefix.tokens as f64).min(cacheable) * rate
    });
    own.max(shared)
}

/// The part of the prompt that the offering's cache can hold, tokens: whole blocks, and nothing below its minimum.
pub fn cacheable_tokens(facts: &Facts, offering: &Offering) -> u64 {
    let Some(cache) = offering.prompt_cache else { return 0 };
    let tokens = facts.cacheable_tokens.min(facts.prompt_tokens);
    if tokens < cache.min_tokens {
        return 0;
    }
    tokens - tokens % cache.block_tokens.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::catalog;

    fn check(model: &str, facts: &Facts, usage: &UsageMetrics, expected: f64) {
        let catalog = catalog();
        let offering = &catalog.model(model).expect("a model").offerings[0];
        let experience = Experience { usage: *usage, cached: &[], now_ms: 0 };
        let cost = expected_cost(facts, offering, &experience).expect("prices are known");
        assert!((cost - expected).abs() < 1e-12, "{model}: {cost} instead of {expected}");
    }

    fn facts(prompt_tokens: u64, cacheable_tokens: u64, output_limit: Option<u64>) -> Facts {
        Facts { prompt_tokens, cacheable_tokens, output_limit, ..Facts::default() }
    }

    /// `cached`: input 2, output 10, cache read 0.2, cache write 2.5 dollars; from 1000 tokens in blocks of 100.
    #[test]
    fn the_formula_of_g_01_holds() {
        let none = UsageMetrics::default();
        let check = |facts: Facts, usage: &UsageMetrics, expected| check("cached", &facts, usage, expected);
        // Under the minimum nothing is cached: 999 at 2, 256 at 10.
        check(facts(999, 999, None), &none, (999.0 * 2.0 + 256.0 * 10.0) / 1e6);
        // Without history everything cacheable is written: 1150 in blocks is 1100; 100 tokens of output at most.
        check(facts(2000, 1150, Some(100)), &none, (900.0 * 2.0 + 1100.0 * 2.5 + 100.0 * 10.0) / 1e6);
        let usage = UsageMetrics { cache_hit_rate: Some(0.5), mean_output_tokens: Some(40.0), ..none };
        let expected = (900.0 * 2.0 + 550.0 * 0.2 + 550.0 * 2.5 + 40.0 * 10.0) / 1e6;
        check(facts(2000, 1150, Some(100)), &usage, expected);
        let usage = UsageMetrics { cache_hit_rate: Some(7.0), mean_output_tokens: Some(1e6), ..none };
        // A rate is at most 1, and a reply no longer than the offering's own limit of 4096.
        check(facts(2000, 2000, None), &usage, (2000.0 * 0.2 + 4096.0 * 10.0) / 1e6);
    }

    #[test]
    fn long_prompts_have_their_own_price() {
        let none = UsageMetrics::default();
        check("stepped", &facts(1000, 0, Some(1)), &none, (1000.0 + 1.0) / 1e6);
        check("stepped", &facts(1001, 0, Some(1)), &none, (1001.0 * 3.0 + 3.0) / 1e6);
    }

    /// Kept for 300 s; 2000 tokens are cacheable.
    #[test]
    fn a_conversation_is_cheap_where_its_last_turn_was() {
        let catalog = catalog();
        let offering = &catalog.model("cached").expect("a model").offerings[0];
        let facts = facts(2000, 2000, Some(0));
        let check = |prefix: CachedPrefix, usage: UsageMetrics, hit: f64| {
            let experience = Experience { usage, cached: &[prefix], now_ms: 1_300_000 };
            let cost = expected_cost(&facts, offering, &experience).expect("prices are known");
            let expected = (hit * 0.2 + (2000.0 - hit) * 2.5) / 1e6;
            assert!((cost - expected).abs() < 1e-12, "{cost} instead of {expected}");
        };
        let none = UsageMetrics::default();
        let prefix = CachedPrefix { offering: offering.key, tokens: 1500, used_at_ms: 1_000_001 };
        check(prefix, none, 1500.0 * WARM_PRIOR);
        check(prefix, UsageMetrics { warm_hit_rate: Some(0.5), ..none }, 750.0);
        check(prefix, UsageMetrics { cache_hit_rate: Some(0.9), ..none }, 1800.0);
        check(
            CachedPrefix { tokens: 9000, ..prefix },
            UsageMetrics { warm_hit_rate: Some(1.0), ..none },
            2000.0,
        );
        check(CachedPrefix { used_at_ms: 1_000_000, ..prefix }, none, 0.0);
        let elsewhere = catalog.model("m").expect("a model").offerings[0].key;
        check(CachedPrefix { offering: elsewhere, ..prefix }, none, 0.0);
    }
}
