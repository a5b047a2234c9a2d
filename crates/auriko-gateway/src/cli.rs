//! `auriko-gateway` and `npx auriko`: arguments and what they lead to. Both come through [`run_cli`].

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;

mod api;
mod backup;
mod budgets;
mod byok;
mod catalog;
mod check;
mod credits;
mod keys;
mod log;
mod models;
mod place;
mod route;
mod serve;
mod simulate;
mod source;
mod table;
mod usage;

pub use serve::interrupted;

/// One endpoint, many model providers: the gateway and its tools.
#[derive(Debug, Parser)]
#[command(name = "auriko", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    gateway: serve::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the Auriko API.
    Gateway(serve::Arguments),
    /// Check a configuration file, and say which providers have a key.
    Check(check::Arguments),
    /// List the models that can be called, with prices.
    Models(models::Arguments),
    /// Explain where a request would go, without sending it.
    Route(route::Arguments),
    /// Make, list and revoke the keys of callers.
    Keys(keys::Arguments),
    /// Add, list and remove a workspace's own keys for providers.
    Byok(byok::Arguments),
    /// Show how far budgets are used, or make one.
    Budgets(budgets::Arguments),
    /// Show the credit of a workspace, or add to it.
    Credits(credits::Arguments),
    /// Show what was asked, and what it cost.
    Usage(usage::Arguments),
    /// Write a copy of the store, while the gateway runs or not.
    Backup(backup::Arguments),
    /// Show the catalogue of models and prices, or replace it.
    Catalog(catalog::Arguments),
    /// Replay traces of requests, and compare what they cost with and without routing.
    Simulate(simulate::Arguments),
}

/// What went wrong, in a sentence for whoever typed the command.
type Outcome = Result<(), String>;

/// Runs a command; the gateway, which is also what no command stands for, until `shutdown` completes. `arguments` begin
/// with the name of the program.
///
/// Results go to standard output, logs and errors to standard error. Returns the exit code: 0 when all went well, 1 when
/// it did not, 2 for wrong arguments.
pub async fn run_cli<A>(
    arguments: impl IntoIterator<Item = A>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> u8
where
    A: Into<OsString> + Clone,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    // The program of the gateway serves when it is told nothing; `auriko` is more than that.
    if matches!(arguments.as_slice(), [name] if name == "auriko") {
        return print(&Arguments::command().render_help().to_string()).map_or(1, |()| 0);
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors too, to be printed on standard output.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let (name, outcome) = match arguments.command {
        None => ("gateway", serve::run(&arguments.gateway, shutdown).await),
        Some(Command::Gateway(serve::Arguments { command: None, options })) => {
            ("gateway", serve::run(&options, shutdown).await)
        }
        Some(Command::Gateway(serve::Arguments {
            command: Some(serve::Command::Check(arguments)), ..
        })) => ("gateway check", check::run(&arguments)),
        Some(Command::Check(arguments)) => ("check", check::run(&arguments)),
        Some(Command::Models(arguments)) => ("models", models::run(&arguments)),
        Some(Command::Route(arguments)) => ("route", route::run(&arguments)),
        Some(Command::Keys(arguments)) => ("keys", Box::pin(keys::run(&arguments)).await),
        Some(Command::Byok(arguments)) => ("byok", Box::pin(byok::run(&arguments)).await),
        Some(Command::Budgets(arguments)) => ("budgets", Box::pin(budgets::run(&arguments)).await),
        Some(Command::Credits(arguments)) => ("credits", Box::pin(credits::run(&arguments)).await),
        Some(Command::Usage(arguments)) => ("usage", Box::pin(usage::run(&arguments)).await),
        Some(Command::Backup(arguments)) => ("backup", Box::pin(backup::run(&arguments)).await),
        Some(Command::Catalog(arguments)) => ("catalog", catalog::run(&arguments)),
        Some(Command::Simulate(arguments)) => ("simulate", simulate::run(&arguments)),
    };
    match outcome {
        Ok(()) => 0,
        Err(message) => {
            let _ = writeln!(io::stderr(), "auriko {name}: {message}");
            1
        }
    }
}

/// Writes a result. Nobody minds when whoever reads it, such as `head`, has had enough.
fn print(text: &str) -> Outcome {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("the result can't be written: {error}"))
        }
        _ => Ok(()),
    }
}

fn print_json(value: &impl serde::Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    print(&(text + "\n"))
}

fn read(what: &str, path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{what} {} can't be read: {error}", path.display()))
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The configuration that a gateway with these options would have.
fn read_config(path: Option<&Path>) -> Result<Config, String> {
    let Some(path) = path else { return Ok(Config::zero(&environment)) };
    let text = read("the configuration", path)?;
    Config::from_toml(&text)
        .map_err(|error| format!("the configuration {} is wrong: {error}", path.display()))
}
