//! Forgets what is too old: rows of the ledger, and spend of periods that no budget looks at any more.
//!
//! In small transactions, so that neither SQLite's only writer nor the locks of PostgreSQL are held for long. Replicas
//! may prune at the same time: who comes second finds nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::database::{Database, statement};
use crate::error::StoreError;

/// How often it is looked for.
const PERIOD: Duration = Duration::from_secs(3600);

/// Rows of the ledger per transaction. Used in the statements below.
const PIECE: u64 = 500;

/// Two months, the longest period twice: a budget of this month and ends that come late need them.
const SPEND_DAYS: i64 = 62;

/// Prunes every hour, for as long as it is polled, first at once.
pub(crate) async fn run(database: Arc<dyn Database>, clock: Arc<dyn Clock>, days: u32) {
    loop {
        match now(&*database, &*clock, days).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, days, "old rows of the ledger were deleted"),
            Err(error) => {
                tracing::warn!(%error, "the ledger could not be pruned; it is tried again in an hour");
            }
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Prunes, and returns how many rows of the ledger were deleted.
pub(crate) async fn now(database: &dyn Database, clock: &dyn Clock, days: u32) -> Result<u64, StoreError> {
    let today = clock.now().day().0;
    let spend = statement!(
        "DELETE FROM spend WHERE start_day < $1 AND period <> 'lifetime'",
        today - i64::from(days).max(SPEND_DAYS)
    );
    database.transact(vec![spend]).await?;
    let before =
        Timestamp(clock.now().0.saturating_sub(Timestamp(0).after(Duration::from_secs(86_400) * days).0));
    let mut deleted = 0;
    for mut row in database.query(statement!("SELECT id FROM workspaces")).await? {
        let workspace: String = row.take("workspace")?;
        loop {
            let counts = database.transact(piece(&workspace, before)).await?;
            let count = counts.last().copied().unwrap_or_default();
            deleted += count;
            if count < PIECE {
                break;
            }
        }
    }
    Ok(deleted)
}

/// The oldest rows of a workspace with their tags. By workspace, since that is what the ledger's order begins with.
fn piece(workspace: &str, before: Timestamp) -> Vec<crate::database::Statement> {
    let tags = "DELETE FROM ledger_tags WHERE ledger_id IN
        (SELECT id FROM ledger WHERE workspace_id = $1 AND at < $2 ORDER BY at, id LIMIT 500)";
    let rows = "DELETE FROM ledger WHERE (workspace_id, at, id) IN
        (SELECT workspace_id, at, id FROM ledger WHERE workspace_id = $1 AND at < $2 ORDER BY at, id LIMIT 500)";
    vec![statement!(tags, workspace, before), statement!(rows, workspace, before)]
}
