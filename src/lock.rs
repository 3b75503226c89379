//! Locks that are held for a moment.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

/// How often others go first.
const YIELDS: u32 = 8;

/// Takes a lock that is held for some microseconds, as a rule.
///
/// Who finds it taken meets a thread that has lost its processor meanwhile, and lets others go
/// first before he sleeps. Sleepers are woken one by one, each by the one before; where threads are
/// more than processors, each of them waits for a processor before the next is woken. parking_lot
/// does the same, but has a table of sleepers that a fork could catch locked.
///
/// What a panicking thread left behind must be sound.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..YIELDS {
        match mutex.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
