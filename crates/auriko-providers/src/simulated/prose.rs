//! Readable text of an exact length, which says of itself that it is made up.

use super::random::Random;

/// Always first, so that nobody takes the rest for an answer.
const OPENING: &str = "This is a simulated reply, made without asking any model.";

/// Every word is at most twelve characters, so it is one token.
const SENTENCES: [&str; 20] = [
    "The words come from a fixed bank and a seed.",
    "Ask the same thing again and the same words return.",
    "Each of them arrives at the pace that the profile sets.",
    "Prices, delays and failures are all a matter of settings.",
    "Nothing leaves this machine while the text is written.",
    "A router can be tried here before any key is at hand.",
    "The tokens are counted as they are sent, one per word.",
    "When a tool is demanded, its arguments fit the schema.",
    "A longer answer would go on just like this one.",
    "No meaning is lost if you stop reading early.",
    "Somewhere a real model would now weigh its next word.",
    "Here a small generator picks a sentence and moves on.",
    "The first word takes longer than the rest, as usual.",
    "Streams may be cut on purpose to see who notices.",
    "Costs are computed from the prices in the file.",
    "It is quiet work, and it never runs out of quota.",
    "Tests like this text because it does not change.",
    "Replace it with a real provider whenever you like.",
    "What you see is the path of the data, not its content.",
    "Every run with equal input ends in equal output.",
];

const THOUGHTS: [&str; 6] = [
    "First I look at what was asked.",
    "There is no model here, so I only pretend to think.",
    "I weigh the options that a seed gives me.",
    "The profile tells me how long this should take.",
    "One more check, then I can answer.",
    "A plan made of fixed words is still a plan.",
];

/// An answer of exactly `words` tokens.
pub(super) fn answer(words: usize, random: &mut Random) -> String {
    exactly(words, OPENING.split(' ').map(str::to_owned).collect(), &SENTENCES, random)
}

/// Thinking of exactly `words` tokens.
pub(super) fn thinking(words: usize, random: &mut Random) -> String {
    exactly(words, Vec::new(), &THOUGHTS, random)
}

fn exactly(length: usize, mut words: Vec<String>, bank: &[&str], random: &mut Random) -> String {
    let mut previous = bank.len();
    while words.len() < length {
        let mut next = random.below(bank.len());
        if next == previous {
            next = (next + 1) % bank.len();
        }
        previous = next;
        words.extend(bank[next].split(' ').map(str::to_owned));
    }
    words.truncate(length);
    if let Some(last) = words.last_mut() {
        let bare = last.trim_end_matches([',', '.']);
        *last = format!("{bare}.");
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::tokens::count;
    use super::*;

    #[test]
    fn the_length_is_exact_and_the_end_is_a_full_stop() {
        for length in [1, 5, 10, 64, 1000] {
            for seed in 0..4 {
                let text = answer(length, &mut Random::new(seed));
                assert_eq!(count(&text), length as u64, "{text}");
                assert!(text.ends_with('.'), "{text}");
            }
        }
    }

    #[test]
    fn every_word_is_one_token() {
        let words =
            SENTENCES.iter().chain(&THOUGHTS).chain([&OPENING]).flat_map(|sentence| sentence.split(' '));
        for word in words {
            assert!(word.len() <= 12, "{word}");
        }
    }
}
