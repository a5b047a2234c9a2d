//! The end of the program: what has begun ends whole, nothing new begins, everything is written.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::program::{Scratch, program};

struct Program {
    child: Child,
    address: String,
    data: String,
    _scratch: Scratch,
}

fn start(name: &str, provider: &str, limits: &str) -> Program {
    let scratch = Scratch::new(name);
    let config = format!(
        "[[providers]]\nid = \"p\"\nkind = \"simulated\"\nlatency_ms = 0\n{provider}\n\
         models = [{{ id = \"m\", input_price = 1.0, output_price = 1.0 }}]\n[limits]\n{limits}\n"
    );
    let config = scratch.write("gateway.toml", &config);
    let data = scratch.path("data").to_str().expect("a path").to_owned();
    let mut child = program()
        .args(["gateway", "--port", "0", "--log-level", "off", "--data-dir", &data, "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut banner = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let first = banner.next().expect("a banner");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL");
    let address = url.trim_start_matches("http://").to_owned();
    Program { child, address, data, _scratch: scratch }
}

impl Program {
    /// A stream of which the first event has come.
    fn stream(&self) -> TcpStream {
        let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).expect("it reads");
        let mut seen = Vec::new();
        while !seen.windows(6).any(|window| window == b"data: ") {
            let mut piece = [0; 64];
            let length = stream.read(&mut piece).expect("a reply");
            assert!(length > 0, "{}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&piece[..length]);
        }
        stream
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
    }

    /// The line of the ledger's table, after the program has ended with code 0.
    fn ledger(mut self) -> String {
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0));
        let arguments = ["usage", "--by", "model", "--format", "csv", "--data-dir", &self.data];
        let output = program().args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_stream_that_runs_ends_whole_while_nobody_new_is_let_in() {
    let program = start("drain", "chunk_pace_ms = 20\noutput_tokens = 60", "");
    let mut stream = program.stream();
    program.terminate();
    // Until the signal has arrived, it still listens.
    while TcpStream::connect(&program.address).is_ok() {
        std::thread::yield_now();
    }
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("the stream goes on");
    assert!(rest.contains("data: [DONE]") && rest.ends_with("0\r\n\r\n"), "{rest}");
    let ledger = program.ledger();
    assert!(ledger.lines().nth(1).is_some_and(|line| line.starts_with("m,1,")), "{ledger}");
}

#[test]
fn what_does_not_end_is_cut_off_and_settled() {
    let program = start("cut", "chunk_pace_ms = 0\nstall_after_tokens = 3", "drain_ms = 50");
    let mut stream = program.stream();
    program.terminate();
    let mut rest = String::new();
    // The connection breaks, or ends without the chunk that says that this was all.
    let _ = stream.read_to_string(&mut rest);
    assert!(!rest.contains("[DONE]") && !rest.ends_with("0\r\n\r\n"), "{rest}");
    let ledger = program.ledger();
    assert!(ledger.lines().nth(1).is_some_and(|line| line.starts_with("m,1,")), "{ledger}");
}
