//! The real router in the simulated world: it sees what a gateway would see, and learns from what it is billed.

use std::collections::HashMap;
use std::sync::Arc;

use auriko_routing::catalog::{Catalog, Offering};
use auriko_routing::{
    CachedPrefix, ConversationKey, Defaults, Facts, Input, Learner, Measurements, Outcome, OwnKeys, Plan,
    Selection, Wishes, route,
};
use auriko_wire::request::ChatRequest;
use serde_json::json;

use crate::cache::Served;
use crate::random::Random;
use crate::replay::SimulationError;
use crate::trace::Request;

/// The only workspace.
const WORKSPACE: u64 = 0;
/// How far a gateway's estimate of a prompt's length is off at most, percent: it counts bytes, not tokens.
const ESTIMATE_IS_OFF_BY: u64 = 15;

/// `cost-focus`, with a gateway's memory.
pub(crate) struct Router<'a> {
    catalog: &'a Catalog,
    wishes: HashMap<String, Wishes>,
    excluded: &'a [String],
    learner: Learner,
    measurements: Measurements,
    seed: u64,
}

impl<'a> Router<'a> {
    pub(crate) fn new(catalog: &'a Catalog, excluded: &'a [String], seed: u64) -> Self {
        Self {
            catalog,
            wishes: HashMap::new(),
            excluded,
            learner: Learner::new(100_000),
            measurements: Measurements::default(),
            seed,
        }
    }

    /// Everybody who could serve a request, by the router's own filters.
    pub(crate) fn eligible(&mut self, request: &Request) -> Result<Vec<Arc<Offering>>, SimulationError> {
        let nothing = Measurements::default();
        let plan =
            plan(self.catalog, self.wishes(&request.model)?, &facts(request.prompt_tokens), &nothing, &[], 0);
        let plan =
            plan.map_err(|message| SimulationError::Refused { model: request.model.clone(), message })?;
        let priced =
            plan.candidates.iter().map(|it| Arc::clone(it.offering())).filter(|it| it.prices.is_some());
        Ok(priced.collect())
    }

    /// Chooses where a request goes.
    pub(crate) fn choose(&mut self, request: &Request) -> Result<Arc<Offering>, SimulationError> {
        let facts = facts(self.estimate(request));
        self.wishes(&request.model)?;
        let wishes = &self.wishes[&request.model];
        let cached = self.learner.recall(ConversationKey::new(WORKSPACE, &request.conversation));
        let plan = plan(self.catalog, wishes, &facts, &self.measurements, cached, request.time_ms);
        let plan =
            plan.map_err(|message| SimulationError::Refused { model: request.model.clone(), message })?;
        // Offerings without prices come last, and somebody has prices: `eligible` was asked first.
        Ok(Arc::clone(plan.candidates[0].offering()))
    }

    /// Tells what came of the choice.
    pub(crate) fn learn(&mut self, request: &Request, offering: &Offering, served: &Served) {
        let outcome = Outcome {
            estimated_prompt_tokens: self.estimate(request),
            prompt_tokens: request.prompt_tokens,
            cached_tokens: served.cached_tokens,
            output_tokens: request.output_tokens,
        };
        let key = ConversationKey::new(WORKSPACE, &request.conversation);
        self.learner.record(WORKSPACE, key, offering, &outcome, request.time_ms);
        self.learner.publish_one(WORKSPACE, offering, &mut self.measurements);
    }

    /// Off by the same share in all of a conversation, since it is always the same language.
    fn estimate(&self, request: &Request) -> u64 {
        let percent = Random::named(self.seed, &request.conversation)
            .between(100 - ESTIMATE_IS_OFF_BY, 100 + ESTIMATE_IS_OFF_BY);
        (request.prompt_tokens.saturating_mul(percent) / 100).max(1)
    }

    fn wishes(&mut self, model: &str) -> Result<&Wishes, SimulationError> {
        if !self.wishes.contains_key(model) {
            let body = json!({
                "model": model, "messages": [{ "role": "user", "content": "-" }],
                "gateway": { "routing": { "optimize": "cost-focus", "exclude_providers": self.excluded } },
            });
            let refused = |error: auriko_wire::request::RequestError| SimulationError::Refused {
                model: model.to_owned(),
                message: error.message,
            };
            let request = ChatRequest::parse(body.to_string().as_bytes()).map_err(refused)?;
            let wishes = Wishes::read(&request, &Defaults::default()).map_err(refused)?;
            self.wishes.insert(model.to_owned(), wishes);
        }
        Ok(&self.wishes[model])
    }
}

fn facts(prompt_tokens: u64) -> Facts {
    Facts { prompt_tokens, cacheable_tokens: prompt_tokens, ..Facts::default() }
}

fn plan(
    catalog: &Catalog,
    wishes: &Wishes,
    facts: &Facts,
    measurements: &Measurements,
    cached: &[CachedPrefix],
    now_ms: u64,
) -> Result<Plan, String> {
    let input = Input {
        catalog,
        facts,
        wishes,
        measurements,
        cached,
        workspace: WORKSPACE,
        own_keys: &OwnKeys::default(),
        selection: Selection::Best,
        seed: 0,
        now_ms,
    };
    route(&input).map_err(|refusal| format!("{} {}", refusal.message, refusal.suggestion))
}

#[cfg(test)]
pub(crate) mod tests {
    use auriko_routing::catalog::ProviderSetup;
    use auriko_routing::catalog::file::CatalogFile;

    use super::*;

    /// A model with a cache at `cached`, and without one but cheaper at `plain`.
    pub(crate) fn catalog_file() -> CatalogFile {
        let tier = |input: f64, output: f64| json!({ "name": "standard", "input_price": input, "output_price": output });
        let mut cached = tier(1.0, 2.0);
        cached["cache_read_price"] = 0.1.into();
        cached["cache_write_price"] = 1.25.into();
        let file = json!({ "version": "0", "generated_at": "", "sources": [], "providers": [
            { "id": "cached", "display_name": "Cached" }, { "id": "plain", "display_name": "Plain" },
        ], "models": [{ "id": "m", "family": "m", "display_name": "M", "offerings": [
            { "provider": "cached", "upstream_id": "u", "tiers": [cached],
              "prompt_cache": { "min_tokens": 1000, "block_tokens": 100, "ttl_seconds": 300, "explicit": true } },
            { "provider": "plain", "upstream_id": "u", "context_window": 50_000, "tiers": [tier(0.8, 2.0)] },
        ] }] });
        serde_json::from_value(file).expect("a catalogue")
    }

    pub(crate) fn catalog() -> Catalog {
        Catalog::new(catalog_file(), &|_| ProviderSetup {
            has_platform_key: true,
            ..ProviderSetup::default()
        })
    }

    fn request(time_ms: u64, conversation: &str, prompt_tokens: u64, prefix_tokens: u64) -> Request {
        Request {
            time_ms,
            conversation: conversation.to_owned(),
            model: "m".to_owned(),
            provider: "plain".to_owned(),
            prompt_tokens,
            prefix_tokens,
            output_tokens: 10,
        }
    }

    #[test]
    fn it_learns_to_fill_the_cache() {
        let catalog = catalog();
        let mut router = Router::new(&catalog, &[], 1);
        let losses = crate::cache::Losses { per_mille: 0, seed: 0 };
        let mut last = String::new();
        for conversation in 0..5 {
            let mut kept = None;
            for turn in 0..10 {
                let prompt = 5000 + turn * 500;
                let request = request(turn * 1000, &conversation.to_string(), prompt, prompt - 500);
                let offering = router.choose(&request).expect("a plan");
                let served = crate::cache::serve(&offering, &request, kept, losses).expect("prices");
                kept = served.kept;
                router.learn(&request, &offering, &served);
                last = offering.provider.to_string();
            }
        }
        assert_eq!(last, "cached");
    }

    #[test]
    fn filters_are_those_of_the_router() {
        let catalog = catalog();
        let providers = |excluded: &[String], prompt| {
            let mut router = Router::new(&catalog, excluded, 1);
            let found = router.eligible(&request(0, "c", prompt, 0));
            found.map(|found| found.iter().map(|it| it.provider.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(providers(&[], 10).expect("a plan"), ["plain", "cached"]);
        assert_eq!(providers(&[], 60_000).expect("a plan"), ["cached"]);
        assert_eq!(providers(&["plain".to_owned()], 10).expect("a plan"), ["cached"]);
        assert!(providers(&["plain".to_owned(), "cached".to_owned()], 10).is_err());
    }
}
