//! What a conversation costs at least, for somebody who knows all of it beforehand.
//!
//! A search over what the caches of all offerings hold, turn by turn (A*): the part still to be paid is estimated by what
//! it would cost if every offering had read the turn before, which is never too much, so that the first end that is
//! reached is the cheapest. When too many states would have to be looked at, the cheapest of the open ones is returned
//! instead: nothing can cost less than that.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use auriko_routing::catalog::Offering;
use auriko_wire::money::NanoUsd;

use crate::cache::{Kept, Losses, serve, still_kept};
use crate::trace::Request;

/// States that are looked at before the search settles for a bound. Reached in a fraction of a second.
const MOST_STATES: usize = 100_000;

/// A turn, and who could serve it.
pub(crate) struct Turn<'a> {
    pub(crate) request: &'a Request,
    pub(crate) eligible: Vec<Arc<Offering>>,
}

/// The least that a conversation can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Least {
    pub(crate) cost: NanoUsd,
    /// Whether somebody can pay exactly this; otherwise it is a lower bound.
    pub(crate) is_exact: bool,
}

/// What each offering's cache holds, by its position among all offerings of the conversation.
type Caches = Vec<Option<Kept>>;

/// Searches. `None`: some turn can't be served at a known price.
pub(crate) fn least(turns: &[Turn<'_>], losses: Losses) -> Option<Least> {
    let offerings = everybody(turns);
    let to_pay = bounds(turns, losses)?;
    let mut open = BinaryHeap::new();
    let mut paid: HashMap<(usize, Caches), u64> = HashMap::new();
    let start: Caches = vec![None; offerings.len()];
    // Of states that promise the same, the furthest is looked at first.
    open.push(Reverse((to_pay[0], Reverse(0_usize), 0_u64, Wrapped(start))));
    let mut looked_at = 0_usize;
    while let Some(Reverse((promise, Reverse(turn), so_far, Wrapped(caches)))) = open.pop() {
        if turn == turns.len() {
            return Some(Least { cost: NanoUsd(so_far), is_exact: true });
        }
        looked_at += 1;
        if looked_at > MOST_STATES {
            return Some(Least { cost: NanoUsd(promise), is_exact: false });
        }
        if paid.get(&(turn, caches.clone())).is_some_and(|cheaper| *cheaper < so_far) {
            continue;
        }
        let Turn { request, eligible } = &turns[turn];
        let at_offerings = caches.iter().zip(&offerings);
        let kept: Caches =
            at_offerings.map(|(kept, offering)| still_kept(offering, request, *kept)).collect();
        for offering in eligible {
            let position = offerings.iter().position(|it| Arc::ptr_eq(it, offering))?;
            let served = serve(offering, request, kept[position], losses)?;
            let mut caches = kept.clone();
            caches[position] = served.kept;
            let so_far = so_far.saturating_add(served.cost.0);
            let known = paid.entry((turn + 1, caches.clone())).or_insert(u64::MAX);
            if so_far < *known {
                *known = so_far;
                let promise = so_far.saturating_add(to_pay[turn + 1]);
                open.push(Reverse((promise, Reverse(turn + 1), so_far, Wrapped(caches))));
            }
        }
    }
    None
}

/// Not compared: equal promises are told apart by how far they are.
struct Wrapped(Caches);

impl PartialEq for Wrapped {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Wrapped {}

impl PartialOrd for Wrapped {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Wrapped {
    fn cmp(&self, _other: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// Every offering that serves some turn, once.
fn everybody(turns: &[Turn<'_>]) -> Vec<Arc<Offering>> {
    let mut found: Vec<Arc<Offering>> = Vec::new();
    for offering in turns.iter().flat_map(|turn| &turn.eligible) {
        if !found.iter().any(|known| Arc::ptr_eq(known, offering)) {
            found.push(Arc::clone(offering));
        }
    }
    found
}

/// For each turn, and the end, the least that it and all after it cost if every offering had read the turn before. No
/// earlier prompt can be of more use than that one: what two prompts share, the one between them begins with too.
fn bounds(turns: &[Turn<'_>], losses: Losses) -> Option<Vec<u64>> {
    let mut to_pay = vec![0; turns.len() + 1];
    for (position, Turn { request, eligible }) in turns.iter().enumerate().rev() {
        let before = position.checked_sub(1).map(|before| turns[before].request);
        let cost = |offering: &Arc<Offering>| {
            let kept = before.map(|before| Kept { tokens: before.prompt_tokens, at_ms: before.time_ms });
            serve(offering, request, kept, losses).map(|served| served.cost.0)
        };
        let cheapest = eligible.iter().filter_map(cost).min()?;
        to_pay[position] = cheapest.saturating_add(to_pay[position + 1]);
    }
    Some(to_pay)
}

#[cfg(test)]
mod tests;
