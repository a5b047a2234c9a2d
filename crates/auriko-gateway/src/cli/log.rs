//! The log of the gateway, on standard error: its form, and how much of it.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, fmt};

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

/// Modules of the HTTP libraries log headers, and with them keys, at `debug` and below.
const QUIET: [&str; 9] = [
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    "reqwest=info",
    "rustls=info",
    "tokio_postgres=info",
    "redis=info",
    "tower=info",
    "opentelemetry=warn",
];

/// Starts the log of this process.
///
/// # Errors
/// The level can't be understood.
pub(super) fn start(options: &LogOptions) -> Result<(), String> {
    let filter = filter(&options.log_level)?;
    let log = fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // A log that is there already, such as a test's, stays.
    let _ = match options.log_format {
        Format::Text => log.try_init(),
        Format::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
    };
    Ok(())
}

fn filter(level: &str) -> Result<EnvFilter, String> {
    let wrong = |_| {
        format!(
            "`--log-level` or AURIKO_LOG is `{level}`; use off, error, warn, info, debug, trace, or module=level"
        )
    };
    let mut filter = EnvFilter::try_new(level).map_err(wrong)?;
    if filter.max_level_hint().is_some_and(|level| level <= LevelFilter::INFO) {
        return Ok(filter);
    }
    for quiet in QUIET {
        filter = filter.add_directive(quiet.parse().map_err(|_| format!("`{quiet}` is no directive"))?);
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_word_or_several_and_libraries_stay_quiet() {
        for (level, is_loud) in
            [("info", false), ("off", false), ("warn,auriko_gateway=debug", true), ("trace", true)]
        {
            let filter = filter(level).expect(level).to_string();
            assert_eq!(filter.contains("hyper=info"), is_loud, "{filter}");
        }
        assert!(filter("auriko=loud").expect_err("no level").contains("--log-level"));
    }
}
