//! A provider's stream, being heard: either bytes from a socket or a simulated script played in time.
//!
//! Waiting and reading are apart: [`Upstream::wait`] may be awaited anywhere, [`Upstream::drain`] hands out
//! borrowed events without ever suspending.

use std::iter::Peekable;
use std::sync::Arc;
use std::time::Duration;

use auriko_client::{Body, EventStream, Progress};
use auriko_providers::adapter::{ReplyReader, StreamDecoder};
use auriko_providers::simulated::{End, Script, Step};
use auriko_wire::event::Event;
use auriko_wire::run::EventSink;
use auriko_wire::usage::Usage;
use tokio::time::{Instant, sleep_until};

use crate::catalog::Provider;
use crate::failure::Failure;

/// Largest event that a provider may send; images travel inside events.
const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;
/// Most scripted events in one batch, so that one fast stream does not starve the others of its thread.
const BATCH_STEPS: usize = 256;

pub(crate) struct Upstream {
    provider: Arc<Provider>,
    source: Source,
}

enum Source {
    Script(Box<Player>),
    Http(Box<EventStream<StreamDecoder>>),
}

impl Upstream {
    pub(crate) fn script(
        provider: &Arc<Provider>,
        script: Script,
        started_at: Instant,
        idle: Duration,
    ) -> Self {
        let Script { steps, end, usage } = script;
        let steps = steps.into_iter().peekable();
        let player = Player { steps, end, usage, started_at, idle, spoke_at: started_at };
        Self { provider: Arc::clone(provider), source: Source::Script(Box::new(player)) }
    }

    pub(crate) fn http(provider: &Arc<Provider>, body: Body, reader: &ReplyReader) -> Self {
        let stream = EventStream::with_decoder(body, MAX_EVENT_BYTES, reader.decoder());
        Self { provider: Arc::clone(provider), source: Source::Http(Box::new(stream)) }
    }

    /// Waits until [`Self::drain`] has something to do.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn wait(&mut self) -> Result<(), Failure> {
        match &mut self.source {
            Source::Script(player) => player.wait(&self.provider).await,
            Source::Http(stream) => {
                stream.wait().await.map_err(|error| Failure::from_client(&self.provider, &error))
            }
        }
    }

    /// Passes on what has arrived, possibly nothing.
    pub(crate) fn drain(&mut self, sink: &mut dyn EventSink) -> Result<Progress, Failure> {
        match &mut self.source {
            Source::Script(player) => {
                player.drain(&self.provider, &mut |choice, event| sink.event(choice, event))
            }
            Source::Http(stream) => {
                stream.drain_into(sink).map_err(|error| Failure::from_client(&self.provider, &error))
            }
        }
    }

    /// As [`Self::drain`], but no further than the first event that says something. What follows comes with the next
    /// drain.
    pub(crate) fn begin(&mut self, emit: &mut dyn FnMut(u32, Event<'_>)) -> Result<Progress, Failure> {
        match &mut self.source {
            Source::Script(player) => player.drain(&self.provider, emit),
            Source::Http(stream) => stream
                .drain_until(is_spoken, emit)
                .map_err(|error| Failure::from_client(&self.provider, &error)),
        }
    }

    /// Lets the connection of a finished stream be used again, if its end has arrived already.
    pub(crate) fn finish(&mut self) {
        if let Source::Http(stream) = &mut self.source {
            stream.finish();
        }
    }
}

/// Whether an event is more than an introduction.
pub(crate) fn is_spoken(event: &Event<'_>) -> bool {
    !matches!(event, Event::Meta { .. } | Event::Service { .. })
}

/// Plays a script.
struct Player {
    steps: Peekable<std::vec::IntoIter<Step>>,
    end: End,
    usage: Usage,
    started_at: Instant,
    idle: Duration,
    spoke_at: Instant,
}

impl Player {
    async fn wait(&mut self, provider: &Provider) -> Result<(), Failure> {
        let due = self.steps.peek().map(|step| self.started_at + step.at);
        let silent_at = self.spoke_at + self.idle;
        let has_spoken = self.spoke_at > self.started_at;
        match due {
            // A timer takes a millisecond even where there is nothing to wait for.
            Some(due) if due <= Instant::now() => tokio::task::coop::consume_budget().await,
            // Before the first word the attempt's own limit counts.
            Some(due) if due <= silent_at || !has_spoken => sleep_until(due).await,
            None if self.end != End::Stall => {}
            None if !has_spoken => std::future::pending().await,
            _ => {
                sleep_until(silent_at).await;
                let detail = format!("nothing came for {} ms", self.idle.as_millis());
                return Err(Failure::timeout(provider, detail));
            }
        }
        Ok(())
    }

    fn drain(
        &mut self,
        provider: &Provider,
        emit: &mut dyn FnMut(u32, Event<'_>),
    ) -> Result<Progress, Failure> {
        let now = Instant::now();
        let mut played = 0;
        while played < BATCH_STEPS
            && let Some(step) = self.steps.next_if(|step| self.started_at + step.at <= now)
        {
            emit(step.choice, step.event);
            played += 1;
        }
        if played > 0 {
            // A script that speaks at once has spoken nevertheless.
            self.spoke_at = now.max(self.started_at + Duration::from_nanos(1));
        }
        if self.steps.peek().is_some() {
            return Ok(Progress::More);
        }
        match self.end {
            End::Complete => {
                let usage = serde_json::value::to_raw_value(&self.usage).expect("usage serialises");
                emit(0, Event::Usage { usage: std::borrow::Cow::Owned(usage) });
                emit(0, Event::Done {});
                Ok(Progress::Done)
            }
            // What was said before the cut is delivered first.
            End::Cut if played == 0 => {
                Err(Failure::broken(provider, "the connection broke before the reply was complete"))
            }
            End::Cut | End::Stall => Ok(Progress::More),
        }
    }
}
