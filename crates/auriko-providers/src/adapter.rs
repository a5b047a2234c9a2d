//! One adapter per family of APIs. An adapter builds a provider's request and says how its reply is read; it
//! does no I/O, so the gateway sends every request in the same way.
//!
//! To add one: a variant here, a module that builds and reads, a row in `table.rs`.

use auriko_wire::chunk::{ChunkDecoder, Verdict};
use auriko_wire::event::Event;
use auriko_wire::frame_decoder::FrameDecoder;
use auriko_wire::request::{ChatRequest, RequestError};
use auriko_wire::routing_metadata::Warning;
use auriko_wire::run::EventSink;
use auriko_wire::sse::{Frame, SseDecoder};
use serde_json::{Map, Value};

use crate::anthropic::MessageDecoder;
use crate::gemini::GeminiDecoder;
use crate::prompt_cache::CacheHint;
use crate::provider_error::ProviderError;
use crate::table::Quirks;
use crate::{anthropic, gemini, openai_compatible};

/// Which API a provider speaks.
#[derive(Debug, Clone, Copy)]
pub enum Adapter {
    /// `OpenAI`'s chat completions, with departures from them.
    OpenAiCompatible(&'static Quirks),
    /// Anthropic's Messages API.
    Anthropic,
    /// Google's `generateContent`.
    Gemini,
}

/// Where a request goes. Holds the key, so it is never shown.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// `…/v1` or the like; a trailing slash is ignored.
    pub base_url: &'a str,
    /// `None`: the server asks for no key.
    pub api_key: Option<&'a str>,
    /// The provider's own model id.
    pub upstream_model: &'a str,
    /// Most tokens that the model writes in one reply. `None`: the adapter uses what it knows of the model.
    pub max_output_tokens: Option<u64>,
    /// Price tier of the offering, such as `priority`. `None`: the standard one.
    pub tier: Option<&'a str>,
    /// Names the conversation, for providers whose cache is found by it (caching.md §2). `None`: it has no name.
    pub conversation: Option<&'a str>,
    /// Whether nothing of the prompt may be kept longer than the provider does by itself.
    pub keeps_nothing: bool,
}

/// What to send, a POST with a JSON body, and how to read what comes back.
#[derive(Clone)]
pub struct ProviderRequest {
    /// Absolute.
    pub url: String,
    /// In order. Holds the key, so it is never logged.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
    /// What could not be passed on.
    pub warnings: Vec<Warning>,
    /// Reads the reply.
    pub reader: ReplyReader,
}

/// Why a request can't be put in a provider's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// The request is wrong, and no provider could take it.
    Invalid(RequestError),
    /// This provider can't take it; another one may.
    Unsuited(RequestError),
}

/// Why a reply with a good status is unusable.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyError {
    /// Not a reply of that API. Says what is wrong; holds no content.
    Unusable(String),
    /// An error that came with a good status: the value of its `error` key.
    Error(Value),
}

impl Adapter {
    /// Whether both speak one API, departures aside.
    pub fn is_same_api(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Whether [`Target::conversation`] makes a difference.
    pub fn wants_conversation(self) -> bool {
        match self {
            Self::OpenAiCompatible(quirks) => quirks.cache_hint != CacheHint::Nothing,
            Self::Anthropic | Self::Gemini => false,
        }
    }

    /// Whether the provider fetches the file at this http(s) URL itself, for this model of its own. Who does not gets the
    /// file as a `data:` URL.
    pub fn takes_link(self, url: &str, upstream_model: &str) -> bool {
        match self {
            Self::OpenAiCompatible(quirks) => quirks.takes_links,
            Self::Anthropic => anthropic::takes_link(url),
            Self::Gemini => gemini::takes_link(url, upstream_model),
        }
    }

    /// Whether a forwarded parameter (`ChatRequest::parameters`) of that name reaches the provider.
    pub fn takes_parameter(self, name: &str) -> bool {
        match self {
            Self::OpenAiCompatible(quirks) => !quirks.refuses.contains(&name),
            Self::Anthropic => anthropic::takes_parameter(name),
            Self::Gemini => gemini::takes_parameter(name),
        }
    }

    /// The request in the provider's own words. `extensions` are its cleaned extension fields.
    ///
    /// # Errors
    /// [`BuildError`], which names the field.
    pub fn build(
        self,
        request: &ChatRequest,
        target: &Target<'_>,
        extensions: Map<String, Value>,
    ) -> Result<ProviderRequest, BuildError> {
        match self {
            Self::OpenAiCompatible(quirks) => {
                Ok(openai_compatible::build(request, target, quirks, extensions))
            }
            Self::Anthropic => anthropic::build(request, target, extensions),
            Self::Gemini => gemini::build(request, target, extensions),
        }
    }

    /// What an error body says, whatever its status was.
    pub fn read_error(self, body: &str) -> ProviderError {
        match self {
            Self::OpenAiCompatible(_) => ProviderError::parse(body),
            Self::Anthropic => ProviderError::parse_with(body, anthropic::read_error),
            Self::Gemini => gemini::read_error(body),
        }
    }

    /// What the error of an [`Event::Error`] or a [`ReplyError::Error`] says.
    pub fn read_error_value(self, error: &Value) -> ProviderError {
        match self {
            Self::OpenAiCompatible(_) => ProviderError::from_value(error),
            Self::Anthropic => anthropic::read_error(error),
            Self::Gemini => gemini::read_error_value(error),
        }
    }
}

/// Reads the reply to one request. What the request asked for may decide how its reply is understood.
#[derive(Debug, Clone)]
pub enum ReplyReader {
    /// A chat completion, or its chunks.
    Completion,
    /// A message of Anthropic's, or its events.
    Anthropic {
        /// Name of the tool whose input is the answer. `None`: the answer is text.
        answer_tool: Option<String>,
    },
    /// A `GenerateContentResponse`, or a row of them.
    Gemini,
}

impl ReplyReader {
    /// Passes the events of a plain reply to `emit`, and returns its fields that no event carries.
    ///
    /// # Errors
    /// [`ReplyError`]; then nothing was emitted.
    pub fn decode_reply(
        &self,
        text: &str,
        emit: &mut dyn FnMut(u32, Event<'_>),
    ) -> Result<Map<String, Value>, ReplyError> {
        match self {
            Self::Completion => openai_compatible::decode_completion(text, emit),
            Self::Anthropic { answer_tool } => anthropic::decode_message(text, answer_tool.as_deref(), emit),
            Self::Gemini => gemini::decode_reply(text, emit),
        }
    }

    /// A decoder for a streamed reply.
    pub fn decoder(&self) -> StreamDecoder {
        match self {
            Self::Completion => StreamDecoder::Chunks(ChunkDecoder::default()),
            Self::Anthropic { answer_tool } => {
                StreamDecoder::Anthropic(Box::new(MessageDecoder::new(answer_tool.clone())))
            }
            Self::Gemini => StreamDecoder::Gemini(GeminiDecoder::default()),
        }
    }
}

/// Decodes one streamed reply.
#[derive(Debug)]
pub enum StreamDecoder {
    /// Chunks of a chat completion.
    Chunks(ChunkDecoder),
    /// Events of a message of Anthropic's.
    Anthropic(Box<MessageDecoder>),
    /// Partial replies of Gemini.
    Gemini(GeminiDecoder),
}

impl FrameDecoder for StreamDecoder {
    fn decode(&mut self, frame: &Frame<'_>, emit: &mut dyn FnMut(u32, Event<'_>)) -> Verdict {
        match self {
            Self::Chunks(decoder) => decoder.decode(frame, emit),
            Self::Anthropic(decoder) => decoder.decode(frame, emit),
            Self::Gemini(decoder) => decoder.decode(frame, emit),
        }
    }

    fn decode_run(&mut self, frames: &mut SseDecoder, sink: &mut dyn EventSink) -> bool {
        match self {
            Self::Chunks(decoder) => decoder.decode_run(frames, sink),
            Self::Anthropic(_) | Self::Gemini(_) => false,
        }
    }
}
