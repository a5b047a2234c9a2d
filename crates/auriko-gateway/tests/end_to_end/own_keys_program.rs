//! Own keys by the program: the commands, and that a key is in plain nowhere on disk and in nothing that is written.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use auriko_client::Method;
use serde_json::{Value, json};

use crate::http::send;
use crate::own_keys::{OWN, PLATFORM, config};
use crate::program::{Scratch, program};
use crate::vendor::vendor;

fn run(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = program()
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Most commands do not read it.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}{errors}");
    text.into_owned()
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries =
        std::fs::read_dir(directory).expect("it can be read").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_in_plain_nowhere() {
    let (scratch, vendor) = (Scratch::new("own-keys"), vendor().await);
    let data = scratch.path("data");
    let data = data.to_str().expect("a path");
    // The gateway's key comes from a variable, so that no file of ours holds it.
    let config = config(&vendor).replace(&format!("api_key = \"{PLATFORM}\""), "api_key_env = \"PLATFORM\"");
    let config = scratch.write("gateway.toml", &format!("{config}[access]\nadmin_token_env = \"TOKEN\"\n"));
    let config = config.to_str().expect("a path");
    let target = ["--data-dir", data, "--config", config];
    let with =
        |arguments: &[&'static str]| -> Vec<&str> { arguments.iter().copied().chain(target).collect() };
    // In the data directory, while no gateway has it open.
    let added = said(&run(&with(&["byok", "add", "openai", "--name", "first"]), &[], &format!("{OWN}\n")));
    assert!(added.contains("valid") && added.contains("default") && !added.contains(OWN), "{added}");
    let other = "sk-from-a-variable-of-the-shell";
    let variables = [("MINE", other)];
    let added = said(&run(&with(&["byok", "add", "openai", "--key-env", "MINE", "--json"]), &variables, ""));
    let id = serde_json::from_str::<Value>(&added).expect("JSON")["id"].as_str().expect("an id").to_owned();
    vendor.answers("sk-a-key-that-is-wrong", 401);
    let wrong = run(&with(&["byok", "add", "openai"]), &[], "sk-a-key-that-is-wrong");
    let errors = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && errors.contains("does not accept this key"), "{errors}");
    assert!(!errors.contains("sk-a-key"), "{errors}");
    let empty = run(&with(&["byok", "add", "openai"]), &[], "\n");
    assert!(String::from_utf8_lossy(&empty.stderr).contains("empty"), "{empty:?}");
    let key = said(&run(&with(&["keys", "create", "--name", "app"]), &[], ""));
    let key = key.lines().next().expect("the key").to_owned();

    let token = ("TOKEN", "a-token-of-sixteen-characters");
    let log = std::fs::File::create(scratch.path("log")).expect("a file");
    let mut gateway = program()
        .args(["gateway", "--port", "0"])
        .args(target)
        .envs([token, ("PLATFORM", PLATFORM), ("AURIKO_LOG", "trace")])
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("it starts");
    let mut banner = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let first = banner.next().expect("a banner");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    let over_http = |arguments: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--url", &url]).collect();
        said(&run(&arguments, &[("AURIKO_ADMIN_TOKEN", token.1)], ""))
    };
    let ask = async |routing: Value| {
        let body = json!({ "model": "m", "max_tokens": 10, "messages": [{ "role": "user", "content": "Hi" }],
            "gateway": { "routing": routing } });
        let authorization = format!("Bearer {key}");
        let headers = [("authorization", authorization.as_str())];
        send(Method::Post, &format!("{url}/v1/chat/completions"), &headers, Some(body.to_string())).await
    };
    vendor.asked();
    assert_eq!(ask(json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [OWN]);
    assert!(over_http(&["byok", "default", &id]).contains("default"));
    assert_eq!(ask(json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [other]);
    let drawn = over_http(&["byok", "disable", &id]);
    assert!(drawn.contains("disabled") && !drawn.contains(other), "{drawn}");
    assert_eq!(ask(json!({})).await.status, 200);
    assert_eq!(vendor.keys(), [OWN]);
    over_http(&["byok", "enable", &id]);
    // Its errors quote the key.
    for status in [500, 400, 429, 401] {
        vendor.answers(OWN, status);
        vendor.answers(other, status);
        let seen = ask(json!({ "only_byok": true })).await;
        assert!(!seen.text.contains(OWN) && !seen.text.contains(other), "{}", seen.text);
    }
    let usage = over_http(&["usage", "--by", "provider"]);
    assert!(usage.contains("BYOK COST USD"), "{usage}");
    assert!(over_http(&["byok", "remove", &id]).contains("deleted"));
    let listed = over_http(&["byok", "list"]);
    assert!(listed.contains("first") && !listed.contains(&id), "{listed}");
    let created = ["budgets", "create", "--limit-usd", "5", "--byok-provider", "openai"];
    assert!(over_http(&created).contains("openai"));

    let stopped = std::process::Command::new("kill").args(["-TERM", &gateway.id().to_string()]).status();
    assert!(stopped.expect("kill runs").success());
    assert!(gateway.wait().expect("it ends").success());
    let all = files(&scratch.path(""));
    assert!(
        all.iter().any(|file| file.ends_with("auriko.db")) && all.iter().any(|file| file.ends_with("log"))
    );
    for file in all {
        let bytes = std::fs::read(&file).expect("it can be read");
        for secret in [OWN, other, PLATFORM, token.1, key.as_str(), "sk-a-key-that-is-wrong"] {
            assert!(!holds(&bytes, secret), "{secret} is in {}", file.display());
        }
    }
}
