//! `cargo xtask …`: makes committed files that are too tedious to write by hand.
#![expect(clippy::print_stderr, reason = "a command talks to whoever runs it")]

mod catalog;

use std::process::ExitCode;

const USAGE: &str =
    "usage: cargo xtask catalog --litellm FILE --pi-ai FOLDER [--date YYYY-MM-DD] [--check] [--verbose]

  --litellm   model_prices_and_context_window_backup.json of the Python package
  --pi-ai     dist/providers/data of the npm package
  --date      the day the lists are as of, UTC; SOURCE_DATE_EPOCH otherwise
  --check     write nothing, fail if the committed catalogue would change
  --verbose   name everything that is left out, not only the first few

`npm run update:catalog` fetches the pinned lists and runs this.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((command, rest)) if command == "catalog" => catalog::run(rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
