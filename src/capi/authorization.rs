//! Authorizing users.

use std::ffi::c_char;

use super::call;
use crate::door::operation;

/// Starts the authorization of a user: gives the URL to which his browser is to be sent.
///
/// `user` is whatever names a user in the host: a Notes name or an e-mail address (compared
/// case-insensitively after Unicode NFKC; canonical and abbreviated Notes names are equal; an
/// `@DOMAIN` after a Notes name is ignored), at most 320 bytes. `redirect_uri` is one of the app's
/// `redirect_urls`, or NULL for this server's own. Options: `app`, `binding` (a hash of a browser
/// cookie, to be given again to `meetbridge_complete_authorization`). Sends and writes nothing.
/// The URL is good for ten minutes and one use (RFC 6749, RFC 7636). For an app of the kind
/// `account` an administrator does this once for all members. Thread-safe.
///
/// `*authorization_url` is freed with `meetbridge_string_free`; NULL on failure.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_CLOSED,
/// MEETBRIDGE_UNKNOWN_PROVIDER, MEETBRIDGE_NOT_A_MEMBER, MEETBRIDGE_UNSUPPORTED (an app of the kind
/// `server` needs no consent).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_start_authorization(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    redirect_uri: *const c_char,
    options: *const c_char,
    authorization_url: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::START_AUTHORIZATION,
            [provider, user, redirect_uri],
            options,
            (authorization_url, "authorization_url"),
        )
    }
}

/// Finishes an authorization with what the provider's redirect brought back.
///
/// `user` is the signed-in user. A host that cannot tell who is signed in passes NULL and the
/// option `binding` with the value given at the start. `callback` is the full URL of the callback
/// or its query string, at most 16 KiB. `*authorization` receives an authorization document, freed
/// with `meetbridge_string_free`; NULL on failure. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_STATE_MISSING, MEETBRIDGE_STATE_INVALID,
/// MEETBRIDGE_STATE_EXPIRED, MEETBRIDGE_STATE_REPLAYED, MEETBRIDGE_USER_MISMATCH,
/// MEETBRIDGE_NOT_A_MEMBER, MEETBRIDGE_ACCESS_DENIED, MEETBRIDGE_SCOPE_MISSING,
/// MEETBRIDGE_APP_REJECTED, MEETBRIDGE_PROVIDER_REJECTED (the code was refused: start again),
/// MEETBRIDGE_PROVIDER_UNAVAILABLE, MEETBRIDGE_RATE_LIMITED, MEETBRIDGE_UNEXPECTED_ANSWER,
/// MEETBRIDGE_NETWORK, MEETBRIDGE_TLS, MEETBRIDGE_TIMEOUT, MEETBRIDGE_STORE_UNAVAILABLE. None of
/// them ends an authorization that was there before; but Zoom ends it itself when it exchanges the
/// code, so after a lost answer or a store that could not be written the user must start again.
///
/// Where the app has a `webhook_url`, the user's webhooks at Webex are created too; they need
/// `meeting:schedules_read`. If that fails, the authorization is complete all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_complete_authorization(
    bridge: u32,
    user: *const c_char,
    callback: *const c_char,
    options: *const c_char,
    authorization: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::COMPLETE_AUTHORIZATION,
            [user, callback],
            options,
            (authorization, "authorization"),
        )
    }
}

/// Tells how the authorization stands that serves a user: his own, that of an administrator for an
/// app of the kind `account`, or that of the app itself for one of the kind `server`. Never a
/// token. Options: `app`.
///
/// `state` is `authorized`, or `reauthorize` with a `reason`: `expired` (the provider no longer
/// accepts the refresh token), `scopes_changed` (the app asks for other scopes than were granted),
/// `superseded` (another user here has linked the same Zoom account since), `removed` (the
/// account's administrator has disabled the app or removed the user) or `unknown` (a process died
/// during a renewal, and the new token with it). An ended authorization is tried again by a call
/// for its user, once an hour and after a `meetbridge_reload`.
///
/// `*authorization` receives an authorization document, freed with `meetbridge_string_free`; NULL
/// on failure. Sends nothing, but for the first token of an app of the kind `server`. Thread-safe.
///
/// Errors: MEETBRIDGE_NOT_AUTHORIZED, MEETBRIDGE_NOT_A_MEMBER, MEETBRIDGE_UNKNOWN_PROVIDER,
/// MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED,
/// MEETBRIDGE_WRONG_KEY; of an app of the kind `server` also MEETBRIDGE_APP_REJECTED,
/// MEETBRIDGE_PROVIDER_UNAVAILABLE, MEETBRIDGE_PROVIDER_REJECTED, MEETBRIDGE_RATE_LIMITED,
/// MEETBRIDGE_UNEXPECTED_ANSWER, MEETBRIDGE_NETWORK, MEETBRIDGE_TLS and MEETBRIDGE_TIMEOUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_get_authorization(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    options: *const c_char,
    authorization: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(
            bridge,
            &operation::GET_AUTHORIZATION,
            [provider, user],
            options,
            (authorization, "authorization"),
        )
    }
}

/// Ends a user's authorization: at the provider where it can be ended there (Zoom), here in any
/// case, also if the provider cannot be reached. The references of his meetings stay. Works for
/// users that are no longer members, too. Of an app of the kind `account` whoever consented can do
/// it, of one of the kind `server` only the token is forgotten. Options: `app`, `ignore_missing`
/// (nothing to revoke is no failure). Thread-safe.
///
/// Webex lets no app end a consent. There the tokens and the user's webhooks are deleted, and the
/// consent stays until he removes the integration in the settings of his Webex account, or an
/// administrator does it. At Zoom the same is left to him, under the apps that he has added, if
/// Zoom could not be reached: the log says so.
///
/// Errors: MEETBRIDGE_NOT_AUTHORIZED, MEETBRIDGE_NOT_A_MEMBER, MEETBRIDGE_UNKNOWN_PROVIDER,
/// MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED,
/// MEETBRIDGE_WRONG_KEY, MEETBRIDGE_TIMEOUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_revoke_authorization(
    bridge: u32,
    provider: *const c_char,
    user: *const c_char,
    options: *const c_char,
) -> i32 {
    // SAFETY: the caller passes texts as the header says.
    unsafe { call::nothing(bridge, &operation::REVOKE_AUTHORIZATION, [provider, user], options) }
}

/// Lists authorizations, by provider and user, whoever is a member now.
///
/// `filter` is a filter document, or NULL for all: `from` and `to` are about when the user gave his
/// consent. Apps of the kind `server` have none. Options: none of its own. `*page` receives a page
/// document with `authorizations`, freed with `meetbridge_string_free`; NULL on failure. A page may
/// be shorter than asked for and still have a `next`. Sends nothing. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_list_authorizations(
    bridge: u32,
    filter: *const c_char,
    options: *const c_char,
    page: *mut *mut c_char,
) -> i32 {
    // SAFETY: the caller passes texts and a place as the header says.
    unsafe {
        call::answer(bridge, &operation::LIST_AUTHORIZATIONS, [filter], options, (page, "page"))
    }
}

/// Follows a user who was renamed in the directory: his authorizations, the references of his
/// meetings and his address as a host belong to the new name from now on, all or none. Lines of the
/// audit trail keep the old name. A user who has nothing is no failure. Options: none of its own.
/// Sends nothing. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT (also if the new name has an authorization of the same app
/// already: forget one of the two), MEETBRIDGE_TIMEOUT, MEETBRIDGE_STORE_UNAVAILABLE,
/// MEETBRIDGE_STORE_DAMAGED, MEETBRIDGE_WRONG_KEY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_rename_user(
    bridge: u32,
    old_user: *const c_char,
    new_user: *const c_char,
    options: *const c_char,
) -> i32 {
    // SAFETY: the caller passes texts as the header says.
    unsafe { call::nothing(bridge, &operation::RENAME_USER, [old_user, new_user], options) }
}

/// Ends and deletes all that belongs to a user who leaves: his authorizations at the provider where
/// they can be ended there (Zoom), here in any case, the references of his meetings, and his
/// address as a host. The meetings themselves stay, the consent at Webex as with
/// `meetbridge_revoke_authorization`, and lines of the audit trail for `audit.keep_days`. After a
/// failure call again: what was deleted stays so. The consent of an administrator to an app of the
/// kind `account` ends for all whom it serves. Options: `ignore_missing` (that there was no
/// authorization is no failure). Thread-safe.
///
/// Errors: MEETBRIDGE_NOT_AUTHORIZED (there was no authorization; references and address are
/// deleted all the same), MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_TIMEOUT,
/// MEETBRIDGE_STORE_UNAVAILABLE, MEETBRIDGE_STORE_DAMAGED, MEETBRIDGE_WRONG_KEY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_forget_user(
    bridge: u32,
    user: *const c_char,
    options: *const c_char,
) -> i32 {
    // SAFETY: the caller passes texts as the header says.
    unsafe { call::nothing(bridge, &operation::FORGET_USER, [user], options) }
}
