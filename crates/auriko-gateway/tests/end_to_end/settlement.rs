use std::time::Duration;

use auriko_gateway::{Outcome, ReplyBody};
use auriko_wire::error_code::ErrorCode;
use auriko_wire::money::NanoUsd;
use proptest::prelude::*;
use serde_json::json;

use crate::ledger::{ask, gateway, provider, read, server_of, simulated};
use crate::upstream::{Answer, End, delta, farewell, finish, upstream};

#[tokio::test]
async fn what_was_delivered_is_booked_with_its_cost() {
    for stream in [false, true] {
        let (gateway, books) = gateway(&simulated("p", 3.0, "latency_ms = 0"));
        let reply = ask(&gateway, json!({ "stream": stream })).await;
        let id = reply.headers.iter().find(|(name, _)| name == "x-request-id").map(|(_, id)| id.clone());
        let said = read(reply).await;
        let entry = books.only().await;
        assert_eq!((entry.outcome, entry.attempts, Some(entry.request_id)), (Outcome::Completed, 1, id));
        let served = entry.served.expect("it was served");
        assert_eq!((served.provider.as_str(), &*served.model, &*served.tier), ("p", "m", "standard"));
        let tokens = served.usage.prompt_tokens + served.usage.completion_tokens;
        assert_eq!(served.cost, Some(NanoUsd(tokens * 3000)));
        let last = said.last().expect("a reply");
        assert_eq!(last["routing_metadata"]["cost"]["usd"], json!(served.cost.map(NanoUsd::as_usd)));
        assert_eq!(served.ttft_ms.is_some(), stream);
    }
}

#[tokio::test]
async fn what_failed_or_was_left_is_booked_too() {
    let (gateway_, books) = gateway(&simulated("p", 1.0, "failure_rate = 1.0\nfailure_status = 500"));
    read(ask(&gateway_, json!({})).await).await;
    let entry = books.only().await;
    assert_eq!(entry.outcome, Outcome::Failed(ErrorCode::UpstreamError));
    assert!(entry.served.is_none() && entry.attempts == 1);

    let (gateway_, books) = gateway(&simulated("p", 1.0, "cut_after_tokens = 2"));
    read(ask(&gateway_, json!({ "stream": true })).await).await;
    let entry = books.only().await;
    assert_eq!(entry.outcome, Outcome::Failed(ErrorCode::UpstreamError));
    assert!(entry.served.expect("it began").usage.completion_tokens > 0);

    let (gateway_, books) = gateway(&simulated("p", 1.0, "stall_after_tokens = 2"));
    let ReplyBody::Events(mut events) = ask(&gateway_, json!({ "stream": true })).await.body else {
        panic!("a stream")
    };
    assert!(events.next().await.is_some() && books.entries().is_empty());
    drop(events);
    let entry = books.only().await;
    assert_eq!(entry.outcome, Outcome::Abandoned);
    assert!(entry.served.expect("it began").cost.is_some_and(|cost| cost > NanoUsd::ZERO));

    let (gateway_, books) = gateway(&simulated("p", 1.0, "latency_ms = 600000"));
    let waiting = ask(&gateway_, json!({}));
    assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err());
    let entry = books.only().await;
    assert!(entry.outcome == Outcome::Abandoned && entry.served.is_none());
}

#[tokio::test]
async fn what_no_plan_was_made_for_is_not_booked() {
    let (gateway, books) = gateway(&simulated("p", 1.0, ""));
    let routing = json!({ "routing": { "providers": ["nobody"] } });
    assert_eq!(ask(&gateway, json!({ "gateway": routing })).await.status, 400);
    assert!(books.entries().is_empty());
}

#[tokio::test]
async fn the_slow_one_of_two_is_cancelled_and_booked_as_a_hedge() {
    let (slow, fast) = (
        upstream(vec![Answer::Hang]).await,
        upstream(vec![Answer::Stream(
            vec![delta(&json!({ "content": "Hi" })), finish("stop"), farewell()],
            End::Close,
        )])
        .await,
    );
    let config = format!(
        "hedge_after_ms = 50\n{}{}",
        provider("slow", &slow.url, 1.0),
        provider("fast", &fast.url, 9.0)
    );
    let (gateway, books) = gateway(&config);
    assert_eq!(server_of(ask(&gateway, json!({ "stream": true })).await).await, "fast");
    let entry = books.only().await;
    assert_eq!((entry.outcome, entry.attempts), (Outcome::Completed, 2));
    assert_eq!(entry.hedges.len(), 1);
    assert_eq!(entry.hedges[0].provider, "slow");
    // "Hello there" is 3 tokens at 1 dollar per million.
    assert_eq!(entry.hedges[0].possible_cost, Some(NanoUsd(3000)));
    tokio::time::timeout(Duration::from_secs(10), slow.dropped.notified())
        .await
        .expect("its connection closes");
    assert_eq!((slow.bodies().len(), fast.bodies().len()), (1, 1));
}

#[tokio::test]
async fn hedges_count_as_attempts_and_failures_go_on() {
    let slow = || simulated("slow", 1.0, "latency_ms = 300");
    let hedged = |rest: &str| format!("hedge_after_ms = 20\n{}{rest}", slow());
    let stream = || json!({ "stream": true });
    // Nobody beside it.
    let (gateway_, books) = gateway(&hedged(""));
    assert_eq!(server_of(ask(&gateway_, stream()).await).await, "slow");
    assert_eq!((books.only().await.attempts, books.only().await.hedges.len()), (1, 0));
    // A rival that fails leaves the first one alone.
    let failing = simulated("failing", 9.0, "latency_ms = 0\nfailure_rate = 1.0");
    let (gateway_, books) = gateway(&hedged(&failing));
    assert_eq!(server_of(ask(&gateway_, stream()).await).await, "slow");
    assert_eq!((books.only().await.attempts, books.only().await.hedges.len()), (2, 0));
    // Without fallbacks there is no second attempt of any kind, and plain replies do not tell that they began.
    let fast = simulated("fast", 9.0, "latency_ms = 0");
    for body in [json!({ "stream": true, "gateway": { "routing": { "allow_fallbacks": false } } }), json!({})]
    {
        let (gateway_, books) = gateway(&hedged(&fast));
        assert_eq!(server_of(ask(&gateway_, body).await).await, "slow");
        assert_eq!(books.only().await.attempts, 1);
    }
}

#[tokio::test]
async fn the_usual_slowness_is_learnt() {
    let frames = vec![delta(&json!({ "content": "Hi" })), finish("stop"), farewell()];
    let first = upstream(vec![Answer::Stream(frames, End::Close), Answer::Hang]).await;
    let config = format!(
        "hedge_after_ms = \"p95\"\n{}{}",
        provider("first", &first.url, 1.0),
        simulated("second", 9.0, "latency_ms = 0")
    );
    let (gateway, books) = gateway(&config);
    // Nothing was measured yet, so that nothing is hedged.
    assert_eq!(server_of(ask(&gateway, json!({ "stream": true })).await).await, "first");
    assert_eq!(books.only().await.attempts, 1);
    assert_eq!(server_of(ask(&gateway, json!({ "stream": true })).await).await, "second");
    let last = &books.entries()[1];
    assert_eq!((last.attempts, last.hedges.len()), (2, 1));
}

/// What a provider of the property test does.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Serve,
    Fail(u16),
    Cut,
}

fn deed() -> impl Strategy<Value = Deed> {
    let status =
        prop::sample::select(vec![400u16, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 503, 529]);
    prop_oneof![1 => Just(Deed::Serve), 4 => status.prop_map(Deed::Fail), 1 => Just(Deed::Cut)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens: each candidate is asked once at most, in the order of the plan, as long as that can help and
    /// is allowed; nobody is asked after the first byte; and exactly one entry is booked.
    #[test]
    fn fallback_asks_each_candidate_once(
        deeds in prop::collection::vec(deed(), 1..6),
        fallbacks in 0usize..6,
        stream in any::<bool>(),
    ) {
        let config: String = deeds.iter().enumerate().map(|(position, deed)| {
            let fields = match deed {
                Deed::Serve => String::new(),
                Deed::Fail(status) => format!("failure_rate = 1.0\nfailure_status = {status}"),
                Deed::Cut => "cut_after_tokens = 2".to_owned(),
            };
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let price = 1.0 + position as f64;
            simulated(&format!("p{position}"), price, &format!("latency_ms = 0\n{fields}"))
        }).collect();
        let is_final = |deed: &Deed| match deed {
            Deed::Serve => true,
            Deed::Fail(status) => matches!(status, 400 | 404 | 413 | 422),
            // A plain reply that broke off was never seen by anybody.
            Deed::Cut => stream,
        };
        let allowed = &deeds[..deeds.len().min(1 + fallbacks)];
        let end = allowed.iter().position(is_final);
        let expected_attempts = end.map_or(allowed.len(), |end| end + 1);
        let routing = if fallbacks == 0 {
            json!({ "allow_fallbacks": false })
        } else {
            json!({ "max_fallback_attempts": fallbacks })
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (entry, said) = runtime.block_on(async {
            let (gateway, books) = gateway(&config);
            let said = read(ask(&gateway, json!({ "stream": stream, "gateway": { "routing": routing } })).await).await;
            (books.only().await, said)
        });
        prop_assert_eq!(entry.attempts as usize, expected_attempts);
        match end.map(|end| allowed[end]) {
            Some(Deed::Serve) => {
                prop_assert_eq!(entry.outcome, Outcome::Completed);
                let expected = format!("p{}", expected_attempts - 1);
                prop_assert_eq!(entry.served.map(|served| served.provider), Some(expected));
            }
            Some(Deed::Cut) => {
                prop_assert_eq!(entry.outcome, Outcome::Failed(ErrorCode::UpstreamError));
                prop_assert_eq!(&said.last().expect("an error")["error"]["code"], "upstream_error");
            }
            _ => {
                prop_assert!(matches!(entry.outcome, Outcome::Failed(_)));
                prop_assert!(entry.served.is_none());
            }
        }
    }
}
