//! Which candidate first: each dimension as a share of the best (0 to 1), weighted by the strategy (G-01).

use std::cmp::Ordering;

use crate::plan::Ranked;
use crate::policy::Strategy;

/// How the first candidate is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Selection {
    /// The one with the highest score.
    #[default]
    Best,
    /// Drawn with a probability in proportion to a power of the score, so that several share the load. The others
    /// follow best first.
    Weighted {
        /// The higher, the more often the best is drawn; 0 draws evenly.
        exponent: f64,
    },
}

/// Scores the candidates and sorts them, best first: ties by lower expected cost, then provider id.
pub(crate) fn rank(candidates: &mut [Ranked], strategy: Strategy) {
    let costs = Range::of(candidates, |it| it.expected_cost_usd);
    let ttfts = Range::of(candidates, |it| it.ttft_ms);
    let rates = Range::of(candidates, |it| it.throughput_tps);
    let ttft = |it: &Ranked| it.ttft_ms.map(|value| share_of_smallest(value, ttfts.smallest));
    let rate = |it: &Ranked| it.throughput_tps.map(|value| share_of_largest(value, rates.largest));
    // What was not measured is taken to be average (G-04).
    let usual_ttft = if ttfts.has_gaps { median(candidates, &ttft) } else { 1.0 };
    let usual_rate = if rates.has_gaps { median(candidates, &rate) } else { 1.0 };
    let weights = strategy.weights();
    for candidate in candidates.iter_mut() {
        // An unknown price is no measurement that was missed: nothing is promised about it, so it scores worst.
        let cost = candidate.expected_cost_usd.map_or(0.0, |value| share_of_smallest(value, costs.smallest));
        let scores = [cost, ttft(candidate).unwrap_or(usual_ttft), rate(candidate).unwrap_or(usual_rate)];
        candidate.scores = scores;
        candidate.score = scores.iter().zip(weights).map(|(score, weight)| score * weight).sum();
    }
    candidates.sort_unstable_by(compare);
}

/// Moves the drawn candidate to the front.
pub(crate) fn draw(candidates: &mut [Ranked], exponent: f64, seed: u64) {
    // Where the caller's own key and the platform's could serve, the own one goes first (routing.md §6.2).
    let is_spare = |candidates: &[Ranked], position: usize| {
        let key = candidates[position].candidate.offering.key;
        candidates[..position].iter().any(|earlier| earlier.candidate.offering.key == key)
    };
    let weight = |candidates: &[Ranked], position: usize| {
        if is_spare(candidates, position) { 0.0 } else { candidates[position].score.max(0.0).powf(exponent) }
    };
    let total: f64 = (0..candidates.len()).map(|position| weight(candidates, position)).sum();
    if !(total.is_finite() && total > 0.0) {
        return;
    }
    let mut left = uniform(seed) * total;
    for position in 0..candidates.len() {
        let share = weight(candidates, position);
        if left < share {
            candidates[..=position].rotate_right(1);
            return;
        }
        left -= share;
    }
}

fn compare(one: &Ranked, other: &Ranked) -> Ordering {
    let cost = |it: &Ranked| it.expected_cost_usd.unwrap_or(f64::INFINITY);
    let (this, that) = (&one.candidate, &other.candidate);
    other
        .score
        .total_cmp(&one.score)
        .then(cost(one).total_cmp(&cost(other)))
        .then_with(|| this.offering.provider.cmp(&that.offering.provider))
        .then_with(|| this.offering.model.cmp(&that.offering.model))
        .then_with(|| this.offering.tier.cmp(&that.offering.tier))
        .then_with(|| this.offering.upstream_id.cmp(&that.offering.upstream_id))
        .then(this.key_source.cmp(&that.key_source))
}

struct Range {
    smallest: f64,
    largest: f64,
    has_gaps: bool,
}

impl Range {
    fn of(candidates: &[Ranked], value: impl Fn(&Ranked) -> Option<f64>) -> Self {
        let nothing = Self { smallest: f64::INFINITY, largest: 0.0, has_gaps: false };
        candidates.iter().map(value).fold(nothing, |range, value| match value {
            Some(value) => {
                Self { smallest: range.smallest.min(value), largest: range.largest.max(value), ..range }
            }
            None => Self { has_gaps: true, ..range },
        })
    }
}

fn share_of_smallest(value: f64, smallest: f64) -> f64 {
    if value <= 0.0 { 1.0 } else { smallest.max(0.0) / value }
}

fn share_of_largest(value: f64, largest: f64) -> f64 {
    if largest > 0.0 { value.max(0.0) / largest } else { 1.0 }
}

/// Of those that are known; 1 when none is, since then all are alike.
fn median(candidates: &[Ranked], score: &impl Fn(&Ranked) -> Option<f64>) -> f64 {
    let mut known: Vec<_> = candidates.iter().filter_map(score).collect();
    known.sort_unstable_by(f64::total_cmp);
    match known.len() {
        0 => 1.0,
        length if length % 2 == 1 => known[length / 2],
        length => f64::midpoint(known[length / 2 - 1], known[length / 2]),
    }
}

/// From 0 up to but not including 1, evenly spread over seeds: one step of `SplitMix64`.
fn uniform(seed: u64) -> f64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let share = (bits >> 11) as f64 / (1u64 << 53) as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ranked;

    fn order(candidates: &[Ranked]) -> Vec<&str> {
        candidates.iter().map(|it| &*it.candidate.offering.provider).collect()
    }

    fn strategy(word: &str) -> Strategy {
        Strategy::parse(word).expect("a preset")
    }

    #[test]
    fn scores_are_shares_of_the_best() {
        let mut candidates = [
            ranked("a", Some(2.0), Some(100.0), Some(50.0)),
            ranked("b", Some(1.0), Some(400.0), Some(100.0)),
            ranked("c", None, None, None),
        ];
        rank(&mut candidates, strategy("cost"));
        assert_eq!(order(&candidates), ["b", "a", "c"]);
        let scores: Vec<_> = candidates.iter().map(|it| it.scores).collect();
        assert_eq!(scores, [[1.0, 0.25, 1.0], [0.5, 1.0, 0.5], [0.0, 0.625, 0.75]]);
        assert!((candidates[0].score - (0.6 + 0.2 * 0.25 + 0.2)).abs() < 1e-12);
        rank(&mut candidates, strategy("ttft-focus"));
        assert_eq!(order(&candidates), ["a", "c", "b"]);
    }

    #[test]
    fn ties_go_to_the_cheaper_one_and_then_by_name() {
        let mut candidates = [ranked("b", Some(1.0), None, None), ranked("a", Some(1.0), None, None)];
        rank(&mut candidates, strategy("cost"));
        assert_eq!(order(&candidates), ["a", "b"]);
        let mut candidates =
            [ranked("a", Some(2.0), Some(1.0), None), ranked("b", Some(1.0), Some(1.0), None)];
        rank(&mut candidates, Strategy::custom([0.0, 1.0, 0.0]).expect("weights"));
        assert_eq!(order(&candidates), ["b", "a"]);
    }

    #[test]
    fn what_is_free_scores_best() {
        let mut candidates = [ranked("a", Some(1.0), None, None), ranked("b", Some(0.0), None, None)];
        rank(&mut candidates, strategy("cost"));
        assert_eq!((candidates[0].scores[0], candidates[1].scores[0]), (1.0, 0.0));
        assert_eq!(order(&candidates), ["b", "a"]);
    }

    #[test]
    fn draws_follow_the_scores() {
        let count = |exponent: f64| {
            let first_is_b = |seed: &u64| {
                let mut candidates = [ranked("a", Some(1.0), None, None), ranked("b", Some(2.0), None, None)];
                rank(&mut candidates, Strategy::custom([1.0, 0.0, 0.0]).expect("weights"));
                draw(&mut candidates, exponent, *seed);
                order(&candidates) == ["b", "a"]
            };
            (0..3000).filter(first_is_b).count()
        };
        // Scores 1 and 0.5: shares of b are 1/3, 1/5 and 1/2.
        assert!((900..1100).contains(&count(1.0)), "{}", count(1.0));
        assert!((520..680).contains(&count(2.0)), "{}", count(2.0));
        assert!((1400..1600).contains(&count(0.0)), "{}", count(0.0));
    }
}
