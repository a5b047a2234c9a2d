//! The durable record of a budget.

use std::sync::Arc;

use auriko_wire::money::NanoUsd;

use super::{Account, Target};
use crate::clock::{Period, Timestamp};
use crate::database::{Database, Row, statement};
use crate::error::StoreError;
use crate::id;

/// What a budget looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BudgetScope {
    /// All spend of the workspace.
    Workspace,
    /// Spend of one key, by id.
    ApiKey(Arc<str>),
    /// Spend through the workspace's own keys of one provider, by id.
    ByokProvider(Arc<str>),
    /// What the workspace spends of its credit, for good. No budget has it: it is how credit stands among the budgets of a
    /// request, with what was bought as its limit.
    Credit,
}

impl BudgetScope {
    /// The word on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::ApiKey(_) => "api_key",
            Self::ByokProvider(_) => "byok_provider",
            Self::Credit => "credit",
        }
    }

    /// The key or provider; empty for the workspace.
    pub fn target(&self) -> &str {
        match self {
            Self::Workspace | Self::Credit => "",
            Self::ApiKey(id) | Self::ByokProvider(id) => id,
        }
    }

    fn parse(scope: &str, target: &str) -> Option<Self> {
        match scope {
            "workspace" => Some(Self::Workspace),
            "api_key" => Some(Self::ApiKey(target.into())),
            "byok_provider" => Some(Self::ByokProvider(target.into())),
            _ => None,
        }
    }

    /// Narrow ones first: of several exhausted budgets the narrowest is named (G-23).
    pub(super) const fn breadth(&self) -> u8 {
        match self {
            Self::ApiKey(_) => 0,
            Self::ByokProvider(_) => 1,
            Self::Workspace => 2,
            Self::Credit => 3,
        }
    }
}

/// A budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// `bdgt_…`.
    pub id: String,
    /// Whose it is.
    pub workspace: Arc<str>,
    /// What it looks at.
    pub scope: BudgetScope,
    /// When it starts anew.
    pub period: Period,
    /// What may be spent per period.
    pub limit: NanoUsd,
    /// Whether requests are refused when it is used up; otherwise it only counts.
    pub enforce: bool,
    /// Whether spend through own keys counts, for workspaces and keys. A provider's budget counts nothing else.
    pub include_byok: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Budget {
    pub(crate) fn applies_to(&self, account: &Account) -> bool {
        let counts = self.include_byok || account.byok_provider.is_none();
        match &self.scope {
            BudgetScope::Workspace | BudgetScope::Credit => counts,
            BudgetScope::ApiKey(id) => counts && account.key.as_ref() == Some(id),
            BudgetScope::ByokProvider(id) => account.byok_provider.as_ref() == Some(id),
        }
    }

    /// Whose sum its spend is.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> + use<> {
        let target = |is_byok| match &self.scope {
            BudgetScope::Workspace | BudgetScope::Credit => Target::Workspace { is_byok },
            BudgetScope::ApiKey(id) => Target::Key { id: Arc::clone(id), is_byok },
            BudgetScope::ByokProvider(provider) => Target::OwnKeys { provider: Arc::clone(provider) },
        };
        let has_both = self.include_byok && !matches!(self.scope, BudgetScope::ByokProvider(_));
        [Some(target(false)), has_both.then(|| target(true))].into_iter().flatten()
    }
}

/// What a new budget should be.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in `Budget`")]
pub struct NewBudget {
    pub scope: BudgetScope,
    pub period: Period,
    pub limit: NanoUsd,
    pub enforce: bool,
    pub include_byok: bool,
}

/// What to change; `None` leaves it.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "as in `Budget`")]
pub struct BudgetChange {
    pub limit: Option<NanoUsd>,
    pub enforce: Option<bool>,
    pub include_byok: Option<bool>,
}

/// The columns that [`read`] reads.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, workspace_id, scope, target, period, limit_nano_usd, enforce, include_byok, created_at, ",
            "updated_at FROM budgets ",
            $condition
        )
    };
}

pub(super) async fn list(database: &dyn Database, workspace: &str) -> Result<Vec<Budget>, StoreError> {
    let sql = select!("WHERE workspace_id = $1 ORDER BY created_at, id");
    database.query(statement!(sql, workspace)).await?.into_iter().map(read).collect()
}

pub(super) async fn find(database: &dyn Database, workspace: &str, id: &str) -> Result<Budget, StoreError> {
    let sql = select!("WHERE workspace_id = $1 AND id = $2");
    let row = database.query(statement!(sql, workspace, id)).await?.pop();
    read(row.ok_or_else(|| not_found(id))?)
}

pub(super) async fn insert(
    database: &dyn Database,
    workspace: &Arc<str>,
    new: NewBudget,
    now: Timestamp,
) -> Result<Budget, StoreError> {
    let budget = Budget {
        id: id::new("bdgt_"),
        workspace: Arc::clone(workspace),
        scope: new.scope,
        period: new.period,
        limit: new.limit,
        enforce: new.enforce,
        include_byok: new.include_byok,
        created_at: now,
        updated_at: now,
    };
    let sql =
        "INSERT INTO budgets (id, workspace_id, scope, target, period, limit_nano_usd, enforce, include_byok,
        created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    let insert = statement!(
        sql,
        &*budget.id,
        &**workspace,
        budget.scope.as_str(),
        budget.scope.target(),
        budget.period.as_str(),
        budget.limit.0,
        budget.enforce,
        budget.include_byok,
        now,
        now,
    );
    if database.transact(vec![insert]).await? == [0] {
        return Err(StoreError::Duplicate { what: "budget", fields: "scope and period" });
    }
    Ok(budget)
}

pub(super) async fn update(
    database: &dyn Database,
    workspace: &str,
    id: &str,
    change: BudgetChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE budgets SET limit_nano_usd = COALESCE($1, limit_nano_usd), enforce = COALESCE($2, enforce),
        include_byok = COALESCE($3, include_byok), updated_at = $4 WHERE workspace_id = $5 AND id = $6";
    let limit = change.limit.map(|limit| limit.0);
    let update = statement!(sql, limit, change.enforce, change.include_byok, now, workspace, id);
    if database.transact(vec![update]).await? == [0] { Err(not_found(id)) } else { Ok(()) }
}

pub(super) async fn delete(database: &dyn Database, workspace: &str, id: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM budgets WHERE workspace_id = $1 AND id = $2";
    let counts = database.transact(vec![statement!(sql, workspace, id)]).await?;
    if counts == [0] { Err(not_found(id)) } else { Ok(()) }
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound { what: "budget", id: id.to_owned() }
}

fn read(mut row: Row) -> Result<Budget, StoreError> {
    let what = "budget";
    let id = row.take(what)?;
    let workspace = row.take::<String>(what)?.into();
    let (scope, target): (String, String) = (row.take(what)?, row.take(what)?);
    let period: String = row.take(what)?;
    Ok(Budget {
        id,
        workspace,
        scope: BudgetScope::parse(&scope, &target).ok_or(StoreError::Corrupt { what })?,
        period: Period::parse(&period).ok_or(StoreError::Corrupt { what })?,
        limit: row.take(what)?,
        enforce: row.take(what)?,
        include_byok: row.take(what)?,
        created_at: row.take(what)?,
        updated_at: row.take(what)?,
    })
}
