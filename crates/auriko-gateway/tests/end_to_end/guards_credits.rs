//! Credit: who has none is refused before anybody is asked, and what is said of it.

use std::sync::Arc;

use auriko_client::Method;
use auriko_gateway::{Config, Gateway};
use serde_json::{Value, json};

use crate::guards::{KEYS, admin, code, guarded};
use crate::guards_program::{run, said};
use crate::http::{QUICK, Seen, Served, send, serve};
use crate::own_keys::{OWN, PLATFORM, config};
use crate::program::{Scratch, program};
use crate::vendor::vendor;

const BALANCE: &str = "/v1/workspaces/default/billing/balance";
const CREDITS: &str = "/v1/workspaces/default/billing/credits";
const HEADER: &str = "x-credits-balance-microdollars";
const ON: &str = "\n[credits]\nenabled = true\n";

/// A provider whose output tokens cost 0.001 dollars each, at a gateway with credit.
fn dear(fields: &str) -> String {
    format!(
        "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\n{fields}\n\
         models = [{{ id = \"simulated\", input_price = 1.0, output_price = 1000.0 }}]\n{ON}"
    )
}

impl Served {
    async fn buy(&self, usd: f64) -> Value {
        let made = self.manage(Method::Post, CREDITS, Some(json!({ "amount_usd": usd }))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()
    }

    async fn balance(&self) -> Value {
        let seen = self.manage(Method::Get, BALANCE, None).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        seen.json()
    }
}

fn check_refused(seen: &Seen) {
    assert_eq!((seen.status, code(seen)), (429, "insufficient_quota".to_owned()), "{}", seen.text);
    assert_eq!(seen.json()["error"]["type"], "rate_limit_error");
    assert_eq!((seen.header("x-should-retry"), seen.header("retry-after")), ("false", ""));
    assert_eq!((seen.header("x-budget-exceeded"), seen.header("x-error-provider")), ("", ""));
}

#[tokio::test]
async fn without_credit_nobody_is_asked_but_with_own_keys() {
    let vendor = vendor().await;
    let served = guarded("", &format!("{}{ON}", config(&vendor))).await;
    let (id, key) = served.key(json!({})).await;
    let ask = |fields: Value| {
        let mut body = json!({ "model": "m", "max_tokens": 1000 });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        served.ask_as(&key, body)
    };
    for fields in [json!({}), json!({ "stream": true })] {
        let seen = ask(fields).await;
        check_refused(&seen);
        assert_eq!(seen.header(HEADER), "0");
    }
    assert!(vendor.asked().is_empty(), "nobody was asked");
    // An own key draws on nothing, with and without credit.
    served.own_key("openai", OWN).await;
    vendor.asked();
    assert_eq!(ask(json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [OWN]);
    check_refused(&ask(json!({ "gateway": { "routing": { "only_platform": true } } })).await);
    assert!(vendor.asked().is_empty());
    served.buy(100.0).await;
    assert_eq!(ask(json!({})).await.header(HEADER), "100000000");
    assert_eq!(vendor.keys(), [OWN]);
    let seen = ask(json!({ "gateway": { "routing": { "only_platform": true } } })).await;
    assert_eq!((seen.status, vendor.keys()), (200, vec![PLATFORM.to_owned()]), "{}", seen.text);
    let cost = seen.json()["routing_metadata"]["cost"]["usd"].as_f64().expect("a cost");
    let spent = served.balance().await["lifetime_volume_usd"].as_f64().expect("a number");
    assert!(cost > 0.0 && (cost - spent).abs() < 1e-12, "{cost} {spent}");
    let usage = served.manage(Method::Get, &format!("{KEYS}/{id}/usage"), None).await.json();
    assert_eq!((&usage["request_count"], &usage["rate_limit_count"]), (&json!(6), &json!(3)), "{usage}");
}

#[tokio::test]
async fn credit_is_bought_once_and_told() {
    let served = guarded("", &dear("output_tokens = 100")).await;
    let (_, key) = served.key(json!({})).await;
    let nothing = served.balance().await;
    assert_eq!((&nothing["balance_microdollars"], &nothing["balance_dollars"]), (&json!(0), &json!("0.00")));
    let authorization = format!("Bearer {}", admin());
    let headers = [("authorization", authorization.as_str()), ("idempotency-key", "invoice-7")];
    let body = json!({ "amount_usd": 0.25, "note": "invoice 7" }).to_string();
    let url = format!("{}{CREDITS}", served.url);
    let first = send(Method::Post, &url, &headers, Some(body.clone())).await;
    assert_eq!((first.status, &first.json()["amount_dollars"]), (201, &json!("0.25")), "{}", first.text);
    let second = send(Method::Post, &url, &headers, Some(body)).await;
    assert_eq!((second.status, &second.text), (201, &first.text));
    let third = send(Method::Post, &url, &headers, Some(json!({ "amount_usd": 1 }).to_string())).await;
    assert_eq!((third.status, code(&third)), (409, "idempotency_conflict".to_owned()));
    let made = served.manage(Method::Post, CREDITS, Some(json!({ "amount_microdollars": 1 }))).await.json();
    assert_eq!(made["balance_microdollars"], 250_001);
    let listed = served.manage(Method::Get, CREDITS, None).await.json();
    assert_eq!((&listed["count"], &listed["data"][1]["note"]), (&json!(2), &json!("invoice 7")), "{listed}");

    let seen = served.ask_as(&key, json!({ "max_tokens": 100 })).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let balance = served.balance().await;
    assert_eq!(seen.header(HEADER), balance["balance_microdollars"].to_string(), "told after it was spent");
    // A token of the prompt is a microdollar, one of the answer a thousand.
    let usage = &seen.json()["usage"];
    let prompt = usage["prompt_tokens"].as_u64().expect("a count");
    assert_eq!(balance["lifetime_consumed_microdollars"], prompt + 100_000, "{usage}");
    assert_eq!((&balance["lifetime_purchased_cents"], &balance["balance_cents"]), (&json!(25), &json!(14)));
    assert_eq!((&balance["has_payment_method"], &balance["byok_monthly_cap"]), (&json!(false), &Value::Null));
    let me = served.as_(&key, Method::Get, "/v1/me", None).await;
    assert_eq!(me.header(HEADER), seen.header(HEADER));

    // Less is left than may be said, and then nothing.
    let seen = served.ask_as(&key, json!({})).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert!(seen.text.contains("output_limited_by_credit"), "{}", seen.text);
    let seen = served.ask_as(&key, json!({ "max_tokens": 100 })).await;
    let output = seen.json()["usage"]["completion_tokens"].as_u64().expect("a count");
    assert!((16..50).contains(&output), "{output}");
    let seen = served.ask_as(&key, json!({ "stream": true })).await;
    check_refused(&seen);
    let left: u64 = seen.header(HEADER).parse().expect("not overdrawn");
    assert!(left < 50_000 && seen.text.contains("does not pay for this request"), "{left}: {}", seen.text);
}

#[tokio::test]
async fn bad_purchases_are_refused_with_the_field() {
    let served = guarded("", &dear("")).await;
    for (body, expected, field) in [
        (json!({}), "missing_required_parameter", "amount_usd"),
        (json!({ "amount_usd": 0 }), "invalid_parameter_value", "amount_usd"),
        (json!({ "amount_usd": -5 }), "invalid_parameter_value", "amount_usd"),
        (json!({ "amount_usd": "5" }), "invalid_parameter_value", "amount_usd"),
        (json!({ "amount_usd": 0.000_000_1 }), "invalid_parameter_value", "amount_usd"),
        (json!({ "amount_usd": 9_000_001 }), "invalid_parameter_value", "amount_usd"),
        (json!({ "amount_microdollars": 0.5 }), "invalid_parameter_value", "amount_microdollars"),
        (json!({ "amount_microdollars": u64::MAX }), "invalid_parameter_value", "amount_microdollars"),
        (
            json!({ "amount_usd": 1, "amount_microdollars": 1 }),
            "invalid_parameter_value",
            "amount_microdollars",
        ),
        (json!({ "amount_usd": 1, "note": "" }), "invalid_parameter_value", "note"),
        (json!({ "amount_usd": 1, "card": "4242" }), "unknown_field", "card"),
    ] {
        let seen = served.manage(Method::Post, CREDITS, Some(body.clone())).await;
        assert_eq!((seen.status, code(&seen)), (400, expected.to_owned()), "{body}: {}", seen.text);
        assert_eq!(seen.json()["error"]["param"], field, "{body}: {}", seen.text);
    }
    let (_, key) = served.key(json!({ "scopes": ["inference", "keys:write", "budgets:write"] })).await;
    let seen = served.as_(&key, Method::Post, CREDITS, Some(json!({ "amount_usd": 1 }))).await;
    assert_eq!((seen.status, code(&seen)), (403, "insufficient_permissions".to_owned()), "{}", seen.text);
    assert_eq!(served.balance().await["lifetime_purchased_microdollars"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_at_once_do_not_overdraw() {
    let served = Arc::new(guarded("", &dear("output_tokens = 4")).await);
    served.buy(1.0).await;
    let (_, key) = served.key(json!({})).await;
    let callers = (0..50).map(|_| {
        let (served, key) = (Arc::clone(&served), key.clone());
        tokio::spawn(async move {
            let mut count = 0u32;
            loop {
                let seen = served.ask_as(&key, json!({ "max_tokens": 8, "stream": count % 2 == 1 })).await;
                if seen.status != 200 {
                    check_refused(&seen);
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
    let left = served.balance().await["balance_microdollars"].as_i64().expect("a number");
    assert!((0..=50_000).contains(&left), "{left} after {count} requests");
}

#[tokio::test]
async fn workspaces_pay_for_themselves() {
    let served = guarded("", &dear("output_tokens = 1")).await;
    served.buy(1.0).await;
    let other = served.manage(Method::Post, "/v1/workspaces", Some(json!({ "name": "Other" }))).await;
    let other = other.json()["id"].as_str().expect("an id").to_owned();
    let made = served
        .manage(Method::Post, &format!("/v1/workspaces/{other}/api-keys"), Some(json!({ "name": "theirs" })))
        .await;
    let theirs = made.json()["api_key"].as_str().expect("a key").to_owned();
    check_refused(&served.ask_as(&theirs, json!({})).await);
    let (_, ours) = served.key(json!({})).await;
    assert_eq!(served.ask_as(&ours, json!({})).await.status, 200);
    let credits = format!("/v1/workspaces/{other}/billing/credits");
    let made = served.manage(Method::Post, &credits, Some(json!({ "amount_usd": 2 }))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let seen = served.ask_as(&theirs, json!({})).await;
    let prompt = seen.json()["usage"]["prompt_tokens"].as_u64().expect("a count");
    assert_eq!(seen.header(HEADER), (2_000_000 - 1_000 - prompt).to_string());
}

#[tokio::test]
async fn where_nobody_needs_a_key_the_default_workspace_pays() {
    let open = serve(&format!("{QUICK}{ON}[store]\ndata_dir = \":memory:\"\n")).await;
    let seen = open.chat(json!({})).await;
    check_refused(&seen);
    assert_eq!(seen.header(HEADER), "", "nobody's account");
}

#[tokio::test]
async fn without_the_table_there_is_no_credit() {
    let served = guarded("", QUICK).await;
    let (_, key) = served.key(json!({})).await;
    let seen = served.ask_as(&key, json!({})).await;
    assert_eq!((seen.status, seen.header(HEADER)), (200, ""));
    for (method, path) in [(Method::Get, BALANCE), (Method::Get, CREDITS), (Method::Post, CREDITS)] {
        let seen = served.manage(method, path, Some(json!({ "amount_usd": 1 }))).await;
        assert_eq!((seen.status, code(&seen)), (404, "resource_not_found".to_owned()), "{}", seen.text);
        assert!(seen.text.contains("[credits]"), "{}", seen.text);
    }
    let config = Config::from_toml(&format!("{QUICK}{ON}")).expect("it is read");
    let error = Gateway::new(config).err().expect("no store").to_string();
    assert!(error.contains("`credits.enabled` needs `store`"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_adds_credit_and_shows_it() {
    use std::io::{BufRead, BufReader};

    let scratch = Scratch::new("credits");
    let data = scratch.path("data");
    let data = data.to_str().expect("a path");
    let config = scratch.write("gateway.toml", &dear("output_tokens = 10"));
    let key = said(&run(&["keys", "create", "--data-dir", data, "--name", "app"], &[]));
    let key = key.lines().next().expect("the key").to_owned();
    // Before it is enabled.
    let made = said(&run(&["credits", "add", "0.5", "--note", "invoice 7", "--data-dir", data], &[]));
    assert!(made.starts_with("$0.50 of credit was added: cred_"), "{made}");
    let wrong = run(&["credits", "add", "0", "--data-dir", data], &[]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("amount_usd"), "{wrong:?}");

    let mut gateway = program()
        .args(["gateway", "--port", "0", "--data-dir", data, "--config"])
        .arg(&config)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut banner = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let first = banner.next().expect("a banner");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL");
    let body =
        json!({ "model": "simulated", "max_tokens": 10, "messages": [{ "role": "user", "content": "Hi" }] });
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str())];
    let seen =
        send(Method::Post, &format!("{url}/v1/chat/completions"), &headers, Some(body.to_string())).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let left: u64 = seen.header(HEADER).parse().expect("a number");
    assert!((489_000..=490_000).contains(&left), "{left}");
    let stopped = std::process::Command::new("kill").args(["-TERM", &gateway.id().to_string()]).status();
    assert!(stopped.expect("kill runs").success());
    assert!(gateway.wait().expect("it ends").success());

    let shown = said(&run(&["credits", "show", "--data-dir", data], &[]));
    assert!(shown.starts_with(&format!("$0.{left} is left: $0.5000 was bought")), "{shown}");
    assert!(shown.contains("invoice 7"), "{shown}");
    let shown = said(&run(&["credits", "show", "--json", "--data-dir", data], &[]));
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["balance"]["balance_microdollars"], left);
    assert_eq!(shown["purchases"][0]["amount_microdollars"], 500_000);
}
