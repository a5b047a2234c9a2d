//! How a workspace's conversations with a model usually go on: what decides whether a cache is worth filling.

/// Longest pause that is told apart: 2^18 seconds, three days.
const BUCKETS: usize = 18;

/// Conversations of a workspace with a model, on average: numbers only, no prompts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// Requests that probably follow a request in its conversation.
    pub turns_to_come: f64,
    /// Tokens by which a prompt is longer than the one before it.
    pub growth_tokens: f64,
    /// Share of the previous prompt that a prompt begins with, 0 to 1, wherever that was seen.
    pub reused_share: f64,
    /// Share of the prompts that were found in a cache, of those that their conversation had left there, 0 to 1, over all
    /// offerings of the model. `None`: no history.
    pub warm_hit_rate: Option<f64>,
    /// Mean length of replies, tokens. `None`: no reply was seen.
    pub mean_output_tokens: Option<f64>,
    /// Time between two requests of a conversation.
    pub pauses: Pauses,
}

impl Default for Habits {
    /// Before anything was seen: no turn follows, and nothing is looked forward to.
    fn default() -> Self {
        Self {
            turns_to_come: 0.0,
            growth_tokens: 0.0,
            reused_share: 1.0,
            warm_hit_rate: None,
            mean_output_tokens: None,
            pauses: Pauses::default(),
        }
    }
}

/// How long the pauses of conversations are: a histogram over powers of two that slowly forgets.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pauses {
    weights: [f64; BUCKETS],
}

impl Pauses {
    /// What a pause keeps of its weight when another is added: half after 350.
    const KEPT: f64 = 0.998;

    /// Adds a pause.
    pub fn add(&mut self, milliseconds: u64) {
        for weight in &mut self.weights {
            *weight *= Self::KEPT;
        }
        self.weights[bucket(milliseconds / 1000)] += 1.0;
    }

    /// Share of pauses that are no longer than so many seconds, 0 to 1; 1 when none was seen. Within the bucket that the
    /// limit falls into, pauses are taken to be spread evenly.
    pub fn share_within(&self, seconds: u64) -> f64 {
        let total: f64 = self.weights.iter().sum();
        if total <= 0.0 {
            return 1.0;
        }
        let last = bucket(seconds);
        let shorter: f64 = self.weights[..last].iter().sum();
        let (from, to) = (lower_edge(last), lower_edge(last + 1));
        let within = ((as_f64(seconds) - from) / (to - from)).clamp(0.0, 1.0);
        (shorter + self.weights[last] * within) / total
    }
}

/// Bucket 0 is below two seconds, bucket n from 2^n seconds on.
fn bucket(seconds: u64) -> usize {
    usize::try_from(seconds.max(1).ilog2()).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

fn lower_edge(bucket: usize) -> f64 {
    if bucket == 0 { 0.0 } else { as_f64(1 << bucket) }
}

#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 seconds")]
fn as_f64(seconds: u64) -> f64 {
    seconds as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_pauses_are_counted() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.share_within(0).to_bits(), 1.0_f64.to_bits());
        for _ in 0..300 {
            pauses.add(10_000);
            pauses.add(1_000_000);
        }
        let check = |seconds, expected: f64| {
            let share = pauses.share_within(seconds);
            assert!((share - expected).abs() < 0.01, "{seconds}: {share}");
        };
        check(4, 0.0);
        check(12, 0.25);
        check(300, 0.5);
        check(7200, 1.0);
        check(u64::MAX, 1.0);
    }
}
