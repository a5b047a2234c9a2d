use super::*;
use crate::router::tests::catalog;

const NONE: Losses = Losses { per_mille: 0, seed: 0 };

fn request(time_ms: u64, prompt_tokens: u64, prefix_tokens: u64) -> Request {
    Request {
        time_ms,
        conversation: "c".to_owned(),
        model: "m".to_owned(),
        provider: "plain".to_owned(),
        prompt_tokens,
        prefix_tokens,
        output_tokens: 50,
    }
}

/// Every way through the turns, one after the other.
fn tried_out(turns: &[Turn<'_>], losses: Losses) -> u64 {
    let ways = turns.iter().fold(1, |ways, turn| ways * turn.eligible.len());
    let cost = |mut way: usize| {
        let mut caches: HashMap<*const Offering, Option<Kept>> = HashMap::new();
        let mut sum = 0;
        for Turn { request, eligible } in turns {
            let offering = &eligible[way % eligible.len()];
            way /= eligible.len();
            for known in eligible {
                let kept = caches.entry(Arc::as_ptr(known)).or_default();
                *kept = still_kept(known, request, *kept);
            }
            let kept = caches[&Arc::as_ptr(offering)];
            let served = serve(offering, request, kept, losses).expect("prices are known");
            caches.insert(Arc::as_ptr(offering), served.kept);
            sum += served.cost.0;
        }
        sum
    };
    (0..ways).map(cost).min().expect("some way")
}

#[test]
fn nothing_cheaper_is_found_by_trying_everything() {
    let catalog = catalog();
    let offerings = &catalog.model("m").expect("the model").offerings;
    for seed in 0..60 {
        let mut random = crate::random::Random::new(seed);
        let (mut at_ms, mut said) = (0, random.between(200, 4000));
        let mut requests = Vec::new();
        for _ in 0..9 {
            let shared = if requests.is_empty() { 0 } else { said - random.mostly_low(0, said / 2) };
            requests.push(request(at_ms, said.max(shared), shared));
            said += random.mostly_low(10, 3000);
            at_ms += random.mostly_low(1000, 900_000);
        }
        let turns: Vec<_> =
            requests.iter().map(|request| Turn { request, eligible: offerings.clone() }).collect();
        let losses = Losses { per_mille: 200 * (seed % 2), seed };
        let found = least(&turns, losses).expect("prices are known");
        assert!(found.is_exact);
        assert_eq!(found.cost.0, tried_out(&turns, losses), "seed {seed}");
    }
}

#[test]
fn a_conversation_that_comes_back_is_worth_a_cache() {
    let catalog = catalog();
    let offerings = &catalog.model("m").expect("the model").offerings;
    let requests: Vec<_> =
        (0..5).map(|turn| request(turn * 1000, 10_000, if turn == 0 { 0 } else { 10_000 })).collect();
    let turns: Vec<_> =
        requests.iter().map(|request| Turn { request, eligible: offerings.clone() }).collect();
    let output = 5 * 50 * 2_000;
    // Written once at 1.25, then read at 0.1.
    assert_eq!(least(&turns, NONE).expect("prices").cost.0, 12_500_000 + 4 * 1_000_000 + output);
    assert_eq!(least(&turns[..1], NONE).expect("prices").cost.0, 8_000_000 + output / 5);
    assert_eq!(least(&[], NONE), Some(Least { cost: NanoUsd::ZERO, is_exact: true }));
}
