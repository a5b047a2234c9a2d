//! Sees where a JSON value that comes in pieces is complete, without keeping it.

/// Follows the nesting of the text so far.
#[derive(Debug, Default)]
pub(crate) struct JsonScan {
    depth: usize,
    has_begun: bool,
    is_in_string: bool,
    is_escaped: bool,
}

impl JsonScan {
    pub(crate) fn push(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_in_string => self.is_escaped = true,
                b'"' => self.is_in_string = !self.is_in_string,
                _ if self.is_in_string => {}
                b'{' | b'[' => {
                    self.depth += 1;
                    self.has_begun = true;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Arguments are an object, so a value without brackets is not one yet.
    pub(crate) fn is_complete(&self) -> bool {
        self.has_begun && self.depth == 0 && !self.is_in_string
    }
}
