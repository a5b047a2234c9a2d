//! `auriko keys`: makes, lists and revokes the keys of callers.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::{Api, Target};
use super::{Outcome, print, print_json, table};

/// What to do.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key, and print it: nobody can read it again.
    Create {
        #[command(flatten)]
        target: Target,
        /// For people.
        #[arg(long)]
        name: String,
        /// What it may do, such as `inference`, `keys:read`, `usage:read`; may be given several times.
        #[arg(long = "scope", default_value = "inference")]
        scopes: Vec<String>,
        /// Requests per minute.
        #[arg(long)]
        rpm: Option<u32>,
        /// Tokens per minute.
        #[arg(long)]
        tpm: Option<u32>,
        /// From when on it is refused, such as 2027-01-01T00:00:00Z.
        #[arg(long)]
        expires_at: Option<String>,
        /// An enforced monthly budget, US dollars.
        #[arg(long)]
        budget_usd: Option<f64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List keys, without their secrets.
    List {
        #[command(flatten)]
        target: Target,
        /// Revoked ones too.
        #[arg(long)]
        all: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Refuse a key from now on.
    Revoke {
        #[command(flatten)]
        target: Target,
        /// Its id, as `list` shows it.
        id: String,
    },
}

pub(super) async fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Create { target, name, scopes, rpm, tpm, expires_at, budget_usd, json } => {
            let budget = budget_usd.map(|usd| json!({ "limit_usd": usd, "enforce": true }));
            let body = json!({
                "name": name, "scopes": scopes, "rate_limit_rpm": rpm, "rate_limit_tpm": tpm,
                "expires_at": expires_at, "budget": budget,
            });
            let made = once(target.open().await?, "POST", "api-keys", Some(body)).await?;
            if *json {
                return print_json(&made);
            }
            let (id, key) = (text(&made, "id"), text(&made, "api_key"));
            print(&format!("{key}\nThis is key {id}. It is not shown again.\n"))
        }
        Command::List { target, all, json } => {
            let listed =
                once(target.open().await?, "GET", &format!("api-keys?include_revoked={all}"), None).await?;
            if *json {
                return print_json(&listed["data"]);
            }
            let rows: Vec<_> = listed["data"].as_array().into_iter().flatten().map(row).collect();
            print(&table::render(&["ID", "KEY", "NAME", "SCOPES", "STATE", "LAST USED"], &rows, &[]))
        }
        Command::Revoke { target, id } => {
            once(target.open().await?, "DELETE", &format!("api-keys/{id}"), None).await?;
            print(&format!("{id} is revoked.\n"))
        }
    }
}

/// One call, after which the way is closed.
pub(super) async fn once(api: Api, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
    let answered = api.call(method, path, body).await;
    api.close().await;
    answered
}

pub(super) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or("–").to_owned()
}

fn row(key: &Value) -> Vec<String> {
    let scopes: Vec<_> = key["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let state = if key["is_active"] == true { "active" } else { "refused" };
    vec![
        text(key, "id"),
        format!("{}…", text(key, "key_prefix")),
        text(key, "name"),
        scopes.join(" "),
        state.to_owned(),
        text(key, "last_used_at"),
    ]
}
