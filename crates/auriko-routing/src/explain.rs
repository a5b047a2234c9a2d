//! A plan, or a refusal, for people and for `auriko route`: who was ranked how, and why the others were not.

use serde::Serialize;

use crate::candidate::{Candidate, enumerate};
use crate::keys::KeySource;
use crate::plan::{Dropped, Input, Plan, Ranked};
use crate::refusal::{Refusal, code, param, shortcoming};

/// The explanation, ready to be written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What was optimised for.
    pub strategy: &'static str,
    /// In the order in which they are tried; empty when the request is refused.
    pub candidates: Vec<RankedLine>,
    /// Those that are not tried.
    pub dropped: Vec<DroppedLine>,
    /// Offerings of providers that nobody has a key for, as `<provider>/<model>`.
    pub unconfigured: Vec<String>,
}

/// Which offering with whose key.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields of an offering")]
pub struct OfferingLine {
    pub model: String,
    pub provider: String,
    pub tier: String,
    pub provider_model_id: String,
    pub key_source: KeySource,
}

/// A candidate and its marks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankedLine {
    /// The candidate.
    #[serde(flatten)]
    pub offering: OfferingLine,
    /// 0 to 1.
    pub score: f64,
    /// 0 to 1; 1 is the cheapest.
    pub cost_score: f64,
    /// 0 to 1; 1 is the soonest.
    pub ttft_score: f64,
    /// 0 to 1; 1 is the fastest.
    pub throughput_score: f64,
    /// US dollars; absent when prices are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_cost_usd: Option<f64>,
    /// Milliseconds; absent when not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Tokens per second; absent when not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput_tps: Option<f64>,
    /// Whether it goes last because it failed lately.
    pub cools_down: bool,
    /// Whether it is tried, should those before it fail.
    pub is_attempted: bool,
}

/// A candidate and what speaks against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DroppedLine {
    /// The candidate.
    #[serde(flatten)]
    pub offering: OfferingLine,
    /// Every reason, in the order of blame.
    pub reasons: Vec<ReasonLine>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReasonLine {
    /// The code of an error for this reason.
    pub code: &'static str,
    /// The field of the request.
    pub param: &'static str,
    /// One sentence.
    pub message: String,
}

/// Explains what came of an input: its plan, or its refusal.
pub fn explain(input: &Input<'_>, outcome: Result<&Plan, &Refusal>) -> Explanation {
    let (candidates, dropped): (&[Ranked], &[Dropped]) = match outcome {
        Ok(plan) => (&plan.candidates, &plan.dropped),
        Err(refusal) => (&[], &refusal.dropped),
    };
    let attempts = outcome.map_or(0, |plan| plan.attempts().len());
    let ranked = candidates.iter().enumerate().map(|(position, it)| ranked(input, it, position < attempts));
    let unconfigured = enumerate(input).unconfigured;
    Explanation {
        strategy: input.wishes.policy.strategy.name(),
        candidates: ranked.collect(),
        dropped: dropped.iter().map(|it| line_of_dropped(input, it, dropped)).collect(),
        unconfigured: unconfigured.iter().map(|it| format!("{}/{}", it.provider, it.model)).collect(),
    }
}

fn ranked(input: &Input<'_>, it: &Ranked, is_attempted: bool) -> RankedLine {
    let [cost_score, ttft_score, throughput_score] = it.scores;
    RankedLine {
        offering: offering(&it.candidate),
        score: it.score,
        cost_score,
        ttft_score,
        throughput_score,
        expected_cost_usd: it.expected_cost_usd,
        ttft_ms: it.ttft_ms,
        throughput_tps: it.throughput_tps,
        cools_down: it.cools_down(input.now_ms),
        is_attempted,
    }
}

fn line_of_dropped(input: &Input<'_>, it: &Dropped, all: &[Dropped]) -> DroppedLine {
    let reason = |filter| ReasonLine {
        code: code(filter, input, all).as_str(),
        param: param(filter, input),
        message: format!("It {}.", shortcoming(filter)),
    };
    DroppedLine { offering: offering(&it.candidate), reasons: it.failures.iter().map(reason).collect() }
}

fn offering(candidate: &Candidate) -> OfferingLine {
    let offering = &candidate.offering;
    OfferingLine {
        model: offering.model.to_string(),
        provider: offering.provider.to_string(),
        tier: offering.tier.to_string(),
        provider_model_id: offering.upstream_id.to_string(),
        key_source: candidate.key_source,
    }
}
