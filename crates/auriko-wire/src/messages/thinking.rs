//! How much to think and in which form to answer: `thinking`, `output_config` and the older `output_format`.

use serde_json::{Map, Value};

use crate::request::fields::Fields;
use crate::request::{Effort, RequestError, ResponseFormat};
use crate::routing_metadata::WarningType;

#[derive(Default)]
pub(super) struct Thinking {
    pub(super) effort: Option<Effort>,
    pub(super) budget_tokens: Option<u64>,
    pub(super) format: Option<ResponseFormat>,
}

/// What adaptive thinking without an effort means to Anthropic.
/// <https://platform.claude.com/docs/en/build-with-claude/effort>
const USUAL_EFFORT: Effort = Effort::High;

pub(super) fn read(root: &mut Fields) -> Result<Thinking, RequestError> {
    let mut thinking = Thinking::default();
    if let Some(config) = root.take("output_config") {
        let mut config = Fields::at("output_config", config)?;
        thinking.effort = read_effort(&mut config)?;
        thinking.format = read_format(&mut config, "format")?;
    }
    if let Some(format) = read_format(root, "output_format")? {
        thinking.format.get_or_insert(format);
    }
    let Some(config) = root.take("thinking") else { return Ok(thinking) };
    let mut config = Fields::at("thinking", config)?;
    match config.required_text("type")?.as_str() {
        "enabled" => {
            let Some(budget) = config.whole("budget_tokens", 1, u64::MAX)? else {
                return Err(config.missing("budget_tokens"));
            };
            thinking.budget_tokens = Some(budget);
            thinking.effort.get_or_insert(effort_of(budget));
        }
        "adaptive" => {
            thinking.effort.get_or_insert(USUAL_EFFORT);
        }
        // Thinking between tool calls only is what `off` means to the models that can't do less.
        "disabled" | "between_tools" => thinking.effort = Some(Effort::Off),
        _ => return Err(config.wrong("type", "one of enabled, adaptive, between_tools, disabled")),
    }
    if config.text("display")?.is_some_and(|display| display == "omitted") {
        let message = "`thinking.display` was ignored: thinking is shown where the provider shows it.";
        root.warn(WarningType::UnsupportedField, "field_ignored", message);
    }
    Ok(thinking)
}

/// The thresholds by which Auriko itself once read budgets (api.md §3.7, G-09).
fn effort_of(budget_tokens: u64) -> Effort {
    match budget_tokens {
        0..5000 => Effort::Low,
        5000..15_000 => Effort::Medium,
        _ => Effort::High,
    }
}

fn read_effort(config: &mut Fields) -> Result<Option<Effort>, RequestError> {
    let Some(word) = config.text("effort")? else { return Ok(None) };
    let effort = match word.as_str() {
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        "xhigh" => Effort::Xhigh,
        "max" => Effort::Max,
        _ => return Err(config.wrong("effort", "one of low, medium, high, xhigh, max")),
    };
    Ok(Some(effort))
}

fn read_format(fields: &mut Fields, name: &str) -> Result<Option<ResponseFormat>, RequestError> {
    let Some(format) = fields.take(name) else { return Ok(None) };
    let mut format = Fields::at(&fields.param(name), format)?;
    if format.required_text("type")? != "json_schema" {
        return Err(format.wrong("type", "json_schema"));
    }
    let Some(schema) = format.object("schema")? else { return Err(format.missing("schema")) };
    // Anthropic names no schema and always keeps to it; chat completions want both said.
    let mut definition = Map::new();
    definition.insert("name".to_owned(), "response".into());
    definition.insert("schema".to_owned(), Value::Object(schema));
    definition.insert("strict".to_owned(), true.into());
    Ok(Some(ResponseFormat::JsonSchema(definition)))
}
