//! Enumerate, filter, rank: from a request's wishes to the candidates in the order in which they are tried.
//! Pure.

use auriko_wire::error_code::ErrorCode;
use auriko_wire::money;
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};

use super::{Mode, Options, filter, score};
use crate::catalog::{Catalog, Offering};
use crate::error::ApiError;

/// Who is tried, in order; never empty.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) candidates: Vec<Offering>,
    /// For `routing_strategy`.
    pub(crate) strategy: &'static str,
    pub(crate) warnings: Vec<Warning>,
}

/// Output tokens expected when nothing is known (G-01).
const OUTPUT_PRIOR: u64 = 256;

/// Most ids that an error message lists.
const LISTED: usize = 20;

/// Plans a request.
///
/// # Errors
/// `model_not_found`, or the code of the filter that leaves nobody.
pub(crate) fn route(request: &ChatRequest, options: &Options, catalog: &Catalog) -> Result<Plan, ApiError> {
    let mut warnings = options.warnings.clone();
    let groups = enumerate(options, catalog, &mut warnings)?;
    let all: Vec<_> = groups.concat();
    let kept = filter::apply(&all, request, options)?;
    let expected_cost = |offering: &Offering| expected_cost(request, offering);
    let rank = |offerings| score::rank(offerings, options.strategy, &expected_cost);
    let mut candidates = match options.mode {
        Mode::Pool => rank(kept),
        Mode::Fallback => {
            let of_group = |group: &Vec<Offering>| {
                let is_in = |offering: &&Offering| group.iter().any(|other| is_same(offering, other));
                rank(kept.iter().filter(is_in).cloned().collect())
            };
            groups.iter().flat_map(of_group).collect()
        }
    };
    if let Some(preferred) = &options.prefer {
        // Stable: the order within both parts stays.
        candidates.sort_by_key(|offering| offering.provider.id != *preferred);
    }
    candidates.truncate(options.max_attempts);
    Ok(Plan { candidates, strategy: options.strategy.name, warnings })
}

/// One group per model.
fn enumerate(
    options: &Options,
    catalog: &Catalog,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Vec<Offering>>, ApiError> {
    let mut groups = Vec::new();
    let mut unknown = Vec::new();
    for model in &options.models {
        match catalog.resolve(model) {
            Some(offerings) => groups.push(offerings),
            None => unknown.push(format!("`{model}`")),
        }
    }
    if groups.is_empty() {
        let param = if options.is_list { "gateway.models" } else { "model" };
        let message = format!("There is no model {}.", unknown.join(", "));
        return Err(ApiError::new(ErrorCode::ModelNotFound, message)
            .with_param(param)
            .with_suggestion(available(catalog)));
    }
    for model in unknown {
        let message = format!("`gateway.models`: there is no model {model}; it was skipped.");
        warnings.push(warning(WarningType::UnsupportedField, "field_ignored", message));
    }
    Ok(groups)
}

/// What could be asked for instead.
pub(crate) fn available(catalog: &Catalog) -> String {
    let providers: Vec<_> = catalog.providers.iter().map(|provider| provider.id.as_str()).collect();
    let models: Vec<_> = catalog.models.keys().take(LISTED).map(String::as_str).collect();
    let more = if catalog.models.len() > LISTED { ", …" } else { "" };
    format!(
        "Available: {}{more}. `<provider>/<model>` reaches any model of: {}.",
        models.join(", "),
        providers.join(", ")
    )
}

/// US dollars. No cache history is kept yet, so the whole prompt counts at the input price.
fn expected_cost(request: &ChatRequest, offering: &Offering) -> Option<f64> {
    let prices = offering.prices?;
    let output = request.max_output_tokens.map_or(OUTPUT_PRIOR, |limit| limit.min(OUTPUT_PRIOR));
    Some(money::cost(&[(request.estimated_prompt_tokens(), prices.input), (output, prices.output)]).as_usd())
}

fn is_same(one: &Offering, other: &Offering) -> bool {
    one.model == other.model && one.provider.id == other.provider.id && one.upstream_id == other.upstream_id
}
