//! What can be called: models, who offers them, for how much and with which limits. Fixed once built.

pub mod check;
pub mod file;
pub mod load;
pub mod merge;
