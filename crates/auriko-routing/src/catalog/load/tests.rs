use super::super::file::{OfferingEntry, Prices};
use super::*;

/// The providers of the specification, and a model that each is known for.
const PROVIDERS: [(&str, &str); 16] = [
    ("openai", "gpt-5"),
    ("anthropic", "claude-opus-4-6"),
    ("google_ai_studio", "gemini-2.5-pro"),
    ("deepseek", "deepseek-v4-flash"),
    ("xai", "grok-4.3"),
    ("groq", "gpt-oss-20b"),
    ("mistral", "mistral-large-3"),
    ("fireworks_ai", "kimi-k3"),
    ("together_ai", "gpt-oss-120b"),
    ("deepinfra", "llama-3.3-70b-instruct"),
    ("cerebras", "gpt-oss-120b"),
    ("moonshot", "kimi-k2.6"),
    ("minimax", "minimax-m3"),
    ("z_ai", "glm-5.3"),
    ("siliconflow", "glm-5.3"),
    ("openrouter", "claude-opus-4-6"),
];

fn offering<'a>(file: &'a CatalogFile, model: &str, provider: &str) -> &'a OfferingEntry {
    let model = file.find(model).unwrap_or_else(|| panic!("no model {model}"));
    model
        .offerings
        .iter()
        .find(|offering| offering.provider == provider)
        .unwrap_or_else(|| panic!("{} is not at {provider}", model.id))
}

fn standard(file: &CatalogFile, model: &str, provider: &str) -> Prices {
    let tiers = &offering(file, model, provider).tiers;
    tiers.iter().find(|tier| tier.name == "standard").expect("has a standard tier").prices
}

#[test]
fn the_shipped_catalogue_is_what_its_version_says() {
    let file = CatalogFile::from_json(SHIPPED).unwrap();
    assert_eq!(file.version, content_version(&file.providers, &file.models));
    assert!(file.sources.iter().all(|source| source.licence == "MIT" && source.url.starts_with("https://")));
    let summary = file.summary();
    assert_eq!(summary.providers, PROVIDERS.len());
    assert!(summary.models > 250 && summary.offerings > summary.models, "{summary}");
    assert!(SHIPPED.len() < 700_000, "{} bytes", SHIPPED.len());
}

#[test]
fn the_shipped_catalogue_is_sorted() {
    let file = CatalogFile::shipped();
    assert!(file.providers.is_sorted_by_key(|provider| &provider.id));
    assert!(file.models.is_sorted_by_key(|model| &model.id));
    for model in &file.models {
        assert!(model.offerings.is_sorted_by_key(|offering| (&offering.provider, &offering.upstream_id)));
    }
}

#[test]
fn every_provider_serves_what_it_is_known_for() {
    let file = CatalogFile::shipped();
    for (provider, model) in PROVIDERS {
        assert!(file.providers.iter().any(|known| known.id == provider), "{provider}");
        let prices = standard(&file, model, provider);
        assert!(prices.input_price > 0.0 && prices.output_price >= prices.input_price, "{provider} {model}");
    }
}

#[test]
fn one_open_weights_model_is_at_many_providers() {
    let file = CatalogFile::shipped();
    for (model, least) in [("gpt-oss-120b", 5), ("glm-5.3", 5), ("kimi-k3", 6), ("llama-3.3-70b-instruct", 3)]
    {
        let offerings = &file.find(model).unwrap().offerings;
        let mut providers: Vec<_> = offerings.iter().map(|offering| &offering.provider).collect();
        providers.dedup();
        assert!(providers.len() >= least, "{model}: {providers:?}");
    }
}

#[test]
fn prompt_caches_follow_their_vendors() {
    let file = CatalogFile::shipped();
    for (model, provider, minimum, block, explicit) in [
        ("gpt-5", "openai", 1024, 128, false),
        ("gpt-6-sol", "openai", 1024, 1, false),
        ("claude-sonnet-4-5", "anthropic", 1024, 1, true),
        ("claude-sonnet-4-6", "anthropic", 2048, 1, true),
        ("claude-opus-4-6", "anthropic", 4096, 1, true),
        ("claude-opus-5", "anthropic", 4096, 1, true),
        ("deepseek-v4-flash", "deepseek", 64, 64, false),
        ("gemini-2.5-flash", "google_ai_studio", 1024, 1, false),
        ("gemini-2.5-pro", "google_ai_studio", 2048, 1, false),
    ] {
        let cache = offering(&file, model, provider).prompt_cache.expect("has a cache");
        let facts = (cache.min_tokens, cache.block_tokens, cache.explicit);
        assert_eq!(facts, (minimum, block, explicit), "{model} {provider}");
        let prices = standard(&file, model, provider);
        assert!(
            prices.cache_read_price.is_some_and(|price| price < prices.input_price),
            "{model} {provider}"
        );
    }
    assert_eq!(standard(&file, "minimax-m2.5", "minimax").cache_write_price, None);
    let claude = standard(&file, "claude-opus-4-6", "anthropic");
    assert!(claude.cache_write_price.is_some_and(|price| price > claude.input_price));
}

#[test]
fn long_prompts_and_other_tiers_have_prices_of_their_own() {
    let file = CatalogFile::shipped();
    let tier = |model: &str, provider: &str, name: &str| {
        let tiers = &offering(&file, model, provider).tiers;
        tiers.iter().find(|tier| tier.name == name).unwrap_or_else(|| panic!("{model}: no {name}")).clone()
    };
    let gemini = tier("gemini-2.5-pro", "google_ai_studio", "standard");
    assert_eq!(gemini.steps[0].above_prompt_tokens, 200_000);
    assert!(gemini.steps[0].prices.input_price > gemini.prices.input_price);
    let (standard, flex) = (tier("gpt-5", "openai", "standard"), tier("gpt-5", "openai", "flex"));
    assert!(flex.prices.input_price < standard.prices.input_price);
    assert!(tier("gpt-5", "openai", "priority").prices.input_price > standard.prices.input_price);
    let (slow, fast) =
        (tier("claude-opus-4-6", "anthropic", "standard"), tier("claude-opus-4-6", "anthropic", "priority"));
    assert!((fast.prices.output_price - 6.0 * slow.prices.output_price).abs() < 1e-9);
}

#[test]
fn models_that_always_think_refuse_sampling() {
    let file = CatalogFile::shipped();
    let takes = |model: &str, provider: &str, parameter: &str| {
        let taken = &offering(&file, model, provider).supported_parameters;
        taken.as_ref().is_none_or(|names| names.iter().any(|name| name == parameter))
    };
    for (model, provider, parameter, expected) in [
        ("gpt-5", "openai", "temperature", false),
        ("gpt-5", "openai", "verbosity", true),
        ("gpt-5.2", "openai", "temperature", true),
        ("gpt-4o", "openai", "web_search_options", false),
        ("gpt-5-search-api", "openai", "web_search_options", true),
        ("claude-opus-4-7", "anthropic", "top_p", false),
        ("claude-opus-4-6", "anthropic", "top_p", true),
        ("gpt-oss-20b", "groq", "temperature", true),
    ] {
        assert_eq!(takes(model, provider, parameter), expected, "{model} {provider} {parameter}");
    }
}

#[test]
fn embedding_models_answer_embeddings_only() {
    let file = CatalogFile::shipped();
    for (model, provider) in [
        ("text-embedding-3-small", "openai"),
        ("gemini-embedding-001", "google_ai_studio"),
        ("mistral-embed", "mistral"),
        ("bge-base-en-v1.5", "together_ai"),
    ] {
        let offering = offering(&file, model, provider);
        assert_eq!(
            (&offering.endpoints[..], &offering.output_modalities[..]),
            (&["embeddings".to_owned()][..], &["embedding".to_owned()][..])
        );
    }
}

#[test]
fn models_are_found_by_id_and_alias() {
    let file = CatalogFile::shipped();
    for (name, id) in [
        ("gpt-5", "gpt-5"),
        ("gpt-5-2025-08-07", "gpt-5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("llama-3.3-70b", "llama-3.3-70b-instruct"),
        ("qwen-3.8-27b", "qwen3.8-27b"),
    ] {
        assert_eq!(file.find(name).map(|model| model.id.as_str()), Some(id), "{name}");
    }
    assert!(file.find("no-such-model").is_none());
}

#[test]
fn data_policies_are_conservative() {
    use super::super::file::DataPolicy;
    let file = CatalogFile::shipped();
    let policy = |id: &str| file.providers.iter().find(|known| known.id == id).unwrap().data_policy;
    assert_eq!(policy("anthropic"), DataPolicy::NoTraining);
    assert_eq!(policy("google_ai_studio"), DataPolicy::None);
    assert_eq!(policy("openrouter"), DataPolicy::None);
    assert_eq!(offering(&file, "claude-opus-4-8", "deepinfra").data_policy, Some(DataPolicy::None));
    assert_eq!(offering(&file, "glm-5.3", "fireworks_ai").data_policy, None);
}

#[test]
fn an_unreadable_file_says_where() {
    let text = SHIPPED.replacen("\"upstream_id\"", "\"upstream\"", 1);
    let error = CatalogFile::from_json(&text).unwrap_err();
    let CatalogError::Unreadable { line, message, .. } = &error else { panic!("{error}") };
    assert!(*line > 20 && message.contains("unknown field `upstream`"), "{error}");
    assert!(!message.contains("at line"), "{message}");
    for (place, prices) in [("tier", "\"name\":\"standard\","), ("step", "\"above_prompt_tokens\":200000,")] {
        let misspelt = SHIPPED.replacen(prices, &format!("{prices}\"cached_price\":1,"), 1);
        let error = CatalogFile::from_json(&misspelt).unwrap_err().to_string();
        assert!(error.contains("unknown field `cached_price`"), "{place}: {error}");
    }
}

#[test]
fn an_impossible_file_says_what_is_wrong_in_one_line() {
    let text = SHIPPED.replace("\"provider\":\"siliconflow\"", "\"provider\":\"nobody\"");
    let error = CatalogFile::from_json(&text).unwrap_err();
    let CatalogError::Invalid(found) = &error else { panic!("{error}") };
    let message = error.to_string();
    assert!(found.len() > 5 && message.contains("provider `nobody` is unknown"), "{message}");
    assert!(message.ends_with(&format!("and {} more", found.len() - 5)), "{message}");
    assert!(!message.contains('\n'));
}

#[test]
fn a_summary_counts() {
    let file = CatalogFile::from_json(
        r#"{"version":"v","generated_at":"t","sources":[],"providers":[{"id":"p","display_name":"P"}],
            "models":[{"id":"m","family":"m","display_name":"M","offerings":[
              {"provider":"p","upstream_id":"a"},
              {"provider":"p","upstream_id":"b","tiers":[{"name":"standard","input_price":1,"output_price":2}]}]}]}"#,
    )
    .unwrap();
    let said = "catalogue v of t: 1 models from 1 providers, 2 offerings, 1 with prices";
    assert_eq!(file.summary().to_string(), said);
}
