//! Which candidate first: each dimension as a share of the best (0 to 1), weighted by the strategy (G-01).

use crate::catalog::Offering;

/// What to optimise for, with its weights for cost, time to first token and throughput, which sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Strategy {
    /// The word reported in `routing_strategy`.
    pub(crate) name: &'static str,
    weights: [f64; 3],
}

/// The presets of G-01.
const PRESETS: [Strategy; 7] = [
    Strategy { name: "cost", weights: [0.6, 0.2, 0.2] },
    Strategy { name: "cost-focus", weights: [0.96, 0.02, 0.02] },
    Strategy { name: "ttft", weights: [0.2, 0.6, 0.2] },
    Strategy { name: "ttft-focus", weights: [0.02, 0.96, 0.02] },
    Strategy { name: "tps", weights: [0.2, 0.2, 0.6] },
    Strategy { name: "tps-focus", weights: [0.02, 0.02, 0.96] },
    Strategy { name: "balanced", weights: [1.0 / 3.0; 3] },
];

/// Older words (G-03).
const LEGACY: [(&str, &str); 6] = [
    ("floor", "cost-focus"),
    ("cheapest", "cost-focus"),
    ("nitro", "ttft"),
    ("speed", "ttft"),
    ("fast", "ttft"),
    ("throughput", "tps"),
];

impl Default for Strategy {
    /// `cost-focus`, as the guides say.
    fn default() -> Self {
        PRESETS[1]
    }
}

impl Strategy {
    /// The caller's own weights, divided by their sum.
    pub(crate) fn custom(weights: [f64; 3]) -> Self {
        let sum: f64 = weights.iter().sum();
        Self { name: "custom", weights: weights.map(|weight| weight / sum) }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = LEGACY.iter().find(|(old, _)| *old == word).map_or(word, |(_, new)| new);
        PRESETS.into_iter().find(|preset| preset.name == word)
    }

    /// `model:suffix` in its parts. Only an id with exactly one colon has a suffix, and only a known word is
    /// one.
    pub(crate) fn split_suffix(id: &str) -> (&str, Option<Self>) {
        let Some((model, suffix)) = id.split_once(':') else { return (id, None) };
        match Self::parse(suffix) {
            Some(strategy) if !model.is_empty() => (model, Some(strategy)),
            _ => (id, None),
        }
    }
}

/// Best first; equal scores by expected cost, then provider id.
///
/// `expected_cost` is in US dollars, `None` where prices are not known.
pub(crate) fn rank(
    offerings: Vec<Offering>,
    strategy: Strategy,
    expected_cost: &dyn Fn(&Offering) -> Option<f64>,
) -> Vec<Offering> {
    let costs: Vec<_> = offerings.iter().map(expected_cost).collect();
    let latencies: Vec<_> = offerings.iter().map(|offering| offering.provider.latency_ms).collect();
    let rates: Vec<_> = offerings.iter().map(|offering| offering.provider.throughput_tps).collect();
    // Nothing is promised about an unknown price, so it scores worst; unmeasured speed scores in the middle
    // (G-04).
    let cost_scores: Vec<_> =
        smallest_is_best(&costs).into_iter().map(|score| score.unwrap_or(0.0)).collect();
    let ttft_scores = or_median(smallest_is_best(&latencies));
    let rate_scores = or_median(largest_is_best(&rates));
    let mut ranked: Vec<_> = offerings
        .into_iter()
        .enumerate()
        .map(|(position, offering)| {
            let scores = [cost_scores[position], ttft_scores[position], rate_scores[position]];
            let score: f64 = scores.iter().zip(strategy.weights).map(|(score, weight)| score * weight).sum();
            (score, costs[position].unwrap_or(f64::INFINITY), offering)
        })
        .collect();
    ranked.sort_by(|(score, cost, offering), (other_score, other_cost, other)| {
        other_score
            .total_cmp(score)
            .then(cost.total_cmp(other_cost))
            .then_with(|| offering.provider.id.cmp(&other.provider.id))
    });
    ranked.into_iter().map(|(_, _, offering)| offering).collect()
}

fn smallest_is_best(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let smallest = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let score = |value: f64| if value <= 0.0 { 1.0 } else { smallest.max(0.0) / value };
    values.iter().map(|value| value.map(score)).collect()
}

fn largest_is_best(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    values.iter().map(|value| value.map(|value| if largest > 0.0 { value / largest } else { 1.0 })).collect()
}

fn or_median(scores: Vec<Option<f64>>) -> Vec<f64> {
    let mut known: Vec<_> = scores.iter().flatten().copied().collect();
    known.sort_by(f64::total_cmp);
    let median = known.get(known.len() / 2).copied().unwrap_or(1.0);
    scores.into_iter().map(|score| score.unwrap_or(median)).collect()
}
