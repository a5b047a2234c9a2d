//! The account of one request: opened when its plan is made, settled exactly once when it is over, whether it
//! was answered, refused or abandoned.
//!
//! This is the one place where a request begins and ends to count. What has to be reserved belongs into
//! [`Account::open`], what has to be booked into [`Account::close`]; nothing else sees every request's end.

use std::sync::Arc;

use auriko_routing::{ConversationKey, Endpoint};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::money;
use auriko_wire::routing_metadata::RoutingMetadata;
use auriko_wire::usage::Usage;
use tokio::time::Instant;

use crate::attempt::Job;
use crate::catalog::Offering;
use crate::dispatch::Passage;
use crate::failure::Failure;
use crate::gateway::Inner;
use crate::guard::{Entry, status};
use crate::health::{Health, Line, Sample};
use crate::ledger::{Hedge, Ledger, Outcome, Served, Settlement};
use crate::meter::{Meter, Settled, output_tokens};
use crate::observe::{End, Trail};
use crate::routing::Plan;

/// A request that is not over.
pub(crate) struct Account {
    health: Arc<Health>,
    ledger: Option<Arc<dyn Ledger>>,
    entry: Option<Entry>,
    trail: Option<Box<Trail>>,
    request_id: String,
    workspace: u64,
    arrived_at: Instant,
    attempts: u32,
    hedges: Vec<Hedge>,
    is_open: bool,
}

/// A request that somebody answers.
pub(crate) struct Serving {
    account: Account,
    meter: Meter,
    line: Line,
    conversation: ConversationKey,
    /// As estimated.
    prompt_tokens: u64,
    /// Whether it says something about other requests.
    is_telling: bool,
}

impl Account {
    pub(crate) fn open(
        gateway: &Inner,
        passage: &mut Passage<'_>,
        plan: &Plan,
        arrived_at: Instant,
        entry: Option<Entry>,
    ) -> Self {
        Self {
            health: Arc::clone(&gateway.health),
            ledger: gateway.ledger.clone(),
            entry,
            trail: passage.trail.take(),
            request_id: passage.request_id.to_owned(),
            workspace: plan.workspace,
            arrived_at,
            attempts: 0,
            hedges: Vec::new(),
            is_open: true,
        }
    }

    /// The parent of the attempts' spans. `None`: nobody wants traces.
    pub(crate) fn trace(&self) -> Option<opentelemetry::Context> {
        self.trail.as_ref()?.context()
    }

    /// What everything that is logged about the request is logged in.
    pub(crate) fn log(&self) -> tracing::Span {
        self.trail.as_ref().map_or_else(tracing::Span::none, |trail| trail.log().clone())
    }

    /// Counts an attempt that is about to be made.
    pub(crate) fn begin_attempt(&mut self) {
        self.attempts += 1;
    }

    /// Notes an attempt that was cancelled because another one answered first, `started_at` some time ago.
    pub(crate) fn add_hedge(&mut self, offering: &Offering, plan: &Plan, started_at: Instant) {
        let tokens = plan.facts.prompt_tokens;
        let prices = offering.facts.prices.as_ref().map(|table| table.for_prompt(tokens));
        self.hedges.push(Hedge {
            model: Arc::clone(&offering.model),
            provider: offering.provider.id.clone(),
            possible_cost: prices.map(|prices| money::cost(&[(tokens, prices.input)])),
        });
        // It would have taken even longer; leaving it out would make the slow look fast.
        self.health.record(Sample {
            offering: Arc::clone(&offering.facts),
            workspace: self.workspace,
            ttft_ms: Some(started_at.elapsed().as_secs_f64() * 1000.0),
            throughput_tps: None,
        });
    }

    /// Hands the account to the attempt that was first.
    pub(crate) fn serve(self, meter: Meter, line: Line, job: &Job<'_>) -> Serving {
        Serving {
            account: self,
            meter,
            line,
            conversation: job.plan.conversation,
            prompt_tokens: job.plan.facts.prompt_tokens,
            // Vectors have neither conversations nor lengths.
            is_telling: !job.is_staged() && job.plan.facts.endpoint != Endpoint::Embeddings,
        }
    }

    /// Ends a request that nobody answered.
    pub(crate) fn fail(mut self, code: ErrorCode) {
        self.close(Outcome::Failed(code), None);
    }

    fn close(&mut self, outcome: Outcome, served: Option<(&Meter, &Settled)>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        if let Some(trail) = self.trail.take() {
            let served = served.map(|(meter, settled)| (meter.offering(), settled));
            let end = match outcome {
                Outcome::Completed => End::plain(200, None),
                Outcome::Failed(code) => End::plain(status(code), Some(code.as_str())),
                Outcome::Abandoned => End::abandoned(),
            };
            trail.end(End { attempts: self.attempts, served, ..end });
        }
        if self.ledger.is_none() && self.entry.is_none() {
            return;
        }
        let served = served.map(|(meter, settled)| Served {
            model: Arc::clone(&meter.offering().model),
            provider: meter.offering().provider.id.clone(),
            tier: Arc::clone(&meter.offering().facts.tier),
            is_byok: meter.offering().own_key.is_some(),
            usage: settled.usage.clone(),
            cost: settled.cost,
            ttft_ms: settled.metadata.ttft_ms,
        });
        let duration = self.arrived_at.elapsed();
        if let Some(entry) = self.entry.take() {
            entry.close(outcome, served.as_ref(), duration);
        }
        let Some(ledger) = &self.ledger else { return };
        ledger.settle(&Settlement {
            request_id: std::mem::take(&mut self.request_id),
            workspace: self.workspace,
            outcome,
            attempts: self.attempts,
            served,
            hedges: std::mem::take(&mut self.hedges),
            duration,
        });
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.close(Outcome::Abandoned, None);
    }
}

impl Serving {
    pub(crate) fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    pub(crate) fn offering(&self) -> &Offering {
        self.meter.offering()
    }

    /// What everything that is logged about the request is logged in.
    pub(crate) fn log(&self) -> tracing::Span {
        self.account.log()
    }

    /// Ends a request that was answered completely, and says what it came to.
    pub(crate) fn complete(&mut self) -> (Usage, RoutingMetadata) {
        let settled = self.settle(Outcome::Completed);
        (settled.usage, settled.metadata)
    }

    /// Ends a request whose reply broke off.
    pub(crate) fn fail(&mut self, code: ErrorCode) {
        self.settle(Outcome::Failed(code));
    }

    /// Notes that the provider broke the reply off.
    pub(crate) fn blame(&self, failure: &Failure) {
        if self.is_telling {
            self.account.health.note(self.line, failure.verdict());
        }
    }

    fn settle(&mut self, outcome: Outcome) -> Settled {
        let is_first = self.account.is_open;
        let settled = self.meter.settle();
        if is_first {
            if let Some(hold) = self.meter.take_hold() {
                hold.settle(settled.cost);
            }
            self.meter.end_attempt(
                &settled,
                match outcome {
                    Outcome::Completed => "ok",
                    Outcome::Failed(_) => "broken",
                    Outcome::Abandoned => "abandoned",
                },
            );
            self.learn(outcome, &settled);
            self.account.close(outcome, Some((&self.meter, &settled)));
        }
        settled
    }

    fn learn(&self, outcome: Outcome, settled: &Settled) {
        if !self.is_telling {
            return;
        }
        let (health, workspace) = (&self.account.health, self.account.workspace);
        let offering = &self.meter.offering().facts;
        if outcome == Outcome::Completed {
            let usage = &settled.usage;
            // Who says nothing about the cache must not seem to have missed it: no prompt, no lesson.
            let tells = usage.prompt_tokens_details.as_ref().is_some_and(|it| it.cached_tokens.is_some());
            let lesson = auriko_routing::Outcome {
                estimated_prompt_tokens: self.prompt_tokens,
                prompt_tokens: if tells { usage.prompt_tokens } else { 0 },
                cached_tokens: usage.cached_tokens(),
                output_tokens: output_tokens(usage),
            };
            health.learn(workspace, self.conversation, offering, &lesson);
        }
        health.record(Sample {
            offering: Arc::clone(offering),
            workspace,
            ttft_ms: self.meter.ttft_ms(),
            throughput_tps: settled.metadata.throughput_tps,
        });
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if self.account.is_open {
            self.settle(Outcome::Abandoned);
        }
    }
}
