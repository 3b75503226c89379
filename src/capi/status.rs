//! Status codes, version and last error.

use std::ffi::{CStr, c_char};

use crate::door::{self, guard};

/// The call did what it was asked to do.
pub const MEETBRIDGE_OK: i32 = 0;
/// An argument is missing, malformed, too long, or a document has an unknown field.
pub const MEETBRIDGE_INVALID_ARGUMENT: i32 = 101;
/// The handle was never given out, or is closed.
pub const MEETBRIDGE_INVALID_HANDLE: i32 = 102;
/// The settings are malformed; the message names the path of the field.
pub const MEETBRIDGE_INVALID_SETTINGS: i32 = 103;
/// No such provider, or no enabled app for it in the settings.
pub const MEETBRIDGE_UNKNOWN_PROVIDER: i32 = 104;
/// The caller's buffer is too small; the needed length was returned.
pub const MEETBRIDGE_BUFFER_TOO_SMALL: i32 = 105;
/// The bridge was closed while the call was waiting.
pub const MEETBRIDGE_CLOSED: i32 = 106;
/// A call was made from inside a callback of the library.
pub const MEETBRIDGE_REENTRANT: i32 = 107;
/// The provider cannot do this; the message names the field.
pub const MEETBRIDGE_UNSUPPORTED: i32 = 108;
/// Another request was already made under this reference.
pub const MEETBRIDGE_REFERENCE_CONFLICT: i32 = 109;
/// The user has not authorized this provider yet.
pub const MEETBRIDGE_NOT_AUTHORIZED: i32 = 201;
/// The authorization has ended; the user must authorize again.
pub const MEETBRIDGE_REAUTHORIZE: i32 = 202;
/// The callback has no state, as after the provider's own Install button.
pub const MEETBRIDGE_STATE_MISSING: i32 = 203;
/// The state was not made by this installation, or was changed.
pub const MEETBRIDGE_STATE_INVALID: i32 = 204;
/// More than ten minutes passed between start and callback.
pub const MEETBRIDGE_STATE_EXPIRED: i32 = 205;
/// This callback was already used.
pub const MEETBRIDGE_STATE_REPLAYED: i32 = 206;
/// The flow was started for another user.
pub const MEETBRIDGE_USER_MISMATCH: i32 = 207;
/// The user refused on the consent page.
pub const MEETBRIDGE_ACCESS_DENIED: i32 = 208;
/// No app of this provider serves this user.
pub const MEETBRIDGE_NOT_A_MEMBER: i32 = 209;
/// The consent does not cover this operation.
pub const MEETBRIDGE_SCOPE_MISSING: i32 = 210;
/// The provider refuses the app itself, not the user.
pub const MEETBRIDGE_APP_REJECTED: i32 = 211;
/// The provider answers with a server error, or is left alone after repeated failures.
pub const MEETBRIDGE_PROVIDER_UNAVAILABLE: i32 = 301;
/// The provider understood the request and refuses it.
pub const MEETBRIDGE_PROVIDER_REJECTED: i32 = 302;
/// The provider's rate or daily limit is reached.
pub const MEETBRIDGE_RATE_LIMITED: i32 = 303;
/// The provider does not know this meeting.
pub const MEETBRIDGE_MEETING_NOT_FOUND: i32 = 304;
/// The user's licence does not allow this.
pub const MEETBRIDGE_LICENSE_REQUIRED: i32 = 305;
/// The provider's answer cannot be understood.
pub const MEETBRIDGE_UNEXPECTED_ANSWER: i32 = 306;
/// The request may or may not have been carried out.
pub const MEETBRIDGE_OUTCOME_UNKNOWN: i32 = 307;
/// A webhook's signature, age or origin cannot be trusted.
pub const MEETBRIDGE_WEBHOOK_UNTRUSTED: i32 = 308;
/// The provider or proxy cannot be reached.
pub const MEETBRIDGE_NETWORK: i32 = 401;
/// No trusted TLS connection could be made.
pub const MEETBRIDGE_TLS: i32 = 402;
/// The deadline of the call passed.
pub const MEETBRIDGE_TIMEOUT: i32 = 403;
/// The store cannot be opened, read or written.
pub const MEETBRIDGE_STORE_UNAVAILABLE: i32 = 404;
/// The store's content is damaged.
pub const MEETBRIDGE_STORE_DAMAGED: i32 = 405;
/// The store was sealed with another key.
pub const MEETBRIDGE_WRONG_KEY: i32 = 406;
/// A fault of the library itself.
pub const MEETBRIDGE_INTERNAL: i32 = 501;
/// This operation is not built yet.
pub const MEETBRIDGE_NOT_AVAILABLE: i32 = 502;
/// Memory could not be allocated.
pub const MEETBRIDGE_OUT_OF_MEMORY: i32 = 503;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// The library's version, for example "0.1.0". Owned by the library, valid for ever. Thread-safe.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The library's version as a number, 0x00MMmmpp. Thread-safe.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_version_number() -> u32 {
    door::version_number()
}

/// This thread's last failure as an error document: `status`, `name`, `message` and `remedy` (in
/// the settings' language), and where known `retry_after_seconds`, `provider`,
/// `provider_status`, `provider_code`, `tracking_id`, `missing_scopes`, `meeting_id`.
///
/// Never NULL; a document with status 0 if nothing has failed yet. UTF-8, owned by the library,
/// changed only by this thread's next call that returns a status, and gone with the thread.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_last_error() -> *const c_char {
    guard::last_error()
}

/// The name of a status, for example "RATE_LIMITED"; "UNKNOWN" for a number that is none. Owned by
/// the library, valid for ever. Thread-safe.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_status_name(status: i32) -> *const c_char {
    let name = match status {
        MEETBRIDGE_OK => c"OK",
        MEETBRIDGE_INVALID_ARGUMENT => c"INVALID_ARGUMENT",
        MEETBRIDGE_INVALID_HANDLE => c"INVALID_HANDLE",
        MEETBRIDGE_INVALID_SETTINGS => c"INVALID_SETTINGS",
        MEETBRIDGE_UNKNOWN_PROVIDER => c"UNKNOWN_PROVIDER",
        MEETBRIDGE_BUFFER_TOO_SMALL => c"BUFFER_TOO_SMALL",
        MEETBRIDGE_CLOSED => c"CLOSED",
        MEETBRIDGE_REENTRANT => c"REENTRANT",
        MEETBRIDGE_UNSUPPORTED => c"UNSUPPORTED",
        MEETBRIDGE_REFERENCE_CONFLICT => c"REFERENCE_CONFLICT",
        MEETBRIDGE_NOT_AUTHORIZED => c"NOT_AUTHORIZED",
        MEETBRIDGE_REAUTHORIZE => c"REAUTHORIZE",
        MEETBRIDGE_STATE_MISSING => c"STATE_MISSING",
        MEETBRIDGE_STATE_INVALID => c"STATE_INVALID",
        MEETBRIDGE_STATE_EXPIRED => c"STATE_EXPIRED",
        MEETBRIDGE_STATE_REPLAYED => c"STATE_REPLAYED",
        MEETBRIDGE_USER_MISMATCH => c"USER_MISMATCH",
        MEETBRIDGE_ACCESS_DENIED => c"ACCESS_DENIED",
        MEETBRIDGE_NOT_A_MEMBER => c"NOT_A_MEMBER",
        MEETBRIDGE_SCOPE_MISSING => c"SCOPE_MISSING",
        MEETBRIDGE_APP_REJECTED => c"APP_REJECTED",
        MEETBRIDGE_PROVIDER_UNAVAILABLE => c"PROVIDER_UNAVAILABLE",
        MEETBRIDGE_PROVIDER_REJECTED => c"PROVIDER_REJECTED",
        MEETBRIDGE_RATE_LIMITED => c"RATE_LIMITED",
        MEETBRIDGE_MEETING_NOT_FOUND => c"MEETING_NOT_FOUND",
        MEETBRIDGE_LICENSE_REQUIRED => c"LICENSE_REQUIRED",
        MEETBRIDGE_UNEXPECTED_ANSWER => c"UNEXPECTED_ANSWER",
        MEETBRIDGE_OUTCOME_UNKNOWN => c"OUTCOME_UNKNOWN",
        MEETBRIDGE_WEBHOOK_UNTRUSTED => c"WEBHOOK_UNTRUSTED",
        MEETBRIDGE_NETWORK => c"NETWORK",
        MEETBRIDGE_TLS => c"TLS",
        MEETBRIDGE_TIMEOUT => c"TIMEOUT",
        MEETBRIDGE_STORE_UNAVAILABLE => c"STORE_UNAVAILABLE",
        MEETBRIDGE_STORE_DAMAGED => c"STORE_DAMAGED",
        MEETBRIDGE_WRONG_KEY => c"WRONG_KEY",
        MEETBRIDGE_INTERNAL => c"INTERNAL",
        MEETBRIDGE_NOT_AVAILABLE => c"NOT_AVAILABLE",
        MEETBRIDGE_OUT_OF_MEMORY => c"OUT_OF_MEMORY",
        _ => c"UNKNOWN",
    };
    name.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[test]
    fn every_status_has_the_same_name_and_number_at_this_door() {
        for status in Status::ALL {
            // SAFETY: a static string.
            let name = unsafe { CStr::from_ptr(meetbridge_status_name(*status as i32)) };
            assert_eq!(name.to_str(), Ok(status.name()));
        }
    }
}
