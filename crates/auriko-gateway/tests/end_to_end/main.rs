//! The gateway over real sockets and embedded, against the simulated provider and a scripted upstream.

mod anthropic;
mod compatible;
mod embedded;
mod embeddings;
mod gemini;
mod http;
mod messages;
mod messages_to_anthropic;
mod program;
mod responses;
mod responses_to_anthropic;
mod routing;
mod simulated;
mod upstream;
