//! The gateway as a program. Arguments and signals only; everything else is in the library.
//!
//! One thread: connections are served by threads of the server's own.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Requests are many small allocations, which the system's allocator takes twice as long for.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    auriko_gateway::run_cli(std::env::args_os(), auriko_gateway::interrupted()).await.into()
}
