use auriko_routing::catalog::file::{Prices, Tier};

use super::*;

#[test]
fn spellings_of_a_model_become_one() {
    for (provider, upstream_id, expected) in [
        ("deepinfra", "zai-org/GLM-5.2", "glm-5.2"),
        ("fireworks_ai", "accounts/fireworks/models/glm-5p2", "glm-5.2"),
        ("fireworks_ai", "accounts/fireworks/models/gpt-oss-20b", "gpt-oss-20b"),
        ("fireworks_ai", "accounts/fireworks/models/llama-v3p3-70b-instruct", "llama-3.3-70b-instruct"),
        ("deepinfra", "meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("openrouter", "anthropic/claude-opus-4.6", "claude-opus-4-6"),
        ("together_ai", "x/qwen2p5", "qwen2p5"),
    ] {
        assert_eq!(slug(provider, upstream_id), expected);
    }
}

#[test]
fn a_snapshot_is_a_model_and_a_day() {
    assert_eq!(snapshot("gpt-4o-2024-08-06"), Some(("gpt-4o", "2024-08-06".to_owned())));
    assert_eq!(snapshot("claude-opus-4-5-20251101"), Some(("claude-opus-4-5", "2025-11-01".to_owned())));
    for id in ["gpt-4o", "mistral-large-2512", "kimi-k2-0905", "qwen3-235b-a22b-2507", "ü-2024-08-0", ""] {
        assert_eq!(snapshot(id), None, "{id}");
    }
}

fn listing(upstream_id: &str, input_price: f64) -> Listing {
    let prices = Prices { input_price, output_price: 1.0, cache_read_price: None, cache_write_price: None };
    Listing {
        provider: "openai".to_owned(),
        upstream_id: upstream_id.to_owned(),
        tiers: vec![Tier { name: "standard".to_owned(), prices, steps: Vec::new() }],
        ..Listing::default()
    }
}

fn names(listings: &[Listing]) -> Names {
    let overlay = "sources = []\nsecond_list_counts = []\nproviders = []\nskip = []\nauthors = []\nprompt_caches = []\nrules = []\n\
                   fast_modes = []\nofferings = []\n[display_names]\n[same]\n\"one\" = [\"uno\", \"eins\"]\n\"x\" = [\"y\"]\n\"y\" = [\"x\"]";
    Names::new(listings, &toml::from_str(overlay).unwrap())
}

#[test]
fn the_only_snapshot_means_the_model() {
    let names = names(&[listing("gpt-5", 1.0), listing("gpt-5-2025-08-07", 1.0)]);
    assert_eq!(names.canonical("gpt-5-2025-08-07"), "gpt-5");
}

#[test]
fn snapshots_that_differ_are_models_of_their_own() {
    let two = names(&[
        listing("gpt-4o", 1.0),
        listing("gpt-4o-2024-08-06", 1.0),
        listing("gpt-4o-2024-11-20", 1.0),
    ]);
    assert_eq!(two.canonical("gpt-4o-2024-08-06"), "gpt-4o-2024-08-06");
    let dearer = names(&[listing("gpt-5", 1.0), listing("gpt-5-2025-08-07", 2.0)]);
    assert_eq!(dearer.canonical("gpt-5-2025-08-07"), "gpt-5-2025-08-07");
    let alone = names(&[listing("gpt-5-2025-08-07", 2.0)]);
    assert_eq!(alone.canonical("gpt-5-2025-08-07"), "gpt-5-2025-08-07");
}

#[test]
fn the_overlay_names_the_rest_and_a_circle_ends() {
    let names = names(&[]);
    assert_eq!((names.canonical("uno"), names.canonical("eins")), ("one".to_owned(), "one".to_owned()));
    assert_eq!(names.canonical("other"), "other");
    assert!(["x", "y"].contains(&names.canonical("x").as_str()));
}
