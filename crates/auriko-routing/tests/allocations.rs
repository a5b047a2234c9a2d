//! What a routing decision allocates, counted: unlike times, counts are the same on every machine.

use allocation_counter::measure;
use auriko_routing::route;
use serde_json::json;

use world::World;

#[path = "../benches/route/world.rs"]
mod world;

fn count(candidates: usize) -> u64 {
    let world = World::new(candidates, &json!({}));
    let mut kept = 0;
    let info = measure(|| kept = route(&world.input()).map_or(0, |plan| plan.candidates.len()));
    assert_eq!(kept, candidates);
    info.count_total
}

#[test]
fn lists_are_all_that_is_allocated() {
    // Two lists; from some length on a buffer to sort by. Nothing per candidate.
    for candidates in [1, 20, 200] {
        let allocations = count(candidates);
        assert!(allocations <= 3, "{allocations} allocations for {candidates} candidates");
    }
}
