//! `auriko route`: who would be asked, in which order, and why not the others. Nobody is asked.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use auriko_routing::{
    DroppedLine, Endpoint, Explanation, Facts, Input, OfferingLine, OwnKeys, RankedLine, Wishes, explain,
    route,
};
use auriko_wire::request::ChatRequest;
use clap::Args;
use serde::Serialize;

use super::{Outcome, print, print_json, read, read_config, table};
use crate::gateway::Gateway;

/// Which request, and by which configuration.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Body of a request to /v1/chat/completions, as JSON; `-` reads it from standard input.
    file: PathBuf,
    /// TOML file with providers and models. Without it: every provider whose key variable is set.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Decision {
    /// Estimated length of the prompt.
    prompt_tokens: u64,
    #[serde(flatten)]
    explanation: Explanation,
    /// Why nobody would be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusalLine>,
}

#[derive(Debug, Serialize)]
struct RefusalLine {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<String>,
    suggestion: String,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let body = read_body(&arguments.file)?;
    let request = ChatRequest::parse(body.as_bytes());
    let request = request.map_err(|error| format!("the request is wrong: {}", error.message))?;
    let config = read_config(arguments.config.as_deref())?;
    let gateway = Gateway::new(config).map_err(|error| error.to_string())?;
    let inner = gateway.snapshot();
    let wishes = Wishes::read(&request, &inner.routing_defaults);
    let wishes = wishes.map_err(|error| format!("the request is wrong: {}", error.message))?;
    let facts = Facts::read(&request, Endpoint::ChatCompletions);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let input = Input {
        catalog: &inner.catalog.models,
        facts: &facts,
        wishes: &wishes,
        measurements: &inner.catalog.expected(),
        cached: &[],
        workspace: 0,
        own_keys: &OwnKeys::default(),
        selection: inner.selection,
        seed: 0,
        now_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
    };
    let outcome = route(&input);
    let explanation = explain(&input, outcome.as_ref().map_err(|refusal| &**refusal));
    let refusal = outcome.err().map(|refusal| RefusalLine {
        code: refusal.code.as_str(),
        message: refusal.message,
        param: refusal.param.map(str::to_owned),
        suggestion: refusal.suggestion,
    });
    let decision = Decision { prompt_tokens: facts.prompt_tokens, explanation, refusal };
    if arguments.json { print_json(&decision) } else { print(&describe(&decision)) }
}

fn read_body(path: &Path) -> Result<String, String> {
    if path != Path::new("-") {
        return read("the request", path);
    }
    let mut body = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut body);
    read.map(|_| body).map_err(|error| format!("the request can't be read: {error}"))
}

fn describe(decision: &Decision) -> String {
    let Decision { prompt_tokens, explanation, refusal } = decision;
    let mut parts = vec![format!("{}, a prompt of about {prompt_tokens} tokens\n", explanation.strategy)];
    if let Some(RefusalLine { code, message, suggestion, .. }) = refusal {
        parts.push(format!("Refused with {code}: {message} {suggestion}\n"));
    }
    if !explanation.candidates.is_empty() {
        parts.push(ranked(explanation));
    }
    if !explanation.dropped.is_empty() {
        let rows: Vec<_> = explanation.dropped.iter().map(dropped).collect();
        let table = table::render(&["PROVIDER", "MODEL", "TIER", "WHY"], &rows, &[]);
        parts.push(format!("Not asked:\n{table}"));
    }
    if !explanation.unconfigured.is_empty() {
        parts.push(format!("Without a key: {}\n", explanation.unconfigured.join(", ")));
    }
    parts.join("\n")
}

fn dropped(line: &DroppedLine) -> Vec<String> {
    let reasons = line.reasons.iter().map(|reason| format!("{} ({})", reason.message, reason.param));
    let reasons: Vec<_> = reasons.collect();
    let OfferingLine { provider, model, tier, .. } = &line.offering;
    vec![provider.clone(), model.clone(), tier.clone(), reasons.join(" ")]
}

fn ranked(explanation: &Explanation) -> String {
    let number =
        |value: Option<f64>, digits| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
    let row = |(position, line): (usize, &RankedLine)| {
        let place = if line.is_attempted { (position + 1).to_string() } else { "–".to_owned() };
        vec![
            place,
            line.offering.provider.clone(),
            line.offering.model.clone(),
            format!("{:.3}", line.score),
            format!("{:.3}", line.cost_score),
            format!("{:.3}", line.ttft_score),
            format!("{:.3}", line.throughput_score),
            number(line.expected_cost_usd, 6),
            number(line.ttft_ms, 0),
            number(line.throughput_tps, 0),
        ]
    };
    let rows: Vec<_> = explanation.candidates.iter().enumerate().map(row).collect();
    let head = ["TRY", "PROVIDER", "MODEL", "SCORE", "COST", "TTFT", "TPS", "USD", "MS", "TOKENS/S"];
    table::render(&head, &rows, &["SCORE", "COST", "TTFT", "TPS", "USD", "MS", "TOKENS/S"])
}
