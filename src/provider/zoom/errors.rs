//! What Zoom answers when it refuses.

use jiff::Timestamp;
use serde::Deserialize;

use super::TRACKING_ID;
use crate::error::{Error, Status};
use crate::http::Response;
use crate::provider::TokenRefusal;
use crate::provider::answer::{self, lenient, parts};
use crate::store::Reason;

/// The most scopes of an error that are passed on.
const MAX_SCOPES: usize = 50;

/// The body of an error: `reason` and `error` from the token endpoint, `code` and `message`
/// from the API.
#[derive(Default, Deserialize)]
pub struct ErrorBody {
    #[serde(default, deserialize_with = "lenient")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    code: Option<i64>,
    #[serde(default, rename = "errorCode", deserialize_with = "lenient")]
    error_code: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    errors: Option<Vec<FieldError>>,
}

parts! {
    struct FieldError {
        "field" => field: String,
        "message" => message: String,
    }
}

impl ErrorBody {
    pub fn read(response: &Response) -> ErrorBody {
        serde_json::from_slice(response.body()).unwrap_or_default()
    }

    /// Why a token is refused, by Zoom's table of OAuth errors. Its numbers are told in a member of
    /// their own or in the text, and often not at all.
    fn reason(&self) -> Reason {
        let words = self.words();
        let is = |code: i64| {
            [self.code, self.error_code].contains(&Some(code)) || words.contains(&code.to_string())
        };
        if is(4735) || is(4738) {
            Reason::Removed
        } else if is(4711) {
            Reason::ScopesChanged
        } else {
            Reason::Expired
        }
    }

    /// Everything that Zoom said, in one line.
    pub fn words(&self) -> String {
        let mut words = [&self.error, &self.reason, &self.message]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(": ");
        for error in self.errors.iter().flatten() {
            let [field, message] = [&error.field, &error.message].map(|it| it.as_deref());
            let (field, message) = (field.unwrap_or_default(), message.unwrap_or_default());
            words.push_str(&format!("; {field}: {message}"));
        }
        words
    }
}

/// RFC 6749, section 5.2, as Zoom bends it: the text stands in `reason`, and an older form of
/// "Invalid Token!" comes as `invalid_request`.
pub fn token_refusal(response: &Response) -> TokenRefusal {
    let body = ErrorBody::read(response);
    let status = response.status().as_u16();
    let error = answer::common_error(response, &body.words(), Timestamp::now())
        .with_provider("zoom")
        .with_provider_code(
            body.error.as_deref().map(answer::words).or(body.code.map(|code| code.to_string())),
        )
        .with_tracking_id(answer::header(response.headers(), &TRACKING_ID));
    if !(400..500).contains(&status) || status == 429 {
        return TokenRefusal::Other(error);
    }
    let code = body.error.as_deref().unwrap_or_default();
    let invalid_token = body.reason.as_deref().is_some_and(|why| why.contains("Invalid Token"));
    if code == "invalid_grant" || invalid_token {
        TokenRefusal::Grant(error.with_status(Status::Reauthorize), body.reason())
    } else if status == 401 || matches!(code, "invalid_client" | "unauthorized_client") {
        TokenRefusal::Other(error.with_status(Status::AppRejected))
    } else {
        TokenRefusal::Other(error)
    }
}

pub fn api_error(response: &Response) -> Error {
    let body = ErrorBody::read(response);
    let now = Timestamp::now();
    let error = answer::common_error(response, &body.words(), now)
        .with_provider("zoom")
        .with_provider_code(body.code.map(|code| code.to_string()))
        .with_tracking_id(answer::header(response.headers(), &TRACKING_ID));
    if let Some(scopes) = missing_scopes(&body) {
        return error.with_status(Status::ScopeMissing).with_missing_scopes(scopes);
    }
    match (response.status().as_u16(), body.code) {
        (429, _) if error.retry_after().is_none() => {
            // The daily limit of one host comes without Retry-After.
            let message = body.message.as_deref().unwrap_or_default();
            let daily = message.contains("daily");
            error.with_retry_after(daily.then(|| answer::until_midnight(now)))
        }
        (400..=499, Some(3161)) => error.with_status(Status::LicenseRequired),
        _ => error,
    }
}

/// Code 1001, "User does not exist", or 1010, "user not in this account".
pub fn is_unknown_user(response: &Response) -> bool {
    let code = ErrorBody::read(response).code;
    matches!((response.status().as_u16(), code), (400 | 404, Some(1001 | 1010)))
}

/// What a request about one meeting, or one date of it, is refused with.
pub fn of_meeting(response: &Response) -> Error {
    let error = api_error(response);
    let body = ErrorBody::read(response);
    let gone = match (response.status().as_u16(), body.code) {
        (400 | 404, Some(3001)) => true,
        // "invalid occurrence_id", documented for deleting.
        (400, Some(300)) => body.words().to_lowercase().contains("occurrence"),
        // Without a code, but in words of its own: a gateway's page says nothing of the meeting.
        (404, None) => body.message.is_some(),
        _ => false,
    };
    if gone { error.with_status(Status::MeetingNotFound) } else { error }
}

/// The scopes that Zoom names as lacking; its codes for it vary (4700, 4711), its text does not.
pub fn missing_scopes(body: &ErrorBody) -> Option<Vec<String>> {
    let message = body.message.as_deref()?;
    let (_, list) = message.split_once("does not contain scopes")?;
    let list = list.trim_start_matches([':', '[', ' ']);
    let list = list.split(']').next().unwrap_or_default();
    let scopes = list.split(',').map(str::trim).filter(|scope| !scope.is_empty());
    Some(scopes.take(MAX_SCOPES).map(answer::words).collect())
}
