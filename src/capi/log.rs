//! The host's log callback.

use std::ffi::{CString, c_char, c_void};

use crate::door::guard;
use crate::error::Error;
use crate::log::{self, Level, Sink};

/// Receives one line of the library's log.
///
/// `level` is 1 error, 2 warning, 3 information, 4 debug or 5 trace. `message` is UTF-8 without a
/// line break, owned by the library, and valid only during the call. It is never a format string:
/// pass it to `printf`-like functions as an argument of `%s`. Called on the thread that made the
/// call, from several threads at once; must return soon, must not unwind or `longjmp`, and must
/// not call the library: every call from inside is MEETBRIDGE_REENTRANT.
#[allow(non_camel_case_types)]
pub type meetbridge_log_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: i32, message: *const c_char)>;

struct Callback {
    function: unsafe extern "C" fn(*mut c_void, i32, *const c_char),
    user_data: *mut c_void,
}

// SAFETY: the contract says that the callback may be called from any thread.
unsafe impl Send for Callback {}
// SAFETY: as above, and from several at once.
unsafe impl Sync for Callback {}

impl Sink for Callback {
    fn write(&self, level: Level, message: &str) {
        if let Ok(message) = CString::new(message) {
            // SAFETY: the host promised a function of this type, until it is replaced.
            unsafe { (self.function)(self.user_data, level as i32, message.as_ptr()) };
        }
    }
}

/// Sets the one log callback of the process; NULL silences it, which is the default.
///
/// `user_data` is passed on untouched and must stay valid until the callback is replaced.
/// `max_level` (1 to 5) is the finest level that is told; it is ignored with NULL. Returns when
/// the old callback has returned for the last time. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_set_log(
    callback: meetbridge_log_fn,
    user_data: *mut c_void,
    max_level: i32,
) -> i32 {
    guard::run(|_| {
        guard::enter()?;
        let Some(function) = callback else {
            log::set_sink(None, Level::Error);
            return Ok(());
        };
        let level = Level::ALL.into_iter().find(|level| *level as i32 == max_level);
        let level = level.ok_or_else(|| Error::invalid_argument("max_level: must be 1 to 5"))?;
        log::set_sink(Some(Box::new(Callback { function, user_data })), level);
        Ok(())
    })
}
