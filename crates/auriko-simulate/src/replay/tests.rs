use super::*;
use crate::generate::{Kind, generate};
use crate::trace::parse;

/// As `auriko simulate` does without options.
fn replay(kind: Kind, text: &str, losses_per_mille: u64) -> Report {
    let options = Options {
        exclude_providers: vec!["openrouter".to_owned()],
        losses_per_mille,
        ..Options::new(CatalogFile::shipped())
    };
    let trace = parse(text).expect("a trace");
    simulate(kind.name(), &trace, &options, &mut |_, _| {}).expect("a report")
}

const SHIPPED: [(Kind, &str); 3] = [
    (Kind::Chat, include_str!("../../../../examples/traces/chat.jsonl")),
    (Kind::Agent, include_str!("../../../../examples/traces/agent.jsonl")),
    (Kind::Batch, include_str!("../../../../examples/traces/batch.jsonl")),
];

#[test]
fn the_shipped_traces_are_those_of_seed_7() {
    for (kind, text) in SHIPPED {
        assert!(text == generate(kind, 7), "make it anew: auriko simulate generate {} --seed 7", kind.name());
    }
}

/// What docs/cost-routing.md promises.
#[test]
fn routing_pays() {
    let mut regrets = Vec::new();
    for (kind, text) in SHIPPED {
        let report = replay(kind, text, 0);
        let usd = |policy: &str| report.bill(policy).usd;
        assert!(report.saved_percent >= 30.0, "{report}");
        assert!(
            usd("oracle") <= usd("cost-focus") && usd("oracle") <= usd("cheapest list price"),
            "{report}"
        );
        if kind == Kind::Agent {
            assert!(usd("cost-focus") < usd("cheapest list price"), "{report}");
        }
        regrets.push(report.regret_percent);
    }
    assert!(regrets.iter().sum::<f64>() / 3.0 <= 5.0, "{regrets:?}");
}

/// The estimates must not run from provider to provider because one of them lost a prefix.
#[test]
fn routing_pays_with_caches_that_forget() {
    let report = replay(Kind::Agent, SHIPPED[1].1, 50);
    assert!(report.saved_percent >= 30.0 && report.regret_percent <= 5.0, "{report}");
    assert!(report.bill("cost-focus").usd < report.bill("cheapest list price").usd, "{report}");
}

#[test]
fn other_seeds_tell_the_same_story() {
    for seed in [1, 2, 3] {
        let report = replay(Kind::Agent, &generate(Kind::Agent, seed), 0);
        assert!(report.saved_percent >= 25.0 && report.regret_percent <= 5.0, "seed {seed}: {report}");
        assert!(
            report.bill("cost-focus").usd < report.bill("cheapest list price").usd,
            "seed {seed}: {report}"
        );
    }
}

#[test]
fn the_same_options_give_the_same_report() {
    let (kind, text) = SHIPPED[2];
    assert_eq!(replay(kind, text, 50), replay(kind, text, 50));
}

#[test]
fn what_can_not_be_replayed_is_named() {
    let line = |model: &str, provider: &str| {
        format!(
            r#"{{"time_ms":0,"conversation":"c","model":"{model}","provider":"{provider}","prompt_tokens":9,"prefix_tokens":0,"output_tokens":1}}"#
        )
    };
    let error = |text: &str| {
        let trace = parse(text).expect("a trace");
        let options = Options::new(CatalogFile::shipped());
        simulate("t", &trace, &options, &mut |_, _| {}).expect_err("an error").to_string()
    };
    assert!(error(&line("no-such-model", "openai")).contains("no-such-model"));
    assert!(error(&line("glm-5", "openai")).contains("`glm-5` at `openai`"));
    assert_eq!(error(""), "the trace is empty");
}
