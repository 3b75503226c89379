//! The administrator's operations.

use std::ffi::c_char;

use super::authorization::not_built;
use super::{guard, text};
use crate::bridge;

/// Reads the audit trail. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_list_audit(
    bridge: u32,
    filter: *const c_char,
    options: *const c_char,
    page: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, filter, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(page, "page") })
}

/// Does the housekeeping that is due. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_maintain(
    bridge: u32,
    options: *const c_char,
    report: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(report, "report") })
}

/// Tells whether everything is in order: settings, store, key, clock, proxy, TLS, providers.
///
/// `*report` receives a document with findings, each with a severity and a remedy; freed with
/// `meetbridge_string_free`, NULL on failure. A bad finding is not a failure of the call. Sends a
/// request without credentials to each provider. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_diagnose(
    bridge: u32,
    options: *const c_char,
    report: *mut *mut c_char,
) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(report, "report") }?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let options = unsafe { text::optional(options, "options") }?;
        out.set(door.with_bridge(bridge, options, |bridge, invocation| {
            bridge::document(&bridge.diagnose(invocation)?)
        })?)
    })
}
