//! `cargo xtask catalog`: two price lists of others and our overlay become `crates/auriko-routing/catalog.json`.
//!
//! The lists are read from files, never fetched: the same files and date give the same bytes. What is left out is
//! counted by reason on standard error.

mod arguments;
mod assemble;
mod canonical;
mod describe;
mod glob;
mod listing;
mod litellm;
mod overlay;
mod pi_ai;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use auriko_routing::catalog::file::CatalogFile;
use auriko_routing::catalog::load::content_version;

use arguments::Arguments;
use listing::Listing;
use overlay::Overlay;

/// What was left out, by reason.
#[derive(Debug, Default)]
pub(crate) struct Skipped(BTreeMap<String, Vec<String>>);

impl Skipped {
    pub(crate) fn add(&mut self, reason: &str, what: String) {
        self.0.entry(reason.to_owned()).or_default().push(what);
    }

    fn print(&self, all: bool) {
        /// Names per reason that fit on a screen.
        const SHOWN: usize = 8;
        for (reason, what) in &self.0 {
            let shown = if all { what.len() } else { what.len().min(SHOWN) };
            let more = if shown < what.len() { " …" } else { "" };
            eprintln!("skipped {:>4}: {reason}: {}{more}", what.len(), what[..shown].join(", "));
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// A message for whoever runs it: which file, which entry.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let arguments = Arguments::parse(arguments, std::env::var("SOURCE_DATE_EPOCH").ok().as_deref())?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/auriko-routing");
    let overlay: Overlay = toml::from_str(&read(&folder.join("overlay.toml"))?)
        .map_err(|error| format!("crates/auriko-routing/overlay.toml: {error}"))?;
    let mut skipped = Skipped::default();
    let listings = collect(&arguments, &overlay, &mut skipped)?;
    let (providers, models) = assemble::assemble(listings, &overlay, &arguments.date, &mut skipped)?;
    let file = CatalogFile {
        version: content_version(&providers, &models),
        generated_at: format!("{}T00:00:00Z", arguments.date),
        sources: overlay.sources,
        providers,
        models,
    };
    let file = file.checked().map_err(|error| error.to_string())?;
    skipped.print(arguments.verbose);
    eprintln!("{}", file.summary());
    save(&folder.join("catalog.json"), &write::to_text(&file), arguments.check)
}

/// Both lists as one: what the first does not say, the second may.
fn collect(arguments: &Arguments, overlay: &Overlay, skipped: &mut Skipped) -> Result<Vec<Listing>, String> {
    let first = litellm::read(&read(&arguments.litellm)?, overlay, skipped)?;
    let mut all: BTreeMap<_, _> = first.into_iter().map(|listing| (listing.key(), listing)).collect();
    for provider in &overlay.providers {
        let Some(name) = &provider.pi_ai else { continue };
        let path = arguments.pi_ai.join(format!("{name}.json"));
        for listing in pi_ai::read(&provider.entry.id, &read(&path)?, skipped)
            .map_err(|error| format!("{}: {error}", path.display()))?
        {
            match all.get_mut(&listing.key()) {
                Some(known) => {
                    if overlay.second_list_counts(&known.provider, &known.upstream_id) {
                        known.tiers.clone_from(&listing.tiers);
                    } else if let Some(difference) = known.price_difference(&listing) {
                        skipped.add("a price that the first list has otherwise", difference);
                    }
                    known.complete(listing);
                }
                None => drop(all.insert(listing.key(), listing)),
            }
        }
    }
    Ok(all.into_values().collect())
}

fn save(path: &PathBuf, text: &str, check: bool) -> Result<(), String> {
    let same = fs::read_to_string(path).is_ok_and(|old| old == text);
    match (same, check) {
        (true, _) => Ok(()),
        (false, true) => Err(format!("{} is out of date; run `npm run update:catalog`", path.display())),
        (false, false) => fs::write(path, text).map_err(|error| format!("{}: {error}", path.display())),
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
