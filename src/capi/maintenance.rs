//! The administrator's operations.

use std::ffi::c_char;

use super::{guard, text};
use crate::bridge;

/// Reads the audit trail: who did what for whom, through which app, when, and how it ended.
///
/// Everything that changes something leaves a line, also when it fails; reading leaves one where
/// `acting_user` is given or host secrets are handed out; so does the end of an authorization
/// (`end_authorization`). `filter`: NULL or a JSON object; `from` and `to` bound when an operation
/// began, by default all. `*page` receives `{"entries": […], "next": …}`, the earliest first; freed
/// with `meetbridge_string_free`, NULL on failure. Never a secret. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED,
/// MEETBRIDGE_STORE_UNAVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_list_audit(
    bridge: u32,
    filter: *const c_char,
    options: *const c_char,
    page: *mut *mut c_char,
) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(page, "page") }?;
        // SAFETY: the caller passes NULL or NUL-terminated strings.
        let (filter, options) =
            unsafe { (text::optional(filter, "filter")?, text::optional(options, "options")?) };
        out.set(door.with_bridge(bridge, options, |bridge, invocation| {
            bridge::document(&bridge.list_audit(invocation, filter)?)
        })?)
    })
}

/// Does the housekeeping that is due, on this thread; a host calls it about once an hour.
///
/// Renews authorizations that would lapse unused (Webex: refresh tokens live 90 days), puts rescued
/// tokens into the store, seals rows anew after a key was put in front of the ring, and purges
/// what has had its time. Options: `budget_ms` (by default 10000, at most 3600000: about how long
/// it may take; a request under way is not broken off, and what is left is done by the next call).
/// `*report` receives what was done and what is left; freed with `meetbridge_string_free`, NULL on
/// failure. What could not be done is in `problems` and no failure of the call. Several processes
/// may call it at once. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED,
/// MEETBRIDGE_STORE_UNAVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_maintain(
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
            bridge::document(&bridge.maintain(invocation)?)
        })?)
    })
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
