//! `auriko usage`: what was asked, and what it cost, in groups.

use std::time::{Duration, SystemTime};

use auriko_store::clock::Timestamp;
use clap::{Args, ValueEnum};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::api::Target;
use super::keys::once;
use super::{Outcome, print, print_json, table};

/// Which requests, how they are grouped, and in which form.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// What requests are put together by.
    #[arg(long, value_enum, default_value_t = By::Model)]
    by: By,
    /// From when on: `12h`, `7d`, `2026-11-01`, or an instant such as 2026-11-01T00:00:00Z.
    #[arg(long, default_value = "30d")]
    since: String,
    /// The form.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Model,
    Provider,
    Key,
    Tag,
    Day,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

/// The columns behind the group.
const NUMBERS: [&str; 11] = [
    "requests",
    "errors",
    "rate_limited",
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "byok_requests",
    "byok_cost_usd",
];

pub(super) async fn run(arguments: &Arguments) -> Outcome {
    let since = instant(&arguments.since, SystemTime::now().into())?;
    let by = match arguments.by {
        By::Model => "model",
        By::Provider => "provider",
        By::Key => "key",
        By::Tag => "tag",
        By::Day => "day",
    };
    let since = since.to_rfc3339();
    let path = format!("usage?by={by}&since={}", utf8_percent_encode(&since, NON_ALPHANUMERIC));
    let used = once(arguments.target.open().await?, "GET", &path, None).await?;
    let groups = used["data"].as_array().cloned().unwrap_or_default();
    match arguments.format {
        Format::Json => print_json(&groups),
        Format::Csv => print(&csv(by, &groups)),
        Format::Table => {
            let mut head =
                vec![by, "requests", "errors", "input_tokens", "cached_tokens", "output_tokens", "cost_usd"];
            // Of the cost, what was billed to accounts of the workspace.
            if groups.iter().any(|group| group["byok_requests"].as_u64() > Some(0)) {
                head.push("byok_cost_usd");
            }
            let rows: Vec<Vec<String>> =
                groups.iter().map(|group| head.iter().map(|field| cell(group, field)).collect()).collect();
            let head: Vec<_> = head.iter().map(|name| name.replace('_', " ").to_uppercase()).collect();
            let head: Vec<_> = head.iter().map(String::as_str).collect();
            print(&table::render(&head, &rows, &head[1..]))
        }
    }
}

fn csv(by: &str, groups: &[Value]) -> String {
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let mut text = line(std::iter::once(by).chain(NUMBERS).map(str::to_owned).collect());
    for group in groups {
        let cells = std::iter::once(by).chain(NUMBERS).map(|field| quoted(&cell(group, field)));
        text += &line(cells.collect());
    }
    text
}

/// As RFC 4180 wants it. Names come from callers: a spreadsheet must not take one for a formula.
fn quoted(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

fn cell(group: &Value, field: &str) -> String {
    match &group[field] {
        Value::String(text) if text.is_empty() => "(none)".to_owned(),
        // What callers sent must not steer the terminal.
        Value::String(text) => text.replace(char::is_control, " "),
        other => other.to_string(),
    }
}

/// Some time ago, a day, or an instant.
fn instant(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let ago = |unit: char, seconds: u64| {
        let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
        let span = Duration::from_secs(count.checked_mul(seconds)?);
        Some(Timestamp(now.0.saturating_sub(i64::try_from(span.as_micros()).ok()?)))
    };
    ago('h', 3600)
        .or_else(|| ago('d', 86_400))
        .or_else(|| Timestamp::parse_rfc3339(text))
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
        .ok_or_else(|| {
            format!("--since can't be `{text}`; write 12h, 7d, 2026-11-01 or 2026-11-01T00:00:00Z")
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_ages_days_or_instants() {
        let now = Timestamp::parse_rfc3339("2026-11-23T12:00:00Z").expect("an instant");
        let check = |text: &str, expected: &str| {
            assert_eq!(instant(text, now).map(Timestamp::to_rfc3339).as_deref(), Ok(expected), "{text}");
        };
        check("12h", "2026-11-23T00:00:00Z");
        check("7d", "2026-11-16T12:00:00Z");
        check("2026-11-01", "2026-11-01T00:00:00Z");
        check("2026-11-01T05:00:00Z", "2026-11-01T05:00:00Z");
        for wrong in ["", "d", "-1d", "soon", "99999999999999999999d"] {
            assert!(instant(wrong, now).is_err_and(|error| error.contains("--since")), "{wrong}");
        }
    }

    #[test]
    fn csv_is_quoted_and_harmless() {
        let group = json!({ "tag": "=1+1,\"x\"", "requests": 2, "cost_usd": 0.5 });
        let text = csv("tag", &[group]);
        assert!(text.starts_with("tag,requests,errors"), "{text}");
        assert!(text.contains("\"'=1+1,\"\"x\"\"\",2,"), "{text}");
    }
}
