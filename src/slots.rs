//! Handles: numbers that stand for things in callers' hands.
//!
//! A handle is below 2^31 and carries a generation, so that a stale, foreign or twice closed one
//! is an error and nothing worse. Looking one up takes no lock, and works in a forked child
//! whatever the parent's other threads were doing.

use std::collections::VecDeque;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result};
use crate::platform::PerProcess;

const INDEX_BITS: u32 = 12;
/// How many handles there are at most.
pub const MOST: usize = (1 << INDEX_BITS) - 1;
/// What is left of 31 bits.
const GENERATIONS: u32 = 1 << (31 - INDEX_BITS);

/// What the handles of one kind stand for.
pub struct Slots<T> {
    held: [ArcSwapOption<Held<T>>; MOST],
    free: PerProcess<Mutex<Free>>,
}

struct Held<T> {
    generation: u32,
    content: Arc<T>,
}

/// The free places and the generation of each one's next handle. The place that was freed longest
/// ago comes first, so that a number comes back only after about 2^31 others.
type Free = VecDeque<(usize, u32)>;

impl<T> Slots<T> {
    pub const fn new() -> Slots<T> {
        let held = [const { ArcSwapOption::const_empty() }; MOST];
        Slots { held, free: PerProcess::new() }
    }

    /// What the handle stands for; none if it was never given out, or is closed.
    pub fn find(&self, number: u32) -> Option<Arc<T>> {
        let (place, generation) = split(number)?;
        let held = self.held.get(place)?.load();
        held.as_ref().filter(|held| held.generation == generation).map(|held| held.content.clone())
    }

    /// Gives out a handle; none if `most` of them are in use.
    pub fn insert(&self, content: Arc<T>, most: usize) -> Result<Option<u32>> {
        let free = self.free()?;
        let mut free = free.lock();
        if MOST - free.len() >= most {
            return Ok(None);
        }
        let Some((place, generation)) = free.pop_front() else { return Ok(None) };
        self.held[place].store(Some(Arc::new(Held { generation, content })));
        Ok(Some(join(place, generation)))
    }

    /// Takes a handle back, and with it what it stood for. Of several callers one gets it.
    pub fn remove(&self, number: u32) -> Option<Arc<T>> {
        let free = self.free().ok()?;
        let mut free = free.lock();
        let content = self.find(number)?;
        let (place, generation) = split(number)?;
        self.held[place].store(None);
        free.push_back((place, (generation + 1) % GENERATIONS));
        Some(content)
    }

    /// All handles that are in use, with what they stand for.
    pub fn all(&self) -> Vec<(u32, Arc<T>)> {
        let held = self.held.iter().map(ArcSwapOption::load_full).enumerate();
        held.filter_map(|(place, held)| {
            held.map(|held| (join(place, held.generation), held.content.clone()))
        })
        .collect()
    }

    /// A forked child finds out anew what is free: its parent may have been in the middle. The
    /// first generations are random, so that nobody takes a number of another process for his own.
    fn free(&self) -> Result<Arc<Mutex<Free>>> {
        self.free.get_or_try_init(|| {
            let mut random = vec![0; 4 * MOST];
            SystemRandom::new()
                .fill(&mut random)
                .map_err(|_| Error::internal("the system gives no random numbers"))?;
            let generations = random.as_chunks().0.iter().map(|bytes| u32::from_ne_bytes(*bytes));
            let numbered = generations.map(|generation| generation % GENERATIONS).enumerate();
            let free = numbered.filter(|(place, _)| self.held[*place].load().is_none());
            Ok(Mutex::new(free.collect()))
        })
    }
}

/// Place and generation. The places are counted from 1, so that no handle is 0.
fn split(number: u32) -> Option<(usize, u32)> {
    let place = (number & MOST as u32).checked_sub(1)?;
    Some((place as usize, number >> INDEX_BITS))
}

fn join(place: usize, generation: u32) -> u32 {
    (generation << INDEX_BITS) | (place as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_never_zero_and_below_two_to_the_31() {
        for (place, generation) in [(0, 0), (MOST - 1, GENERATIONS - 1)] {
            let number = join(place, generation);
            assert!(number > 0 && number < 1 << 31);
            assert_eq!(split(number), Some((place, generation)));
        }
    }

    #[test]
    fn foreign_and_stale_numbers_stand_for_nothing() {
        let slots = Slots::new();
        let number = slots.insert(Arc::new("one"), MOST).unwrap().unwrap();
        for foreign in [0, 4095, number ^ 2, number ^ (1 << 12), 1 << 31, u32::MAX] {
            assert!(slots.find(foreign).is_none() && slots.remove(foreign).is_none());
        }
        assert_eq!(slots.find(number).as_deref(), Some(&"one"));
        assert_eq!(slots.remove(number).as_deref(), Some(&"one"));
        assert!(slots.find(number).is_none() && slots.remove(number).is_none());
    }

    #[test]
    fn a_number_does_not_come_back_soon() {
        let slots = Slots::new();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..3 * MOST {
            let number = slots.insert(Arc::new(()), MOST).unwrap().unwrap();
            assert!(seen.insert(number));
            slots.remove(number).unwrap();
        }
    }

    #[test]
    fn there_are_as_many_as_asked_for_and_all_are_told() {
        let slots = Slots::new();
        let numbers: Vec<u32> =
            (0..3).map(|at| slots.insert(Arc::new(at), 3).unwrap().unwrap()).collect();
        assert_eq!(slots.insert(Arc::new(3), 3).unwrap(), None);
        let told: Vec<(u32, u32)> =
            slots.all().into_iter().map(|(number, content)| (number, *content)).collect();
        assert_eq!(told, [(numbers[0], 0), (numbers[1], 1), (numbers[2], 2)]);
        slots.remove(numbers[1]);
        assert!(slots.insert(Arc::new(4), 3).unwrap().is_some());
    }
}
