//! What a request will probably cost at an offering (routing.md §9, G-01).

use crate::catalog::Offering;
use crate::facts::Facts;
use crate::measurements::UsageMetrics;

/// Output tokens expected where nothing was observed (G-01).
const OUTPUT_PRIOR: f64 = 256.0;

/// US dollars. `None`: the prices are not known.
///
/// The prompt is split into what the cache will probably serve, what will be written to it and the rest, each at its
/// own price; the reply is as long as the workspace's replies usually are, and never longer than allowed.
#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
pub(crate) fn expected_cost(facts: &Facts, offering: &Offering, usage: &UsageMetrics) -> Option<f64> {
    let prices = offering.prices.as_ref()?.for_prompt(facts.prompt_tokens);
    let prompt = facts.prompt_tokens as f64;
    let cacheable = cacheable_tokens(facts, offering) as f64;
    let hit = usage.cache_hit_rate.unwrap_or(0.0).clamp(0.0, 1.0) * cacheable;
    let written = cacheable - hit;
    let limits = [facts.output_limit, offering.max_output_tokens].into_iter().flatten();
    let usual = usage.mean_output_tokens.unwrap_or(OUTPUT_PRIOR).max(0.0);
    let output = limits.fold(usual, |tokens, limit| tokens.min(limit as f64));
    let millionths = (prompt - cacheable) * prices.input.as_usd()
        + hit * prices.cache_read.as_usd()
        + written * prices.cache_write.as_usd()
        + output * prices.output.as_usd();
    Some(millionths / 1e6)
}

/// The part of the prompt that the offering's cache can hold: whole blocks, and nothing below its minimum.
fn cacheable_tokens(facts: &Facts, offering: &Offering) -> u64 {
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
        let cost = expected_cost(facts, offering, usage).expect("prices are known");
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
}
