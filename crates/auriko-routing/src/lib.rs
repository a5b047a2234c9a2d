//! The routing engine: request facts, catalogue, policy, a snapshot of measurements, the time and a seed go in, a
//! ranked plan with the reason of every drop comes out. No I/O, no clock, no randomness of its own.

pub mod catalog;
