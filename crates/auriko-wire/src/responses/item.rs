//! One item of the output, whichever it is.

use serde_json::{Map, Value};

use super::call::Call;
use super::frames::{Frames, Place};
use super::message::Message;
use super::thought::Thought;

#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    status: Status,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Message(Message),
    Thought(Thought),
    Call(Call),
    /// The fields of a generated image.
    Image(Map<String, Value>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    InProgress,
    Completed,
    Incomplete,
}

impl Item {
    /// An item of the reply with this id, without its prefix. Unique in it by the position.
    pub(super) fn new(content: Content, reply_id: &str, position: usize) -> Self {
        let prefix = match content {
            Content::Message(_) => "msg",
            Content::Thought(_) => "rs",
            Content::Call(_) => "fc",
            Content::Image(_) => "ig",
        };
        Self { id: format!("{prefix}_{reply_id}_{position}"), status: Status::InProgress, content }
    }

    pub(super) fn is_open(&self) -> bool {
        self.status == Status::InProgress
    }

    /// Says that there is a new item.
    pub(super) fn announce(&self, output_index: usize, frames: &mut Frames<'_>) {
        self.event("response.output_item.added", output_index, frames);
    }

    /// Ends it. `is_cut`: the reply was cut off while it was written.
    pub(super) fn close(&mut self, is_cut: bool, output_index: usize, frames: &mut Frames<'_>) {
        let place = Place { item_id: &self.id, output_index };
        match &mut self.content {
            Content::Message(message) => message.close(place, frames),
            Content::Thought(thought) => thought.close(place, frames),
            Content::Call(call) => call.close(is_cut, place, frames),
            Content::Image(_) => {}
        }
        self.status = if is_cut { Status::Incomplete } else { Status::Completed };
        self.event("response.output_item.done", output_index, frames);
    }

    fn event(&self, name: &str, output_index: usize, frames: &mut Frames<'_>) {
        frames.event(name, || serde_json::json!({ "output_index": output_index, "item": self.value() }));
    }

    /// The item as it stands.
    pub(super) fn value(&self) -> Value {
        let status = match self.status {
            Status::InProgress => "in_progress",
            Status::Completed => "completed",
            Status::Incomplete => "incomplete",
        };
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("id", self.id.as_str().into());
        let kind = match &self.content {
            Content::Message(_) => "message",
            Content::Thought(_) => "reasoning",
            Content::Call(_) => "function_call",
            Content::Image(_) => "image_generation_call",
        };
        put("type", kind.into());
        put("status", status.into());
        match &self.content {
            Content::Message(message) => {
                put("role", "assistant".into());
                put("content", message.content());
            }
            Content::Thought(thought) => thought.put(&mut fields),
            Content::Call(call) => call.put(&self.id, !self.is_open(), &mut fields),
            Content::Image(image) if !self.is_open() => fields.extend(image.clone()),
            Content::Image(_) => {
                put("result", Value::Null);
            }
        }
        fields.into()
    }
}
