//! `cargo xtask …`: makes committed files that are too tedious to write by hand.
#![expect(clippy::print_stderr, reason = "a command talks to whoever runs it")]

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("usage: cargo xtask catalog");
    ExitCode::FAILURE
}
