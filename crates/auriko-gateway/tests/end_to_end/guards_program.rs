//! Keys, budgets and usage by the program, in a data directory that outlives it.

use std::io::{BufRead, BufReader};
use std::process::{Output, Stdio};

use auriko_client::Method;
use serde_json::json;

use crate::http::send;
use crate::program::{Scratch, program};

pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    program().args(arguments).envs(variables.iter().copied()).output().expect("it runs")
}

pub(crate) fn said(output: &Output) -> String {
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}{errors}");
    text.into_owned()
}

#[cfg(unix)]
#[tokio::test]
async fn what_one_process_wrote_the_next_one_knows() {
    let scratch = Scratch::new("guards");
    let data = scratch.path("data");
    let data = data.to_str().expect("a path");
    let config = "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\n\
                  output_tokens = 10\nmodels = [{ id = \"m\", input_price = 1.0, output_price = 1000.0 }]\n\
                  [access]\nadmin_token_env = \"TOKEN\"\n";
    let config = scratch.write("gateway.toml", config);
    let made = run(&["keys", "create", "--data-dir", data, "--name", "app", "--budget-usd", "0.04"], &[]);
    let made = said(&made);
    let key = made.lines().next().expect("the key").to_owned();
    assert!(key.starts_with("ak_live_") && made.contains("not shown again"), "{made}");

    let token = ("TOKEN", "a-token-of-sixteen-characters");
    let mut gateway = program()
        .args(["gateway", "--port", "0", "--data-dir", data, "--config"])
        .arg(&config)
        .envs([token])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut banner = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let first = banner.next().expect("a banner");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    assert!(banner.any(|line| line == "Callers need a key"));
    let ask = async |headers: &[(&str, &str)]| {
        let body = json!({ "model": "m", "max_tokens": 10, "messages": [{ "role": "user", "content": "Hi" }],
            "gateway": { "metadata": { "tags": ["night"] } } });
        send(Method::Post, &format!("{url}/v1/chat/completions"), headers, Some(body.to_string())).await
    };
    assert_eq!(ask(&[]).await.status, 401);
    let authorization = format!("Bearer {key}");
    assert_eq!(ask(&[("authorization", authorization.as_str())]).await.status, 200);
    // The file belongs to the gateway; the commands reach it through the gateway.
    let output = run(&["keys", "list", "--data-dir", data], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--url"), "{output:?}");
    let over_http = [("AURIKO_ADMIN_TOKEN", token.1)];
    let listed = said(&run(&["keys", "list", "--url", &url], &over_http));
    assert!(listed.contains("app") && listed.contains("active") && !listed.contains(&key), "{listed}");
    let wrong = run(&["keys", "list", "--url", &url], &[("AURIKO_ADMIN_TOKEN", "another-token-than-that")]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("not valid"), "{wrong:?}");

    // A copy, while the file belongs to the gateway.
    let copied = said(&run(&["backup", "--url", &url], &over_http));
    let over_key = [("AURIKO_ADMIN_TOKEN", key.as_str())];
    assert!(!run(&["backup", "--url", &url], &over_key).status.success(), "a key may not");

    let stopped = std::process::Command::new("kill").args(["-TERM", &gateway.id().to_string()]).status();
    assert!(stopped.expect("kill runs").success());
    assert!(gateway.wait().expect("it ends").success());

    let copy = std::path::Path::new(copied.trim());
    let permissions = copy.metadata().expect("a file").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, 0o600);
    let restored = scratch.path("restored");
    std::fs::create_dir_all(&restored).expect("a directory");
    std::fs::copy(copy, restored.join("auriko.db")).expect("a copy");
    let master_key = scratch.path("data").join("master.key");
    std::fs::copy(master_key, restored.join("master.key")).expect("a copy");
    let restored = restored.to_str().expect("a path");
    let listed = said(&run(&["keys", "list", "--data-dir", restored], &[]));
    assert!(listed.contains("app") && listed.contains("active"), "{listed}");
    let used = said(&run(&["usage", "--data-dir", restored], &[]));
    assert!(used.contains("\nm "), "{used}");
    // Also without a gateway.
    assert!(said(&run(&["backup", "--data-dir", restored], &[])).contains("backups"));

    let drawn = said(&run(&["budgets", "--data-dir", data], &[]));
    assert!(drawn.contains('█') && drawn.contains("enforced") && drawn.contains("$0.0100"), "{drawn}");
    let csv =
        said(&run(&["usage", "--by", "tag", "--since", "1d", "--format", "csv", "--data-dir", data], &[]));
    assert!(csv.lines().nth(1).is_some_and(|line| line.starts_with("night,1,0,0,")), "{csv}");
    let table = said(&run(&["usage", "--data-dir", data], &[]));
    assert!(table.starts_with("MODEL") && table.contains("\nm "), "{table}");
    let listed = said(&run(&["keys", "list", "--json", "--data-dir", data], &[]));
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let id = listed[0]["id"].as_str().expect("an id");
    said(&run(&["keys", "revoke", id, "--data-dir", data], &[]));
    assert!(!said(&run(&["keys", "list", "--data-dir", data], &[])).contains("app"));
    let made =
        said(&run(&["budgets", "create", "--limit-usd", "5", "--period", "daily", "--data-dir", data], &[]));
    assert!(made.contains("workspace") && made.contains("$5.00"), "{made}");
}

#[tokio::test]
async fn what_was_reserved_when_the_process_died_is_spent() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let scratch = Scratch::new("guards-killed");
    let data = scratch.path("data");
    let data = data.to_str().expect("a path");
    let config = "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\nchunk_pace_ms = 0\n\
                  output_tokens = 10\nstall_after_tokens = 2\n\
                  models = [{ id = \"m\", input_price = 1.0, output_price = 1000.0 }]\n";
    let config = scratch.write("gateway.toml", config);
    let made =
        said(&run(&["keys", "create", "--data-dir", data, "--name", "app", "--budget-usd", "0.04"], &[]));
    let key = made.lines().next().expect("the key").to_owned();
    let mut gateway = program()
        .args(["gateway", "--port", "0", "--data-dir", data, "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let banner = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok).next();
    let banner = banner.expect("a banner");
    let address = banner.split("http://").nth(1).expect("an address").trim().to_owned();

    let body = json!({ "model": "m", "stream": true, "max_tokens": 10,
        "messages": [{ "role": "user", "content": "Hi" }] })
    .to_string();
    let mut socket = tokio::net::TcpStream::connect(&address).await.expect("it listens");
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.expect("written");
    let mut heard = String::new();
    while !heard.contains("data: ") {
        let mut piece = [0; 4096];
        let length = socket.read(&mut piece).await.expect("read");
        assert!(length > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    gateway.kill().expect("it runs");
    gateway.wait().expect("it ends");

    let budgets = said(&run(&["budgets", "--json", "--data-dir", data], &[]));
    let budgets: serde_json::Value = serde_json::from_str(&budgets).expect("JSON");
    let spent = budgets[0]["spend_usd"].as_f64().expect("a number");
    // Ten tokens of output, and a prompt of at most some hundred bytes.
    assert!((0.01..0.0105).contains(&spent), "{budgets}");
}
