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

fn sample(ttft_ms: f64, output_tokens: u64) -> Sample {
    let reply = Some(ReplySample { output_tokens, cache_hit: None });
    Sample { offering: offering().key, workspace: 7, ttft_ms: Some(ttft_ms), throughput_tps: None, reply }
}

#[test]
fn samples_reach_the_next_snapshot() {
    let mut expected = Measurements::default();
    expected.expect("p", Some(1000.0), Some(50.0));
    let health = Health::new(expected);
    let offering = offering();
    assert_eq!(health.measurements(0).of(&offering).ttft_ms, Percentiles::constant(1000.0));
    for ttft_ms in [100.0, 100.0, 100.0, 400.0] {
        health.record(sample(ttft_ms, 30));
    }
    let later = now_ms() + PUBLISH_EVERY_MS;
    let metrics = health.measurements(later).of(&offering);
    assert!(metrics.ttft_ms.p50.is_some_and(|p50| (90.0..110.0).contains(&p50)), "{metrics:?}");
    assert!(metrics.ttft_ms.p95.is_some_and(|p95| p95 > 350.0), "{metrics:?}");
    assert_eq!(metrics.throughput_tps, Percentiles::constant(50.0));
    let usage = |workspace| health.measurements(later).usage(workspace, offering.key).mean_output_tokens;
    assert_eq!((usage(7), usage(8)), (Some(30.0), None));
}

#[test]
fn a_queue_that_nobody_empties_stays_small() {
    let health = Health::new(Measurements::default());
    health.due_at_ms.store(u64::MAX, Ordering::Relaxed);
    for _ in 0..QUEUE_LIMIT * 2 {
        health.record(sample(1.0, 1));
    }
    let waiting: usize = health.queues.iter().map(|queue| lock(queue).len()).sum();
    assert_eq!(waiting, QUEUE_LIMIT);
}

#[test]
fn trouble_is_published_at_once_and_per_key() {
    let health = Arc::new(Health::new(Measurements::default()));
    let offering = offering();
    let platform = Line { offering: offering.key, own_key_of: None };
    let own = Line { own_key_of: Some(7), ..platform };
    let wait = Verdict::Failing { wait: Some(Duration::from_secs(60)) };
    health.admit(platform).expect("nobody failed").end(wait);
    let open_until = |health: &Health| health.measurements(0).of(&offering).open_until_ms;
    assert!(open_until(&health).is_some_and(|until| until > now_ms()));
    assert!(health.pause(platform).is_some_and(|left| left > Duration::from_secs(50)));
    assert!(health.admit(platform).is_err());
    health.admit(own).expect("a key of its own").end(wait);
    assert!(health.measurements(0).usage(7, offering.key).own_key_open_until_ms.is_some());
    assert!(health.measurements(0).usage(8, offering.key).own_key_open_until_ms.is_none());
}

#[test]
fn a_trial_that_is_dropped_makes_room_and_success_ends_the_trouble() {
    let health = Arc::new(Health::new(Measurements::default()));
    let offering = offering();
    let line = Line { offering: offering.key, own_key_of: None };
    health.note(line, Verdict::Failing { wait: Some(Duration::ZERO) });
    let trial = health.admit(line).expect("its time is over");
    assert!(trial.is_trial && health.admit(line).is_err());
    drop(trial);
    health.admit(line).expect("the next one").end(Verdict::Healthy);
    assert_eq!(health.measurements(0).of(&offering).open_until_ms, None);
    assert!(health.admit(line).is_ok_and(|pass| !pass.is_trial));
}

#[test]
fn conversations_are_remembered_where_they_were() {
    let health = Health::new(Measurements::default());
    let prefix = |tokens| CachedPrefix { offering: offering().key, tokens, used_at_ms: 5 };
    let key = health.conversation(7, "c");
    assert_ne!(key, health.conversation(8, "c"));
    health.remember(key, prefix(10));
    health.remember(key, prefix(20));
    assert_eq!(health.cached(key), [prefix(20)]);
    assert!(health.cached(health.conversation(8, "c")).is_empty());
}
