//! The registry of error codes: type, status and retryability by code (errors.md, errors.json).

mod registry;

pub use registry::{ErrorCode, ErrorType};

/// One row of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The wire word.
    pub code: &'static str,
    /// Decides the class of the error at the client.
    pub error_type: ErrorType,
    /// HTTP status; 0 for codes that occur only inside streams.
    pub status: u16,
    /// Whether the SDK retries it.
    pub is_retryable: bool,
}

const fn facts(code: &'static str, error_type: ErrorType, status: u16, is_retryable: bool) -> Facts {
    Facts { code, error_type, status, is_retryable }
}

impl ErrorCode {
    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        self.facts().code
    }

    /// The code of a wire word, if the registry has it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == word)
    }
}

impl ErrorType {
    /// The type of a wire word, if it is one of the six.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::InvalidRequest,
            Self::Authentication,
            Self::Permission,
            Self::NotFound,
            Self::RateLimit,
            Self::Api,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }
}

/// Whether the SDK retries an error of this type and code (errors.md §4).
pub fn is_retryable(error_type: &str, code: &str) -> bool {
    const NEVER: [&str; 8] = [
        "budget_exhausted",
        "duplicate_resource",
        "field_immutable",
        "insufficient_quota",
        "internal_error",
        "method_not_allowed",
        "operation_not_allowed",
        "state_precondition_failed",
    ];
    matches!(error_type, "rate_limit_error" | "api_error") && !NEVER.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_and_agrees_with_the_retry_rule() {
        for code in ErrorCode::ALL {
            let facts = code.facts();
            assert_eq!(ErrorCode::parse(facts.code), Some(code));
            assert_eq!(ErrorType::parse(facts.error_type.as_str()), Some(facts.error_type));
            assert_eq!(
                is_retryable(facts.error_type.as_str(), facts.code),
                facts.is_retryable,
                "{}",
                facts.code
            );
        }
        assert_eq!(ErrorCode::parse("no_such_code"), None);
        assert_eq!(ErrorCode::ALL.len(), 63);
    }

    #[test]
    fn agrees_with_the_specification() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec/errors.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            #[expect(clippy::print_stderr, reason = "a skipped check must be seen")]
            {
                eprintln!("skipped: the specification's errors.json is not beside this repository");
            }
            return;
        };
        let rows: Vec<serde_json::Value> = serde_json::from_str(&text).expect("errors.json is a JSON array");
        let ours: Vec<_> = ErrorCode::ALL
            .iter()
            .map(|code| {
                let facts = code.facts();
                (
                    facts.code.to_owned(),
                    facts.error_type.as_str().to_owned(),
                    u64::from(facts.status),
                    facts.is_retryable,
                )
            })
            .collect();
        let theirs: Vec<_> = rows
            .iter()
            .map(|row| {
                let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
                (
                    text("code"),
                    text("type"),
                    row["status"].as_u64().unwrap_or_default(),
                    row["retryable"].as_bool().unwrap_or_default(),
                )
            })
            .collect();
        assert_eq!(ours, theirs);
    }
}
