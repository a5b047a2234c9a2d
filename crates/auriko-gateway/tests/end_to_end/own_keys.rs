//! Own keys in routing: who is asked with which key, what that says of the key, and what it costs.

use auriko_client::Method;
use serde_json::{Value, json};

use crate::guards::{code, guarded};
use crate::http::{Seen, Served};
use crate::vendor::{Vendor, vendor};

pub(crate) const OWN_KEYS: &str = "/v1/workspaces/default/byok-keys";
const BUDGETS: &str = "/v1/workspaces/default/budgets";
pub(crate) const PLATFORM: &str = "platform-key-of-the-gateway";
pub(crate) const OWN: &str = "sk-own-key-of-the-workspace-0001";

/// `openai` is the vendor, with a key of the gateway's; so is `anthropic`, without one. A token costs a thousandth of a
/// dollar.
pub(crate) fn config(vendor: &Vendor) -> String {
    format!(
        "[[providers]]\nid = \"openai\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key = \"{PLATFORM}\"\n\
         models = [{{ id = \"m\", input_price = 1000.0, output_price = 1000.0 }}]\n",
        vendor.url
    )
}

async fn serving(access: &str) -> (Served, Vendor, String) {
    let vendor = vendor().await;
    let served = guarded(access, &config(&vendor)).await;
    let (_, key) = served.key(json!({ "scopes": ["inference", "byok:read", "usage:read"] })).await;
    (served, vendor, key)
}

impl Served {
    pub(crate) async fn own_key(&self, provider: &str, secret: &str) -> Value {
        let body = json!({ "provider": provider, "api_key": secret });
        let made = self.manage(Method::Post, OWN_KEYS, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert!(!made.text.contains(secret), "{}", made.text);
        made.json()
    }

    async fn own_key_now(&self, made: &Value) -> Value {
        let path = format!("{OWN_KEYS}/{}", made["id"].as_str().expect("an id"));
        self.manage(Method::Get, &path, None).await.json()
    }

    async fn change(&self, made: &Value, change: Value) -> Value {
        let path = format!("{OWN_KEYS}/{}", made["id"].as_str().expect("an id"));
        let changed = self.manage(Method::Patch, &path, Some(change)).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        changed.json()
    }

    async fn ask_m(&self, key: &str, routing: Value) -> Seen {
        self.ask_as(key, json!({ "model": "m", "max_tokens": 1000, "gateway": { "routing": routing } })).await
    }
}

#[tokio::test]
async fn the_own_key_goes_before_the_gateways() {
    let (served, vendor, key) = serving("").await;
    let refused = served.ask_m(&key, json!({ "only_byok": true })).await;
    assert_eq!((refused.status, code(&refused)), (400, "byok_keys_required".to_owned()), "{}", refused.text);
    assert!(vendor.asked().is_empty());
    let made = served.own_key("openai", OWN).await;
    assert_eq!(vendor.asked(), [format!("GET /v1/models {OWN}")]);
    let check = async |routing: Value, expected: &str| {
        let seen = served.ask_m(&key, routing.clone()).await;
        assert_eq!(seen.status, 200, "{routing}: {}", seen.text);
        assert_eq!(vendor.keys(), [expected], "{routing}");
        assert_eq!(
            seen.json()["routing_metadata"]["cost"]["byok"] == true,
            expected != PLATFORM,
            "{}",
            seen.text
        );
    };
    check(json!({}), OWN).await;
    check(json!({ "only_byok": true }), OWN).await;
    check(json!({ "only_platform": true }), PLATFORM).await;
    // The default counts; a disabled key does not; nor does one of another provider.
    let other = served.own_key("openai", "sk-another-key-of-the-workspace").await;
    served.own_key("deepinfra", "key-of-deepinfra-0001").await;
    vendor.asked();
    check(json!({}), OWN).await;
    served.change(&other, json!({ "is_default": true })).await;
    check(json!({}), "sk-another-key-of-the-workspace").await;
    served.change(&other, json!({ "disabled": true })).await;
    check(json!({}), OWN).await;
    served.change(&made, json!({ "disabled": true })).await;
    check(json!({}), PLATFORM).await;
    served.change(&made, json!({ "disabled": false, "is_default": true })).await;
    check(json!({}), OWN).await;
    let path = format!("{OWN_KEYS}/{}", made["id"].as_str().expect("an id"));
    assert_eq!(served.manage(Method::Delete, &path, None).await.json()["deleted"], true);
    check(json!({}), PLATFORM).await;
}

#[tokio::test]
async fn a_key_of_another_workspace_is_not_used() {
    let (served, vendor, key) = serving("").await;
    let other = served.manage(Method::Post, "/v1/workspaces", Some(json!({ "name": "Other" }))).await.json();
    let path = format!("/v1/workspaces/{}/byok-keys", other["id"].as_str().expect("an id"));
    let body = json!({ "provider": "openai", "api_key": OWN });
    assert_eq!(served.manage(Method::Post, &path, Some(body)).await.status, 201);
    assert_eq!(served.ask_m(&key, json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [PLATFORM]);
}

#[tokio::test]
async fn a_limited_own_key_leaves_its_place_to_the_gateways() {
    let (served, vendor, key) = serving("").await;
    served.own_key("openai", OWN).await;
    vendor.answers(OWN, 429);
    assert_eq!(served.ask_m(&key, json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [OWN, PLATFORM]);
    // It asked to be left alone, under this key alone.
    assert_eq!(served.ask_m(&key, json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [PLATFORM]);
    let refused = served.ask_m(&key, json!({ "only_byok": true })).await;
    assert_eq!((refused.status, code(&refused)), (503, "model_unavailable".to_owned()), "{}", refused.text);
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    // Another key has no part in that.
    let second = served.own_key("openai", "sk-another-key-of-the-workspace").await;
    served.change(&second, json!({ "is_default": true })).await;
    assert_eq!(served.ask_m(&key, json!({})).await.status, 200);
    assert_eq!(vendor.keys(), ["sk-another-key-of-the-workspace"]);
}

#[tokio::test]
async fn a_refused_own_key_is_marked_and_left_out_until_it_is_mended() {
    let (served, vendor, key) = serving("").await;
    let made = served.own_key("openai", OWN).await;
    assert_eq!(made["validation_status"], "valid");
    vendor.answers(OWN, 401);
    let seen = served.ask_m(&key, json!({})).await;
    assert_eq!(
        (seen.status, vendor.keys()),
        (200, vec![OWN.to_owned(), PLATFORM.to_owned()]),
        "{}",
        seen.text
    );
    assert_eq!(served.own_key_now(&made).await["validation_status"], "invalid");
    for _ in 0..4 {
        assert_eq!(served.ask_m(&key, json!({})).await.status, 200);
    }
    assert_eq!(vendor.keys(), [PLATFORM; 4], "the gateway's key is well, and the other is not asked in vain");
    let refused = served.ask_m(&key, json!({ "only_byok": true })).await;
    assert_eq!((refused.status, code(&refused)), (400, "byok_keys_required".to_owned()), "{}", refused.text);
    // Another key of the provider takes its place.
    let second = served.own_key("openai", "sk-another-key-of-the-workspace").await;
    vendor.asked();
    assert_eq!(served.ask_m(&key, json!({})).await.status, 200);
    assert_eq!(vendor.keys(), ["sk-another-key-of-the-workspace"]);
    let path = format!("{OWN_KEYS}/{}", second["id"].as_str().expect("an id"));
    served.manage(Method::Delete, &path, None).await;
    // Mended at the provider, and enabled: it is tried again, once its cool-down of two seconds is over.
    vendor.answers(OWN, 200);
    assert_eq!(served.change(&made, json!({ "disabled": false })).await["validation_status"], "pending");
    let mut seen = served.ask_m(&key, json!({ "only_byok": true })).await;
    while seen.status == 503 {
        seen = served.ask_m(&key, json!({ "only_byok": true })).await;
    }
    assert_eq!((seen.status, vendor.keys()), (200, vec![OWN.to_owned()]), "{}", seen.text);
    while served.own_key_now(&made).await["validation_status"] != "valid" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_refusal_without_another_key_names_the_own_one_and_not_its_text() {
    let (served, vendor, key) = serving("").await;
    let made = served.own_key("openai", OWN).await;
    for status in [401, 400, 403, 500] {
        vendor.answers(OWN, status);
        let seen = served.ask_m(&key, json!({ "only_byok": true })).await;
        assert!(seen.status >= 400 && !seen.text.contains(OWN), "{status}: {}", seen.text);
        if status == 401 {
            assert_eq!((seen.status, code(&seen)), (502, "upstream_error".to_owned()), "{}", seen.text);
            assert!(seen.text.contains(made["id"].as_str().expect("an id")), "{}", seen.text);
            served.change(&made, json!({ "disabled": false })).await;
        }
    }
    // The gateway's key is not quoted either.
    vendor.answers(PLATFORM, 400);
    let seen = served.ask_m(&key, json!({ "only_platform": true })).await;
    assert!(
        seen.status == 400 && seen.text.contains("[key]") && !seen.text.contains(PLATFORM),
        "{}",
        seen.text
    );
}

#[tokio::test]
async fn a_provider_without_a_key_of_the_gateways_is_reached_by_an_own_one() {
    let vendor = vendor().await;
    // No key, so that only the base URL differs from a provider that is not configured.
    let anthropic = format!(
        "{}[[providers]]\nid = \"anthropic\"\nkind = \"anthropic\"\nbase_url = \"{}\"\napi_key = \"unused\"\n",
        config(&vendor),
        vendor.url
    );
    let served = guarded("", &anthropic).await;
    let (_, key) = served.key(json!({ "scopes": ["inference", "models:read"] })).await;
    let models = async |key: &str| served.as_(key, Method::Get, "/v1/models", None).await.text;
    assert!(!models(&key).await.contains("deepseek-reasoner"));
    // Known by name and not configured.
    let groq = served.ask_as(&key, json!({ "model": "zai-made-up" })).await;
    assert_eq!(groq.status, 404);
    let made = served.own_key("anthropic", "sk-ant-own-key-of-the-workspace").await;
    assert_eq!(vendor.asked(), ["GET /v1/models sk-ant-own-key-of-the-workspace"]);
    assert_eq!((&made["account_tier"], &made["tier_source"]), (&json!("tier_1"), &json!("fallback")));
    let model = "anthropic/claude-sonnet-4-5";
    let seen = served.ask_as(&key, json!({ "model": model })).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert_eq!(vendor.asked(), ["POST /v1/messages sk-ant-own-key-of-the-workspace"]);
    // The reply's headers show the tier.
    loop {
        let now = served.own_key_now(&made).await;
        if now["tier_source"] == "auto_detected" {
            assert_eq!(now["account_tier"], "tier_3");
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn models_of_providers_with_an_own_key_can_be_called() {
    let (served, _vendor, key) = serving("").await;
    let ids = async || {
        let listed = served.as_(&key, Method::Get, "/v1/models", None).await.json();
        let ids = listed["data"].as_array().expect("a list").iter().map(|model| model["id"].clone());
        ids.collect::<Vec<_>>()
    };
    let before = ids().await;
    let model = served.as_(&key, Method::Get, "/v1/models/deepinfra%2Fanything", None).await;
    assert_eq!(model.status, 404, "{}", model.text);
    served.own_key("deepinfra", "key-of-deepinfra-0001").await;
    assert!(ids().await.len() > before.len());
    let model = served.as_(&key, Method::Get, "/v1/models/deepinfra%2Fanything", None).await;
    assert_eq!(model.status, 200, "{}", model.text);
}

#[tokio::test]
async fn what_an_account_promises_follows_from_its_tier() {
    let vendor = vendor().await;
    let config = format!(
        "[[providers]]\nid = \"mistral\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key = \"{PLATFORM}\"\n\
         data_policy = \"zdr\"\nmodels = [{{ id = \"m\", input_price = 1.0, output_price = 1.0 }}]\n",
        vendor.url
    );
    let served = guarded("", &config).await;
    let (_, key) = served.key(json!({})).await;
    let made = served.own_key("mistral", OWN).await;
    assert_eq!((&made["account_tier"], &made["tier_source"]), (&json!("experiment"), &json!("fallback")));
    vendor.asked();
    let asked = async |policy: &str| {
        assert_eq!(served.ask_m(&key, json!({ "data_policy": policy })).await.status, 200);
        vendor.keys()
    };
    assert_eq!(asked("none").await, [OWN]);
    assert_eq!(asked("no_training").await, [PLATFORM]);
    served.change(&made, json!({ "account_tier": "scale" })).await;
    assert_eq!(asked("no_training").await, [OWN]);
    // What the gateway's own contract promises, this account does not.
    assert_eq!(asked("zdr").await, [PLATFORM]);
}

#[tokio::test]
async fn own_keys_are_counted_apart_and_budgets_of_theirs_are_kept() {
    let (served, vendor, key) = serving("").await;
    let budget = async |fields: Value| {
        let mut body = json!({ "period": "monthly", "limit_usd": 5.0, "enforce": true });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let made = served.manage(Method::Post, BUDGETS, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().expect("an id").to_owned()
    };
    let spent = async |id: &str| {
        served.manage(Method::Get, &format!("{BUDGETS}/{id}"), None).await.json()["spend_usd"].as_f64()
    };
    let workspace = budget(json!({ "scope_type": "workspace" })).await;
    served.own_key("openai", OWN).await;
    // Two dollars each; a workspace's budget does not count them.
    for _ in 0..3 {
        let seen = served.ask_m(&key, json!({})).await;
        assert_eq!((seen.status, seen.json()["routing_metadata"]["cost"]["usd"].as_f64()), (200, Some(2.0)));
    }
    assert_eq!(spent(&workspace).await, Some(0.0));
    vendor.asked();
    // A budget of the own keys knows what was spent before it was made. Then they are not used, and the gateway's key is
    // not taken instead.
    let own =
        budget(json!({ "scope_type": "byok_provider", "scope_provider": "openai", "limit_usd": 7.0 })).await;
    assert_eq!(spent(&own).await, Some(6.0));
    let seen = served.ask_m(&key, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (200, String::new()), "a short answer is paid for: {}", seen.text);
    assert_eq!(seen.header("x-budget-monthly-limit"), "7.00", "the tighter one of those that apply");
    let seen = served.ask_m(&key, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (429, "budget_exhausted".to_owned()), "{}", seen.text);
    assert_eq!(seen.header("x-budget-exceeded-scope"), "byok_provider");
    assert_eq!(vendor.keys(), [OWN]);
    let seen = served.ask_m(&key, json!({ "only_platform": true })).await;
    assert_eq!((seen.status, vendor.keys()), (200, vec![PLATFORM.to_owned()]), "{}", seen.text);
    assert_eq!(spent(&workspace).await, Some(2.0));
    // With `include_byok` both count.
    let change = json!({ "include_byok": true, "limit_usd": 50.0 });
    served.manage(Method::Patch, &format!("{BUDGETS}/{workspace}"), Some(change)).await;
    assert_eq!(spent(&workspace).await, Some(10.0));
    let path = "/v1/workspaces/default/usage?by=provider";
    let used = served.as_(&key, Method::Get, path, None).await.json();
    let openai = used["data"].as_array().expect("a list").iter().find(|it| it["provider"] == "openai");
    let openai = openai.expect("it was used");
    assert_eq!((&openai["requests"], &openai["byok_requests"]), (&json!(5), &json!(4)));
    assert_eq!((openai["cost_usd"].as_f64(), openai["byok_cost_usd"].as_f64()), (Some(10.0), Some(8.0)));
}

#[tokio::test]
async fn an_exhausted_workspace_is_still_served_by_its_own_key() {
    let (served, vendor, key) = serving("").await;
    let body = json!({ "scope_type": "workspace", "period": "daily", "limit_usd": 0.001, "enforce": true });
    assert_eq!(served.manage(Method::Post, BUDGETS, Some(body)).await.status, 201);
    let seen = served.ask_m(&key, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (429, "budget_exhausted".to_owned()), "{}", seen.text);
    served.own_key("openai", OWN).await;
    vendor.asked();
    let seen = served.ask_m(&key, json!({})).await;
    assert_eq!((seen.status, vendor.keys()), (200, vec![OWN.to_owned()]), "{}", seen.text);
}

#[tokio::test]
async fn embeddings_and_streams_use_own_keys_too() {
    let (served, vendor, key) = serving("").await;
    served.own_key("openai", OWN).await;
    vendor.asked();
    // What comes back is no embedding and no stream; with which key it was asked for is what matters.
    served
        .as_(&key, Method::Post, "/v1/embeddings", Some(json!({ "model": "openai/e", "input": "x" })))
        .await;
    assert_eq!(vendor.asked().first().map(String::as_str), Some(&*format!("POST /v1/embeddings {OWN}")));
    served.ask_as(&key, json!({ "model": "m", "stream": true })).await;
    assert_eq!(vendor.keys().first().map(String::as_str), Some(OWN));
}
