//! The management API as its callers see it.

use auriko_client::Method;
use serde_json::json;

use crate::guards::{KEYS, admin, code, guarded};
use crate::http::{QUICK, send};

const BUDGETS: &str = "/v1/workspaces/default/budgets";

#[tokio::test]
async fn a_key_is_shown_once_and_tells_who_it_is() {
    let served = guarded("", QUICK).await;
    let fields = json!({ "name": "app", "scopes": ["inference", "keys:read"], "rate_limit_rpm": 7 });
    let (id, key) = served.key(fields).await;
    assert!(key.starts_with("ak_live_"));
    let me = served.as_(&key, Method::Get, "/v1/me", None).await.json();
    assert_eq!(
        (&me["credential_type"], &me["key_id"], &me["profile"]),
        (&json!("api_key"), &json!(id), &json!("mixed"))
    );
    assert_eq!(me["workspace"], json!({ "id": "default", "name": "Default" }));
    assert_eq!(me["rate_limits"]["inference_rpm"], 7);
    let listed = served.as_(&key, Method::Get, KEYS, None).await;
    assert!(!listed.text.contains(&key));
    let listed = listed.json();
    assert_eq!((&listed["object"], &listed["count"]), (&json!("list"), &json!(1)));
    assert_eq!(listed["data"][0]["key_prefix"], key[..16]);
    assert_eq!(served.manage(Method::Delete, &format!("{KEYS}/{id}"), None).await.json()["deleted"], true);
    assert_eq!(served.as_(&key, Method::Get, "/v1/me", None).await.status, 401);
    assert_eq!(served.manage(Method::Get, KEYS, None).await.json()["count"], 0);
    let all = served.manage(Method::Get, &format!("{KEYS}?include_revoked=true"), None).await.json();
    assert_eq!((&all["count"], &all["data"][0]["is_active"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn a_key_makes_keys_for_inference_alone() {
    let served = guarded("", QUICK).await;
    let (id, manager) = served.key(json!({ "scopes": ["keys:read", "keys:write"] })).await;
    let made = served.as_(&manager, Method::Post, KEYS, Some(json!({ "name": "child" }))).await;
    assert_eq!((made.status, &made.json()["created_by_key_id"]), (201, &json!(id)));
    let body = json!({ "name": "child", "scopes": ["keys:write"] });
    let made = served.as_(&manager, Method::Post, KEYS, Some(body)).await;
    assert_eq!((made.status, code(&made)), (403, "insufficient_permissions".to_owned()));
}

#[tokio::test]
async fn workspaces_do_not_see_each_other() {
    let served = guarded("", QUICK).await;
    let other = served.manage(Method::Post, "/v1/workspaces", Some(json!({ "name": "Other" }))).await.json();
    let other = other["id"].as_str().expect("an id").to_owned();
    let keys = format!("/v1/workspaces/{other}/api-keys");
    let all = ["keys:read", "keys:write", "budgets:read", "budgets:write", "usage:read", "workspace:read"];
    let made =
        served.manage(Method::Post, &keys, Some(json!({ "name": "theirs", "scopes": all }))).await.json();
    let theirs = made["api_key"].as_str().expect("a key");
    let (ours_id, ours) = served.key(json!({ "scopes": all })).await;
    let budget = json!({ "scope_type": "workspace", "period": "daily", "limit_usd": 5 });
    let budget = served.manage(Method::Post, BUDGETS, Some(budget)).await.json();
    let budget = budget["id"].as_str().expect("an id").to_owned();
    assert_eq!(served.as_(theirs, Method::Get, &keys, None).await.status, 200);
    for (method, path) in [
        (Method::Get, KEYS.to_owned()),
        (Method::Get, format!("{KEYS}/{ours_id}")),
        (Method::Get, format!("{KEYS}/{ours_id}/usage")),
        (Method::Delete, format!("{KEYS}/{ours_id}")),
        (Method::Get, format!("{BUDGETS}/{budget}")),
        (Method::Delete, format!("{BUDGETS}/{budget}")),
        // Of ours, under their own roof.
        (Method::Get, format!("{keys}/{ours_id}")),
        (Method::Delete, format!("{keys}/{ours_id}")),
        (Method::Get, format!("/v1/workspaces/{other}/budgets/{budget}")),
        (Method::Get, "/v1/workspaces/default/usage".to_owned()),
        (Method::Get, "/v1/workspaces/default".to_owned()),
    ] {
        let seen = served.as_(theirs, method, &path, None).await;
        assert_eq!((seen.status, code(&seen)), (404, "resource_not_found".to_owned()), "{path}");
    }
    assert_eq!(served.as_(&ours, Method::Get, &format!("{BUDGETS}/{budget}"), None).await.status, 200);
    assert_eq!(served.as_(theirs, Method::Get, "/v1/workspaces", None).await.status, 403);
    assert_eq!(served.manage(Method::Get, "/v1/workspaces", None).await.json()["count"], 2);
}

#[tokio::test]
async fn budgets_are_made_changed_and_deleted() {
    let served = guarded("", QUICK).await;
    let body = json!({ "scope_type": "workspace", "period": "daily", "limit_usd": 500, "enforce": true });
    let made = served.manage(Method::Post, BUDGETS, Some(body.clone())).await;
    assert_eq!((made.status, &made.json()["limit_usd"]), (201, &json!(500.0)));
    let path = format!("{BUDGETS}/{}", made.json()["id"].as_str().expect("an id"));
    let again = served.manage(Method::Post, BUDGETS, Some(body)).await;
    assert_eq!((again.status, code(&again)), (409, "duplicate_resource".to_owned()));
    let changed =
        served.manage(Method::Patch, &path, Some(json!({ "limit_usd": 2.5, "enforce": false }))).await.json();
    assert_eq!((&changed["limit_usd"], &changed["enforce"]), (&json!(2.5), &json!(false)));
    let check = async |method: Method,
                       path: &str,
                       body: serde_json::Value,
                       status: u16,
                       expected: &str,
                       param: &str| {
        let seen = served.manage(method, path, Some(body)).await;
        let found = seen.json()["error"]["param"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            (seen.status, code(&seen).as_str(), found.as_str()),
            (status, expected, param),
            "{}",
            seen.text
        );
    };
    let invalid = "invalid_parameter_value";
    check(Method::Patch, &path, json!({ "period": "weekly" }), 400, "field_immutable", "period").await;
    check(Method::Patch, &path, json!({}), 400, "missing_required_parameter", "").await;
    check(Method::Patch, &path, json!({ "limit_usd": -1 }), 400, invalid, "limit_usd").await;
    check(Method::Post, BUDGETS, json!({ "scope_type": "team" }), 400, invalid, "scope_type").await;
    let unknown = json!({ "scope_type": "workspace", "period": "weekly", "limit_usd": 1, "limit": 1 });
    check(Method::Post, BUDGETS, unknown, 400, "unknown_field", "limit").await;
    check(Method::Post, KEYS, json!({ "name": "x", "scopes": ["root"] }), 400, invalid, "scopes").await;
    check(Method::Post, KEYS, json!({ "name": "" }), 400, invalid, "name").await;
    check(Method::Post, &path, json!({}), 405, "method_not_allowed", "").await;
    check(Method::Post, "/v1/workspaces/default/cats", json!({}), 404, "resource_not_found", "").await;
    assert_eq!(served.manage(Method::Delete, &path, None).await.json()["deleted"], true);
    assert_eq!(served.manage(Method::Get, &path, None).await.status, 404);
}

#[tokio::test]
async fn a_repeated_call_is_done_once() {
    let served = guarded("", QUICK).await;
    let authorization = format!("Bearer {}", admin());
    let create = async |key: &str, limit: f64| {
        let body = json!({ "scope_type": "workspace", "period": "daily", "limit_usd": limit });
        let headers = [("authorization", authorization.as_str()), ("idempotency-key", key)];
        send(Method::Post, &format!("{}{BUDGETS}", served.url), &headers, Some(body.to_string())).await
    };
    let first = create("once", 1.0).await;
    let again = create("once", 1.0).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json());
    let other = create("once", 2.0).await;
    assert_eq!((other.status, code(&other)), (409, "idempotency_conflict".to_owned()));
    let malformed = create("no good", 1.0).await;
    assert_eq!((malformed.status, code(&malformed)), (400, "invalid_parameter_value".to_owned()));
    let new = create("twice", 1.0).await;
    assert_eq!((new.status, code(&new)), (409, "duplicate_resource".to_owned()));
    // What was refused changed nothing, and may be tried again.
    let new = create("twice", 1.0).await;
    assert_eq!((new.status, code(&new)), (409, "duplicate_resource".to_owned()));
}

#[tokio::test]
async fn usage_is_summed_by_model_key_tag_and_day() {
    let served = guarded("", QUICK).await;
    let (id, key) = served.key(json!({ "scopes": ["inference", "usage:read"] })).await;
    let tagged =
        json!({ "gateway": { "metadata": { "tags": ["red", "blue"], "user_id": "u", "trace_id": "t" } } });
    assert_eq!(served.ask_as(&key, tagged).await.status, 200);
    assert_eq!(served.ask_as(&key, json!({})).await.status, 200);
    assert_eq!(served.ask_as(&key, json!({ "model": "nothing-like-it" })).await.status, 404);
    let by = async |group: &str| {
        let path = format!("/v1/workspaces/default/usage?by={group}");
        served.as_(&key, Method::Get, &path, None).await.json()["data"].as_array().expect("a list").clone()
    };
    let requests = |groups: &[serde_json::Value], field: &str, name: &str| {
        groups
            .iter()
            .find(|group| group[field] == name)
            .map(|group| group["requests"].as_u64().unwrap_or_default())
    };
    let models = by("model").await;
    assert_eq!(requests(&models, "model", "simulated"), Some(2));
    assert!(models[0]["cost_usd"].as_f64().is_some_and(|cost| cost > 0.0), "dearest first: {models:?}");
    let tags = by("tag").await;
    assert_eq!(
        (requests(&tags, "tag", "red"), requests(&tags, "tag", "blue"), tags.len()),
        (Some(1), Some(1), 2)
    );
    assert_eq!(requests(&by("key").await, "key", &id), Some(3));
    assert_eq!(requests(&by("provider").await, "provider", "simulated"), Some(2));
    assert_eq!(by("day").await.len(), 1);
    let later = "/v1/workspaces/default/usage?since=2999-01-01T00:00:00Z";
    assert_eq!(served.as_(&key, Method::Get, later, None).await.json()["count"], 0);
    let seen = served.as_(&key, Method::Get, "/v1/workspaces/default/usage?by=colour", None).await;
    assert_eq!((seen.status, &seen.json()["error"]["param"]), (400, &json!("by")));
}
