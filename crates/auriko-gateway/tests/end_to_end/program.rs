//! The program itself: its commands, what they print, and how they end.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A directory of a test, removed when it ends.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("auriko-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory can be made");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).expect("a file can be written");
        self.path(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary directory is no failure.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program with nothing in its environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auriko-gateway"));
    command.env_clear();
    command
}

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(arguments: &[&OsStr], env: &[(&str, &str)], stdin: &str) -> Ended {
    let mut program = program()
        .args(arguments)
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Most commands do not read it.
    let _ = program.stdin.take().expect("piped").write_all(stdin.as_bytes());
    let output = program.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn fails(arguments: &[&OsStr], code: i32, expected: &str) {
    let ended = run(arguments, &[], "");
    assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(expected), "`{expected}` is not in: {}", ended.stderr);
}

fn succeeds(arguments: &[&OsStr], env: &[(&str, &str)], stdin: &str) -> String {
    let ended = run(arguments, env, stdin);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    ended.stdout
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Shorthand for arguments of different kinds.
macro_rules! arguments {
    ($($argument:expr),* $(,)?) => { &[$(AsRef::<OsStr>::as_ref($argument)),*] };
}

#[test]
fn mistakes_are_explained() {
    fails(arguments!["--prot", "1"], 2, "--prot");
    fails(arguments!["gateway", "--prot", "1"], 2, "--prot");
    fails(arguments!["serve"], 2, "serve");
    fails(arguments!["--config", "/does/not/exist.toml"], 1, "exist.toml");
    fails(arguments!["gateway", "--host", "0.0.0.0", "--port", "0"], 1, "other machines");
    fails(arguments!["check", "/does/not/exist.toml"], 1, "exist.toml");
    fails(arguments!["simulate"], 2, "TRACES");
    fails(arguments!["keys", "list"], 1, "--data-dir");
    fails(arguments!["usage", "--data-dir", ":memory:", "--since", "soon"], 1, "--since");
    fails(arguments!["budgets", "--url", "http://127.0.0.1:1"], 1, "AURIKO_ADMIN_TOKEN");
    let help = succeeds(arguments!["gateway", "--help"], &[], "");
    for word in
        ["--log-format", "--log-level", "/metrics", "/readyz", "SIGTERM", "OTEL_EXPORTER_OTLP_ENDPOINT"]
    {
        assert!(help.contains(word), "{word}: {help}");
    }
    let help = succeeds(arguments!["--help"], &[], "");
    for command in
        ["gateway", "check", "models", "route", "keys", "budgets", "usage", "backup", "catalog", "simulate"]
    {
        assert!(help.contains(command), "{help}");
    }
}

const CONFIG: &str = r#"
[[providers]]
id = "able"
kind = "simulated"
models = [{ id = "shared", input_price = 4.0, output_price = 4.0 }]
data_policy = "no_training"

[[providers]]
id = "plain"
kind = "simulated"
models = [{ id = "shared", input_price = 1.0, output_price = 1.0, context_window = 1000 }]

[[providers]]
id = "groq"
kind = "openai-compatible"
api_key_env = "MY_GROQ_KEY"
"#;

#[test]
fn configurations_are_checked() {
    let scratch = Scratch::new("check");
    let good = scratch.write("good.toml", CONFIG);
    let found = succeeds(arguments!["check", &good], &[("MY_GROQ_KEY", "secret-key")], "");
    assert!(found.contains("from MY_GROQ_KEY") && found.contains("able"), "{found}");
    assert!(!found.contains("secret-key"), "{found}");
    let found = succeeds(arguments!["gateway", "check", &good], &[], "");
    assert!(found.contains("MY_GROQ_KEY is not set") && found.contains("would not start"), "{found}");
    let unknown =
        scratch.write("unknown.toml", "\n[[providers]]\nid = \"a\"\nkind = \"simulated\"\n  latency = 3\n");
    fails(arguments!["check", &unknown], 1, "line 5, column 3");
    let torn = scratch.write("torn.toml", "[[providers]\n");
    fails(arguments!["check", &torn], 1, "line 1, column");
    let model =
        "\n[[models]]\nid = \"new\"\n[[models.offerings]]\nprovider = \"nobody\"\nupstream_id = \"n\"\n";
    let nobodys = scratch.write("nobody.toml", &format!("{CONFIG}{model}"));
    fails(arguments!["check", &nobodys], 1, "provider `nobody` is unknown");
}

#[test]
fn callable_models_are_listed() {
    let scratch = Scratch::new("models");
    let config = scratch.write("config.toml", CONFIG);
    let key = [("MY_GROQ_KEY", "k")];
    let text = succeeds(arguments!["models", "--config", &config], &key, "");
    assert!(text.contains("shared") && text.contains("groq") && text.contains("gpt-oss-120b"), "{text}");
    let lines = json_of(&succeeds(
        arguments!["models", "--config", &config, "--provider", "plain", "--json"],
        &key,
        "",
    ));
    let line = &lines.as_array().expect("a list")[..];
    assert_eq!(line.len(), 1);
    assert_eq!(line[0]["model"], "shared");
    assert_eq!(line[0]["input_price"], 1.0);
    assert_eq!(line[0]["context_window"], 1000);
    fails(arguments!["models", "--provider", "nobody"], 1, "there is simulated");
}

#[test]
fn routes_are_explained_without_asking_anybody() {
    let scratch = Scratch::new("route");
    let config = scratch.write("config.toml", CONFIG);
    let body = |routing: Value, length: usize| {
        let messages = json!([{ "role": "user", "content": "x".repeat(length) }]);
        json!({ "model": "shared", "messages": messages, "gateway": { "routing": routing } }).to_string()
    };
    let explain = |body: &str| {
        let arguments = arguments!["route", "-", "--config", &config, "--json"];
        json_of(&succeeds(arguments, &[("MY_GROQ_KEY", "k")], body))
    };
    let found = explain(&body(json!({}), 40));
    let providers: Vec<_> =
        found["candidates"].as_array().expect("a list").iter().map(|it| it["provider"].clone()).collect();
    assert_eq!(providers, ["plain", "able"]);
    assert!((found["candidates"][0]["cost_score"].as_f64().expect("a score") - 1.0).abs() < 1e-9);
    // 10 tokens in, 256 out, one dollar per million.
    assert!((found["candidates"][0]["expected_cost_usd"].as_f64().expect("a cost") - 266e-6).abs() < 1e-9);
    let found = explain(&body(json!({ "max_cost_per_1m": 2 }), 40_000));
    assert_eq!(found["candidates"], json!([]));
    assert_eq!(found["refusal"]["param"], "gateway.routing.max_cost_per_1m");
    let dropped: Vec<_> = found["dropped"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["reasons"][0]["code"].clone())
        .collect();
    assert_eq!(dropped.len(), 2, "{found}");
    assert!(dropped.contains(&json!("context_length_exceeded")), "{found}");
    let file = scratch.write("body.json", &body(json!({ "data_policy": "no_training" }), 40));
    let text = succeeds(arguments!["route", &file, "--config", &config], &[("MY_GROQ_KEY", "k")], "");
    assert!(text.contains("able") && text.contains("Not asked") && text.contains("data_policy"), "{text}");
    let wrong =
        scratch.write("wrong.json", r#"{"model":"shared","messages":[],"gateway":{"routing":{"mode":"x"}}}"#);
    fails(arguments!["route", &wrong], 1, "the request is wrong");
    fails(arguments!["route", "/does/not/exist.json"], 1, "exist.json");
}

#[test]
fn catalogues_are_replaced() {
    let scratch = Scratch::new("catalog");
    let data = scratch.path("data");
    let shipped = succeeds(arguments!["catalog", "show", "--data-dir", &data], &[], "");
    assert!(shipped.contains("part of the program"), "{shipped}");
    let catalog = json!({
        "version": "00000000000000aa", "generated_at": "2026-11-23T00:00:00Z", "sources": [],
        "providers": [{ "id": "groq", "display_name": "Groq" }],
        "models": [{ "id": "brand-new", "family": "b", "display_name": "B", "offerings": [
            { "provider": "groq", "upstream_id": "b", "tiers": [{ "name": "standard", "input_price": 1, "output_price": 2 }] },
        ] }],
    });
    let file = scratch.write("new.json", &catalog.to_string());
    let said = succeeds(arguments!["catalog", "update", &file, "--data-dir", &data], &[], "");
    assert!(said.contains("1 models from 1 providers"), "{said}");
    let shown = json_of(&succeeds(arguments!["catalog", "show", "--data-dir", &data, "--json"], &[], ""));
    assert_eq!((&shown["version"], &shown["models"]), (&json!("00000000000000aa"), &json!(1)));
    let broken =
        scratch.write("broken.json", &catalog.to_string().replace("\"input_price\":1", "\"input_price\":-1"));
    fails(arguments!["catalog", "update", &broken, "--data-dir", &data], 1, "input_price");
    let shown = json_of(&succeeds(arguments!["catalog", "show", "--data-dir", &data, "--json"], &[], ""));
    assert_eq!(shown["version"], "00000000000000aa");
}

fn traces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/traces")
}

#[test]
fn traces_are_replayed() {
    let scratch = Scratch::new("simulate");
    let (batch, agent) = (traces().join("batch.jsonl"), traces().join("agent.jsonl"));
    let svg = scratch.path("bills.svg");
    let arguments = arguments!["simulate", &batch, &agent, "--json", "--svg", &svg];
    let reports = json_of(&succeeds(arguments, &[], ""));
    assert_eq!((&reports[0]["trace"], &reports[1]["trace"]), (&json!("batch"), &json!("agent")));
    for report in reports.as_array().expect("a list") {
        assert!(report["saved_percent"].as_f64().expect("a number") >= 30.0, "{report}");
        let policies: Vec<_> =
            report["bills"].as_array().expect("bills").iter().map(|it| it["policy"].clone()).collect();
        assert_eq!(policies, ["fixed provider", "cheapest list price", "cost-focus", "oracle"]);
    }
    let picture = std::fs::read_to_string(svg).expect("a picture");
    assert!(picture.starts_with("<svg") && picture.contains("agent") && picture.ends_with("</svg>\n"));
    let table = succeeds(arguments!["simulate", &batch], &[], "");
    assert!(
        table.contains("cost-focus") && table.contains("oracle") && table.contains("mean of 1 trace"),
        "{table}"
    );
    let broken = scratch.write("broken.jsonl", "{\"time_ms\":0}\n");
    fails(arguments!["simulate", &broken], 1, "line 1");
    fails(arguments!["simulate", &batch, "--losses", "101"], 2, "101");
}

#[test]
fn traces_are_made_from_a_seed() {
    let made = succeeds(arguments!["simulate", "generate", "--kind", "batch", "--seed", "7"], &[], "");
    let shipped = std::fs::read_to_string(traces().join("batch.jsonl")).expect("a trace");
    assert!(made == shipped);
    assert!(made != succeeds(arguments!["simulate", "generate", "--kind", "batch", "--seed", "8"], &[], ""));
}
