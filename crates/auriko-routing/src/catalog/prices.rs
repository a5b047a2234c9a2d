//! The prices of one offering in one tier, with the steps for long prompts.

use auriko_wire::money::PricePerMillion;

use super::file;

/// What a million tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// Prompt tokens that no cache served.
    pub input: PricePerMillion,
    /// Reply tokens.
    pub output: PricePerMillion,
    /// Prompt tokens read from the cache; as `input` where the provider names no price.
    pub cache_read: PricePerMillion,
    /// Prompt tokens written to the cache; as `input` where the provider names no price.
    pub cache_write: PricePerMillion,
}

/// Prices by the length of the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTable {
    base: Prices,
    /// Ascending by length: for prompts of more than so many tokens, these prices hold for the whole request.
    steps: Vec<(u64, Prices)>,
}

impl Prices {
    /// From US dollars per million tokens; `None` when one is negative, no number or above a million dollars.
    pub fn try_new(
        input: f64,
        output: f64,
        cache_read: Option<f64>,
        cache_write: Option<f64>,
    ) -> Option<Self> {
        Some(Self {
            input: PricePerMillion::try_from_usd(input)?,
            output: PricePerMillion::try_from_usd(output)?,
            cache_read: PricePerMillion::try_from_usd(cache_read.unwrap_or(input))?,
            cache_write: PricePerMillion::try_from_usd(cache_write.unwrap_or(input))?,
        })
    }

    /// What `max_cost_per_1m` is compared with: the mean of input and output price, US dollars.
    pub fn mean_usd(&self) -> f64 {
        f64::midpoint(self.input.as_usd(), self.output.as_usd())
    }

    fn from_entry(entry: &file::Prices) -> Option<Self> {
        Self::try_new(entry.input_price, entry.output_price, entry.cache_read_price, entry.cache_write_price)
    }
}

impl PriceTable {
    /// The same prices for every prompt.
    pub fn flat(prices: Prices) -> Self {
        Self { base: prices, steps: Vec::new() }
    }

    /// From a tier of the file; `None` when a price is out of range.
    pub(super) fn from_tier(tier: &file::Tier) -> Option<Self> {
        let base = Prices::from_entry(&tier.prices)?;
        let step =
            |step: &file::PriceStep| Some((step.above_prompt_tokens, Prices::from_entry(&step.prices)?));
        let mut steps: Vec<_> = tier.steps.iter().map(step).collect::<Option<_>>()?;
        steps.sort_by_key(|(above, _)| *above);
        Some(Self { base, steps })
    }

    /// The prices of short prompts, as a price list names them first.
    pub fn base(&self) -> &Prices {
        &self.base
    }

    /// The steps, ascending: prompts of more than so many tokens have these prices.
    pub fn steps(&self) -> &[(u64, Prices)] {
        &self.steps
    }

    /// The prices of a request whose prompt has so many tokens.
    pub fn for_prompt(&self, tokens: u64) -> &Prices {
        self.steps.iter().rev().find(|(above, _)| tokens > *above).map_or(&self.base, |(_, prices)| prices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_below_the_prompt_counts() {
        let prices = |usd| file::Prices {
            input_price: usd,
            output_price: usd,
            cache_read_price: None,
            cache_write_price: None,
        };
        let step = |above_prompt_tokens, usd| file::PriceStep { above_prompt_tokens, prices: prices(usd) };
        let tier = file::Tier {
            name: "standard".into(),
            prices: prices(1.0),
            steps: vec![step(200, 3.0), step(100, 2.0)],
        };
        let table = PriceTable::from_tier(&tier).expect("prices in range");
        let check = |tokens, usd: f64| {
            assert!((table.for_prompt(tokens).mean_usd() - usd).abs() < 1e-9, "{tokens} tokens");
        };
        check(0, 1.0);
        check(100, 1.0);
        check(101, 2.0);
        check(200, 2.0);
        check(1_000_000, 3.0);
        assert!(PriceTable::from_tier(&file::Tier { prices: prices(-1.0), ..tier }).is_none());
    }
}
