//! The one vocabulary between decoding and mapping.
//!
//! Every transport produces these events and every reader (stream parts, SDK, gateway dialects) consumes
//! them, so a provider's oddities are dealt with once, in front of them. Text borrows from the wire where it can.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

/// One thing that a completion stream said. Serialised with a `type` tag, it is what JavaScript sees.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event<'a> {
    /// Identity of the reply; once, from the first chunk that has any of it.
    Meta {
        /// Completion id; absent when the wire sends none or an empty one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
        /// The provider's model id.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<Cow<'a, str>>,
        /// Unix seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        created: Option<u64>,
    },
    /// Visible text.
    Text {
        /// Never empty.
        delta: Cow<'a, str>,
    },
    /// Thinking.
    Reasoning {
        /// Never empty.
        delta: Cow<'a, str>,
    },
    /// The provider's signature over the thinking that came before it.
    Signature {
        /// Opaque.
        signature: Cow<'a, str>,
    },
    /// Thinking that the provider keeps encrypted.
    Redacted {
        /// Opaque.
        data: Cow<'a, str>,
    },
    /// A piece of a tool call. Which call it belongs to is decided by the reader (ai-sdk-provider.md §5.4).
    ToolCall {
        /// Position among the calls; absent when the provider sends none.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
        /// Absent when the wire sends none or a blank one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
        /// Absent when the wire sends none or a blank one.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Cow<'a, str>>,
        /// A fragment of the arguments' JSON text; may be empty.
        arguments: Cow<'a, str>,
        /// Opaque mark that must be sent back with the call (api.md §3.2).
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<Cow<'a, str>>,
    },
    /// The model's refusal.
    Refusal {
        /// Never empty.
        delta: Cow<'a, str>,
    },
    /// A generated image, the wire object unchanged.
    Image {
        /// `{type, mime_type, data, thought_signature?}` or a provider's own shape.
        image: Cow<'a, RawValue>,
    },
    /// Citations, the wire array unchanged.
    Annotations {
        /// A JSON array.
        annotations: Cow<'a, RawValue>,
    },
    /// Log probabilities of the choice, the wire object unchanged.
    Logprobs {
        /// A JSON object.
        logprobs: Cow<'a, RawValue>,
    },
    /// The finish word.
    Finish {
        /// As sent.
        reason: Cow<'a, str>,
        /// The provider's own word.
        #[serde(skip_serializing_if = "Option::is_none")]
        native: Option<Cow<'a, str>>,
    },
    /// Token counts, the wire object unchanged; the last one wins.
    Usage {
        /// A JSON object.
        usage: Cow<'a, RawValue>,
    },
    /// Routing metadata, the wire object unchanged; the last one wins.
    Routing {
        /// A JSON object.
        routing: Cow<'a, RawValue>,
    },
    /// Facts about the service that answered; when one of them is first seen.
    Service {
        /// Backend configuration mark.
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Cow<'a, str>>,
        /// Service tier that was used.
        #[serde(skip_serializing_if = "Option::is_none")]
        tier: Option<Cow<'a, str>>,
    },
    /// The server reported an error inside the stream; nothing but the end follows.
    Error {
        /// The value of the `error` key (or of an `event: error` frame), unchanged; a string for plain text.
        error: Cow<'a, RawValue>,
    },
    /// A frame that is not JSON or not an object; nothing but the end follows.
    Malformed {
        /// What the parser disliked and where. Holds no content.
        detail: String,
    },
    /// `[DONE]`.
    Done {},
}

impl Event<'_> {
    /// The same event, holding its own text.
    pub fn into_owned(self) -> Event<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        fn own_some(text: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
            text.map(own)
        }
        fn own_raw(raw: Cow<'_, RawValue>) -> Cow<'static, RawValue> {
            Cow::Owned(raw.into_owned())
        }
        match self {
            Self::Meta { id, model, created } => {
                Event::Meta { id: own_some(id), model: own_some(model), created }
            }
            Self::Text { delta } => Event::Text { delta: own(delta) },
            Self::Reasoning { delta } => Event::Reasoning { delta: own(delta) },
            Self::Signature { signature } => Event::Signature { signature: own(signature) },
            Self::Redacted { data } => Event::Redacted { data: own(data) },
            Self::ToolCall { index, id, name, arguments, signature } => Event::ToolCall {
                index,
                id: own_some(id),
                name: own_some(name),
                arguments: own(arguments),
                signature: own_some(signature),
            },
            Self::Refusal { delta } => Event::Refusal { delta: own(delta) },
            Self::Image { image } => Event::Image { image: own_raw(image) },
            Self::Annotations { annotations } => Event::Annotations { annotations: own_raw(annotations) },
            Self::Logprobs { logprobs } => Event::Logprobs { logprobs: own_raw(logprobs) },
            Self::Finish { reason, native } => {
                Event::Finish { reason: own(reason), native: own_some(native) }
            }
            Self::Usage { usage } => Event::Usage { usage: own_raw(usage) },
            Self::Routing { routing } => Event::Routing { routing: own_raw(routing) },
            Self::Service { fingerprint, tier } => {
                Event::Service { fingerprint: own_some(fingerprint), tier: own_some(tier) }
            }
            Self::Error { error } => Event::Error { error: own_raw(error) },
            Self::Malformed { detail } => Event::Malformed { detail },
            Self::Done {} => Event::Done {},
        }
    }

    /// Whether nothing of interest follows this event: the server is done or has failed.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Error { .. } | Self::Malformed { .. } | Self::Done {})
    }
}
