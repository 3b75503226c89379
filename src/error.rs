//! The one error of the library: a status code, what happened in this case, and what to do.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::language::Language;

pub type Result<T> = std::result::Result<T, Error>;

macro_rules! statuses {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal $name:literal),+ $(,)?) => {
        /// The outcome of a call. The numbers never change and are never reused.
        #[allow(dead_code, reason = "the C door has them all, also those of later versions")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Status {
            $($(#[doc = $doc])+ $variant = $number,)+
        }

        impl Status {
            #[cfg(test)]
            pub const ALL: &[Status] = &[$(Status::$variant),+];

            /// The name in documents, for example `RATE_LIMITED`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Status::$variant => $name,)+
                }
            }
        }
    };
}

statuses! {
    /// The call did what it was asked to do.
    Ok = 0 "OK",

    /// An argument is missing, malformed, too long, or a document has an unknown field.
    InvalidArgument = 101 "INVALID_ARGUMENT",
    /// The handle was never given out, or is closed.
    InvalidHandle = 102 "INVALID_HANDLE",
    /// The settings are malformed; the message names the path of the field.
    InvalidSettings = 103 "INVALID_SETTINGS",
    /// No such provider, or no enabled app for it in the settings.
    UnknownProvider = 104 "UNKNOWN_PROVIDER",
    /// The caller's buffer is too small; the needed length was returned.
    BufferTooSmall = 105 "BUFFER_TOO_SMALL",
    /// The bridge was closed while the call was waiting.
    Closed = 106 "CLOSED",
    /// A call was made from inside a callback of the library.
    Reentrant = 107 "REENTRANT",
    /// The provider cannot do this; the message names the field.
    Unsupported = 108 "UNSUPPORTED",
    /// Another request was already made under this reference.
    ReferenceConflict = 109 "REFERENCE_CONFLICT",

    /// The user has not authorized this provider yet.
    NotAuthorized = 201 "NOT_AUTHORIZED",
    /// The authorization has ended; the user must authorize again.
    Reauthorize = 202 "REAUTHORIZE",
    /// The callback has no state, as after the provider's own Install button.
    StateMissing = 203 "STATE_MISSING",
    /// The state was not made by this installation, or was changed.
    StateInvalid = 204 "STATE_INVALID",
    /// More than ten minutes passed between start and callback.
    StateExpired = 205 "STATE_EXPIRED",
    /// This callback was already used.
    StateReplayed = 206 "STATE_REPLAYED",
    /// The flow was started for another user.
    UserMismatch = 207 "USER_MISMATCH",
    /// The user refused on the consent page.
    AccessDenied = 208 "ACCESS_DENIED",
    /// No app of this provider serves this user.
    NotAMember = 209 "NOT_A_MEMBER",
    /// The consent does not cover this operation.
    ScopeMissing = 210 "SCOPE_MISSING",
    /// The provider refuses the app itself, not the user.
    AppRejected = 211 "APP_REJECTED",

    /// The provider answers with a server error, or is left alone after repeated failures.
    ProviderUnavailable = 301 "PROVIDER_UNAVAILABLE",
    /// The provider understood the request and refuses it.
    ProviderRejected = 302 "PROVIDER_REJECTED",
    /// The provider's rate or daily limit is reached.
    RateLimited = 303 "RATE_LIMITED",
    /// The provider does not know this meeting.
    MeetingNotFound = 304 "MEETING_NOT_FOUND",
    /// The user's licence does not allow this.
    LicenseRequired = 305 "LICENSE_REQUIRED",
    /// The provider's answer cannot be understood.
    UnexpectedAnswer = 306 "UNEXPECTED_ANSWER",
    /// The request may or may not have been carried out.
    OutcomeUnknown = 307 "OUTCOME_UNKNOWN",
    /// A webhook's signature, age or origin cannot be trusted.
    WebhookUntrusted = 308 "WEBHOOK_UNTRUSTED",

    /// The provider or proxy cannot be reached.
    Network = 401 "NETWORK",
    /// No trusted TLS connection could be made.
    Tls = 402 "TLS",
    /// The deadline of the call passed.
    Timeout = 403 "TIMEOUT",
    /// The store cannot be opened, read or written.
    StoreUnavailable = 404 "STORE_UNAVAILABLE",
    /// The store's content is damaged.
    StoreDamaged = 405 "STORE_DAMAGED",
    /// The store was sealed with another key.
    WrongKey = 406 "WRONG_KEY",

    /// A fault of the library itself.
    Internal = 501 "INTERNAL",
    /// This operation is not built yet.
    NotAvailable = 502 "NOT_AVAILABLE",
    /// Memory could not be allocated.
    OutOfMemory = 503 "OUT_OF_MEMORY",
}

/// Why a call failed.
///
/// The detail is for administrators: it names fields, files and hosts, and never holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    status: Status,
    detail: String,
    provider: Option<&'static str>,
    provider_status: Option<u16>,
    provider_code: Option<String>,
    tracking_id: Option<String>,
    retry_after: Option<Duration>,
    missing_scopes: Vec<String>,
    meeting_id: Option<String>,
}

impl Error {
    pub fn new(status: Status, detail: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            status,
            detail: detail.into(),
            provider: None,
            provider_status: None,
            provider_code: None,
            tracking_id: None,
            retry_after: None,
            missing_scopes: Vec::new(),
            meeting_id: None,
        }))
    }

    pub fn invalid_argument(detail: impl Into<String>) -> Error {
        Error::new(Status::InvalidArgument, detail)
    }

    pub fn internal(detail: impl Into<String>) -> Error {
        Error::new(Status::Internal, detail)
    }

    /// The same case, now known to be another kind.
    pub fn with_status(mut self, status: Status) -> Error {
        self.0.status = status;
        self
    }

    /// The same case without this text in its words. A text of one or two letters is no secret and
    /// would be in every word.
    pub fn hiding(mut self, secret: &str) -> Error {
        if secret.len() > 2 {
            self.0.detail = self.0.detail.replace(secret, "…");
        }
        self
    }

    /// The same case with something more to say of it.
    pub fn with_note(mut self, note: &str) -> Error {
        self.0.detail = format!("{}; {note}", self.0.detail);
        self
    }

    pub fn with_provider(mut self, provider: &'static str) -> Error {
        self.0.provider = Some(provider);
        self
    }

    pub fn with_provider_status(mut self, status: u16) -> Error {
        self.0.provider_status = Some(status);
        self
    }

    pub fn with_provider_code(mut self, code: Option<String>) -> Error {
        self.0.provider_code = code;
        self
    }

    pub fn with_tracking_id(mut self, id: Option<String>) -> Error {
        self.0.tracking_id = id;
        self
    }

    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Error {
        self.0.retry_after = wait;
        self
    }

    pub fn with_missing_scopes(mut self, scopes: Vec<String>) -> Error {
        self.0.missing_scopes = scopes;
        self
    }

    pub fn with_meeting_id(mut self, id: &str) -> Error {
        self.0.meeting_id = Some(id.to_owned());
        self
    }

    pub fn status(&self) -> Status {
        self.0.status
    }

    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    pub fn provider_status(&self) -> Option<u16> {
        self.0.provider_status
    }

    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub fn missing_scopes(&self) -> &[String] {
        &self.0.missing_scopes
    }

    /// The error document (contract: `message` and `remedy` in the settings' language).
    pub fn document(&self, language: Language) -> ErrorDocument<'_> {
        let inner = &self.0;
        let summary = language.status_message(inner.status);
        ErrorDocument {
            status: inner.status as i32,
            name: inner.status.name(),
            message: if inner.detail.is_empty() {
                summary
            } else {
                format!("{summary} ({})", inner.detail)
            },
            remedy: language.status_remedy(inner.status),
            retry_after_seconds: inner.retry_after.map(|wait| wait.as_secs()),
            provider: inner.provider,
            provider_status: inner.provider_status,
            provider_code: inner.provider_code.as_deref(),
            tracking_id: inner.tracking_id.as_deref(),
            missing_scopes: &inner.missing_scopes,
            meeting_id: inner.meeting_id.as_deref(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.status.name(), self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// The error as a document. Absent members are left out.
#[derive(Debug, Serialize)]
pub struct ErrorDocument<'a> {
    pub status: i32,
    pub name: &'static str,
    pub message: String,
    pub remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub missing_scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_id: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (position, status) in Status::ALL.iter().enumerate() {
            assert!(Status::ALL[..position].iter().all(|other| other.name() != status.name()));
        }
    }
}
