//! Who may serve a request. Each filter has the code that its caller is told when it leaves nobody
//! (routing.md §7).

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{ChatRequest, Effort, ResponseFormat, ToolChoice};

use super::Options;
use crate::catalog::{Kind, Offering};
use crate::error::ApiError;

struct Filter<'a> {
    code: ErrorCode,
    param: &'static str,
    /// What is wanted, to complete “no provider of the model …”.
    wanted: String,
    keeps: Box<dyn Fn(&Offering) -> bool + 'a>,
}

/// The offerings that pass every filter.
///
/// # Errors
/// The code of the first filter that leaves nobody, if it alone is to blame; else `no_compatible_endpoint`
/// (G-20).
pub(super) fn apply(
    offerings: &[Offering],
    request: &ChatRequest,
    options: &Options,
) -> Result<Vec<Offering>, ApiError> {
    let filters = filters(request, options);
    let mut kept: Vec<&Offering> = offerings.iter().collect();
    for (position, filter) in filters.iter().enumerate() {
        kept.retain(|offering| (filter.keeps)(offering));
        if !kept.is_empty() {
            continue;
        }
        let others = || filters.iter().enumerate().filter(|(other, _)| *other != position);
        let is_to_blame = offerings.iter().any(|offering| others().all(|(_, other)| (other.keeps)(offering)));
        return Err(refusal(filter, is_to_blame));
    }
    Ok(kept.into_iter().cloned().collect())
}

fn refusal(filter: &Filter<'_>, is_to_blame: bool) -> ApiError {
    if is_to_blame {
        let message = format!("No provider of the model {}.", filter.wanted);
        return ApiError::new(filter.code, message)
            .with_param(filter.param)
            .with_suggestion(format!("Change `{}`, or choose another model.", filter.param));
    }
    let message =
        format!("No provider of the model meets all demands; among others, none {}.", filter.wanted);
    ApiError::new(ErrorCode::NoCompatibleEndpoint, message)
        .with_param(filter.param)
        .with_suggestion(format!("Relax `{}` and other constraints, or choose another model.", filter.param))
}

/// In the order of blame (G-20).
fn filters<'a>(request: &'a ChatRequest, options: &'a Options) -> Vec<Filter<'a>> {
    let mut filters = Vec::new();
    let mut add = |code, param, wanted: &str, keeps: Box<dyn Fn(&Offering) -> bool + 'a>| {
        filters.push(Filter { code, param, wanted: wanted.to_owned(), keeps });
    };
    if request.messages.iter().any(|message| message.image_count() > 0) {
        add(
            ErrorCode::VisionNotSupported,
            "messages",
            "accepts images",
            Box::new(|it| it.provider.capabilities.vision),
        );
    }
    let needs_tools = !request.tools.is_empty() && request.tool_choice != Some(ToolChoice::None);
    if needs_tools {
        add(
            ErrorCode::ToolsNotSupported,
            "tools",
            "calls tools",
            Box::new(|it| it.provider.capabilities.tools),
        );
    }
    if matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_))) {
        let keeps = |it: &Offering| it.provider.capabilities.tool_choice_required;
        add(
            ErrorCode::ToolChoiceRequiredNotSupported,
            "tool_choice",
            "can be made to call a tool",
            Box::new(keeps),
        );
    }
    match &request.response_format {
        Some(ResponseFormat::JsonObject) => {
            let keeps = |it: &Offering| it.provider.capabilities.json;
            add(ErrorCode::JsonModeNotSupported, "response_format", "offers `json_object`", Box::new(keeps));
        }
        Some(ResponseFormat::JsonSchema(_)) => {
            let keeps = |it: &Offering| it.provider.capabilities.json_schema;
            add(
                ErrorCode::StructuredOutputNotSupported,
                "response_format",
                "offers `json_schema`",
                Box::new(keeps),
            );
            if needs_tools {
                let keeps = |it: &Offering| it.provider.capabilities.tools_with_json_schema;
                let wanted = "offers tools together with `json_schema`";
                add(
                    ErrorCode::ToolsWithStructuredOutputNotSupported,
                    "response_format",
                    wanted,
                    Box::new(keeps),
                );
            }
        }
        Some(ResponseFormat::Text) | None => {}
    }
    if request.wants_reasoning() {
        let keeps = |it: &Offering| it.provider.capabilities.reasoning;
        add(ErrorCode::ReasoningNotSupported, "reasoning_effort", "can be asked to reason", Box::new(keeps));
    }
    if request.reasoning_effort == Some(Effort::Off) {
        // Where there is no reasoning, `off` changes nothing (G-10).
        let keeps =
            |it: &Offering| !it.provider.capabilities.reasoning || it.provider.capabilities.reasoning_off;
        add(
            ErrorCode::ThinkingDisableNotSupported,
            "reasoning_effort",
            "can stop reasoning",
            Box::new(keeps),
        );
    }
    if request.stream {
        let keeps = |it: &Offering| it.provider.capabilities.streaming;
        add(ErrorCode::StreamingNotSupported, "stream", "streams", Box::new(keeps));
    }
    filters.extend(wishes(request, options));
    filters
}

/// The filters of `gateway.routing`.
fn wishes<'a>(request: &'a ChatRequest, options: &'a Options) -> Vec<Filter<'a>> {
    let mut filters = Vec::new();
    let mut add = |code, param, wanted: &str, keeps: Box<dyn Fn(&Offering) -> bool + 'a>| {
        filters.push(Filter { code, param, wanted: wanted.to_owned(), keeps });
    };
    if let Some(allowed) = &options.providers {
        let keeps = move |it: &Offering| allowed.contains(&it.provider.id);
        add(
            ErrorCode::ProviderNotInAllowlist,
            "gateway.routing.providers",
            "is in the list",
            Box::new(keeps),
        );
    }
    if !options.exclude_providers.is_empty() {
        let keeps = |it: &Offering| !options.exclude_providers.contains(&it.provider.id);
        add(ErrorCode::ProviderBlocked, "gateway.routing.exclude_providers", "is left", Box::new(keeps));
    }
    if options.only_byok {
        // Callers can't bring keys of their own yet.
        add(
            ErrorCode::ByokKeysRequired,
            "gateway.routing.only_byok",
            "has a key of the caller's own",
            Box::new(|_| false),
        );
    }
    if let Some(policy) = &options.data_policy {
        let wanted = format!("is known to guarantee `{policy}`");
        // No provider's policy is known yet, and a guarantee must not be guessed.
        add(ErrorCode::NoCompatibleEndpoint, "gateway.routing.data_policy", &wanted, Box::new(|_| false));
    }
    if let Some(tier) = &options.tier {
        let wanted = format!("has the tier `{tier}`");
        add(ErrorCode::NoCompatibleEndpoint, "gateway.routing.tier", &wanted, Box::new(|_| false));
    }
    if options.require_parameters {
        let keeps = |it: &Offering| match &it.provider.kind {
            Kind::Simulated { .. } => true,
            Kind::Http { adapter, .. } => request.parameters.keys().all(|name| adapter.takes_parameter(name)),
        };
        let wanted = "takes every parameter of the request";
        add(
            ErrorCode::RequiredParamsNotSupported,
            "gateway.routing.require_parameters",
            wanted,
            Box::new(keeps),
        );
    }
    // What is not known passes no ceiling (G-04).
    if let Some(ceiling) = options.max_cost_per_1m {
        let mean = |it: &Offering| Some(f64::midpoint(it.prices?.input.as_usd(), it.prices?.output.as_usd()));
        let keeps = move |it: &Offering| mean(it).is_some_and(|mean| mean <= ceiling);
        let wanted = "is known to be that cheap";
        add(ErrorCode::CostConstraintExceeded, "gateway.routing.max_cost_per_1m", wanted, Box::new(keeps));
    }
    if let Some(ceiling) = options.max_ttft_ms {
        let keeps = move |it: &Offering| it.provider.latency_ms.is_some_and(|latency| latency <= ceiling);
        let wanted = "is known to answer that soon";
        add(ErrorCode::LatencyConstraintExceeded, "gateway.routing.max_ttft_ms", wanted, Box::new(keeps));
    }
    if let Some(floor) = options.min_throughput_tps {
        let keeps = move |it: &Offering| it.provider.throughput_tps.is_some_and(|rate| rate >= floor);
        let wanted = "is known to be that fast";
        add(
            ErrorCode::ThroughputConstraintNotMet,
            "gateway.routing.min_throughput_tps",
            wanted,
            Box::new(keeps),
        );
    }
    filters
}
