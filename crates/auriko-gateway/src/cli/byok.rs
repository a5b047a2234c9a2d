//! `auriko byok`: own keys of a workspace for providers. A secret is read from standard input or a variable: arguments are
//! seen by everybody on the machine, and kept by shells.

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::Target;
use super::keys::{once, text};
use super::{Outcome, environment, print, print_json, table};

/// What to do.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a key, once its provider has not refused it. The key itself is read from standard input.
    Add {
        #[command(flatten)]
        target: Target,
        /// Id of the provider, such as `openai`.
        provider: String,
        /// The variable that holds the key, instead of standard input.
        #[arg(long)]
        key_env: Option<String>,
        /// For people.
        #[arg(long)]
        name: Option<String>,
        /// The account's tier at the provider. Without it: what the provider shows, else the least.
        #[arg(long)]
        tier: Option<String>,
        /// Take it first for its provider.
        #[arg(long)]
        default: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List keys, masked.
    List {
        #[command(flatten)]
        target: Target,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take a key first for its provider.
    Default(Chosen),
    /// Leave a key out of routing.
    Disable(Chosen),
    /// Take a key into routing again.
    Enable(Chosen),
    /// Delete a key.
    Remove(Chosen),
}

#[derive(Debug, Args)]
struct Chosen {
    #[command(flatten)]
    target: Target,
    /// Its id, as `list` shows it.
    id: String,
}

pub(super) async fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        Command::Add { target, provider, key_env, name, tier, default, json } => {
            let mut body = json!({ "provider": provider, "api_key": secret(key_env.as_deref())? });
            let fields = [("name", name), ("account_tier", tier)];
            for (field, value) in
                fields.into_iter().filter_map(|(field, value)| Some((field, value.as_ref()?)))
            {
                body[field] = value.as_str().into();
            }
            if *default {
                body["is_default"] = true.into();
            }
            let made = once(target.open().await?, "POST", "byok-keys", Some(body)).await?;
            if *json { print_json(&made) } else { print(&draw(&json!([made]))) }
        }
        Command::List { target, json } => {
            let listed = once(target.open().await?, "GET", "byok-keys", None).await?;
            if *json { print_json(&listed["data"]) } else { print(&draw(&listed["data"])) }
        }
        Command::Default(chosen) => chosen.change(&json!({ "is_default": true })).await,
        Command::Disable(chosen) => chosen.change(&json!({ "disabled": true })).await,
        Command::Enable(chosen) => chosen.change(&json!({ "disabled": false })).await,
        Command::Remove(Chosen { target, id }) => {
            once(target.open().await?, "DELETE", &format!("byok-keys/{id}"), None).await?;
            print(&format!("{id} is deleted.\n"))
        }
    }
}

impl Chosen {
    async fn change(&self, change: &Value) -> Outcome {
        let path = format!("byok-keys/{}", self.id);
        let changed = once(self.target.open().await?, "PATCH", &path, Some(change.clone())).await?;
        print(&draw(&json!([changed])))
    }
}

/// The key, without what surrounds it.
fn secret(variable: Option<&str>) -> Result<String, String> {
    let found = if let Some(variable) = variable {
        environment(variable).ok_or_else(|| format!("the variable {variable} is not set"))?
    } else {
        let mut input = std::io::stdin().lock();
        if input.is_terminal() {
            return Err(
                "the key is read from standard input: pipe it in, or name a variable by --key-env".into()
            );
        }
        let mut found = String::new();
        input.read_to_string(&mut found).map_err(|error| format!("the key can't be read: {error}"))?;
        found
    };
    match found.trim() {
        "" => Err("the key is empty".to_owned()),
        key => Ok(key.to_owned()),
    }
}

fn draw(keys: &Value) -> String {
    let keys: Vec<_> = keys.as_array().into_iter().flatten().collect();
    if keys.is_empty() {
        return "There are no own keys. `auriko byok add PROVIDER` adds one.\n".to_owned();
    }
    let row = |key: &&Value| {
        let state = match (&key["disabled"], &key["is_default"]) {
            (Value::Bool(true), _) => "disabled",
            (_, Value::Bool(true)) => "default",
            _ => "",
        };
        let tier = match key["tier_source"].as_str() {
            Some("fallback") => format!("{} (assumed)", text(key, "account_tier")),
            _ => text(key, "account_tier"),
        };
        vec![
            text(key, "id"),
            text(key, "provider"),
            text(key, "key_prefix"),
            text(key, "name"),
            text(key, "validation_status"),
            tier,
            state.to_owned(),
        ]
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    table::render(&["ID", "PROVIDER", "KEY", "NAME", "STATUS", "TIER", ""], &rows, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_drawn_masked_with_their_state() {
        let key = json!({ "id": "byok_1", "provider": "openai", "key_prefix": "sk-a…wxyz", "name": "mine",
            "validation_status": "valid", "account_tier": "free", "tier_source": "fallback", "is_default": true,
            "disabled": false });
        let drawn = draw(&json!([key]));
        assert!(drawn.contains("sk-a…wxyz") && drawn.contains("free (assumed)"), "{drawn}");
        assert!(drawn.trim_end().ends_with("default"), "{drawn}");
        assert!(draw(&json!([])).contains("no own keys"));
    }

    #[test]
    fn an_empty_variable_is_no_key() {
        assert!(secret(Some("AURIKO_NO_SUCH_VARIABLE")).is_err_and(|error| error.contains("AURIKO_NO_SUCH")));
    }
}
