//! What counts as a token here: white space and the (at most 12) characters that follow it. Every word of the
//! word bank is one token, and JSON without spaces still streams in several pieces.

const LONGEST: usize = 12;

/// Cuts a text into its tokens; put together again they are the text.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    each(text, |token| tokens.push(token.to_owned()));
    tokens
}

/// The number of tokens in a text.
pub fn count(text: &str) -> u64 {
    let mut count = 0;
    each(text, |_| count += 1);
    count
}

fn each<'a>(text: &'a str, mut visit: impl FnMut(&'a str)) {
    let mut start = 0;
    let mut length = 0;
    for (position, character) in text.char_indices() {
        let ends = if character.is_whitespace() { length > 0 } else { length == LONGEST };
        if ends {
            visit(&text[start..position]);
            start = position;
            length = 0;
        }
        length += usize::from(!character.is_whitespace());
    }
    if start < text.len() {
        visit(&text[start..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_add_up_to_the_text() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(split(text), expected);
            assert_eq!(count(text), expected.len() as u64);
        };
        check("", &[]);
        check("one two", &["one", " two"]);
        check("  a\n", &["  a", "\n"]);
        check("abcdefghijklmno é", &["abcdefghijkl", "mno", " é"]);
    }
}
