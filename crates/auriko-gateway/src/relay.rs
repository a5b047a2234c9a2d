//! From a provider's events to the caller's: in order, complete, and with an honest end.
//!
//! Until the first event came, another provider could still be tried; from here on errors travel inside the
//! stream.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use auriko_client::Progress;
use auriko_wire::encode::ChunkIdentity;
use auriko_wire::error_code::ErrorCode;
use auriko_wire::event::Event;
use auriko_wire::run::{DeltaKind, EventSink, Run};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use crate::account::Serving;
use crate::dialect::{Encoder, Rendering};
use crate::error::ApiError;
use crate::failure::Failure;
use crate::observe::OpenStream;
use crate::upstream::Upstream;

/// The events of one streamed reply. Dropping it closes the upstream connection.
pub struct EventBody {
    upstream: Upstream,
    /// What arrived while the attempt was still being judged.
    head: Vec<(u32, Event<'static>)>,
    /// Progress that came with `head`, and when.
    head_progress: Option<(Progress, Instant)>,
    ending: Ending,
    watch: Watch,
    identity: ChunkIdentity,
    rendering: Rendering,
    has_ended: bool,
    /// What everything that is logged about the request is logged in.
    log: tracing::Span,
    _open: OpenStream,
}

/// When a stream must be over, and what is said then.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) stream_ends_at: Instant,
    pub(crate) stream_limit: Duration,
    pub(crate) deadline: Option<Instant>,
    /// Base of `doc_url`.
    pub(crate) docs_url: Option<String>,
}

/// What an attempt hands over when its first event has come.
pub(crate) struct Opened {
    pub(crate) upstream: Upstream,
    pub(crate) head: Vec<(u32, Event<'static>)>,
    pub(crate) progress: Progress,
    /// When the head came.
    pub(crate) at: Instant,
}

impl EventBody {
    pub(crate) fn new(
        opened: Opened,
        serving: Serving,
        mut identity: ChunkIdentity,
        rendering: Rendering,
        ending: Ending,
        open: OpenStream,
    ) -> Self {
        let Opened { upstream, mut head, progress, at } = opened;
        let log = serving.log();
        head.retain(|(_, event)| {
            let Event::Meta { id, model, created } = event else { return true };
            if let Some(id) = id {
                identity.id = id.to_string();
            }
            if let Some(model) = model {
                identity.model = model.to_string();
            }
            identity.created = created.unwrap_or(identity.created);
            false
        });
        Self {
            upstream,
            head,
            head_progress: Some((progress, at)),
            ending,
            watch: Watch { serving, hides_reasoning: rendering.hides_reasoning(), choices: BTreeMap::new() },
            identity,
            rendering,
            has_ended: false,
            log,
            _open: open,
        }
    }

    /// An encoder for this reply, in the caller's dialect: the same one that the HTTP server uses.
    pub fn encoder(&self) -> Encoder {
        self.rendering.encoder(self.identity.clone())
    }

    /// The frame that fills a silence.
    pub(crate) fn keep_alive(&self) -> &'static str {
        self.rendering.dialect().keep_alive()
    }

    /// The next events, each with the index of its choice; `None` when the reply is over.
    ///
    /// The first is [`Event::Meta`]. The last ones are the finish words, [`Event::Usage`], [`Event::Routing`]
    /// and
    /// [`Event::Done`], or a single [`Event::Error`].
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Vec<(u32, Event<'static>)>> {
        let mut events = Vec::new();
        let more = self.next_with(&mut |choice, event| events.push((choice, event.into_owned()))).await;
        more.then_some(events)
    }

    /// As [`Self::next`], without copies: passes the events to `emit`, at least one of them, and returns
    /// `true`;
    /// returns `false` when the reply is over.
    ///
    /// # Cancel safety
    /// As [`Self::next`].
    pub async fn next_with(&mut self, mut emit: &mut (dyn FnMut(u32, Event<'_>) + Send)) -> bool {
        self.next_into(&mut emit).await
    }

    /// As [`Self::next_with`], with events that are alike passed on together.
    ///
    /// # Cancel safety
    /// As [`Self::next`].
    pub(crate) async fn next_into(&mut self, sink: &mut (dyn EventSink + Send)) -> bool {
        let log = self.log.clone();
        self.advance(sink).instrument(log).await
    }

    async fn advance(&mut self, sink: &mut (dyn EventSink + Send)) -> bool {
        if let Some((progress, at)) = self.head_progress.take() {
            self.open(progress, at, &mut |choice, event| sink.event(choice, event));
            return true;
        }
        while !self.has_ended {
            let waiting = self.upstream.wait();
            let waited = match self.ending.deadline {
                // When it passes, `drain` says so.
                Some(deadline) => timeout_at(deadline, waiting).await.unwrap_or(Ok(())),
                None => waiting.await,
            };
            if let Err(failure) = waited {
                self.fail(failure, &mut |choice, event| sink.event(choice, event));
                return true;
            }
            if self.drain(sink) {
                return true;
            }
        }
        false
    }

    /// As [`Self::next_into`], of what has arrived already: never waits. Returns `false` when that is nothing.
    pub(crate) fn more_into(&mut self, sink: &mut dyn EventSink) -> bool {
        // The head comes first, from `next_into`.
        let is_running = self.head_progress.is_none() && !self.has_ended;
        is_running && self.drain(sink)
    }

    /// Whether everything was passed on that there is.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    fn open(&mut self, progress: Progress, now: Instant, emit: &mut dyn FnMut(u32, Event<'_>)) {
        let ChunkIdentity { id, model, created } = self.identity.clone();
        emit(0, Event::Meta { id: Some(id.into()), model: Some(model.into()), created: Some(created) });
        let mut end = None;
        for (choice, event) in std::mem::take(&mut self.head) {
            if let Some(last) = self.watch.pass(choice, event, now, emit) {
                end = Some(last);
                break;
            }
        }
        self.close(end, Ok(progress), emit);
    }

    /// Returns whether anything was emitted.
    fn drain(&mut self, sink: &mut dyn EventSink) -> bool {
        let now = Instant::now();
        if let Some(error) = self.overdue(now) {
            self.end_with(error, &mut |choice, event| sink.event(choice, event));
            return true;
        }
        let Self { upstream, watch, .. } = self;
        let mut passage = Passage { watch, now, end: None, has_emitted: false, sink: &mut *sink };
        let progress = upstream.drain(&mut passage);
        let Passage { end, has_emitted, .. } = passage;
        self.close(end, progress, &mut |choice, event| sink.event(choice, event)) || has_emitted
    }

    /// Ends the reply if it is over, and returns whether it was.
    fn close(
        &mut self,
        end: Option<Last>,
        progress: Result<Progress, Failure>,
        emit: &mut dyn FnMut(u32, Event<'_>),
    ) -> bool {
        match (end, progress) {
            (Some(Last::Done), _) => self.complete(emit),
            (Some(Last::Error(error)), _) => {
                let failure = self.upstream_error(&error);
                self.watch.serving.blame(&failure);
                self.end_with(failure.into_error(), emit);
            }
            (Some(Last::Malformed(detail)), _) => {
                let provider = &self.watch.serving.offering().provider;
                let failure =
                    Failure::broken(provider, format!("it sent an event that can't be read: {detail}"));
                self.fail(failure, emit);
            }
            // Some servers close the connection instead of saying `[DONE]`.
            (None, Ok(Progress::Eof | Progress::Done)) if self.watch.is_finished() => self.complete(emit),
            (None, Ok(Progress::Eof | Progress::Done)) => {
                let provider = &self.watch.serving.offering().provider;
                let failure = Failure::broken(provider, "the connection ended before the reply was complete");
                self.fail(failure, emit);
            }
            (None, Err(failure)) => self.fail(failure, emit),
            (None, Ok(Progress::More)) => return false,
        }
        true
    }

    fn complete(&mut self, emit: &mut dyn FnMut(u32, Event<'_>)) {
        self.has_ended = true;
        self.upstream.finish();
        // The order of api.md §3.11 wants a finish word; a provider that ends properly without one has
        // stopped.
        for (choice, state) in &self.watch.choices {
            let reason = match state {
                ChoiceState::Finished => continue,
                ChoiceState::Open => "stop",
                ChoiceState::Calling => "tool_calls",
            };
            emit(*choice, Event::Finish { reason: Cow::Borrowed(reason), native: None });
        }
        let (usage, routing) = self.watch.serving.complete();
        let raw = |value: Result<Box<RawValue>, _>| Cow::Owned(value.expect("plain data serialises"));
        emit(0, Event::Usage { usage: raw(to_raw_value(&usage)) });
        emit(0, Event::Routing { routing: raw(to_raw_value(&routing)) });
        emit(0, Event::Done {});
    }

    fn fail(&mut self, failure: Failure, emit: &mut dyn FnMut(u32, Event<'_>)) {
        // Everything was said; only the farewell is missing.
        if self.watch.is_finished() {
            self.complete(emit);
            return;
        }
        tracing::warn!(provider = %failure.provider, reason = failure.word(), "a stream broke");
        self.watch.serving.blame(&failure);
        self.end_with(failure.into_error(), emit);
    }

    fn end_with(&mut self, error: ApiError, emit: &mut dyn FnMut(u32, Event<'_>)) {
        self.has_ended = true;
        self.watch.serving.fail(error.code);
        let error = error.into_event(self.ending.docs_url.as_deref());
        emit(0, Event::Error { error: Cow::Owned(error) });
    }

    fn upstream_error(&self, error: &RawValue) -> Failure {
        let value = serde_json::from_str(error.get()).unwrap_or_default();
        let offering = self.watch.serving.offering();
        Failure::from_error_value(&offering.provider, &value).seen_from(offering)
    }

    fn overdue(&self, now: Instant) -> Option<ApiError> {
        let provider = &self.watch.serving.offering().provider.id;
        if self.ending.deadline.is_some_and(|deadline| now >= deadline) {
            let message = "The request did not end within `gateway.routing.deadline_ms`.";
            return Some(ApiError::new(ErrorCode::UpstreamTimeout, message).with_provider(provider));
        }
        let limit = self.ending.stream_limit.as_secs();
        (now >= self.ending.stream_ends_at).then(|| {
            let message = format!("The stream did not end within {limit} s.");
            ApiError::new(ErrorCode::StreamDurationExceeded, message).with_provider(provider)
        })
    }
}

/// One drain's way from the provider to the caller.
struct Passage<'a> {
    watch: &'a mut Watch,
    now: Instant,
    end: Option<Last>,
    has_emitted: bool,
    sink: &'a mut dyn EventSink,
}

impl EventSink for Passage<'_> {
    fn event(&mut self, choice: u32, event: Event<'_>) {
        let Self { watch, now, end, has_emitted, sink } = self;
        if end.is_none() {
            *end = watch.pass(choice, event, *now, &mut |choice, event| {
                *has_emitted = true;
                sink.event(choice, event);
            });
        }
    }

    fn run(&mut self, run: &Run<'_>) {
        if self.end.is_none() && self.watch.pass_run(run, self.now) {
            self.has_emitted = true;
            self.sink.run(run);
        }
    }
}

/// The event that ended a stream.
enum Last {
    Done,
    Error(Box<RawValue>),
    Malformed(String),
}

/// Looks at each event on its way through.
struct Watch {
    serving: Serving,
    hides_reasoning: bool,
    /// Every choice that was heard of.
    choices: BTreeMap<u32, ChoiceState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChoiceState {
    Open,
    /// Open, and a tool was called.
    Calling,
    Finished,
}

impl Watch {
    /// Whether every choice has its finish word.
    fn is_finished(&self) -> bool {
        !self.choices.is_empty() && self.choices.values().all(|state| *state == ChoiceState::Finished)
    }

    /// As [`Self::pass`] of every event of the run; returns whether they are to be emitted.
    fn pass_run(&mut self, run: &Run<'_>, now: Instant) -> bool {
        self.serving.meter().see_run(run, now);
        if let DeltaKind::ToolArguments { .. } = run.kind() {
            self.choices.insert(run.choice(), ChoiceState::Calling);
        } else {
            self.choices.entry(run.choice()).or_insert(ChoiceState::Open);
        }
        !(run.kind() == DeltaKind::Reasoning && self.hides_reasoning)
    }

    fn pass(
        &mut self,
        choice: u32,
        event: Event<'_>,
        now: Instant,
        emit: &mut dyn FnMut(u32, Event<'_>),
    ) -> Option<Last> {
        self.serving.meter().see(&event, now);
        match event {
            Event::Done {} => return Some(Last::Done),
            Event::Error { error } => return Some(Last::Error(error.into_owned())),
            Event::Malformed { detail } => return Some(Last::Malformed(detail)),
            // Sent already, or ours to say at the end.
            Event::Meta { .. } | Event::Usage { .. } | Event::Routing { .. } => return None,
            Event::Finish { .. } => {
                self.choices.insert(choice, ChoiceState::Finished);
            }
            Event::ToolCall { .. } => {
                self.choices.insert(choice, ChoiceState::Calling);
            }
            Event::Service { .. } => {}
            _ => {
                self.choices.entry(choice).or_insert(ChoiceState::Open);
            }
        }
        let is_reasoning =
            matches!(event, Event::Reasoning { .. } | Event::Signature { .. } | Event::Redacted { .. });
        if !(is_reasoning && self.hides_reasoning) {
            emit(choice, event);
        }
        None
    }
}
