//! The counts of one offering: handles, looked up once.

use auriko_wire::usage::Usage;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::metrics::Families;
use crate::meter::output_tokens;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfferingLabels {
    provider: String,
    model: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct AttemptLabels {
    provider: String,
    model: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TokenLabels {
    provider: String,
    model: String,
    kind: &'static str,
}

/// Disjoint, so that their sum has a meaning.
const KINDS: [&str; 5] = ["input", "cache_read", "cache_write", "output", "reasoning"];

/// What is counted of an offering.
#[derive(Debug)]
pub(crate) struct Counts {
    families: Families,
    labels: OfferingLabels,
    answered: Counter,
    durations: Histogram,
    first_tokens: Histogram,
    tokens: [Counter; KINDS.len()],
    cost: Counter,
    pub(super) breaker: Gauge,
}

impl Counts {
    pub(super) fn new(families: &Families, provider: &str, model: &str) -> Self {
        let labels = OfferingLabels { provider: provider.to_owned(), model: model.to_owned() };
        let kind = |kind| {
            let OfferingLabels { provider, model } = labels.clone();
            families.tokens.get_or_create_owned(&TokenLabels { provider, model, kind })
        };
        Self {
            answered: families.attempts.get_or_create_owned(&attempt(&labels, "ok")),
            durations: families.durations.get_or_create_owned(&labels),
            first_tokens: families.first_tokens.get_or_create_owned(&labels),
            tokens: KINDS.map(kind),
            cost: families.costs.get_or_create_owned(&labels),
            breaker: families.breakers.get_or_create_owned(&labels),
            families: families.clone(),
            labels,
        }
    }

    pub(super) fn count_attempt(&self, outcome: &'static str, seconds: f64) {
        self.durations.observe(seconds);
        if outcome == "ok" {
            self.answered.inc();
        } else {
            self.families.attempts.get_or_create(&attempt(&self.labels, outcome)).inc();
        }
    }

    pub(super) fn count_first_token(&self, seconds: f64) {
        self.first_tokens.observe(seconds);
    }

    pub(super) fn count_usage(&self, usage: &Usage, cost_nano_usd: u64) {
        for (counter, tokens) in self.tokens.iter().zip(kinds(usage)) {
            if tokens > 0 {
                counter.inc_by(tokens);
            }
        }
        self.cost.inc_by(cost_nano_usd);
    }
}

fn attempt(labels: &OfferingLabels, outcome: &'static str) -> AttemptLabels {
    let OfferingLabels { provider, model } = labels.clone();
    AttemptLabels { provider, model, outcome }
}

/// Tokens by kind, in the order of [`KINDS`].
fn kinds(usage: &Usage) -> [u64; KINDS.len()] {
    let read = usage.cached_tokens().min(usage.prompt_tokens);
    let written = usage.cache_write_tokens().min(usage.prompt_tokens - read);
    let output = output_tokens(usage);
    let reasoning = reasoning_tokens(usage).min(output);
    [usage.prompt_tokens - read - written, read, written, output - reasoning, reasoning]
}

pub(super) fn reasoning_tokens(usage: &Usage) -> u64 {
    usage.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use auriko_wire::usage::{CompletionTokensDetails, PromptTokensDetails};

    use super::*;

    #[test]
    fn every_token_is_of_one_kind() {
        let usage = Usage {
            prompt_tokens: 100,
            completion_tokens: 50,
            total_tokens: 150,
            prompt_tokens_details: Some(PromptTokensDetails {
                cached_tokens: Some(60),
                ..PromptTokensDetails::default()
            }),
            completion_tokens_details: Some(CompletionTokensDetails {
                reasoning_tokens: Some(20),
                ..CompletionTokensDetails::default()
            }),
            ..Usage::default()
        };
        assert_eq!(kinds(&usage), [40, 60, 0, 30, 20]);
        // A provider that claims more than there is.
        let wrong = Usage { prompt_tokens: 10, ..usage };
        assert_eq!(kinds(&wrong), [0, 10, 0, 120, 20]);
    }
}
