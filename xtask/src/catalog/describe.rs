//! What people read of a model: its name, its family, the day it came out.

use super::arguments::seconds_of;
use super::canonical::snapshot;

/// Words that are written in capitals.
const ACRONYMS: [&str; 6] = ["gpt", "glm", "oss", "vl", "ai", "er"];
/// Ends of ids that tell a version of a model from the others.
const VERSIONS: [&str; 4] = ["-latest", "-preview", "-exp", "-beta"];

/// A name for people made of an id, for models that no list has a name for.
pub(crate) fn display_name(id: &str) -> String {
    let words: Vec<String> = id.split('-').map(word).collect();
    words.join(" ")
}

fn word(word: &str) -> String {
    let size =
        word.len() > 1 && word.ends_with('b') && word.starts_with(|first: char| first.is_ascii_digit());
    if size || ACRONYMS.contains(&word) {
        return word.to_uppercase();
    }
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What snapshots and previews of a model have in common.
pub(crate) fn family(id: &str) -> String {
    let base = snapshot(id).map_or(id, |(base, _)| base);
    VERSIONS.iter().find_map(|end| base.strip_suffix(end)).unwrap_or(base).to_owned()
}

/// When a model came out, by the earliest date in its names; 0 when there is none.
pub(crate) fn created<'a>(names: impl Iterator<Item = &'a str>) -> u64 {
    names.filter_map(|name| seconds_of(&snapshot(name)?.1)).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_people_are_made_of_ids() {
        assert_eq!(display_name("gpt-oss-120b"), "GPT OSS 120B");
        assert_eq!(display_name("glm-5.3-flash"), "GLM 5.3 Flash");
        assert_eq!(display_name("mistral-embed"), "Mistral Embed");
    }

    #[test]
    fn a_family_is_without_date_and_version() {
        assert_eq!(family("gpt-4o-2024-05-13"), "gpt-4o");
        assert_eq!(family("gemini-3.1-pro-preview"), "gemini-3.1-pro");
        assert_eq!(family("claude-opus-4-5-20251101"), "claude-opus-4-5");
        assert_eq!(family("kimi-k3"), "kimi-k3");
    }

    #[test]
    fn the_earliest_date_in_the_names_is_the_day_it_came_out() {
        assert_eq!(created(["gpt-5", "gpt-5-2025-08-07"].into_iter()), 1_754_524_800);
        assert_eq!(created(["gpt-5"].into_iter()), 0);
    }
}
