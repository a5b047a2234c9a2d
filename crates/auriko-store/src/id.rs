//! Random names of records.

use rand::RngExt;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters after the prefix: 24 of 62 letters are 142 bits, so that ids never meet.
const LENGTH: usize = 24;

/// `prefix` and 24 random letters and digits.
pub(crate) fn new(prefix: &str) -> String {
    let mut id = String::with_capacity(prefix.len() + LENGTH);
    id.push_str(prefix);
    push_random(&mut id, LENGTH);
    id
}

/// Letters and digits from the thread's cryptographic generator.
pub(crate) fn random_text(length: usize) -> String {
    let mut text = String::with_capacity(length);
    push_random(&mut text, length);
    text
}

/// Every attempt gets an id, so it is made of few random words. Six bits choose a letter; the two numbers that name none are
/// passed over, so that all letters are equally likely.
fn push_random(text: &mut String, length: usize) {
    let mut random = rand::rng();
    let words = std::iter::repeat_with(|| random.random::<u64>());
    let numbers = words.flat_map(|word| (0..10).map(move |place| word >> (6 * place) & 63));
    let letters = numbers.filter_map(|number| ALPHABET.get(usize::try_from(number).ok()?));
    text.extend(letters.take(length).map(|&letter| char::from(letter)));
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

    #[test]
    fn all_letters_are_equally_likely() {
        let mut counts = [0_u32; 128];
        for letter in random_text(620_000).bytes() {
            counts[usize::from(letter)] += 1;
        }
        for letter in ALPHABET {
            let count = counts[usize::from(*letter)];
            // Six times the standard deviation.
            assert!(count.abs_diff(10_000) < 600, "{} came {count} times", char::from(*letter));
        }
    }
}
