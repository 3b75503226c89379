//! Meetings.

use std::ffi::c_char;

use super::authorization::{not_built, unavailable};
use super::{guard, text};
use crate::bridge;

/// Creates a meeting for a user who has authorized the provider.
///
/// `meeting` is a meeting request document: `topic`, `start` (RFC 3339, or local time with
/// `time_zone`) and `duration_minutes` are required. Options: `app`, `include_host_secrets`,
/// `best_effort` (what the provider cannot do is a warning instead of an error). `*created`
/// receives a meeting document, freed with `meetbridge_string_free`; NULL on failure. Thread-safe.
///
/// Scopes: Zoom `meeting:write` or `meeting:write:meeting`; Webex `meeting:schedules_write`.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_UNSUPPORTED, MEETBRIDGE_NOT_AVAILABLE (a member
/// that is not built yet), MEETBRIDGE_NOT_AUTHORIZED, MEETBRIDGE_REAUTHORIZE,
/// MEETBRIDGE_NOT_A_MEMBER, MEETBRIDGE_SCOPE_MISSING, MEETBRIDGE_APP_REJECTED,
/// MEETBRIDGE_PROVIDER_UNAVAILABLE, MEETBRIDGE_PROVIDER_REJECTED, MEETBRIDGE_RATE_LIMITED,
/// MEETBRIDGE_LICENSE_REQUIRED, MEETBRIDGE_UNEXPECTED_ANSWER, MEETBRIDGE_OUTCOME_UNKNOWN (the
/// meeting may have been created), MEETBRIDGE_NETWORK, MEETBRIDGE_TLS, MEETBRIDGE_TIMEOUT,
/// MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_create_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting: *const c_char,
    options: *const c_char,
    created: *mut *mut c_char,
) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(created, "created") }?;
        // SAFETY: the caller passes NULL or NUL-terminated strings.
        let (provider, user, meeting, options) = unsafe {
            (
                text::required(provider, "provider")?,
                text::required(user, "user")?,
                text::required(meeting, "meeting")?,
                text::optional(options, "options")?,
            )
        };
        out.set(door.with_bridge(bridge, options, |bridge, invocation| {
            bridge::document(&bridge.create_meeting(invocation, provider, user, meeting)?)
        })?)
    })
}

/// Reads a meeting. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_get_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting_id: *const c_char,
    options: *const c_char,
    meeting: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, provider, user, meeting_id, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(meeting, "meeting") })
}

/// Changes a meeting. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_update_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting_id: *const c_char,
    changes: *const c_char,
    options: *const c_char,
    meeting: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, provider, user, meeting_id, changes, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(meeting, "meeting") })
}

/// Deletes a meeting. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_delete_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting_id: *const c_char,
    options: *const c_char,
) -> i32 {
    let _ = (bridge, provider, user, meeting_id, options);
    guard::run(|_| unavailable())
}

/// Lists a user's meetings. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_list_meetings(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    filter: *const c_char,
    options: *const c_char,
    page: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, provider, user, filter, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(page, "page") })
}

/// Writes an invitation as plain text. Not built yet: MEETBRIDGE_NOT_AVAILABLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_get_invitation(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting_id: *const c_char,
    language: *const c_char,
    options: *const c_char,
    text: *mut *mut c_char,
) -> i32 {
    let _ = (bridge, provider, user, meeting_id, language, options);
    // SAFETY: the caller's to write.
    guard::run(|_| unsafe { not_built(text, "text") })
}
