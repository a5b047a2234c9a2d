//! `auriko gateway`: starts the server, says what it serves, and runs until it is told to stop.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::place::data_directory;
use super::source::Source;
use super::{Outcome, check, log};
use crate::config::IN_MEMORY;
use crate::gateway::{Description, Gateway};
use crate::server::Server;

/// What the options do not say.
const MORE: &str = "\
Besides the API it answers:
  GET /metrics   counts for Prometheus: for this machine, and whoever has a token
  GET /healthz   200 while the process answers
  GET /readyz    200 while it takes requests and its store answers

Signals:
  SIGTERM, SIGINT   finish what has begun, within `limits.drain_ms`, and end
  SIGHUP            read configuration and catalogue again

Variables: those that hold keys (OPENAI_API_KEY, \u{2026}), and those of OpenTelemetry for traces, such as
OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP). More: docs/operations.md";

/// `gateway`, and what else it can do.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = MORE)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) options: Options,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a configuration file, and say which providers have a key.
    Check(check::Arguments),
}

/// How to serve.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Address to listen on. Where callers need no key, because there is none, only a loopback address.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Directory for the gateway's data: keys, budgets, what was used, a catalogue of its own. It is created; `:memory:`
    /// keeps everything in memory. Default: `auriko` among the user's data.
    #[arg(long, env = "AURIKO_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// TOML file with providers and models. Without it: every provider whose key variable is set.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    log: log::LogOptions,
}

/// Serves until `shutdown` completes. The banner goes to standard output, the log to standard error.
pub(super) async fn run(options: &Options, shutdown: impl Future<Output = ()> + Send + 'static) -> Outcome {
    log::start(&options.log)?;
    let data_dir = data_directory(options.data_dir.as_deref());
    let directory = data_dir.as_deref().filter(|directory| *directory != Path::new(IN_MEMORY));
    if let Some(directory) = options.data_dir.as_deref().and(directory) {
        std::fs::create_dir_all(directory).map_err(|error| {
            format!("the data directory {} can't be created: {error}", directory.display())
        })?;
    }
    let source = Source::new(options.config.as_deref(), directory);
    // Before the files are read, so that no later change is missed.
    let marks = source.marks();
    let gateway = Gateway::new(source.load()?).map_err(|error| error.to_string())?;
    let needs_keys = gateway.open().await.map_err(|error| error.to_string())?;
    let description = gateway.describe();
    let (host, port) = (options.host.as_str(), options.port);
    let server = Server::bind(gateway.clone(), host, port)
        .await
        .map_err(|error| format!("can't listen on {host}, port {port}: {error}"))?;
    let banner = banner(
        &description,
        &format!("http://{}", server.local_addr()),
        options.config.as_deref(),
        needs_keys,
    );
    // A closed standard output is no reason not to serve.
    let _ = io::stdout().write_all(banner.as_bytes()).and_then(|()| io::stdout().flush());
    tokio::select! {
        ended = server.serve(shutdown) => ended.map_err(|error| format!("serving failed: {error}")),
        never = source.follow(&gateway, marks) => match never {},
    }
}

/// Completes on Ctrl-C or a request to terminate.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler there is nothing to wait for, and the system ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Most models that the banner names: a provider may offer hundreds.
const LISTED: usize = 12;

fn banner(description: &Description, url: &str, config: Option<&Path>, needs_keys: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec![format!("Auriko gateway {version} listens on {url}"), "Models:".to_owned()];
    let models = description.models.iter();
    lines.extend(models.take(LISTED).map(|model| format!("  {} ({})", model.id, model.providers.join(", "))));
    if let Some(more) = description.models.len().checked_sub(LISTED).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more: {url}/v1/models"));
    }
    lines.push(format!("  <provider>/<model> for any other model of: {}", description.providers.join(", ")));
    lines.push(match config {
        Some(path) => format!("Configuration: {}, read again when it changes", path.display()),
        None => "No configuration file: served are the providers whose key variables are set".to_owned(),
    });
    lines.push(if needs_keys {
        "Callers need a key".to_owned()
    } else {
        "Callers need no key, and only this machine is served, until `auriko keys create` has made one"
            .to_owned()
    });
    lines.push(description.notice.clone());
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::ModelDescription;

    #[test]
    fn the_banner_names_a_few_models_and_counts_the_rest() {
        let model = |number| ModelDescription { id: format!("m{number}"), providers: vec!["p".to_owned()] };
        let of = |count| {
            let description = Description {
                models: (1..=count).map(model).collect(),
                providers: vec!["p".to_owned()],
                simulated_only: false,
                notice: "Notice.".to_owned(),
            };
            banner(&description, "http://here", None, false)
        };
        assert!(of(12).contains("m12 (p)") && !of(12).contains("more"));
        assert!(
            of(15).contains("and 3 more: http://here/v1/models") && !of(15).contains("m13"),
            "{}",
            of(15)
        );
    }
}
