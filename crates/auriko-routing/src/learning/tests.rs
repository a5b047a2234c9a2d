use super::*;
use crate::testing::catalog;

const WORKSPACE: u64 = 7;

fn outcome(prompt_tokens: u64, cached_tokens: u64) -> Outcome {
    // The provider counts twice as many tokens as routing estimates.
    Outcome {
        estimated_prompt_tokens: prompt_tokens,
        prompt_tokens: prompt_tokens * 2,
        cached_tokens: cached_tokens * 2,
        output_tokens: 40,
    }
}

fn near(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-9)
}

#[test]
fn conversations_are_remembered_by_where_they_were() {
    let catalog = catalog();
    let offerings = &catalog.model("m").expect("a model").offerings;
    let mut learner = Learner::new(10);
    let key = ConversationKey::new(WORKSPACE, "one");
    assert_eq!(learner.recall(key), []);
    learner.record(WORKSPACE, key, &offerings[0], &outcome(1000, 0), 5);
    learner.record(WORKSPACE, key, &offerings[1], &outcome(1200, 0), 6);
    let recall = learner.recall(key);
    let left: Vec<_> = recall.iter().map(|it| (it.offering, it.tokens, it.used_at_ms)).collect();
    assert_eq!(left, [(offerings[0].key, 1000, 5), (offerings[1].key, 1200, 6)]);
    assert_eq!(learner.recall(ConversationKey::new(8, "one")), []);
}

#[test]
fn the_longest_untouched_conversation_is_forgotten_first() {
    let catalog = catalog();
    let offering = &catalog.model("m").expect("a model").offerings[0];
    let mut learner = Learner::new(10);
    let key = |number: u32| ConversationKey::new(WORKSPACE, &number.to_string());
    for number in 0..1000 {
        learner.record(WORKSPACE, key(number), offering, &outcome(10, 0), 0);
        learner.record(WORKSPACE, key(0), offering, &outcome(10, 0), 0);
    }
    let known = (0..1000).filter(|number| !learner.recall(key(*number)).is_empty()).count();
    assert!((10..=20).contains(&known), "{known}");
    assert!(!learner.recall(key(0)).is_empty());
    assert!(!learner.recall(key(999)).is_empty());
    assert_eq!(learner.recall(key(1)), []);
}

#[test]
fn caches_are_judged_by_what_they_were_given() {
    let catalog = catalog();
    let offering = &catalog.model("cached").expect("a model").offerings[0];
    let mut learner = Learner::new(10);
    let mut measurements = Measurements::default();
    let mut record = |conversation: &str, outcome: Outcome, now_ms| {
        learner.record(WORKSPACE, ConversationKey::new(WORKSPACE, conversation), offering, &outcome, now_ms);
        learner.publish(&mut measurements);
        (measurements.usage(WORKSPACE, offering.key), measurements.habits(WORKSPACE, &offering.model))
    };
    let (usage, habits) = record("a", outcome(2000, 500), 0);
    assert!(near(usage.cache_hit_rate, 0.25) && usage.warm_hit_rate.is_none());
    assert!(near(usage.mean_output_tokens, 40.0) && near(habits.mean_output_tokens, 40.0));
    let (usage, habits) = record("a", outcome(2500, 1500), 60_000);
    assert!(near(usage.warm_hit_rate, 1.0) && near(Some(habits.reused_share), 0.75), "{usage:?} {habits:?}");
    assert!(near(habits.warm_hit_rate, 1.0));
    assert!(near(Some(habits.growth_tokens), 500.0));
    assert!(near(Some(habits.pauses.share_within(30)), 0.0));
    let (usage, habits) = record("a", outcome(2500, 0), 120_000);
    // One of two was lost; the model's caches are given five more, and this one twenty more like them.
    let tries = 1.0 + Rate::KEPT;
    let of_model = (Rate::KEPT + 5.0) / (tries + 5.0);
    let of_offering = (Rate::KEPT + 20.0 * of_model) / (tries + 20.0);
    assert!(near(habits.warm_hit_rate, of_model) && near(usage.warm_hit_rate, of_offering), "{usage:?}");
    assert!(near(Some(habits.reused_share), 0.75));
    // After more than its 300 seconds nobody blames the cache.
    let (usage, _) = record("a", outcome(2500, 0), 500_000);
    assert!(near(usage.warm_hit_rate, of_offering) && near(usage.cache_hit_rate, 0.125));
}

#[test]
fn turns_to_come_follow_the_conversations_seen() {
    let catalog = catalog();
    let offering = &catalog.model("m").expect("a model").offerings[0];
    let check = |turns: u32, expected: f64| {
        let mut learner = Learner::new(1000);
        let mut measurements = Measurements::default();
        for conversation in 0..400 {
            for _ in 0..turns {
                let key = ConversationKey::new(WORKSPACE, &conversation.to_string());
                learner.record(WORKSPACE, key, offering, &outcome(10, 0), 0);
            }
        }
        learner.publish_one(WORKSPACE, offering, &mut measurements);
        let found = measurements.habits(WORKSPACE, &offering.model).turns_to_come;
        assert!((found - expected).abs() < 0.6, "{turns}: {found}");
    };
    check(1, 0.0);
    check(5, 4.0);
    check(20, 19.0);
}
