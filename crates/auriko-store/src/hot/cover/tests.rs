use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What the database would hold: a map of rows, changed by the same statements.
#[derive(Default)]
struct Rows(BTreeMap<String, i128>);

impl Rows {
    fn grow(&mut self, growth: &Growth) {
        *self.0.entry(growth.row.clone()).or_default() += i128::from(growth.amount.0);
    }
    fn shrink(&mut self, shrinks: &[Shrink]) {
        for shrink in shrinks {
            if shrink.is_last {
                self.0.remove(&shrink.row);
            } else if let Some(amount) = self.0.get_mut(&shrink.row) {
                *amount -= i128::from(shrink.amount.0);
            }
        }
    }
    fn sum(&self) -> i128 {
        self.0.values().sum()
    }
}

fn claim(number: usize, amount: u64) -> Claim {
    let account = Account { workspace: "ws".into(), key: None, byok_provider: None };
    Claim { id: number.to_string(), account, amount: NanoUsd(amount), day: Day(20_780), draws_credit: false }
}

#[test]
fn few_claims_are_covered_exactly_and_leave_nothing() {
    let (mut covers, mut rows) = (Covers::default(), Rows::default());
    let (one, two) = (claim(1, 10), claim(2, 5));
    for claim in [&one, &two] {
        rows.grow(&covers.take(claim).expect("there is no room"));
        covers.confirm(claim);
    }
    assert_eq!(rows.sum(), 15);
    covers.end(&one, NanoUsd(3));
    rows.shrink(&covers.shrink());
    assert_eq!(rows.sum(), 5, "what was spent is spend now, and nothing is kept");
    covers.end(&two, NanoUsd::ZERO);
    rows.shrink(&covers.shrink());
    assert!(rows.0.is_empty());
    (0..INTERVALS).for_each(|_| assert!(covers.shrink().is_empty()));
    assert!(covers.covers.is_empty(), "nothing is remembered of who did not ask for a second");
}

/// Takes and ends so many claims of ten, of which each costs one.
fn busy(covers: &mut Covers, rows: &mut Rows, count: usize) -> usize {
    let mut writes = 0;
    for number in 0..count {
        let claim = claim(number, 10);
        if let Some(growth) = covers.take(&claim) {
            writes += 1;
            rows.grow(&growth);
            covers.confirm(&claim);
        }
        covers.end(&claim, NanoUsd(1));
    }
    writes
}

#[test]
fn room_is_a_part_of_the_last_second_and_two_claims_at_the_least() {
    let (mut covers, mut rows) = (Covers::default(), Rows::default());
    busy(&mut covers, &mut rows, 1_000);
    rows.shrink(&covers.shrink());
    assert_eq!(rows.sum(), 1_000 * 10 / 64);
    busy(&mut covers, &mut rows, 8);
    for _ in 1..INTERVALS {
        rows.shrink(&covers.shrink());
    }
    assert_eq!(rows.sum(), 1_000 * 10 / 64, "room is not added before it is missed");
    rows.shrink(&covers.shrink());
    assert_eq!(rows.sum(), 2 * 10, "the thousand are a second ago");
    (0..INTERVALS).for_each(|_| rows.shrink(&covers.shrink()));
    assert!(rows.0.is_empty() && covers.covers.is_empty());
}

#[test]
fn a_steady_trickle_hardly_waits() {
    let (mut covers, mut rows) = (Covers::default(), Rows::default());
    let mut writes = 0;
    for _ in 0..100 {
        writes += busy(&mut covers, &mut rows, 4);
        rows.shrink(&covers.shrink());
    }
    assert!(writes < 20, "{writes}: those of the first second");
}

#[test]
fn what_one_gave_back_covers_the_next() {
    let mut covers = Covers::default();
    let (one, two) = (claim(1, 10), claim(2, 10));
    assert!(covers.take(&one).is_some());
    covers.confirm(&one);
    covers.end(&one, NanoUsd::ZERO);
    assert!(covers.take(&two).is_none());
}

#[test]
fn many_claims_wait_for_few_writes() {
    let (mut covers, mut writes) = (Covers::default(), 0);
    for number in 0..10_000_usize {
        let claim = claim(number, 10);
        if covers.take(&claim).is_some() {
            writes += 1;
            covers.confirm(&claim);
        }
        covers.end(&claim, NanoUsd(10));
        if number % 500 == 499 {
            covers.shrink();
        }
    }
    // Until there are many, then so often per batch as room is a part of it.
    assert!(writes < 500, "{writes}");
}

#[test]
fn closing_keeps_nothing() {
    let mut covers = Covers::default();
    for number in 0..200 {
        let claim = claim(number, 10);
        if covers.take(&claim).is_some() {
            covers.confirm(&claim);
        }
        covers.end(&claim, NanoUsd::ZERO);
    }
    covers.close();
    let shrinks = covers.shrink();
    assert!(matches!(shrinks.as_slice(), [Shrink { is_last: true, .. }]) && covers.covers.is_empty());
}

/// What may happen to the store.
#[derive(Debug, Clone)]
enum Step {
    Take(u64),
    /// The oldest write that waits is done, or fails.
    Answer {
        is_written: bool,
    },
    /// A claim ends: which one, and after how much of its amount, in percent.
    End(usize, u64),
    /// Whoever waits for a write leaves.
    Leave,
    Batch,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1u64..100).prop_map(Step::Take),
        4 => any::<bool>().prop_map(|failed| Step::Answer { is_written: !failed }),
        4 => (any::<usize>(), 0u64..=100).prop_map(|(which, percent)| Step::End(which, percent)),
        1 => Just(Step::Leave),
        1 => Just(Step::Batch),
    ]
}

proptest! {
    /// Whenever the process dies, rows and written spend together are at least what was spent and what is held.
    #[test]
    fn a_crash_never_forgets(steps in proptest::collection::vec(step(), 0..400)) {
        let (mut covers, mut rows) = (Covers::default(), Rows::default());
        let (mut waiting, mut held) = (std::collections::VecDeque::new(), Vec::new());
        let (mut number, mut unwritten, mut written, mut needed) = (0, 0, 0, 0);
        for step in steps {
            match step {
                Step::Take(amount) => {
                    number += 1;
                    let claim = claim(number, amount);
                    match covers.take(&claim) {
                        None => held.push(claim),
                        Some(growth) => waiting.push_back((claim, growth, true)),
                    }
                }
                Step::Answer { is_written } => {
                    let Some((claim, growth, is_there)) = waiting.pop_front() else { continue };
                    if is_written || !is_there {
                        rows.grow(&growth);
                    }
                    match (is_there, is_written) {
                        (false, _) => {}
                        (true, true) => {
                            covers.confirm(&claim);
                            held.push(claim);
                        }
                        (true, false) => covers.fail(&claim),
                    }
                }
                Step::End(which, percent) => {
                    if held.is_empty() {
                        continue;
                    }
                    let claim = held.swap_remove(which % held.len());
                    let spent = claim.amount.0 * percent / 100;
                    unwritten += i128::from(spent);
                    needed += i128::from(spent);
                    covers.end(&claim, NanoUsd(spent));
                }
                Step::Leave => {
                    if let Some((claim, _, is_there)) = waiting.iter_mut().find(|one| one.2) {
                        *is_there = false;
                        covers.end(claim, NanoUsd::ZERO);
                    }
                }
                Step::Batch => {
                    // The database answers in order: what was sent before has been done.
                    for (claim, growth, is_there) in waiting.drain(..) {
                        rows.grow(&growth);
                        if is_there {
                            covers.confirm(&claim);
                            held.push(claim);
                        }
                    }
                    rows.shrink(&covers.shrink());
                    written += std::mem::take(&mut unwritten);
                }
            }
            let holds: i128 = held.iter().map(|claim| i128::from(claim.amount.0)).sum();
            prop_assert!(rows.sum() + written >= needed + holds, "{} {written} {needed} {holds}", rows.sum());
        }
        for (claim, growth, is_there) in waiting {
            rows.grow(&growth);
            if is_there {
                covers.confirm(&claim);
                held.push(claim);
            }
        }
        for claim in held {
            covers.end(&claim, NanoUsd::ZERO);
        }
        covers.close();
        rows.shrink(&covers.shrink());
        prop_assert!(rows.0.is_empty(), "nothing is left where everything ended");
    }
}
