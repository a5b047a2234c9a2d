//! The running program: what it says when it starts, and how it follows its files.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};

use auriko_client::{Client, Limits, Method, Request};
use serde_json::json;

use crate::http::{Seen, send};
use crate::program::{Scratch, program};

/// A running gateway, killed at the end of its test.
struct Running {
    child: Child,
    url: String,
    banner: Lines<BufReader<ChildStdout>>,
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(arguments: &[&std::ffi::OsStr]) -> Self {
        let mut child = program()
            .args(["gateway", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut banner = BufReader::new(child.stdout.take().expect("piped")).lines();
        let log = BufReader::new(child.stderr.take().expect("piped")).lines();
        let first = banner.next().expect("a banner").expect("text");
        let url =
            first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        Self { child, url, banner, log }
    }

    async fn get(&self, path: &str) -> Seen {
        send(Method::Get, &format!("{}{path}", self.url), &[], None).await
    }

    async fn serves(&self, model: &str) -> bool {
        self.get(&format!("/v1/models/{model}")).await.status == 200
    }

    /// Waits until the log says something.
    fn wait_for(&mut self, words: &str) -> String {
        let said = self.log.by_ref().map_while(Result::ok).find(|line| line.contains(words));
        said.unwrap_or_else(|| panic!("the log never said: {words}"))
    }

    #[cfg(unix)]
    fn hang_up(&self) {
        let killed = std::process::Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

macro_rules! arguments {
    ($($argument:expr),* $(,)?) => { &[$(AsRef::<std::ffi::OsStr>::as_ref($argument)),*] };
}

fn config(model: &str, more: &str) -> String {
    format!(
        "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\n{more}\nmodels = [{{ id = \"{model}\" }}]\n"
    )
}

const READ: &str = "the configuration was read again";
const REFUSED: &str = "the old one stays";

#[tokio::test]
async fn it_starts_without_any_configuration() {
    let scratch = Scratch::new("start");
    let data = scratch.path("data");
    let mut running = Running::start(arguments!["--data-dir", &data]);
    assert_eq!(running.get("/healthz").await.status, 200);
    running.child.kill().expect("it runs");
    let banner: Vec<_> = running.banner.by_ref().map_while(Result::ok).collect();
    let banner = banner.join("\n");
    assert!(
        banner.contains("Only simulated providers") && banner.contains("No configuration file"),
        "{banner}"
    );
    assert!(data.is_dir());
}

#[tokio::test]
async fn a_changed_file_is_read_again() {
    let scratch = Scratch::new("change");
    let file = scratch.write("gateway.toml", &config("one", ""));
    let mut running = Running::start(arguments!["--config", &file]);
    assert!(running.serves("one").await && !running.serves("another").await);
    scratch.write("gateway.toml", &config("another", ""));
    running.wait_for(READ);
    assert!(running.serves("another").await && !running.serves("one").await);
    scratch.write("gateway.toml", "[[providers]]\nid = \"p\"\nkind = \"nothing\"\n");
    let said = running.wait_for(REFUSED);
    assert!(said.contains("gateway.toml") && said.contains("nothing"), "{said}");
    assert!(running.serves("another").await);
    scratch.write("gateway.toml", &config("third", ""));
    running.wait_for(READ);
    assert!(running.serves("third").await);
}

#[cfg(unix)]
#[tokio::test]
async fn a_hangup_reads_the_file_again() {
    let scratch = Scratch::new("hangup");
    let file = scratch.write("gateway.toml", &config("one", ""));
    let mut running = Running::start(arguments!["--config", &file]);
    // Once it answers, signals are heard: both begin in the same breath, and the file watch shows that it has begun.
    scratch.write("gateway.toml", &config("another", ""));
    running.wait_for(READ);
    running.hang_up();
    running.wait_for(READ);
    assert!(running.serves("another").await);
}

#[tokio::test]
async fn a_stream_ends_as_it_began() {
    let scratch = Scratch::new("stream");
    // 300 tokens, 10 ms each: it outlives the reload by far.
    let file = scratch.write("gateway.toml", &config("one", "output_tokens = 300\nchunk_pace_ms = 10"));
    let mut running = Running::start(arguments!["--config", &file]);
    let body = json!({ "model": "one", "stream": true, "messages": [{ "role": "user", "content": "hi" }] });
    let mut request = Request::new(Method::Post, format!("{}/v1/chat/completions", running.url));
    request.body = Some(body.to_string().into());
    request.limits = Limits::default();
    // The head comes with the first token.
    let stream = Client::new().send(request).await.expect("it begins");
    scratch.write("gateway.toml", &config("another", ""));
    running.wait_for(READ);
    assert!(!running.serves("one").await);
    let text = stream.text().await.expect("it ends");
    assert!(text.contains("[DONE]") && !text.contains("\"error\""), "{text}");
    assert!(text.matches("\"content\"").count() >= 300, "{text}");
}

#[tokio::test]
async fn a_new_catalogue_is_noticed() {
    let scratch = Scratch::new("notice");
    let data = scratch.path("data");
    let file = scratch.write(
        "gateway.toml",
        "[[providers]]\nid = \"groq\"\nkind = \"openai-compatible\"\napi_key = \"never-used\"\n",
    );
    let mut running = Running::start(arguments!["--config", &file, "--data-dir", &data]);
    assert!(running.serves("gpt-oss-120b").await);
    let catalog = json!({
        "version": "00000000000000aa", "generated_at": "2026-11-23T00:00:00Z", "sources": [],
        "providers": [{ "id": "groq", "display_name": "Groq" }],
        "models": [{ "id": "brand-new", "family": "b", "display_name": "B", "offerings": [{ "provider": "groq", "upstream_id": "b" }] }],
    });
    let new = scratch.write("new.json", &catalog.to_string());
    let updated = program().arg("catalog").arg("update").arg(&new).arg("--data-dir").arg(&data).output();
    assert!(updated.expect("it runs").status.success());
    running.wait_for(READ);
    assert!(running.serves("brand-new").await && !running.serves("gpt-oss-120b").await);
}
