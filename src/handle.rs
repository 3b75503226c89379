//! Bridges in callers' hands: opened, exchanged, and closed when no call is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use parking_lot::RwLock;

use crate::bridge::{self, Bridge};
use crate::error::{Error, Result, Status};
use crate::platform::PerProcess;
use crate::settings::Settings;
use crate::slots::{self, Slots};

/// A bridge in a caller's hand.
pub struct Handle {
    bridge: ArcSwap<Bridge>,
    closing: AtomicBool,
    /// Held for reading by every call under way, for writing by the closing one.
    gate: PerProcess<RwLock<()>>,
}

static HANDLES: Slots<Handle> = Slots::new();

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
    let bridge = handle.bridge.load();
    call(&bridge, &|| handle.is_closing())
}

/// Exchanges the bridge for one with other settings. Calls under way finish with the old ones.
pub fn reload(number: u32, settings: Settings) -> Result<()> {
    let handle = find(number)?;
    let gate = handle.gate();
    let _passed = gate.try_read().filter(|_| !handle.is_closing()).ok_or_else(closed)?;
    let new = bridge::acquire(settings)?;
    new.reloaded();
    bridge::retire(&handle.bridge.swap(new));
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
    HANDLES.remove(number);
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

fn find(number: u32) -> Result<Arc<Handle>> {
    HANDLES
        .find(number)
        .ok_or_else(|| Error::new(Status::InvalidHandle, "bridge: not an open handle"))
}

fn insert(handle: Arc<Handle>) -> Result<u32> {
    HANDLES.insert(handle, slots::MOST)?.ok_or_else(|| {
        let detail = format!("{} bridges are open; close what is no longer used", slots::MOST);
        Error::invalid_argument(detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_numbers_are_refused() {
        for number in [0, 1, 4095, 1 << 31, u32::MAX] {
            assert_eq!(find(number).err().map(|error| error.status()), Some(Status::InvalidHandle));
        }
    }
}
