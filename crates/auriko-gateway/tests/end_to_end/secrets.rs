//! No key and no prompt is left anywhere: the real program, with the loudest log, on a real directory, in every dialect, with
//! providers that behave and one that repeats what it was told. Then everything that it wrote is searched.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use auriko_client::Method;
use auriko_gateway::{Call, Config};
use serde_json::{Value, json};

use crate::collector::collector;
use crate::http::{Seen, send};
use crate::program::{Scratch, program};
use crate::upstream::{Answer, End, delta, farewell, finish, frame, upstream};

const PROMPT: &str = "marker-of-the-prompt-5d1e";
const REPLY: &str = "marker-of-the-reply-8c02";
const PROVIDER_KEY: &str = "sk-marker-of-the-provider-key-77aa";
const ADMIN_TOKEN: &str = "marker-of-the-admin-token-31f9";
const WRONG_KEY: &str = "ak_live_marker-of-a-wrong-key-0b6e";

/// What a careless provider says.
fn quoting(status: u16) -> Answer {
    let message = format!("You sent {PROMPT} with the key {PROVIDER_KEY}");
    Answer::Status(status, vec![], json!({ "error": { "message": message, "type": "x" } }).to_string())
}

fn answers() -> Vec<Answer> {
    let text = delta(&json!({ "content": REPLY }));
    let good = Answer::Stream(vec![text.clone(), finish("stop"), farewell()], End::Close);
    let plain = json!({ "id": "c", "model": "m", "choices": [{ "index": 0, "finish_reason": "stop",
        "message": { "role": "assistant", "content": REPLY } }], "usage": { "prompt_tokens": 1, "completion_tokens": 1 } });
    let plain = Answer::Status(200, vec![], plain.to_string());
    let broken = frame(&json!({ "error": { "message": format!("{PROMPT} {PROVIDER_KEY}") } }));
    let torn = Answer::Stream(vec![text.clone(), broken], End::Close);
    let cut = Answer::Stream(vec![text, "data: {torn marker-of-the-prompt-5d1e\n\n".to_owned()], End::Close);
    vec![good, plain, torn, cut, quoting(400), quoting(401), quoting(429), quoting(500), quoting(404)]
}

/// Every dialect, streamed and not.
fn requests() -> Vec<(&'static str, Value)> {
    let mut requests = Vec::new();
    for stream in [true, false] {
        let said = json!([{ "role": "user", "content": PROMPT }]);
        let chat = json!({ "model": "m", "stream": stream, "messages": said,
            "gateway": { "metadata": { "user_id": "user" } } });
        let message = json!({ "model": "m", "stream": stream, "max_tokens": 9, "messages": said });
        requests.extend([
            ("/v1/chat/completions", chat),
            ("/v1/messages", message),
            ("/v1/responses", json!({ "model": "m", "stream": stream, "input": PROMPT })),
        ]);
    }
    requests.extend([
        ("/v1/embeddings", json!({ "model": "m", "input": PROMPT })),
        (
            "/v1/messages/count_tokens",
            json!({ "model": "m", "messages": [{ "role": "user", "content": PROMPT }] }),
        ),
        // What can't be read, and what nobody has.
        ("/v1/chat/completions", json!({ "model": "m", "messages": PROMPT, "temperature": PROMPT })),
        (
            "/v1/chat/completions",
            json!({ "model": "nobody", "messages": [{ "role": "user", "content": PROMPT }] }),
        ),
    ]);
    requests
}

fn search(what: &str, bytes: &[u8], secrets: &[String]) {
    for secret in secrets {
        let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_there, "{secret} is in {what}: {}", String::from_utf8_lossy(bytes));
    }
}

fn search_files(directory: &Path, secrets: &[String]) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count += search_files(&path, secrets);
        } else {
            search(&path.display().to_string(), &std::fs::read(&path).expect("a file"), secrets);
            count += 1;
        }
    }
    count
}

// The collector goes on while the test waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_and_no_prompt_is_written_anywhere() {
    let scratch = Scratch::new("secrets");
    let collector = collector().await;
    let provider = upstream(answers()).await;
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\napi_key_env = \"PROVIDER_KEY\"\n\
         models = [{{ id = \"m\", input_price = 1.0, output_price = 1.0 }}]\n\
         [access]\nadmin_token_env = \"ADMIN_TOKEN\"\n",
        provider.url
    );
    let config = scratch.write("gateway.toml", &config);
    let data = scratch.path("data");
    let made = program().args(["keys", "create", "--name", "app", "--data-dir"]).arg(&data).output();
    let made = String::from_utf8(made.expect("it runs").stdout).expect("text");
    let key = made.lines().next().expect("the key").to_owned();
    assert!(key.starts_with("ak_live_"), "{made}");
    let mut gateway = program()
        .args(["gateway", "--port", "0", "--log-level", "trace,h2::codec=trace,hyper=trace", "--data-dir"])
        .arg(&data)
        .arg("--config")
        .arg(&config)
        .envs([("PROVIDER_KEY", PROVIDER_KEY), ("ADMIN_TOKEN", ADMIN_TOKEN)])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(gateway.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let first = output.next().expect("a banner");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    // A full pipe would stop the program.
    let mut log = gateway.stderr.take().expect("piped");
    let log = std::thread::spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut log, &mut text).expect("a log");
        text
    });

    let mut replies: Vec<Seen> = Vec::new();
    let requests = requests();
    let tokens = [format!("Bearer {key}"), format!("Bearer {WRONG_KEY}")];
    // Often enough that every request meets several of the provider's answers.
    for (path, body) in requests.iter().cycle().take(requests.len() * 2) {
        let url = format!("{url}{path}");
        replies
            .push(send(Method::Post, &url, &[("authorization", &tokens[0])], Some(body.to_string())).await);
    }
    for (path, body) in &requests {
        let url = format!("{url}{path}");
        for header in [("x-api-key", WRONG_KEY), ("authorization", &*tokens[1])] {
            let seen = send(Method::Post, &url, &[header], Some(body.to_string())).await;
            assert_eq!(seen.status, 401);
            replies.push(seen);
        }
    }
    let admin = format!("Bearer {ADMIN_TOKEN}");
    for path in ["/v1/me", "/v1/workspaces/default/api-keys", "/metrics"] {
        replies.push(send(Method::Get, &format!("{url}{path}"), &[("authorization", &admin)], None).await);
    }
    let statuses: Vec<_> = replies.iter().map(|seen| seen.status).collect();
    for status in [200, 400, 401, 404, 502] {
        assert!(statuses.contains(&status), "{status}: {statuses:?}");
    }
    assert!(replies.iter().any(|seen| seen.text.contains(REPLY)), "nobody answered: {statuses:?}");
    // Callers learn nothing of the keys either.
    let keys = [PROVIDER_KEY, ADMIN_TOKEN, &key].map(str::to_owned);
    for seen in &replies {
        search("a reply", seen.text.as_bytes(), &keys);
        search("headers", format!("{:?}", seen.headers).as_bytes(), &keys);
    }

    let killed = Command::new("kill").args(["-TERM", &gateway.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let banner = output.collect::<Vec<_>>().join("\n");
    assert!(gateway.wait().expect("it ends").success());
    let log = log.join().expect("it was read");
    assert!(String::from_utf8_lossy(&log).contains("a request ended"), "the log was on");

    let secret_part = key.rsplit('_').next().expect("a part").to_owned();
    let [provider_key, admin_token] = [PROVIDER_KEY, ADMIN_TOKEN].map(str::to_owned);
    let mut secrets =
        vec![PROMPT.to_owned(), REPLY.to_owned(), WRONG_KEY.to_owned(), provider_key, admin_token];
    secrets.extend([key, secret_part]);
    search("standard output", banner.as_bytes(), &secrets);
    search("the log", &log, &secrets);
    assert!(search_files(&data, &secrets) >= 2, "there are a database and a master key");
    let taken = collector.taken.lock().expect("nobody panicked");
    assert!(!taken.spans.is_empty());
    search("the traces", &taken.bytes, &secrets);
}

#[test]
fn what_is_printed_for_debugging_holds_no_secret() {
    let secrets = [PROMPT, PROVIDER_KEY, ADMIN_TOKEN].map(str::to_owned);
    let mut call = Call::post("/v1/chat/completions", PROMPT);
    call.add_header("authorization", &format!("Bearer {ADMIN_TOKEN}"));
    search("a call", format!("{call:?}").as_bytes(), &secrets);
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"http://x/v1\"\napi_key = \"{PROVIDER_KEY}\"\n"
    );
    let config = Config::from_toml(&config).expect("valid");
    search("a configuration", format!("{config:?}").as_bytes(), &secrets);
    let error = Config::from_toml(&format!(
        "[[providers]]\nid = \"p\"\nkind = \"simulated\"\napi_key = \"{PROVIDER_KEY}\"\n"
    ));
    search("an error", error.expect_err("not for simulated ones").to_string().as_bytes(), &secrets);
}
