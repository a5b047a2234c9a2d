use serde_json::{Value, json};

use crate::ledger::{ask_model, gateway, read, server_of};
use crate::upstream::{Answer, upstream};

/// A plain reply to a prompt of which so much was read from the cache.
fn reply(prompt_tokens: u64, cached: u64) -> Answer {
    let usage = json!({
        "prompt_tokens": prompt_tokens, "completion_tokens": 10,
        "prompt_tokens_details": { "cached_tokens": cached },
    });
    let message = json!({ "role": "assistant", "content": "Hi" });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    Answer::Status(200, vec![], json!({ "id": "c", "choices": [choice], "usage": usage }).to_string())
}

/// A known provider at another address: its models and habits stay.
fn known(id: &str, url: &str) -> String {
    format!(
        "[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\nbase_url = \"{url}\"\napi_key = \"k\"\n"
    )
}

fn conversation(name: &str, bytes: usize) -> Value {
    let messages = json!([
        { "role": "system", "content": "x".repeat(bytes) },
        { "role": "user", "content": name },
    ]);
    json!({ "messages": messages })
}

#[tokio::test]
async fn each_provider_is_told_of_the_conversation_in_its_own_way() {
    let check = async |id: &str, model: &str, expected: &dyn Fn(&Value, &str)| {
        let upstream = upstream(vec![reply(10, 0)]).await;
        let (gateway, _) = gateway(&known(id, &upstream.url));
        for (position, trace) in ["t-1", "t-1", "t-2"].into_iter().enumerate() {
            let body = json!({ "gateway": { "metadata": { "trace_id": trace } } });
            assert_eq!(ask_model(&gateway, model, body).await.status, 200);
            let asked = upstream.state.lock().expect("nobody panicked");
            let header = asked.headers[position].get("x-grok-conv-id").map(|it| it.to_str().expect("text"));
            expected(&asked.bodies[position], header.unwrap_or_default());
        }
        let bodies = upstream.bodies();
        let headers: Vec<_> = upstream.state.lock().expect("nobody panicked").headers.clone();
        let named = |position: usize| {
            let body: &Value = &bodies[position];
            let header = headers[position].get("x-grok-conv-id").cloned();
            (body.get("prompt_cache_key").cloned(), body.get("user").cloned(), header)
        };
        assert_eq!(named(0), named(1));
        // Those who are told nothing see no difference.
        let is_told = named(0) != (None, None, None);
        assert_eq!(named(0) != named(2), is_told, "{id}");
    };
    check("openai", "gpt-5.1", &|body, header| {
        assert!(
            body["prompt_cache_key"].is_string()
                && body["prompt_cache_retention"] == "24h"
                && header.is_empty()
        );
    })
    .await;
    check("openai", "gpt-4o", &|body, _| {
        assert!(body["prompt_cache_key"].is_string() && body.get("prompt_cache_retention").is_none());
    })
    .await;
    check("fireworks_ai", "glm-5.3", &|body, header| {
        assert!(body["user"].is_string() && body.get("prompt_cache_key").is_none() && header.is_empty());
    })
    .await;
    check("xai", "grok-4.3", &|body, header| {
        assert!(header.len() == 36 && body.get("user").is_none() && body.get("prompt_cache_key").is_none());
    })
    .await;
    check("groq", "gpt-oss-120b", &|body, header| {
        assert!(body.get("user").is_none() && body.get("prompt_cache_key").is_none() && header.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_callers_own_directives_are_left_alone() {
    let upstream = upstream(vec![reply(10, 0)]).await;
    let (gateway, _) = gateway(&known("openai", &upstream.url));
    let body = json!({ "prompt_cache_key": "mine" });
    assert_eq!(ask_model(&gateway, "gpt-5.1", body).await.status, 200);
    let sent = &upstream.bodies()[0];
    assert_eq!((&sent["prompt_cache_key"], sent.get("prompt_cache_retention")), (&json!("mine"), None));
}

#[tokio::test]
async fn nothing_is_kept_where_nothing_may_be() {
    let upstream = upstream(vec![reply(10, 0)]).await;
    let (gateway, _) = gateway(&format!("{}data_policy = \"zdr\"\n", known("openai", &upstream.url)));
    let routing = json!({ "routing": { "data_policy": "zdr" } });
    let body = json!({ "gateway": routing });
    assert_eq!(ask_model(&gateway, "gpt-5.1", body.clone()).await.status, 200);
    let mut insisting = body;
    insisting["prompt_cache_retention"] = "24h".into();
    let reply = ask_model(&gateway, "gpt-5.1", insisting).await;
    let warnings = read(reply).await[0]["routing_metadata"]["warnings"].clone();
    assert_eq!(warnings[0]["code"], "parameter_dropped");
    for sent in upstream.bodies() {
        assert!(sent.get("prompt_cache_retention").is_none(), "{sent}");
    }
    assert!(upstream.bodies()[0]["prompt_cache_key"].is_string());
}

/// `gpt-5.1` costs the same at both, and `openai` comes first in the alphabet.
#[tokio::test]
async fn a_conversation_stays_where_its_prefix_is_cached() {
    // Nothing of a new conversation is cached.
    let replies = || vec![reply(4000, 0), reply(4000, 3900)];
    let (one, other) = (upstream(replies()).await, upstream(replies()).await);
    let (gateway, _) = gateway(&format!("{}{}", known("openai", &one.url), known("openrouter", &other.url)));
    let next =
        async |name: &str| server_of(ask_model(&gateway, "gpt-5.1", conversation(name, 16_000)).await).await;
    assert_eq!(next("a stranger").await, "openai");
    let mut elsewhere = conversation("a guest", 16_000);
    elsewhere["gateway"] = json!({ "routing": { "providers": ["openrouter"] } });
    assert_eq!(server_of(ask_model(&gateway, "gpt-5.1", elsewhere).await).await, "openrouter");
    assert_eq!(next("a guest").await, "openrouter");
    assert_eq!(next("a stranger").await, "openai");
}

#[tokio::test]
async fn what_the_cache_saved_is_reported() {
    let upstream = upstream(vec![reply(1000, 500)]).await;
    let (gateway, _) = gateway(&known("openai", &upstream.url));
    let said = read(ask_model(&gateway, "gpt-5.1", conversation("a", 100)).await).await;
    assert_eq!(said[0]["usage"]["prompt_tokens_details"]["cached_tokens"], 500);
    // 1000 tokens at 1.25 dollars per million without a cache, half of them at 0.125 with it, and 10 of output at 10.
    let cost = &said[0]["routing_metadata"]["cost"];
    assert_eq!((&cost["usd"], &cost["cache_savings_usd"]), (&json!(0.000_787_5), &json!(0.000_562_5)));
    assert_eq!(cost["cache_savings_percent"], 42);
}
