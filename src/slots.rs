//! Handles: numbers that stand for things in callers' hands.
//!
//! A handle is below 2^31 and carries a generation, so that a stale, foreign or twice closed one
//! is an error and nothing worse. Looking one up takes no lock, and works in a forked child
//! whatever the parent's other threads were doing.

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
    slots: ArcSwapOption<Vec<Slot<T>>>,
    writer: PerProcess<Mutex<()>>,
}

struct Slot<T> {
    generation: u32,
    content: Option<Arc<T>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Slot<T> {
        Slot { generation: self.generation, content: self.content.clone() }
    }
}

impl<T> Slots<T> {
    pub const fn new() -> Slots<T> {
        Slots { slots: ArcSwapOption::const_empty(), writer: PerProcess::new() }
    }

    /// What the handle stands for; none if it was never given out, or is closed.
    pub fn find(&self, number: u32) -> Option<Arc<T>> {
        let (index, generation) = split(number);
        let slots = self.slots.load();
        let slot = slots.as_ref()?.get(index)?;
        (slot.generation == generation).then(|| slot.content.clone())?
    }

    /// Gives out a handle; none if `most` of them are in use.
    pub fn insert(&self, content: Arc<T>, most: usize) -> Result<Option<u32>> {
        self.change(|slots| {
            if slots.is_empty() {
                slots.push(Slot { generation: 0, content: None });
            }
            let free = slots.iter().skip(1).position(|slot| slot.content.is_none());
            let index = free.map_or(slots.len(), |at| at + 1);
            if index > most.min(MOST) {
                return Ok(None);
            }
            if index == slots.len() {
                slots.push(Slot { generation: random_generation()?, content: None });
            }
            let slot = &mut slots[index];
            slot.content = Some(content);
            Ok(Some(join(index, slot.generation)))
        })
    }

    /// Takes a handle back, and with it what it stood for. Of several callers one gets it.
    pub fn remove(&self, number: u32) -> Option<Arc<T>> {
        let (index, generation) = split(number);
        self.change(|slots| {
            let slot = slots.get_mut(index).filter(|slot| slot.generation == generation)?;
            let content = slot.content.take()?;
            slot.generation = (slot.generation + 1) % GENERATIONS;
            Some(content)
        })
    }

    /// All handles that are in use, with what they stand for.
    pub fn all(&self) -> Vec<(u32, Arc<T>)> {
        let slots = self.slots.load_full();
        let numbered = slots.iter().flat_map(|slots| slots.iter().enumerate());
        numbered
            .filter_map(|(index, slot)| Some((join(index, slot.generation), slot.content.clone()?)))
            .collect()
    }

    /// Puts a changed copy in the place of the table: those who are looking keep the old one.
    fn change<R>(&self, change: impl FnOnce(&mut Vec<Slot<T>>) -> R) -> R {
        let writer = self.writer.get_or_init(Mutex::default);
        let _alone = writer.lock();
        let mut slots = self.slots.load().as_deref().cloned().unwrap_or_default();
        let outcome = change(&mut slots);
        self.slots.store(Some(Arc::new(slots)));
        outcome
    }
}

fn split(number: u32) -> (usize, u32) {
    let index = (number & MOST as u32) as usize;
    (index, number >> INDEX_BITS)
}

/// Index 0 is never used, so that no handle is 0.
fn join(index: usize, generation: u32) -> u32 {
    (generation << INDEX_BITS) | index as u32
}

fn random_generation() -> Result<u32> {
    let mut bytes = [0; 4];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::internal("the system gives no random numbers"))?;
    Ok(u32::from_ne_bytes(bytes) % GENERATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_never_zero_and_below_two_to_the_31() {
        for (index, generation) in [(1, 0), (MOST, GENERATIONS - 1)] {
            let number = join(index, generation);
            assert!(number > 0 && number < 1 << 31);
            assert_eq!(split(number), (index, generation));
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
        let again = slots.insert(Arc::new("two"), MOST).unwrap().unwrap();
        assert_ne!(again, number, "the generation has moved on");
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
