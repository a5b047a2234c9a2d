//! Code, field and wording of every filter: the table of routing.md §7.

use auriko_wire::error_code::ErrorCode;

use crate::facts::Endpoint;
use crate::filter::Filter;
use crate::plan::{Dropped, Input};

/// The code of a filter that leaves nobody.
pub(crate) fn code(filter: Filter, input: &Input<'_>, dropped: &[Dropped]) -> ErrorCode {
    match filter {
        Filter::BatchOnly => ErrorCode::BatchOnly,
        Filter::ResponsesOnly => ErrorCode::ResponseApiOnly,
        Filter::Endpoint if input.facts.endpoint == Endpoint::Responses => ErrorCode::NoResponsesEndpoint,
        Filter::NativeInput => ErrorCode::InputRequiresResponsesEndpoint,
        Filter::Vision => ErrorCode::VisionNotSupported,
        Filter::InputModality | Filter::OutputModality => ErrorCode::UnsupportedModalities,
        Filter::Tools if takes_tools_elsewhere(dropped) => ErrorCode::NoToolsOnEndpoint,
        Filter::Tools => ErrorCode::ToolsNotSupported,
        Filter::HostedTool => ErrorCode::HostedToolNotSupported,
        Filter::ToolChoice => ErrorCode::ToolChoiceRequiredNotSupported,
        Filter::JsonMode => ErrorCode::JsonModeNotSupported,
        Filter::StructuredOutput => ErrorCode::StructuredOutputNotSupported,
        Filter::ToolsWithStructuredOutput => ErrorCode::ToolsWithStructuredOutputNotSupported,
        Filter::Reasoning => ErrorCode::ReasoningNotSupported,
        Filter::ThinkingDisable => ErrorCode::ThinkingDisableNotSupported,
        Filter::Streaming => ErrorCode::StreamingNotSupported,
        Filter::NonStreaming => ErrorCode::NonStreamingNotSupported,
        Filter::Context => ErrorCode::ContextLengthExceeded,
        Filter::Allowlist => ErrorCode::ProviderNotInAllowlist,
        Filter::Denylist => ErrorCode::ProviderBlocked,
        Filter::OwnKey => ErrorCode::ByokKeysRequired,
        Filter::PlatformKey => ErrorCode::PlatformKeysUnavailable,
        Filter::Tier if input.wishes.policy.tier.is_none() => ErrorCode::TierOptInRequired,
        Filter::Endpoint | Filter::DataPolicy | Filter::Tier => ErrorCode::NoCompatibleEndpoint,
        Filter::Parameters => ErrorCode::RequiredParamsNotSupported,
        Filter::Cost => ErrorCode::CostConstraintExceeded,
        Filter::Ttft => ErrorCode::LatencyConstraintExceeded,
        Filter::Throughput => ErrorCode::ThroughputConstraintNotMet,
    }
}

/// Whether the model takes tools through an endpoint that was not asked.
pub(crate) fn takes_tools_elsewhere(dropped: &[Dropped]) -> bool {
    let is_elsewhere =
        |it: &Dropped| it.failures.contains(Filter::ResponsesOnly) || it.failures.contains(Filter::Endpoint);
    dropped.iter().any(|it| is_elsewhere(it) && !it.failures.contains(Filter::Tools))
}

/// The field that the filter is about, in the words of the endpoint that was asked.
pub(crate) fn param(filter: Filter, input: &Input<'_>) -> &'static str {
    let by_endpoint = |chat, responses, messages| match input.facts.endpoint {
        Endpoint::ChatCompletions => chat,
        Endpoint::Responses | Endpoint::Embeddings => responses,
        Endpoint::Messages => messages,
    };
    match filter {
        Filter::BatchOnly | Filter::ResponsesOnly | Filter::Endpoint | Filter::OutputModality => {
            input.wishes.models.param()
        }
        Filter::NativeInput | Filter::Vision | Filter::InputModality | Filter::Context => {
            by_endpoint("messages", "input", "messages")
        }
        Filter::Tools | Filter::HostedTool => "tools",
        Filter::ToolChoice => "tool_choice",
        Filter::JsonMode | Filter::StructuredOutput | Filter::ToolsWithStructuredOutput => {
            by_endpoint("response_format", "text.format", "output_config.format")
        }
        Filter::Reasoning | Filter::ThinkingDisable => {
            by_endpoint("reasoning_effort", "reasoning.effort", "thinking")
        }
        Filter::Streaming | Filter::NonStreaming => "stream",
        Filter::Allowlist => "gateway.routing.providers",
        Filter::Denylist => "gateway.routing.exclude_providers",
        Filter::OwnKey => "gateway.routing.only_byok",
        Filter::PlatformKey => "gateway.routing.only_platform",
        Filter::DataPolicy => "gateway.routing.data_policy",
        Filter::Tier => "gateway.routing.tier",
        Filter::Parameters => "gateway.routing.require_parameters",
        Filter::Cost => "gateway.routing.max_cost_per_1m",
        Filter::Ttft => "gateway.routing.max_ttft_ms",
        Filter::Throughput => "gateway.routing.min_throughput_tps",
    }
}

/// What is demanded, to complete “no provider …”.
pub(super) fn demand(filter: Filter, input: &Input<'_>) -> String {
    let policy = &input.wishes.policy;
    let text = match filter {
        Filter::BatchOnly => "can be called other than in batches",
        Filter::ResponsesOnly => return format!("can be called through `{}`", input.facts.endpoint.path()),
        Filter::Endpoint => return format!("answers at `{}`", input.facts.endpoint.path()),
        Filter::NativeInput => "takes all of these input items",
        Filter::Vision => "takes images",
        Filter::InputModality => "takes all kinds of content in the messages",
        Filter::OutputModality => "puts out what is asked for",
        Filter::Tools => "calls tools",
        Filter::HostedTool => "runs the hosted tools of the request",
        Filter::ToolChoice => "can be made to call a tool",
        Filter::JsonMode => "offers `json_object`",
        Filter::StructuredOutput => "offers `json_schema`",
        Filter::ToolsWithStructuredOutput => "offers tools together with `json_schema`",
        Filter::Reasoning => "can be asked to reason",
        Filter::ThinkingDisable => "can stop reasoning",
        Filter::Streaming => "streams",
        Filter::NonStreaming => "answers without streaming",
        Filter::Context => {
            return format!("takes a prompt of about {} tokens", input.facts.prompt_tokens);
        }
        Filter::Allowlist => "is in the list of allowed providers",
        Filter::Denylist => "is left by the list of excluded providers",
        Filter::OwnKey => "has a key of your own",
        Filter::PlatformKey => "has a key of the platform",
        Filter::DataPolicy => return format!("is known to guarantee `{}`", policy_word(policy.data_policy)),
        Filter::Tier => match &policy.tier {
            None => "is offered without opting into a premium tier",
            Some(tier) => return format!("has the tier `{tier}`"),
        },
        Filter::Parameters => "takes every parameter of the request",
        Filter::Cost => "is known to be that cheap",
        Filter::Ttft => "is known to answer that soon",
        Filter::Throughput => "is known to be that fast",
    };
    text.to_owned()
}

/// Why a candidate was left out, to complete “it …”.
pub(crate) fn shortcoming(filter: Filter) -> &'static str {
    match filter {
        Filter::BatchOnly => "can only be called in batches",
        Filter::ResponsesOnly => "can only be called through its provider's own `/v1/responses`",
        Filter::Endpoint => "does not answer at the endpoint that was asked",
        Filter::NativeInput => "does not take all of these input items",
        Filter::Vision => "does not take images",
        Filter::InputModality => "does not take all kinds of content in the messages",
        Filter::OutputModality => "does not put out what is asked for",
        Filter::Tools => "does not call tools",
        Filter::HostedTool => "does not run the hosted tools of the request",
        Filter::ToolChoice => "can't be made to call a tool",
        Filter::JsonMode => "does not offer `json_object`",
        Filter::StructuredOutput => "does not offer `json_schema`",
        Filter::ToolsWithStructuredOutput => "does not offer tools together with `json_schema`",
        Filter::Reasoning => "does not reason",
        Filter::ThinkingDisable => "can't stop reasoning",
        Filter::Streaming => "does not stream",
        Filter::NonStreaming => "only streams",
        Filter::Context => "has a context window shorter than the prompt",
        Filter::Allowlist => "is not among `providers`",
        Filter::Denylist => "is among `exclude_providers`",
        Filter::OwnKey => "would be called with the platform's key",
        Filter::PlatformKey => "would be called with a key of your own",
        Filter::DataPolicy => "promises less than `data_policy`",
        Filter::Tier => "is of another price tier",
        Filter::Parameters => "does not take every parameter of the request",
        Filter::Cost => "costs more than `max_cost_per_1m`, or its price is not known",
        Filter::Ttft => "answers later than `max_ttft_ms`, or was not measured",
        Filter::Throughput => "is slower than `min_throughput_tps`, or was not measured",
    }
}

pub(super) fn policy_word(policy: crate::catalog::file::DataPolicy) -> &'static str {
    use crate::catalog::file::DataPolicy;
    match policy {
        DataPolicy::None => "none",
        DataPolicy::NoTraining => "no_training",
        DataPolicy::Zdr => "zdr",
    }
}
