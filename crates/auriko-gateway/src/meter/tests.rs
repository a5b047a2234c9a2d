use proptest::prelude::*;
use serde_json::json;

use super::*;

fn check(usage: Value, expected: Value) {
    let usage = normalise(serde_json::from_value(usage).expect("usage"));
    let prices = Prices::try_new(1.0, 10.0, Some(0.1), Some(1.25)).expect("prices");
    let (_, cost) = cost(&usage, &prices);
    let cost = serde_json::to_value(cost).expect("serialises");
    assert_eq!(cost, expected);
}

#[test]
fn cached_and_written_tokens_have_their_own_prices() {
    check(
        json!({ "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100 }),
        json!({ "usd": 0.002 }),
    );
    let details = json!({ "cached_tokens": 500, "cache_write_tokens": 200 });
    check(
        json!({ "prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": details }),
        json!({ "usd": 0.0016, "cache_savings_percent": 20, "cache_savings_usd": 0.0004 }),
    );
    check(
        json!({ "prompt_tokens": 1000, "completion_tokens": 0, "prompt_cache_hit_tokens": 1000 }),
        json!({ "usd": 0.0001, "cache_savings_percent": 90, "cache_savings_usd": 0.0009 }),
    );
}

#[test]
fn reasoning_outside_the_completion_is_billed() {
    check(
        json!({ "prompt_tokens": 0, "completion_tokens": 10, "total_tokens": 100 }),
        json!({ "usd": 0.001 }),
    );
}

/// Prices in nano-dollars per token, so that the sum below needs no rounding.
#[derive(Debug, Clone, Copy)]
struct Tariff {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
}

fn tariff() -> impl Strategy<Value = Tariff> {
    (0u64..100_000, 0u64..100_000, 0u64..100_000, 0u64..100_000).prop_map(
        |(input, output, cache_read, cache_write)| Tariff { input, output, cache_read, cache_write },
    )
}

fn listed(tariff: Tariff) -> Value {
    let usd = |nano_per_token: u64| json!(Decimal(nano_per_token));
    json!({
        "input_price": usd(tariff.input), "output_price": usd(tariff.output),
        "cache_read_price": usd(tariff.cache_read), "cache_write_price": usd(tariff.cache_write),
    })
}

/// A thousandth of a dollar per million tokens is a nano-dollar per token.
struct Decimal(u64);

impl serde::Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        serializer.serialize_f64(text.parse().expect("a number"))
    }
}

fn offering(tiers: &[(String, Tariff, u64, Tariff)], chosen: usize) -> auriko_routing::catalog::Offering {
    let tier = |(name, base, above, step): &(String, Tariff, u64, Tariff)| {
        let mut tier = listed(*base);
        tier["name"] = json!(name);
        let mut step = listed(*step);
        step["above_prompt_tokens"] = json!(above);
        tier["steps"] = json!([step]);
        tier
    };
    let offering =
        json!({ "provider": "p", "upstream_id": "u", "tiers": tiers.iter().map(tier).collect::<Vec<_>>() });
    let model = json!({ "id": "m", "family": "m", "display_name": "M", "offerings": [offering] });
    let file =
        json!({ "version": "0", "generated_at": "", "sources": [], "providers": [], "models": [model] });
    let file = serde_json::from_value(file).expect("a catalogue");
    let setup = auriko_routing::catalog::ProviderSetup::default();
    let catalog = auriko_routing::catalog::Catalog::new(file, &|_| setup.clone());
    let offerings = &catalog.model("m").expect("m").offerings;
    let named = offerings.iter().find(|it| *it.tier == tiers[chosen].0);
    auriko_routing::catalog::Offering::clone(named.expect("the tier"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Each token at its own price, counted one kind after the other, in the tier and the step that hold.
    #[test]
    fn the_cost_is_what_the_price_list_says(
        (first, second) in ((tariff(), tariff()), (tariff(), tariff())),
        above in 1u64..2_000_000,
        chosen in 0usize..2,
        (plain, cached, written, output) in (0u64..1_000_000, 0u64..1_000_000, 0u64..1_000_000, 0u64..1_000_000),
        hides_reasoning in any::<bool>(),
    ) {
        let tiers = [
            ("standard".to_owned(), first.0, above, first.1),
            ("priority".to_owned(), second.0, above, second.1),
        ];
        let prompt = plain + cached + written;
        // Some leave the thinking out of the completion, but not out of the sum.
        let completion = if hides_reasoning { output / 2 } else { output };
        let usage = json!({
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + output,
            "prompt_tokens_details": { "cached_tokens": cached, "cache_write_tokens": written },
        });
        let usage = normalise(serde_json::from_value(usage).expect("usage"));
        let offering = offering(&tiers, chosen);
        let prices = offering.prices.as_ref().expect("prices").for_prompt(usage.prompt_tokens);
        let (actual, info) = cost(&usage, prices);

        let (_, base, _, step) = &tiers[chosen];
        let tariff = if prompt > above { step } else { base };
        let expected = plain * tariff.input
            + cached * tariff.cache_read
            + written * tariff.cache_write
            + output * tariff.output;
        prop_assert_eq!(actual, NanoUsd(expected));
        let without_cache = prompt * tariff.input + output * tariff.output;
        let saved = without_cache.saturating_sub(expected);
        let is_reported = cached > 0 && without_cache > 0;
        prop_assert_eq!(info.cache_savings_usd, is_reported.then(|| NanoUsd(saved).as_usd()));
        prop_assert_eq!(info.cache_savings_percent.is_some(), is_reported);
    }
}
