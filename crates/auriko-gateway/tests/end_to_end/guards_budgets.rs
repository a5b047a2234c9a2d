//! What an enforced budget lets through, and what is told and written down of it.

use auriko_client::Method;
use serde_json::{Value, json};

use crate::guards::{KEYS, code, guarded};
use crate::http::Served;

const BUDGETS: &str = "/v1/workspaces/default/budgets";

/// A provider whose output tokens cost 0.001 dollars each.
fn dear(fields: &str) -> String {
    format!(
        "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\n{fields}\n\
         models = [{{ id = \"simulated\", input_price = 1.0, output_price = 1000.0 }}]\n"
    )
}

async fn budget(served: &Served, limit: f64) -> Value {
    let body = json!({ "scope_type": "workspace", "period": "monthly", "limit_usd": limit, "enforce": true });
    let made = served.manage(Method::Post, BUDGETS, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn spent(served: &Served) -> f64 {
    let listed = served.manage(Method::Get, BUDGETS, None).await.json();
    listed["data"][0]["spend_usd"].as_f64().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_at_once_do_not_exceed_a_budget() {
    let served = std::sync::Arc::new(guarded("", &dear("output_tokens = 4")).await);
    budget(&served, 1.0).await;
    let (_, key) = served.key(json!({})).await;
    let callers = (0..50).map(|_| {
        let (served, key) = (std::sync::Arc::clone(&served), key.clone());
        tokio::spawn(async move {
            let mut count = 0u32;
            loop {
                let seen = served.ask_as(&key, json!({ "max_tokens": 8, "stream": count % 2 == 1 })).await;
                if seen.status != 200 {
                    assert_eq!(
                        (seen.status, code(&seen)),
                        (429, "budget_exhausted".to_owned()),
                        "{}",
                        seen.text
                    );
                    return count;
                }
                count += 1;
            }
        })
    });
    let mut count = 0;
    for caller in callers.collect::<Vec<_>>() {
        count += caller.await.expect("nobody panicked");
    }
    let spent = spent(&served).await;
    assert!((0.95..=1.0).contains(&spent), "{spent} after {count} requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_hold_for_a_moment_refuses_nobody() {
    // Four worst cases are all that the budget pays for at once, twenty requests cost a fifth of it.
    let access = "unstated_output_tokens = 249\nbudget_wait_ms = 60000";
    let served = std::sync::Arc::new(guarded(access, &dear("output_tokens = 10")).await);
    budget(&served, 1.0).await;
    let (_, key) = served.key(json!({})).await;
    let callers = (0..20).map(|_| {
        let (served, key) = (std::sync::Arc::clone(&served), key.clone());
        tokio::spawn(async move { served.ask_as(&key, json!({})).await })
    });
    for caller in callers.collect::<Vec<_>>() {
        let seen = caller.await.expect("nobody panicked");
        assert_eq!(seen.status, 200, "{}", seen.text);
    }
    let spent = spent(&served).await;
    assert!((0.2..0.21).contains(&spent), "{spent}");
}

#[tokio::test]
async fn nobody_waits_who_is_not_to_or_has_no_time() {
    for (wait, routing) in [("0", json!({})), ("60000", json!({ "timeout_ms": 6_000 }))] {
        let access = format!("budget_wait_ms = {wait}");
        let served = guarded(&access, &dear("output_tokens = 100\nstall_after_tokens = 2")).await;
        budget(&served, 0.12).await;
        let (_, key) = served.key(json!({})).await;
        // Somebody holds nearly all of it, for longer than the test takes.
        let mut held = auriko_gateway::Call::post(
            "/v1/chat/completions",
            json!({ "model": "simulated", "stream": true, "max_tokens": 110,
                "messages": [{ "role": "user", "content": "Hello" }] })
            .to_string(),
        );
        held.add_header("authorization", &format!("Bearer {key}"));
        let held = served.gateway.handle(held).await;
        assert_eq!(held.status, 200);
        let seen = served.ask_as(&key, json!({ "max_tokens": 100, "gateway": { "routing": routing } })).await;
        assert_eq!((seen.status, code(&seen)), (429, "budget_exhausted".to_owned()), "{}", seen.text);
        drop(held);
    }
}

#[tokio::test]
async fn replies_tell_how_budgets_stand_and_refusals_why() {
    let served = guarded("", &dear("output_tokens = 100")).await;
    let (id, key) = served.key(json!({})).await;
    let free = served.ask_as(&key, json!({ "max_tokens": 100 })).await;
    assert_eq!((free.status, free.header("x-budget-monthly-limit")), (200, ""));
    // What was spent before there was a budget counts.
    budget(&served, 0.25).await;
    let seen = served.ask_as(&key, json!({ "max_tokens": 100 })).await;
    assert_eq!(seen.header("x-budget-monthly-limit"), "0.25");
    let spend = spent(&served).await;
    assert_eq!(
        seen.header("x-budget-monthly-spend").parse::<f64>().ok(),
        Some(spend),
        "told after it was spent"
    );
    let me = served.as_(&key, Method::Get, "/v1/me", None).await;
    assert_eq!(me.header("x-budget-monthly-limit"), "0.25");
    // About 50 tokens are left: that much may be said.
    let seen = served.ask_as(&key, json!({ "max_tokens": 100 })).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let reply = seen.json();
    let output = reply["usage"]["completion_tokens"].as_u64().expect("a count");
    assert!((20..60).contains(&output), "{output}");
    assert_eq!(reply["choices"][0]["finish_reason"], "length");
    let warnings = reply["routing_metadata"]["warnings"].to_string();
    assert!(warnings.contains("output_limited_by_budget"), "{warnings}");
    // And then nothing is left.
    for fields in [json!({ "max_tokens": 100 }), json!({}), json!({ "stream": true })] {
        let seen = served.ask_as(&key, fields).await;
        assert_eq!((seen.status, code(&seen)), (429, "budget_exhausted".to_owned()), "{}", seen.text);
        assert_eq!(seen.header("x-budget-exceeded"), "true");
        assert_eq!(seen.header("x-budget-exceeded-period"), "monthly");
        assert_eq!(seen.header("x-budget-exceeded-scope"), "workspace");
        assert_eq!((seen.header("x-should-retry"), seen.header("x-error-provider")), ("false", ""));
    }
    assert!(spent(&served).await <= 0.25);
    let usage = served.manage(Method::Get, &format!("{KEYS}/{id}/usage?period=day"), None).await.json();
    assert_eq!(
        (usage["request_count"].as_u64(), usage["error_count"].as_u64(), usage["rate_limit_count"].as_u64()),
        (Some(6), Some(3), Some(3)),
        "{usage}"
    );
    assert_eq!(usage["tokens_output"], 200 + output);
    let difference = usage["cost_usd"].as_f64().expect("a number") - spent(&served).await;
    assert!(difference.abs() < 1e-9, "the ledger and the budget agree: {difference}");
}

#[tokio::test]
async fn who_states_no_limit_gets_the_usual_one() {
    let served = guarded("unstated_output_tokens = 20", &dear("output_tokens = 100")).await;
    let (_, key) = served.key(json!({ "budget": { "limit_usd": 10, "enforce": true } })).await;
    let reply = served.ask_as(&key, json!({})).await.json();
    assert_eq!(reply["usage"]["completion_tokens"], 20, "{reply}");
    assert!(reply["routing_metadata"]["warnings"].to_string().contains("20 output tokens"), "{reply}");
    // One that only counts limits nobody.
    let (id, key) = served.key(json!({ "budget": { "limit_usd": 0.001, "enforce": false } })).await;
    let reply = served.ask_as(&key, json!({})).await.json();
    assert_eq!(reply["usage"]["completion_tokens"], 100);
    let listed = served.manage(Method::Get, BUDGETS, None).await.json();
    let of_key =
        listed["data"].as_array().expect("a list").iter().find(|budget| budget["scope_id"] == id.as_str());
    assert!(of_key.expect("it is there")["percent_used"].as_f64().is_some_and(|percent| percent > 100.0));
}

#[tokio::test]
async fn what_fails_costs_nothing_and_what_breaks_off_costs_what_was_said() {
    let served = guarded("", &dear("failure_rate = 1.0\nfailure_status = 500")).await;
    budget(&served, 1.0).await;
    let (_, key) = served.key(json!({})).await;
    assert_eq!(served.ask_as(&key, json!({})).await.status, 502);
    assert!(spent(&served).await.abs() < 1e-12);

    let served = guarded("", &dear("output_tokens = 100\ncut_after_tokens = 50")).await;
    budget(&served, 1.0).await;
    let (_, key) = served.key(json!({})).await;
    let seen = served.ask_as(&key, json!({ "stream": true })).await;
    assert!(seen.text.contains("upstream_error"), "{}", seen.text);
    let spent = spent(&served).await;
    assert!(spent > 0.01 && spent < 0.1, "{spent}");
}

#[tokio::test]
async fn what_has_no_price_is_not_asked_under_an_enforced_budget() {
    let unpriced = "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\nmodels = [{ id = \"simulated\" }]\n";
    let served = guarded("", unpriced).await;
    let (_, key) = served.key(json!({})).await;
    assert_eq!(served.ask_as(&key, json!({})).await.status, 200);
    budget(&served, 1.0).await;
    let seen = served.ask_as(&key, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (400, "no_compatible_endpoint".to_owned()), "{}", seen.text);
}

#[tokio::test]
async fn who_leaves_pays_for_the_prompt_or_for_what_was_said() {
    let served = guarded("", &dear("output_tokens = 100\nstall_after_tokens = 20")).await;
    budget(&served, 1.0).await;
    let (_, key) = served.key(json!({})).await;
    let mut call = auriko_gateway::Call::post(
        "/v1/chat/completions",
        json!({ "model": "simulated", "stream": true, "messages": [{ "role": "user", "content": "Hello" }] })
            .to_string(),
    );
    call.add_header("authorization", &format!("Bearer {key}"));
    let auriko_gateway::ReplyBody::Events(mut events) = served.gateway.handle(call.clone()).await.body else {
        panic!("a stream")
    };
    assert!(events.next().await.is_some());
    drop(events);
    let after_stream = spent(&served).await;
    assert!(after_stream > 0.0 && after_stream < 0.1, "{after_stream}");

    // A plain reply never comes: the prompt, 2 tokens at a dollar per million, is what may be billed.
    let mut plain = call;
    plain.body = json!({ "model": "simulated", "messages": [{ "role": "user", "content": "Hello" }] })
        .to_string()
        .into();
    let waiting = served.gateway.handle(plain);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(100), waiting).await.is_err());
    let difference = spent(&served).await - after_stream;
    assert!((difference - 2e-6).abs() < 1e-12, "{difference}");
}

#[tokio::test]
async fn a_hedge_reserves_for_itself_and_the_slower_one_costs_its_prompt() {
    let provider = |id: &str, latency: u32, price: u32| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"simulated\"\nlatency_ms = {latency}\nchunk_pace_ms = 0\n\
             output_tokens = 10\nmodels = [{{ id = \"simulated\", input_price = {price}.0, output_price = {price}.0 }}]\n"
        )
    };
    let config = format!("hedge_after_ms = 20\n{}{}", provider("slow", 60_000, 1), provider("fast", 0, 9));
    let served = guarded("", &config).await;
    budget(&served, 1.0).await;
    let (id, key) = served.key(json!({})).await;
    let seen = served.ask_as(&key, json!({ "stream": true, "max_tokens": 10 })).await;
    let (chunks, _) = seen.chunks();
    let last = chunks.last().expect("chunks");
    assert_eq!(last["routing_metadata"]["provider"], "fast");
    let cost = last["routing_metadata"]["cost"]["usd"].as_f64().expect("a cost");
    // "Hello there" is 3 tokens at 1 dollar per million.
    let spent = spent(&served).await;
    assert!((spent - cost - 3e-6).abs() < 1e-12, "{spent} {cost}");
    let usage = served.manage(Method::Get, &format!("{KEYS}/{id}/usage"), None).await.json();
    assert!((usage["cost_usd"].as_f64().expect("a number") - spent).abs() < 1e-12, "{usage}");
}
