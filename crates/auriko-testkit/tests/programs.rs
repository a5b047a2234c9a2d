//! The three programs together, as the benchmarks use them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// A server that is ended when the test is over.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts a program that prints `listening http://…`.
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut child =
            Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening http://").expect("the address").to_owned();
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the test will have noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mock_upstream() -> Server {
    Server::start(env!("CARGO_BIN_EXE_mock-upstream"), &[])
}

fn load(address: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load-generator"))
        .args(["--address", address, "--duration-ms", "100"])
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn report(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

const STREAM: &str = r#"{"stream":true,"model":"bench.chunks-30"}"#;

#[test]
fn streams_pass_through_whole() {
    let upstream = mock_upstream();
    let proxy = Server::start(env!("CARGO_BIN_EXE_pass-through"), &["--upstream", &upstream.address]);
    let report = report(&load(&proxy.address, &["--connections", "4", "--tokens", "30", "--body", STREAM]));
    assert!(report["requests"].as_u64() >= Some(4), "{report}");
    assert!(report["latency_us"]["p50"].as_f64() >= report["first_token_us"]["p50"].as_f64(), "{report}");
}

#[test]
fn requests_begin_at_the_rate_asked_for() {
    let upstream = mock_upstream();
    let body = r#"{"model":"bench.bytes-80"}"#;
    let arguments = ["--rate", "200", "--connections", "8", "--tokens", "10", "--body", body];
    let report = report(&load(&upstream.address, &arguments));
    // 100 ms at 200 a second, however slow the machine is: ticks that were missed are made up for.
    let requests = report["requests"].as_u64().expect("a number");
    assert!((1..=21).contains(&requests), "{report}");
}

#[test]
fn a_reply_that_lost_text_ends_the_run() {
    let upstream = mock_upstream();
    let output = load(&upstream.address, &["--tokens", "31", "--body", STREAM]);
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("30 pieces of text instead of 31"), "{message}");
}

#[test]
fn a_refusal_is_quoted() {
    let upstream = mock_upstream();
    let output = load(&upstream.address, &["--tokens", "1", "--body", "no JSON"]);
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("status 400") && message.contains("body is not JSON"), "{message}");
}

#[test]
fn a_proxy_without_a_server_says_so() {
    // Bound and dropped: nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let proxy = Server::start(env!("CARGO_BIN_EXE_pass-through"), &["--upstream", &closed.to_string()]);
    let output = load(&proxy.address, &["--tokens", "30", "--body", STREAM]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("status 502"), "{output:?}");
}
