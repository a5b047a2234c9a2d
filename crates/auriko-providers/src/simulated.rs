//! A provider without a model: what it says, when, and how it fails is a pure function of the request, a
//! profile and a seed. It lets routing, streaming and error handling be tried without any vendor.

use std::borrow::Cow;
use std::time::Duration;

use auriko_wire::event::Event;
use auriko_wire::request::{ChatRequest, Effort, ResponseFormat, ToolChoice};
use auriko_wire::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};
use serde_json::{Map, Value, json};

mod embedding;
mod pattern;
mod profile;
mod prose;
mod random;
mod schema;
mod tokens;

#[cfg(test)]
mod tests;

pub use embedding::{embedding, encoded};
pub use profile::{Profile, ProfilePatch};
use random::Random;
pub use tokens::count as count_tokens;

/// What the simulated provider does with a request.
#[derive(Debug, Clone)]
pub enum Simulation {
    /// It answers.
    Reply(Box<Script>),
    /// It answers with an error status instead.
    Failure {
        /// HTTP status, 400 or more.
        status: u16,
        /// When the error arrives.
        after: Duration,
    },
}

/// A reply as a timetable.
#[derive(Debug, Clone)]
pub struct Script {
    /// In order of time.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: End,
    /// What a complete reply reports.
    pub usage: Usage,
}

/// One event and when it is due.
#[derive(Debug, Clone)]
pub struct Step {
    /// Since the request was sent.
    pub at: Duration,
    /// Index of the choice.
    pub choice: u32,
    /// What is said.
    pub event: Event<'static>,
}

/// How a script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With finish words and usage.
    Complete,
    /// The connection breaks.
    Cut,
    /// The connection stays open and nothing more is said.
    Stall,
}

/// One answer, before it is cut into steps.
struct Answer {
    reasoning: Vec<String>,
    tokens: Vec<String>,
    /// Name and id of the tool that the tokens are the arguments of.
    call: Option<(String, String)>,
    finish: &'static str,
}

/// Plays out one request.
///
/// The words depend on the request (its `seed` included) and `profile.seed`; whether it fails depends on
/// `attempt_seed`, so that a caller who counts its attempts sees `profile.failure_rate` of them fail.
pub fn simulate(request: &ChatRequest, profile: &Profile, attempt_seed: u64) -> Simulation {
    let latency = Duration::from_millis(profile.latency_ms);
    if Random::new(profile.seed ^ random::hash(&attempt_seed.to_le_bytes())).unit() < profile.failure_rate {
        return Simulation::Failure { status: profile.failure_status, after: latency };
    }
    let seed = content_seed(request) ^ profile.seed;
    let answers: Vec<_> = (0..request.choice_count)
        .map(|choice| answer(request, profile, seed ^ (u64::from(choice) << 32)))
        .collect();
    let usage = usage(request, profile, &answers);
    Simulation::Reply(Box::new(script(profile, &answers, usage)))
}

fn script(profile: &Profile, answers: &[Answer], usage: Usage) -> Script {
    let pace = Duration::from_millis(profile.chunk_pace_ms);
    let mut at = Duration::from_millis(profile.latency_ms);
    let ends_early = [(profile.cut_after_tokens, End::Cut), (profile.stall_after_tokens, End::Stall)];
    let early =
        ends_early.into_iter().filter_map(|(after, end)| Some((after?, end))).min_by_key(|&(after, _)| after);
    let mut steps = Vec::new();
    if !matches!(early, Some((0, _))) {
        steps.push(Step { at, choice: 0, event: Event::Meta { id: None, model: None, created: None } });
    }
    let rounds = answers.iter().map(|answer| answer.reasoning.len() + answer.tokens.len()).max().unwrap_or(0);
    let mut sent = 0;
    for round in 0..rounds {
        if round > 0 {
            at += pace;
        }
        for (choice, answer) in (0..).zip(answers) {
            let position = answer.reasoning.len() + answer.tokens.len();
            if round >= position {
                continue;
            }
            if let Some((after, end)) = early
                && sent == after
            {
                return Script { steps, end, usage };
            }
            sent += 1;
            answer.events(round, &mut |event| steps.push(Step { at, choice, event }));
        }
    }
    for (choice, answer) in (0..).zip(answers) {
        let reason = Cow::Borrowed(answer.finish);
        steps.push(Step { at, choice, event: Event::Finish { reason, native: None } });
    }
    Script { steps, end: End::Complete, usage }
}

impl Answer {
    /// The events of token `round`.
    fn events(&self, round: usize, emit: &mut dyn FnMut(Event<'static>)) {
        if let Some(token) = self.reasoning.get(round) {
            emit(Event::Reasoning { delta: Cow::Owned(token.clone()) });
            if round + 1 == self.reasoning.len() {
                let signature = format!("sim_{:016x}", random::hash(self.reasoning.concat().as_bytes()));
                emit(Event::Signature { signature: Cow::Owned(signature) });
            }
            return;
        }
        let position = round - self.reasoning.len();
        let token = self.tokens[position].clone();
        let Some((name, id)) = &self.call else {
            emit(Event::Text { delta: Cow::Owned(token) });
            return;
        };
        let is_first = position == 0;
        emit(Event::ToolCall {
            index: Some(0),
            id: is_first.then(|| Cow::Owned(id.clone())),
            name: is_first.then(|| Cow::Owned(name.clone())),
            arguments: Cow::Owned(token),
            signature: None,
        });
    }
}

fn answer(request: &ChatRequest, profile: &Profile, seed: u64) -> Answer {
    let mut random = Random::new(seed);
    let limit = usize::try_from(request.max_output_tokens.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let mut reasoning = Vec::new();
    if let Some(effort) = request.reasoning_effort.filter(|&effort| effort != Effort::Off) {
        let length = profile.reasoning_tokens.unwrap_or_else(|| reasoning_tokens(effort));
        reasoning = tokens::split(&prose::thinking(length, &mut random));
    }
    let (text, call) = match tool_to_call(request, profile) {
        Some(function) => {
            let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
            let empty = json!({ "type": "object", "properties": {} });
            let schema = function.get("parameters").filter(|schema| schema.is_object()).unwrap_or(&empty);
            let id = format!("call_{:016x}", random.next());
            (schema::instance(schema, &mut random).to_string(), Some((name.to_owned(), id)))
        }
        None => (text(request, profile, &mut random), None),
    };
    let mut tokens = tokens::split(&text);
    let finish = match (&call, reasoning.len() + tokens.len() > limit) {
        (_, true) => "length",
        (Some(_), false) => "tool_calls",
        (None, false) => "stop",
    };
    reasoning.truncate(limit);
    tokens.truncate(limit - reasoning.len());
    Answer { reasoning, tokens, call, finish }
}

fn text(request: &ChatRequest, profile: &Profile, random: &mut Random) -> String {
    match &request.response_format {
        Some(ResponseFormat::JsonSchema(definition)) => {
            schema::instance(definition.get("schema").unwrap_or(&Value::Bool(true)), random).to_string()
        }
        Some(ResponseFormat::JsonObject) => {
            json!({ "simulated": true, "text": prose::answer(12, random) }).to_string()
        }
        _ => prose::answer(profile.output_tokens, random),
    }
}

/// A demanded call is made once: after its result the answer is text, so that an agent's loop ends.
fn tool_to_call<'a>(request: &'a ChatRequest, profile: &Profile) -> Option<&'a Map<String, Value>> {
    if request.messages.last().is_some_and(|message| message.role() == "tool") {
        return None;
    }
    let first = || request.tools.iter().find_map(|tool| tool.get("function")?.as_object());
    match &request.tool_choice {
        Some(ToolChoice::Named(name)) => request.tool(name),
        Some(ToolChoice::Required) => first(),
        Some(ToolChoice::None) => None,
        Some(ToolChoice::Auto | ToolChoice::Other(_)) | None => profile.call_tools.then(first).flatten(),
    }
}

/// Made-up amounts that grow with the effort.
fn reasoning_tokens(effort: Effort) -> usize {
    match effort {
        Effort::Off => 0,
        Effort::Minimal => 8,
        Effort::Low => 16,
        Effort::Medium => 32,
        Effort::High => 64,
        Effort::Xhigh => 96,
        Effort::Max => 128,
    }
}

fn usage(request: &ChatRequest, profile: &Profile, answers: &[Answer]) -> Usage {
    let of_messages: u64 = request.messages.iter().map(|message| tokens::count(&message.text())).sum();
    let of_tools: u64 = request.tools.iter().map(|tool| tokens::count(&tool.to_string())).sum();
    let prompt_tokens = (of_messages + of_tools).max(1);
    let reasoning: usize = answers.iter().map(|answer| answer.reasoning.len()).sum();
    let visible: usize = answers.iter().map(|answer| answer.tokens.len()).sum();
    let completion_tokens = (reasoning + visible) as u64;
    Usage {
        prompt_tokens,
        completion_tokens,
        total_tokens: prompt_tokens + completion_tokens,
        prompt_tokens_details: Some(PromptTokensDetails {
            cached_tokens: Some(profile.cached_tokens.min(prompt_tokens)),
            ..PromptTokensDetails::default()
        }),
        completion_tokens_details: Some(CompletionTokensDetails {
            reasoning_tokens: Some(reasoning as u64),
            ..CompletionTokensDetails::default()
        }),
        extra: Map::new(),
    }
}

/// Equal conversations give equal answers.
fn content_seed(request: &ChatRequest) -> u64 {
    let mut seed = random::hash(&request.seed.unwrap_or(0).to_le_bytes());
    for message in &request.messages {
        seed = random::hash_from(seed, message.role().as_bytes());
        seed = random::hash_from(seed, message.text().as_bytes());
    }
    seed
}
