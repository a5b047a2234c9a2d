use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::http::send;

#[tokio::test]
async fn the_program_starts_without_any_configuration() {
    let directory = std::env::temp_dir().join(format!("auriko-gateway-test-{}", std::process::id()));
    let mut program = Command::new(env!("CARGO_BIN_EXE_auriko-gateway"))
        .args(["--port", "0", "--data-dir"])
        .arg(&directory)
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(program.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a banner").expect("text");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("a URL").to_owned();
    let seen = send(auriko_client::Method::Get, &format!("{url}/healthz"), &[], None).await;
    program.kill().expect("it runs");
    program.wait().expect("it ends");
    let banner: Vec<_> = lines.map_while(Result::ok).collect();
    assert_eq!(seen.status, 200);
    assert!(banner.join("\n").contains("Only simulated providers"), "{banner:?}");
    assert!(directory.is_dir());
    std::fs::remove_dir_all(directory).expect("it can be removed");
}

#[test]
fn mistakes_are_explained() {
    let check = |arguments: &[&str], code: i32, expected: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_auriko-gateway"))
            .args(arguments)
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut text = String::new();
        program.stderr.take().expect("piped").read_to_string(&mut text).expect("text");
        assert_eq!(program.wait().expect("it ends").code(), Some(code), "{text}");
        assert!(text.contains(expected), "{text}");
    };
    check(&["--prot", "1"], 2, "--prot");
    check(&["--config", "/does/not/exist.toml"], 1, "exist.toml");
    check(&["--host", "0.0.0.0", "--port", "0"], 1, "other machines");
}
