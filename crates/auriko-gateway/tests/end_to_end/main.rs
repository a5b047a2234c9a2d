//! The gateway over real sockets and embedded, against the simulated provider and a scripted upstream.

mod compatible;
mod embedded;
mod http;
mod messages;
mod program;
mod simulated;
mod upstream;
