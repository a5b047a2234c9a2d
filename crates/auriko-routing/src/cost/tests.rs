use super::*;
use crate::habits::Pauses;
use crate::testing::catalog;

fn check(model: &str, facts: &Facts, usage: &UsageMetrics, expected: f64) {
    let catalog = catalog();
    let offering = &catalog.model(model).expect("a model").offerings[0];
    let cost = estimate(facts, offering, usage, &Habits::default(), &[], 0);
    let cost = cost.expect("prices are known").request_usd;
    assert!((cost - expected).abs() < 1e-12, "{model}: {cost} instead of {expected}");
}

fn facts(prompt_tokens: u64, cacheable_tokens: u64, output_limit: Option<u64>) -> Facts {
    Facts { prompt_tokens, cacheable_tokens, output_limit, ..Facts::default() }
}

/// `cached`: input 2, output 10, cache read 0.2, cache write 2.5 dollars; from 1000 tokens in blocks of 100.
#[test]
fn the_formula_of_g_01_holds() {
    let none = UsageMetrics::default();
    let check = |facts: Facts, usage: &UsageMetrics, expected| check("cached", &facts, usage, expected);
    // Under the minimum nothing is cached: 999 at 2, 256 at 10.
    check(facts(999, 999, None), &none, (999.0 * 2.0 + 256.0 * 10.0) / 1e6);
    // Without history everything cacheable is written: 1150 in blocks is 1100; 100 tokens of output at most.
    check(facts(2000, 1150, Some(100)), &none, (900.0 * 2.0 + 1100.0 * 2.5 + 100.0 * 10.0) / 1e6);
    let usage = UsageMetrics { cache_hit_rate: Some(0.5), mean_output_tokens: Some(40.0), ..none };
    let expected = (900.0 * 2.0 + 550.0 * 0.2 + 550.0 * 2.5 + 40.0 * 10.0) / 1e6;
    check(facts(2000, 1150, Some(100)), &usage, expected);
    let usage = UsageMetrics { cache_hit_rate: Some(7.0), mean_output_tokens: Some(1e6), ..none };
    // A rate is at most 1, and a reply no longer than the offering's own limit of 4096.
    check(facts(2000, 2000, None), &usage, (2000.0 * 0.2 + 4096.0 * 10.0) / 1e6);
}

#[test]
fn long_prompts_have_their_own_price() {
    let none = UsageMetrics::default();
    check("stepped", &facts(1000, 0, Some(1)), &none, (1000.0 + 1.0) / 1e6);
    check("stepped", &facts(1001, 0, Some(1)), &none, (1001.0 * 3.0 + 3.0) / 1e6);
}

/// Per million tokens of prompt and reply, with everything else as in `cached`.
fn in_conversation(
    model: &str,
    cached: &[CachedPrefix],
    habits: &Habits,
    usage: &UsageMetrics,
    now_ms: u64,
) -> Expected {
    let catalog = catalog();
    let offering = &catalog.model(model).expect("a model").offerings[0];
    estimate(&facts(3000, 3000, Some(0)), offering, usage, habits, cached, now_ms).expect("prices are known")
}

fn read_before(tokens: u64) -> [CachedPrefix; 1] {
    let catalog = catalog();
    let offering = catalog.model("cached").expect("a model").offerings[0].key;
    [CachedPrefix { offering, tokens, used_at_ms: 0 }]
}

fn assert_near(cost: f64, millionths: f64) {
    assert!((cost - millionths / 1e6).abs() < 1e-12, "{} instead of {millionths}", cost * 1e6);
}

#[test]
fn what_the_conversation_left_in_the_cache_is_read_from_it() {
    let (habits, usage) = (Habits::default(), UsageMetrics::default());
    let cost = |cached: &[CachedPrefix], usage: &UsageMetrics, now_ms| {
        in_conversation("cached", cached, &habits, usage, now_ms).request_usd
    };
    assert_near(cost(&read_before(2050), &usage, 1000), 2000.0 * 0.2 + 1000.0 * 2.5);
    // Too short to be kept, or too long ago.
    assert_near(cost(&read_before(900), &usage, 1000), 3000.0 * 2.5);
    assert_near(cost(&read_before(2050), &usage, 300_001), 3000.0 * 2.5);
    let unreliable = UsageMetrics { warm_hit_rate: Some(0.5), ..usage };
    assert_near(cost(&read_before(2000), &unreliable, 1000), 1000.0 * 0.2 + 2000.0 * 2.5);
    let half = Habits { reused_share: 0.5, ..habits };
    let cost = in_conversation("cached", &read_before(2400), &half, &usage, 1000).request_usd;
    assert_near(cost, 1200.0 * 0.2 + 1800.0 * 2.5);
}

#[test]
fn a_cache_is_worth_filling_when_somebody_comes_back() {
    let usage = UsageMetrics::default();
    let mut pauses = Pauses::default();
    pauses.add(1000);
    let habits = Habits { turns_to_come: 3.0, growth_tokens: 100.0, pauses, ..Habits::default() };
    let now = in_conversation("cached", &[], &habits, &usage, 0);
    assert_near(now.request_usd, 3000.0 * 2.5);
    // The second of three turns: 3200 tokens, of which the turn before has left 3100.
    assert_near(now.conversation_usd, (3000.0 * 2.5 + 3.0 * (3100.0 * 0.2 + 100.0 * 2.5)) / 4.0);
    // Those who come back too late find nothing.
    let mut pauses = Pauses::default();
    pauses.add(10_000_000);
    let late = in_conversation("cached", &[], &Habits { pauses, ..habits }, &usage, 0);
    assert_near(late.conversation_usd, (3000.0 * 2.5 + 3.0 * 3200.0 * 2.5) / 4.0);
    let uncached = in_conversation("stepped", &[], &habits, &usage, 0);
    assert_near(uncached.conversation_usd, (3000.0 * 3.0 + 3.0 * 3200.0 * 3.0) / 4.0);
}
