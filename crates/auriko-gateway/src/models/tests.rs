use serde_json::{Value, json};

use super::*;
use crate::config::Config;

fn catalog() -> Catalog {
    let config = "[[providers]]\nid = \"groq\"\nkind = \"openai-compatible\"\napi_key = \"k\"\n\
                  models = [{ id = \"mine\", context_window = 500, input_price = 1.0, output_price = 2.0 }]\n";
    Catalog::new(&Config::from_toml(config).expect("a valid configuration")).expect("a catalogue")
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().expect("a list").iter().filter_map(|model| model["id"].as_str()).collect()
}

#[test]
fn the_list_holds_what_can_be_called() {
    let catalog = catalog();
    let list = parse(&list(&catalog, "", &KeyRing::default()).expect("a list"));
    assert_eq!(list["object"], "list");
    assert_eq!(list["catalog_version"].as_str().map(str::len), Some(16));
    assert!(list["catalog_age_seconds"].is_u64());
    let ids = ids(&list);
    assert!(ids.contains(&"mine") && ids.contains(&"gpt-oss-20b") && !ids.contains(&"gpt-4o"), "{ids:?}");
    let mine =
        list["data"].as_array().expect("a list").iter().find(|model| model["id"] == "mine").expect("mine");
    let provider =
        json!({ "name": "groq", "input_price": 1.0, "output_price": 2.0, "data_policy": "no_training" });
    assert_eq!((&mine["context_window"], &mine["providers"]), (&json!(500), &json!([provider])));
    assert_eq!(mine["supported_endpoints"], json!(["chat_completions", "responses", "messages"]));
}

#[test]
fn a_provider_without_known_prices_is_not_listed_with_its_model() {
    let config = "[[providers]]\nid = \"mine\"\nkind = \"simulated\"\n\
                  models = [{ id = \"free\", input_price = 0, output_price = 0 }, { id = \"unknown\" }]\n";
    let config = Config::from_toml(config).expect("a valid configuration");
    let catalog = Catalog::new(&config).expect("a catalogue");
    let providers =
        |id: &str| parse(&one(&catalog, id, &KeyRing::default()).expect("a model"))["providers"].clone();
    assert_eq!(providers("free")[0]["input_price"], json!(0.0));
    assert_eq!(providers("unknown"), json!([]));
}

#[test]
fn models_of_one_endpoint_are_listed_there() {
    let config = Config::zero(&|name| (name == "OPENAI_API_KEY").then(|| "key".to_owned()));
    let catalog = Catalog::new(&config).expect("a catalogue");
    let listed = |query: &str, id: &str| {
        ids(&parse(&list(&catalog, query, &KeyRing::default()).expect("a list"))).contains(&id)
    };
    assert!(listed("", "gpt-4o") && listed("endpoint=responses", "gpt-4o"));
    assert!(!listed("", "gpt-5.5-pro") && !listed("endpoint=responses", "gpt-5.5-pro"));
    assert!(!listed("endpoint=responses", "text-embedding-3-small"));
    assert_eq!(
        list(&catalog, "endpoint=x", &KeyRing::default()).expect_err("no such endpoint").param.as_deref(),
        Some("endpoint")
    );
}

#[test]
fn one_model_is_found_by_each_of_its_names() {
    let catalog = catalog();
    let id = |name: &str| parse(&one(&catalog, name, &KeyRing::default()).expect("a model"))["id"].clone();
    assert_eq!(id("mine"), "mine");
    assert_eq!(id("groq/whatever"), "groq/whatever");
    assert_eq!(id("groq%2Fwhatever"), "groq/whatever");
    for name in ["gpt-4o", "openai/gpt-4o", "none"] {
        assert!(
            one(&catalog, name, &KeyRing::default()).is_err()
                && !is_callable(&catalog, name, &KeyRing::default()),
            "{name}"
        );
    }
    assert!(["mine", "groq/whatever"].iter().all(|name| is_callable(&catalog, name, &KeyRing::default())));
}

#[test]
fn the_directory_holds_all_that_is_known() {
    let directory = parse(&directory::list(&catalog()));
    assert!(directory["generated_at"].as_str().is_some_and(|at| at.ends_with('Z')));
    let mine = &directory["models"]["mine"];
    assert_eq!(
        (&mine["display_name"], &mine["providers"][0]["provider_model_id"]),
        (&json!("mine"), &json!("mine"))
    );
    let tier = json!({ "name": "standard", "input_price": 1.0, "output_price": 2.0, "price_variants": [] });
    assert_eq!(mine["providers"][0]["tiers"], json!([tier]));
    // Not configured, and there nevertheless, with its steps.
    let variants = directory["models"].as_object().expect("models").values().flat_map(|model| {
        let providers = model["providers"].as_array().expect("providers");
        providers.iter().flat_map(|provider| provider["tiers"].as_array().expect("tiers"))
    });
    let stepped =
        variants.map(|tier| &tier["price_variants"][0]).find(|variant| variant.is_object()).expect("a step");
    assert!(
        stepped["constraints"]["above_prompt_tokens"].is_string() && stepped["price"].is_number(),
        "{stepped}"
    );
}

#[test]
fn the_registry_holds_models_and_providers() {
    let catalog = catalog();
    let models = parse(&registry::models(&catalog));
    let count = models["models"].as_array().expect("models").len();
    assert_eq!((&models["count"], &models["playground_defaults"]), (&json!(count), &json!([])));
    let model = &models["models"][0];
    for field in [
        "id",
        "family",
        "display_name",
        "capabilities",
        "input_modalities",
        "output_modalities",
        "providers",
        "has_free_provider",
    ] {
        assert!(!model[field].is_null(), "{field}");
    }
    let providers = parse(&registry::providers(&catalog));
    assert!(providers["count"].as_u64().is_some_and(|count| count >= 15));
    let groq = providers["providers"].as_array().expect("providers").iter().find(|it| it["id"] == "groq");
    assert_eq!(groq.expect("groq")["data_policy"], "no_training");
}
