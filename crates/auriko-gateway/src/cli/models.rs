//! `auriko models`: what can be called with a configuration, and for how much.

use std::path::PathBuf;

use auriko_routing::catalog::Offering;
use clap::Args;
use serde::Serialize;

use super::{Outcome, print, print_json, read_config, table};
use crate::gateway::Gateway;

/// Which models, and in which form.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// TOML file with providers and models. Without it: every provider whose key variable is set.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Only what this provider serves.
    #[arg(long)]
    provider: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A model at a provider in a price tier.
#[derive(Debug, Serialize)]
struct Line<'a> {
    model: &'a str,
    provider: &'a str,
    tier: &'a str,
    provider_model_id: &'a str,
    context_window: Option<u64>,
    max_output_tokens: Option<u64>,
    /// US dollars per million tokens, as the others.
    input_price: Option<f64>,
    output_price: Option<f64>,
    cache_read_price: Option<f64>,
    cache_write_price: Option<f64>,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let config = read_config(arguments.config.as_deref())?;
    let gateway = Gateway::new(config).map_err(|error| error.to_string())?;
    let inner = gateway.snapshot();
    let catalog = &inner.catalog;
    if let Some(provider) = arguments.provider.as_deref().filter(|id| catalog.provider(id).is_none()) {
        let known: Vec<_> = catalog.providers.iter().map(|provider| provider.id.as_str()).collect();
        return Err(format!("no provider `{provider}` is configured; there is {}", known.join(", ")));
    }
    let is_asked_for = |offering: &&std::sync::Arc<Offering>| {
        arguments.provider.as_deref().is_none_or(|id| *offering.provider == *id)
    };
    let lines: Vec<_> = catalog
        .models
        .models()
        .iter()
        .flat_map(|model| model.configured().filter(is_asked_for))
        .map(|offering| line(offering))
        .collect();
    if arguments.json {
        return print_json(&lines);
    }
    let price = |usd: Option<f64>| usd.map_or("–".to_owned(), |usd| format!("{usd}"));
    let tokens = |tokens: Option<u64>| tokens.map_or("–".to_owned(), |tokens| tokens.to_string());
    let row = |line: &Line<'_>| {
        vec![
            line.model.to_owned(),
            line.provider.to_owned(),
            line.tier.to_owned(),
            price(line.input_price),
            price(line.output_price),
            price(line.cache_read_price),
            tokens(line.context_window),
        ]
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    let head = ["MODEL", "PROVIDER", "TIER", "INPUT", "OUTPUT", "CACHED", "CONTEXT"];
    let table = table::render(&head, &rows, &["INPUT", "OUTPUT", "CACHED", "CONTEXT"]);
    print(&format!("{table}Prices in US dollars per million tokens.\n"))
}

fn line(offering: &Offering) -> Line<'_> {
    let prices = offering.prices.as_ref().map(|table| *table.base());
    Line {
        model: &offering.model,
        provider: &offering.provider,
        tier: &offering.tier,
        provider_model_id: &offering.upstream_id,
        context_window: offering.context_window,
        max_output_tokens: offering.max_output_tokens,
        input_price: prices.map(|prices| prices.input.as_usd()),
        output_price: prices.map(|prices| prices.output.as_usd()),
        cache_read_price: prices.map(|prices| prices.cache_read.as_usd()),
        cache_write_price: prices.map(|prices| prices.cache_write.as_usd()),
    }
}
