//! Meetings.
//!
//! Every function takes the provider (`"zoom"`, `"webex"`) and the user as
//! `meetbridge_start_authorization` does. Meeting ids are the provider's own, as text. All results
//! are UTF-8, freed with `meetbridge_string_free`, and NULL on failure.

use std::ffi::c_char;

use super::call;
use crate::door::operation;

/// Creates a meeting for a user who has authorized the provider, or who is served by an app of the
/// kind `account` or `server`.
///
/// `meeting` is a meeting request document: `topic`, `duration_minutes` and either `start` (RFC
/// 3339, or local time with `time_zone`) or `dates` (local times with `time_zone`) are required,
/// or `icalendar` (RFC 5545) instead of them. Options: `app`, `include_host_secrets`,
/// `best_effort` (what the provider cannot do is a warning instead of an error). `*created`
/// receives a meeting document. Thread-safe.
///
/// For the kinds `account` and `server`, `host_email` says whose meeting it is. Without it the host
/// is `user`, if that is an e-mail address, else whom the last call for this user named; the other
/// operations on meetings find the host in the same way.
///
/// With a `reference` there is at most one meeting: the same request under the same reference
/// gives the same meeting, with `"existing": true`, whatever happened to the first answer or to
/// the process that waited for it.
///
/// Scopes: Zoom `meeting:write` or `meeting:write:meeting`; after a lost answer, with a
/// `reference`, also `meeting:read` or `meeting:read:list_meetings` and `meeting:read:meeting`; for
/// dates that differ from the rule also `meeting:update:meeting` and `meeting:delete:meeting`
/// (`meeting:write` includes them). Webex `meeting:schedules_write`, for a repeating meeting or a
/// `reference` also `meeting:schedules_read`. For the kinds `account` and `server` the same with
/// `:admin`; on Webex `meeting:admin_schedule_write` and `meeting:admin_schedule_read`.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_UNSUPPORTED, MEETBRIDGE_REFERENCE_CONFLICT
/// (another request was made under this reference: update the meeting instead),
/// MEETBRIDGE_NOT_AUTHORIZED, MEETBRIDGE_REAUTHORIZE, MEETBRIDGE_UNKNOWN_PROVIDER,
/// MEETBRIDGE_NOT_A_MEMBER, MEETBRIDGE_SCOPE_MISSING, MEETBRIDGE_APP_REJECTED,
/// MEETBRIDGE_PROVIDER_UNAVAILABLE, MEETBRIDGE_PROVIDER_REJECTED, MEETBRIDGE_RATE_LIMITED,
/// MEETBRIDGE_LICENSE_REQUIRED, MEETBRIDGE_UNEXPECTED_ANSWER, MEETBRIDGE_OUTCOME_UNKNOWN (the
/// meeting may have been created; with a `reference` the next call finds out),
/// MEETBRIDGE_NETWORK, MEETBRIDGE_TLS, MEETBRIDGE_TIMEOUT, MEETBRIDGE_STORE_UNAVAILABLE,
/// MEETBRIDGE_STORE_DAMAGED, MEETBRIDGE_WRONG_KEY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_create_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting: *const c_char,
    options: *const c_char,
    created: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::CREATE_MEETING,
            [provider, user, meeting],
            options,
            (created, "created"),
        )
    }
}

/// Reads a meeting as the provider has it now, with its dates if it repeats.
///
/// Options: `app`, `include_host_secrets` (with `start_url` or `host_key`, which make whoever has
/// them the host), `occurrence` (one date: its id, or its original start as RFC 3339 or
/// `20270301T000000Z`). `*meeting` receives a meeting document. Thread-safe.
///
/// Scopes: Zoom `meeting:read` or `meeting:read:meeting`; Webex `meeting:schedules_read`.
///
/// Errors: as `meetbridge_create_meeting`, and MEETBRIDGE_MEETING_NOT_FOUND.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_get_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting_id: *const c_char,
    options: *const c_char,
    meeting: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::GET_MEETING,
            [provider, user, meeting_id],
            options,
            (meeting, "meeting"),
        )
    }
}

/// Changes a meeting, or one date of it; the join link stays (but Zoom's holds the passcode).
///
/// `changes` is a meeting request document of what is to be otherwise; what it does not name stays.
/// `"recurrence": null` ends a repetition, `"agenda": ""` removes the agenda. `reference`,
/// `template_id` and the host cannot be changed: `host_email` only says whose meeting it is. A
/// repeating meeting that gets other times loses the changes of its single dates. Options: `app`,
/// `include_host_secrets`, `occurrence`, `best_effort`. `*meeting` receives the meeting after the
/// change. Thread-safe.
///
/// Scopes: Zoom `meeting:write` or `meeting:update:meeting`, to read it back `meeting:read` or
/// `meeting:read:meeting` (without it, the change is made and `join_url` is null; a `recurrence`
/// without `start` and an `occurrence` by its time need it); Webex
/// `meeting:schedules_write` and `meeting:schedules_read`.
///
/// Errors: as `meetbridge_create_meeting` (but no MEETBRIDGE_OUTCOME_UNKNOWN: a change can be
/// repeated), and MEETBRIDGE_MEETING_NOT_FOUND.
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
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::UPDATE_MEETING,
            [provider, user, meeting_id, changes],
            options,
            (meeting, "meeting"),
        )
    }
}

/// Deletes a meeting, or cancels one date of it, and sets its `reference` free. The provider mails
/// nobody.
///
/// Options: `app`, `occurrence`, `ignore_missing` (a meeting that is gone is no failure).
/// Thread-safe.
///
/// Scopes: Zoom `meeting:write` or `meeting:delete:meeting`, for an `occurrence` by its time also
/// `meeting:read` or `meeting:read:meeting`; Webex `meeting:schedules_write`.
///
/// Errors: as `meetbridge_update_meeting`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_delete_meeting(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    meeting_id: *const c_char,
    options: *const c_char,
) -> i32 {
    // SAFETY: the caller passes texts as the header says.
    unsafe {
        call::nothing(bridge, &operation::DELETE_MEETING, [provider, user, meeting_id], options)
    }
}

/// Lists a user's meetings, in the provider's order.
///
/// `filter` is a filter document (`from`, `to`, `page_size` 1 to 300, `next`, `host_email` for the
/// kinds `account` and `server`), or NULL for those from now to one year on. A repeating meeting
/// stands once. Members that the provider leaves out of its list are null. A page may be shorter
/// than asked for, even empty, and still have a `next`; Zoom's is good for 15 minutes. Options:
/// `app`, `include_host_secrets`. `*page` receives a page document. Thread-safe.
///
/// Scopes: Zoom `meeting:read` or `meeting:read:list_meetings`; Webex `meeting:schedules_read`.
///
/// Errors: as `meetbridge_get_meeting`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_list_meetings(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    filter: *const c_char,
    options: *const c_char,
    page: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::LIST_MEETINGS,
            [provider, user, filter],
            options,
            (page, "page"),
        )
    }
}

/// Writes an invitation as plain text with LF line ends: topic, local time, join link, meeting
/// number, passcode, telephone numbers and the address for room systems; never a start link.
///
/// `language` is a language tag (RFC 5646) such as `"ja"`; Danish, Dutch, English, French, German,
/// Italian, Japanese, Norwegian, Portuguese, Spanish and Swedish are spoken, and the settings'
/// language is taken for NULL and for others. Options: `app`, `occurrence`. `*text` receives the
/// text. Thread-safe.
///
/// Scopes: as `meetbridge_get_meeting`; on Zoom the address for room systems needs `meeting:read`
/// or `meeting:read:invitation` and is left out without it.
///
/// Errors: as `meetbridge_get_meeting`.
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
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::GET_INVITATION,
            [provider, user, meeting_id, language],
            options,
            (text, "text"),
        )
    }
}
