//! `load-generator`: sends chat completions over kept-alive HTTP/1.1 connections and reports rate and latency as one
//! line of JSON. It runs on one thread in a process of its own, so that its CPU is not counted as the server's.
//!
//! Two ways to offer load. Without `--rate` every connection sends its next request when the last reply is complete
//! (closed loop): that finds the highest rate. With `--rate` requests begin at fixed times, whether or not earlier ones
//! have been answered, and waiting for a free connection counts (open loop): that finds the latency under equal load.
//!
//! Every reply is checked: its status, and the number of text pieces in it. One that is wrong ends the run, so that a
//! server can't be fast by losing text.

mod connection;
mod report;
mod run;
mod tokens;

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hyper::header::{HeaderName, HeaderValue};

/// Measure an OpenAI-shaped server.
#[derive(Debug, Parser)]
struct Arguments {
    /// The server, such as `127.0.0.1:8080`.
    #[arg(long)]
    address: SocketAddr,
    /// Path to post to.
    #[arg(long, default_value = "/v1/chat/completions")]
    path: String,
    /// A header to send, as `name: value`; may be given several times.
    #[arg(long = "header", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The JSON body of every request.
    #[arg(long)]
    body: String,
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// No request begins after this time, milliseconds; those under way are completed and counted.
    #[arg(long, default_value_t = 1000)]
    duration_ms: u64,
    /// Requests per second to begin. Without it: as many as the connections carry.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// Text pieces of ` token…` that every reply must hold.
    #[arg(long)]
    tokens: u64,
}

/// What every request of a run has in common.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: bytes::Bytes,
    pub(crate) connections: u32,
    pub(crate) duration: Duration,
    pub(crate) rate: Option<u32>,
    pub(crate) tokens: u64,
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("a header is `name: value`")?;
    let name = name.trim().parse::<HeaderName>().map_err(|error| error.to_string())?;
    let value = value.trim().parse::<HeaderValue>().map_err(|error| error.to_string())?;
    Ok((name, value))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = Plan {
        address: arguments.address,
        path: arguments.path,
        headers: arguments.headers,
        body: arguments.body.into(),
        connections: arguments.connections,
        duration: Duration::from_millis(arguments.duration_ms),
        rate: arguments.rate,
        tokens: arguments.tokens,
    };
    let local = tokio::task::LocalSet::new();
    // A parent that no longer reads has no use for an error either.
    match local.run_until(run::run(plan)).await {
        Ok(report) => {
            let _ = writeln!(std::io::stdout(), "{}", report.to_json());
            ExitCode::SUCCESS
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "load-generator: {message}");
            ExitCode::FAILURE
        }
    }
}
