//! `auriko budgets`: how far budgets are used, as bars; and how to make one.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::Target;
use super::keys::{once, text};
use super::{Outcome, print, print_json, table};

/// Characters of a bar.
const WIDTH: usize = 24;

/// Which budgets, and in which form.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    target: Target,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a budget.
    Create {
        #[command(flatten)]
        target: Target,
        /// What may be spent per period, US dollars.
        #[arg(long)]
        limit_usd: f64,
        /// `daily`, `weekly` or `monthly`, in UTC.
        #[arg(long, default_value = "monthly")]
        period: String,
        /// Id of a key whose spend counts. Without it: that of the whole workspace.
        #[arg(long)]
        key: Option<String>,
        /// Id of a provider: what own keys spend there counts, and nothing else.
        #[arg(long, conflicts_with_all = ["key", "include_byok"])]
        byok_provider: Option<String>,
        /// Count what own keys spend, too.
        #[arg(long)]
        include_byok: bool,
        /// Only count: refuse nothing when it is used up.
        #[arg(long)]
        only_count: bool,
    },
    /// Remove a budget.
    Delete {
        #[command(flatten)]
        target: Target,
        /// Its id.
        id: String,
    },
}

pub(super) async fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        None => {
            let listed = once(arguments.target.open().await?, "GET", "budgets", None).await?;
            if arguments.json { print_json(&listed["data"]) } else { print(&draw(&listed["data"])) }
        }
        Some(Command::Create { target, limit_usd, period, key, byok_provider, include_byok, only_count }) => {
            let scope = match (key, byok_provider) {
                (Some(_), _) => "api_key",
                (None, Some(_)) => "byok_provider",
                (None, None) => "workspace",
            };
            let body = json!({
                "scope_type": scope, "scope_id": key, "scope_provider": byok_provider, "period": period,
                "limit_usd": limit_usd, "enforce": !only_count, "include_byok": include_byok,
            });
            let body = without_nulls(body);
            let made = once(target.open().await?, "POST", "budgets", Some(body)).await?;
            print(&draw(&json!([made])))
        }
        Some(Command::Delete { target, id }) => {
            once(target.open().await?, "DELETE", &format!("budgets/{id}"), None).await?;
            print(&format!("{id} is deleted.\n"))
        }
    }
}

/// A field that a scope does not have is refused even without a value.
fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

fn draw(budgets: &Value) -> String {
    let budgets: Vec<_> = budgets.as_array().into_iter().flatten().collect();
    if budgets.is_empty() {
        return "There are no budgets. `auriko budgets create` makes one.\n".to_owned();
    }
    let row = |budget: &&Value| {
        let number = |field: &str| budget[field].as_f64().unwrap_or_default();
        let target = match budget["scope_type"].as_str() {
            Some("api_key") => text(budget, "scope_id"),
            Some("byok_provider") => text(budget, "scope_provider"),
            _ => "workspace".to_owned(),
        };
        vec![
            text(budget, "id"),
            target,
            text(budget, "period"),
            bar(number("percent_used")),
            format!("{:.1} %", number("percent_used")),
            format!("${:.4}", number("spend_usd")),
            format!("${:.2}", number("limit_usd")),
            if budget["enforce"] == true { "enforced" } else { "counted" }.to_owned(),
        ]
    };
    let rows: Vec<_> = budgets.iter().map(row).collect();
    let head = ["ID", "OF", "PERIOD", "", "USED", "SPENT", "LIMIT", ""];
    table::render(&head, &rows, &["USED", "SPENT", "LIMIT"])
}

/// Any spend at all is seen.
fn bar(percent: f64) -> String {
    let share = (percent / 100.0).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "from 0 to the width"
    )]
    let full = (share * WIDTH as f64).ceil() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(WIDTH - full.min(WIDTH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_what_is_used() {
        let full = |percent: f64| bar(percent).chars().filter(|character| *character == '█').count();
        assert_eq!([0.0, 0.01, 50.0, 100.0, 250.0].map(full), [0, 1, 12, 24, 24]);
        assert!([0.0, 33.0, 250.0].iter().all(|percent| bar(*percent).chars().count() == WIDTH));
        let budget = json!({ "id": "bdgt_1", "scope_type": "api_key", "scope_id": "key_1", "period": "daily",
            "percent_used": 50.0, "spend_usd": 0.5, "limit_usd": 1.0, "enforce": true });
        let drawn = draw(&json!([budget]));
        assert!(drawn.contains("key_1") && drawn.contains("50.0 %") && drawn.contains("enforced"), "{drawn}");
        assert!(draw(&json!([])).contains("no budgets"));
    }
}
