//! `cargo bench -p auriko-routing`: one routing decision, by the number of providers that offer the model. Allocations are
//! the same on every machine and are asserted in `tests/allocations.rs`.

use auriko_routing::route;
use divan::{Bencher, black_box};
use serde_json::json;

use world::World;

mod world;

const CANDIDATES: [usize; 3] = [1, 20, 200];

fn main() {
    divan::main();
}

/// A request that wishes nothing: everybody is ranked.
#[divan::bench(args = CANDIDATES)]
fn balanced(bencher: Bencher<'_, '_>, candidates: usize) {
    let world = World::new(candidates, &json!({}));
    bencher.bench_local(|| route(black_box(&world.input())));
}

/// A request with ceilings that drop half of the candidates, each with its reasons.
#[divan::bench(args = CANDIDATES)]
fn half_dropped(bencher: Bencher<'_, '_>, candidates: usize) {
    let ceiling = 1.5 * f64::midpoint(1.0, f64::from(u32::try_from(candidates).expect("a few hundred")));
    let wishes = json!({
        "optimize": "cost",
        "max_cost_per_1m": ceiling,
        "max_ttft_ms": 1000,
        "min_throughput_tps": 10,
        "require_parameters": true,
        "prefer": "provider-0",
    });
    let world = World::new(candidates, &wishes);
    bencher.bench_local(|| route(black_box(&world.input())));
}

/// A request that nobody can serve: the refusal names the way out.
#[divan::bench(args = CANDIDATES)]
fn refused(bencher: Bencher<'_, '_>, candidates: usize) {
    let world = World::new(candidates, &json!({ "max_ttft_ms": 1 }));
    bencher.bench_local(|| route(black_box(&world.input())));
}
