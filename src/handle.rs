//! Handles: numbers that stand for bridges in callers' hands.
//!
//! A handle is below 2^31 and carries a generation, so that a stale, foreign or twice closed one
//! is an error and nothing worse. Looking one up takes no lock, and works in a forked child
//! whatever the parent's other threads were doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use parking_lot::{Mutex, RwLock};
use ring::rand::{SecureRandom, SystemRandom};

use crate::bridge::{self, Bridge};
use crate::error::{Error, Result, Status};
use crate::platform::PerProcess;
use crate::settings::Settings;

const INDEX_BITS: u32 = 12;
const MAX_HANDLES: usize = (1 << INDEX_BITS) - 1;
/// What is left of 31 bits.
const GENERATIONS: u32 = 1 << (31 - INDEX_BITS);

/// A bridge in a caller's hand.
pub struct Handle {
    bridge: ArcSwap<Bridge>,
    closing: AtomicBool,
    /// Held for reading by every call under way, for writing by the closing one.
    gate: PerProcess<RwLock<()>>,
}

#[derive(Clone)]
struct Slot {
    generation: u32,
    handle: Option<Arc<Handle>>,
}

static SLOTS: ArcSwapOption<Vec<Slot>> = ArcSwapOption::const_empty();
static WRITER: PerProcess<Mutex<()>> = PerProcess::new();

/// Opens a bridge for these settings, or shares the one that is open.
pub fn open(settings: Settings) -> Result<u32> {
    let bridge = bridge::acquire(settings)?;
    let handle = Arc::new(Handle {
        bridge: ArcSwap::new(bridge.clone()),
        closing: AtomicBool::new(false),
        gate: PerProcess::new(),
    });
    insert(handle).inspect_err(|_| bridge::release(&bridge))
}

/// Runs a call on the bridge. The second argument of `call` says whether the handle is being
/// closed meanwhile.
pub fn with<T>(
    number: u32,
    call: impl FnOnce(&Bridge, &dyn Fn() -> bool) -> Result<T>,
) -> Result<T> {
    let handle = find(number)?;
    let gate = handle.gate();
    // Only the closing call ever writes.
    let _passed = gate.try_read().filter(|_| !handle.is_closing()).ok_or_else(closed)?;
    let bridge = handle.bridge.load_full();
    call(&bridge, &|| handle.is_closing())
}

/// Exchanges the bridge for one with other settings. Calls under way finish with the old ones.
pub fn reload(number: u32, settings: Settings) -> Result<()> {
    let handle = find(number)?;
    let gate = handle.gate();
    let _passed = gate.try_read().filter(|_| !handle.is_closing()).ok_or_else(closed)?;
    let new = bridge::acquire(settings)?;
    new.reloaded();
    bridge::release(&handle.bridge.swap(new));
    Ok(())
}

/// Ends new and waiting calls with CLOSED, waits for those under way, and forgets the handle.
pub fn close(number: u32) -> Result<()> {
    let handle = find(number)?;
    if handle.closing.swap(true, Ordering::SeqCst) {
        return Err(closed());
    }
    let gate = handle.gate();
    let _alone = gate.write();
    remove(number);
    bridge::release(&handle.bridge.load());
    Ok(())
}

impl Handle {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn gate(&self) -> Arc<RwLock<()>> {
        self.gate.get_or_init(RwLock::default)
    }
}

fn closed() -> Error {
    Error::new(Status::Closed, "the bridge was closed")
}

fn split(number: u32) -> (usize, u32) {
    let index = (number & MAX_HANDLES as u32) as usize;
    (index, number >> INDEX_BITS)
}

/// Index 0 is never used, so that no handle is 0.
fn join(index: usize, generation: u32) -> u32 {
    (generation << INDEX_BITS) | index as u32
}

fn find(number: u32) -> Result<Arc<Handle>> {
    let (index, generation) = split(number);
    let slots = SLOTS.load();
    slots
        .as_ref()
        .and_then(|slots| slots.get(index))
        .filter(|slot| slot.generation == generation)
        .and_then(|slot| slot.handle.clone())
        .ok_or_else(|| Error::new(Status::InvalidHandle, "bridge: not an open handle"))
}

fn insert(handle: Arc<Handle>) -> Result<u32> {
    let writer = WRITER.get_or_init(Mutex::default);
    let _alone = writer.lock();
    let mut slots = SLOTS.load().as_deref().cloned().unwrap_or_default();
    if slots.is_empty() {
        slots.push(Slot { generation: 0, handle: None });
    }
    let free = slots.iter().skip(1).position(|slot| slot.handle.is_none());
    let index = free.map_or(slots.len(), |at| at + 1);
    if index > MAX_HANDLES {
        let detail = format!("{MAX_HANDLES} bridges are open; close what is no longer used");
        return Err(Error::invalid_argument(detail));
    }
    if index == slots.len() {
        slots.push(Slot { generation: random_generation()?, handle: None });
    }
    let slot = &mut slots[index];
    slot.handle = Some(handle);
    let number = join(index, slot.generation);
    SLOTS.store(Some(Arc::new(slots)));
    Ok(number)
}

fn remove(number: u32) {
    let (index, _) = split(number);
    let writer = WRITER.get_or_init(Mutex::default);
    let _alone = writer.lock();
    let mut slots = SLOTS.load().as_deref().cloned().unwrap_or_default();
    if let Some(slot) = slots.get_mut(index) {
        slot.generation = (slot.generation + 1) % GENERATIONS;
        slot.handle = None;
    }
    SLOTS.store(Some(Arc::new(slots)));
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
        for (index, generation) in [(1, 0), (MAX_HANDLES, GENERATIONS - 1)] {
            let number = join(index, generation);
            assert!(number > 0 && number < 1 << 31);
            assert_eq!(split(number), (index, generation));
        }
    }

    #[test]
    fn foreign_numbers_are_refused() {
        for number in [0, 1, 4095, 1 << 31, u32::MAX] {
            assert_eq!(find(number).err().map(|error| error.status()), Some(Status::InvalidHandle));
        }
    }
}
