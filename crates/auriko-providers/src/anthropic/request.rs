//! Puts a request together.

use auriko_wire::request::{ChatRequest, RequestError};
use serde_json::{Map, Value};

use super::format::{self, Form};
use super::model;
use super::{cache, messages, parameters, thinking, tools};
use crate::adapter::{BuildError, ProviderRequest, ReplyReader, Target};
use crate::prompt_cache::{self, CacheHint};
use crate::warnings::Warnings;

/// The version of the API that is asked for. The next one, 2026-10-21, takes no `temperature`, `top_p` and `top_k`
/// for any model (<https://platform.claude.com/docs/en/api/versioning>, read on 2026-11-23).
pub(crate) const VERSION: &str = "2023-06-01";
/// Fast mode, our tier `priority` (routing.md §6.3), is behind this mark.
const FAST_MODE_BETA: &str = "fast-mode-2026-02-01";
/// Betas that change the price of a request (G-13).
const PRICED_BETAS: [&str; 2] = ["fast-mode", "context-1m"];

/// The request in the words of the Messages API.
///
/// # Errors
/// [`BuildError`], which names the field.
pub fn build(
    request: &ChatRequest,
    target: &Target<'_>,
    mut extensions: Map<String, Value>,
) -> Result<ProviderRequest, BuildError> {
    let rules = model::rules(target.upstream_model);
    let mut warnings = Warnings::default();
    let mut betas = read_betas(&mut extensions)?;
    let form = format::choose(request, rules, &mut warnings)?;
    let answer_schema = match &form {
        Form::Tool(schema) => Some(schema),
        Form::Text | Form::Native(_) => None,
    };
    let tools = tools::convert(request, rules, answer_schema, &mut warnings)?;
    let limit = target.max_output_tokens.or(rules.max_output_tokens);
    let plan = thinking::plan(request, rules, limit, tools.is_forced, &mut warnings)?;
    let (system, turns) = messages::convert(request)?.into_messages();

    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("model", target.upstream_model.into());
    put("max_tokens", plan.max_tokens.into());
    if request.stream {
        put("stream", true.into());
    }
    if !tools.definitions.is_empty() {
        put("tools", tools.definitions.into());
    }
    if let Some(choice) = tools.choice {
        put("tool_choice", choice);
    }
    if !system.is_empty() {
        put("system", system.into());
    }
    put("messages", turns);
    if let Some(thinking) = plan.thinking {
        put("thinking", thinking);
    }
    let mut output = Map::new();
    if let Some(effort) = plan.effort {
        output.insert("effort".to_owned(), effort.into());
    }
    if let Form::Native(format) = form {
        output.insert("format".to_owned(), format);
    }
    if !output.is_empty() {
        put("output_config", Value::Object(output));
    }
    if target.tier == Some("priority") {
        put("speed", "fast".into());
        betas.push(FAST_MODE_BETA.to_owned());
    }
    let is_thinking = plan.is_on || extensions.get("thinking").is_some_and(is_thinking);
    parameters::put(request, rules, is_thinking, &mut body, &mut warnings);
    let hint = CacheHint::Marks { threshold: rules.cache_threshold };
    let told = prompt_cache::directives(hint, request, target, &extensions);
    merge(&mut body, extensions);
    if told.marks {
        cache::mark(&mut body);
    }

    Ok(ProviderRequest {
        url: format!("{}/messages", target.base_url.trim_end_matches('/')),
        headers: headers(request, target, &betas),
        body: serde_json::to_vec(&body).expect("a JSON object serialises"),
        warnings: warnings.into_vec(),
        reader: ReplyReader::Anthropic { answer_tool: tools.answer },
    })
}

fn headers(request: &ChatRequest, target: &Target<'_>, betas: &[String]) -> Vec<(String, String)> {
    let accept = if request.stream { "text/event-stream" } else { "application/json" };
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("accept".to_owned(), accept.to_owned()),
        ("anthropic-version".to_owned(), VERSION.to_owned()),
    ];
    if !betas.is_empty() {
        headers.push(("anthropic-beta".to_owned(), betas.join(",")));
    }
    if let Some(key) = target.api_key {
        headers.push(("x-api-key".to_owned(), key.to_owned()));
    }
    headers
}

/// `extensions.anthropic.betas`: a list as in the vendor's clients, which becomes a header.
fn read_betas(extensions: &mut Map<String, Value>) -> Result<Vec<String>, BuildError> {
    let param = "extensions.anthropic.betas";
    let Some(betas) = extensions.shift_remove("betas") else { return Ok(Vec::new()) };
    let wrong = |what: &str| BuildError::Invalid(RequestError::invalid(param, format!("`{param}` {what}.")));
    let Value::Array(betas) = betas else { return Err(wrong("must be an array of strings")) };
    betas
        .into_iter()
        .map(|beta| match beta {
            Value::String(beta) if PRICED_BETAS.iter().any(|priced| beta.starts_with(priced)) => {
                Err(wrong("holds one that changes the price, which can't be set here"))
            }
            Value::String(beta)
                if beta.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) =>
            {
                Ok(beta)
            }
            _ => Err(wrong("must be an array of names of letters, digits, `-`, `_` and `.`")),
        })
        .collect()
}

/// Whether a `thinking` object asks for thinking.
fn is_thinking(thinking: &Value) -> bool {
    matches!(thinking["type"].as_str(), Some("enabled" | "adaptive" | "between_tools"))
}

/// Extensions win. `output_config` is merged field by field, since we write some of its fields ourselves.
fn merge(body: &mut Map<String, Value>, extensions: Map<String, Value>) {
    for (name, value) in extensions {
        match (body.get_mut(&name), value) {
            (Some(Value::Object(ours)), Value::Object(theirs)) if name == "output_config" => {
                ours.extend(theirs);
            }
            (_, value) => {
                body.insert(name, value);
            }
        }
    }
}
