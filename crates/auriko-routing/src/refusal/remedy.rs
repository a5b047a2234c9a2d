//! What would help a request that nobody may serve: the value that would have been enough, the providers that would
//! do, or other models.

use std::collections::BTreeSet;

use super::words::{param, policy_word, takes_tools_elsewhere};
use super::{configure, words};
use crate::candidate::Enumerated;
use crate::catalog::{Modalities, Model, Parameters};
use crate::filter::{self, Filter, failures, mean_price, missing_parameters};
use crate::plan::{Dropped, Input};

/// Most models that are suggested.
const SUGGESTED: usize = 3;

/// When relaxing one filter would do.
pub(super) fn of(filter: Filter, input: &Input<'_>, dropped: &[Dropped]) -> String {
    let near: Vec<_> = dropped.iter().filter(|it| it.failures.is_only(filter)).collect();
    let field = param(filter, input);
    let names: Vec<_> = input.wishes.models.names.iter().map(String::as_str).collect();
    let providers = || list(&providers(&near));
    let first = match filter {
        Filter::BatchOnly => "This gateway has no batch interface.".to_owned(),
        Filter::ResponsesOnly => {
            "It answers only at its provider's own `/v1/responses`, which this gateway does not ask."
                .to_owned()
        }
        Filter::Endpoint => {
            let words: BTreeSet<_> =
                near.iter().flat_map(|it| it.candidate.offering.endpoints.words()).collect();
            format!("It serves {} only.", list(&words.into_iter().collect::<Vec<_>>()))
        }
        Filter::NativeInput => {
            "Send messages, function calls, their outputs and reasoning items only.".to_owned()
        }
        Filter::Vision => "Leave the images out.".to_owned(),
        Filter::InputModality => unsupported_content(input, &near),
        Filter::OutputModality => {
            let words: BTreeSet<_> =
                near.iter().flat_map(|it| it.candidate.offering.output.words()).collect();
            format!("It puts out {} only.", list(&words.into_iter().collect::<Vec<_>>()))
        }
        Filter::Tools if takes_tools_elsewhere(dropped) => {
            "Send the request to `/v1/responses`, where the model takes tools.".to_owned()
        }
        Filter::Tools => "Leave out `tools`, or set `tool_choice` to `none`.".to_owned(),
        Filter::HostedTool => {
            let types: Vec<_> = input.facts.hosted_tools.iter().map(String::as_str).collect();
            format!("Leave out {}, and offer functions instead.", list(&types))
        }
        Filter::ToolChoice => "Set `tool_choice` to `auto`.".to_owned(),
        Filter::JsonMode => format_instead(input, &near, Filter::StructuredOutput, "json_schema"),
        Filter::StructuredOutput => format_instead(input, &near, Filter::JsonMode, "json_object"),
        Filter::ToolsWithStructuredOutput => format!("Leave out either `tools` or `{field}`."),
        Filter::Reasoning => format!("Leave out `{field}`."),
        Filter::ThinkingDisable => format!("Ask for a low effort in `{field}` instead."),
        Filter::Streaming => "Set `stream` to false.".to_owned(),
        Filter::NonStreaming => "Set `stream` to true.".to_owned(),
        Filter::Context => {
            let largest = near.iter().filter_map(|it| it.candidate.offering.context_window).max();
            format!("The prompt may have {} tokens at most; shorten it.", largest.unwrap_or_default())
        }
        Filter::Allowlist => format!("Add one of {} to `{field}`.", providers()),
        Filter::Denylist => format!("Remove one of {} from `{field}`.", providers()),
        Filter::OwnKey => {
            format!("Add a key of your own for one of {}, or leave out `{field}`.", providers())
        }
        Filter::PlatformKey => {
            let offerings: Vec<_> = near.iter().map(|it| it.candidate.offering.clone()).collect();
            format!("{} Or leave out `{field}`.", configure(input, &offerings))
        }
        Filter::DataPolicy => most_private(&near, field),
        Filter::Tier => tiers(input, &near, field),
        Filter::Parameters => fewest_missing(input, &near),
        Filter::Cost => {
            let price = |it: &Dropped| mean_price(input.facts, &it.candidate.offering);
            let best = near
                .iter()
                .filter_map(|it| Some((price(it)?, *it)))
                .min_by(|(one, _), (other, _)| one.total_cmp(other));
            value(best, true, field, "US dollars", "prices")
        }
        Filter::Ttft => {
            let percentile = input.wishes.policy.ttft_percentile;
            let ttft = |it: &Dropped| input.measurements.of(&it.candidate.offering).ttft_ms.at(percentile);
            let best = near
                .iter()
                .filter_map(|it| Some((ttft(it)?, *it)))
                .min_by(|(one, _), (other, _)| one.total_cmp(other));
            value(best, true, field, "ms", "times to the first token")
        }
        Filter::Throughput => {
            let percentile = input.wishes.policy.throughput_percentile;
            let rate =
                |it: &Dropped| input.measurements.of(&it.candidate.offering).throughput_tps.at(percentile);
            let best = near
                .iter()
                .filter_map(|it| Some((rate(it)?, *it)))
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            value(best, false, field, "tokens per second", "throughputs")
        }
    };
    let others = match filter {
        Filter::Allowlist => to_configure(input),
        _ if filter < Filter::Allowlist => alternatives(input, &names),
        _ => None,
    };
    join(first, others)
}

/// When no single filter is to blame: what the nearest candidate would do without.
pub(super) fn of_mixture(input: &Input<'_>, dropped: &[Dropped]) -> String {
    let nearest = dropped.iter().min_by_key(|it| it.failures.count());
    let first = nearest.map_or(String::new(), |it| {
        let mut fields: Vec<_> = it.failures.iter().map(|filter| param(filter, input)).collect();
        fields.dedup();
        format!("`{}` would do without {}.", it.candidate.offering.provider, all(&fields))
    });
    let names: Vec<_> = input.wishes.models.names.iter().map(String::as_str).collect();
    join(first, alternatives(input, &names))
}

/// Models that would serve the request as it is, those of the same family first.
pub(super) fn alternatives(input: &Input<'_>, names: &[&str]) -> Option<String> {
    let asked: Vec<_> = names.iter().filter_map(|name| input.catalog.model(name)).collect();
    let is_related = |model: &Model| asked.iter().any(|it| it.entry.family == model.entry.family);
    let is_asked = |model: &Model| asked.iter().any(|it| it.id == model.id);
    let demands = filter::demands(input.facts);
    let provider_of = |model: &Model| {
        let mut found = Enumerated::default();
        found.add(input, 0, &model.offerings);
        found.candidates.into_iter().find(|candidate| {
            let metrics = input.measurements.of(&candidate.offering);
            let is_well = metrics.open_until_ms.is_none_or(|until| until <= input.now_ms);
            is_well && failures(demands, candidate, input.facts, &input.wishes.policy, &metrics).is_empty()
        })
    };
    let (related, others): (Vec<_>, Vec<_>) =
        input.catalog.models().iter().filter(|model| !is_asked(model)).partition(|model| is_related(model));
    let fitting = related.into_iter().chain(others).filter_map(|model| {
        let candidate = provider_of(model)?;
        Some(format!("`{}` ({})", model.id, candidate.offering.provider))
    });
    let fitting: Vec<_> = fitting.take(SUGGESTED).collect();
    match fitting.as_slice() {
        [] => None,
        [one] => Some(format!("The model {one} would do.")),
        several => Some(format!("Models that would do: {}.", several.join(", "))),
    }
}

/// Names in back quotes.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn all(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and `{last}`", list(rest)),
        _ => list(names),
    }
}

fn join(first: String, second: Option<String>) -> String {
    match second {
        Some(second) if first.is_empty() => second,
        Some(second) => format!("{first} {second}"),
        None => first,
    }
}

fn providers<'a>(near: &[&'a Dropped]) -> Vec<&'a str> {
    let ids: BTreeSet<_> = near.iter().map(|it| &*it.candidate.offering.provider).collect();
    ids.into_iter().collect()
}

/// Allowed providers that offer the model, but that nobody has a key for.
fn to_configure(input: &Input<'_>) -> Option<String> {
    let mut offerings = crate::candidate::enumerate(input).unconfigured;
    offerings.retain(|offering| input.wishes.policy.allows(&offering.provider));
    (!offerings.is_empty()).then(|| configure(input, &offerings))
}

fn unsupported_content(input: &Input<'_>, near: &[&Dropped]) -> String {
    let taken = near.iter().fold(Modalities::TEXT, |set, it| set | it.candidate.offering.input);
    let sent = input.facts.input.without(Modalities::IMAGE);
    let superfluous: Vec<_> = sent.without(taken).words().collect();
    if superfluous.is_empty() {
        return "No provider takes them all; send fewer kinds of content.".to_owned();
    }
    format!("Leave out content of the type {}.", list(&superfluous))
}

fn format_instead(input: &Input<'_>, near: &[&Dropped], other: Filter, word: &str) -> String {
    let offers = |it: &&&Dropped| !it.candidate.offering.shortcomings.contains(other);
    let able: Vec<_> = near.iter().filter(offers).copied().collect();
    let field = param(other, input);
    match able.as_slice() {
        [] => format!("Leave out `{field}`, and ask for JSON in the prompt."),
        able => format!("Use `{word}` in `{field}`, which {} offers.", list(&providers(able))),
    }
}

fn most_private(near: &[&Dropped], field: &str) -> String {
    let most = near.iter().map(|it| it.candidate.data_policy).max().unwrap_or_default();
    let there: Vec<_> = near.iter().filter(|it| it.candidate.data_policy == most).copied().collect();
    format!(
        "Set `{field}` to `{}`, which is all that {} promises.",
        policy_word(most),
        list(&providers(&there))
    )
}

fn tiers(input: &Input<'_>, near: &[&Dropped], field: &str) -> String {
    let tiers: BTreeSet<_> = near.iter().map(|it| &*it.candidate.offering.tier).collect();
    let tiers: Vec<_> = tiers.into_iter().collect();
    match &input.wishes.policy.tier {
        None => format!("Set `{field}` to one of {}.", list(&tiers)),
        Some(_) => format!("Leave out `{field}`, or set it to one of {}.", list(&tiers)),
    }
}

fn fewest_missing(input: &Input<'_>, near: &[&Dropped]) -> String {
    let missing = |it: &&Dropped| missing_parameters(input.facts, &it.candidate.offering);
    let best = near.iter().copied().min_by_key(|it| missing(it).names().count());
    let (provider, names) =
        best.map_or(("", Parameters::NONE), |it| (&*it.candidate.offering.provider, missing(&it)));
    let names: Vec<_> = names.names().collect();
    format!(
        "`{provider}` would do without {}; leave them out, or leave out `{}`.",
        all(&names),
        words::param(Filter::Parameters, input)
    )
}

/// The value that would have been enough, or that nothing is known.
fn value(best: Option<(f64, &Dropped)>, is_ceiling: bool, field: &str, unit: &str, what: &str) -> String {
    let Some((value, it)) = best else {
        return format!("The {what} are not known here; leave out `{field}`, or configure them.");
    };
    let provider = &it.candidate.offering.provider;
    if is_ceiling {
        format!("`{provider}` would do: raise `{field}` to at least {} {unit}.", billionths(value, f64::ceil))
    } else {
        format!("`{provider}` would do: lower `{field}` to at most {} {unit}.", billionths(value, f64::floor))
    }
}

/// Without the dust of binary fractions, but never less than enough.
fn billionths(value: f64, round: fn(f64) -> f64) -> f64 {
    let scaled = value * 1e9;
    let nearest = scaled.round();
    let clean = if (scaled - nearest).abs() < 1e-3 { nearest } else { round(scaled) };
    clean / 1e9
}
