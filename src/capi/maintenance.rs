//! The administrator's operations.

use std::ffi::c_char;

use super::call;
use crate::door::operation;

/// Reads the audit trail: who did what for whom, through which app, when, and how it ended.
///
/// Everything that changes something leaves a line, also when it fails; reading leaves one where
/// `acting_user` is given or host secrets are asked for; so does the end of an authorization by the
/// provider (`end_authorization`). Never a secret. A loss of power may take the last lines with it.
///
/// `filter` is a filter document, or NULL for all: `from` and `to` are about when an operation
/// began. Options: none of its own. `*page` receives a page document with `entries`, in the order
/// in which the operations ended; freed with `meetbridge_string_free`, NULL on failure. Sends
/// nothing. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_list_audit(
    bridge: u32,
    filter: *const c_char,
    options: *const c_char,
    page: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe { call::answer(bridge, &operation::LIST_AUDIT, [filter], options, (page, "page")) }
}

/// Does the housekeeping that is due, on this thread; a host calls it about once an hour.
///
/// Puts rescued tokens into the store, purges what has had its time, seals rows anew after a key
/// was put in front of the ring, renews authorizations that would lapse unused (their refresh
/// tokens live 90 days), and once a day creates and switches on again what is missing of users'
/// webhooks at Webex (they need `meeting:schedules_read`). Options: `budget_ms` (by default 10000,
/// at most 3600000: about how long it may take; a request under way is not broken off, and what is
/// left is done by the next call).
///
/// `*report` receives a maintain report document: what was done and what is left; freed with
/// `meetbridge_string_free`, NULL on failure. What could not be done is in `problems` and no
/// failure of the call. Several processes may call it at once. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_maintain(
    bridge: u32,
    options: *const c_char,
    report: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe { call::answer(bridge, &operation::MAINTAIN, [], options, (report, "report")) }
}

/// Tells whether everything is in order: settings, key, store, authorizations and their scopes,
/// proxy, TLS, providers, clock.
///
/// `*report` receives a diagnose report document with findings, each with a severity, and a remedy
/// where something is wrong; freed with `meetbridge_string_free`, NULL on failure. A bad finding is
/// not a failure of the call. Sends a request without credentials to each provider. Options: none
/// of its own. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_diagnose(
    bridge: u32,
    options: *const c_char,
    report: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe { call::answer(bridge, &operation::DIAGNOSE, [], options, (report, "report")) }
}
