//! Budgets (budgets.md §1): how much a workspace, a key or a provider's own keys may spend in a period.
//!
//! An enforced budget is checked when money is reserved, before an attempt: what was spent, what others hold
//! and the new amount must fit together. Since the amount is the worst case of the attempt, no buffer below
//! the limit is needed (this replaces the threshold of G-23).

mod account;
mod record;
mod reservation;

use std::sync::Arc;

use auriko_wire::money::NanoUsd;

pub use account::Account;
pub(crate) use account::{Claim, Target};
pub use record::{Budget, BudgetChange, BudgetScope, NewBudget};
pub(crate) use reservation::End;
pub use reservation::{Ended, Reservation};

use crate::clock::Period;
use crate::credit;
use crate::error::StoreError;
use crate::id;
use crate::store::Inner;

/// A budget and how far it is used in its present period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetStatus {
    /// The budget.
    pub budget: Arc<Budget>,
    /// Spent in the period: settled, and expired reservations.
    pub spent: NanoUsd,
    /// Held by attempts that have not ended.
    pub reserved: NanoUsd,
}

impl BudgetStatus {
    /// What new attempts may still reserve.
    pub fn remaining(&self) -> NanoUsd {
        self.budget.limit.saturating_sub(self.spent + self.reserved)
    }

    /// `100 · spent / limit`; a limit of zero is used up from the start.
    pub fn percent_used(&self) -> f64 {
        if self.budget.limit == NanoUsd::ZERO {
            100.0
        } else {
            100.0 * self.spent.as_usd() / self.budget.limit.as_usd()
        }
    }

    /// Whether `amount` may be reserved. Nothing may be, not even zero, once the limit is spent.
    pub(crate) fn admits(&self, amount: NanoUsd) -> bool {
        !self.budget.enforce
            || (self.spent < self.budget.limit && self.spent + self.reserved + amount <= self.budget.limit)
    }
}

/// What came of an attempt to reserve.
#[derive(Debug)]
pub enum Reserved {
    /// The amount is held until the reservation ends.
    Held(Reservation),
    /// An enforced budget has no room: the narrowest scope, and in it the one with the least left.
    Refused(BudgetStatus),
}

/// Operations on budgets.
#[derive(Debug)]
pub struct Budgets<'a>(pub(crate) &'a Arc<Inner>);

impl Budgets<'_> {
    /// Holds `amount`, the worst case of one attempt, against every budget that applies to `account`, and its credit.
    ///
    /// All budgets are checked and charged in one step, on all replicas together. When it returns `Held`, the
    /// reservation outlives the death of this process: unless it ends before, it becomes spend.
    ///
    /// # Cancel safety
    /// If the future is dropped, the amount is given back.
    pub async fn reserve(&self, account: Account, amount: NanoUsd) -> Result<Reserved, StoreError> {
        let budgets = self.applying_to(&account).await?;
        let day = self.0.clock.now().day();
        let draws_credit = self.0.counts_credit && account.byok_provider.is_none();
        let claim = Claim { id: id::new(""), account, amount, day, draws_credit };
        let mut reservation = Reservation::tentative(Arc::clone(self.0), claim);
        let verdict = self.0.hot.reserve(reservation.claim(), &budgets).await;
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) if self.0.tolerates(&error) && self.0.hot.adopt(reservation.claim()) => {
                // It ends as any other when the hot state is back, whether or not it was made there.
                reservation.confirm(Vec::new());
                return Ok(Reserved::Held(reservation));
            }
            Err(error) => {
                // It may have been made: the connection can break after the request went out.
                drop(reservation);
                return Err(error);
            }
        };
        let statuses = statuses(budgets, verdict.counters);
        if verdict.is_held {
            reservation.confirm(statuses);
            return Ok(Reserved::Held(reservation));
        }
        reservation.forget();
        let refusing = statuses.into_iter().filter(|status| !status.admits(amount));
        let narrowest = refusing.min_by_key(|status| (status.budget.scope.breadth(), status.remaining()));
        narrowest.map(Reserved::Refused).ok_or(StoreError::Corrupt { what: "budget counter" })
    }

    /// The budgets that apply to `account`, and its credit, for headers and `/v1/me`.
    pub async fn status(&self, account: &Account) -> Result<Vec<BudgetStatus>, StoreError> {
        let budgets = self.applying_to(account).await?;
        self.with_counters(&account.workspace, budgets).await
    }

    /// Those of a workspace, oldest first.
    pub async fn list(&self, workspace: &str) -> Result<Vec<BudgetStatus>, StoreError> {
        let budgets = record::list(&*self.0.database, workspace).await?;
        self.with_counters(workspace, budgets.into_iter().map(Arc::new).collect()).await
    }

    /// One of a workspace.
    pub async fn find(&self, workspace: &str, id: &str) -> Result<BudgetStatus, StoreError> {
        let budget = record::find(&*self.0.database, workspace, id).await?;
        let mut statuses = self.with_counters(workspace, vec![Arc::new(budget)]).await?;
        statuses.pop().ok_or(StoreError::Corrupt { what: "budget counter" })
    }

    /// Makes one. What its scope has already spent in the running period counts.
    ///
    /// # Errors
    /// `Duplicate` when the scope has one with this period; `NotFound` for an unknown workspace or key; `Invalid` for what
    /// is credit's alone.
    pub async fn create(&self, workspace: &str, new: NewBudget) -> Result<BudgetStatus, StoreError> {
        if new.scope == BudgetScope::Credit {
            return Err(StoreError::invalid("scope_type", "credit is bought, and no budget"));
        }
        if new.period == Period::Lifetime {
            return Err(StoreError::invalid("period", "must be one of daily, weekly, monthly"));
        }
        let workspace = self.0.workspaces().find(workspace).await?.id;
        if let BudgetScope::ApiKey(key) = &new.scope {
            self.0.keys().find(&workspace, key).await?;
        }
        let budget = record::insert(&*self.0.database, &workspace, new, self.0.clock.now()).await?;
        self.0.budgets.forget(&workspace);
        self.find(&workspace, &budget.id).await
    }

    /// Changes limit, enforcement or what counts; scope and period are fixed.
    pub async fn update(
        &self,
        workspace: &str,
        id: &str,
        change: BudgetChange,
    ) -> Result<BudgetStatus, StoreError> {
        record::update(&*self.0.database, workspace, id, change, self.0.clock.now()).await?;
        self.0.budgets.forget(&workspace.into());
        self.find(workspace, id).await
    }

    /// Removes it. What was spent stays counted, for a later budget of the same scope.
    pub async fn delete(&self, workspace: &str, id: &str) -> Result<(), StoreError> {
        record::delete(&*self.0.database, workspace, id).await?;
        self.0.budgets.forget(&workspace.into());
        Ok(())
    }

    async fn applying_to(&self, account: &Account) -> Result<Vec<Arc<Budget>>, StoreError> {
        let load = async {
            let mut budgets = record::list(&*self.0.database, &account.workspace).await?;
            if self.0.counts_credit {
                budgets.push(credit::as_budget(&*self.0.database, &account.workspace).await?);
            }
            Ok(budgets.into_iter().map(Arc::new).collect::<Arc<[_]>>())
        };
        let budgets = match self.0.budgets.get(&account.workspace, load).await {
            Err(error) if self.0.tolerates(&error) => return Ok(Vec::new()),
            budgets => budgets?,
        };
        Ok(budgets.iter().filter(|budget| budget.applies_to(account)).cloned().collect())
    }

    async fn with_counters(
        &self,
        workspace: &str,
        budgets: Vec<Arc<Budget>>,
    ) -> Result<Vec<BudgetStatus>, StoreError> {
        if budgets.is_empty() {
            return Ok(Vec::new());
        }
        let day = self.0.clock.now().day();
        let counters = self.0.hot.counters(workspace, day, &budgets).await?;
        Ok(statuses(budgets, counters))
    }
}

fn statuses(budgets: Vec<Arc<Budget>>, counters: Vec<Counter>) -> Vec<BudgetStatus> {
    let pairs = budgets.into_iter().zip(counters);
    pairs.map(|(budget, Counter { spent, reserved })| BudgetStatus { budget, spent, reserved }).collect()
}

/// Money of one target in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counter {
    pub(crate) spent: NanoUsd,
    pub(crate) reserved: NanoUsd,
}

impl std::ops::Add for Counter {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { spent: self.spent + other.spent, reserved: self.reserved + other.reserved }
    }
}
