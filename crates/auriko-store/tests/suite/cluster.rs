//! What only a cluster can suffer: a Redis that goes away, with or without its memory, and a replica that dies while
//! others live.

use auriko_store::budget::Ended;
use auriko_store::limit::{Pool, Take};
use auriko_store::{Backend, Cluster, Part, Store, StoreConfig, StoreError, WhenUnreachable};
use auriko_wire::money::NanoUsd;

use crate::budgets::{account, daily, hold, is_refused, only};
use crate::servers;
use crate::stage::{Stage, cents, eventually, usd};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_holds_when_redis_loses_its_memory() {
    let Some(redis) = servers::own_redis(None) else { return };
    let folder = redis.folder.clone();
    let Some(stage) = Stage::cluster_on(Some(servers::redis_url(&folder))).await else { return };
    let replicas = [stage.replica().await, stage.replica().await];
    replicas[0].budgets().create("default", daily(usd(1))).await.expect("made");
    hold(&replicas[0], account(), cents(50)).await.settle(cents(50)).await.expect("ends");
    let held = [
        hold(&replicas[0], account(), cents(20)).await,
        hold(&replicas[1], account(), cents(10)).await,
        hold(&replicas[1], account(), cents(5)).await,
    ];
    redis.stop();
    // Out of reach: said so for what is new, done later for what ends.
    let error = replicas[1].budgets().reserve(account(), cents(1)).await.expect_err("no Redis");
    assert!(matches!(error, StoreError::Unavailable { part: Part::HotState, .. }), "{error}");
    assert!(replicas[1].check().await.is_err());
    let [first, second, third] = held;
    assert_eq!(first.settle(cents(15)).await.expect("later"), Ended::Later);
    let redis = servers::own_redis(Some(folder.clone())).expect("starts again");
    eventually("Redis answers again", async || replicas[1].check().await.is_ok()).await;
    // Before anything else has asked for the counters.
    assert_eq!(third.settle(cents(4)).await.expect("ends"), Ended::Now);
    eventually("spend is known again, and what is held", async || {
        let listed = replicas[1].budgets().list("default").await;
        listed.is_ok_and(|all| (all[0].spent, all[0].reserved) == (cents(69), cents(10)))
    })
    .await;
    assert!(is_refused(&replicas[0], account(), cents(22)).await.is_some());
    assert!(is_refused(&replicas[0], account(), cents(21)).await.is_none());
    assert_eq!(second.settle(cents(5)).await.expect("ends"), Ended::Now);
    let status = only(&replicas[0]).await;
    assert_eq!((status.spent, status.reserved), (cents(74), NanoUsd::ZERO));
    drop(replicas);
    redis.stop();
    std::fs::remove_dir_all(folder).expect("removed");
}

/// A file that was written a while ago: what happened since is unknown to the Redis that reads it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_holds_when_redis_comes_back_with_an_old_memory() {
    let Some(redis) = servers::own_redis(None) else { return };
    let folder = redis.folder.clone();
    let settings = ["--dir", folder.to_str().expect("a path")];
    let Some(stage) = Stage::cluster_on(Some(servers::redis_url(&folder))).await else { return };
    let save = || {
        let socket = folder.join("redis.sock");
        let mut stream = std::os::unix::net::UnixStream::connect(socket).expect("it listens");
        std::io::Write::write_all(&mut stream, b"SAVE\r\n").expect("written");
        let mut answer = [0; 3];
        std::io::Read::read_exact(&mut stream, &mut answer).expect("read");
        assert_eq!(&answer, b"+OK");
    };
    redis.stop();
    let redis = servers::own_redis_with(folder.clone(), &settings).expect("starts");
    let replicas = [stage.replica().await, stage.replica().await];
    replicas[0].budgets().create("default", daily(usd(1))).await.expect("made");
    let ended = hold(&replicas[0], account(), cents(50)).await;
    let kept = hold(&replicas[1], account(), cents(20)).await;
    save();
    // None of this is in the file.
    assert_eq!(ended.settle(cents(30)).await.expect("ends"), Ended::Now);
    let later = hold(&replicas[1], account(), cents(40)).await;
    redis.signal("KILL");
    redis.stop();
    let redis = servers::own_redis_with(folder.clone(), &settings).expect("starts again");
    eventually("what was spent is known, and what is held", async || {
        let listed = replicas[0].budgets().list("default").await;
        listed.is_ok_and(|all| (all[0].spent, all[0].reserved) == (cents(30), cents(60)))
    })
    .await;
    assert!(is_refused(&replicas[0], account(), cents(11)).await.is_some());
    for held in [kept, later] {
        assert_eq!(held.settle(cents(20)).await.expect("ends"), Ended::Now);
    }
    let status = only(&replicas[0]).await;
    assert_eq!((status.spent, status.reserved), (cents(70), NanoUsd::ZERO));
    drop(replicas);
    redis.stop();
    std::fs::remove_dir_all(folder).expect("removed");
}

/// Longer than the lease: nobody could give a sign of life, so nobody is taken for dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_living_hold_does_not_expire_while_redis_is_suspended() {
    let Some(redis) = servers::own_redis(None) else { return };
    let folder = redis.folder.clone();
    let Some(stage) = Stage::cluster_on(Some(servers::redis_url(&folder))).await else { return };
    let replicas = [stage.replica().await, stage.replica().await];
    replicas[0].budgets().create("default", daily(usd(1))).await.expect("made");
    let held =
        [hold(&replicas[0], account(), cents(50)).await, hold(&replicas[1], account(), cents(20)).await];
    redis.signal("STOP");
    // The lease is a second, and the time that counts is that of Redis.
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let error = replicas[0].budgets().reserve(account(), cents(1)).await.expect_err("no Redis");
    assert!(matches!(error, StoreError::Unavailable { part: Part::HotState, .. }), "{error}");
    redis.signal("CONT");
    eventually("Redis answers again", async || replicas[1].check().await.is_ok()).await;
    for held in held {
        eventually("its end is possible", async || replicas[0].check().await.is_ok()).await;
        assert_eq!(held.settle(cents(10)).await.expect("ends"), Ended::Now);
    }
    let status = only(&replicas[0]).await;
    assert_eq!((status.spent, status.reserved), (cents(20), NanoUsd::ZERO));
    drop(replicas);
    redis.stop();
    std::fs::remove_dir_all(folder).expect("removed");
}

/// Redis does what it was told before it was suspended, when nobody waits for its answer any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_whose_answer_came_too_late_is_written_once() {
    let Some(redis) = servers::own_redis(None) else { return };
    let folder = redis.folder.clone();
    let Some(stage) = Stage::cluster_on(Some(servers::redis_url(&folder))).await else { return };
    let store = stage.replica().await;
    store.budgets().create("default", daily(usd(1))).await.expect("made");
    let held = hold(&store, account(), cents(50)).await;
    redis.signal("STOP");
    assert_eq!(held.settle(cents(30)).await.expect("later"), Ended::Later);
    redis.signal("CONT");
    eventually("PostgreSQL knows it", async || spent_in_postgres(&stage).await == cents(30)).await;
    let status = only(&store).await;
    assert_eq!((status.spent, status.reserved), (cents(30), NanoUsd::ZERO));
    drop(store);
    redis.stop();
    std::fs::remove_dir_all(folder).expect("removed");
}

/// A replica with another prefix shares PostgreSQL only, and loads from it.
async fn spent_in_postgres(stage: &Stage) -> NanoUsd {
    let Backend::Cluster(cluster) = stage.config.backend.clone() else { panic!("no cluster") };
    let prefix = format!("{}again{}:", cluster.prefix, servers::folder_name());
    let backend = Backend::Cluster(Cluster { prefix, ..cluster });
    let fresh = Store::open(StoreConfig { backend, ..stage.config.clone() }).await.expect("opens");
    only(&fresh).await.spent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_allowed_without_redis_are_booked_once() {
    let Some(redis) = servers::own_redis(None) else { return };
    let folder = redis.folder.clone();
    let Some(mut stage) = Stage::cluster_on(Some(servers::redis_url(&folder))).await else { return };
    stage.config.when_unreachable = WhenUnreachable::Allow;
    let replicas = [stage.replica().await, stage.replica().await];
    replicas[0].budgets().create("default", daily(usd(1))).await.expect("made");
    hold(&replicas[0], account(), cents(95)).await.settle(cents(95)).await.expect("ends");
    redis.signal("STOP");
    let limit = Take { pool: Pool::InferenceRequests, per_minute: 1, amount: 1 };
    for _ in 0..3 {
        assert!(replicas[0].limits().take("key", &[limit]).await.expect("allowed").is_admitted);
    }
    let unchecked =
        [hold(&replicas[0], account(), cents(20)).await, hold(&replicas[1], account(), cents(30)).await];
    assert!(unchecked.iter().all(|held| held.budgets().is_empty()));
    let [ended, kept] = unchecked;
    assert_eq!(ended.settle(cents(7)).await.expect("later"), Ended::Later);
    redis.signal("CONT");
    eventually("what was spent is known, and what is held", async || {
        let listed = replicas[1].budgets().list("default").await;
        listed.is_ok_and(|all| (all[0].spent, all[0].reserved) == (cents(102), cents(30)))
    })
    .await;
    assert_eq!(kept.settle(cents(1)).await.expect("ends"), Ended::Now);
    let status = only(&replicas[0]).await;
    assert_eq!((status.spent, status.reserved), (cents(103), NanoUsd::ZERO));
    assert!(is_refused(&replicas[0], account(), NanoUsd::ZERO).await.is_some(), "checked again");
    drop(replicas);
    redis.stop();
    std::fs::remove_dir_all(folder).expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_replica_held_becomes_spend_while_others_live() {
    let Some(stage) = Stage::cluster().await else { return };
    let (living, dying) = (stage.replica().await, stage.replica().await);
    living.budgets().create("default", daily(usd(1))).await.expect("made");
    let kept = hold(&living, account(), cents(30)).await;
    let lost = hold(&dying, account(), cents(40)).await;
    dying.abandon().await;
    assert!(is_refused(&living, account(), cents(40)).await.is_some(), "held until its lease runs out");
    eventually("the lease runs out", async || only(&living).await.spent == cents(40)).await;
    assert_eq!(only(&living).await.reserved, cents(30), "a living replica keeps what it holds");
    assert_eq!(lost.settle(cents(1)).await.expect("answers"), Ended::Before);
    assert_eq!(kept.settle(cents(30)).await.expect("ends"), Ended::Now);
    eventually("PostgreSQL knows it as well", async || spent_in_postgres(&stage).await == cents(70)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_closes_ends_what_was_dropped() {
    let Some(stage) = Stage::cluster().await else { return };
    let (staying, leaving) = (stage.replica().await, stage.replica().await);
    staying.budgets().create("default", daily(usd(1))).await.expect("made");
    for _ in 0..20 {
        drop(hold(&leaving, account(), cents(1)).await);
    }
    leaving.close().await.expect("closes");
    let status = only(&staying).await;
    assert_eq!((status.spent, status.reserved), (cents(20), NanoUsd::ZERO));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_share_one_schema() {
    let Some(stage) = Stage::cluster().await else { return };
    let opened = (0..4).map(|_| tokio::spawn(Store::open(stage.config.clone())));
    for store in opened.collect::<Vec<_>>() {
        store.await.expect("runs").expect("opens").check().await.expect("answers");
    }
}

#[tokio::test]
async fn an_error_names_the_option_and_hides_the_password() {
    let open = async |database: &str, redis: &str| {
        let backend = Backend::Cluster(Cluster::new(database, redis));
        let config = StoreConfig { backend, ..StoreConfig::in_memory() };
        assert!(!format!("{config:?}").contains("hunter2"));
        let error = Store::open(config).await.expect_err("can't be opened");
        let mut text = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        assert!(!text.contains("hunter2"), "{text}");
        error
    };
    let error = open("postgresql://a:hunter2@host:port/x", "redis://localhost").await;
    assert!(matches!(error, StoreError::Configuration { field: "database_url", .. }), "{error}");
    let error = open("postgresql://a:hunter2@127.0.0.1:1/x", "redis://:hunter2@127.0.0.1:1").await;
    assert!(matches!(error, StoreError::Unavailable { part: Part::Database, .. }), "{error}");
}
