//! Counters of money in memory: the check and the bookkeeping, without any I/O. All names in here are ours, so a quick
//! hash is safe.

use std::sync::Arc;

use auriko_wire::money::NanoUsd;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::budget::{Budget, BudgetStatus, Claim, Counter, End, Target};
use crate::clock::{Day, Period};
use crate::hot::Verdict;

/// A period of a workspace: which one, and its first day.
type PeriodKey = (Period, Day);

/// All counters of all workspaces.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    workspaces: FxHashMap<Arc<str>, FxHashMap<PeriodKey, FxHashMap<Target, Counter>>>,
    live: FxHashSet<String>,
}

impl Accounts {
    /// Takes over what was spent before this process started.
    pub(super) fn load(&mut self, workspace: &str, period: PeriodKey, target: Target, spent: NanoUsd) {
        let workspace = self.workspaces.entry(workspace.into()).or_default();
        workspace.entry(period).or_default().entry(target).or_default().spent += spent;
    }

    pub(super) fn reserve(&mut self, claim: &Claim, budgets: &[Arc<Budget>]) -> Verdict {
        let counters = self.counters(&claim.account.workspace, claim.day, budgets);
        let mut statuses = budgets.iter().zip(&counters).map(|(budget, counter)| BudgetStatus {
            budget: Arc::clone(budget),
            spent: counter.spent,
            reserved: counter.reserved,
        });
        let is_held = statuses.all(|status| status.admits(claim.amount));
        if is_held {
            self.live.insert(claim.id.clone());
            self.change(claim, |counter| counter.reserved += claim.amount);
        }
        Verdict { is_held, counters }
    }

    /// Holds without a check.
    pub(super) fn adopt(&mut self, claim: &Claim) {
        if self.live.insert(claim.id.clone()) {
            self.change(claim, |counter| counter.reserved += claim.amount);
        }
    }

    /// `false`: it had ended before.
    pub(super) fn end(&mut self, claim: &Claim, end: End) -> bool {
        if !self.live.remove(&claim.id) {
            return false;
        }
        let spent = end.spent(claim.amount);
        self.change(claim, |counter| {
            counter.reserved = counter.reserved.saturating_sub(claim.amount);
            counter.spent += spent;
        });
        true
    }

    pub(super) fn counters(&self, workspace: &str, day: Day, budgets: &[Arc<Budget>]) -> Vec<Counter> {
        let periods = self.workspaces.get(workspace);
        let sum = |budget: &Arc<Budget>| {
            let counters =
                periods.and_then(|periods| periods.get(&(budget.period, budget.period.start(day))));
            let counter = |target| counters.and_then(|counters| counters.get(&target)).copied();
            budget.targets().filter_map(counter).fold(Counter::default(), |sum, one| sum + one)
        };
        budgets.iter().map(sum).collect()
    }

    fn change(&mut self, claim: &Claim, change: impl Fn(&mut Counter)) {
        let workspace = self.workspaces.entry(Arc::clone(&claim.account.workspace)).or_default();
        for period in claim.periods() {
            let key = (period, period.start(claim.day));
            if !workspace.contains_key(&key) {
                // A period begins: those that ended a full period ago and hold nothing are of no use any more.
                workspace.retain(|(kind, start), counters| {
                    *kind != period
                        || start.0 + 2 * 31 > claim.day.0
                        || counters.values().any(|counter| counter.reserved > NanoUsd::ZERO)
                });
            }
            let counters = workspace.entry(key).or_default();
            for target in claim.account.targets() {
                change(counters.entry(target).or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests;
