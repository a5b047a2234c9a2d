//! Random names of records.

use rand::RngExt;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters after the prefix: 24 of 62 letters are 142 bits, so that ids never meet.
const LENGTH: usize = 24;

/// `prefix` and 24 random letters and digits.
pub(crate) fn new(prefix: &str) -> String {
    format!("{prefix}{}", random_text(LENGTH))
}

/// Letters and digits from the thread's cryptographic generator.
pub(crate) fn random_text(length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_prefix_and_do_not_repeat() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| new("bdgt_")).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 29 && id.starts_with("bdgt_")));
    }
}
