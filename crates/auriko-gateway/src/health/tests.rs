use auriko_routing::Percentiles;
use auriko_routing::catalog::{Catalog, ProviderSetup};

use super::*;

fn offering() -> Arc<auriko_routing::catalog::Offering> {
    let file = r#"{ "version": "0", "generated_at": "", "sources": [], "providers": [], "models": [
        { "id": "m", "family": "m", "display_name": "M", "offerings": [{ "provider": "p", "upstream_id": "m" }] }
    ] }"#;
    let file = serde_json::from_str(file).expect("a catalogue");
    let setup = ProviderSetup { has_platform_key: true, ..ProviderSetup::default() };
    let catalog = Catalog::new(file, &|_| setup.clone());
    Arc::clone(&catalog.model("m").expect("m").offerings[0])
}

fn sample(ttft_ms: f64) -> Sample {
    Sample { offering: offering(), workspace: 7, ttft_ms: Some(ttft_ms), throughput_tps: None }
}

fn learn(health: &Health, workspace: u64, output_tokens: u64) {
    let key = ConversationKey::new(workspace, "c");
    let outcome = Outcome { estimated_prompt_tokens: 10, prompt_tokens: 10, cached_tokens: 0, output_tokens };
    health.learn(workspace, key, &offering(), &outcome);
}

#[test]
fn samples_reach_the_next_snapshot() {
    let health = Health::default();
    let offering = offering();
    for expected in [500.0, 1000.0] {
        let mut measurements = Measurements::default();
        measurements.expect("p", Some(expected), Some(50.0));
        health.expect(measurements);
        assert_eq!(health.measurements(0).of(&offering).ttft_ms, Percentiles::constant(expected));
    }
    learn(&health, 7, 30);
    for ttft_ms in [100.0, 100.0, 100.0, 400.0] {
        health.record(sample(ttft_ms));
    }
    for later in [now_ms() + PUBLISH_EVERY_MS, now_ms() + 61_000] {
        let metrics = health.measurements(later).of(&offering);
        assert!(metrics.ttft_ms.p50.is_some_and(|p50| (90.0..110.0).contains(&p50)), "{metrics:?}");
        assert!(metrics.ttft_ms.p95.is_some_and(|p95| p95 > 350.0), "{metrics:?}");
        assert_eq!(metrics.throughput_tps, Percentiles::constant(50.0));
        let usage = |workspace| health.measurements(later).usage(workspace, offering.key).mean_output_tokens;
        assert_eq!((usage(7), usage(8)), (Some(30.0), None));
        // The next round gathers everything again.
        health.record(sample(100.0));
    }
}

#[test]
fn a_queue_that_nobody_empties_stays_small() {
    let health = Health::default();
    health.due_at_ms.store(u64::MAX, Ordering::Relaxed);
    for _ in 0..QUEUE_LIMIT * 2 {
        health.record(sample(1.0));
    }
    let waiting: usize = health.queues.iter().map(|queue| lock(queue).len()).sum();
    assert_eq!(waiting, QUEUE_LIMIT);
}

#[test]
fn trouble_is_published_at_once_and_per_key() {
    let health = Arc::new(Health::default());
    let offering = offering();
    let platform = Line { offering: offering.key, own_key: None };
    let own = Line { own_key: Some(7), ..platform };
    let wait = Verdict::Failing { wait: Some(Duration::from_secs(60)) };
    health.admit(platform).expect("nobody failed").end(wait);
    let open_until = |health: &Health| health.measurements(0).of(&offering).open_until_ms;
    assert!(open_until(&health).is_some_and(|until| until > now_ms()));
    assert!(health.pause(platform).is_some_and(|left| left > Duration::from_secs(50)));
    assert!(health.admit(platform).is_err());
    health.admit(own).expect("a key of its own").end(wait);
    assert!(health.measurements(0).own_key_open_until_ms(7, offering.key).is_some());
    assert!(health.measurements(0).own_key_open_until_ms(8, offering.key).is_none());
}

#[test]
fn a_trial_that_is_dropped_makes_room_and_success_ends_the_trouble() {
    let health = Arc::new(Health::default());
    let offering = offering();
    let line = Line { offering: offering.key, own_key: None };
    health.note(line, Verdict::Failing { wait: Some(Duration::ZERO) });
    let trial = health.admit(line).expect("its time is over");
    assert!(trial.is_trial && health.admit(line).is_err());
    drop(trial);
    health.admit(line).expect("the next one").end(Verdict::Healthy);
    assert_eq!(health.measurements(0).of(&offering).open_until_ms, None);
    assert!(health.admit(line).is_ok_and(|pass| !pass.is_trial));
}

#[test]
fn conversations_are_remembered_at_once() {
    let health = Health::default();
    let key = ConversationKey::new(7, "c");
    assert!(health.cached(7, key).is_empty());
    learn(&health, 7, 1);
    let cached = health.cached(7, key);
    assert_eq!((cached.len(), cached[0].offering, cached[0].tokens), (1, offering().key, 10));
    assert!(health.cached(8, ConversationKey::new(8, "c")).is_empty());
}
