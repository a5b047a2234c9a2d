//! The Node addon: converts between JavaScript and the Rust crates, and decides nothing.
//!
//! A token crosses into JavaScript in one place, [`core::NativeCore::drain`].
#![deny(unsafe_code)]

mod body;
mod command;
mod core;
mod gateway;
mod options;
mod runtime;
mod server;
