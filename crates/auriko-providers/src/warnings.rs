//! Collects what a caller is told about parameters that a provider does not take as they are (G-12).

use auriko_wire::request::warning;
use auriko_wire::routing_metadata::{Warning, WarningType};

/// The warnings of one request to one provider.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

impl Warnings {
    /// `name` is not sent. `why` completes “`name` was dropped: …”.
    pub(crate) fn dropped(&mut self, name: &str, why: &str) {
        self.add("parameter_dropped", format!("`{name}` was dropped: {why}."));
    }

    /// `name` is sent with another value. `how` completes “`name` was changed …”.
    pub(crate) fn changed(&mut self, name: &str, how: &str) {
        self.add("parameter_normalized", format!("`{name}` was changed {how}."));
    }

    pub(crate) fn into_vec(self) -> Vec<Warning> {
        self.0
    }

    fn add(&mut self, code: &str, message: String) {
        self.0.push(warning(WarningType::UnsupportedParameter, code, message));
    }
}
