//! `auriko check`: reads a configuration as the gateway would, and says what would come of it.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, environment, print, read_config, table};
use crate::catalog::Catalog;
use crate::config::{KeyConfig, KindConfig};

/// Which file.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// TOML file with providers and models.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let path = arguments.file.display();
    let config = read_config(Some(&arguments.file))?;
    let catalog =
        Catalog::new(&config).map_err(|error| format!("the configuration {path} is wrong: {error}"))?;
    let mut is_complete = true;
    let mut rows = Vec::new();
    for provider in &config.providers {
        let (place, key) = match &provider.kind {
            KindConfig::Simulated(_) => ("(simulated)", "not needed".to_owned()),
            KindConfig::Http { base_url, key, .. } => {
                let (words, is_there) = key_state(key);
                is_complete &= is_there;
                (base_url.as_str(), words)
            }
        };
        let offers = |model: &&auriko_routing::catalog::Model| {
            model.configured().any(|offering| *offering.provider == *provider.id)
        };
        let models = catalog.models.models().iter().filter(offers).count();
        rows.push(vec![provider.id.clone(), place.to_owned(), models.to_string(), key]);
    }
    let table = table::render(&["PROVIDER", "WHERE", "MODELS", "KEY"], &rows, &["MODELS"]);
    let verdict = if is_complete {
        "The configuration is fine."
    } else {
        "The configuration is fine, but here the gateway would not start: set the missing variables."
    };
    print(&format!("{table}{verdict}\n"))
}

/// In words, and whether the gateway could start with it.
fn key_state(key: &KeyConfig) -> (String, bool) {
    match (&key.value, &key.variable) {
        (Some(_), None) => ("in the file".to_owned(), true),
        (None, None) => ("none".to_owned(), true),
        (_, Some(variable)) if environment(variable).is_some_and(|key| !key.trim().is_empty()) => {
            (format!("from {variable}"), true)
        }
        (_, Some(variable)) => (format!("{variable} is not set"), false),
    }
}
