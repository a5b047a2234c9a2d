//! Credit: bought, drawn on, never overdrawn.

use std::time::Duration;

use auriko_store::budget::{Account, BudgetScope, Ended, NewBudget, Reserved};
use auriko_store::clock::Period;
use auriko_store::credit::Balance;
use auriko_store::{Store, StoreError};
use auriko_wire::money::NanoUsd;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::budgets::{account, daily, hold, is_refused, only};
use crate::stage::{Stage, cents, eventually, usd};

async fn balance(store: &Store) -> Balance {
    store.credits().balance("default").await.expect("answers")
}

async fn buy(store: &Store, amount: NanoUsd) {
    store.credits().add("default", amount, None).await.expect("bought");
}

pub(crate) async fn bought_and_spent(stage: &Stage) {
    let stage = stage.with_credit();
    let store = stage.replica().await;
    let credits = store.credits();
    assert!(credits.are_counted());
    let refused = is_refused(&store, account(), NanoUsd::ZERO).await.expect("nothing was bought");
    assert_eq!(
        (refused.budget.scope.clone(), refused.budget.period),
        (BudgetScope::Credit, Period::Lifetime)
    );
    let own = Account { byok_provider: Some("openai".into()), ..account() };
    hold(&store, own.clone(), usd(5)).await.settle(usd(5)).await.expect("ends");

    let first = credits.add("default", usd(2), Some("invoice 7")).await.expect("bought");
    assert!(first.id.starts_with("cred_"));
    stage.clock.advance(Duration::from_secs(1));
    let second = credits.add("default", cents(50), None).await.expect("bought");
    assert_eq!(credits.purchases("default").await.expect("lists"), [second, first]);

    let held = hold(&store, account(), usd(2)).await;
    assert_eq!(held.budgets().len(), 1, "credit alone");
    let refused = is_refused(&store, account(), cents(51)).await.expect("refused");
    assert_eq!((refused.spent, refused.reserved, refused.remaining()), (NanoUsd::ZERO, usd(2), cents(50)));
    held.settle(NanoUsd(1_234_567_891)).await.expect("ends");
    let now = balance(&store).await;
    assert_eq!(
        (now.purchased, now.consumed, now.reserved),
        (cents(250), NanoUsd(1_234_567_891), NanoUsd::ZERO)
    );
    assert_eq!(now.microdollars(), 2_500_000 - 1_234_568);
    hold(&store, account(), usd(1)).await.release().await.expect("ends");
    assert_eq!(balance(&store).await, now, "what was released costs nothing");

    // It is no budget.
    assert!(store.budgets().list("default").await.expect("lists").is_empty());
    assert_eq!(store.budgets().status(&account()).await.expect("answers").len(), 1);
    assert!(store.budgets().status(&own).await.expect("answers").is_empty());
    for (field, new) in [
        ("scope_type", NewBudget { scope: BudgetScope::Credit, ..daily(usd(1)) }),
        ("period", NewBudget { period: Period::Lifetime, ..daily(usd(1)) }),
    ] {
        let error = store.budgets().create("default", new).await.expect_err("no budget");
        assert!(matches!(error, StoreError::Invalid { field: named, .. } if named == field), "{error}");
    }
    // A budget that has less left is named before it.
    store.budgets().create("default", daily(cents(130))).await.expect("made");
    let refused = is_refused(&store, account(), usd(2)).await.expect("refused");
    assert_eq!(refused.budget.scope, BudgetScope::Workspace);
    assert_eq!(only(&store).await.spent, now.consumed, "both count the same");

    let other = store.workspaces().create("Other").await.expect("made").id;
    assert_eq!(credits.balance(&other).await.expect("answers").purchased, NanoUsd::ZERO);
    for (amount, note) in [
        (NanoUsd::ZERO, None),
        (NanoUsd(1_001), None),
        (usd(9_000_000), None),
        (usd(1), Some("")),
        (usd(1), Some("x".repeat(256).as_str())),
    ] {
        let error = credits.add("default", amount, note).await.expect_err("refused");
        assert!(matches!(error, StoreError::Invalid { .. }), "{error}");
    }
    let nowhere = credits.add("ws_none", usd(1), None).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { what: "workspace", .. })));
    assert_eq!(balance(&store).await.purchased, cents(250));
}

pub(crate) async fn race(stage: &Stage) {
    let stage = stage.with_credit();
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(stage.replica().await);
    }
    buy(&replicas[0], usd(1)).await;
    let reservers = (0..200u64).map(|index| {
        let store = replicas[usize::try_from(index % 3).expect("small")].clone();
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(index);
            let mut settled = NanoUsd::ZERO;
            // The worst case is three cents, the real cost one to three.
            for _ in 0..3 {
                let reserved = store.budgets().reserve(account(), cents(3)).await.expect("answers");
                let Reserved::Held(held) = reserved else { continue };
                let actual = cents(random.random_range(1..=3));
                tokio::task::yield_now().await;
                assert_eq!(held.settle(actual).await.expect("ends"), Ended::Now);
                settled += actual;
            }
            settled
        })
    });
    let mut settled = NanoUsd::ZERO;
    for reserver in reservers.collect::<Vec<_>>() {
        settled += reserver.await.expect("runs");
    }
    // What others held for a moment may have kept the last cents: fill up, one after the other.
    while let Reserved::Held(held) =
        replicas[1].budgets().reserve(account(), cents(3)).await.expect("answers")
    {
        held.settle(cents(3)).await.expect("ends");
        settled += cents(3);
    }
    let now = balance(&replicas[2]).await;
    assert_eq!((now.consumed, now.reserved), (settled, NanoUsd::ZERO));
    assert!(settled <= usd(1) && settled >= cents(98), "{settled:?}");
    // More is bought at one replica, and spent at another, within a second.
    buy(&replicas[2], usd(1)).await;
    eventually("what was bought elsewhere may be spent", async || {
        is_refused(&replicas[0], account(), usd(1)).await.is_none()
    })
    .await;
}

pub(crate) async fn survives(stage: &Stage) {
    if !stage.is_durable() {
        return;
    }
    let stage = stage.with_credit();
    let store = stage.replica().await;
    buy(&store, usd(10)).await;
    hold(&store, account(), usd(2)).await.settle(usd(1)).await.expect("ends");
    store.ledger().flush().await.expect("written");
    let open = hold(&store, account(), usd(3)).await;
    let own = Account { byok_provider: Some("openai".into()), ..account() };
    let own = hold(&store, own, usd(3)).await;
    let store = stage.crash(store).await;
    eventually("what was held is spent", async || {
        let now = balance(&store).await;
        (now.consumed, now.reserved) == (usd(4), NanoUsd::ZERO)
    })
    .await;
    drop((open, own));
    // No month takes anything away, neither in memory nor by pruning, which begins with every start.
    stage.clock.advance(Duration::from_secs(400 * 86_400));
    assert_eq!(balance(&store).await.consumed, usd(4));
    hold(&store, account(), usd(1)).await.settle(usd(1)).await.expect("ends");
    store.ledger().flush().await.expect("written");
    let store = stage.crash(store).await;
    hold(&store, account(), usd(1)).await.settle(usd(1)).await.expect("ends");
    stage.clock.advance(Duration::from_secs(400 * 86_400));
    assert_eq!(balance(&store).await.microdollars(), 4_000_000);
    assert!(is_refused(&store, account(), usd(5)).await.is_some());
    assert!(is_refused(&store, account(), usd(4)).await.is_none());
}

pub(crate) async fn counted_from_when_it_is_asked_for(stage: &Stage) {
    let store = stage.replica().await;
    assert!(!store.credits().are_counted());
    buy(&store, usd(1)).await;
    hold(&store, account(), usd(5)).await.settle(usd(5)).await.expect("ends");
    assert_eq!(balance(&store).await.consumed, NanoUsd::ZERO, "nothing draws on it");
    assert!(store.budgets().status(&account()).await.expect("answers").is_empty());
    // Left open by a process that did not count it.
    let open = hold(&store, account(), usd(5)).await;
    if !stage.is_durable() {
        return;
    }
    let counting = stage.with_credit();
    let store = counting.crash(store).await;
    drop(open);
    assert_eq!(balance(&store).await.consumed, NanoUsd::ZERO);
    hold(&store, account(), cents(40)).await.settle(cents(40)).await.expect("ends");
    assert!(is_refused(&store, account(), cents(61)).await.is_some());
    assert_eq!(balance(&store).await.microdollars(), 600_000);
}
