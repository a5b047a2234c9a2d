//! The log: a line per request, with its id, as text and as JSON.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use auriko_client::Method;
use serde_json::{Value, json};

use crate::http::{QUICK, send};
use crate::program::{Scratch, program};

/// Runs the program, lets it answer these requests, and returns its log and the ids of the replies.
async fn log_of(name: &str, arguments: &[&str], requests: &[Value]) -> (String, Vec<String>) {
    let scratch = Scratch::new(name);
    let config = format!(
        "{QUICK}models = [{{ id = \"m\" }}]\n[[providers]]\nid = \"bad\"\nkind = \"simulated\"\nfailure_rate = 1.0\nlatency_ms = 0\nmodels = [{{ id = \"b\" }}]\n"
    );
    let config = scratch.write("gateway.toml", &config);
    let mut gateway = program()
        .args(["gateway", "--port", "0", "--data-dir", ":memory:"])
        .args(arguments)
        .arg("--config")
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut banner = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let first = banner.next().expect("a banner");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    let mut ids = Vec::new();
    for body in requests {
        let url = format!("{url}/v1/chat/completions");
        let seen = send(Method::Post, &url, &[], Some(body.to_string())).await;
        ids.push(seen.header("x-request-id").to_owned());
    }
    send(Method::Get, &format!("{url}/healthz"), &[], None).await;
    let killed = Command::new("kill").args(["-TERM", &gateway.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let output = gateway.wait_with_output().expect("it ends");
    assert!(output.status.success());
    (String::from_utf8(output.stderr).expect("text"), ids)
}

fn requests() -> [Value; 3] {
    let ask = |model: &str, stream: bool| json!({ "model": model, "stream": stream, "messages": [{ "role": "user", "content": "Hello" }] });
    [ask("m", true), ask("b", false), ask("nobody", false)]
}

#[tokio::test]
async fn every_request_has_a_line_that_says_what_came_of_it() {
    let (log, ids) = log_of("log-json", &["--log-format", "json"], &requests()).await;
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let of =
        |id: &str| -> Vec<&Value> { lines.iter().filter(|line| line["span"]["request_id"] == id).collect() };
    let end = |id: &str| -> Value {
        let of = of(id);
        let ends: Vec<_> = of.iter().filter(|line| line["message"] == "a request ended").collect();
        assert_eq!(ends.len(), 1, "{id}: {log}");
        (**ends[0]).clone()
    };
    let good = end(&ids[0]);
    assert_eq!((&good["status"], &good["endpoint"]), (&json!(200), &json!("chat_completions")));
    assert_eq!(
        (&good["model"], &good["provider"], &good["attempts"]),
        (&json!("m"), &json!("simulated"), &json!(1))
    );
    for field in ["latency_ms", "ttft_ms", "input_tokens", "output_tokens", "cost_nano_usd"] {
        assert!(good[field].is_number(), "{field}: {good}");
    }
    assert!(good["output_tokens"].as_u64() > Some(0) && good["cost_nano_usd"].as_u64() > Some(0), "{good}");
    let failed = end(&ids[1]);
    assert_eq!((&failed["status"], &failed["code"]), (&json!(502), &json!("upstream_error")));
    // What is logged on the way has the id too.
    assert!(of(&ids[1]).iter().any(|line| line["message"] == "an attempt failed"), "{log}");
    let refused = end(&ids[2]);
    assert_eq!((&refused["status"], &refused["code"]), (&json!(404), &json!("model_not_found")));
    // Nobody wants to read of those who look whether it is alive.
    assert!(!log.contains("operations"), "{log}");
}

#[tokio::test]
async fn the_level_is_an_option() {
    let (log, ids) = log_of("log-text", &["--log-level", "warn"], &requests()).await;
    assert!(!log.contains("a request ended"), "{log}");
    let line = log.lines().find(|line| line.contains("an attempt failed")).expect("a warning");
    assert!(line.contains(&ids[1]) && line.contains("reason=\"broken\""), "{line}");
    let (log, _) = log_of("log-debug", &["--log-level", "debug"], &requests()).await;
    assert!(log.contains("endpoint=\"operations\""), "{log}");
    let output = program().args(["gateway", "--log-level", "x=loud"]).output().expect("it runs");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("--log-level"));
}
