//! The counts of one offering: handles, looked up once.

use auriko_wire::usage::Usage;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::metrics::duration;
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

/// What all offerings are counted in.
#[derive(Debug, Clone)]
pub(super) struct Families {
    attempts: Family<AttemptLabels, Counter>,
    durations: Family<OfferingLabels, Histogram, fn() -> Histogram>,
    first_tokens: Family<OfferingLabels, Histogram, fn() -> Histogram>,
    tokens: Family<TokenLabels, Counter>,
    costs: Family<OfferingLabels, Counter>,
    breakers: Family<OfferingLabels, Gauge>,
}

impl Families {
    pub(super) fn register(r: &mut Registry) -> Self {
        let families = Self {
            attempts: Family::default(),
            durations: Family::new_with_constructor(duration),
            first_tokens: Family::new_with_constructor(duration),
            tokens: Family::default(),
            costs: Family::default(),
            breakers: Family::default(),
        };
        let Self { attempts, durations, first_tokens, tokens, costs, breakers } = families.clone();
        r.register("attempts", "Requests sent to a provider, by what came of them", attempts);
        let help = "From the start of an attempt to its end";
        r.register_with_unit("attempt_duration", help, Unit::Seconds, durations);
        let help = "From the start of a streamed attempt to its first token";
        r.register_with_unit("attempt_time_to_first_token", help, Unit::Seconds, first_tokens);
        let help = "Tokens of attempts that served a request; each is in one kind only";
        r.register("tokens", help, tokens);
        let help = "Cost of attempts that served a request, in billionths of a US dollar";
        r.register("cost_nano_usd", help, costs);
        let help = "Whether an offering that was tried before is left alone now";
        r.register("breaker_open", help, breakers);
        families
    }
}

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
