//! The management API as the commands use it: of a running gateway, or of a data directory that no gateway has open.

use std::path::PathBuf;

use auriko_client::{Client, ErrorKind, Method, Request};
use clap::Args;
use serde_json::Value;

use super::place::data_directory;
use super::{environment, read_config};
use crate::call::Call;
use crate::config::Config;
use crate::gateway::Gateway;

/// The variable with the admin token, or a key with the scopes of the command.
const TOKEN: &str = "AURIKO_ADMIN_TOKEN";

/// Which gateway.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// A running gateway, such as `http://127.0.0.1:8787`; the variable `AURIKO_ADMIN_TOKEN` holds its admin token, or a key
    /// that may do this. Without it: the data directory, while no gateway has it open.
    #[arg(long)]
    url: Option<String>,
    /// The gateway's data directory.
    #[arg(long, env = "AURIKO_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The gateway's configuration, when it names the store.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Id of the workspace.
    #[arg(long, default_value = "default")]
    workspace: String,
}

/// An open way to it.
pub(super) struct Api {
    way: Way,
    token: String,
    workspace: String,
}

enum Way {
    Here(Gateway),
    There { client: Client, url: String },
}

impl Target {
    pub(super) async fn open(&self) -> Result<Api, String> {
        let workspace = self.workspace.clone();
        if let Some(url) = &self.url {
            let token = environment(TOKEN).filter(|token| !token.trim().is_empty());
            let token = token.ok_or_else(|| format!("the variable {TOKEN} is not set"))?.trim().to_owned();
            let url = url.trim_end_matches('/').trim_end_matches("/v1").to_owned();
            return Ok(Api { way: Way::There { client: Client::new(), url }, token, workspace });
        }
        let mut config = match &self.config {
            // Providers are asked with own keys alone, so the gateway's keys need not be here.
            Some(path) => read_config(Some(path))?.without_keys(),
            None => Config::zero(&|_| None),
        };
        if config.store.is_none() {
            let Some(directory) = data_directory(self.data_dir.as_deref()) else {
                return Err("say where the data is, by --data-dir".to_owned());
            };
            config = config.with_data_dir(&directory);
        }
        // Credit may be bought before a gateway asks for it, and this process spends none.
        config.credits.is_enabled = true;
        // Whoever may open the store may do everything; the token never leaves this process.
        let token = format!("{:032x}", rand::random::<u128>());
        config.access.admin_token = Some(token.clone().into());
        let gateway = Gateway::new(config).map_err(|error| error.to_string())?;
        gateway
            .open()
            .await
            .map_err(|error| format!("{error}. For a gateway that is running, give its address by --url"))?;
        Ok(Api { way: Way::Here(gateway), token, workspace })
    }
}

impl Api {
    /// Does one call below the workspace, and gives what is answered.
    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        self.call_at(method, format!("/v1/workspaces/{}/{path}", self.workspace), body).await
    }

    /// Does one call, and gives what is answered.
    pub(super) async fn call_at(
        &self,
        method: &str,
        path: String,
        body: Option<Value>,
    ) -> Result<Value, String> {
        let body = body.map(|body| body.to_string());
        let authorization = ("authorization", format!("Bearer {}", self.token));
        let (status, text) = match &self.way {
            Way::Here(gateway) => {
                let mut call = Call::post(path, body.unwrap_or_default());
                call.method = method.to_owned();
                call.add_header(authorization.0, &authorization.1);
                let reply = gateway.handle(call).await;
                (reply.status, reply.json_text().unwrap_or_default().to_owned())
            }
            Way::There { client, url } => {
                let method = match method {
                    "POST" => Method::Post,
                    "DELETE" => Method::Delete,
                    "PATCH" => Method::Patch,
                    _ => Method::Get,
                };
                let mut request = Request::new(method, format!("{url}{path}"));
                request.headers = vec![(authorization.0.to_owned(), authorization.1)];
                if body.is_some() {
                    request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                request.body = body.map(Into::into);
                match client.send(request).await {
                    Ok(response) => {
                        (response.status, response.text().await.map_err(|error| error.to_string())?)
                    }
                    Err(error) => match error.kind() {
                        ErrorKind::Status { status, body, .. } => (*status, body.clone()),
                        _ => return Err(format!("{url} can't be reached: {error}")),
                    },
                }
            }
        };
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        if status < 400 {
            return Ok(value);
        }
        let word = |name: &str| value["error"][name].as_str().unwrap_or_default();
        Err(match (word("message"), word("suggestion")) {
            ("", _) => format!("the gateway answered with status {status}"),
            (message, suggestion) => format!("{message} {suggestion}").trim_end().to_owned(),
        })
    }

    /// Writes what waits, when the store is ours.
    pub(super) async fn close(self) {
        if let Way::Here(gateway) = self.way {
            gateway.close().await;
        }
    }
}
