use super::*;

const OVERLAY: &str = r#"
sources = []
second_list_counts = []
skip = []
authors = []
prompt_caches = []
rules = []
fast_modes = []
offerings = []
[same]
[display_names]
[[providers]]
litellm = ["openai"]
entry = { id = "openai", display_name = "OpenAI" }
[[providers]]
litellm = ["fireworks_ai"]
serverless_has_cache_price = true
entry = { id = "fireworks_ai", display_name = "Fireworks AI" }
"#;

/// The listings of a list, and how many entries were left out.
fn read_list(list: &str) -> (Vec<Listing>, usize) {
    let mut skipped = Skipped::default();
    let listings = read(list, &toml::from_str(OVERLAY).unwrap(), &mut skipped).unwrap();
    (listings, skipped.0.values().map(Vec::len).sum())
}

fn read_one(fields: &str) -> Listing {
    let list = format!(r#"{{"m":{{"litellm_provider":"openai","mode":"chat",{fields}}}}}"#);
    read_list(&list).0.remove(0)
}

#[test]
fn prices_are_per_million_with_steps_and_tiers() {
    let listing = read_one(
        r#""input_cost_per_token":2e-06,"output_cost_per_token":1e-05,"cache_read_input_token_cost":2e-07,
           "cache_creation_input_token_cost":2.5e-06,"cache_creation_input_token_cost_above_1hr":5e-06,
           "input_cost_per_token_above_272k_tokens":4e-06,"output_cost_per_token_above_272k_tokens":1.5e-05,
           "input_cost_per_token_above_128k_tokens":3e-06,"output_cost_per_token_above_128k_tokens":1.2e-05,
           "input_cost_per_token_priority":4e-06,"output_cost_per_token_priority":2e-05,
           "input_cost_per_token_above_272k_tokens_priority":8e-06,
           "output_cost_per_token_above_272k_tokens_priority":3e-05,
           "input_cost_per_token_batches":1e-06,"output_cost_per_token_batches":5e-06"#,
    );
    let names: Vec<_> = listing.tiers.iter().map(|tier| tier.name.as_str()).collect();
    assert_eq!(names, ["standard", "priority"]);
    let standard = &listing.tiers[0];
    assert_eq!(
        standard.prices,
        Prices {
            input_price: 2.0,
            output_price: 10.0,
            cache_read_price: Some(0.2),
            cache_write_price: Some(2.5)
        }
    );
    let steps: Vec<_> =
        standard.steps.iter().map(|step| (step.above_prompt_tokens, step.prices.input_price)).collect();
    assert_eq!(steps, [(128_000, 3.0), (272_000, 4.0)]);
    let steps: Vec<_> = listing.tiers[1]
        .steps
        .iter()
        .map(|step| (step.above_prompt_tokens, step.prices.output_price))
        .collect();
    assert_eq!(steps, [(272_000, 30.0)]);
}

#[test]
fn a_fast_mode_is_the_priority_tier() {
    let listing = read_one(
        r#""input_cost_per_token":5e-06,"output_cost_per_token":2.5e-05,"cache_read_input_token_cost":5e-07,
           "provider_specific_entry":{"us":1.1,"fast":2.0}"#,
    );
    let fast = &listing.tiers[1];
    assert_eq!(
        (fast.name.as_str(), fast.prices.input_price, fast.prices.output_price),
        ("priority", 10.0, 50.0)
    );
    assert_eq!(fast.prices.cache_read_price, Some(1.0));
}

#[test]
fn what_a_model_can_do_is_known_or_not() {
    let listing = read_one(
        r#""supports_function_calling":true,"supports_tool_choice":true,"supports_forced_tool_use":false,
           "supports_reasoning":true,"thinking_always_on":true,"supports_vision":true,"supports_pdf_input":true,
           "max_input_tokens":200000,"max_output_tokens":64000.0,"deprecation_date":"2027-01-14""#,
    );
    assert_eq!(
        (listing.tools, listing.tool_choice, listing.structured_output),
        (Some(true), Some(false), None)
    );
    assert_eq!((listing.reasoning, listing.reasoning_off), (Some(true), Some(false)));
    assert_eq!(listing.input_modalities, ["text", "image", "pdf"]);
    assert_eq!((listing.context_window, listing.max_output_tokens), (Some(200_000), Some(64_000)));
    assert_eq!(listing.shutdown_at.as_deref(), Some("2027-01-14"));
    assert!(!listing.refuses_sampling && read_one(r#""supports_sampling_params":false"#).refuses_sampling);
    let bare = read_one(r#""input_cost_per_token":1e-06"#);
    assert_eq!((bare.tools, bare.reasoning, bare.reasoning_off), (None, None, None));
    assert_eq!((bare.input_modalities, bare.tiers), (vec!["text".to_owned()], vec![]));
}

#[test]
fn levels_of_effort_say_whether_thinking_can_be_switched_off() {
    assert_eq!(read_one(r#""reasoning_effort_levels":["none","high"]"#).reasoning_off, Some(true));
    assert_eq!(read_one(r#""reasoning_effort_levels":["low","high"]"#).reasoning_off, Some(false));
    assert_eq!(read_one(r#""supports_none_reasoning_effort":true"#).reasoning_off, Some(true));
}

#[test]
fn endpoints_are_ours() {
    let listing = read_one(r#""supported_endpoints":["/v1/chat/completions","/v1/batch","/v1/completions"]"#);
    assert_eq!(listing.endpoints, ["chat_completions", "batch"]);
    let (listings, _) = read_list(r#"{"m":{"litellm_provider":"openai","mode":"responses"}}"#);
    assert_eq!(listings[0].endpoints, ["responses"]);
}

#[test]
fn an_embedding_model_costs_input_only() {
    let (listings, _) = read_list(
        r#"{"e":{"litellm_provider":"openai","mode":"embedding","input_cost_per_token":2e-08,"max_output_tokens":1}}"#,
    );
    let listing = &listings[0];
    assert_eq!(listing.standard().map(|prices| (prices.input_price, prices.output_price)), Some((0.02, 0.0)));
    assert_eq!((&listing.output_modalities[0][..], &listing.endpoints[0][..]), ("embedding", "embeddings"));
    assert_eq!(listing.max_output_tokens, None);
}

#[test]
fn ids_lose_the_provider_and_come_once() {
    let (listings, skipped) = read_list(
        r#"{"m":{"litellm_provider":"openai","mode":"chat","max_input_tokens":1},
            "openai/m":{"litellm_provider":"openai","mode":"chat","max_input_tokens":2},
            "picture":{"litellm_provider":"openai","mode":"image_generation"},
            "other/m":{"litellm_provider":"elsewhere","mode":"chat"}}"#,
    );
    let ids: Vec<_> = listings.iter().map(Listing::name).collect();
    assert_eq!((ids, listings[0].context_window, skipped), (vec!["openai/m".to_owned()], Some(1), 1));
}

#[test]
fn a_host_lists_deployments_too() {
    let (listings, skipped) = read_list(
        r#"{"fireworks_ai/served":{"litellm_provider":"fireworks_ai","mode":"chat","input_cost_per_token":1e-06,
              "output_cost_per_token":1e-06,"cache_read_input_token_cost":1e-07},
            "fireworks_ai/own":{"litellm_provider":"fireworks_ai","mode":"chat","input_cost_per_token":1e-06,
              "output_cost_per_token":1e-06}}"#,
    );
    assert_eq!((listings.len(), &listings[0].upstream_id[..], skipped), (1, "served", 1));
}
