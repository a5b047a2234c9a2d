//! Who is asked without a router: the provider that the trace names, or the one whose price list looks cheapest.

use std::sync::Arc;

use auriko_routing::catalog::Offering;

use crate::trace::Request;

/// The offering of the provider that the request names, in the standard tier; the cheapest where it has several.
pub(crate) fn fixed<'a>(request: &Request, offerings: &'a [Arc<Offering>]) -> Option<&'a Arc<Offering>> {
    let is_named = |offering: &&Arc<Offering>| {
        *offering.provider == *request.provider && offering.is_standard() && offering.prices.is_some()
    };
    cheapest(offerings.iter().filter(is_named))
}

/// The lowest mean of input and output price; among equals, the one that reads its cache for less.
pub(crate) fn cheapest_list_price(eligible: &[Arc<Offering>]) -> Option<&Arc<Offering>> {
    cheapest(eligible.iter())
}

fn cheapest<'a>(offerings: impl Iterator<Item = &'a Arc<Offering>>) -> Option<&'a Arc<Offering>> {
    let price = |offering: &Arc<Offering>| {
        let prices = offering.prices.as_ref().map(|table| *table.base());
        prices.map_or((f64::INFINITY, f64::INFINITY), |prices| {
            let read = offering.prompt_cache.map_or(prices.input, |_| prices.cache_read);
            (prices.mean_usd(), read.as_usd())
        })
    };
    offerings.min_by(|one, other| {
        let (one_price, other_price) = (price(one), price(other));
        one_price.0.total_cmp(&other_price.0).then(one_price.1.total_cmp(&other_price.1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::tests::catalog;

    #[test]
    fn lists_are_compared_by_their_mean() {
        let catalog = catalog();
        let offerings = &catalog.model("m").expect("the model").offerings;
        assert_eq!(&*cheapest_list_price(offerings).expect("one").provider, "plain");
        let request = |provider: &str| Request {
            time_ms: 0,
            conversation: String::new(),
            model: "m".to_owned(),
            provider: provider.to_owned(),
            prompt_tokens: 1,
            prefix_tokens: 0,
            output_tokens: 0,
        };
        assert_eq!(&*fixed(&request("cached"), offerings).expect("one").provider, "cached");
        assert!(fixed(&request("nobody"), offerings).is_none());
    }
}
