//! What Webex answers when it refuses.

use jiff::Timestamp;
use serde::Deserialize;

use super::TRACKING_ID;
use crate::error::{Error, Status};
use crate::http::Response;
use crate::provider::TokenRefusal;
use crate::provider::answer::{self, lenient, parts};
use crate::store::Reason;

#[derive(Default, Deserialize)]
pub struct ErrorBody {
    #[serde(default, deserialize_with = "lenient")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    errors: Option<Vec<Description>>,
    #[serde(default, rename = "trackingId", deserialize_with = "lenient")]
    tracking_id: Option<String>,
    /// RFC 6749, should Webex ever answer so.
    #[serde(default, deserialize_with = "lenient")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    error_description: Option<String>,
}

parts! {
    struct Description {
        "description" => description: String,
    }
}

impl ErrorBody {
    pub fn read(response: &Response) -> ErrorBody {
        serde_json::from_slice(response.body()).unwrap_or_default()
    }

    /// Everything that Webex said, in one line; its descriptions often repeat the message.
    pub fn words(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        let descriptions =
            self.errors.iter().flatten().filter_map(|error| error.description.as_deref());
        let texts = [&self.error, &self.error_description, &self.message];
        for text in texts.into_iter().flatten().map(String::as_str).chain(descriptions) {
            if !text.is_empty() && !words.contains(&text) {
                words.push(text);
            }
        }
        words.join(": ")
    }

    /// Whether these are Webex's own words: a gateway's page says nothing of what was asked for.
    pub fn is_own(&self) -> bool {
        self.message.is_some() || self.tracking_id.is_some()
    }

    fn error(&self, response: &Response) -> Error {
        let tracking = self.tracking_id.clone();
        answer::common_error(response, &self.words(), Timestamp::now())
            .with_provider("webex")
            .with_provider_code(self.error.as_deref().map(answer::words))
            .with_tracking_id(
                answer::header(response.headers(), &TRACKING_ID)
                    .or(tracking.as_deref().map(answer::words)),
            )
    }
}

/// Webex does not document what it answers to a spent refresh token. A wrong secret of the app
/// must end nobody's authorization, so whatever speaks of the client is the app's fault, and a
/// 401 counts against the user only where it speaks of the grant.
pub fn token_refusal(response: &Response) -> TokenRefusal {
    let body = ErrorBody::read(response);
    let error = body.error(response);
    let status = response.status().as_u16();
    if !(status == 400 || status == 401 || status == 403) {
        return TokenRefusal::Other(error);
    }
    match body.error.as_deref() {
        Some("invalid_grant") => {
            return TokenRefusal::Grant(error.with_status(Status::Reauthorize), Reason::Expired);
        }
        // Another fault of ours by RFC 6749, section 5.2.
        Some(code) if !code.contains("client") => return TokenRefusal::Other(error),
        _ => {}
    }
    let words = body.words().to_lowercase();
    let speaks_of = |texts: &[&str]| texts.iter().any(|text| words.contains(text));
    let app = status == 403
        || speaks_of(&["client", "integration"])
        || (status == 401 && !speaks_of(&["refresh", "grant", "invalid token"]));
    if app {
        TokenRefusal::Other(error.with_status(Status::AppRejected))
    } else if body.message.is_none() || error.tracking_id().is_none() {
        // Not Webex's own words: a proxy or a gateway stands between.
        TokenRefusal::Other(error)
    } else {
        TokenRefusal::Grant(error.with_status(Status::Reauthorize), Reason::Expired)
    }
}

pub fn api_error(response: &Response) -> Error {
    let body = ErrorBody::read(response);
    let error = body.error(response);
    let words = body.words().to_lowercase();
    match response.status().as_u16() {
        403 if words.contains("scope") => error.with_status(Status::ScopeMissing),
        403 if words.contains("license") => error.with_status(Status::LicenseRequired),
        _ => error,
    }
}

/// What a request about one meeting, or one date of it, is refused with.
pub fn of_meeting(response: &Response) -> Error {
    let error = api_error(response);
    match response.status().as_u16() {
        404 if ErrorBody::read(response).is_own() => error.with_status(Status::MeetingNotFound),
        _ => error,
    }
}
