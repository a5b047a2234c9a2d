//! The network thread: one per process, shared by all Node environments.
//!
//! A current-thread runtime on purpose. Its run queue is first in, first out: of all sockets that became readable
//! together, each is read and decoded before the outbox's wake-up task runs, so a burst over many streams
//! reaches JavaScript as one drain. A multi-thread runtime would run the wake-up task next and wake per socket.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle};

static HANDLE: OnceLock<Result<Handle, String>> = OnceLock::new();

/// The runtime's handle; starts the thread on first use.
pub(crate) fn handle() -> napi::Result<Handle> {
    HANDLE.get_or_init(start).clone().map_err(napi::Error::from_reason)
}

fn start() -> Result<Handle, String> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .thread_name("auriko-blocking")
        .build()
        .map_err(|error| format!("the network runtime can't be started: {error}"))?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("auriko-net".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(|error| format!("the network thread can't be started: {error}"))?;
    Ok(handle)
}
