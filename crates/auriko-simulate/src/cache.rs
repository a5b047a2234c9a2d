//! What a provider bills, and what its cache holds afterwards, by the rules and prices of the catalogue.

use auriko_routing::catalog::Offering;
use auriko_wire::money::{self, NanoUsd};

use crate::random::Random;
use crate::trace::Request;

/// What an offering's cache holds of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Kept {
    /// Tokens from the beginning that the next prompt may share.
    pub(crate) tokens: u64,
    /// When it was last used, milliseconds.
    pub(crate) at_ms: u64,
}

/// What a request cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) cost: NanoUsd,
    pub(crate) cached_tokens: u64,
    /// What is in the cache now.
    pub(crate) kept: Option<Kept>,
}

/// How often caches lose what they promised to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Of a thousand requests that should find their prefix.
    pub(crate) per_mille: u64,
    pub(crate) seed: u64,
}

impl Losses {
    /// Whether this request finds nothing at this offering. Depends on nothing else, so that every policy, the oracle
    /// included, meets the same luck.
    pub(crate) fn strike(self, request: &Request, offering: &Offering) -> bool {
        if self.per_mille == 0 {
            return false;
        }
        let seed = self.seed ^ offering.key.as_u64() ^ request.time_ms.rotate_left(17);
        Random::named(seed, &request.conversation).per_mille(self.per_mille)
    }
}

/// The part of what was kept that is of use to this request; `None` when it has expired, was left behind, or is too short
/// to be found.
pub(crate) fn still_kept(offering: &Offering, request: &Request, kept: Option<Kept>) -> Option<Kept> {
    let (kept, cache) = (kept?, offering.prompt_cache?);
    let is_kept = request.time_ms.saturating_sub(kept.at_ms) <= cache.ttl_seconds.saturating_mul(1000);
    let tokens = kept.tokens.min(request.prefix_tokens);
    (is_kept && storable(offering, tokens) > 0).then_some(Kept { tokens, ..kept })
}

/// Serves a request. `kept` is what the offering's cache held after its last one of the conversation.
///
/// `None`: prices are not known.
pub(crate) fn serve(
    offering: &Offering,
    request: &Request,
    kept: Option<Kept>,
    losses: Losses,
) -> Option<Served> {
    let prices = offering.prices.as_ref()?.for_prompt(request.prompt_tokens);
    let kept = still_kept(offering, request, kept).filter(|_| !losses.strike(request, offering));
    let cacheable = storable(offering, request.prompt_tokens);
    let cached_tokens = kept.map_or(0, |kept| storable(offering, kept.tokens)).min(cacheable);
    let cost = money::cost(&[
        (request.prompt_tokens - cacheable, prices.input),
        (cached_tokens, prices.cache_read),
        (cacheable - cached_tokens, prices.cache_write),
        (request.output_tokens, prices.output),
    ]);
    let kept = (cacheable > 0).then_some(Kept { tokens: cacheable, at_ms: request.time_ms });
    Some(Served { cost, cached_tokens, kept })
}

/// Whole blocks, and nothing below the minimum.
fn storable(offering: &Offering, tokens: u64) -> u64 {
    match offering.prompt_cache {
        Some(cache) if tokens >= cache.min_tokens => tokens - tokens % cache.block_tokens.max(1),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::tests::catalog;

    fn request(time_ms: u64, prompt_tokens: u64, prefix_tokens: u64) -> Request {
        Request {
            time_ms,
            conversation: "c".to_owned(),
            model: "m".to_owned(),
            provider: "cached".to_owned(),
            prompt_tokens,
            prefix_tokens,
            output_tokens: 100,
        }
    }

    /// `cached`: input 1, output 2, read 0.1, write 1.25; from 1000 tokens in blocks of 100, for 300 seconds.
    #[test]
    fn bills_follow_the_rules_of_the_cache() {
        const NONE: Losses = Losses { per_mille: 0, seed: 0 };
        let catalog = catalog();
        let offerings = &catalog.model("m").expect("the model").offerings;
        let offering = offerings.iter().find(|it| &*it.provider == "cached").expect("an offering");
        let check = |request: &Request, kept, nano_usd: u64, cached| {
            let served = serve(offering, request, kept, NONE).expect("prices are known");
            assert_eq!((served.cost.0, served.cached_tokens), (nano_usd, cached), "{request:?}");
            served.kept
        };
        assert_eq!(check(&request(0, 999, 0), None, 999_000 + 200_000, 0), None);
        let kept = check(&request(0, 1250, 0), None, 1_200_000 * 5 / 4 + 50_000 + 200_000, 0);
        assert_eq!(kept, Some(Kept { tokens: 1200, at_ms: 0 }));
        let hit = 120_000 + 800_000 * 5 / 4 + 200_000;
        check(&request(300_000, 2000, 1350), kept, hit, 1200);
        let miss = 2_000_000 * 5 / 4 + 200_000;
        check(&request(300_001, 2000, 1350), kept, miss, 0);
        check(&request(1, 2000, 900), kept, miss, 0);
        let always = Losses { per_mille: 1000, seed: 1 };
        let lost = serve(offering, &request(1, 2000, 1350), kept, always).expect("prices are known");
        assert_eq!(lost.cost.0, miss);
    }
}
