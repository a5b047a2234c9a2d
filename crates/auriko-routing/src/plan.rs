//! [`route`]: enumerate, filter, score; from a request's facts and wishes to the candidates in the order in which they
//! are tried, with the reasons against everybody else.

use std::sync::Arc;
use std::time::Duration;

use auriko_wire::routing_metadata::Warning;

use crate::candidate::{Candidate, enumerate, skipped};
use crate::catalog::Catalog;
use crate::cost;
use crate::facts::Facts;
use crate::filter::{self, Filters};
use crate::keys::{KeySource, OwnKeys};
use crate::measurements::{CachedPrefix, Measurements};
use crate::policy::{Mode, Strategy, Wishes};
use crate::refusal::{self, Refusal};
use crate::score::{self, Selection};

#[cfg(test)]
mod tests;

/// Everything a decision depends on. The same input gives the same plan.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Who offers what.
    pub catalog: &'a Catalog,
    /// What the request is.
    pub facts: &'a Facts,
    /// What the caller wishes.
    pub wishes: &'a Wishes,
    /// What is known from experience.
    pub measurements: &'a Measurements,
    /// What earlier turns of the same conversation left in caches; empty when that is not known.
    pub cached: &'a [CachedPrefix],
    /// Whose history counts; any number that names the workspace.
    pub workspace: u64,
    /// The workspace's own keys.
    pub own_keys: &'a OwnKeys,
    /// How the first candidate is chosen.
    pub selection: Selection,
    /// For [`Selection::Weighted`]; a new one for each request.
    pub seed: u64,
    /// Unix milliseconds.
    pub now_ms: u64,
}

/// Who is tried, in order, and who is not, and why.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Everybody who may serve the request, best first; never empty.
    pub candidates: Vec<Ranked>,
    /// Everybody else.
    pub dropped: Vec<Dropped>,
    /// Reported as `routing_strategy`.
    pub strategy: Strategy,
    /// For `routing_metadata.warnings`.
    pub warnings: Vec<Warning>,
    max_attempts: usize,
}

/// A candidate with what it was ranked by.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The candidate.
    pub candidate: Candidate,
    /// The weighted sum of `scores`, 0 to 1.
    pub score: f64,
    /// For cost, time to first token and throughput, each 0 to 1.
    pub scores: [f64; 3],
    /// US dollars that this request will probably cost. `None`: prices are not known.
    pub expected_cost_usd: Option<f64>,
    /// US dollars per request, if the rest of the conversation stays here: the mean of this request and those that
    /// probably follow. This is what candidates are ranked by. `None`: prices are not known.
    pub conversation_cost_usd: Option<f64>,
    /// Milliseconds to the first token, at the percentile asked for. `None`: not measured.
    pub ttft_ms: Option<f64>,
    /// Output tokens per second, at the percentile asked for. `None`: not measured.
    pub throughput_tps: Option<f64>,
    /// It failed lately; until then, Unix milliseconds, others go first.
    pub open_until_ms: Option<u64>,
}

/// A candidate that is not tried.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// The candidate.
    pub candidate: Candidate,
    /// Every filter it fails; at least one.
    pub failures: Filters,
}

impl Plan {
    /// Those that are tried: the best, and as many of the others as fallbacks are allowed.
    pub fn attempts(&self) -> &[Ranked] {
        &self.candidates[..self.candidates.len().min(self.max_attempts)]
    }
}

/// Plans a request.
///
/// # Errors
/// `model_not_found`; the code of the filter that leaves nobody (routing.md §7, G-20); `model_unavailable` when all who
/// are left failed lately.
pub fn route(input: &Input<'_>) -> Result<Plan, Box<Refusal>> {
    let policy = &input.wishes.policy;
    let found = enumerate(input);
    if found.candidates.is_empty() {
        return Err(Box::new(refusal::nothing_found(input, &found)));
    }
    let demands = filter::demands(input.facts);
    let mut candidates = Vec::with_capacity(found.candidates.len());
    let mut dropped = Vec::new();
    for candidate in found.candidates {
        let metrics = input.measurements.of(&candidate.offering);
        let failures = filter::failures(demands, &candidate, input.facts, policy, &metrics);
        if !failures.is_empty() {
            dropped.push(Dropped { candidate, failures });
            continue;
        }
        let usage = input.measurements.usage(input.workspace, candidate.offering.key);
        let expected = cost::expect(input, &candidate.offering, &usage);
        candidates.push(Ranked {
            score: 0.0,
            scores: [0.0; 3],
            expected_cost_usd: expected.map(|it| it.request_usd),
            conversation_cost_usd: expected.map(|it| it.conversation_usd),
            ttft_ms: metrics.ttft_ms.at(policy.ttft_percentile),
            throughput_tps: metrics.throughput_tps.at(policy.throughput_percentile),
            open_until_ms: match candidate.key_source {
                KeySource::Platform => metrics.open_until_ms,
                KeySource::Own => {
                    let own = input.own_keys.find(&candidate.offering.provider);
                    own.and_then(|own| {
                        input.measurements.own_key_open_until_ms(own.number, candidate.offering.key)
                    })
                }
            },
            candidate,
        });
    }
    if candidates.is_empty() {
        return Err(Box::new(refusal::nobody_left(input, dropped)));
    }
    order(input, &mut candidates);
    if let Some(wait) = all_cool_down(&candidates, input.now_ms) {
        return Err(Box::new(refusal::all_unavailable(input, &candidates, wait)));
    }
    let mut warnings = input.wishes.warnings.clone();
    warnings.extend(skipped(&found.unknown));
    Ok(Plan { candidates, dropped, strategy: policy.strategy, warnings, max_attempts: policy.max_attempts })
}

/// Ranked in groups: all together, or model by model; then whoever failed lately goes last.
fn order(input: &Input<'_>, candidates: &mut [Ranked]) {
    let policy = &input.wishes.policy;
    let is_one_group = |one: &Ranked, other: &Ranked| {
        policy.mode == Mode::Pool || one.candidate.group == other.candidate.group
    };
    let mut is_first = true;
    for group in candidates.chunk_by_mut(is_one_group) {
        score::rank(group, policy.strategy);
        if let (Selection::Weighted { exponent }, true) = (input.selection, is_first) {
            score::draw(group, exponent, input.seed);
        }
        is_first = false;
        if let Some(preferred) = &policy.prefer {
            // Stable: the order within both parts stays.
            group.sort_by_key(|it| *it.candidate.offering.provider != **preferred);
        }
    }
    candidates.sort_by_key(|it| it.cools_down(input.now_ms));
}

/// How long until the first of them may be tried again, if nobody may now.
fn all_cool_down(candidates: &[Ranked], now_ms: u64) -> Option<Duration> {
    // Sorted: if the first one cools down, they all do.
    candidates.first().filter(|it| it.cools_down(now_ms))?;
    let soonest = candidates.iter().filter_map(|it| it.open_until_ms).min()?;
    Some(Duration::from_millis(soonest.saturating_sub(now_ms)))
}

impl Ranked {
    /// Whether it is left alone for now because it failed lately.
    pub fn cools_down(&self, now_ms: u64) -> bool {
        self.open_until_ms.is_some_and(|until| until > now_ms)
    }

    /// The offering of the candidate.
    pub fn offering(&self) -> &Arc<crate::catalog::Offering> {
        &self.candidate.offering
    }
}
