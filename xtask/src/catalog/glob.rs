//! Patterns of model ids in the overlay: `*` stands for any text, everything else for itself.

/// Whether one of `patterns` describes all of `text`.
pub(crate) fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// Whether `pattern` describes all of `text`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    loop {
        if matches(rest, text) {
            return true;
        }
        let mut left = text.chars();
        if left.next().is_none() {
            return false;
        }
        text = left.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("gpt-5", "gpt-5", true),
            ("gpt-5", "gpt-5.1", false),
            ("gpt-5*", "gpt-5", true),
            ("gpt-5*", "gpt-5.1-pro", true),
            ("*-latest", "mistral-large-latest", true),
            ("*-latest", "mistral-large", false),
            ("*code*fast", "grok-code-fast", true),
            ("*code*fast", "grok-code-fast-1", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
