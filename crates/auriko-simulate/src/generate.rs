//! Traces to compare with, made up from a seed: the same seed gives the same bytes everywhere.
//!
//! The models are ones that several providers run at different prices, since where there is no choice there is nothing to
//! route. The provider of a conversation is the maker of its model where the maker sells it, and a well-known host of it
//! otherwise: what somebody takes who reads the model's own documentation.

use crate::random::Random;
use crate::trace::Request;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// People who talk to an assistant: a few turns, pauses to read and think.
    Chat,
    /// Coding agents: long prompts full of tools and files, many turns, short pauses and some long ones.
    Agent,
    /// Jobs over many items with the same instructions, one after the other.
    Batch,
}

/// Model, and who is asked without a router.
type Choice = (&'static str, &'static str);

const CHAT: [(u64, Choice); 6] = [
    (30, ("deepseek-v4-flash", "deepseek")),
    (25, ("glm-5", "z_ai")),
    (15, ("glm-5.2", "z_ai")),
    (10, ("gpt-oss-120b", "groq")),
    (10, ("kimi-k2.7-code", "moonshot")),
    (10, ("gemini-2.5-flash", "google_ai_studio")),
];

const AGENT: [(u64, Choice); 5] = [
    (30, ("glm-5.2", "z_ai")),
    (25, ("deepseek-v4-flash", "deepseek")),
    (20, ("glm-5.3", "z_ai")),
    (15, ("kimi-k2.7-code", "moonshot")),
    (10, ("deepseek-v4-pro", "deepseek")),
];

const BATCH: [(u64, Choice); 6] = [
    (30, ("deepseek-v4-flash", "deepseek")),
    (20, ("gpt-oss-20b", "groq")),
    (25, ("glm-5", "z_ai")),
    (10, ("minimax-m2.7", "minimax")),
    (10, ("glm-5.2", "z_ai")),
    (5, ("qwen3.6-27b", "groq")),
];

/// A prompt longer than this is summed up by the agent that writes it.
const SUMMED_UP_ABOVE: u64 = 100_000;

/// Makes a trace, as text.
pub fn generate(kind: Kind, seed: u64) -> String {
    let mut random = Random::new(seed);
    let (conversations, within_ms, choices) = match kind {
        Kind::Chat => (260, 8 * 3_600_000, &CHAT[..]),
        Kind::Agent => (60, 8 * 3_600_000, &AGENT[..]),
        Kind::Batch => (30, 2 * 3_600_000, &BATCH[..]),
    };
    let mut requests = Vec::new();
    for number in 0..conversations {
        let mut writer = Writer {
            at_ms: random.between(0, within_ms),
            conversation: format!("{}-{number}", kind.name()),
            choice: *random.weighted(choices),
            requests: &mut requests,
        };
        match kind {
            Kind::Chat => chat(&mut random, &mut writer),
            Kind::Agent => agent(&mut random, &mut writer),
            Kind::Batch => batch(&mut random, &mut writer),
        }
    }
    // Stable: requests of one conversation at the same time keep their order.
    requests.sort_by_key(|request| request.time_ms);
    let line = |request: &Request| serde_json::to_string(request).expect("plain data serialises") + "\n";
    requests.iter().map(line).collect()
}

impl Kind {
    /// `chat`, `agent` or `batch`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Agent => "agent",
            Self::Batch => "batch",
        }
    }
}

struct Writer<'a> {
    at_ms: u64,
    conversation: String,
    choice: Choice,
    requests: &'a mut Vec<Request>,
}

impl Writer<'_> {
    fn ask(&mut self, prompt_tokens: u64, prefix_tokens: u64, output_tokens: u64) {
        let (model, provider) = self.choice;
        self.requests.push(Request {
            time_ms: self.at_ms,
            conversation: self.conversation.clone(),
            model: model.to_owned(),
            provider: provider.to_owned(),
            prompt_tokens,
            prefix_tokens,
            output_tokens,
        });
    }
}

/// Each turn repeats all before it. One in eight pauses is long enough to lose a cache of five minutes.
fn chat(random: &mut Random, writer: &mut Writer<'_>) {
    let mut said = random.between(300, 1800);
    let mut shared = 0;
    loop {
        let prompt = said + random.mostly_low(15, 400);
        let output = random.mostly_low(60, 1200);
        writer.ask(prompt, shared, output);
        said = prompt + output;
        shared = said;
        if random.per_mille(150) {
            return;
        }
        let is_long = random.per_mille(125);
        writer.at_ms +=
            if is_long { random.mostly_low(300_000, 3_600_000) } else { random.mostly_low(8_000, 240_000) };
    }
}

/// Tool results come back after seconds; now and then somebody has to be asked. What gets too long is summed up, and
/// then only instructions and tools stay as they were.
fn agent(random: &mut Random, writer: &mut Writer<'_>) {
    let instructions = random.between(5_000, 12_000);
    let mut said = instructions;
    let mut shared = 0;
    for _ in 0..random.between(8, 70) {
        let mut prompt = said + random.mostly_low(150, 6_000);
        if prompt > SUMMED_UP_ABOVE {
            prompt = instructions + random.between(2_000, 6_000);
            shared = instructions;
        }
        let output = random.mostly_low(60, 1_500);
        writer.ask(prompt, shared, output);
        said = prompt + output;
        shared = said;
        let is_asked = random.per_mille(60);
        writer.at_ms +=
            if is_asked { random.mostly_low(60_000, 1_800_000) } else { random.mostly_low(3_000, 60_000) };
    }
}

fn batch(random: &mut Random, writer: &mut Writer<'_>) {
    let instructions = random.between(1_500, 6_000);
    for item in 0..random.between(20, 80) {
        let prompt = instructions + random.mostly_low(150, 2_500);
        writer.ask(prompt, if item == 0 { 0 } else { instructions }, random.mostly_low(30, 500));
        writer.at_ms += random.between(500, 6_000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::parse;

    #[test]
    fn a_seed_makes_a_trace_that_can_be_read() {
        for kind in [Kind::Chat, Kind::Agent, Kind::Batch] {
            let text = generate(kind, 1);
            let trace = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
            assert!(trace.len() > 1000, "{}: {}", kind.name(), trace.len());
            assert_eq!(text, generate(kind, 1));
            assert_ne!(text, generate(kind, 2));
        }
    }
}
