//! Budgets and reservations.

use std::sync::Arc;
use std::time::Duration;

use auriko_store::budget::{
    Account, BudgetChange, BudgetScope, BudgetStatus, Ended, NewBudget, Reservation, Reserved,
};
use auriko_store::clock::{Clock, Period};
use auriko_store::key::{NewApiKey, Scope};
use auriko_store::{Store, StoreError};
use auriko_wire::money::NanoUsd;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::stage::{Stage, cents, eventually, usd};

pub(crate) fn account() -> Account {
    Account { workspace: "default".into(), key: None, byok_provider: None }
}

pub(crate) fn daily(limit: NanoUsd) -> NewBudget {
    NewBudget {
        scope: BudgetScope::Workspace,
        period: Period::Daily,
        limit,
        enforce: true,
        include_byok: false,
    }
}

pub(crate) async fn hold(store: &Store, account: Account, amount: NanoUsd) -> Reservation {
    match store.budgets().reserve(account, amount).await.expect("answers") {
        Reserved::Held(reservation) => reservation,
        Reserved::Refused(status) => panic!("refused by {status:?}"),
    }
}

pub(crate) async fn is_refused(store: &Store, account: Account, amount: NanoUsd) -> Option<BudgetStatus> {
    match store.budgets().reserve(account, amount).await.expect("answers") {
        Reserved::Held(reservation) => {
            reservation.release().await.expect("ends");
            None
        }
        Reserved::Refused(status) => Some(status),
    }
}

pub(crate) async fn only(store: &Store) -> BudgetStatus {
    store.budgets().list("default").await.expect("lists").pop().expect("a budget")
}

pub(crate) async fn create_change_and_delete(stage: &Stage) {
    let store = stage.replica().await;
    let budgets = store.budgets();
    let made = budgets.create("default", daily(usd(500))).await.expect("made");
    assert!(made.budget.id.starts_with("bdgt_"));
    assert_eq!((made.spent, made.reserved, made.remaining()), (NanoUsd::ZERO, NanoUsd::ZERO, usd(500)));
    let again = budgets.create("default", daily(usd(1))).await.expect_err("a duplicate");
    assert!(matches!(again, StoreError::Duplicate { what: "budget", .. }), "{again}");
    let weekly = NewBudget { period: Period::Weekly, ..daily(usd(1000)) };
    budgets.create("default", weekly).await.expect("another period");

    hold(&store, account(), cents(4250)).await.settle(cents(4250)).await.expect("ends");
    let id = &made.budget.id;
    let status = budgets.find("default", id).await.expect("found");
    assert!((status.percent_used() - 8.5).abs() < 1e-9);
    stage.clock.advance(Duration::from_secs(1));
    let change = BudgetChange { limit: Some(cents(4250)), ..BudgetChange::default() };
    let changed = budgets.update("default", id, change).await.expect("changed");
    assert_eq!((changed.budget.limit, changed.budget.enforce), (cents(4250), true));
    assert!(changed.budget.updated_at > changed.budget.created_at);
    assert!(is_refused(&store, account(), NanoUsd::ZERO).await.is_some(), "the limit is spent");
    let change = BudgetChange { enforce: Some(false), ..BudgetChange::default() };
    budgets.update("default", id, change).await.expect("changed");
    assert!(is_refused(&store, account(), usd(1)).await.is_none(), "not enforced");
    assert_eq!(budgets.status(&account()).await.expect("answers").len(), 2);

    let other = store.workspaces().create("Other").await.expect("made");
    for missing in [budgets.find(&other.id, id).await, budgets.update(&other.id, id, change).await] {
        assert!(matches!(missing, Err(StoreError::NotFound { .. })), "of another workspace");
    }
    budgets.delete("default", id).await.expect("deleted");
    assert!(matches!(budgets.delete("default", id).await, Err(StoreError::NotFound { .. })));
    let key = NewBudget { scope: BudgetScope::ApiKey("key_none".into()), ..daily(usd(1)) };
    assert!(matches!(
        budgets.create("default", key).await,
        Err(StoreError::NotFound { what: "API key", .. })
    ));
    let nowhere = budgets.create("ws_none", daily(usd(1))).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { what: "workspace", .. })));
}

pub(crate) async fn narrowest_is_named(stage: &Stage) {
    let store = stage.replica().await;
    let new = NewApiKey { name: "k".to_owned(), scopes: vec![Scope::Inference], ..NewApiKey::default() };
    let (key, _) = store.keys().create("default", new).await.expect("made");
    let of_key =
        |period, limit| NewBudget { scope: BudgetScope::ApiKey(Arc::clone(&key.id)), period, ..daily(limit) };
    for new in [
        daily(usd(10)),
        of_key(Period::Daily, usd(5)),
        of_key(Period::Monthly, usd(3)),
        NewBudget { scope: BudgetScope::ByokProvider("openai".into()), ..daily(usd(1)) },
    ] {
        store.budgets().create("default", new).await.expect("made");
    }
    let with_key = Account { key: Some(Arc::clone(&key.id)), ..account() };
    let held = hold(&store, with_key.clone(), usd(2)).await;
    assert_eq!(held.budgets().len(), 3, "own keys are not used");
    let refused = is_refused(&store, with_key.clone(), usd(9)).await.expect("refused");
    assert_eq!((refused.budget.scope.as_str(), refused.budget.period), ("api_key", Period::Monthly));
    assert_eq!((refused.reserved, refused.remaining()), (usd(2), usd(1)));
    let refused = is_refused(&store, account(), usd(9)).await.expect("refused");
    assert_eq!(refused.budget.scope, BudgetScope::Workspace);
    let own = Account { byok_provider: Some("openai".into()), ..with_key };
    let refused = is_refused(&store, own.clone(), usd(2)).await.expect("refused");
    assert_eq!(refused.budget.scope.as_str(), "byok_provider");
    hold(&store, own, usd(1)).await.settle(usd(1)).await.expect("ends");
    assert_eq!(store.budgets().status(&account()).await.expect("answers")[0].spent, NanoUsd::ZERO, "no BYOK");
    held.release().await.expect("ends");
}

pub(crate) async fn race(stage: &Stage) {
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(stage.replica().await);
    }
    replicas[0].budgets().create("default", daily(usd(1))).await.expect("made");
    let reservers = (0..200u64).map(|index| {
        let store = replicas[usize::try_from(index % 3).expect("small")].clone();
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(index);
            let mut settled = NanoUsd::ZERO;
            // The worst case is three cents, the real cost one to three.
            for _ in 0..3 {
                if let Reserved::Held(held) =
                    store.budgets().reserve(account(), cents(3)).await.expect("answers")
                {
                    let actual = cents(random.random_range(1..=3));
                    tokio::task::yield_now().await;
                    assert_eq!(held.settle(actual).await.expect("ends"), Ended::Now);
                    settled += actual;
                }
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
    let status = only(&replicas[2]).await;
    assert_eq!((status.spent, status.reserved), (settled, NanoUsd::ZERO));
    assert!(settled <= usd(1) && settled >= cents(95), "{settled:?}");
}

pub(crate) async fn roll_over(stage: &Stage) {
    let store = stage.replica().await;
    let daily_id = store.budgets().create("default", daily(usd(1))).await.expect("made").budget.id.clone();
    let weekly = NewBudget { period: Period::Weekly, ..daily(usd(10)) };
    let weekly = store.budgets().create("default", weekly).await.expect("made").budget.id.clone();
    let late = hold(&store, account(), usd(1)).await;
    assert!(is_refused(&store, account(), cents(1)).await.is_some());
    let today = stage.clock.now();
    stage.clock.advance(Duration::from_secs(24 * 3600));
    let tomorrow = stage.clock.now();
    hold(&store, account(), cents(60)).await.settle(cents(60)).await.expect("ends");
    late.settle(cents(90)).await.expect("ends");
    let week = store.budgets().find("default", &weekly).await.expect("found");
    assert_eq!(week.spent, cents(150), "one week");
    stage.clock.set(today);
    assert_eq!(
        store.budgets().find("default", &daily_id).await.expect("found").spent,
        cents(90),
        "in its own day"
    );
    stage.clock.set(tomorrow.after(Duration::from_secs(7 * 24 * 3600)));
    assert_eq!(
        store.budgets().find("default", &weekly).await.expect("found").spent,
        NanoUsd::ZERO,
        "a new week"
    );
}

pub(crate) async fn later_budget(stage: &Stage) {
    let store = stage.replica().await;
    hold(&store, account(), usd(3)).await.settle(usd(2)).await.expect("ends");
    let own = Account { byok_provider: Some("openai".into()), ..account() };
    hold(&store, own, usd(5)).await.settle(usd(5)).await.expect("ends");
    let made = store.budgets().create("default", daily(usd(10))).await.expect("made");
    assert_eq!(made.spent, usd(2));
    let change = BudgetChange { include_byok: Some(true), ..BudgetChange::default() };
    let changed = store.budgets().update("default", &made.budget.id, change).await.expect("changed");
    assert_eq!(changed.spent, usd(7));
    let monthly = NewBudget { period: Period::Monthly, ..daily(usd(10)) };
    assert_eq!(store.budgets().create("default", monthly).await.expect("made").spent, usd(2));
}

pub(crate) async fn dropped(stage: &Stage) {
    let store = stage.replica().await;
    store.budgets().create("default", daily(usd(1))).await.expect("made");
    drop(hold(&store, account(), cents(40)).await);
    eventually("it becomes spend", async || only(&store).await.spent == cents(40)).await;
    // Given up while it is being made: given back, not spent.
    for _ in 0..20 {
        let budgets = store.budgets();
        let mut reserve = Box::pin(budgets.reserve(account(), cents(50)));
        tokio::select! {
            biased;
            () = tokio::task::yield_now() => {}
            reserved = &mut reserve => {
                if let Reserved::Held(held) = reserved.expect("answers") {
                    held.release().await.expect("ends");
                }
            }
        }
        drop(reserve);
    }
    eventually("it is given back", async || only(&store).await.reserved == NanoUsd::ZERO).await;
    assert_eq!(only(&store).await.spent, cents(40));
}

/// Random settling, releasing and dropping, also twice and from several tasks: the sum must be what the first end of
/// each says.
pub(crate) async fn ends_once(stage: &Stage) {
    let replicas = [stage.replica().await, stage.replica().await];
    replicas[0].budgets().create("default", daily(usd(1_000))).await.expect("made");
    for seed in 0..4 {
        let before = only(&replicas[0]).await.spent;
        let mut random = StdRng::seed_from_u64(seed);
        let mut expected = NanoUsd::ZERO;
        let mut tasks = Vec::new();
        for _ in 0..50 {
            let amount = NanoUsd(random.random_range(0..1_000_000));
            let held = Arc::new(hold(&replicas[random.random_range(0..2)], account(), amount).await);
            let actual = NanoUsd(random.random_range(0..2_000_000));
            match random.random_range(0..4) {
                0 => {
                    expected += actual;
                    for _ in 0..3 {
                        let held = Arc::clone(&held);
                        tasks.push(tokio::spawn(async move { held.settle(actual).await.expect("ends") }));
                    }
                }
                1 => {
                    assert_eq!(held.release().await.expect("ends"), Ended::Now);
                    assert_eq!(held.settle(actual).await.expect("ends"), Ended::Before);
                }
                2 => {
                    assert_eq!(held.settle(actual).await.expect("ends"), Ended::Now);
                    assert_eq!(held.release().await.expect("ends"), Ended::Before);
                    expected += actual;
                }
                _ => expected += amount,
            }
        }
        let mut firsts = 0;
        for task in tasks.drain(..) {
            firsts += u32::from(task.await.expect("runs") == Ended::Now);
        }
        assert!(firsts > 0);
        let sum = before + expected;
        eventually("the sum agrees", async || {
            let status = only(&replicas[1]).await;
            (status.spent, status.reserved) == (sum, NanoUsd::ZERO)
        })
        .await;
    }
}
