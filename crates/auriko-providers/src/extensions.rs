//! `extensions` (api.md §3.8): free objects for a provider, cleaned of what must not get through them.

use auriko_wire::error_code::ErrorCode;
use auriko_wire::request::{RequestError, warning};
use auriko_wire::routing_metadata::{Warning, WarningType};
use serde_json::{Map, Value};

use crate::table;

/// Names that carry a secret; stripped at any depth.
const AUTH: [&str; 23] = [
    "api_key",
    "apikey",
    "api-key",
    "authorization",
    "auth",
    "bearer",
    "token",
    "access_token",
    "accesstoken",
    "secret",
    "secret_key",
    "secretkey",
    "credential",
    "credentials",
    "password",
    "x-api-key",
    "x-auth-token",
    "anthropic-api-key",
    "openai-api-key",
    "google-api-key",
    "x_api_key",
    "openai_api_key",
    "anthropic_api_key",
];

/// Fields that the gateway itself writes, without underscores; stripped at the top level.
const CORE: [&str; 25] = [
    "model",
    "messages",
    "stream",
    "streamoptions",
    "maxtokens",
    "maxcompletiontokens",
    "n",
    "tools",
    "toolchoice",
    "responseformat",
    "paralleltoolcalls",
    "temperature",
    "topp",
    "presencepenalty",
    "frequencypenalty",
    "logitbias",
    "logprobs",
    "toplogprobs",
    "seed",
    "stop",
    "user",
    "inferencegeo",
    "contents",
    "systeminstruction",
    "system",
];

/// Fields that change price or compliance (G-13).
const REFUSED: [&str; 9] = [
    "service_tier",
    "speed",
    "inference_region",
    "region",
    "anthropic_beta",
    "store",
    "data_retention",
    "batch",
    "priority",
];

/// Providers that exist but have no row in the table yet.
const ELSEWHERE: [&str; 6] = ["google", "z_ai", "minimax", "siliconflow", "deepinfra", "simulated"];

/// The protocol's own name for extensions of Google's API (api.md §3.8), and the provider that has it.
const GOOGLE: (&str, &str) = ("google", "google_ai_studio");

/// Refuses what no provider may be sent, whichever is chosen later.
///
/// # Errors
/// A 400 that names the field.
pub fn check(extensions: &Map<String, Value>) -> Result<(), RequestError> {
    for (provider, fields) in extensions {
        let param = format!("extensions.{provider}");
        if provider == "thinking" {
            let mut error = RequestError::invalid(&param, "`extensions.thinking` is no longer supported.");
            error.suggestion = Some("Use `reasoning_effort`.".to_owned());
            return Err(error);
        }
        let Some(fields) = fields.as_object() else {
            return Err(RequestError::invalid(&param, format!("`{param}` must be an object.")));
        };
        if let Some(field) =
            fields.keys().find(|field| REFUSED.contains(&field.to_ascii_lowercase().as_str()))
        {
            let message =
                format!("`{param}.{field}` changes the price or the data handling and can't be set here.");
            return Err(RequestError {
                code: ErrorCode::InvalidRequest,
                ..RequestError::invalid(format!("{param}.{field}"), message)
            });
        }
    }
    Ok(())
}

/// The fields meant for `provider`, cleaned, and what was left out of all of them.
///
/// `is_configured` tells of provider ids that only the configuration knows.
pub fn select(
    extensions: &Map<String, Value>,
    provider: &str,
    is_configured: &dyn Fn(&str) -> bool,
) -> (Map<String, Value>, Vec<Warning>) {
    let mut chosen = Map::new();
    let mut warnings = Vec::new();
    for (name, fields) in extensions {
        if name == provider || (name == GOOGLE.0 && provider == GOOGLE.1) {
            chosen.extend(clean(name, fields.as_object().cloned().unwrap_or_default(), &mut warnings));
        } else if is_configured(name) || table::find(name).is_some() || ELSEWHERE.contains(&name.as_str()) {
            let message = format!("`extensions.{name}` was ignored: the request went to `{provider}`.");
            warnings.push(warning(WarningType::IgnoredExtension, "extension_ignored", message));
        } else {
            let message = format!("`extensions.{name}` was ignored: there is no such provider.");
            warnings.push(warning(WarningType::UnknownProvider, "provider_unknown", message));
        }
    }
    (chosen, warnings)
}

fn clean(provider: &str, mut fields: Map<String, Value>, warnings: &mut Vec<Warning>) -> Map<String, Value> {
    fields.retain(|name, _| {
        let is_core = CORE.contains(&name.to_ascii_lowercase().replace('_', "").as_str());
        if is_core {
            let message =
                format!("`extensions.{provider}.{name}` was removed: set `{name}` in the request itself.");
            warnings.push(warning(WarningType::BlockedField, "core_field_stripped", message));
        }
        !is_core
    });
    strip_auth(provider, &mut fields, warnings);
    fields
}

fn strip_auth(path: &str, fields: &mut Map<String, Value>, warnings: &mut Vec<Warning>) {
    fields.retain(|name, _| {
        let is_auth = AUTH.contains(&name.to_ascii_lowercase().as_str());
        if is_auth {
            let message =
                format!("`extensions.{path}.{name}` was removed: keys are not sent through extensions.");
            warnings.push(warning(WarningType::BlockedField, "auth_key_stripped", message));
        }
        !is_auth
    });
    for (name, value) in fields {
        strip_nested(&format!("{path}.{name}"), value, warnings);
    }
}

fn strip_nested(path: &str, value: &mut Value, warnings: &mut Vec<Warning>) {
    match value {
        Value::Object(inner) => strip_auth(path, inner, warnings),
        Value::Array(items) => items.iter_mut().for_each(|item| strip_nested(path, item, warnings)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn only_clean_fields_of_the_chosen_provider_get_through() {
        let extensions = map(&json!({
            "openai": { "Temperature": 1, "maxTokens": 3, "custom": { "API_KEY": "k", "temperature": 1, "list": [{ "auth": 1 }] } },
            "groq": {}, "nobody": {}, "mine": {},
        }));
        let (fields, warnings) = select(&extensions, "openai", &|id| id == "mine");
        assert_eq!(Value::Object(fields), json!({ "custom": { "temperature": 1, "list": [{}] } }));
        let codes: Vec<_> = warnings.iter().map(|warning| warning.code.as_str()).collect();
        let expected =
            ["core_field_stripped", "core_field_stripped", "auth_key_stripped", "auth_key_stripped"];
        assert_eq!(codes[..4], expected);
        assert_eq!(codes[4..], ["extension_ignored", "provider_unknown", "extension_ignored"]);
    }

    #[test]
    fn some_fields_are_refused() {
        let check = |extensions: &Value, param: &str| {
            assert_eq!(check(&map(extensions)).expect_err(param).param.as_deref(), Some(param));
        };
        check(&json!({ "thinking": { "enabled": true } }), "extensions.thinking");
        check(&json!({ "openai": { "service_tier": "flex" } }), "extensions.openai.service_tier");
        check(&json!({ "openai": 1 }), "extensions.openai");
    }
}
