//! Which of our models an upstream id means. Providers spell the same open-weights model in as many ways as there are
//! providers; most differ only in the vendor before a slash and in capitals, and the overlay names the rest.

use std::collections::{BTreeMap, HashMap};

use super::listing::Listing;
use super::overlay::Overlay;

/// The spelling of an upstream id without what only its provider needs.
pub(crate) fn slug(provider: &str, upstream_id: &str) -> String {
    let name = upstream_id.rsplit('/').next().unwrap_or_default().to_lowercase();
    let name = if provider == "fireworks_ai" { points_for_p(&name) } else { name };
    let name = if name.starts_with("claude-") { name.replace('.', "-") } else { name };
    let plain = name.strip_prefix("meta-llama-").or_else(|| name.strip_prefix("llama-v"));
    plain.map_or(name.clone(), |rest| format!("llama-{rest}"))
}

/// Fireworks writes a point between digits as `p`.
fn points_for_p(name: &str) -> String {
    let bytes = name.as_bytes();
    let digit =
        |index: Option<usize>| index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit);
    name.char_indices()
        .map(|(index, letter)| {
            let between = letter == 'p' && digit(index.checked_sub(1)) && digit(index.checked_add(1));
            if between { '.' } else { letter }
        })
        .collect()
}

/// A snapshot's id: the model, and the day of the snapshot as `YYYY-MM-DD`.
pub(crate) fn snapshot(id: &str) -> Option<(&str, String)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((base, date)) = id.len().checked_sub(11).and_then(|at| id.split_at_checked(at)) {
        let parts: Vec<&str> = date.split('-').collect();
        if let ["", year, month, day] = parts[..]
            && year.starts_with("20")
            && (year.len(), month.len(), day.len()) == (4, 2, 2)
            && digits(year)
            && digits(month)
            && digits(day)
        {
            return Some((base, date[1..].to_owned()));
        }
    }
    let (base, date) = id.rsplit_once('-')?;
    (date.len() == 8 && date.starts_with("20") && digits(date))
        .then(|| (base, format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])))
}

/// From spellings to canonical ids.
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// The overlay's names, and snapshots: a dated id means the undated one if its provider has both, no second
    /// snapshot of it, and asks the same for both. With two snapshots an id without date is a third thing.
    pub(crate) fn new(listings: &[Listing], overlay: &Overlay) -> Self {
        let mut names: HashMap<String, String> = overlay
            .same
            .iter()
            .flat_map(|(id, spellings)| spellings.iter().map(|spelling| (spelling.clone(), id.clone())))
            .collect();
        let mut snapshots: BTreeMap<(&str, String), Vec<(&Listing, String)>> = BTreeMap::new();
        for listing in listings {
            let slug = slug(&listing.provider, &listing.upstream_id);
            if let Some((base, _)) = snapshot(&slug) {
                let key = (listing.provider.as_str(), base.to_owned());
                snapshots.entry(key).or_default().push((listing, slug));
            }
        }
        for ((provider, base), dated) in snapshots {
            let undated = listings
                .iter()
                .find(|listing| listing.provider == provider && slug(provider, &listing.upstream_id) == base);
            if let ([(listing, name)], Some(undated)) = (&dated[..], undated)
                && listing.tiers == undated.tiers
            {
                names.entry(name.clone()).or_insert(base);
            }
        }
        Self(names)
    }

    /// The canonical id of a spelling.
    pub(crate) fn canonical(&self, slug: &str) -> String {
        let mut id = slug;
        // A snapshot of a spelling is two steps away; a circle in the overlay must not hang.
        for _ in 0..4 {
            match self.0.get(id) {
                Some(next) if next != id => id = next,
                _ => break,
            }
        }
        id.to_owned()
    }
}

#[cfg(test)]
mod tests;
