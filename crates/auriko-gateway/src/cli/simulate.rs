//! `auriko simulate`: what requests of the past would have cost with this router, and without it.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use auriko_routing::catalog::file::CatalogFile;
use auriko_simulate::{Kind, Options, Report, generate, parse, plot, simulate};
use clap::{Args, Subcommand, ValueEnum};

use super::{Outcome, print, print_json, read};

/// What to replay, and in which world.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Traces: one JSON object per line, as docs/cost-routing.md describes.
    #[arg(required = true)]
    traces: Vec<PathBuf>,
    /// Print the reports as JSON.
    #[arg(long)]
    json: bool,
    /// Draw the bills into this file, as SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Decides which prefixes caches lose, and by how much estimates of lengths are off.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Share of the prompts that should be found in a cache and are not, percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    losses: u8,
    /// Providers that nobody is routed to. A reseller's price is that of whoever serves it at the moment, and so is its
    /// cache; so it is left out unless this says otherwise.
    #[arg(long, value_name = "IDS", value_delimiter = ',', default_value = "openrouter")]
    exclude_providers: Vec<String>,
    /// Catalogue to take models, prices and rules of caches from. Without it: the one that is part of the program.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make up a trace, and print it.
    Generate {
        /// What the requests are like.
        #[arg(long, value_enum)]
        kind: KindName,
        /// Equal seeds make equal traces.
        #[arg(long, default_value_t = 7)]
        seed: u64,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindName {
    /// People who talk to an assistant.
    Chat,
    /// Coding agents.
    Agent,
    /// Jobs over many items with the same instructions.
    Batch,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    if let Some(Command::Generate { kind, seed }) = arguments.command {
        let kind = match kind {
            KindName::Chat => Kind::Chat,
            KindName::Agent => Kind::Agent,
            KindName::Batch => Kind::Batch,
        };
        return print(&generate(kind, seed));
    }
    let catalog = match &arguments.catalog {
        Some(path) => {
            CatalogFile::from_json(&read("the catalogue", path)?).map_err(|error| error.to_string())?
        }
        None => CatalogFile::shipped(),
    };
    let excluded = arguments.exclude_providers.iter().filter(|id| !id.is_empty());
    let options = Options {
        exclude_providers: excluded.cloned().collect(),
        losses_per_mille: u64::from(arguments.losses) * 10,
        seed: arguments.seed,
        ..Options::new(catalog)
    };
    let reports: Vec<_> =
        arguments.traces.iter().map(|path| replay(path, &options)).collect::<Result<_, _>>()?;
    if let Some(path) = &arguments.svg {
        std::fs::write(path, plot(&reports))
            .map_err(|error| format!("the picture {} can't be written: {error}", path.display()))?;
    }
    if arguments.json {
        return print_json(&reports);
    }
    print(&summary(&reports))
}

fn replay(path: &Path, options: &Options) -> Result<Report, String> {
    let text = read("the trace", path)?;
    let wrong = |problem: String| format!("the trace {}: {problem}", path.display());
    let trace = parse(&text).map_err(|error| wrong(error.to_string()))?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut bar = Bar { name: &name, drawn: None };
    let report = simulate(&name, &trace, options, &mut |done, total| bar.draw(done, total));
    bar.clear();
    report.map_err(|error| wrong(error.to_string()))
}

fn summary(reports: &[Report]) -> String {
    let mut parts: Vec<_> = reports.iter().map(Report::to_string).collect();
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 traces")]
    let count = reports.len() as f64;
    let mean = |value: fn(&Report) -> f64| reports.iter().map(value).sum::<f64>() / count;
    parts.push(format!(
        "cost-focus saves {:.1} % of the fixed provider's bill, and pays {:.1} % more than the oracle, mean of {} trace(s)\n",
        mean(|report| report.saved_percent),
        mean(|report| report.regret_percent),
        reports.len()
    ));
    parts.join("\n")
}

/// A bar on standard error, for whoever watches it.
struct Bar<'a> {
    name: &'a str,
    /// Percent that are drawn.
    drawn: Option<usize>,
}

impl Bar<'_> {
    fn draw(&mut self, done: usize, total: usize) {
        const WIDTH: usize = 30;
        let percent = done * 100 / total.max(1);
        let mut output = io::stderr();
        if self.drawn == Some(percent) || !output.is_terminal() {
            return;
        }
        self.drawn = Some(percent);
        let full = "#".repeat(percent * WIDTH / 100);
        // A bar that can't be drawn is not missed.
        let _ =
            write!(output, "\r[{full:<WIDTH$}] {percent:>3} % {}", self.name).and_then(|()| output.flush());
    }

    fn clear(&self) {
        if self.drawn.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
