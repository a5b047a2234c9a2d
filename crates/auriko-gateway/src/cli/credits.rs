//! `auriko credits`: what a workspace has left and what it bought; and how to add to it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::Target;
use super::keys::{once, text};
use super::{Outcome, print, print_json, table};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add to the credit of a workspace, for money that was received elsewhere.
    Add {
        #[command(flatten)]
        target: Target,
        /// How much, US dollars; six decimals at most.
        amount_usd: f64,
        /// For people, such as the number of an invoice.
        #[arg(long)]
        note: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what is left, and what was bought.
    Show {
        #[command(flatten)]
        target: Target,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Add { target, amount_usd, note, json } => {
            let body = json!({ "amount_usd": amount_usd, "note": note });
            let made = once(target.open().await?, "POST", "billing/credits", Some(body)).await?;
            if *json {
                return print_json(&made);
            }
            let (id, amount) = (text(&made, "id"), text(&made, "amount_dollars"));
            print(&format!("${amount} of credit was added: {id}.\n"))
        }
        Command::Show { target, json } => {
            let api = target.open().await?;
            let balance = api.call("GET", "billing/balance", None).await;
            let purchases = api.call("GET", "billing/credits", None).await;
            api.close().await;
            let (balance, purchases) = (balance?, &purchases?["data"]);
            if *json {
                return print_json(&json!({ "balance": balance, "purchases": purchases }));
            }
            print(&draw(&balance, purchases))
        }
    }
}

fn draw(balance: &Value, purchases: &Value) -> String {
    let micros = |field: &str| balance[field].as_f64().unwrap_or_default() / 1e6;
    let mut drawn = format!(
        "${} is left: ${:.4} was bought, ${:.4} is spent.\n",
        text(balance, "balance_dollars"),
        micros("lifetime_purchased_microdollars"),
        micros("lifetime_consumed_microdollars"),
    );
    let row = |purchase: &Value| {
        let amount = format!("${}", text(purchase, "amount_dollars"));
        vec![text(purchase, "id"), text(purchase, "created_at"), amount, text(purchase, "note")]
    };
    let rows: Vec<_> = purchases.as_array().into_iter().flatten().map(row).collect();
    if !rows.is_empty() {
        drawn += &table::render(&["ID", "BOUGHT", "AMOUNT", "NOTE"], &rows, &["AMOUNT"]);
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_comes_first() {
        let balance = json!({ "balance_dollars": "3.765432", "lifetime_purchased_microdollars": 5_000_000,
            "lifetime_consumed_microdollars": 1_234_568 });
        let bought = json!({ "id": "cred_1", "created_at": "2026-11-23T09:30:00Z", "amount_dollars": "5.00",
            "note": "invoice 7" });
        let drawn = draw(&balance, &json!([bought]));
        assert!(drawn.starts_with("$3.765432 is left: $5.0000 was bought, $1.2346 is spent.\n"), "{drawn}");
        assert!(drawn.contains("cred_1") && drawn.contains("invoice 7"), "{drawn}");
        assert_eq!(draw(&balance, &json!([])).lines().count(), 1);
    }
}
