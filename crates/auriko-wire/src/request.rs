//! The chat-completions request (api.md §3): read once, leniently where the protocol says so, into a value
//! that cannot be wrong. Every refusal names the field at fault.
//!
//! Fields that decide something are typed; parameters that only travel on to a provider stay JSON in
//! [`ChatRequest::parameters`]. `null` means absent everywhere.

use serde_json::{Map, Value};

use crate::error_code::ErrorCode;
use crate::routing_metadata::{Warning, WarningType};

mod estimate;
pub(crate) mod fields;
mod legacy;
mod message;
mod tools;

#[cfg(test)]
mod tests;

pub use estimate::PromptEstimate;
use fields::Fields;
pub use message::Message;
pub use tools::{ResponseFormat, ToolChoice};

/// A request that the protocol allows.
#[derive(Debug, Clone)]
pub struct ChatRequest {
    /// As sent, suffix included. `None` when `gateway.models` is used instead.
    pub model: Option<String>,
    /// At least one.
    pub messages: Vec<Message>,
    /// Whether the reply is streamed. Default `false`.
    pub stream: bool,
    /// `max_completion_tokens`, else `max_tokens` (G-05); at least 1.
    pub max_output_tokens: Option<u64>,
    /// Number of choices, 1 to 128. Default 1.
    pub choice_count: u32,
    /// Asks for repeatable sampling.
    pub seed: Option<i64>,
    /// How much the model should think. `None`: the provider's default.
    pub reasoning_effort: Option<Effort>,
    /// The most tokens to think with, where the caller named a number of them; for providers that take one.
    /// `reasoning_effort` is set too, to the level that comes nearest.
    pub reasoning_budget_tokens: Option<u64>,
    /// Leaves reasoning out of the reply; it is still done and billed.
    pub reasoning_exclude: bool,
    /// Tool definitions as sent; each is an object with a `type`.
    pub tools: Vec<Value>,
    /// `None`: the provider's default, which is `auto` when there are tools.
    pub tool_choice: Option<ToolChoice>,
    /// `None`: text.
    pub response_format: Option<ResponseFormat>,
    /// The `gateway` object, legacy spellings folded in (G-06). Judged by the router.
    pub gateway: Map<String, Value>,
    /// Provider name to free object (api.md §3.8), not yet sanitised.
    pub extensions: Map<String, Value>,
    /// Known optional parameters that only travel on: `temperature`, `stop`, `user` and the like.
    pub parameters: Map<String, Value>,
    /// What was understood differently from how it was sent.
    pub warnings: Vec<Warning>,
}

/// `reasoning_effort` (api.md §3.7, G-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the wire words")]
pub enum Effort {
    /// `off` or `none`.
    Off,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

impl Effort {
    /// The wire word; `off` for both spellings of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "off" | "none" => Self::Off,
            "minimal" => Self::Minimal,
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            "xhigh" => Self::Xhigh,
            "max" => Self::Max,
            _ => return None,
        })
    }
}

/// Why a body is no request. Becomes a 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// One of the codes with status 400.
    pub code: ErrorCode,
    /// The field at fault, such as `messages[2].role`. `None`: the body as a whole.
    pub param: Option<String>,
    /// One sentence.
    pub message: String,
    /// How to do it right, where that is not obvious.
    pub suggestion: Option<String>,
}

impl RequestError {
    /// A field whose value is outside its range or set.
    pub fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::InvalidParameterValue,
            param: Some(param.into()),
            message: message.into(),
            suggestion: None,
        }
    }

    /// A mandatory field that is absent.
    pub fn missing(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: ErrorCode::MissingRequiredParameter, ..Self::invalid(param, message) }
    }

    pub(crate) fn unusable(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidRequest, param: None, message: message.into(), suggestion: None }
    }
}

/// Parameters that are handed on when the provider knows them (api.md §3.1), with their range where there is
/// one.
const PARAMETERS: [(&str, Check); 18] = [
    ("temperature", Check::Number(0.0, 2.0)),
    ("top_p", Check::Number(0.0, 1.0)),
    ("frequency_penalty", Check::Number(-2.0, 2.0)),
    ("presence_penalty", Check::Number(-2.0, 2.0)),
    ("top_k", Check::Whole(0, u64::MAX)),
    ("min_p", Check::Number(0.0, 1.0)),
    ("top_a", Check::Number(0.0, 1.0)),
    ("repetition_penalty", Check::Number(0.0, 2.0)),
    ("top_logprobs", Check::Whole(0, 20)),
    ("logprobs", Check::Flag),
    ("parallel_tool_calls", Check::Flag),
    ("logit_bias", Check::Object),
    ("web_search_options", Check::Object),
    ("stop", Check::TextOrTexts),
    ("user", Check::Text),
    ("prompt_cache_key", Check::Text),
    ("safety_identifier", Check::Text),
    ("verbosity", Check::Text),
];

/// What a forwarded parameter must look like.
#[derive(Debug, Clone, Copy)]
enum Check {
    Number(f64, f64),
    Whole(u64, u64),
    Flag,
    Object,
    Text,
    TextOrTexts,
}

/// More choices than this are a mistake, and each costs memory here. A guess; OpenAI's own limit is 128.
const MAX_CHOICES: u64 = 128;

impl ChatRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`RequestError`] with the code and field of the first thing that is wrong.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::parse(body)?;
        legacy::modernise(&mut fields)?;
        let messages = message::read_all(fields.take("messages"))?;
        let max_output_tokens = read_max_tokens(&mut fields)?;
        let (reasoning_effort, reasoning_exclude) = read_reasoning(&mut fields)?;
        let stream = fields.flag("stream")?.unwrap_or(false);
        // Usage is sent in every stream whatever this says.
        fields.object("stream_options")?;
        let request = Self {
            model: fields.text("model")?,
            messages,
            stream,
            max_output_tokens,
            choice_count: u32::try_from(fields.whole("n", 1, MAX_CHOICES)?.unwrap_or(1)).unwrap_or(1),
            seed: fields.integer("seed")?,
            reasoning_effort,
            reasoning_budget_tokens: None,
            reasoning_exclude,
            tools: tools::read_tools(fields.take("tools"))?,
            tool_choice: tools::read_choice(fields.take("tool_choice"))?,
            response_format: tools::read_format(fields.take("response_format"))?,
            gateway: fields.object("gateway")?.unwrap_or_default(),
            extensions: fields.object("extensions")?.unwrap_or_default(),
            parameters: read_parameters(&mut fields)?,
            warnings: fields.finish(),
        };
        request.check_tool_choice()?;
        Ok(request)
    }

    pub(crate) fn check_tool_choice(&self) -> Result<(), RequestError> {
        match &self.tool_choice {
            Some(ToolChoice::Required | ToolChoice::Named(_)) if self.tools.is_empty() => {
                Err(RequestError::invalid(
                    "tool_choice",
                    "`tool_choice` asks for a tool call, but the request has no `tools`.",
                ))
            }
            Some(ToolChoice::Named(name)) if self.tool(name).is_none() => Err(RequestError::invalid(
                "tool_choice",
                format!("`tool_choice` names the tool `{name}`, which is not among `tools`."),
            )),
            _ => Ok(()),
        }
    }

    /// The function definition of that name.
    pub fn tool(&self, name: &str) -> Option<&Map<String, Value>> {
        let functions = self.tools.iter().filter_map(|tool| tool.get("function")?.as_object());
        functions.into_iter().find(|function| function.get("name").and_then(Value::as_str) == Some(name))
    }

    /// Whether the model is to think: an effort is given and it is not `off`.
    pub fn wants_reasoning(&self) -> bool {
        self.reasoning_effort.is_some_and(|effort| effort != Effort::Off)
    }
}

/// A warning about something that was not done as asked.
pub fn warning(kind: WarningType, code: &str, message: impl Into<String>) -> Warning {
    Warning { kind, code: code.to_owned(), message: message.into() }
}

fn read_max_tokens(fields: &mut Fields) -> Result<Option<u64>, RequestError> {
    let newer = fields.whole("max_completion_tokens", 1, u64::MAX)?;
    let older = fields.whole("max_tokens", 1, u64::MAX)?;
    if let (Some(newer), Some(older)) = (newer, older)
        && newer != older
    {
        fields.warn(
            WarningType::UnsupportedParameter,
            "parameter_dropped",
            "`max_tokens` is ignored, since `max_completion_tokens` is given too.",
        );
    }
    Ok(newer.or(older))
}

fn read_reasoning(fields: &mut Fields) -> Result<(Option<Effort>, bool), RequestError> {
    let effort = fields.text("reasoning_effort")?;
    let effort = effort
        .map(|word| {
            Effort::parse(&word).ok_or_else(|| {
                RequestError::invalid(
                    "reasoning_effort",
                    format!(
                        "`reasoning_effort` must be one of low, medium, high, xhigh, max, off; got `{word}`."
                    ),
                )
            })
        })
        .transpose()?;
    let mut exclude = false;
    if let Some(reasoning) = fields.object("reasoning")? {
        for (key, value) in reasoning {
            match (key.as_str(), value) {
                ("exclude", Value::Bool(flag)) => exclude = flag,
                ("exclude", Value::Null) => {}
                ("exclude", _) => {
                    return Err(RequestError::invalid(
                        "reasoning.exclude",
                        "`reasoning.exclude` must be a boolean.",
                    ));
                }
                (other, _) => fields.warn(
                    WarningType::UnsupportedField,
                    "field_ignored",
                    format!("`reasoning.{other}` is not supported and was ignored; use `reasoning_effort`."),
                ),
            }
        }
    }
    Ok((effort, exclude))
}

fn read_parameters(fields: &mut Fields) -> Result<Map<String, Value>, RequestError> {
    let mut parameters = Map::new();
    if fields.is_empty() {
        return Ok(parameters);
    }
    for (name, check) in PARAMETERS {
        let value = match check {
            Check::Number(low, high) => fields.number(name, low, high)?.map(Value::from),
            Check::Whole(low, high) => fields.whole(name, low, high)?.map(Value::from),
            Check::Flag => fields.flag(name)?.map(Value::from),
            Check::Object => fields.object(name)?.map(Value::from),
            Check::Text => fields.text(name)?.map(Value::from),
            Check::TextOrTexts => fields.text_or_texts(name)?,
        };
        if let Some(value) = value {
            parameters.insert(name.to_owned(), value);
        }
    }
    if let Some(retention) = fields.text("prompt_cache_retention")? {
        parameters.insert("prompt_cache_retention".to_owned(), Value::from(retention));
    }
    let asks_logprobs = parameters.get("logprobs") == Some(&Value::Bool(true));
    if parameters.contains_key("top_logprobs") && !asks_logprobs {
        return Err(RequestError::invalid("top_logprobs", "`top_logprobs` needs `logprobs: true`."));
    }
    Ok(parameters)
}
