//! `auriko catalog`: what is known of models and prices, and how to know it better.

use std::path::PathBuf;

use auriko_routing::catalog::file::CatalogFile;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Outcome, print, print_json, read};

/// The gateway's own catalogue in its data directory; taken instead of the one that is part of the program.
pub(super) const FILE_NAME: &str = "catalog.json";

/// What to do.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say which catalogue is in use, and what it holds.
    Show {
        /// The gateway's data directory. Without it: the catalogue that is part of the program.
        #[arg(long)]
        data_dir: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check a catalogue, and take it into use: a running gateway with this data directory notices.
    Update {
        /// The new catalogue, as JSON.
        file: PathBuf,
        /// The gateway's data directory. It is created.
        #[arg(long)]
        data_dir: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Show { data_dir, json } => {
            let own =
                data_dir.as_ref().map(|directory| directory.join(FILE_NAME)).filter(|path| path.exists());
            let catalog = match &own {
                Some(path) => parse(&read("the catalogue", path)?)?,
                None => CatalogFile::shipped(),
            };
            let place = own.map_or("part of the program".to_owned(), |path| path.display().to_string());
            if !json {
                return print(&format!("{} ({place})\n", catalog.summary()));
            }
            let summary = catalog.summary();
            print_json(&json!({
                "version": summary.version, "generated_at": summary.generated_at, "place": place,
                "providers": summary.providers, "models": summary.models, "offerings": summary.offerings,
                "priced_offerings": summary.priced_offerings, "sources": catalog.sources,
            }))
        }
        Command::Update { file, data_dir } => {
            let text = read("the catalogue", file)?;
            let summary = parse(&text)?.summary();
            let path = data_dir.join(FILE_NAME);
            let failed = |error: std::io::Error| format!("{} can't be written: {error}", path.display());
            std::fs::create_dir_all(data_dir).map_err(failed)?;
            // A gateway that looks in between sees the old file or the new one, never half of it.
            let half = data_dir.join(format!("{FILE_NAME}.{}", std::process::id()));
            std::fs::write(&half, text).and_then(|()| std::fs::rename(&half, &path)).map_err(failed)?;
            print(&format!("{summary} (now in {})\n", path.display()))
        }
    }
}

fn parse(text: &str) -> Result<CatalogFile, String> {
    CatalogFile::from_json(text).map_err(|error| error.to_string())
}
