//! Notifications that the providers send.

use std::ffi::c_char;

use super::text;
use crate::door::{guard, operation};
use crate::webhook::MAX_BODY;

/// Verifies and reads a notification (webhook) that a provider has sent to the host.
///
/// `provider` is `"zoom"` or `"webex"`: who was told the address at which it came. `headers` is a
/// JSON object of the request's headers, names in any case. `body` is the request's body byte for
/// byte, before anything has read it as JSON or text: what is signed is its bytes. It may be NULL
/// if `body_length` is 0. Options: `app` (only this app's secret counts). `*outcome` receives an
/// outcome document, UTF-8, freed with `meetbridge_string_free`, NULL on failure. Thread-safe.
///
/// The host sends `respond` back as it is, within three seconds; after a failure it answers 401
/// for MEETBRIDGE_WEBHOOK_UNTRUSTED and 500 otherwise, so that the provider sends it again. An
/// outcome with `"duplicate": true` is of a notification that was here before, in this process or
/// another one that shares the store, and is not to be acted upon. One with `"own": true` tells
/// what a call of this library has done.
///
/// The secret is the app's `webhook_secret`; Zoom's older `verification_token` counts only if it
/// is set, and only for what has no signature. Zoom's notifications must not be older or newer
/// than five minutes. Zoom's validation of the address is answered by `respond`.
///
/// Where a user has taken the app away (`authorization.revoked`), his authorization and what
/// belongs to it are deleted before it is told. Nothing is sent to the provider.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_UNKNOWN_PROVIDER, MEETBRIDGE_WEBHOOK_UNTRUSTED
/// (nothing of it is obeyed, kept or logged), MEETBRIDGE_UNEXPECTED_ANSWER (it is signed, but not
/// of the provider's form), MEETBRIDGE_TIMEOUT, MEETBRIDGE_STORE_UNAVAILABLE,
/// MEETBRIDGE_STORE_DAMAGED.
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
    guard::run(|door| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(outcome, "outcome") }?;
        // SAFETY: the caller passes NULL or NUL-terminated strings.
        let [provider, headers, options] =
            [provider, headers, options].map(|it| unsafe { text::bytes(it) });
        // SAFETY: the caller passes NULL or as many bytes as he says.
        let body = unsafe { bytes(body, body_length) };
        let arguments = [provider, headers, body];
        let outcome = door.call(bridge, &operation::HANDLE_WEBHOOK, &arguments, options)?;
        out.set(outcome.unwrap_or_default())
    })
}

/// The body, of which no more is looked at than shows that it is too long.
///
/// # Safety
/// `body` is NULL or points to `length` bytes that nobody changes meanwhile.
unsafe fn bytes<'a>(body: *const u8, length: usize) -> Option<&'a [u8]> {
    match (body.is_null(), length) {
        (_, 0) => Some(&[]),
        (true, _) => None,
        // SAFETY: not NULL, and not more than the caller says.
        (false, _) => Some(unsafe { std::slice::from_raw_parts(body, length.min(MAX_BODY + 1)) }),
    }
}
