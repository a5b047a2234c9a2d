//! A hash that is the same in every process and version, so that replicas agree without talking. Not for secrets.

/// FNV-1a with 128 bits, over parts.
#[derive(Debug, Clone, Copy)]
pub struct Fnv128(u128);

impl Default for Fnv128 {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv128 {
    /// Adds a part; where parts end makes a difference.
    pub fn add(&mut self, part: &[u8]) {
        for byte in part.iter().copied().chain((part.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }

    /// The hash of the parts so far.
    pub fn value(self) -> u128 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(parts: &[&str]) -> u128 {
        let mut hash = Fnv128::default();
        for part in parts {
            hash.add(part.as_bytes());
        }
        hash.value()
    }

    #[test]
    fn the_value_never_changes_and_ends_of_parts_count() {
        assert_eq!(hash(&["a"]), 0x19c3_dbf8_e506_1a5c_6163_1051_cd9c_a0c5);
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }
}
