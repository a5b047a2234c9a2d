//! Why a request can't be routed, in the caller's words: a code of the registry, the field at fault, and what would
//! help. Made only when it is needed, since it searches the catalogue for what would do.

use std::sync::Arc;
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;

mod remedy;
mod words;

#[cfg(test)]
mod tests;

use crate::candidate::Enumerated;
use crate::catalog::Offering;
use crate::filter::Filter;
use crate::plan::{Dropped, Input, Ranked};
use remedy::{alternatives, list};
pub(crate) use words::{code, param, shortcoming};

/// What the caller is told.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// A code with status 400, 404 or 503.
    pub code: ErrorCode,
    /// The field at fault. `None`: none is.
    pub param: Option<&'static str>,
    /// One sentence.
    pub message: String,
    /// What would help; names providers, models or values.
    pub suggestion: String,
    /// When somebody may be there again.
    pub retry_after: Option<Duration>,
    /// Who was considered, with the reasons against each.
    pub dropped: Vec<Dropped>,
}

/// Most names in a list.
const LISTED: usize = 20;

/// No name means anything, or nobody who offers it has a key or still does.
pub(crate) fn nothing_found(input: &Input<'_>, found: &Enumerated) -> Refusal {
    let names = &input.wishes.models.names;
    let known: Vec<_> =
        names.iter().filter(|name| !found.unknown.contains(name)).map(String::as_str).collect();
    let (message, suggestion) = if !found.unconfigured.is_empty() {
        let message = format!("No provider of the model {} is configured.", list(&known));
        (message, format!("{} {}", configure(input, &found.unconfigured), available(input)))
    } else if !found.retired.is_empty() {
        let message = format!("The model {} was switched off by its provider.", list(&known));
        (message, alternatives(input, &known).unwrap_or_else(|| available(input)))
    } else {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        (format!("There is no model {}.", list(&names)), available(input))
    };
    let param = Some(input.wishes.models.param());
    Refusal {
        code: ErrorCode::ModelNotFound,
        param,
        message,
        suggestion,
        retry_after: None,
        dropped: Vec::new(),
    }
}

/// Filters left nobody: the first that emptied the set is to blame, if relaxing it alone would help (G-20).
pub(crate) fn nobody_left(input: &Input<'_>, dropped: Vec<Dropped>) -> Refusal {
    // After a filter the set is empty when everybody failed it or one before it.
    let blamed = dropped.iter().filter_map(|it| it.failures.first()).max();
    // Nobody is dropped without a reason.
    let blamed = blamed.unwrap_or(Filter::Endpoint);
    let is_to_blame = dropped.iter().any(|it| it.failures.is_only(blamed));
    let names: Vec<_> = input.wishes.models.names.iter().map(String::as_str).collect();
    let model = list(&names);
    let positive = words::demand(blamed, input);
    let (code, param, message, suggestion) = if is_to_blame {
        (
            code(blamed, input, &dropped),
            param(blamed, input),
            format!("No provider of the model {model} {positive}."),
            remedy::of(blamed, input, &dropped),
        )
    } else {
        (
            ErrorCode::NoCompatibleEndpoint,
            param(blamed, input),
            format!("No provider of the model {model} meets all demands; among others, none {positive}."),
            remedy::of_mixture(input, &dropped),
        )
    };
    Refusal { code, param: Some(param), message, suggestion, retry_after: None, dropped }
}

/// Everybody who would do failed lately.
pub(crate) fn all_unavailable(input: &Input<'_>, candidates: &[Ranked], wait: Duration) -> Refusal {
    let names: Vec<_> = input.wishes.models.names.iter().map(String::as_str).collect();
    let mut providers: Vec<_> = candidates.iter().map(|it| &*it.offering().provider).collect();
    providers.sort_unstable();
    providers.dedup();
    let message = format!(
        "The model {} is not available at the moment: {} failed lately.",
        list(&names),
        list(&providers)
    );
    let seconds = wait.as_millis().div_ceil(1000);
    let others = alternatives(input, &names);
    let suggestion =
        format!("Try again in {seconds} s.{}", others.map_or(String::new(), |others| format!(" {others}")));
    Refusal {
        code: ErrorCode::ModelUnavailable,
        param: None,
        message,
        suggestion,
        retry_after: Some(wait),
        dropped: Vec::new(),
    }
}

/// What could be asked for instead.
pub(crate) fn available(input: &Input<'_>) -> String {
    input.catalog.describe_available(LISTED)
}

/// Which providers to configure, and how.
pub(crate) fn configure(input: &Input<'_>, offerings: &[Arc<Offering>]) -> String {
    let mut ids: Vec<_> = offerings.iter().map(|offering| &*offering.provider).collect();
    ids.sort_unstable();
    ids.dedup();
    let hints = ids.iter().map(|id| {
        let variable = input.catalog.provider(id).and_then(|provider| provider.key_variable.as_deref());
        variable.map_or_else(|| format!("`{id}`"), |variable| format!("`{id}` (set {variable})"))
    });
    format!("Configure {}.", hints.collect::<Vec<_>>().join(" or "))
}
