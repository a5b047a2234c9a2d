//! What a killed process leaves, and what a closed one does.

use auriko_store::budget::{Ended, Reserved};
use auriko_store::key::{Identity, NewApiKey, Scope};
use auriko_store::{ExposeSecret, MasterKey, Store, StoreConfig, StoreError};
use auriko_wire::money::NanoUsd;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::budgets::{account, daily, hold, only};
use crate::stage::{Stage, cents, eventually, usd};

/// Random reservations, some of which end before the crash. Afterwards each counts once: in full if its end was not
/// written, else as it ended.
pub(crate) async fn crash_keeps_spend(stage: &Stage) {
    if !stage.is_durable() {
        return;
    }
    let mut store = stage.replica().await;
    store.budgets().create("default", daily(usd(100))).await.expect("made");
    let (mut least, mut most) = (NanoUsd::ZERO, NanoUsd::ZERO);
    for seed in 0..3 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut open = Vec::new();
        for _ in 0..20 {
            let amount = cents(random.random_range(1..10));
            let held = hold(&store, account(), amount).await;
            match random.random_range(0..3) {
                0 => {
                    let actual = NanoUsd(amount.0 / 2);
                    assert_eq!(held.settle(actual).await.expect("ends"), Ended::Now);
                    least += actual;
                }
                1 => assert_eq!(held.release().await.expect("ends"), Ended::Now),
                _ => {
                    least += amount;
                    open.push(held);
                }
            }
            most += amount;
        }
        store = stage.crash(store).await;
        // The dead process ends them too late, or never.
        for held in open {
            let ended = held.settle(NanoUsd(1)).await;
            assert!(!matches!(ended, Ok(Ended::Now)) || stage.is_cluster(), "{ended:?}");
            if matches!(ended, Ok(Ended::Now)) {
                // Redis still knew its claim: the lease had not run out.
                least = least.saturating_sub(held.amount()) + NanoUsd(1);
            }
        }
        eventually("all that was reserved is settled or spent", async || {
            let status = only(&store).await;
            status.reserved == NanoUsd::ZERO && status.spent >= least && status.spent <= most
        })
        .await;
        let spent = only(&store).await.spent;
        (least, most) = (spent, spent);
    }
}

pub(crate) async fn reopening(stage: &Stage) {
    if !stage.is_durable() {
        return;
    }
    let store = stage.replica().await;
    let new = NewApiKey { name: "k".to_owned(), scopes: vec![Scope::Inference], ..NewApiKey::default() };
    let (key, secret) = store.keys().create("default", new).await.expect("made");
    store.budgets().create("default", daily(usd(10))).await.expect("made");
    hold(&store, account(), usd(4)).await.settle(usd(3)).await.expect("ends");
    assert!(matches!(store.keys().identify(secret.expose_secret()).await, Ok(Identity::Active(_))));
    store.check().await.expect("ready");
    store.close().await.expect("closes");
    let store = stage.crash(store).await;
    let found = store.keys().find("default", &key.id).await.expect("found");
    assert!(found.last_used_at.is_some());
    assert!(matches!(store.keys().identify(secret.expose_secret()).await, Ok(Identity::Active(_))));
    assert_eq!(only(&store).await.spent, usd(3));
    let refused = store.budgets().reserve(account(), usd(8)).await.expect("answers");
    assert!(matches!(refused, Reserved::Refused(_)));
}

pub(crate) async fn wrong_master_key(stage: &Stage) {
    if !stage.is_durable() {
        return;
    }
    stage.replica().await.close().await.expect("closes");
    let config = StoreConfig { master_key: MasterKey::new([8; 32]), ..stage.config.clone() };
    let error = Store::open(config).await.expect_err("another master key");
    assert!(matches!(error, StoreError::WrongMasterKey), "{error}");
}
