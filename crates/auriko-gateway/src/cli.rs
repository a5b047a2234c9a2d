//! `auriko-gateway` and `npx auriko gateway`: arguments, banner, logs. Both come through [`run_cli`].

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};

use crate::config::Config;
use crate::gateway::{Description, Gateway};
use crate::server::Server;

/// Serve the Auriko API: one endpoint, many model providers.
#[derive(Debug, Parser)]
#[command(name = "auriko gateway", version)]
struct Arguments {
    /// Address to listen on; only loopback addresses, as callers are not identified yet.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Directory for the gateway's data. It is created; nothing is stored there yet.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// TOML file with providers and models. Without it: every provider whose key variable is set.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Form of the log on standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// One readable line per event.
    Text,
    /// One JSON object per event.
    Json,
}

/// Runs the gateway until `shutdown` completes. `arguments` begin with the name of the program.
///
/// The banner goes to standard output, the log to standard error. Returns the exit code: 0 when all went
/// well, 1
/// when it could not start or serve, 2 for wrong arguments.
pub async fn run_cli<A>(
    arguments: impl IntoIterator<Item = A>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> u8
where
    A: Into<OsString> + Clone,
{
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors too, to be printed on standard output.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    start_log(arguments.log_format);
    match run(&arguments, shutdown).await {
        Ok(()) => 0,
        Err(message) => {
            let _ = writeln!(io::stderr(), "auriko gateway: {message}");
            1
        }
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

async fn run(
    arguments: &Arguments,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let config = read_config(arguments.config.as_deref())?;
    if let Some(directory) = &arguments.data_dir {
        std::fs::create_dir_all(directory).map_err(|error| {
            format!("the data directory {} can't be created: {error}", directory.display())
        })?;
    }
    let gateway = Gateway::new(config).map_err(|error| error.to_string())?;
    let description = gateway.describe();
    let (host, port) = (arguments.host.as_str(), arguments.port);
    let server = Server::bind(gateway, host, port)
        .await
        .map_err(|error| format!("can't listen on {host}, port {port}: {error}"))?;
    let banner = banner(&description, &format!("http://{}", server.local_addr()));
    // A closed standard output is no reason not to serve.
    let _ = io::stdout().write_all(banner.as_bytes()).and_then(|()| io::stdout().flush());
    server.serve(shutdown).await.map_err(|error| format!("serving failed: {error}"))
}

fn read_config(path: Option<&Path>) -> Result<Config, String> {
    let Some(path) = path else { return Ok(Config::zero(&|name| std::env::var(name).ok())) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the configuration {} can't be read: {error}", path.display()))?;
    Config::from_toml(&text)
        .map_err(|error| format!("the configuration {} is wrong: {error}", path.display()))
}

/// Most models that the banner names: a provider may offer hundreds.
const LISTED: usize = 12;

fn banner(description: &Description, url: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec![format!("Auriko gateway {version} listens on {url}"), "Models:".to_owned()];
    let models = description.models.iter();
    lines.extend(models.take(LISTED).map(|model| format!("  {} ({})", model.id, model.providers.join(", "))));
    if let Some(more) = description.models.len().checked_sub(LISTED).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more: {url}/v1/models"));
    }
    lines.push(format!("  <provider>/<model> for any other model of: {}", description.providers.join(", ")));
    lines.push(description.notice.clone());
    lines.push(String::new());
    lines.join("\n")
}

fn start_log(format: LogFormat) {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_env("AURIKO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // A log that is there already, such as a test's, stays.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
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
            banner(&description, "http://here")
        };
        assert!(of(12).contains("m12 (p)") && !of(12).contains("more"));
        assert!(
            of(15).contains("and 3 more: http://here/v1/models") && !of(15).contains("m13"),
            "{}",
            of(15)
        );
    }
}
