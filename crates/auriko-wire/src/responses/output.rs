//! The items of a response in the order in which they began, and the events that build them.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::call::{Call, Fragment};
use super::frames::{Frames, Place};
use super::item::{Content, Item};
use super::message::{self, Kind, Message};
use super::thought::Thought;
use crate::event::Event;
use crate::response::parse;

#[derive(Debug, Default)]
pub(super) struct Output {
    items: Vec<Item>,
    /// The message or thinking that is being written. Calls are open beside it.
    current: Option<usize>,
    /// What item ids are made of.
    pub(super) reply_id: String,
    /// Whether thinking that must go back to its provider is given to the caller.
    keeps_blocks: bool,
}

impl Output {
    pub(super) fn new(keeps_blocks: bool) -> Self {
        Self { keeps_blocks, ..Self::default() }
    }

    /// Takes an event that says something.
    pub(super) fn push(&mut self, event: &Event<'_>, frames: &mut Frames<'_>) {
        match event {
            Event::Text { delta } => {
                self.message(frames, |it, place, to| it.say(Kind::Text, delta, place, to));
            }
            Event::Refusal { delta } => {
                self.message(frames, |it, place, to| it.say(Kind::Refusal, delta, place, to));
            }
            Event::Annotations { annotations } => {
                let Value::Array(items) = parse(annotations) else { return };
                let items: Vec<_> = items.into_iter().map(message::annotation).collect();
                if !items.is_empty() {
                    self.message(frames, |it, place, to| it.cite(items, place, to));
                }
            }
            Event::Logprobs { logprobs } => {
                let Value::Array(items) = parse(logprobs)["content"].take() else { return };
                // Those of calls have no place.
                if self.is_writing(|content| matches!(content, Content::Message(_))) && !items.is_empty() {
                    self.message(frames, |it, place, to| it.weigh(items, place, to));
                }
            }
            Event::Reasoning { delta } => self.think(delta, frames),
            Event::Signature { signature } => self.sign(signature, frames),
            Event::Redacted { data } => self.hide(&json!({ "type": "redacted", "data": data }), frames),
            Event::ToolCall { index, id, name, arguments, signature } => {
                let fragment = Fragment {
                    index: *index,
                    id: text(id.as_ref()),
                    name: text(name.as_ref()),
                    arguments,
                    signature: text(signature.as_ref()),
                };
                self.call(fragment, frames);
            }
            Event::Image { image } => {
                if let Some(image) = image_fields(&parse(image)) {
                    let position = self.start(Content::Image(image), frames);
                    self.items[position].close(false, position, frames);
                    self.current = None;
                }
            }
            _ => {}
        }
    }

    /// Ends what is open: no more comes. `is_cut`: the reply was cut off.
    pub(super) fn finish(&mut self, is_cut: bool, frames: &mut Frames<'_>) {
        self.end_current(is_cut, frames);
        for position in 0..self.items.len() {
            let item = &mut self.items[position];
            let Content::Call(call) = &mut item.content else { continue };
            let is_whole = call.is_complete();
            if !std::mem::replace(&mut call.is_announced, true) {
                announce(item, position, frames);
            }
            if item.is_open() {
                item.close(is_cut && !is_whole, position, frames);
            }
        }
    }

    /// The items as they stand.
    pub(super) fn values(&self) -> Vec<Value> {
        self.items.iter().map(Item::value).collect()
    }

    /// All visible text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            if let Content::Message(message) = &item.content {
                message.text(&mut text);
            }
        }
        text
    }

    fn is_writing(&self, is_it: impl FnOnce(&Content) -> bool) -> bool {
        self.current.is_some_and(|position| is_it(&self.items[position].content))
    }

    /// Adds to the open message, or to a new one.
    fn message(
        &mut self,
        frames: &mut Frames<'_>,
        add: impl FnOnce(&mut Message, Place<'_>, &mut Frames<'_>),
    ) {
        let position = match self.current {
            Some(position) if self.is_writing(|content| matches!(content, Content::Message(_))) => position,
            _ => self.start(Content::Message(Message::default()), frames),
        };
        let Item { id, content, .. } = &mut self.items[position];
        if let Content::Message(message) = content {
            add(message, Place { item_id: id, output_index: position }, frames);
        }
    }

    fn think(&mut self, delta: &str, frames: &mut Frames<'_>) {
        let position = match self.current {
            Some(position) if self.is_writing(|content| matches!(content, Content::Thought(_))) => position,
            _ => self.start(Content::Thought(Thought::default()), frames),
        };
        let Item { id, content, .. } = &mut self.items[position];
        if let Content::Thought(thought) = content {
            thought.think(delta, Place { item_id: id, output_index: position }, frames);
        }
    }

    /// A signature ends the thinking before it.
    fn sign(&mut self, signature: &str, frames: &mut Frames<'_>) {
        if !self.is_writing(|content| matches!(content, Content::Thought(_))) {
            let block = json!({ "type": "thinking", "thinking": "", "signature": signature });
            return self.hide(&block, frames);
        }
        if self.keeps_blocks
            && let Some(position) = self.current
            && let Content::Thought(thought) = &mut self.items[position].content
        {
            thought.sign(signature);
        }
        self.end_current(false, frames);
    }

    /// Thinking without visible text: only of use to who sends it back.
    fn hide(&mut self, block: &Value, frames: &mut Frames<'_>) {
        if self.keeps_blocks {
            self.start(Content::Thought(Thought::sealed(block)), frames);
            self.end_current(false, frames);
        }
    }

    fn call(&mut self, fragment: Fragment<'_>, frames: &mut Frames<'_>) {
        let position = self.call_position(&fragment).unwrap_or_else(|| {
            self.begin(frames);
            self.add(Content::Call(Call::new(fragment.index)))
        });
        let item = &mut self.items[position];
        // A value is over when the next item begins; what a provider adds to it then is not part of it.
        if !item.is_open() {
            return;
        }
        let Content::Call(call) = &mut item.content else { return };
        let is_news = call.take(fragment);
        if is_news {
            call.is_announced = true;
            announce(item, position, frames);
        } else if call.is_announced {
            let place = Place { item_id: &item.id, output_index: position };
            call.write(Some(fragment.arguments), place, frames);
        }
    }

    /// The call that a piece belongs to: the one with its index, else the last one unless a new one begins.
    fn call_position(&self, fragment: &Fragment<'_>) -> Option<usize> {
        self.items.iter().rposition(|item| match &item.content {
            Content::Call(_) if fragment.index.is_none() => fragment.id.is_none(),
            Content::Call(call) => call.index == fragment.index,
            _ => false,
        })
    }

    /// Starts an item that is announced at once.
    fn start(&mut self, content: Content, frames: &mut Frames<'_>) -> usize {
        self.begin(frames);
        let position = self.add(content);
        self.items[position].announce(position, frames);
        self.current = Some(position);
        position
    }

    fn add(&mut self, content: Content) -> usize {
        let position = self.items.len();
        self.items.push(Item::new(content, &self.reply_id, position));
        position
    }

    /// Ends what must be over before the next item begins: all but calls whose arguments are not complete.
    fn begin(&mut self, frames: &mut Frames<'_>) {
        self.end_current(false, frames);
        for (position, item) in self.items.iter_mut().enumerate() {
            let is_over = match &item.content {
                Content::Call(call) => call.is_announced && call.is_complete(),
                _ => false,
            };
            if is_over && item.is_open() {
                item.close(false, position, frames);
            }
        }
    }

    fn end_current(&mut self, is_cut: bool, frames: &mut Frames<'_>) {
        if let Some(position) = self.current.take() {
            self.items[position].close(is_cut, position, frames);
        }
    }
}

/// Says that there is a call, and what of its arguments has come.
fn announce(item: &Item, position: usize, frames: &mut Frames<'_>) {
    item.announce(position, frames);
    if let Content::Call(call) = &item.content {
        call.write(None, Place { item_id: &item.id, output_index: position }, frames);
    }
}

fn text<'a>(text: Option<&'a Cow<'_, str>>) -> Option<&'a str> {
    text.map(|text| &**text)
}

/// A generated image (api.md §3.4) as an `image_generation_call` has it. `None`: it holds no data.
fn image_fields(image: &Value) -> Option<Map<String, Value>> {
    let text = |key: &str| image.get(key).and_then(Value::as_str);
    let (media_type, data) = if let Some(data) = text("data") {
        (text("mime_type").unwrap_or("image/png"), data)
    } else {
        let url = image.pointer("/image_url/url")?.as_str()?;
        url.strip_prefix("data:")?.split_once(";base64,")?
    };
    let mut fields = Map::new();
    fields.insert("result".to_owned(), data.into());
    let format = media_type.strip_prefix("image/").unwrap_or("png");
    fields.insert("output_format".to_owned(), format.into());
    if let Some(signature) = text("thought_signature") {
        fields.insert("thought_signature".to_owned(), signature.into());
    }
    Some(fields)
}
