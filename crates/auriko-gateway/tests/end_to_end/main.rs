//! The gateway over real sockets and embedded, against the simulated provider and a scripted upstream.

mod anthropic;
mod compatible;
mod embedded;
mod embeddings;
mod gemini;
mod guards;
mod guards_budgets;
mod guards_management;
mod guards_program;
mod health;
mod http;
mod ledger;
mod messages;
mod messages_to_anthropic;
mod pages;
mod program;
mod prompt_cache;
mod reload;
mod responses;
mod responses_to_anthropic;
mod routing;
mod security;
mod settlement;
mod simulated;
mod upstream;
