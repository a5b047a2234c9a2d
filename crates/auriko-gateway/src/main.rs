//! The gateway as a program. Arguments and signals only; everything else is in the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    auriko_gateway::run_cli(std::env::args_os(), auriko_gateway::interrupted()).await.into()
}
