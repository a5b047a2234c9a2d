//! What a price list says of a model at a provider, before it is known which of our models that is. Unknown is `None`,
//! so that a second list can fill the gaps of the first.

use auriko_routing::catalog::file::{Prices, Tier};

/// A model at a provider, as a list has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Listing {
    pub(crate) provider: String,
    pub(crate) upstream_id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) embedding: bool,
    pub(crate) context_window: Option<u64>,
    pub(crate) max_output_tokens: Option<u64>,
    pub(crate) input_modalities: Vec<String>,
    pub(crate) output_modalities: Vec<String>,
    pub(crate) tools: Option<bool>,
    pub(crate) tool_choice: Option<bool>,
    pub(crate) structured_output: Option<bool>,
    pub(crate) reasoning: Option<bool>,
    pub(crate) reasoning_off: Option<bool>,
    /// Takes neither `temperature` nor `top_p`.
    pub(crate) refuses_sampling: bool,
    pub(crate) endpoints: Vec<String>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) shutdown_at: Option<String>,
}

impl Listing {
    /// What tells it from every other.
    pub(crate) fn key(&self) -> (String, String) {
        (self.provider.clone(), self.upstream_id.clone())
    }

    /// `provider/upstream id`, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.provider, self.upstream_id)
    }

    /// Fills gaps from a second list. Of two context windows the longer counts: one list has the longest prompt there,
    /// the other the length up to which one price holds, and what is too long the provider refuses itself. That a model
    /// takes tools the second list knows for certain.
    pub(crate) fn complete(&mut self, second: Self) {
        self.context_window = self.context_window.max(second.context_window);
        self.tools = self.tools.max(second.tools);
        fill(&mut self.display_name, second.display_name);
        fill(&mut self.max_output_tokens, second.max_output_tokens);
        fill(&mut self.tool_choice, second.tool_choice);
        fill(&mut self.structured_output, second.structured_output);
        fill(&mut self.reasoning, second.reasoning);
        fill(&mut self.reasoning_off, second.reasoning_off);
        if self.tiers.is_empty() {
            self.tiers = second.tiers;
        }
    }

    /// The two lists' prices of input and output, where both have some and they differ.
    pub(crate) fn price_difference(&self, second: &Self) -> Option<String> {
        let (ours, other) = (self.standard()?, second.standard()?);
        let same = [(ours.input_price, other.input_price), (ours.output_price, other.output_price)]
            .iter()
            .all(|(ours, other)| (ours - other).abs() < 1e-6);
        (!same).then(|| {
            let Prices { input_price, output_price, .. } = other;
            let name = self.name();
            format!("{name} ({input_price}/{output_price}, not {}/{})", ours.input_price, ours.output_price)
        })
    }

    /// Prices of the tier `standard`.
    pub(crate) fn standard(&self) -> Option<Prices> {
        self.tiers.iter().find(|tier| tier.name == "standard").map(|tier| tier.prices)
    }
}

fn fill<T>(known: &mut Option<T>, other: Option<T>) {
    if known.is_none() {
        *known = other;
    }
}

/// US dollars per million, from a price as a list has it; to a millionth of a dollar, which takes away the noise that
/// multiplying binary fractions leaves.
pub(crate) fn per_million(price: f64, tokens: f64) -> f64 {
    (price / tokens * 1e12).round() / 1e6
}

/// Prices without what says nothing: a cache price of zero stands for "none" in the lists unless the model is free, and
/// a cache write at the price of input is what absence means.
pub(crate) fn plain_prices(
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
) -> Prices {
    let told = |price: &f64| *price > 0.0 && (*price - input).abs() > f64::EPSILON;
    Prices {
        input_price: input,
        output_price: output,
        cache_read_price: cache_read.filter(told),
        cache_write_price: cache_write.filter(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_lose_the_noise_of_binary_fractions() {
        for (price, tokens, expected) in
            [(2.8e-8, 1.0, "0.028"), (1.25e-06, 1.0, "1.25"), (0.083_333, 1e6, "0.083333")]
        {
            assert_eq!(per_million(price, tokens).to_string(), expected);
        }
    }

    #[test]
    fn cache_prices_that_say_nothing_are_left_out() {
        let prices = plain_prices(3.0, 15.0, Some(0.3), Some(3.75));
        assert_eq!((prices.cache_read_price, prices.cache_write_price), (Some(0.3), Some(3.75)));
        let prices = plain_prices(3.0, 15.0, Some(0.0), Some(3.0));
        assert_eq!((prices.cache_read_price, prices.cache_write_price), (None, None));
    }

    #[test]
    fn a_second_list_fills_gaps_and_may_know_more() {
        let mut first = Listing {
            context_window: Some(272_000),
            max_output_tokens: Some(128_000),
            reasoning: Some(true),
            tools: Some(false),
            ..Listing::default()
        };
        first.complete(Listing {
            context_window: Some(400_000),
            max_output_tokens: Some(1),
            reasoning: Some(false),
            reasoning_off: Some(false),
            tools: Some(true),
            ..Listing::default()
        });
        assert_eq!((first.context_window, first.max_output_tokens), (Some(400_000), Some(128_000)));
        assert_eq!((first.reasoning, first.reasoning_off), (Some(true), Some(false)));
        assert_eq!(first.tools, Some(true));
        first.complete(Listing { context_window: Some(1), ..Listing::default() });
        assert_eq!((first.context_window, first.tools), (Some(400_000), Some(true)));
    }
}
