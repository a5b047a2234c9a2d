//! The ledger and what is asked of it.

use std::sync::Arc;
use std::time::Duration;

use auriko_store::clock::{Clock, Timestamp};
use auriko_store::ledger::{GroupBy, LedgerRow, Usage, UsageFilter, UsagePeriod};
use auriko_store::{Store, StoreConfig, StoreError};
use auriko_wire::money::NanoUsd;

use crate::budgets::{account, hold};
use crate::records::new_key;
use crate::stage::{MONDAY, Stage};

fn row(id: u32, at: Timestamp, key: Option<&Arc<str>>) -> LedgerRow {
    LedgerRow {
        id: format!("req_{id}"),
        at,
        workspace: "default".into(),
        key: key.cloned(),
        model: if id.is_multiple_of(2) { "gpt-4o" } else { "claude-sonnet" }.to_owned(),
        provider: (id != 5).then(|| "openai".to_owned()),
        is_byok: id == 4,
        input_tokens: 100,
        cached_tokens: 40,
        cache_write_tokens: 5,
        output_tokens: 20,
        reasoning_tokens: 7,
        cost: NanoUsd(1_000 * u64::from(id)),
        status: [200, 200, 200, 200, 429, 503][id as usize % 6],
        latency_ms: 800,
        first_token_ms: Some(120),
        tags: if id == 3 {
            vec!["a".to_owned(), "b".to_owned(), "a".to_owned()]
        } else {
            vec!["b".to_owned()]
        },
        user: Some("u".repeat(300)),
        trace: Some("t\0".to_owned()),
        ..LedgerRow::default()
    }
}

async fn by(store: &Store, filter: &UsageFilter, group: GroupBy) -> Vec<(String, u64, u64)> {
    let groups = store.ledger().usage(filter, group).await.expect("sums");
    groups.into_iter().map(|(name, usage)| (name, usage.requests, usage.cost.0)).collect()
}

pub(crate) async fn sums(stage: &Stage) {
    let store = stage.replica().await;
    let (key, _) = store.keys().create("default", new_key("k")).await.expect("made");
    let now = stage.clock.now();
    let at = |id: u32| now.after(Duration::from_secs(6 * 3600 * u64::from(id)));
    for id in 0..6 {
        store.ledger().record(row(id, at(id), (id > 3).then_some(&key.id))).expect("taken");
    }
    store.ledger().record(row(1, at(1), None)).expect("taken, and written once");
    store.ledger().record(LedgerRow { workspace: "other".into(), ..row(99, now, None) }).expect("taken");
    store.ledger().flush().await.expect("written");
    let filter = UsageFilter {
        workspace: "default".into(),
        key: None,
        since: MONDAY.starts_at(),
        until: now.after(Duration::from_secs(7 * 24 * 3600)),
    };
    let text = |name: &str, requests, cost| (name.to_owned(), requests, cost);
    let sums = by(&store, &filter, GroupBy::Model).await;
    assert_eq!(sums, [text("claude-sonnet", 3, 9_000), text("gpt-4o", 3, 6_000)]);
    let sums = by(&store, &filter, GroupBy::Provider).await;
    assert_eq!(sums, [text("openai", 5, 10_000), text("", 1, 5_000)]);
    let sums = by(&store, &filter, GroupBy::Key).await;
    assert_eq!(sums, [text(&key.id, 2, 9_000), text("", 4, 6_000)]);
    let sums = by(&store, &filter, GroupBy::Tag).await;
    assert_eq!(sums, [text("b", 6, 15_000), text("a", 1, 3_000)]);
    let sums = by(&store, &filter, GroupBy::Day).await;
    assert_eq!(sums, [text("2026-11-24", 4, 14_000), text("2026-11-23", 2, 1_000)]);
    let filter = UsageFilter { since: now.after(Duration::from_secs(1)), key: Some(key.id), ..filter };
    let all = store.ledger().usage(&filter, GroupBy::Key).await.expect("sums");
    let expected = Usage {
        requests: 2,
        errors: 2,
        rate_limited: 1,
        input_tokens: 200,
        cached_tokens: 80,
        cache_write_tokens: 10,
        output_tokens: 40,
        reasoning_tokens: 14,
        cost: NanoUsd(9_000),
        byok_requests: 1,
        byok_cost: NanoUsd(4_000),
    };
    assert_eq!(all[0].1, expected);
    assert_eq!(store.ledger().dropped(), 0);
}

pub(crate) async fn pruned(stage: &Stage) {
    let store = stage.replica().await;
    let days = |count: u64| Duration::from_secs(count * 24 * 3600);
    let start = stage.clock.now();
    hold(&store, account(), NanoUsd(7)).await.settle(NanoUsd(7)).await.expect("ends");
    // More than fit into one transaction.
    for id in 0..1203 {
        store.ledger().record(row(id, start, None)).expect("taken");
    }
    store.ledger().record(row(2000, start.after(days(2)), None)).expect("taken");
    store.ledger().flush().await.expect("written");
    assert_eq!(store.ledger().prune().await.expect("looked for"), 0);
    stage.clock.set(start.after(days(91)));
    assert_eq!(store.ledger().prune().await.expect("pruned"), 1203);
    let filter = UsageFilter {
        workspace: "default".into(),
        key: None,
        since: Timestamp(0),
        until: start.after(days(1000)),
    };
    assert_eq!(by(&store, &filter, GroupBy::Tag).await, [("b".to_owned(), 1, 2_000_000)]);
    let config = StoreConfig { ledger_days: 30, ..StoreConfig::in_memory() };
    assert!(matches!(Store::open(config).await, Err(StoreError::Configuration { field: "ledger_days", .. })));
}

pub(crate) async fn key_usage(stage: &Stage) {
    let store = stage.replica().await;
    let (key, _) = store.keys().create("default", new_key("k")).await.expect("made");
    let usage = async |period| store.ledger().key_usage("default", &key.id, period).await.expect("sums");
    assert_eq!(usage(UsagePeriod::Day).await.usage, Usage::default());
    let before = Timestamp(MONDAY.starts_at().0 - 1);
    store.ledger().record(row(0, before, Some(&key.id))).expect("taken");
    store.ledger().record(row(1, stage.clock.now(), Some(&key.id))).expect("taken");
    store.ledger().flush().await.expect("written");
    let (day, week, month) =
        (usage(UsagePeriod::Day).await, usage(UsagePeriod::Week).await, usage(UsagePeriod::Month).await);
    assert_eq!((day.usage.requests, week.usage.requests, month.usage.requests), (1, 1, 2));
    assert_eq!(
        (week.start.to_string(), week.end.to_string()),
        ("2026-11-23".to_owned(), "2026-11-29".to_owned())
    );
    assert_eq!(
        (month.start.to_string(), month.end.to_string()),
        ("2026-11-01".to_owned(), "2026-11-30".to_owned())
    );
    let other = store.ledger().key_usage("other", &key.id, UsagePeriod::Day).await;
    assert!(matches!(other, Err(StoreError::NotFound { .. })));
}
