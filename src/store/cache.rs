//! A bounded memory of what was used last.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;

/// Two generations: what is used moves into the young one; when that is full it becomes the old
/// one, and what was in the old one is forgotten. So everything used among the last `limit / 2`
/// different entries is there, at the cost of two hash maps.
pub(super) struct Cache<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    limit: usize,
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    pub(super) fn new(limit: usize) -> Cache<K, V> {
        Cache { young: HashMap::new(), old: HashMap::new(), limit }
    }

    /// As [`Cache::get`] for what is in the young generation, where being used changes nothing.
    pub(super) fn young(&self, key: &K) -> Option<&V> {
        self.young.get(key)
    }

    pub(super) fn get(&mut self, key: &K) -> Option<&mut V> {
        if !self.young.contains_key(key) {
            let value = self.old.remove(key)?;
            self.insert(key.clone(), value);
        }
        self.young.get_mut(key)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.limit / 2 && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.young.values().chain(self.old.values())
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten_within_the_limit() {
        let mut cache = Cache::new(10);
        for number in 0..1000 {
            cache.insert(number, number);
            assert_eq!(cache.get(&0), Some(&mut 0));
            assert_eq!(cache.get(&number), Some(&mut number.clone()));
            assert!(cache.young.len() + cache.old.len() <= 10);
        }
        assert_eq!(cache.get(&500), None);
        cache.insert(0, 7);
        assert_eq!(cache.get(&0), Some(&mut 7));
        assert_eq!(cache.values().filter(|value| **value == 7).count(), 1);
        cache.remove(&0);
        assert_eq!(cache.get(&0), None);
    }
}
