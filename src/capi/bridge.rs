//! Opening, reloading and closing bridges.

use std::ffi::c_char;

use super::text;
use crate::door::guard;
use crate::error::Error;

/// Opens a bridge.
///
/// `settings` is a JSON object, or the path of a file that holds one, or NULL for the path in the
/// environment variable MEETBRIDGE_SETTINGS. Opening equal settings again shares store,
/// connections and caches, which stay warm for five minutes after the last close. Thread-safe.
///
/// `*bridge` receives a handle (never 0) to be closed with `meetbridge_close`; 0 on failure.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_SETTINGS,
/// MEETBRIDGE_STORE_UNAVAILABLE (also when a second copy of the library is loaded in this
/// process), MEETBRIDGE_STORE_DAMAGED, MEETBRIDGE_WRONG_KEY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_open(settings: *const c_char, bridge: *mut u32) -> i32 {
    guard::run(|door| {
        if bridge.is_null() {
            return Err(Error::invalid_argument("bridge: NULL"));
        }
        // SAFETY: not NULL, and the caller's to write.
        unsafe { *bridge = 0 };
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let number = door.open(unsafe { text::bytes(settings) })?;
        // SAFETY: as above.
        unsafe { *bridge = number };
        Ok(())
    })
}

/// Exchanges the settings of an open bridge, without a restart.
///
/// `settings` as for `meetbridge_open`. Calls under way finish with the old settings, later ones
/// use the new. What is wrong with the new settings leaves the old ones in force. The log file is
/// opened anew, and authorizations that have ended are tried once more when they are used.
/// Thread-safe.
///
/// Errors: as for `meetbridge_open`, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_reload(bridge: u32, settings: *const c_char) -> i32 {
    // SAFETY: the caller passes NULL or a NUL-terminated string.
    guard::run(|door| door.reload(bridge, unsafe { text::bytes(settings) }))
}

/// Closes a bridge.
///
/// New and waiting calls end with MEETBRIDGE_CLOSED; returns when those under way are done. After
/// that the handle is MEETBRIDGE_INVALID_HANDLE. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED (another thread is closing it),
/// MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_close(bridge: u32) -> i32 {
    guard::run(|door| door.close(bridge))
}
