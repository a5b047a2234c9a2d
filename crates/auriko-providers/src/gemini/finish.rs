//! Why a candidate ended: Google's many words, our few.

/// What an end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// With this word of ours.
    Reason(&'static str),
    /// The model made something unusable of its answer.
    Failure,
}

/// `has_called`: whether the candidate called a function.
pub(super) fn read(word: &str, has_called: bool) -> Finish {
    match word {
        "MAX_TOKENS" | "CONTINUATION" => Finish::Reason("length"),
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR"
        | "ESCALATION"
        | "PUP_LIMITED_DISABLED" => Finish::Reason("content_filter"),
        "MALFORMED_FUNCTION_CALL"
        | "MALFORMED_RESPONSE"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
            if !has_called =>
        {
            Finish::Failure
        }
        _ if has_called => Finish::Reason("tool_calls"),
        _ => Finish::Reason("stop"),
    }
}
