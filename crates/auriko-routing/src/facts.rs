//! What a request is, as far as routing minds: read once, from the one form that all dialects are parsed into.

use auriko_wire::request::{ChatRequest, Effort, Message, ResponseFormat, ToolChoice};

use crate::catalog::{Endpoints, Modalities, Parameters};

/// The way a request came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /v1/chat/completions`.
    #[default]
    ChatCompletions,
    /// `POST /v1/responses`.
    Responses,
    /// `POST /v1/messages`.
    Messages,
    /// `POST /v1/embeddings`.
    Embeddings,
}

/// The facts of one request.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Facts {
    /// The way it came in.
    pub endpoint: Endpoint,
    /// Estimated length of the prompt (G-21).
    pub prompt_tokens: u64,
    /// Of these, tokens that a prompt cache may hold: up to the last message of the user.
    pub cacheable_tokens: u64,
    /// The longest reply that the caller wants. `None`: as long as it gets.
    pub output_limit: Option<u64>,
    /// There are tools, and they may be called.
    pub needs_tools: bool,
    /// Types of tools that a provider would have to run itself.
    pub hosted_tools: Vec<String>,
    /// A call is demanded: of any tool, or of a named one.
    pub must_call_tool: bool,
    /// `response_format: json_object`.
    pub wants_json_object: bool,
    /// `response_format: json_schema`.
    pub wants_json_schema: bool,
    /// An effort is asked for.
    pub wants_reasoning: bool,
    /// Thinking is to be off.
    pub forbids_reasoning: bool,
    /// Whether the reply is streamed.
    pub stream: bool,
    /// What the messages hold.
    pub input: Modalities,
    /// What the reply must be able to hold.
    pub output: Modalities,
    /// Which of the optional parameters are used.
    pub parameters: Parameters,
    /// The input holds Responses items that no other API can express. Set by the Responses dialect.
    pub needs_native_input: bool,
}

impl Endpoint {
    /// As in the catalogue.
    pub const fn as_set(self) -> Endpoints {
        match self {
            Self::ChatCompletions => Endpoints::CHAT,
            Self::Responses => Endpoints::RESPONSES,
            Self::Messages => Endpoints::MESSAGES,
            Self::Embeddings => Endpoints::EMBEDDINGS,
        }
    }

    /// Where requests are sent.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
            Self::Embeddings => "/v1/embeddings",
        }
    }
}

impl Facts {
    /// Reads a request.
    pub fn read(request: &ChatRequest, endpoint: Endpoint) -> Self {
        let estimate = request.prompt_estimate();
        let may_call = request.tool_choice != Some(ToolChoice::None);
        Self {
            endpoint,
            prompt_tokens: estimate.tokens,
            cacheable_tokens: estimate.cacheable_tokens,
            output_limit: request.max_output_tokens,
            needs_tools: may_call && !request.tools.is_empty(),
            hosted_tools: if may_call { hosted_tools(request) } else { Vec::new() },
            must_call_tool: matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_))),
            wants_json_object: request.response_format == Some(ResponseFormat::JsonObject),
            wants_json_schema: matches!(request.response_format, Some(ResponseFormat::JsonSchema(_))),
            wants_reasoning: request.wants_reasoning(),
            forbids_reasoning: request.reasoning_effort == Some(Effort::Off),
            stream: request.stream,
            input: input(request),
            output: if endpoint == Endpoint::Embeddings { Modalities::EMBEDDING } else { Modalities::TEXT },
            parameters: parameters(request),
            needs_native_input: false,
        }
    }
}

fn input(request: &ChatRequest) -> Modalities {
    let kinds = request.messages.iter().flat_map(Message::part_types);
    kinds.fold(Modalities::TEXT, |set, kind| set | modality(kind))
}

/// Of a content part. Parts of other types are left to the provider.
fn modality(part_type: &str) -> Modalities {
    match part_type {
        "image_url" | "input_image" => Modalities::IMAGE,
        "input_audio" => Modalities::AUDIO,
        "video_url" | "input_video" => Modalities::VIDEO,
        "file" | "input_file" => Modalities::PDF,
        _ => Modalities::TEXT,
    }
}

/// `custom` tools are run by the caller too.
fn hosted_tools(request: &ChatRequest) -> Vec<String> {
    let types = request.tools.iter().filter_map(|tool| tool.get("type")?.as_str());
    types.filter(|kind| !matches!(*kind, "function" | "custom")).map(str::to_owned).collect()
}

fn parameters(request: &ChatRequest) -> Parameters {
    let forwarded =
        request.parameters.keys().fold(Parameters::NONE, |set, name| set | Parameters::named(name));
    let seed = request.seed.map_or(Parameters::NONE, |_| Parameters::named("seed"));
    let choices = if request.choice_count > 1 { Parameters::named("n") } else { Parameters::NONE };
    forwarded | seed | choices
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn facts(mut body: Value) -> Facts {
        body["model"] = "m".into();
        if body.get("messages").is_none() {
            body["messages"] = json!([{ "role": "user", "content": "hi" }]);
        }
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        Facts::read(&request, Endpoint::ChatCompletions)
    }

    #[test]
    fn tools_that_may_not_be_called_are_no_demand() {
        let tools = json!([{ "type": "function", "function": { "name": "f" } }, { "type": "web_search" }]);
        let open = facts(json!({ "tools": tools }));
        assert!(open.needs_tools && !open.must_call_tool);
        assert_eq!(open.hosted_tools, ["web_search"]);
        let closed = facts(json!({ "tools": tools, "tool_choice": "none" }));
        assert!(!closed.needs_tools && closed.hosted_tools.is_empty());
        assert!(facts(json!({ "tools": tools, "tool_choice": "required" })).must_call_tool);
    }

    #[test]
    fn contents_and_parameters_are_seen() {
        let content =
            json!([{ "type": "image_url", "image_url": { "url": "data:" } }, { "type": "file", "file": {} }]);
        let found = facts(
            json!({ "messages": [{ "role": "user", "content": content }], "n": 2, "seed": 1, "stop": "x", "user": "u" }),
        );
        assert_eq!(found.input, Modalities::TEXT | Modalities::IMAGE | Modalities::PDF);
        assert_eq!(found.parameters.names().collect::<Vec<_>>(), ["seed", "n", "user"]);
        assert_eq!(facts(json!({})).input, Modalities::TEXT);
    }
}
