//! Every route with every kind of key. The table of routes is the gateway's own: a route that has no case here fails.

use std::collections::BTreeMap;

use auriko_client::{Client, Method};
use auriko_gateway::ROUTES;
use auriko_store::key::Scope;
use serde_json::{Value, json};

use super::status;
use crate::guards::{KEYS, admin, guarded};
use crate::http::{QUICK, Seen, Served, send_by};

/// Who may call.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Everybody,
    /// A key with one of these scopes; not the admin token.
    Inference(&'static [Scope]),
    /// A key with one of these scopes, or the admin token.
    Scope(&'static [Scope]),
    /// Any key.
    AnyKey,
    Admin,
}

const CASES: &[(&str, &str, Who)] = &[
    ("POST", "/v1/chat/completions", Who::Inference(&[Scope::Inference])),
    ("POST", "/v1/messages", Who::Inference(&[Scope::Inference])),
    ("POST", "/v1/responses", Who::Inference(&[Scope::Inference])),
    ("POST", "/v1/embeddings", Who::Inference(&[Scope::Inference])),
    ("POST", "/v1/messages/count_tokens", Who::Inference(&[Scope::Inference])),
    ("GET", "/v1/models", Who::Scope(&[Scope::ModelsRead, Scope::Inference])),
    ("GET", "/v1/models/{*id}", Who::Scope(&[Scope::ModelsRead, Scope::Inference])),
    ("GET", "/v1/directory/models", Who::Everybody),
    ("GET", "/v1/registry/models", Who::Everybody),
    ("GET", "/v1/registry/providers", Who::Everybody),
    ("GET", "/healthz", Who::Everybody),
    ("GET", "/readyz", Who::Everybody),
    // From this machine.
    ("GET", "/metrics", Who::Everybody),
    ("GET", "/v1/me", Who::AnyKey),
    ("GET", "/v1/workspaces", Who::Admin),
    ("POST", "/v1/workspaces", Who::Admin),
    ("GET", "/v1/workspaces/{workspace}", Who::Scope(&[Scope::WorkspaceRead])),
    ("PATCH", "/v1/workspaces/{workspace}", Who::Admin),
    ("GET", "/v1/workspaces/{workspace}/api-keys", Who::Scope(&[Scope::KeysRead])),
    ("POST", "/v1/workspaces/{workspace}/api-keys", Who::Scope(&[Scope::KeysWrite])),
    ("GET", "/v1/workspaces/{workspace}/api-keys/{id}", Who::Scope(&[Scope::KeysRead])),
    ("DELETE", "/v1/workspaces/{workspace}/api-keys/{id}", Who::Scope(&[Scope::KeysWrite])),
    (
        "GET",
        "/v1/workspaces/{workspace}/api-keys/{id}/usage",
        Who::Scope(&[Scope::KeysRead, Scope::UsageRead]),
    ),
    ("GET", "/v1/workspaces/{workspace}/budgets", Who::Scope(&[Scope::BudgetsRead])),
    ("POST", "/v1/workspaces/{workspace}/budgets", Who::Scope(&[Scope::BudgetsWrite])),
    ("GET", "/v1/workspaces/{workspace}/budgets/{id}", Who::Scope(&[Scope::BudgetsRead])),
    ("PATCH", "/v1/workspaces/{workspace}/budgets/{id}", Who::Scope(&[Scope::BudgetsWrite])),
    ("DELETE", "/v1/workspaces/{workspace}/budgets/{id}", Who::Scope(&[Scope::BudgetsWrite])),
    ("GET", "/v1/workspaces/{workspace}/usage", Who::Scope(&[Scope::UsageRead])),
    ("GET", "/v1/workspaces/{workspace}/billing/balance", Who::Admin),
    ("GET", "/v1/workspaces/{workspace}/billing/credits", Who::Admin),
    ("POST", "/v1/workspaces/{workspace}/billing/credits", Who::Admin),
    ("GET", "/v1/workspaces/{workspace}/byok-keys", Who::Scope(&[Scope::ByokRead])),
    ("POST", "/v1/workspaces/{workspace}/byok-keys", Who::Scope(&[Scope::ByokWrite])),
    ("GET", "/v1/workspaces/{workspace}/byok-keys/{id}", Who::Scope(&[Scope::ByokRead])),
    ("PATCH", "/v1/workspaces/{workspace}/byok-keys/{id}", Who::Scope(&[Scope::ByokWrite])),
    ("DELETE", "/v1/workspaces/{workspace}/byok-keys/{id}", Who::Scope(&[Scope::ByokWrite])),
    ("GET", "/v1/byok/providers", Who::Everybody),
    ("GET", "/v1/byok/providers/{provider}/tiers", Who::Everybody),
    ("POST", "/v1/backups", Who::Admin),
];

/// Keys may call as often as this needs.
const OFTEN: &str = "management_reads_per_minute = 100000\nmanagement_writes_per_minute = 100000";

/// A path of the route whose parameters mean nothing that exists, in a workspace that does.
fn path_of(pattern: &str) -> String {
    pattern
        .replace("{workspace}", "default")
        .replace("{id}", "none")
        .replace("{*id}", "some/model")
        .replace("{provider}", "openai")
}

fn is_of_workspace(pattern: &str) -> bool {
    pattern.contains("{workspace}")
}

struct Refusal {
    status: u16,
    code: &'static str,
    /// In Anthropic's words, which have no codes.
    kind: &'static str,
}

const UNKNOWN: Refusal = Refusal { status: 401, code: "invalid_api_key", kind: "authentication_error" };
const EXPIRED: Refusal = Refusal { status: 401, code: "expired_api_key", kind: "authentication_error" };
const FORBIDDEN: Refusal =
    Refusal { status: 403, code: "insufficient_permissions", kind: "permission_error" };
const HIDDEN: Refusal = Refusal { status: 404, code: "resource_not_found", kind: "not_found_error" };

#[track_caller]
fn check_refused(seen: &Seen, refusal: &Refusal, what: &str) {
    let error = &seen.json()["error"];
    let word = if error["code"].is_null() { refusal.kind } else { refusal.code };
    let found = error["code"].as_str().or(error["type"].as_str()).unwrap_or_default();
    assert_eq!((seen.status, found), (refusal.status, word), "{what}: {}", seen.text);
    assert!(seen.header("x-request-id").starts_with("req_"), "{what}");
    assert!(!seen.text.contains("ak_live_"), "{what}: {}", seen.text);
}

thread_local! {
    // Every test has a thread and a runtime of its own.
    static CLIENT: Client = Client::new();
}

async fn call(served: &Served, method: &str, path: &str, headers: &[(&str, &str)]) -> Seen {
    let (method, body) = match method {
        "GET" => (Method::Get, None),
        "POST" => (Method::Post, Some("{}".to_owned())),
        "PATCH" => (Method::Patch, Some("{}".to_owned())),
        "DELETE" => (Method::Delete, None),
        other => panic!("no verb for {other}"),
    };
    let client = CLIENT.with(Client::clone);
    send_by(&client, method, &format!("{}{path}", served.url), headers, body).await
}

async fn call_as(served: &Served, method: &str, path: &str, key: &str) -> Seen {
    call(served, method, path, &[("authorization", &format!("Bearer {key}"))]).await
}

/// A key for every scope, and some that are none any more.
struct Keys {
    by_scope: BTreeMap<&'static str, String>,
    revoked: String,
    expired: String,
    /// Of another workspace, with every scope.
    foreign: String,
}

impl Keys {
    async fn make(served: &Served) -> Self {
        let mut by_scope = BTreeMap::new();
        for scope in Scope::ALL {
            let (_, key) = served.key(json!({ "scopes": [scope.as_str()] })).await;
            by_scope.insert(scope.as_str(), key);
        }
        let (id, revoked) = served.key(json!({})).await;
        assert_eq!(served.manage(Method::Delete, &format!("{KEYS}/{id}"), None).await.status, 200);
        let other = served.manage(Method::Post, "/v1/workspaces", Some(json!({ "name": "Other" }))).await;
        let other = other.json()["id"].as_str().expect("an id").to_owned();
        let all: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let fields = json!({ "name": "theirs", "scopes": all });
        let made =
            served.manage(Method::Post, &format!("/v1/workspaces/{other}/api-keys"), Some(fields)).await;
        let foreign = made.json()["api_key"].as_str().expect("a key").to_owned();
        let expired = served.expired_key().await;
        Self { by_scope, revoked, expired, foreign }
    }

    fn with<'a>(&'a self, scopes: &'a [Scope]) -> impl Iterator<Item = &'a String> {
        scopes.iter().map(|scope| &self.by_scope[scope.as_str()])
    }

    fn without<'a>(&'a self, scopes: &'a [Scope]) -> impl Iterator<Item = &'a String> {
        let has = |name: &str| scopes.iter().any(|scope| scope.as_str() == name);
        self.by_scope.iter().filter(move |(name, _)| !has(name)).map(|(_, key)| key)
    }
}

#[test]
fn every_route_has_a_case() {
    let routes: Vec<_> = ROUTES.iter().map(|route| (route.method, route.path)).collect();
    let cases: Vec<_> = CASES.iter().map(|(method, path, _)| (*method, *path)).collect();
    for route in &routes {
        assert!(cases.contains(route), "no case says who may call {route:?}");
    }
    for case in &cases {
        assert!(routes.contains(case), "{case:?} is no route any more");
    }
}

#[tokio::test]
async fn nobody_gets_in_with_what_is_no_key() {
    let served = guarded(OFTEN, QUICK).await;
    let keys = Keys::make(&served).await;
    let good = &keys.by_scope["inference"];
    let bearer = |text: &str| vec![("authorization".to_owned(), text.to_owned())];
    let long = "x".repeat(30_000);
    let cut = &good[..good.len() - 1];
    let unknown = [
        ("no key", vec![]),
        ("wrong key", bearer("Bearer ak_live_0000000000000000000000000000000000000000")),
        ("revoked key", bearer(&format!("Bearer {}", keys.revoked))),
        ("very long key", bearer(&format!("Bearer {long}"))),
        ("key that is cut", bearer(&format!("Bearer {cut}"))),
        ("key in capitals", bearer(&format!("Bearer {}", good.to_uppercase()))),
        ("key with more behind it", bearer(&format!("Bearer {good} {good}"))),
        ("no bearer", bearer(&format!("Basic {good}"))),
        ("no scheme", bearer(good)),
        ("empty", bearer("Bearer ")),
        ("key that is no ASCII", bearer("Bearer ak_live_\u{e4}\u{f6}\u{fc}\u{1f511}")),
        ("wrong x-api-key", vec![("x-api-key".to_owned(), "ak_live_no".to_owned())]),
        // The one that is looked at is wrong: there is no second chance.
        (
            "wrong bearer beside a right x-api-key",
            vec![
                ("authorization".to_owned(), "Bearer ak_live_no".to_owned()),
                ("x-api-key".to_owned(), good.clone()),
            ],
        ),
        (
            "key as a cookie",
            vec![("cookie".to_owned(), format!("authorization=Bearer {good}; api_key={good}"))],
        ),
        (
            "key as another header",
            vec![("api-key".to_owned(), good.clone()), ("token".to_owned(), good.clone())],
        ),
        ("key for a proxy", vec![("proxy-authorization".to_owned(), format!("Bearer {good}"))]),
    ];
    for (method, pattern, who) in CASES {
        let path = path_of(pattern);
        let odd = format!(
            "{path}?api_key={good}&key={good}&token={good}&access_token={good}&authorization=Bearer%20{good}"
        );
        let is_public = *who == Who::Everybody;
        for (what, headers) in &unknown {
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            for path in [&path, &odd] {
                let seen = call(&served, method, path, &headers).await;
                let what = format!("{what}: {method} {path}");
                if is_public {
                    assert_eq!(seen.status, 200, "{what}");
                } else {
                    check_refused(&seen, &UNKNOWN, &what);
                }
            }
        }
        let seen = call_as(&served, method, &path, &keys.expired).await;
        if is_public { assert_eq!(seen.status, 200) } else { check_refused(&seen, &EXPIRED, pattern) }
    }
}

#[tokio::test]
async fn a_key_gets_what_its_scopes_say_and_nothing_else() {
    let served = guarded(OFTEN, QUICK).await;
    let keys = Keys::make(&served).await;
    // Let in: whatever is then said of a request that asks for nothing.
    let is_let_in = |seen: &Seen| !matches!(seen.status, 401 | 403);
    for (method, pattern, who) in CASES {
        let path = path_of(pattern);
        let what = format!("{method} {path}");
        let (may, may_not, admin_may): (Vec<_>, Vec<_>, bool) = match who {
            Who::Everybody => (keys.by_scope.values().collect(), vec![], true),
            Who::AnyKey => (keys.by_scope.values().collect(), vec![], false),
            Who::Inference(scopes) => (keys.with(scopes).collect(), keys.without(scopes).collect(), false),
            Who::Scope(scopes) => (keys.with(scopes).collect(), keys.without(scopes).collect(), true),
            Who::Admin => (vec![], keys.by_scope.values().collect(), true),
        };
        assert!(!may.is_empty() || admin_may);
        for key in may {
            let seen = call_as(&served, method, &path, key).await;
            assert!(is_let_in(&seen), "{what}: {}", seen.text);
            let seen = call(&served, method, &path, &[("x-api-key", key)]).await;
            assert!(is_let_in(&seen), "{what}: {}", seen.text);
        }
        for key in may_not {
            check_refused(&call_as(&served, method, &path, key).await, &FORBIDDEN, &what);
        }
        let seen = call_as(&served, method, &path, &admin()).await;
        match who {
            _ if admin_may => assert!(is_let_in(&seen), "{what}: {}", seen.text),
            // It is nobody's key.
            Who::AnyKey => check_refused(&seen, &UNKNOWN, &what),
            _ => check_refused(&seen, &FORBIDDEN, &what),
        }
        if is_of_workspace(pattern) {
            check_refused(&call_as(&served, method, &path, &keys.foreign).await, &HIDDEN, &what);
        }
    }
}

/// What a caller can tell two refusals apart by. Ids and clocks differ from one request to the next.
fn shape(seen: &Seen) -> (u16, Vec<(String, String)>, Value) {
    let varies = |name: &str| matches!(name, "x-request-id" | "request-id" | "date");
    let headers = seen.headers.iter().filter(|(name, _)| !varies(name)).cloned().collect();
    let mut body = seen.json();
    if let Some(object) = body.as_object_mut() {
        object.remove("request_id");
    }
    (seen.status, headers, body)
}

#[tokio::test]
async fn a_refusal_does_not_say_which_keys_there_were() {
    let served = guarded(OFTEN, QUICK).await;
    let keys = Keys::make(&served).await;
    let unknown = "ak_live_0000000000000000000000000000000000000000";
    for (method, pattern, who) in CASES {
        if *who == Who::Everybody {
            continue;
        }
        let path = path_of(pattern);
        let of_revoked = call_as(&served, method, &path, &keys.revoked).await;
        let of_unknown = call_as(&served, method, &path, unknown).await;
        assert_eq!(shape(&of_revoked), shape(&of_unknown), "{method} {path}");
        if !is_of_workspace(pattern) {
            continue;
        }
        // Nor which workspaces there are.
        let of_nothing = path.replace("default", "defaulx");
        let exists = call_as(&served, method, &path, &keys.foreign).await;
        let does_not = call_as(&served, method, &of_nothing, &keys.foreign).await;
        let (status, headers, body) = shape(&does_not);
        let body = serde_json::from_str(&body.to_string().replace("defaulx", "default")).expect("JSON");
        assert_eq!(shape(&exists), (status, headers, body), "{method} {path}");
    }
}

#[tokio::test]
async fn keys_in_bytes_that_are_no_text_are_no_keys() {
    let served = guarded("", QUICK).await;
    let (_, good) = served.key(json!({})).await;
    let with = async |authorization: &[u8]| {
        let mut request =
            b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: ".to_vec();
        request.extend_from_slice(authorization);
        request.extend_from_slice(b"\r\n\r\n");
        status(&served.raw(request).await)
    };
    assert_eq!(with(format!("Bearer {good}").as_bytes()).await, 200);
    assert_eq!(with(b"Bearer \xff\xfe\x80").await, 401);
    assert_eq!(with(format!("Bearer {good}\u{0}").as_bytes()).await, 400);
    let mut behind = format!("Bearer {good}").into_bytes();
    behind.push(0xff);
    assert_eq!(with(&behind).await, 401);
    // Twice: the first one counts, whatever comes after.
    let second = format!("Bearer wrong\r\nauthorization: Bearer {good}");
    assert_eq!(with(second.as_bytes()).await, 401);
    assert!(served.is_alive().await);
}
