//! The management of own keys, as its callers see it (api.md §7.3).

use auriko_client::Method;
use serde_json::{Value, json};

use crate::guards::{KEYS, admin, code, guarded};
use crate::http::{Seen, Served, send};
use crate::own_keys::{OWN, OWN_KEYS, PLATFORM, config};
use crate::vendor::{Vendor, vendor};

async fn serving() -> (Served, Vendor) {
    let vendor = vendor().await;
    let other = format!(
        "[[providers]]\nid = \"mine\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\n\
         [[providers]]\nid = \"fake\"\nkind = \"simulated\"\n",
        vendor.url
    );
    let served = guarded("", &(config(&vendor) + &other)).await;
    (served, vendor)
}

async fn create(served: &Served, idempotency_key: &str, body: &Value) -> Seen {
    let authorization = format!("Bearer {}", admin());
    let headers = [("authorization", authorization.as_str()), ("idempotency-key", idempotency_key)];
    send(Method::Post, &format!("{}{OWN_KEYS}", served.url), &headers, Some(body.to_string())).await
}

async fn count(served: &Served) -> Value {
    served.manage(Method::Get, OWN_KEYS, None).await.json()["count"].clone()
}

#[tokio::test]
async fn a_key_is_checked_kept_and_shown_masked() {
    let (served, vendor) = serving().await;
    let body = json!({ "provider": "openai", "api_key": OWN, "name": "mine", "account_tier": "tier_2" });
    let made = served.manage(Method::Post, OWN_KEYS, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(vendor.asked(), [format!("GET /v1/models {OWN}")]);
    let key = made.json();
    let fields: Vec<_> = key.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "id",
        "workspace_id",
        "provider",
        "name",
        "key_prefix",
        "is_default",
        "disabled",
        "validation_status",
        "account_tier",
        "tier_source",
        "last_validated_at",
        "created_at",
        "updated_at",
    ];
    assert_eq!(fields, expected);
    assert_eq!(key["key_prefix"], "sk-o…0001");
    assert_eq!((&key["is_default"], &key["disabled"]), (&json!(true), &json!(false)));
    assert_eq!((&key["validation_status"], &key["workspace_id"]), (&json!("valid"), &json!("default")));
    assert_eq!((&key["account_tier"], &key["tier_source"]), (&json!("tier_2"), &json!("user_specified")));
    assert!(key["last_validated_at"].is_string());
    let listed = served.manage(Method::Get, OWN_KEYS, None).await;
    assert_eq!((&listed.json()["object"], &listed.json()["data"][0]), (&json!("list"), &key));
    assert!(!listed.text.contains(OWN) && !listed.text.contains(PLATFORM));
    // A server that is known by its address alone may not look at keys when it lists models.
    let mine = served.own_key("mine", "key-of-my-server").await;
    assert_eq!((&mine["validation_status"], &mine["last_validated_at"]), (&json!("pending"), &Value::Null));
    assert_eq!((&mine["account_tier"], &mine["tier_source"]), (&Value::Null, &Value::Null));
    // Where nothing is free, nobody is asked.
    vendor.asked();
    assert_eq!(served.own_key("deepinfra", "key-of-deepinfra").await["validation_status"], "pending");
    assert!(vendor.asked().is_empty());
}

#[tokio::test]
async fn what_the_provider_refuses_is_not_kept_and_what_it_did_not_hear_may_be_sent_again() {
    let (served, vendor) = serving().await;
    let body = json!({ "provider": "openai", "api_key": OWN });
    for (provider, status) in [("openai", 401), ("mine", 401)] {
        vendor.answers(OWN, status);
        let seen = create(&served, "refused", &json!({ "provider": provider, "api_key": OWN })).await;
        assert_eq!((seen.status, code(&seen)), (400, "invalid_parameter_value".to_owned()), "{}", seen.text);
        assert_eq!(seen.json()["error"]["param"], "api_key");
        assert!(!seen.text.contains(OWN) && seen.header("x-should-retry") == "false", "{}", seen.text);
    }
    for status in [429, 500, 503] {
        vendor.answers(OWN, status);
        let seen = create(&served, "again", &body).await;
        assert_eq!((seen.status, code(&seen)), (502, "upstream_error".to_owned()), "{}", seen.text);
        assert_eq!(seen.header("x-error-retryable"), "true");
        assert!(!seen.text.contains(OWN), "{}", seen.text);
        assert_eq!(seen.header("retry-after"), if status == 429 { "30" } else { "" });
    }
    assert_eq!(count(&served).await, 0);
    vendor.answers(OWN, 200);
    let made = create(&served, "again", &body).await;
    let again = create(&served, "again", &body).await;
    assert_eq!((made.status, again.status, made.json()), (201, 201, again.json()));
    assert_eq!(count(&served).await, 1);
    let other =
        create(&served, "again", &json!({ "provider": "openai", "api_key": format!("{OWN}2") })).await;
    assert_eq!((other.status, code(&other)), (409, "idempotency_conflict".to_owned()));
    // Without permission to list models it may be good all the same.
    vendor.answers("sk-restricted-key-0001", 403);
    assert_eq!(served.own_key("openai", "sk-restricted-key-0001").await["validation_status"], "pending");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let (served, vendor) = serving().await;
    let check = async |method: Method, path: &str, body: Value, expected: (u16, &str, &str)| {
        let seen = served.manage(method, path, Some(body.clone())).await;
        let param = seen.json()["error"]["param"].as_str().unwrap_or_default().to_owned();
        assert_eq!((seen.status, code(&seen).as_str(), param.as_str()), expected, "{body}: {}", seen.text);
    };
    let post = async |body: Value, code: &str, param: &str| {
        check(Method::Post, OWN_KEYS, body, (400, code, param)).await;
    };
    let invalid = "invalid_parameter_value";
    post(json!({}), "missing_required_parameter", "provider").await;
    post(json!({ "provider": "openai" }), "missing_required_parameter", "api_key").await;
    post(json!({ "provider": "nobody", "api_key": OWN }), invalid, "provider").await;
    post(json!({ "provider": "fake", "api_key": OWN }), invalid, "provider").await;
    post(json!({ "provider": "http://169.254.169.254/", "api_key": OWN }), invalid, "provider").await;
    post(json!({ "provider": "openai", "api_key": "short" }), invalid, "api_key").await;
    post(json!({ "provider": "openai", "api_key": "sk-with\r\nx-other: header" }), invalid, "api_key").await;
    post(json!({ "provider": "openai", "api_key": OWN, "account_tier": "gold" }), invalid, "account_tier")
        .await;
    post(json!({ "provider": "mine", "api_key": OWN, "account_tier": "gold" }), invalid, "account_tier")
        .await;
    post(json!({ "provider": "openai", "api_key": OWN, "url": "x" }), "unknown_field", "url").await;
    assert!(vendor.asked().is_empty(), "no mistake is sent to a provider");
    post(json!({ "provider": "openai", "api_key": OWN, "name": "x".repeat(101) }), invalid, "name").await;
    let made = served.own_key("openai", OWN).await;
    let path = format!("{OWN_KEYS}/{}", made["id"].as_str().expect("an id"));
    let refused = async |body: Value, code: &str, param: &str| {
        check(Method::Patch, &path, body, (400, code, param)).await;
    };
    refused(json!({}), "missing_required_parameter", "").await;
    refused(json!({ "api_key": "sk-something-else" }), "field_immutable", "api_key").await;
    refused(json!({ "provider": "mine" }), "field_immutable", "provider").await;
    refused(json!({ "account_tier": "gold" }), invalid, "account_tier").await;
    refused(json!({ "colour": "red" }), "unknown_field", "colour").await;
    refused(json!({ "disabled": true, "is_default": true }), invalid, "is_default").await;
    let change = async |body: Value| served.manage(Method::Patch, &path, Some(body)).await.json();
    let disabled = change(json!({ "disabled": true, "name": "old" })).await;
    assert_eq!((&disabled["disabled"], &disabled["is_default"]), (&json!(true), &json!(false)));
    refused(json!({ "is_default": true }), invalid, "is_default").await;
    let back = change(json!({ "disabled": false, "is_default": true })).await;
    assert_eq!((&back["is_default"], &back["name"]), (&json!(true), &json!("old")));
    let tiered = change(json!({ "account_tier": "tier_5" })).await;
    assert_eq!(
        (&tiered["account_tier"], &tiered["tier_source"]),
        (&json!("tier_5"), &json!("user_specified"))
    );
    let forgotten = change(json!({ "account_tier": null })).await;
    assert_eq!((&forgotten["account_tier"], &forgotten["tier_source"]), (&json!("free"), &json!("fallback")));
    let missing = format!("{OWN_KEYS}/byok_nothing");
    for method in [Method::Get, Method::Delete] {
        check(method, &missing, json!({}), (404, "resource_not_found", "")).await;
    }
    check(Method::Patch, &missing, json!({ "name": "x" }), (404, "resource_not_found", "")).await;
    check(Method::Delete, OWN_KEYS, json!({}), (405, "method_not_allowed", "")).await;
}

#[tokio::test]
async fn scopes_and_workspaces_keep_others_out() {
    let (served, _vendor) = serving().await;
    let made = served.own_key("openai", OWN).await;
    let path = format!("{OWN_KEYS}/{}", made["id"].as_str().expect("an id"));
    let (_, reader) = served.key(json!({ "scopes": ["byok:read"] })).await;
    let (_, writer) = served.key(json!({ "scopes": ["byok:write"] })).await;
    let (_, caller) = served.key(json!({})).await;
    let change = || Some(json!({ "name": "x" }));
    let add = || Some(json!({ "provider": "mine", "api_key": "key-of-my-server" }));
    for (key, reads, writes) in [(&reader, 200, 403), (&writer, 403, 200), (&caller, 403, 403)] {
        assert_eq!(served.as_(key, Method::Get, OWN_KEYS, None).await.status, reads);
        assert_eq!(served.as_(key, Method::Get, &path, None).await.status, reads);
        assert_eq!(served.as_(key, Method::Patch, &path, change()).await.status, writes);
        let created = if writes == 200 { 201 } else { writes };
        assert_eq!(served.as_(key, Method::Post, OWN_KEYS, add()).await.status, created);
    }
    assert_eq!(served.as_(&reader, Method::Delete, &path, None).await.status, 403);
    assert_eq!(served.get(OWN_KEYS).await.status, 401);
    let other = served.manage(Method::Post, "/v1/workspaces", Some(json!({ "name": "Other" }))).await.json();
    let other = other["id"].as_str().expect("an id").to_owned();
    let theirs = json!({ "name": "theirs", "scopes": ["byok:read", "byok:write"] });
    let theirs = served.manage(Method::Post, &format!("/v1/workspaces/{other}/api-keys"), Some(theirs)).await;
    let theirs = theirs.json()["api_key"].as_str().expect("a key").to_owned();
    let id = made["id"].as_str().expect("an id");
    for path in [path.clone(), format!("/v1/workspaces/{other}/byok-keys/{id}")] {
        assert_eq!(served.as_(&theirs, Method::Get, &path, None).await.status, 404);
        assert_eq!(served.as_(&theirs, Method::Patch, &path, change()).await.status, 404);
        assert_eq!(served.as_(&theirs, Method::Delete, &path, None).await.status, 404);
    }
    assert_eq!(served.as_(&theirs, Method::Get, KEYS, None).await.status, 404);
    assert_eq!(served.as_(&writer, Method::Delete, &path, None).await.status, 200);
}

#[tokio::test]
async fn anybody_may_see_which_providers_take_own_keys() {
    let (served, _vendor) = serving().await;
    let listed = served.get("/v1/byok/providers").await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let listed = listed.json();
    let ids: Vec<_> = listed["data"].as_array().expect("a list").iter().map(|it| it["id"].clone()).collect();
    assert!(ids.contains(&json!("openai")) && ids.contains(&json!("groq")) && ids.contains(&json!("mine")));
    assert!(!ids.contains(&json!("fake")), "nobody needs a key of a simulated one");
    assert_eq!(listed["data"][0]["account_tiers"][0], "free");
    let tiers = served.get("/v1/byok/providers/google_ai_studio/tiers").await.json();
    assert_eq!(tiers["data"][0], json!({ "id": "free", "data_policy": "none", "is_fallback": true }));
    assert_eq!(tiers["data"][1]["data_policy"], "no_training");
    assert_eq!(served.get("/v1/byok/providers/mine/tiers").await.json()["count"], 0);
    for path in ["/v1/byok/providers/nobody/tiers", "/v1/byok/providers//tiers", "/v1/byok/providers/openai"]
    {
        let seen = served.get(path).await;
        assert_eq!((seen.status, code(&seen)), (404, "resource_not_found".to_owned()), "{path}");
    }
    let post = send(Method::Post, &format!("{}/v1/byok/providers", served.url), &[], None).await;
    assert_eq!((post.status, code(&post)), (405, "method_not_allowed".to_owned()));
}

#[tokio::test]
async fn the_configuration_says_which_providers_take_own_keys() {
    let vendor = vendor().await;
    let served = guarded("own_key_providers = [\"openai\"]", &config(&vendor)).await;
    assert_eq!(served.get("/v1/byok/providers").await.json()["count"], 1);
    let body = json!({ "provider": "groq", "api_key": OWN });
    let seen = served.manage(Method::Post, OWN_KEYS, Some(body)).await;
    assert_eq!((seen.status, &seen.json()["error"]["param"]), (400, &json!("provider")), "{}", seen.text);
    let wrong = format!("{}[access]\nown_key_providers = [\"grok\"]\n", config(&vendor));
    let wrong = auriko_gateway::Config::from_toml(&wrong).expect("the form is right");
    let error = auriko_gateway::Gateway::new(wrong).err().expect("refused").to_string();
    assert!(error.contains("own_key_providers") && error.contains("grok"), "{error}");
}

#[tokio::test]
async fn a_workspace_is_renamed_by_the_admin_token() {
    let (served, _vendor) = serving().await;
    let (_, key) = served.key(json!({ "scopes": ["workspace:read", "keys:write"] })).await;
    let path = "/v1/workspaces/default";
    let body = || Some(json!({ "name": "Renamed" }));
    assert_eq!(served.as_(&key, Method::Patch, path, body()).await.status, 403);
    let renamed = served.manage(Method::Patch, path, body()).await;
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Renamed")), "{}", renamed.text);
    assert_eq!(served.as_(&key, Method::Get, path, None).await.json()["name"], "Renamed");
    let wrong = served.manage(Method::Patch, path, Some(json!({ "colour": "red", "name": "x" }))).await;
    assert_eq!((wrong.status, code(&wrong)), (400, "unknown_field".to_owned()));
    let missing = served.manage(Method::Patch, "/v1/workspaces/ws_nothing", body()).await;
    assert_eq!((missing.status, code(&missing)), (404, "resource_not_found".to_owned()));
}
