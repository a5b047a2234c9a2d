//! `POST /v1/backups`: a copy of the embedded store while it works. Its file belongs to one process, so nobody else can make
//! one. Where it is written is not the caller's choice: a token must not mean any file of the machine.

use auriko_store::Store;
use auriko_wire::error_code::ErrorCode;
use serde_json::json;

use super::Answer;
use crate::clock::now_ms;
use crate::config::StorePlace;
use crate::error::ApiError;
use crate::gateway::Inner;
use crate::guard::{Caller, Vault, Visit};

/// Beside the store's file.
const DIRECTORY: &str = "backups";

pub(super) async fn create(inner: &Inner, visit: &Visit, store: &Store) -> Answer {
    if !matches!(visit.caller, Caller::Admin) {
        let message = "Only the admin token may do that.";
        return Err(ApiError::new(ErrorCode::InsufficientPermissions, message));
    }
    let place = inner.vault.as_deref().map(|vault| &Vault::settings(vault).place);
    let Some(StorePlace::Directory(directory)) = place else {
        let message =
            "Only a store in a data directory is backed up here; a database server has its own tools.";
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    };
    let directory = directory.join(DIRECTORY);
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "a back-up could not be written");
        ApiError::new(ErrorCode::InternalError, "The directory for back-ups can't be written.")
    };
    std::fs::create_dir_all(&directory).map_err(failed)?;
    let file = directory.join(format!("auriko-{}.db", now_ms()));
    store.back_up(&file).await?;
    let size = std::fs::metadata(&file).map_err(failed)?.len();
    Ok((201, json!({ "file": file.display().to_string(), "size_bytes": size })))
}
