//! Workspaces: what keys, budgets and spend belong to.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::database::{Row, statement};
use crate::error::StoreError;
use crate::id;
use crate::store::{Inner, text_of_length};

/// The id of the workspace that every store has from the start.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// `ws_…`, or [`DEFAULT_WORKSPACE`].
    pub id: Arc<str>,
    /// For people, 1–255 characters.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Operations on workspaces.
#[derive(Debug)]
pub struct Workspaces<'a>(pub(crate) &'a Inner);

impl Workspaces<'_> {
    /// Makes one.
    pub async fn create(&self, name: &str) -> Result<Workspace, StoreError> {
        let workspace = Workspace {
            id: id::new("ws_").into(),
            name: text_of_length("name", name, 1..=255)?,
            created_at: self.0.clock.now(),
        };
        self.insert(&workspace).await?;
        Ok(workspace)
    }

    /// Makes sure that there is one with this id, for a workspace that is named in a configuration.
    ///
    /// # Errors
    /// `Invalid` when the id holds anything but letters, digits, `-` and `_`.
    pub async fn ensure(&self, id: &str, name: &str) -> Result<Workspace, StoreError> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if id.is_empty() || id.len() > 64 || !id.chars().all(is_plain) {
            return Err(StoreError::invalid("workspace_id", "must be 1–64 letters, digits, `-` or `_`"));
        }
        let name = text_of_length("name", name, 1..=255)?;
        self.insert(&Workspace { id: id.into(), name, created_at: self.0.clock.now() }).await?;
        self.find(id).await
    }

    /// All of them, oldest first.
    pub async fn list(&self) -> Result<Vec<Workspace>, StoreError> {
        let sql = "SELECT id, name, created_at FROM workspaces ORDER BY created_at, id";
        self.0.database.query(statement!(sql)).await?.into_iter().map(read).collect()
    }

    /// One of them.
    pub async fn find(&self, id: &str) -> Result<Workspace, StoreError> {
        let sql = "SELECT id, name, created_at FROM workspaces WHERE id = $1";
        let row = self.0.database.query(statement!(sql, id)).await?.pop();
        read(row.ok_or_else(|| StoreError::NotFound { what: "workspace", id: id.to_owned() })?)
    }

    /// Gives it another name.
    pub async fn rename(&self, id: &str, name: &str) -> Result<Workspace, StoreError> {
        let name = text_of_length("name", name, 1..=255)?;
        let sql = "UPDATE workspaces SET name = $1 WHERE id = $2";
        self.0.database.transact(vec![statement!(sql, name, id)]).await?;
        self.find(id).await
    }

    async fn insert(&self, workspace: &Workspace) -> Result<(), StoreError> {
        let sql = "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let insert = statement!(sql, &*workspace.id, &*workspace.name, workspace.created_at);
        self.0.database.transact(vec![insert]).await.map(drop)
    }
}

fn read(mut row: Row) -> Result<Workspace, StoreError> {
    let what = "workspace";
    Ok(Workspace { id: row.take::<String>(what)?.into(), name: row.take(what)?, created_at: row.take(what)? })
}
