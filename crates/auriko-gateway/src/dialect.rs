//! The APIs that callers speak. Each is read into the one internal request and written from the one stream of
//! events; between the two nothing knows which it was.
//!
//! A path decides on the dialect, so that a request that can't even be read is refused in the caller's own.

use auriko_routing::Endpoint;
use auriko_wire::encode::{ChunkEncoder, ChunkIdentity};
use auriko_wire::error_body::ErrorBody;
use auriko_wire::event::Event;
use auriko_wire::headers;
use auriko_wire::messages::{self, MessageEncoder};
use auriko_wire::request::{ChatRequest, RequestError};
use auriko_wire::response::{CompletionBuilder, ReasoningFields};
use auriko_wire::responses::{self, ResponseEncoder};
use auriko_wire::routing_metadata::RoutingMetadata;
use auriko_wire::run::Run;
use auriko_wire::sse::KEEP_ALIVE;
use auriko_wire::usage::Usage;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::call::Reply;

/// One of the APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `OpenAI`'s chat completions; also the one of every path that has no dialect of its own.
    ChatCompletions,
    /// Anthropic's Messages.
    Messages,
    /// `OpenAI`'s Responses.
    Responses,
}

/// A request as it was read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) request: ChatRequest,
    pub(crate) preview: Preview,
}

/// What is known of a reply before it comes.
#[derive(Debug, Clone)]
pub(crate) enum Preview {
    /// Nothing: every chunk speaks for itself.
    Completion,
    Message(messages::Preview),
    /// Large: it repeats the request.
    Response(Box<responses::Preview>),
}

impl Dialect {
    /// The dialect of a path without its query.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/v1/messages" | "/v1/messages/count_tokens" => Self::Messages,
            "/v1/responses" => Self::Responses,
            _ => Self::ChatCompletions,
        }
    }

    /// As routing knows it.
    pub(crate) const fn endpoint(self) -> Endpoint {
        match self {
            Self::ChatCompletions => Endpoint::ChatCompletions,
            Self::Messages => Endpoint::Messages,
            Self::Responses => Endpoint::Responses,
        }
    }

    /// Reads a request body.
    ///
    /// # Errors
    /// A 400 that names the field at fault.
    pub(crate) fn parse(self, body: &[u8]) -> Result<Parsed, RequestError> {
        let (request, preview) = match self {
            Self::ChatCompletions => (ChatRequest::parse(body)?, Preview::Completion),
            Self::Messages => {
                let request = messages::parse(body)?;
                let preview = messages::Preview::of(&request);
                (request, Preview::Message(preview))
            }
            Self::Responses => {
                let (request, preview) = responses::parse(body)?;
                (request, Preview::Response(Box::new(preview)))
            }
        };
        Ok(Parsed { request, preview })
    }

    /// The id of a reply whose provider gives none.
    pub(crate) fn reply_id(self, request_id: &str) -> String {
        let random = request_id.trim_start_matches("req_");
        match self {
            Self::ChatCompletions => format!("chatcmpl-{random}"),
            Self::Messages => format!("msg_{random}"),
            Self::Responses => format!("resp_{random}"),
        }
    }

    /// An error as the body of a reply.
    pub(crate) fn error_json(self, error: &ErrorBody) -> String {
        match self {
            Self::ChatCompletions => error.to_json(),
            Self::Messages => messages::error_json(error),
            Self::Responses => responses::error_json(error),
        }
    }

    /// The frame that is sent into a silence, so that idle proxies keep the connection.
    pub(crate) fn keep_alive(self) -> &'static str {
        match self {
            Self::ChatCompletions | Self::Responses => KEEP_ALIVE,
            Self::Messages => messages::PING,
        }
    }

    /// Adds the headers that only this dialect's clients read.
    pub(crate) fn finish(self, reply: &mut Reply) {
        match self {
            Self::ChatCompletions | Self::Responses => {}
            Self::Messages => {
                let id = reply.headers.iter().find(|(name, _)| name == headers::REQUEST_ID);
                let id = id.map(|(_, id)| (headers::ANTHROPIC_REQUEST_ID.to_owned(), id.clone()));
                reply.headers.extend(id);
            }
        }
    }
}

/// How the reply to one request is written: what of the request shows in it, and how much of the thinking.
#[derive(Debug, Clone)]
pub(crate) struct Rendering {
    dialect: Dialect,
    reasoning: ReasoningFields,
    preview: Preview,
    explanation: Option<Box<RawValue>>,
}

impl Rendering {
    /// Of the reply to `request`. `has_blocks`: the caller understands signed reasoning blocks. `explanation`: for
    /// `routing_explanation`.
    pub(crate) fn new(
        dialect: Dialect,
        request: &ChatRequest,
        mut preview: Preview,
        has_blocks: bool,
        explanation: Option<Box<RawValue>>,
    ) -> Self {
        let reasoning = match request.reasoning_exclude {
            true => ReasoningFields::Hidden,
            false if has_blocks => ReasoningFields::Blocks,
            false => ReasoningFields::Text,
        };
        if let Preview::Response(preview) = &mut preview {
            preview.keeps_blocks |= has_blocks;
        }
        Self { dialect, reasoning, preview, explanation }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn hides_reasoning(&self) -> bool {
        self.reasoning == ReasoningFields::Hidden
    }

    /// Writes a stream.
    pub(crate) fn encoder(&self, identity: ChunkIdentity) -> Encoder {
        let explanation = self.explanation.clone();
        match &self.preview {
            Preview::Completion => {
                let encoder = ChunkEncoder::new(identity).with_explanation(explanation);
                Encoder::Chunks(Box::new(encoder))
            }
            Preview::Message(preview) => {
                let encoder = MessageEncoder::new(identity, preview.clone());
                Encoder::Messages(Box::new(encoder.with_explanation(explanation)))
            }
            Preview::Response(preview) => {
                let encoder = ResponseEncoder::new(identity, (**preview).clone());
                Encoder::Responses(Box::new(encoder.with_explanation(explanation)))
            }
        }
    }

    /// Writes a whole reply, as JSON. `extra`: fields of the provider's reply that no event carries.
    pub(crate) fn whole(
        &self,
        builder: CompletionBuilder,
        extra: &Map<String, Value>,
        usage: &Usage,
        routing: &RoutingMetadata,
    ) -> String {
        let explanation = self.explanation.as_deref();
        let mut reply = match &self.preview {
            Preview::Completion => {
                return builder.into_json(self.reasoning, extra, Some(usage), Some(routing), explanation);
            }
            Preview::Message(preview) => messages::message(builder, preview, usage, routing),
            Preview::Response(preview) => responses::response(builder, preview, usage, routing),
        };
        if let Some(explanation) = explanation {
            reply["routing_explanation"] = serde_json::to_value(explanation).expect("JSON is a value");
        }
        reply.to_string()
    }
}

/// Writes the events of one streamed reply in the caller's dialect.
#[derive(Debug)]
pub enum Encoder {
    /// Chat-completion chunks.
    Chunks(Box<ChunkEncoder>),
    /// The events of Anthropic's Messages.
    Messages(Box<MessageEncoder>),
    /// The events of `OpenAI`'s Responses.
    Responses(Box<ResponseEncoder>),
}

impl Encoder {
    /// Appends the server-sent events for an event; there may be none.
    pub fn encode_sse(&mut self, choice: u32, event: &Event<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Chunks(encoder) => encoder.encode_sse(choice, event, out),
            Self::Messages(encoder) => encoder.encode_sse(choice, event, out),
            Self::Responses(encoder) => encoder.encode_sse(choice, event, out),
        }
    }

    /// As [`Self::encode_sse`] of every event of the run.
    pub(crate) fn encode_run_sse(&mut self, run: &Run<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Chunks(encoder) => encoder.encode_run_sse(run, out),
            Self::Messages(_) | Self::Responses(_) => {
                run.events().for_each(|event| self.encode_sse(run.choice(), &event, out));
            }
        }
    }

    /// Passes the JSON texts of the server-sent events for an event to `take`; there may be none. What `buffer`
    /// holds does not matter: it is there to be used again.
    pub fn encode_json(
        &mut self,
        choice: u32,
        event: &Event<'_>,
        buffer: &mut Vec<u8>,
        take: &mut impl FnMut(&str),
    ) {
        buffer.clear();
        if let Self::Chunks(encoder) = self {
            if encoder.encode(choice, event, buffer) {
                take(std::str::from_utf8(buffer).expect("the encoder writes UTF-8 only"));
            }
            return;
        }
        self.encode_sse(choice, event, buffer);
        let frames = std::str::from_utf8(buffer).expect("the encoder writes UTF-8 only");
        frames.lines().filter_map(|line| line.strip_prefix("data: ")).for_each(take);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_decide() {
        let check = |path: &str, expected: Dialect| assert_eq!(Dialect::of(path), expected, "{path}");
        check("/v1/messages", Dialect::Messages);
        check("/v1/messages/count_tokens", Dialect::Messages);
        check("/v1/messages/batches", Dialect::ChatCompletions);
        check("/v1/responses", Dialect::Responses);
        check("/v1/responses/resp_1", Dialect::ChatCompletions);
        check("/v1/chat/completions", Dialect::ChatCompletions);
        check("/healthz", Dialect::ChatCompletions);
    }

    #[test]
    fn silence_is_filled_with_whole_frames() {
        for dialect in [Dialect::ChatCompletions, Dialect::Messages, Dialect::Responses] {
            assert!(dialect.keep_alive().ends_with("\n\n"), "{dialect:?}");
        }
        assert!(Dialect::Messages.keep_alive().starts_with("event: ping\ndata: {"));
    }
}
