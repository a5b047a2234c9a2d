//! Runs: deltas that came together and differ in their text only. Who can takes all of them in one step.

use std::borrow::Cow;

use crate::event::Event;

/// What a delta's text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeltaKind {
    /// [`Event::Text`].
    Text,
    /// [`Event::Reasoning`].
    Reasoning,
    /// [`Event::ToolCall`], of which this is a continuation.
    ToolArguments {
        /// As there.
        index: Option<u32>,
    },
}

/// Deltas in a row, of one choice and one kind.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub(crate) choice: u32,
    pub(crate) kind: DeltaKind,
    /// In order, none of them empty. UTF-8 that may stand in a JSON string as it is, which is why only this crate makes
    /// runs.
    pub(crate) texts: &'a [&'a [u8]],
}

/// Takes what a stream says.
pub trait EventSink {
    /// An event, with the index of its choice.
    fn event(&mut self, choice: u32, event: Event<'_>);

    /// As [`Self::event`] of every delta of the run, which is what is done unless there is a shorter way.
    fn run(&mut self, run: &Run<'_>) {
        run.events().for_each(|event| self.event(run.choice, event));
    }
}

impl<F: FnMut(u32, Event<'_>)> EventSink for F {
    fn event(&mut self, choice: u32, event: Event<'_>) {
        self(choice, event);
    }
}

impl DeltaKind {
    pub(crate) fn event(self, text: Cow<'_, str>) -> Event<'_> {
        match self {
            Self::Text => Event::Text { delta: text },
            Self::Reasoning => Event::Reasoning { delta: text },
            Self::ToolArguments { index } => {
                Event::ToolCall { index, id: None, name: None, arguments: text, signature: None }
            }
        }
    }
}

impl<'a> Run<'a> {
    /// Index of the choice.
    pub fn choice(&self) -> u32 {
        self.choice
    }

    /// What the texts belong to.
    pub fn kind(&self) -> DeltaKind {
        self.kind
    }

    /// How many deltas there are.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// Bytes of all texts.
    pub fn text_bytes(&self) -> usize {
        self.texts.iter().map(|text| text.len()).sum()
    }

    /// The same as single events.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let kind = self.kind;
        self.texts.iter().map(move |text| {
            let text = std::str::from_utf8(text).expect("a run is of UTF-8");
            kind.event(Cow::Borrowed(text))
        })
    }
}
