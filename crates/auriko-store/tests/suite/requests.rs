//! What is asked with every request: limits, idempotency, breakers.

use std::time::Duration;

use auriko_store::StoreError;
use auriko_store::breaker::OpenBreaker;
use auriko_store::clock::{Clock, Timestamp};
use auriko_store::idempotency::{Begun, Call};
use auriko_store::limit::{Pool, Take};

use crate::stage::{Stage, eventually};

fn one(pool: Pool, per_minute: u32) -> Take {
    Take { pool, per_minute, amount: 1 }
}

pub(crate) async fn rate_limits(stage: &Stage) {
    let replicas = [stage.replica().await, stage.replica().await];
    let start = stage.clock.now();
    let requests = one(Pool::InferenceRequests, 6);
    for taken in 1..=6u32 {
        let store = &replicas[(taken % 2) as usize];
        let decision = store.limits().take("key_1", &[requests]).await.expect("answers");
        let pool = decision.pools[0];
        assert!(decision.is_admitted && decision.retry_after_seconds().is_none());
        assert_eq!((pool.limit, pool.remaining), (6, 6 - taken));
        assert_eq!(pool.resets_at, start.after(Duration::from_secs(10 * u64::from(taken))));
    }
    let refused = replicas[0].limits().take("key_1", &[requests]).await.expect("answers");
    assert_eq!((refused.is_admitted, refused.retry_after_seconds()), (false, Some(10)));
    stage.clock.advance(Duration::from_millis(9_500));
    let refused = replicas[1].limits().take("key_1", &[requests]).await.expect("answers");
    assert_eq!(refused.retry_after_seconds(), Some(1));
    assert_eq!(refused.pools[0].wait, Duration::from_millis(500));
    for pool in [Pool::ManagementReads, Pool::ManagementWrites] {
        assert!(replicas[0].limits().take("key_1", &[one(pool, 1)]).await.expect("answers").is_admitted);
    }
    assert!(replicas[0].limits().take("key_2", &[requests]).await.expect("answers").is_admitted);
    assert!(replicas[0].limits().take("key_1", &[]).await.expect("answers").is_admitted, "no limit");
    stage.clock.advance(Duration::from_millis(500));
    assert!(replicas[0].limits().take("key_1", &[requests]).await.expect("answers").is_admitted);
    assert!(!replicas[1].limits().take("key_1", &[requests]).await.expect("answers").is_admitted);
}

pub(crate) async fn token_limits(stage: &Stage) {
    let store = stage.replica().await;
    let takes = |amount| {
        [one(Pool::InferenceRequests, 100), Take { pool: Pool::InferenceTokens, per_minute: 60_000, amount }]
    };
    let take = async |amount| store.limits().take("key_1", &takes(amount)).await.expect("answers");
    assert_eq!(take(50_000).await.pools[1].remaining, 10_000);
    let refused = take(20_000).await;
    assert_eq!((refused.is_admitted, refused.retry_after_seconds()), (false, Some(10)));
    assert_eq!(refused.pools[0].remaining, 99, "a refused request takes nothing");
    store.limits().adjust("key_1", Pool::InferenceTokens, 60_000, -15_000).await.expect("answers");
    assert_eq!(take(20_000).await.pools[1].remaining, 5_000);
    store.limits().adjust("key_1", Pool::InferenceTokens, 60_000, 10_000).await.expect("answers");
    assert_eq!(take(1).await.retry_after_seconds(), Some(6), "it used more than it said");
    stage.clock.advance(Duration::from_secs(30));
    assert!(take(1).await.is_admitted);
}

fn ours(begun: Begun) -> Call {
    match begun {
        Begun::First(call) => call,
        other => panic!("not the first: {other:?}"),
    }
}

pub(crate) async fn idempotency(stage: &Stage) {
    let (store, other) = (stage.replica().await, stage.replica().await);
    let path = "/v1/workspaces/default/budgets";
    let call = ours(store.idempotency().begin("key_1", path, "once", b"{}").await.expect("answers"));
    let again = async |body: &'static [u8]| {
        other.idempotency().begin("key_1", path, "once", body).await.expect("answers")
    };
    assert!(matches!(again(b"{}").await, Begun::InFlight));
    assert!(matches!(again(b"[]").await, Begun::Conflict));
    call.complete(201, r#"{"id":"bdgt_1"}"#.to_owned()).await.expect("kept");
    let replay = again(b"{}").await;
    assert!(
        matches!(&replay, Begun::Replay { status: 201, body } if body == r#"{"id":"bdgt_1"}"#),
        "{replay:?}"
    );
    assert!(matches!(again(b"[]").await, Begun::Conflict));
    for (caller, path) in [("key_2", path), ("key_1", "/v1/other")] {
        let begun = store.idempotency().begin(caller, path, "once", b"{}").await.expect("answers");
        ours(begun).abandon().await.expect("forgotten");
    }
    ours(store.idempotency().begin("key_2", path, "once", b"[]").await.expect("answers"))
        .abandon()
        .await
        .expect("after it was abandoned, also with another body");
    stage.clock.advance(Duration::from_secs(24 * 3600));
    ours(again(b"[]").await).abandon().await.expect("forgotten");
    for bad in ["", "a b", "ü", &"x".repeat(256)] {
        let error = store.idempotency().begin("key_1", path, bad, b"").await.expect_err("refused");
        assert!(matches!(error, StoreError::Invalid { field: "Idempotency-Key", .. }), "{error}");
    }
}

pub(crate) async fn lost_calls(stage: &Stage) {
    let store = stage.replica().await;
    let begin = async |key: &'static str| {
        store.idempotency().begin("key_1", "/v1/x", key, b"{}").await.expect("answers")
    };
    drop(ours(begin("dropped").await));
    eventually("its outcome is unknown", async || matches!(begin("dropped").await, Begun::Unavailable)).await;
    let silent = ours(begin("silent").await);
    assert!(matches!(begin("silent").await, Begun::InFlight));
    stage.clock.advance(Duration::from_secs(60));
    assert!(matches!(begin("silent").await, Begun::Unavailable), "its process is dead");
    silent.complete(200, "{}".to_owned()).await.expect("it lives after all");
    assert!(matches!(begin("silent").await, Begun::Replay { status: 200, .. }));
}

pub(crate) async fn breakers(stage: &Stage) {
    let (store, other) = (stage.replica().await, stage.replica().await);
    let now = stage.clock.now();
    let open = |name: &str, seconds, asked| OpenBreaker {
        name: name.to_owned(),
        until: now.after(Duration::from_secs(seconds)),
        asked_until: if asked == 0 { Timestamp::default() } else { now.after(Duration::from_secs(asked)) },
    };
    for breaker in [open("openai/gpt-4o", 30, 20), open("groq/llama", 30, 0), open("short", 10, 0)] {
        store.breakers().open(&breaker).await.expect("opens");
    }
    // The longest counts.
    other.breakers().open(&open("openai/gpt-4o", 10, 25)).await.expect("opens");
    store.breakers().close("groq/llama").await.expect("closes");
    stage.clock.advance(Duration::from_secs(10));
    assert_eq!(other.breakers().list().await.expect("lists"), [open("openai/gpt-4o", 30, 25)]);
    stage.clock.advance(Duration::from_secs(20));
    assert!(other.breakers().list().await.expect("lists").is_empty());
}
