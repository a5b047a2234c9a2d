use super::*;

fn read_one(provider: &str, id: &str, cost: &str, more: &str) -> Option<Listing> {
    let list = format!(
        r#"{{"api":{{"chat:{id}":{{"id":"{id}","name":"Vendor: Model","type":"chat","input":["text","image"],
            "cost":{{{cost}}},"contextWindow":1000,"maxTokens":100{more}}},
            "image:x":{{"type":"image","id":"x"}}}}}}"#
    );
    let mut skipped = Skipped::default();
    let mut listings = read(provider, &list, &mut skipped).unwrap();
    assert_eq!(skipped.0.len() + listings.len(), 1);
    listings.pop()
}

const COST: &str = r#""input":2,"output":6,"cacheRead":0.5,"cacheWrite":0"#;

#[test]
fn a_model_has_name_limits_and_prices() {
    let listing = read_one("xai", "grok", COST, "").unwrap();
    assert_eq!(listing.display_name.as_deref(), Some("Model"));
    assert_eq!((listing.context_window, listing.max_output_tokens), (Some(1000), Some(100)));
    assert_eq!(listing.input_modalities, ["text", "image"]);
    let prices = listing.standard().unwrap();
    assert_eq!((prices.input_price, prices.output_price), (2.0, 6.0));
    assert_eq!((prices.cache_read_price, prices.cache_write_price), (Some(0.5), None));
}

#[test]
fn long_prompts_have_steps() {
    let cost = format!(
        r#"{COST},"tiers":[{{"inputTokensAbove":200000,"input":4,"output":12,"cacheRead":1,"cacheWrite":0}}]"#
    );
    let listing = read_one("xai", "grok", &cost, "").unwrap();
    let step = &listing.tiers[0].steps[0];
    assert_eq!((step.above_prompt_tokens, step.prices.output_price), (200_000, 12.0));
}

#[test]
fn a_missing_level_off_means_that_it_always_thinks() {
    let off = |more: &str| read_one("groq", "m", COST, more).unwrap().reasoning_off;
    assert_eq!(off(r#","reasoning":true,"thinkingLevelMap":{"off":null,"low":"low"}"#), Some(false));
    assert_eq!(off(r#","reasoning":true,"thinkingLevelMap":{"off":"none"}"#), Some(true));
    assert_eq!(off(r#","reasoning":true,"thinkingLevelMap":{"low":"low"}"#), None);
    assert_eq!(off(r#","reasoning":false,"thinkingLevelMap":{"off":null}"#), None);
}

#[test]
fn variants_and_what_has_no_price_are_left_out() {
    assert_eq!(read_one("openrouter", "a/b:batch", COST, ""), None);
    assert_eq!(read_one("zai", "m", r#""input":0,"output":0,"cacheRead":0,"cacheWrite":0"#, ""), None);
}

#[test]
fn the_rent_of_a_cache_is_no_price_per_token() {
    let cost = r#""input":2,"output":6,"cacheRead":0.2,"cacheWrite":0.0833"#;
    let prices = read_one("openrouter", "google/gemini", cost, "").unwrap().standard().unwrap();
    assert_eq!(prices.cache_write_price, None);
    let prices = read_one("openrouter", "anthropic/claude", cost, "").unwrap().standard().unwrap();
    assert_eq!(prices.cache_write_price, Some(0.0833));
}
