//! Who is let in, with what, and how often.

use auriko_client::Method;
use serde_json::{Value, json};

use crate::http::{QUICK, Seen, Served, send, serve};

/// The admin token: a variable that cargo sets, since a test must not change the environment of its threads.
const TOKEN_VARIABLE: &str = "CARGO_PKG_DESCRIPTION";
pub(crate) const KEYS: &str = "/v1/workspaces/default/api-keys";

/// A gateway with a store in memory and an admin token; `rest` begins with top-level fields.
pub(crate) async fn guarded(access: &str, rest: &str) -> Served {
    let access = format!("admin_token_env = \"{TOKEN_VARIABLE}\"\n{access}");
    serve(&format!("{rest}\n[store]\ndata_dir = \":memory:\"\n[access]\n{access}")).await
}

pub(crate) fn admin() -> String {
    std::env::var(TOKEN_VARIABLE).expect("cargo sets it")
}

impl Served {
    pub(crate) async fn as_(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Seen {
        let authorization = format!("Bearer {token}");
        let body = body.map(|body| body.to_string());
        send(method, &format!("{}{path}", self.url), &[("authorization", &authorization)], body).await
    }

    pub(crate) async fn manage(&self, method: Method, path: &str, body: Option<Value>) -> Seen {
        self.as_(&admin(), method, path, body).await
    }

    /// A fresh key with these fields: its id and its text.
    pub(crate) async fn key(&self, mut fields: Value) -> (String, String) {
        if fields.get("name").is_none() {
            fields["name"] = "test".into();
        }
        let made = self.manage(Method::Post, KEYS, Some(fields)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let text = |name: &str| made.json()[name].as_str().expect("a text").to_owned();
        (text("id"), text("api_key"))
    }

    /// A key that was good once, or could have been.
    pub(crate) async fn expired_key(&self) -> String {
        let mut ahead = std::time::Duration::from_millis(300);
        loop {
            let soon = auriko_store::clock::Timestamp::from(std::time::SystemTime::now() + ahead);
            let fields = json!({ "name": "soon", "expires_at": soon.to_rfc3339() });
            let made = self.manage(Method::Post, KEYS, Some(fields)).await;
            if let Some(key) = made.json()["api_key"].as_str() {
                loop {
                    let seen = self.as_(key, Method::Get, "/v1/models", None).await;
                    if seen.status != 200 {
                        assert_eq!(code(&seen), "expired_api_key", "{}", seen.text);
                        return key.to_owned();
                    }
                }
            }
            // Too late before it was made: the machine is busy.
            assert_eq!((made.status, made.text.contains("expires_at")), (400, true), "{}", made.text);
            ahead *= 2;
        }
    }

    pub(crate) async fn ask_as(&self, key: &str, fields: Value) -> Seen {
        let mut body =
            json!({ "model": "simulated", "messages": [{ "role": "user", "content": "Hello there" }] });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        self.as_(key, Method::Post, "/v1/chat/completions", Some(body)).await
    }
}

pub(crate) fn code(seen: &Seen) -> String {
    seen.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn without_keys_everybody_is_served_until_one_is_made() {
    let open = serve(&format!("[store]\ndata_dir = \":memory:\"\n{QUICK}")).await;
    assert_eq!(open.chat(json!({})).await.status, 200);
    assert_eq!(open.ask_as("made-up", json!({})).await.status, 200);
    assert_eq!(open.get("/v1/models").await.status, 200);
    // Being let in does not mean being allowed to let others in.
    let made = open.as_("made-up", Method::Post, KEYS, Some(json!({ "name": "mine" }))).await;
    assert_eq!((made.status, code(&made)), (401, "invalid_api_key".to_owned()));
    let me = open.get("/v1/me").await;
    assert_eq!((me.status, &me.json()["key_id"]), (200, &json!("open_access")));
}

#[tokio::test]
async fn every_kind_of_key_gets_what_it_may() {
    let served = guarded("", QUICK).await;
    let (_, good) = served.key(json!({})).await;
    let (_, models) = served.key(json!({ "scopes": ["models:read"] })).await;
    let (revoked_id, revoked) = served.key(json!({})).await;
    assert_eq!(served.manage(Method::Delete, &format!("{KEYS}/{revoked_id}"), None).await.status, 200);
    let (_, manager) = served.key(json!({ "scopes": ["keys:read", "keys:write"] })).await;

    let check = async |key: &str, path: &str, status: u16, expected: &str| {
        let seen = if path.ends_with("completions") {
            served.ask_as(key, json!({})).await
        } else {
            served.as_(key, Method::Get, path, None).await
        };
        let found = if seen.status < 400 { String::new() } else { code(&seen) };
        assert_eq!((seen.status, found.as_str()), (status, expected), "{path}: {}", seen.text);
        assert!(!seen.header("x-request-id").is_empty());
        assert!(seen.status < 400 || !seen.text.contains("ak_live_"), "{}", seen.text);
    };
    let chat = "/v1/chat/completions";
    check(&good, chat, 200, "").await;
    check(&good, "/v1/models", 200, "").await;
    check(&good, KEYS, 403, "insufficient_permissions").await;
    check(&models, chat, 403, "insufficient_permissions").await;
    check(&models, "/v1/models", 200, "").await;
    check(&manager, chat, 403, "insufficient_permissions").await;
    check(&manager, KEYS, 200, "").await;
    check(&manager, "/v1/workspaces/default/budgets", 403, "insufficient_permissions").await;
    check(&revoked, chat, 401, "invalid_api_key").await;
    check("ak_live_0000000000000000000000000000000000000000", chat, 401, "invalid_api_key").await;
    check(&"x".repeat(5000), chat, 401, "invalid_api_key").await;
    check(&admin(), chat, 403, "insufficient_permissions").await;
    check(&admin(), KEYS, 200, "").await;
    // What a key's own workspace is not does not exist for it, nor does what is in it.
    for path in ["/v1/workspaces/other/api-keys", "/v1/workspaces/other/budgets", "/v1/workspaces/other"] {
        check(&manager, path, 404, "resource_not_found").await;
        check(&admin(), path, 404, "resource_not_found").await;
    }
    // Without any key, only what is public.
    for (path, status) in
        [(KEYS, 401), ("/v1/models", 401), ("/v1/me", 401), ("/healthz", 200), ("/readyz", 200)]
    {
        assert_eq!(served.get(path).await.status, status, "{path}");
    }
    assert_eq!(served.get("/v1/registry/models").await.status, 200);
    let seen = served.chat(json!({})).await;
    assert_eq!((seen.status, code(&seen)), (401, "invalid_api_key".to_owned()));
    // Anthropic's clients send their own header, and get their own errors.
    let body =
        json!({ "model": "simulated", "max_tokens": 8, "messages": [{ "role": "user", "content": "Hi" }] });
    let url = format!("{}/v1/messages", served.url);
    let seen = send(Method::Post, &url, &[("x-api-key", &good)], Some(body.to_string())).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let seen = send(Method::Post, &url, &[("x-api-key", "wrong")], Some(body.to_string())).await;
    assert_eq!((seen.status, seen.json()["error"]["type"].clone()), (401, "authentication_error".into()));
}

#[tokio::test]
async fn an_expired_key_says_so() {
    let served = guarded("", QUICK).await;
    let key = served.expired_key().await;
    let seen = served.ask_as(&key, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (401, "expired_api_key".to_owned()));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anybody_is_asked() {
    let served = guarded("", &format!("body_limit_bytes = 2000\n{QUICK}")).await;
    let large = json!({ "messages": [{ "role": "user", "content": "x".repeat(3000) }] });
    let (_, key) = served.key(json!({})).await;
    for token in [key.as_str(), "wrong"] {
        let seen = served.ask_as(token, large.clone()).await;
        assert_eq!((seen.status, code(&seen)), (413, "payload_too_large".to_owned()));
    }
    let seen = served.manage(Method::Post, KEYS, Some(json!({ "name": "x".repeat(3000) }))).await;
    assert_eq!(seen.status, 413);
}

#[tokio::test]
async fn other_machines_are_served_only_where_keys_are_needed() {
    let gateway = |text: &str| {
        let config = auriko_gateway::Config::from_toml(text).expect("a valid configuration");
        auriko_gateway::Gateway::new(config).expect("the variables are set")
    };
    let open = gateway(&format!("[store]\ndata_dir = \":memory:\"\n{QUICK}"));
    let error = auriko_gateway::Server::bind(open, "0.0.0.0", 0).await.err().expect("refused");
    assert!(error.to_string().contains("auriko keys create"), "{error}");
    let access = format!("[access]\nadmin_token_env = \"{TOKEN_VARIABLE}\"\n");
    let closed = gateway(&format!("[store]\ndata_dir = \":memory:\"\n{access}{QUICK}"));
    assert!(auriko_gateway::Server::bind(closed, "0.0.0.0", 0).await.is_ok());
    let without_store = gateway(&format!("{access}{QUICK}"));
    let error = auriko_gateway::Server::bind(without_store, "127.0.0.1", 0).await.err().expect("refused");
    assert!(error.to_string().contains("`store`"), "{error}");
}

#[tokio::test]
async fn limits_are_kept_and_told_exactly() {
    let served = guarded("requests_per_minute = 100\nmanagement_reads_per_minute = 2", QUICK).await;
    let (_, key) = served.key(json!({ "rate_limit_rpm": 3 })).await;
    for remaining in ["2", "1", "0"] {
        let seen = served.ask_as(&key, json!({})).await;
        assert_eq!(seen.status, 200);
        assert_eq!(seen.header("x-ratelimit-limit-requests"), "3");
        assert_eq!(seen.header("x-ratelimit-remaining-requests"), remaining);
        let reset = seen.header("x-ratelimit-reset-requests").to_owned();
        assert!(auriko_store::clock::Timestamp::parse_rfc3339(&reset).is_some(), "{reset}");
    }
    let seen = served.ask_as(&key, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (429, "rate_limit_exceeded".to_owned()));
    assert_eq!(seen.header("x-rate-limit-source"), "gateway");
    assert_eq!(seen.header("x-ratelimit-remaining-requests"), "0");
    // One of three comes back every 20 s.
    let wait: u64 = seen.header("retry-after").parse().expect("whole seconds");
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(seen.text.contains(&format!("Retry after {wait} seconds")), "{}", seen.text);
    // Another key has the default of the gateway; management has pools of its own.
    let (_, other) = served.key(json!({ "scopes": ["inference", "keys:read"] })).await;
    assert_eq!(served.ask_as(&other, json!({})).await.header("x-ratelimit-limit-requests"), "100");
    for status in [200, 200, 429] {
        assert_eq!(served.as_(&other, Method::Get, KEYS, None).await.status, status);
    }
    assert_eq!(served.ask_as(&other, json!({})).await.status, 200);
    // A key without a limit of tokens is not limited in tokens; one with it is.
    let (_, small) = served.key(json!({ "rate_limit_tpm": 5 })).await;
    assert_eq!(served.ask_as(&small, json!({ "max_tokens": 64 })).await.status, 200);
    let seen = served.ask_as(&small, json!({})).await;
    assert_eq!((seen.status, code(&seen)), (429, "rate_limit_exceeded".to_owned()));
}
