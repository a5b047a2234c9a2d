//! Where a catalogue comes from: the one that is part of the program, or a file that somebody wrote. Either is checked
//! before it is used, and says what it holds.

use std::fmt;

use sha2::{Digest, Sha256};

use super::check::{Problem, problems};
use super::file::{CatalogFile, ModelEntry, ProviderEntry};

/// The catalogue that is part of the program, as text. Made by `cargo xtask catalog`; docs/catalog.md says how.
pub const SHIPPED: &str = include_str!("../../catalog.json");

/// Why a catalogue can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The text is not JSON of the right shape. Line and column count from 1.
    #[error("the catalogue is not readable at line {line}, column {column}: {message}")]
    Unreadable {
        /// Line of the first thing that was not understood.
        line: usize,
        /// Its column.
        column: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// The entries contradict each other, or hold what can't be true. Never empty.
    #[error("the catalogue has {} problem(s): {}", .0.len(), Listed(.0))]
    Invalid(Vec<Problem>),
}

/// The first problems, since the message goes into one line of a log.
struct Listed<'a>(&'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        for (index, problem) in self.0.iter().take(SHOWN).enumerate() {
            write!(formatter, "{}{problem}", if index == 0 { "" } else { "; " })?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

/// What a catalogue holds, for `auriko catalog update` and the start banner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// As in the file.
    pub version: String,
    /// As in the file, RFC 3339.
    pub generated_at: String,
    /// How many providers it tells of.
    pub providers: usize,
    /// How many models.
    pub models: usize,
    /// How many models at providers.
    pub offerings: usize,
    /// How many of the offerings have prices.
    pub priced_offerings: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "catalogue {} of {}: {} models from {} providers, {} offerings, {} with prices",
            self.version,
            self.generated_at,
            self.models,
            self.providers,
            self.offerings,
            self.priced_offerings
        )
    }
}

impl CatalogFile {
    /// Reads and checks a catalogue. Takes a few milliseconds for the shipped one.
    ///
    /// # Errors
    ///
    /// [`CatalogError`], which names the place and the fix.
    pub fn from_json(text: &str) -> Result<Self, CatalogError> {
        let file: Self = serde_json::from_str(text).map_err(|error| CatalogError::Unreadable {
            line: error.line(),
            column: error.column(),
            message: without_position(&error.to_string()),
        })?;
        file.checked()
    }

    /// The catalogue that is part of the program.
    pub fn shipped() -> Self {
        Self::from_json(SHIPPED).expect("the shipped catalogue is committed and tests read it")
    }

    /// Itself, if nothing is wrong with it.
    pub fn checked(self) -> Result<Self, CatalogError> {
        let found = problems(&self);
        if found.is_empty() { Ok(self) } else { Err(CatalogError::Invalid(found)) }
    }

    /// The model with this id or alias; names are compared letter by letter.
    pub fn find(&self, name: &str) -> Option<&ModelEntry> {
        self.models
            .iter()
            .find(|model| model.id == name)
            .or_else(|| self.models.iter().find(|model| model.aliases.iter().any(|alias| alias == name)))
    }

    /// What it holds.
    pub fn summary(&self) -> Summary {
        let offerings = || self.models.iter().flat_map(|model| &model.offerings);
        Summary {
            version: self.version.clone(),
            generated_at: self.generated_at.clone(),
            providers: self.providers.len(),
            models: self.models.len(),
            offerings: offerings().count(),
            priced_offerings: offerings().filter(|offering| !offering.tiers.is_empty()).count(),
        }
    }
}

/// Sixteen hex digits over what a catalogue says: equal content gives equal versions, whenever it was written.
pub fn content_version(providers: &[ProviderEntry], models: &[ModelEntry]) -> String {
    let content = serde_json::to_vec(&(providers, models)).expect("strings, numbers and booleans serialise");
    Sha256::digest(content).iter().take(8).fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

/// Serde's message ends with the position, which the error has in fields of its own.
fn without_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(words, _)| words).to_owned()
}

#[cfg(test)]
mod tests;
