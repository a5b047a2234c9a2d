//! The durable side of reservations in one process: one row per account and day that covers all of them, so that a busy
//! gateway does not write one row per attempt.
//!
//! What a row holds is money that counts as spent if the process is killed. It is never less than what is held by
//! attempts that may have been sent, plus what was settled and is not written yet. An attempt for which it has no room
//! makes it larger, and waits for that. With few attempts it holds exactly what they need. With more, it keeps room for a small
//! part of what was reserved within the last second, so that most attempts wait for nothing; a crash then counts that much too
//! much.
//!
//! Rows change by differences only, so it does not matter in which order the database sees them.

use auriko_wire::money::NanoUsd;
use rustc_hash::FxHashMap;

use crate::budget::{Account, Claim};
use crate::clock::Day;
use crate::database::{Statement, statement};
use crate::id;

/// Intervals of the journal that are looked back on: a second.
const INTERVALS: usize = 4;

/// Attempts within that time from which on room is kept for more. A guess; revisit with data.
const MANY: u64 = 8;

/// Which part of what they reserved is kept as room: a crash counts it as spent, and a row grows so many times in that time
/// at most.
const ROOM_PART: u64 = 64;

/// Attempts of the usual size for which there is room at the least. Attempts seldom cost what they reserve, so two give
/// room to many that follow each other.
const ROOM_ATTEMPTS: u64 = 2;

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Covers {
    covers: FxHashMap<(Account, Day), Cover>,
    /// Nothing is kept for later any more.
    is_closing: bool,
}

/// One row and what it covers, or the demands of an account that has none just now. All its claims draw on credit, or none: the account and the store's settings decide it.
#[derive(Debug)]
struct Cover {
    row: String,
    is_written: bool,
    /// Claims that it covers, or will.
    live: u32,
    /// Durable, and held by nobody.
    free: NanoUsd,
    /// Durable, and not needed any more when the next batch is written: ended, with its spend in that batch.
    surplus: NanoUsd,
    /// What claims asked for that are not known to be durable, by the claim's id: their own amount and what they took
    /// along.
    asked: FxHashMap<String, NanoUsd>,
    /// Claims since the last batch, and between the batches before.
    demands: [Demand; INTERVALS],
}

/// How many claims there were, and their sum.
#[derive(Debug, Clone, Copy, Default)]
struct Demand(u64, NanoUsd);

/// What is missing in a row.
#[derive(Debug)]
pub(crate) struct Growth {
    row: String,
    amount: NanoUsd,
}

/// What a batch takes out of a row.
#[derive(Debug)]
pub(crate) struct Shrink {
    row: String,
    amount: NanoUsd,
    /// Nothing is covered any more.
    is_last: bool,
}

impl Covers {
    /// Covers a claim. What is missing has to be written, and then [`Self::confirm`]ed or [`Self::fail`]ed, before the
    /// attempt is made.
    pub(crate) fn take(&mut self, claim: &Claim) -> Option<Growth> {
        let new = || Cover {
            row: id::new(""),
            is_written: false,
            live: 0,
            free: NanoUsd::ZERO,
            surplus: NanoUsd::ZERO,
            asked: FxHashMap::default(),
            demands: [Demand::default(); INTERVALS],
        };
        let cover = self.covers.entry((claim.account.clone(), claim.day)).or_insert_with(new);
        cover.live += 1;
        let [current, ..] = &mut cover.demands;
        *current = Demand(current.0 + 1, current.1 + claim.amount);
        if claim.amount <= cover.free {
            cover.free = cover.free.saturating_sub(claim.amount);
            return None;
        }
        // One of those that wait takes along what others will need.
        let extra = if cover.asked.is_empty() { cover.room() } else { NanoUsd::ZERO };
        let amount = claim.amount + extra;
        cover.is_written = true;
        cover.asked.insert(claim.id.clone(), amount);
        Some(Growth { row: cover.row.clone(), amount })
    }

    /// What the claim asked for is durable.
    pub(crate) fn confirm(&mut self, claim: &Claim) {
        if let Some(cover) = self.of(claim)
            && let Some(amount) = cover.asked.remove(&claim.id)
        {
            cover.free += amount.saturating_sub(claim.amount);
        }
    }

    /// What the claim asked for was not written, and the claim is none.
    pub(crate) fn fail(&mut self, claim: &Claim) {
        if let Some(cover) = self.of(claim) {
            cover.live -= 1;
            cover.asked.remove(&claim.id);
        }
    }

    /// The claim ended. Its spend is in the next batch.
    pub(crate) fn end(&mut self, claim: &Claim, spent: NanoUsd) {
        let Some(cover) = self.of(claim) else { return };
        cover.live -= 1;
        // Whoever reserved left before it was known to be durable: it may be, and stays covered until the row goes.
        if cover.asked.remove(&claim.id).is_none() {
            let spent = spent.min(claim.amount);
            cover.surplus += spent;
            cover.free += claim.amount.saturating_sub(spent);
        }
    }

    /// What the next batch takes out, together with what was spent.
    pub(crate) fn shrink(&mut self) -> Vec<Shrink> {
        let mut shrinks = Vec::new();
        let is_closing = self.is_closing;
        self.covers.retain(|_, cover| {
            let room = if is_closing { NanoUsd::ZERO } else { cover.room() };
            cover.demands.rotate_right(1);
            cover.demands[0] = Demand::default();
            let unheld = std::mem::take(&mut cover.surplus) + cover.free;
            let kept = unheld.min(room);
            let amount = unheld.saturating_sub(kept);
            cover.free = kept;
            let is_last = cover.live == 0 && kept == NanoUsd::ZERO;
            if is_last && cover.is_written {
                // What comes is covered by another row: this one may be deleted after that has grown.
                let row = std::mem::replace(&mut cover.row, id::new(""));
                cover.is_written = false;
                shrinks.push(Shrink { row, amount, is_last });
            } else if amount > NanoUsd::ZERO {
                shrinks.push(Shrink { row: cover.row.clone(), amount, is_last });
            }
            !is_last || (!is_closing && cover.demands.iter().any(|demand| demand.0 > 0))
        });
        shrinks
    }

    /// From now on nothing is kept for later.
    pub(crate) fn close(&mut self) {
        self.is_closing = true;
    }

    fn of(&mut self, claim: &Claim) -> Option<&mut Cover> {
        self.covers.get_mut(&(claim.account.clone(), claim.day))
    }
}

impl Cover {
    /// What is worth keeping for claims to come.
    fn room(&self) -> NanoUsd {
        let count: u64 = self.demands.iter().map(|demand| demand.0).sum();
        let amount: u64 = self.demands.iter().map(|demand| demand.1.0).sum();
        if count < MANY {
            return NanoUsd::ZERO;
        }
        NanoUsd((amount / ROOM_PART).max(amount / count * ROOM_ATTEMPTS))
    }
}

impl Growth {
    pub(crate) fn statement(self, claim: &Claim) -> Statement {
        let sql =
            "INSERT INTO reservations (id, workspace_id, key_id, byok_provider, amount, day, draws_credit)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (id) DO UPDATE SET amount = reservations.amount + excluded.amount";
        let Account { workspace, key, byok_provider } = &claim.account;
        let (key, byok_provider) = (key.as_deref(), byok_provider.as_deref());
        let Claim { day, draws_credit, .. } = claim;
        statement!(sql, self.row, &**workspace, key, byok_provider, self.amount.0, day.0, *draws_credit)
    }
}

impl Shrink {
    pub(crate) fn statement(&self) -> Statement {
        if self.is_last {
            return statement!("DELETE FROM reservations WHERE id = $1", &*self.row);
        }
        statement!("UPDATE reservations SET amount = amount - $1 WHERE id = $2", self.amount.0, &*self.row)
    }
}

#[cfg(test)]
mod tests;
