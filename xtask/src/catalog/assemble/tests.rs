use auriko_routing::catalog::file::{DataPolicy, Prices};

use super::*;

const OVERLAY: &str = r#"
sources = []
second_list_counts = []
authors = [{ name = "Them", models = ["big*"] }]
prompt_caches = [{ provider = "a", models = ["big"], cache = { min_tokens = 64, ttl_seconds = 300 } }]
rules = [
  { provider = "*", models = ["big"], reasoning = true, reasoning_off = false },
  { provider = "b", models = ["big"], context_window = 7, data_policy = "zdr", free_cache_writes = true },
  { provider = "b", models = ["strict"], refuses = ["n"] },
  { provider = "b", models = ["*"], tools_with_structured_output = false, endpoints = ["responses"] },
]
fast_modes = [{ provider = "a", models = ["big"], factor = 6 }]
skip = [{ provider = "*", ids = ["*guard*"], why = "no model to talk to" }]
[[providers]]
entry = { id = "b", display_name = "B", data_policy = "no_training" }
[[providers]]
entry = { id = "a", display_name = "A" }
[same]
"big" = ["large", "small"]
[display_names]
"small" = "The Small One"
[[offerings]]
model = "big"
offering = { provider = "b", upstream_id = "own" }
"#;

fn listing(provider: &str, upstream_id: &str) -> Listing {
    let prices = Prices {
        input_price: 1.0,
        output_price: 2.0,
        cache_read_price: Some(0.5),
        cache_write_price: Some(1.5),
    };
    Listing {
        provider: provider.to_owned(),
        upstream_id: upstream_id.to_owned(),
        endpoints: vec!["chat_completions".to_owned()],
        tiers: vec![Tier { name: "standard".to_owned(), prices, steps: Vec::new() }],
        ..Listing::default()
    }
}

fn run(listings: Vec<Listing>) -> (Vec<ProviderEntry>, Vec<ModelEntry>) {
    let mut skipped = Skipped::default();
    assemble(listings, &toml::from_str(OVERLAY).unwrap(), "2026-11-23", &mut skipped).unwrap()
}

#[test]
fn spellings_become_one_model_with_what_the_overlay_knows() {
    let (providers, models) = run(vec![listing("b", "x/Large"), listing("a", "big")]);
    assert_eq!((&providers[0].id[..], providers[1].data_policy), ("a", DataPolicy::NoTraining));
    let [big] = &models[..] else { panic!("{models:?}") };
    assert_eq!((&big.id[..], &big.display_name[..], big.author.as_deref()), ("big", "Big", Some("Them")));
    assert_eq!(big.aliases, ["large", "small"]);
    let ids: Vec<_> = big.offerings.iter().map(|it| (&it.provider[..], &it.upstream_id[..])).collect();
    assert_eq!(ids, [("a", "big"), ("b", "own"), ("b", "x/Large")]);
    let (ours, theirs) = (&big.offerings[0], &big.offerings[2]);
    assert_eq!(ours.prompt_cache.map(|cache| cache.min_tokens), Some(64));
    assert_eq!(theirs.prompt_cache, None);
    assert_eq!((ours.tiers.len(), &ours.tiers[1].name[..]), (2, "priority"));
    assert!(ours.capabilities.reasoning && !ours.capabilities.reasoning_off);
    assert!(ours.capabilities.tools_with_structured_output);
    assert!(!theirs.capabilities.tools_with_structured_output && theirs.capabilities.tools);
    assert_eq!(theirs.endpoints, ["responses"]);
    assert_eq!((ours.context_window, theirs.context_window), (None, Some(7)));
    assert_eq!((ours.data_policy, theirs.data_policy), (None, Some(DataPolicy::Zdr)));
    let write_price = |offering: &OfferingEntry| offering.tiers[0].prices.cache_write_price;
    assert_eq!((write_price(ours), write_price(theirs)), (Some(1.5), None));
}

#[test]
fn what_is_switched_off_or_skipped_is_left_out() {
    let gone = Listing { shutdown_at: Some("2026-11-23".to_owned()), ..listing("a", "gone") };
    let going = Listing { shutdown_at: Some("2026-11-24".to_owned()), ..listing("a", "going") };
    let (_, models) = run(vec![listing("a", "big"), gone, going, listing("b", "x-guard-2")]);
    let ids: Vec<_> = models.iter().map(|model| &model.id[..]).collect();
    assert_eq!(ids, ["big", "going"]);
    assert_eq!(models[1].offerings[0].shutdown_at.as_deref(), Some("2026-11-24"));
}

#[test]
fn two_ids_at_one_price_are_one_offering_and_at_two_prices_two() {
    let mut dearer = listing("a", "large");
    dearer.tiers[0].prices.input_price = 3.0;
    let (_, models) = run(vec![listing("a", "big"), listing("a", "small"), dearer]);
    let ids: Vec<_> = models[0].offerings.iter().map(|it| &it.upstream_id[..]).collect();
    assert_eq!(ids, ["big", "large", "own"]);
}

#[test]
fn the_longest_reply_fits_the_context_window() {
    let long = Listing { context_window: Some(100), max_output_tokens: Some(1000), ..listing("a", "big") };
    let (_, models) = run(vec![long]);
    assert_eq!(models[0].offerings[0].max_output_tokens, Some(100));
}

#[test]
fn an_embedding_model_takes_no_tools() {
    let embedding =
        Listing { embedding: true, endpoints: vec!["embeddings".to_owned()], ..listing("b", "embed") };
    let (_, models) = run(vec![listing("a", "big"), embedding]);
    let offering = &models[1].offerings[0];
    assert!(!offering.capabilities.tools && !offering.capabilities.streaming);
    assert_eq!(offering.endpoints, ["embeddings"]);
}

#[test]
fn what_is_refused_is_not_among_the_parameters() {
    let picky = Listing { refuses_sampling: true, ..listing("a", "big") };
    let strict = Listing { refuses_sampling: true, ..listing("b", "strict") };
    let (_, models) = run(vec![picky, listing("b", "large"), strict]);
    let parameters = |model: usize, offering: usize| {
        models[model].offerings[offering].supported_parameters.clone().unwrap_or_default()
    };
    let (taken, theirs, both) = (parameters(0, 0), parameters(0, 1), parameters(1, 0));
    assert_eq!((taken.len(), taken[0].as_str()), (13, "seed"));
    assert!(theirs.is_empty());
    assert_eq!((both.len(), both.contains(&"n".to_owned())), (12, false));
}

#[test]
fn an_alias_that_is_taken_is_dropped() {
    let mut models = run(vec![listing("a", "big"), listing("a", "other")]).1;
    models[1].aliases = vec!["big".to_owned(), "large".to_owned(), "free".to_owned()];
    settle_aliases(&mut models, &toml::from_str(OVERLAY).unwrap(), &mut Skipped::default());
    assert_eq!(
        (&models[0].aliases[..], &models[1].aliases[..]),
        (&["large".to_owned(), "small".to_owned()][..], &["free".to_owned()][..])
    );
}

#[test]
fn an_offering_of_ours_needs_a_model() {
    let overlay = toml::from_str(OVERLAY).unwrap();
    let error =
        assemble(vec![listing("a", "x")], &overlay, "2026-11-23", &mut Skipped::default()).unwrap_err();
    assert!(error.contains("`big`"), "{error}");
}
