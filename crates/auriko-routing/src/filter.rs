//! Who may serve a request. Every filter is one bit, and a candidate's [`Filters`] are those it fails: which one is
//! to blame when nobody is left, and whether relaxing it alone would help, can be read from the bits.

use crate::candidate::Candidate;
use crate::catalog::{Endpoints, Modalities, Offering, Parameters};
use crate::facts::{Endpoint, Facts};
use crate::keys::KeySource;
use crate::measurements::OfferingMetrics;
use crate::policy::Policy;

/// A reason to leave a candidate out, in the order of blame (G-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Filter {
    /// Only offered through the provider's batch interface.
    BatchOnly,
    /// Asked through another endpoint, but only callable through `/v1/responses`.
    ResponsesOnly,
    /// Not callable through any endpoint that holds a conversation.
    Endpoint,
    /// The input holds items that only a native Responses provider takes.
    NativeInput,
    /// Images in the input.
    Vision,
    /// Other content in the input.
    InputModality,
    /// The kind of content it puts out.
    OutputModality,
    /// `tools`.
    Tools,
    /// Tools that the provider itself runs.
    HostedTool,
    /// `tool_choice: required` or a named function.
    ToolChoice,
    /// `response_format: json_object`.
    JsonMode,
    /// `response_format: json_schema`.
    StructuredOutput,
    /// Both `tools` and `json_schema`.
    ToolsWithStructuredOutput,
    /// `reasoning_effort`.
    Reasoning,
    /// `reasoning_effort: off`.
    ThinkingDisable,
    /// `stream: true`.
    Streaming,
    /// `stream: false`.
    NonStreaming,
    /// The prompt is longer than the window.
    Context,
    /// `providers`.
    Allowlist,
    /// `exclude_providers`.
    Denylist,
    /// `only_byok`.
    OwnKey,
    /// `only_platform`.
    PlatformKey,
    /// `data_policy`.
    DataPolicy,
    /// `tier`, or a premium tier that nobody asked for.
    Tier,
    /// `require_parameters`.
    Parameters,
    /// `max_cost_per_1m`.
    Cost,
    /// `max_ttft_ms`.
    Ttft,
    /// `min_throughput_tps`.
    Throughput,
}

/// A set of filters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filters(u32);

impl Filter {
    /// Every filter, in the order of blame.
    pub const ALL: [Self; 28] = [
        Self::BatchOnly,
        Self::ResponsesOnly,
        Self::Endpoint,
        Self::NativeInput,
        Self::Vision,
        Self::InputModality,
        Self::OutputModality,
        Self::Tools,
        Self::HostedTool,
        Self::ToolChoice,
        Self::JsonMode,
        Self::StructuredOutput,
        Self::ToolsWithStructuredOutput,
        Self::Reasoning,
        Self::ThinkingDisable,
        Self::Streaming,
        Self::NonStreaming,
        Self::Context,
        Self::Allowlist,
        Self::Denylist,
        Self::OwnKey,
        Self::PlatformKey,
        Self::DataPolicy,
        Self::Tier,
        Self::Parameters,
        Self::Cost,
        Self::Ttft,
        Self::Throughput,
    ];
}

impl Filters {
    /// No filter.
    pub const NONE: Self = Self(0);

    /// Adds a filter if `condition` holds.
    #[must_use]
    pub const fn with_if(self, condition: bool, filter: Filter) -> Self {
        Self(self.0 | ((condition as u32) << filter as u32))
    }

    /// Those in both sets.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Those in either set.
    #[must_use]
    pub const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `filter` is in it.
    pub const fn contains(self, filter: Filter) -> bool {
        self.0 & (1 << filter as u32) != 0
    }

    /// Whether `filter` is in it and nothing else.
    pub const fn is_only(self, filter: Filter) -> bool {
        self.0 == 1 << filter as u32
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The first in the order of blame.
    pub fn first(self) -> Option<Filter> {
        self.iter().next()
    }

    /// All, in the order of blame.
    pub fn iter(self) -> impl Iterator<Item = Filter> {
        Filter::ALL.into_iter().filter(move |filter| self.contains(*filter))
    }
}

/// Filters that say that the endpoint which was asked does not lead there at all.
const UNREACHABLE: Filters = Filters::NONE
    .with_if(true, Filter::BatchOnly)
    .with_if(true, Filter::ResponsesOnly)
    .with_if(true, Filter::Endpoint);

/// What an offering can't do, whoever asks. What follows from another shortcoming is none of its own: otherwise no
/// single one could ever be to blame.
pub(crate) fn shortcomings(offering: &Offering) -> Filters {
    let endpoints = offering.endpoints;
    let can = &offering.capabilities;
    let is_callable = endpoints.is_conversational() || endpoints.has_any(Endpoints::RESPONSES);
    let is_batch = !is_callable && endpoints == Endpoints::BATCH;
    Filters::NONE
        .with_if(is_batch, Filter::BatchOnly)
        .with_if(is_callable && !endpoints.is_conversational(), Filter::ResponsesOnly)
        .with_if(!is_callable && !is_batch, Filter::Endpoint)
        .with_if(is_callable && !endpoints.has_any(Endpoints::RESPONSES), Filter::NativeInput)
        .with_if(!offering.input.contains(Modalities::IMAGE), Filter::Vision)
        .with_if(!can.tools, Filter::Tools)
        .with_if(can.tools && !can.tool_choice, Filter::ToolChoice)
        .with_if(!can.json_mode, Filter::JsonMode)
        .with_if(!can.structured_output, Filter::StructuredOutput)
        .with_if(
            can.tools && can.structured_output && !can.tools_with_structured_output,
            Filter::ToolsWithStructuredOutput,
        )
        .with_if(!can.reasoning, Filter::Reasoning)
        // Where there is no reasoning, `off` changes nothing (G-10).
        .with_if(can.reasoning && !can.reasoning_off, Filter::ThinkingDisable)
        .with_if(!can.streaming, Filter::Streaming)
        .with_if(!can.non_streaming, Filter::NonStreaming)
}

/// What a request asks for that some offerings can't do.
pub(crate) fn demands(facts: &Facts) -> Filters {
    // A model that makes embeddings need not hold conversations; whether it makes them is looked at in `failures`.
    if facts.endpoint == Endpoint::Embeddings {
        return Filters::NONE.with_if(true, Filter::BatchOnly);
    }
    let has_schema = facts.wants_json_schema;
    Filters::NONE
        .with_if(true, Filter::BatchOnly)
        .with_if(facts.endpoint != Endpoint::Responses, Filter::ResponsesOnly)
        .with_if(true, Filter::Endpoint)
        .with_if(facts.needs_native_input, Filter::NativeInput)
        .with_if(facts.input.contains(Modalities::IMAGE), Filter::Vision)
        .with_if(facts.needs_tools, Filter::Tools)
        .with_if(facts.must_call_tool, Filter::ToolChoice)
        .with_if(facts.wants_json_object, Filter::JsonMode)
        .with_if(has_schema, Filter::StructuredOutput)
        .with_if(has_schema && facts.needs_tools, Filter::ToolsWithStructuredOutput)
        .with_if(facts.wants_reasoning, Filter::Reasoning)
        .with_if(facts.forbids_reasoning, Filter::ThinkingDisable)
        .with_if(facts.stream, Filter::Streaming)
        .with_if(!facts.stream, Filter::NonStreaming)
}

/// Every filter that a candidate fails.
pub(crate) fn failures(
    demands: Filters,
    candidate: &Candidate,
    facts: &Facts,
    policy: &Policy,
    metrics: &OfferingMetrics,
) -> Filters {
    let offering = &*candidate.offering;
    let provider = &*offering.provider;
    let other_input = facts.input.without(Modalities::IMAGE | Modalities::TEXT);
    let is_native = offering.endpoints.has_any(facts.endpoint.as_set());
    let lacking = demands
        .and(offering.shortcomings)
        .with_if(facts.endpoint == Endpoint::Embeddings && !is_native, Filter::Endpoint);
    let is_callable = lacking.and(UNREACHABLE).is_empty();
    lacking
        .with_if(!offering.input.contains(other_input), Filter::InputModality)
        .with_if(is_callable && !offering.output.contains(facts.output), Filter::OutputModality)
        .with_if(
            is_callable && !is_native && !lacking.contains(Filter::Tools) && !facts.hosted_tools.is_empty(),
            Filter::HostedTool,
        )
        .with_if(offering.context_window.is_some_and(|window| facts.prompt_tokens > window), Filter::Context)
        .with_if(!policy.allows(provider), Filter::Allowlist)
        .with_if(policy.excludes(provider), Filter::Denylist)
        .with_if(policy.only_byok && candidate.key_source != KeySource::Own, Filter::OwnKey)
        .with_if(policy.only_platform && candidate.key_source != KeySource::Platform, Filter::PlatformKey)
        .with_if(candidate.data_policy < policy.data_policy, Filter::DataPolicy)
        .with_if(!policy.takes_tier(&offering.tier), Filter::Tier)
        .with_if(
            policy.require_parameters && !missing_parameters(facts, offering).is_empty(),
            Filter::Parameters,
        )
        // What is not known passes no ceiling (G-04).
        .with_if(
            policy
                .max_cost_per_1m
                .is_some_and(|ceiling| mean_price(facts, offering).is_none_or(|mean| mean > ceiling)),
            Filter::Cost,
        )
        .with_if(
            policy.max_ttft_ms.is_some_and(|ceiling| {
                metrics.ttft_ms.at(policy.ttft_percentile).is_none_or(|ttft| ttft > ceiling)
            }),
            Filter::Ttft,
        )
        .with_if(
            policy.min_throughput_tps.is_some_and(|floor| {
                metrics.throughput_tps.at(policy.throughput_percentile).is_none_or(|rate| rate < floor)
            }),
            Filter::Throughput,
        )
}

/// The parameters of the request that the offering does not take.
pub(crate) fn missing_parameters(facts: &Facts, offering: &Offering) -> Parameters {
    facts.parameters.without(offering.parameters)
}

/// What `max_cost_per_1m` is compared with, at the length of this prompt. `None`: the prices are not known.
pub(crate) fn mean_price(facts: &Facts, offering: &Offering) -> Option<f64> {
    offering.prices.as_ref().map(|table| table.for_prompt(facts.prompt_tokens).mean_usd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_know_their_order() {
        let set = Filters::NONE
            .with_if(true, Filter::Cost)
            .with_if(true, Filter::Vision)
            .with_if(false, Filter::Tier);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Filter::Vision, Filter::Cost]);
        assert_eq!((set.first(), set.count()), (Some(Filter::Vision), 2));
        assert!(
            !set.is_only(Filter::Cost)
                && set.and(Filters::NONE.with_if(true, Filter::Cost)).is_only(Filter::Cost)
        );
        assert!(Filter::ALL.iter().enumerate().all(|(position, filter)| position == *filter as usize));
    }
}
