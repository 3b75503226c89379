//! Events that the providers send.

use std::ffi::c_char;

use super::authorization::not_built;
use super::guard;

/// Verifies and reads an event. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_handle_webhook(
    bridge: u32,
    provider: *const c_char,
    headers: *const c_char,
    body: *const u8,
    body_length: usize,
    options: *const c_char,
    outcome: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, provider, headers, body, body_length, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(outcome, "outcome") })
}
