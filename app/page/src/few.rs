//! A map of few entries: a list that is searched. A page has a handful of workers, jobs and assets, and each type of a hash map
//! or tree brings two kilobytes of code along.

/// Entries in the order in which they came.
#[derive(Clone, Debug)]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Few<K, V> {
        Few(Vec::new())
    }
}

impl<K: PartialEq, V> Few<K, V> {
    pub const fn new() -> Few<K, V> {
        Few(Vec::new())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get<Q: ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: PartialEq<Q>,
    {
        self.0.iter().find(|(k, _)| *k == *key).map(|(_, value)| value)
    }

    pub fn get_mut<Q: ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: PartialEq<Q>,
    {
        self.0.iter_mut().find(|(k, _)| *k == *key).map(|(_, value)| value)
    }

    /// Replaces the entry of this key, if there is one.
    pub fn insert(&mut self, key: K, value: V) {
        match self.get_mut(&key) {
            Some(place) => *place = value,
            None => self.0.push((key, value)),
        }
    }

    pub fn remove<Q: ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: PartialEq<Q>,
    {
        let at = self.0.iter().position(|(k, _)| *k == *key)?;
        Some(self.0.remove(at).1)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.0.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_one_value_a_key() {
        let mut few = Few::<String, u32>::new();
        assert!(few.is_empty());
        for (key, value) in [("a", 1), ("b", 2), ("a", 3)] {
            few.insert(key.to_owned(), value);
        }
        assert_eq!((few.get("a"), few.get("b"), few.get("c")), (Some(&3), Some(&2), None));
        assert_eq!((few.remove("a"), few.remove("a")), (Some(3), None));
        few.iter_mut().for_each(|(_, value)| *value += 1);
        assert_eq!(few.values().copied().collect::<Vec<_>>(), [3]);
        few.retain(|_, value| *value > 3);
        assert!(few.is_empty());
    }
}
