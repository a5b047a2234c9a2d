//! How many tokens a `reasoning_effort` is worth where a provider wants a number (G-09).

use auriko_wire::request::Effort;

/// The budget in tokens. `None`: as much as the model can.
pub(crate) fn tokens(effort: Effort) -> Option<u64> {
    match effort {
        Effort::Off => Some(0),
        Effort::Minimal | Effort::Low => Some(2048),
        Effort::Medium => Some(8000),
        Effort::High => Some(16_000),
        Effort::Xhigh => Some(32_000),
        Effort::Max => None,
    }
}
