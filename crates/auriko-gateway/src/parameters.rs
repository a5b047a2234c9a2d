//! Optional parameters that a model refuses although its provider's API has them, such as `temperature` where a model
//! always thinks: they are left out and reported (api.md §3.9). What an API lacks altogether is its adapter's business.

use std::borrow::Cow;

use auriko_routing::catalog::Offering;
use auriko_wire::request::{ChatRequest, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};

/// The request as the offering's model takes it, and what was left out.
pub(crate) fn accepted<'a>(
    request: &'a ChatRequest,
    offering: &Offering,
) -> (Cow<'a, ChatRequest>, Vec<Warning>) {
    let refused: Vec<_> = offering.refused_parameters.names().filter(|name| is_used(request, name)).collect();
    if refused.is_empty() {
        return (Cow::Borrowed(request), Vec::new());
    }
    let mut accepted = request.clone();
    for name in &refused {
        match *name {
            "seed" => accepted.seed = None,
            "n" => accepted.choice_count = 1,
            name => {
                accepted.parameters.shift_remove(name);
            }
        }
    }
    let dropped = |name: &&str| {
        let message = format!("`{name}` is not supported by this model and was dropped.");
        warning(WarningType::UnsupportedParameter, "parameter_dropped", message)
    };
    (Cow::Owned(accepted), refused.iter().map(dropped).collect())
}

fn is_used(request: &ChatRequest, name: &str) -> bool {
    match name {
        "seed" => request.seed.is_some(),
        "n" => request.choice_count > 1,
        name => request.parameters.contains_key(name),
    }
}

#[cfg(test)]
mod tests {
    use auriko_routing::catalog::file::CatalogFile;
    use auriko_routing::catalog::{Catalog, ProviderSetup};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_model_refuses_is_left_out_and_reported() {
        let offering = |supported: serde_json::Value| {
            let offering = json!({ "provider": "p", "upstream_id": "m", "supported_parameters": supported });
            let model = json!({ "id": "m", "family": "m", "display_name": "M", "offerings": [offering] });
            let file = json!({ "version": "", "generated_at": "", "sources": [], "providers": [], "models": [model] });
            let file: CatalogFile = serde_json::from_value(file).expect("a catalogue");
            let catalog = Catalog::new(file, &|_| ProviderSetup::default());
            catalog.model("m").expect("the model").offerings[0].clone()
        };
        let body = json!({
            "model": "m", "messages": [{ "role": "user", "content": "hi" }],
            "temperature": 1, "seed": 2, "n": 3, "top_k": 4,
        });
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a valid request");
        let (same, warnings) = accepted(&request, &offering(json!(["temperature", "seed", "n"])));
        assert!(matches!(same, Cow::Borrowed(_)) && warnings.is_empty());
        let (fewer, warnings) = accepted(&request, &offering(json!([])));
        assert_eq!((fewer.seed, fewer.choice_count), (None, 1));
        // `top_k` is none of the parameters that the catalogue speaks of.
        assert_eq!(fewer.parameters.keys().collect::<Vec<_>>(), ["top_k"]);
        let named: Vec<_> = warnings.iter().filter_map(|it| it.message.split('`').nth(1)).collect();
        assert_eq!(named, ["temperature", "seed", "n"]);
    }
}
