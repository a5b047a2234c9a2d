//! The log of the gateway, on standard error: its form, and how much of it.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// How to log.
#[derive(Debug, Args)]
pub(super) struct LogOptions {
    /// Form of the log on standard error.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// How much is logged: `off`, `error`, `warn`, `info` (a line per request), `debug` or `trace`; also per module, such as
    /// `warn,auriko_gateway=debug`. No level logs keys, prompts or replies.
    #[arg(long, env = "AURIKO_LOG", default_value = "info", value_name = "LEVEL")]
    log_level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One readable line per event.
    Text,
    /// One JSON object per event.
    Json,
}

/// Libraries that log headers, and with them keys, at `debug` and below. Whatever level is asked for, they are not heard there.
const INDISCREET: [&str; 9] =
    ["h2", "hyper", "hyper_util", "reqwest", "rustls", "tokio_postgres", "redis", "tower", "opentelemetry"];

/// Starts the log of this process.
///
/// # Errors
/// The level can't be understood.
pub(super) fn start(options: &LogOptions) -> Result<(), String> {
    let level = &options.log_level;
    let filter = EnvFilter::try_new(level).map_err(|_| {
        format!(
            "`--log-level` or AURIKO_LOG is `{level}`; use off, error, warn, info, debug, trace, or module=level"
        )
    })?;
    let log = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let log = match options.log_format {
        Format::Text => log.boxed(),
        Format::Json => log.json().flatten_event(true).with_span_list(false).boxed(),
    };
    // A log that is there already, such as a test's, stays.
    let _ = tracing_subscriber::registry().with(filter).with(filter_fn(is_discreet)).with(log).try_init();
    Ok(())
}

fn is_discreet(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !is_indiscreet(metadata.target())
}

fn is_indiscreet(target: &str) -> bool {
    INDISCREET.contains(&target.split("::").next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_known_by_its_crate() {
        assert!(is_indiscreet("hyper") && is_indiscreet("h2::codec::framed_write"));
        assert!(!is_indiscreet("auriko_gateway::observe::trail") && !is_indiscreet("hyperactive"));
    }
}
