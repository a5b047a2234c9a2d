use auriko_routing::catalog::{Found, Modalities};
use serde_json::json;

use super::*;

fn shipped() -> CatalogFile {
    let tiers = json!([{ "name": "standard", "input_price": 1, "output_price": 2 }]);
    let offering = |provider: &str| json!({ "provider": provider, "upstream_id": "dated", "context_window": 1000, "tiers": tiers });
    let file = json!({
        "version": "0123456789abcdef", "generated_at": "2026-11-23T00:00:00Z", "sources": [],
        "providers": [{ "id": "openai", "display_name": "OpenAI", "data_policy": "no_training" }],
        "models": [{
            "id": "known", "family": "k", "display_name": "Known", "aliases": ["k"],
            "offerings": [offering("groq"), offering("openai")],
        }],
    });
    serde_json::from_value(file).expect("a catalogue")
}

fn build_with(config: &str) -> Catalog {
    build(shipped(), &Config::from_toml(config).expect("a valid configuration"))
}

const OPENAI: &str = "[[providers]]\nid = \"openai\"\nkind = \"openai-compatible\"\napi_key = \"k\"\n";

#[test]
fn a_configured_provider_serves_its_models_of_the_catalogue() {
    let catalog = build_with(OPENAI);
    let model = catalog.model("k").expect("by alias");
    let configured: Vec<_> = model.configured().map(|offering| &*offering.provider).collect();
    assert_eq!((configured, model.offerings.len()), (vec!["openai"], 2));
    let groq = catalog.provider("groq").expect("known from its offering");
    assert_eq!((groq.has_platform_key, groq.key_variable.as_deref()), (false, Some("GROQ_API_KEY")));
    let offering = model.configured().next().expect("one");
    assert!(!offering.parameters.is_empty());
    assert_eq!(offering.data_policy, DataPolicy::NoTraining);
}

#[test]
fn configured_models_override_and_add() {
    let models = "models = [{ id = \"k\", input_price = 5.0, output_price = 5.0, max_output_tokens = 9 }, { id = \"new\", aliases = [\"n\"], context_window = 7 }]\n";
    let catalog = build_with(&format!("{OPENAI}data_policy = \"zdr\"\n{models}"));
    let known = catalog.model("known").expect("the known one").configured().next().expect("one");
    assert_eq!(
        (&*known.upstream_id, known.context_window, known.max_output_tokens),
        ("dated", Some(1000), Some(9))
    );
    assert!((known.prices.as_ref().expect("prices").base().mean_usd() - 5.0).abs() < 1e-9);
    assert_eq!(known.data_policy, DataPolicy::Zdr);
    let new = &catalog.model("n").expect("by alias").offerings[0];
    assert_eq!((&*new.model, &*new.upstream_id, new.context_window), ("new", "new", Some(7)));
    assert!(new.prices.is_none() && new.capabilities.reasoning);
}

#[test]
fn a_simulated_provider_serves_only_what_it_is_told() {
    let catalog =
        build_with("[[providers]]\nid = \"openai\"\nkind = \"simulated\"\nmodels = [{ id = \"mine\" }]\n");
    assert!(catalog.model("known").expect("still known").configured().next().is_none());
    assert!(catalog.model("mine").expect("its own").configured().next().is_some());
}

#[test]
fn what_a_provider_cannot_do_holds_for_all_its_models() {
    let catalog = build_with(&format!(
        "{OPENAI}capabilities = {{ tools = false, vision = false, reasoning = false }}\nmodels = [{{ id = \"new\" }}]\n"
    ));
    for name in ["known", "new"] {
        let offering = catalog.model(name).expect("a model").configured().next().expect("one");
        assert!(!offering.capabilities.tools && !offering.capabilities.reasoning, "{name}");
        assert!(!offering.input.contains(Modalities::IMAGE), "{name}");
    }
    let Some(Found::AtProvider(unknown)) = catalog.resolve("openai/whatever") else { panic!("any name") };
    assert!(!unknown[0].capabilities.tools);
}

#[test]
fn parameters_that_an_adapter_drops_are_not_supported() {
    let config = "[[providers]]\nid = \"anthropic\"\nkind = \"anthropic\"\napi_key = \"k\"\nmodels = [{ id = \"m\" }]\n";
    let catalog = build_with(&format!("{config}{OPENAI}models = [{{ id = \"m\" }}]\n"));
    let taken: Vec<_> = catalog.model("m").expect("m").offerings.iter().map(|it| it.parameters).collect();
    let (seed, temperature) = (Parameters::named("seed"), Parameters::named("temperature"));
    assert!(!seed.without(taken[0]).is_empty() && temperature.without(taken[0]).is_empty());
    assert!(seed.without(taken[1]).is_empty());
}

#[test]
fn tools_that_a_provider_runs_reach_it_through_its_own_api() {
    let config = "[[providers]]\nid = \"anthropic\"\nkind = \"anthropic\"\napi_key = \"k\"\nmodels = [{ id = \"m\" }]\n";
    let catalog = build_with(&format!("{config}{OPENAI}models = [{{ id = \"m\" }}]\n"));
    let is_native =
        |offering: &auriko_routing::catalog::Offering| offering.endpoints.has_any(Endpoints::MESSAGES);
    let offerings = &catalog.model("m").expect("m").offerings;
    assert_eq!(offerings.iter().map(|it| is_native(it)).collect::<Vec<_>>(), [true, false]);
    let Some(Found::AtProvider(unknown)) = catalog.resolve("anthropic/any") else { panic!("any name") };
    assert!(is_native(&unknown[0]));
}

#[test]
fn every_known_provider_serves_something() {
    let config = Config::zero(&|_| Some("key".to_owned()));
    let catalog = models(&config);
    for provider in &config.providers {
        let serves = |model: &auriko_routing::catalog::Model| {
            model.configured().any(|offering| *offering.provider == *provider.id)
        };
        assert!(catalog.models().iter().any(serves), "{}", provider.id);
    }
}
