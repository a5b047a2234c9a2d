//! `auriko backup`: a copy of the embedded store, in its data directory.

use clap::Args;

use super::api::Target;
use super::{Outcome, print, print_json};

/// Which store.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Outcome {
    let api = arguments.target.open().await?;
    let made = api.call_at("POST", "/v1/backups".to_owned(), None).await;
    api.close().await;
    let made = made?;
    if arguments.json {
        return print_json(&made);
    }
    print(&format!("{}\n", made["file"].as_str().unwrap_or_default()))
}
