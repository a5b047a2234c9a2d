//! Counts what a reply consists of and, at its end, says what it cost and where it ran.

use auriko_routing::catalog::Prices;
use auriko_wire::event::Event;
use auriko_wire::money::{self, NanoUsd};
use auriko_wire::request::warning;
use auriko_wire::routing_metadata::{CostInfo, RoutingMetadata, Warning, WarningType};
use auriko_wire::run::Run;
use auriko_wire::usage::{PromptTokensDetails, Usage};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::catalog::Offering;
use crate::guard::Hold;
use crate::observe::Probe;
use crate::routing::Plan;

/// The account of one reply.
#[derive(Debug)]
pub(crate) struct Meter {
    offering: Offering,
    strategy: &'static str,
    warnings: Vec<Warning>,
    is_stream: bool,
    arrived_at: Instant,
    started_at: Instant,
    prompt_estimate: u64,
    content_bytes: usize,
    first_content_at: Option<Instant>,
    last_content_at: Option<Instant>,
    usage: Option<Box<RawValue>>,
    /// Ends with the reply.
    hold: Option<Hold>,
    /// What operators see of the attempt.
    probe: Option<Probe>,
}

/// The final account.
#[derive(Debug)]
pub(crate) struct Settled {
    /// As reported, else estimated.
    pub(crate) usage: Usage,
    pub(crate) metadata: RoutingMetadata,
    /// `None`: prices are not known.
    pub(crate) cost: Option<NanoUsd>,
}

impl Meter {
    /// For an attempt that starts now.
    pub(crate) fn new(offering: &Offering, plan: &Plan, arrived_at: Instant) -> Self {
        Self {
            offering: offering.clone(),
            strategy: plan.strategy,
            warnings: Vec::new(),
            is_stream: plan.facts.stream,
            arrived_at,
            started_at: Instant::now(),
            prompt_estimate: plan.facts.prompt_tokens,
            content_bytes: 0,
            first_content_at: None,
            last_content_at: None,
            usage: None,
            hold: None,
            probe: None,
        }
    }

    /// Shows operators the attempt.
    pub(crate) fn watch(&mut self, probe: Probe) {
        self.probe = Some(probe);
    }

    pub(crate) fn probe(&mut self) -> Option<&mut Probe> {
        self.probe.as_mut()
    }

    /// Ends an attempt that served.
    pub(crate) fn end_attempt(&mut self, settled: &Settled, outcome: &'static str) {
        let ttft_ms = self.ttft_ms();
        if let Some(probe) = &mut self.probe {
            probe.settle(outcome, settled, ttft_ms);
        }
    }

    /// Keeps the money that is held for the reply.
    pub(crate) fn keep(&mut self, hold: Hold) {
        self.hold = Some(hold);
    }

    pub(crate) fn take_hold(&mut self) -> Option<Hold> {
        self.hold.take()
    }

    /// Whether the provider said anything that it may bill.
    pub(crate) fn has_heard(&self) -> bool {
        self.content_bytes > 0 || self.usage.is_some()
    }

    /// Adds to what the caller will be warned of.
    pub(crate) fn warn(&mut self, warnings: Vec<Warning>) {
        self.warnings.extend(warnings);
    }

    /// As [`Self::warn`], in front of what is there.
    pub(crate) fn warn_first(&mut self, warnings: Vec<Warning>) {
        self.warnings.splice(0..0, warnings);
    }

    pub(crate) fn offering(&self) -> &Offering {
        &self.offering
    }

    /// Notes an event of the reply.
    pub(crate) fn see(&mut self, event: &Event<'_>, now: Instant) {
        let bytes = match event {
            Event::Text { delta } | Event::Reasoning { delta } | Event::Refusal { delta } => delta.len(),
            Event::ToolCall { name, arguments, .. } => {
                name.as_ref().map_or(0, |name| name.len()) + arguments.len()
            }
            Event::Image { .. } => 0,
            Event::Usage { usage } => {
                self.usage = Some(usage.clone().into_owned());
                return;
            }
            _ => return,
        };
        self.count(bytes, now);
    }

    /// As [`Self::see`] of every event of the run.
    pub(crate) fn see_run(&mut self, run: &Run<'_>, now: Instant) {
        self.count(run.text_bytes(), now);
    }

    fn count(&mut self, bytes: usize, now: Instant) {
        self.content_bytes += bytes;
        self.first_content_at.get_or_insert(now);
        self.last_content_at = Some(now);
    }

    /// Milliseconds from the start of the attempt to its first token. `None`: nothing came, or it all came at once.
    pub(crate) fn ttft_ms(&self) -> Option<f64> {
        let at = self.first_content_at.filter(|_| self.is_stream)?;
        Some(milliseconds(self.started_at, at))
    }

    /// Says what it came to.
    pub(crate) fn settle(&mut self) -> Settled {
        let reported = self.usage.take().and_then(|usage| serde_json::from_str::<Usage>(usage.get()).ok());
        let usage = match reported {
            Some(usage) => normalise(usage),
            None => self.estimate(),
        };
        let prices = self.offering.facts.prices.as_ref().map(|table| table.for_prompt(usage.prompt_tokens));
        let mut cost = prices.map(|prices| cost(&usage, prices));
        if let (Some((_, info)), Some(_)) = (&mut cost, &self.offering.own_key) {
            info.byok = Some(true);
        }
        let metadata = RoutingMetadata {
            provider: self.offering.provider.id.clone(),
            provider_model_id: self.offering.upstream_id.to_string(),
            model_canonical: self.offering.model.to_string(),
            routing_strategy: self.strategy.to_owned(),
            cost: cost.as_ref().map(|(_, info)| info.clone()),
            ttft_ms: self
                .first_content_at
                .filter(|_| self.is_stream)
                .map(|at| milliseconds(self.arrived_at, at)),
            throughput_tps: self.throughput(&usage),
            warnings: std::mem::take(&mut self.warnings),
        };
        Settled { usage, metadata, cost: cost.map(|(cost, _)| cost) }
    }

    fn estimate(&mut self) -> Usage {
        let message =
            "The provider reported no usage; token counts are estimated from the size of the texts.";
        self.warnings.push(warning(WarningType::UnsupportedFeature, "usage_estimated", message));
        let completion_tokens = self.content_bytes.div_ceil(4) as u64;
        Usage {
            prompt_tokens: self.prompt_estimate,
            completion_tokens,
            total_tokens: self.prompt_estimate + completion_tokens,
            ..Usage::default()
        }
    }

    /// Over the time between the first and the last token, where the reply took any.
    fn throughput(&self, usage: &Usage) -> Option<f64> {
        let seconds = milliseconds(self.first_content_at?, self.last_content_at?) / 1000.0;
        #[expect(clippy::cast_precision_loss, reason = "token counts are small")]
        let tokens = output_tokens(usage).saturating_sub(1) as f64;
        (seconds > 0.0 && tokens > 0.0).then(|| (tokens / seconds * 10.0).round() / 10.0)
    }
}

/// Puts cached tokens that a provider reports elsewhere into their place, and fills in a missing sum.
fn normalise(mut usage: Usage) -> Usage {
    // Moonshot: `cached_tokens`; DeepSeek: `prompt_cache_hit_tokens`. Both beside the sums (2026-11-22).
    let elsewhere = ["cached_tokens", "prompt_cache_hit_tokens"];
    let cached = elsewhere.iter().find_map(|name| usage.extra.get(*name).and_then(Value::as_u64));
    if let Some(cached) = cached.filter(|_| usage.cached_tokens() == 0) {
        let details = usage.prompt_tokens_details.get_or_insert_with(PromptTokensDetails::default);
        details.cached_tokens = Some(cached);
    }
    if usage.total_tokens == 0 {
        usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
    }
    usage
}

/// All output that is billed: some providers leave reasoning out of `completion_tokens` but not out of the
/// sum.
pub(crate) fn output_tokens(usage: &Usage) -> u64 {
    usage.completion_tokens.max(usage.total_tokens.saturating_sub(usage.prompt_tokens))
}

fn cost(usage: &Usage, prices: &Prices) -> (NanoUsd, CostInfo) {
    let cached = usage.cached_tokens().min(usage.prompt_tokens);
    let written = usage.cache_write_tokens().min(usage.prompt_tokens - cached);
    let plain = usage.prompt_tokens - cached - written;
    let output = (output_tokens(usage), prices.output);
    let actual = money::cost(&[
        (plain, prices.input),
        (cached, prices.cache_read),
        (written, prices.cache_write),
        output,
    ]);
    let uncached = money::cost(&[(usage.prompt_tokens, prices.input), output]);
    let (percent, saved) = match savings(actual, uncached) {
        Some((percent, saved)) if cached > 0 => (Some(percent), Some(saved)),
        _ => (None, None),
    };
    let info = CostInfo {
        usd: actual.as_usd(),
        cache_savings_percent: percent,
        cache_savings_usd: saved,
        hosted_tool_usd: None,
        byok: None,
    };
    (actual, info)
}

/// Whole percent and dollars saved (G-22). `None`: without caching it would have been free.
fn savings(actual: NanoUsd, uncached: NanoUsd) -> Option<(u32, f64)> {
    let saved = uncached.saturating_sub(actual);
    let percent =
        (u128::from(saved.0) * 100 + u128::from(uncached.0) / 2).checked_div(u128::from(uncached.0))?;
    Some((u32::try_from(percent).ok()?, saved.as_usd()))
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    let milliseconds = to.saturating_duration_since(from).as_secs_f64() * 1000.0;
    (milliseconds * 10.0).round() / 10.0
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]
mod tests;
