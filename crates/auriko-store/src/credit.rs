//! Credit (budgets.md §3): what a workspace has bought in advance, for gateways whose operators resell.
//!
//! What is spent on keys of the gateway draws on it, what own keys spend does not. It stands among the budgets of a request
//! as one more: enforced, without an end, with what was bought as its limit. So the steps that keep a budget keep it too:
//! the worst case is reserved before an attempt, on all replicas together, and credit can't be overdrawn by reservations.
//!
//! Spend counts from when [`crate::StoreConfig::counts_credit`] was set for the first time, and only while it is.

use std::sync::Arc;

use auriko_wire::money::NanoUsd;

use crate::budget::{Budget, BudgetScope, BudgetStatus};
use crate::clock::{Period, Timestamp};
use crate::database::{Database, Row, statement};
use crate::error::StoreError;
use crate::id;
use crate::store::{Inner, text_of_length};

/// The smallest unit that is bought: a microdollar.
const UNIT: u64 = 1_000;

/// The most that a workspace buys in its life: 9 million dollars. Up to 2⁵³ nano-dollars Redis compares exactly.
const MOST: NanoUsd = NanoUsd(9_000_000_000_000_000);

/// Credit that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// `cred_…`.
    pub id: String,
    /// Who may spend it.
    pub workspace: Arc<str>,
    /// How much: whole microdollars.
    pub amount: NanoUsd,
    /// For people, such as the number of an invoice; 1–255 characters.
    pub note: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// How a workspace's credit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// All that was ever bought.
    pub purchased: NanoUsd,
    /// All that was ever spent of it: settled, and expired reservations.
    pub consumed: NanoUsd,
    /// Held by attempts that have not ended.
    pub reserved: NanoUsd,
}

impl Balance {
    /// What stands among the budgets of a request. `None`: that is none's credit.
    pub fn of(status: &BudgetStatus) -> Option<Self> {
        let BudgetStatus { budget, spent, reserved } = status;
        let is_credit = budget.scope == BudgetScope::Credit;
        is_credit.then_some(Self { purchased: budget.limit, consumed: *spent, reserved: *reserved })
    }

    /// What was bought and is not spent, in microdollars, rounded down. Less than nothing where attempts cost more than their
    /// worst case, as they do when a provider counts more tokens than were sent.
    pub fn microdollars(&self) -> i64 {
        let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        signed(self.purchased.0 / UNIT).saturating_sub(signed(self.consumed.0.div_ceil(UNIT)))
    }
}

/// Operations on credit.
#[derive(Debug)]
pub struct Credits<'a>(pub(crate) &'a Arc<Inner>);

impl Credits<'_> {
    /// Whether spend draws on credit here.
    pub fn are_counted(&self) -> bool {
        self.0.counts_credit
    }

    /// Adds to a workspace's credit. On other replicas it may be spent within a second.
    ///
    /// # Errors
    /// `Invalid` for an amount that is not whole microdollars, or that makes more than 9 million dollars of purchases, and for
    /// a note that is too long; `NotFound` for an unknown workspace.
    pub async fn add(
        &self,
        workspace: &str,
        amount: NanoUsd,
        note: Option<&str>,
    ) -> Result<Purchase, StoreError> {
        let workspace = self.0.workspaces().find(workspace).await?.id;
        if amount == NanoUsd::ZERO || !amount.0.is_multiple_of(UNIT) {
            return Err(StoreError::invalid("amount", "must be whole microdollars, at least 1"));
        }
        // Two at once may both fit. It does no harm: the bound is far from what would.
        if purchased(&*self.0.database, &workspace).await? + amount > MOST {
            return Err(StoreError::invalid(
                "amount",
                "makes more than 9000000 dollars in all, the most there can be",
            ));
        }
        let purchase = Purchase {
            id: id::new("cred_"),
            workspace,
            amount,
            note: note.map(|note| text_of_length("note", note, 1..=255)).transpose()?,
            created_at: self.0.clock.now(),
        };
        let sql = "INSERT INTO credit_purchases (id, workspace_id, amount, note, created_at)
            VALUES ($1, $2, $3, $4, $5)";
        let Purchase { id, workspace, amount, note, created_at } = &purchase;
        let insert = statement!(sql, &**id, &**workspace, amount.0, note.as_deref(), *created_at);
        self.0.database.transact(vec![insert]).await?;
        self.0.budgets.forget(workspace);
        Ok(purchase)
    }

    /// What a workspace bought, the latest first; a thousand at most.
    pub async fn purchases(&self, workspace: &str) -> Result<Vec<Purchase>, StoreError> {
        let sql = "SELECT id, workspace_id, amount, note, created_at FROM credit_purchases
            WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000";
        self.0.database.query(statement!(sql, workspace)).await?.into_iter().map(read).collect()
    }

    /// How a workspace's credit stands.
    pub async fn balance(&self, workspace: &str) -> Result<Balance, StoreError> {
        let credit = Arc::new(as_budget(&*self.0.database, &workspace.into()).await?);
        let day = self.0.clock.now().day();
        let counters = self.0.hot.counters(workspace, day, &[Arc::clone(&credit)]).await?;
        let counter = counters.first().ok_or(StoreError::Corrupt { what: "credit counter" })?;
        Ok(Balance { purchased: credit.limit, consumed: counter.spent, reserved: counter.reserved })
    }
}

/// A workspace's credit among its budgets.
pub(crate) async fn as_budget(database: &dyn Database, workspace: &Arc<str>) -> Result<Budget, StoreError> {
    Ok(Budget {
        id: "credit".to_owned(),
        workspace: Arc::clone(workspace),
        scope: BudgetScope::Credit,
        period: Period::Lifetime,
        limit: purchased(database, workspace).await?,
        enforce: true,
        include_byok: false,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    })
}

async fn purchased(database: &dyn Database, workspace: &str) -> Result<NanoUsd, StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM credit_purchases WHERE workspace_id = $1";
    let what = "sum of purchases";
    let row = database.query(statement!(sql, workspace)).await?.pop();
    row.ok_or(StoreError::Corrupt { what })?.take(what)
}

fn read(mut row: Row) -> Result<Purchase, StoreError> {
    let what = "purchase of credit";
    Ok(Purchase {
        id: row.take(what)?,
        workspace: row.take::<String>(what)?.into(),
        amount: row.take(what)?,
        note: row.take(what)?,
        created_at: row.take(what)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_never_shows_more_than_there_is() {
        let balance = |purchased, consumed| {
            let (purchased, consumed) = (NanoUsd(purchased), NanoUsd(consumed));
            Balance { purchased, consumed, reserved: NanoUsd(7) }.microdollars()
        };
        assert_eq!(balance(5_000, 0), 5);
        assert_eq!(balance(5_000, 1), 4);
        assert_eq!(balance(5_000, 5_000), 0);
        assert_eq!(balance(5_000, 5_001), -1);
        assert_eq!(balance(0, u64::MAX), -i64::try_from(u64::MAX.div_ceil(1_000)).expect("fits"));
    }
}
