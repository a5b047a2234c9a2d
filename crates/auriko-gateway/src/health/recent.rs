//! A map of bounded size that forgets what was not touched for longest, about.

use std::hash::Hash;

use foldhash::HashMap;

/// Two halves: what is touched goes to the young one; when that is full it becomes the old one, and the old one is
/// forgotten. No list to keep in order, and nothing to pay for a read.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// Keeps at least the last `half` entries that were touched, and twice as many at most.
    pub(super) fn new(half: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), half }
    }

    /// The entry, made if there is none, and touched.
    pub(super) fn touch(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let found = self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.entry(key).or_insert_with(|| found.unwrap_or_else(make))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.old.iter().chain(&self.young)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_touched_stays() {
        let mut map = Recent::new(2);
        for key in 0..100 {
            *map.touch(key, || 0) += 1;
            *map.touch(1000, || 0) += 1;
            assert!(map.iter().count() <= 4);
        }
        let of = |wanted: i32| map.iter().find(|(key, _)| **key == wanted).map(|(_, count)| *count);
        assert_eq!((of(1000), of(99), of(0)), (Some(100), Some(1), None));
    }
}
