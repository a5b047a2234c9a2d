//! Content blocks to events: the part that a stream and a plain reply share. A plain reply is read as a stream
//! whose blocks begin with all that they hold.

use std::borrow::Cow;

use auriko_wire::event::Event;
use auriko_wire::raw::unquote;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Passes an event of the one answer on.
pub(super) type Emit<'e> = dyn FnMut(u32, Event<'_>) + 'e;

/// A block as it begins.
#[derive(Debug, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    citations: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow, default)]
    signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    input: Option<&'a RawValue>,
}

/// What is added to a block.
#[derive(Debug, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    partial_json: Option<&'a RawValue>,
    #[serde(borrow, default)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow, default)]
    signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    citation: Option<&'a RawValue>,
}

/// Reads the blocks of one reply, which come one after the other.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Name of the tool whose input is the answer.
    answer_tool: Option<String>,
    open: Option<Open>,
    /// Calls that began; the next one's index.
    call_count: u32,
    /// Characters of visible text so far, which citations point into.
    text_length: usize,
}

/// The block that is being read.
#[derive(Debug)]
enum Open {
    Text { starts_at: usize, citations: Vec<Value> },
    Thinking { signature: String },
    Call { index: u32, arguments: Arguments },
    Answer { arguments: Arguments },
}

/// The input of a call: as it began, for calls that nothing was added to.
#[derive(Debug)]
struct Arguments {
    initial: String,
    has_more: bool,
}

impl Blocks {
    pub(super) fn new(answer_tool: Option<String>) -> Self {
        Self { answer_tool, ..Self::default() }
    }

    /// Whether a tool of the caller was called.
    pub(super) fn has_calls(&self) -> bool {
        self.call_count > 0
    }

    pub(super) fn start(&mut self, block: &Block<'_>, emit: &mut Emit<'_>) {
        self.stop(emit);
        self.open = match &*block.kind {
            "text" => {
                self.open = Some(Open::Text { starts_at: self.text_length, citations: Vec::new() });
                self.add_text(block.text, emit);
                for citation in block.citations.iter().flatten() {
                    self.cite(Some(citation));
                }
                self.open.take()
            }
            "thinking" => {
                add_thinking(block.thinking, emit);
                Some(Open::Thinking { signature: text(block.signature).into_owned() })
            }
            "redacted_thinking" => {
                let data = text(block.data);
                if !data.is_empty() {
                    emit(0, Event::Redacted { data });
                }
                None
            }
            "tool_use" => Some(self.start_call(block, emit)),
            // Tools that the provider runs itself, and kinds to come: nothing that a caller could answer.
            _ => None,
        };
    }

    fn start_call(&mut self, block: &Block<'_>, emit: &mut Emit<'_>) -> Open {
        let initial = block.input.map_or("{}", RawValue::get).to_owned();
        let arguments = Arguments { initial, has_more: false };
        let name = text(block.name);
        if self.answer_tool.as_deref() == Some(&*name) {
            return Open::Answer { arguments };
        }
        let index = self.call_count;
        self.call_count += 1;
        let id = Some(text(block.id)).filter(|id| !id.is_empty());
        let arguments_so_far = Cow::Borrowed("");
        emit(
            0,
            Event::ToolCall {
                index: Some(index),
                id,
                name: Some(name),
                arguments: arguments_so_far,
                signature: None,
            },
        );
        Open::Call { index, arguments }
    }

    pub(super) fn add(&mut self, delta: &Delta<'_>, emit: &mut Emit<'_>) {
        match (&*delta.kind, &mut self.open) {
            ("text_delta", Some(Open::Text { .. })) => self.add_text(delta.text, emit),
            ("citations_delta", Some(Open::Text { .. })) => self.cite(delta.citation),
            ("thinking_delta", Some(Open::Thinking { .. })) => add_thinking(delta.thinking, emit),
            ("signature_delta", Some(Open::Thinking { signature })) => {
                signature.push_str(&text(delta.signature));
            }
            ("input_json_delta", Some(Open::Call { index, arguments })) => {
                let more = text(delta.partial_json);
                if !more.is_empty() {
                    arguments.has_more = true;
                    emit(0, continued(*index, more));
                }
            }
            ("input_json_delta", Some(Open::Answer { arguments })) => {
                let more = text(delta.partial_json);
                if !more.is_empty() {
                    arguments.has_more = true;
                    emit(0, Event::Text { delta: more });
                }
            }
            _ => {}
        }
    }

    /// Ends the block that is being read, if there is one.
    pub(super) fn stop(&mut self, emit: &mut Emit<'_>) {
        match self.open.take() {
            Some(Open::Text { starts_at, citations }) if !citations.is_empty() => {
                let annotations = citations
                    .into_iter()
                    .map(|citation| annotation(citation, starts_at, self.text_length))
                    .collect::<Vec<_>>();
                let raw = serde_json::value::to_raw_value(&annotations).expect("JSON values serialise");
                emit(0, Event::Annotations { annotations: Cow::Owned(raw) });
            }
            Some(Open::Thinking { signature }) if !signature.is_empty() => {
                emit(0, Event::Signature { signature: Cow::Owned(signature) });
            }
            Some(Open::Call { index, arguments }) if !arguments.has_more => {
                emit(0, continued(index, Cow::Owned(arguments.initial)));
            }
            Some(Open::Answer { arguments }) if !arguments.has_more => {
                emit(0, Event::Text { delta: Cow::Owned(arguments.initial) });
            }
            _ => {}
        }
    }

    fn add_text(&mut self, raw: Option<&RawValue>, emit: &mut Emit<'_>) {
        let delta = text(raw);
        if !delta.is_empty() {
            self.text_length += delta.chars().count();
            emit(0, Event::Text { delta });
        }
    }

    fn cite(&mut self, citation: Option<&RawValue>) {
        let citation = citation.and_then(|citation| serde_json::from_str::<Value>(citation.get()).ok());
        if let (Some(Open::Text { citations, .. }), Some(citation)) = (&mut self.open, citation) {
            citations.push(citation);
        }
    }
}

fn continued(index: u32, arguments: Cow<'_, str>) -> Event<'_> {
    Event::ToolCall { index: Some(index), id: None, name: None, arguments, signature: None }
}

fn add_thinking(raw: Option<&RawValue>, emit: &mut Emit<'_>) {
    let delta = text(raw);
    if !delta.is_empty() {
        emit(0, Event::Reasoning { delta });
    }
}

/// What has an address becomes `url_citation`, over the characters of its block; other places, such as the page
/// of a document, stay as the API sends them.
fn annotation(citation: Value, starts_at: usize, ends_at: usize) -> Value {
    let text = |key: &str| citation.get(key).and_then(Value::as_str);
    let source = text("source").filter(|source| source.starts_with("http"));
    let Some(url) = text("url").or(source) else { return citation };
    json!({
        "type": "url_citation",
        "url_citation": {
            "url": url,
            "title": text("title").unwrap_or_default(),
            "start_index": starts_at,
            "end_index": ends_at,
        },
    })
}

/// The text of a string; anything else is as good as none.
pub(super) fn text(raw: Option<&RawValue>) -> Cow<'_, str> {
    raw.and_then(unquote).unwrap_or_default()
}
