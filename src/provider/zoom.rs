//! Zoom: the OAuth endpoints of zoom.us and the Meetings API, version 2.

use std::collections::HashMap;

use http::Method;
use jiff::Timestamp;
use oauth2::AccessToken;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::answer::{self, Id, lenient};
use super::{Access, Client, Defaults, Provider, TokenAnswer, TokenGrant, TokenRefusal, request};
use crate::error::{Error, Result, Status};
use crate::http::{Request, Response};
use crate::meeting::{AutoRecording, Checks, DialIn, Host, Meeting, NewMeeting, Occurrence, merge};
use crate::store::Account;
use crate::text;

/// What Zoom's schema of `POST /users/{userId}/meetings` allows.
const MAX_TOPIC: usize = 200;
const MAX_AGENDA: usize = 2000;
const MAX_MINUTES: u32 = 1440;
const MAX_PASSCODE: usize = 10;
/// The most scopes of an error that are passed on.
const MAX_SCOPES: usize = 50;

/// "Scheduled", the type of a meeting with one fixed time.
const SCHEDULED: u8 = 2;

pub struct Zoom;

impl Provider for Zoom {
    fn name(&self) -> &'static str {
        "zoom"
    }

    fn defaults(&self) -> &'static Defaults {
        &Defaults {
            authorization_url: "https://zoom.us/oauth/authorize",
            token_url: "https://zoom.us/oauth/token",
            revoke_url: Some("https://zoom.us/oauth/revoke"),
            api_url: "https://api.zoom.us/v2",
            // Scopes come from the app's registration in Zoom's marketplace.
            scopes: &[],
        }
    }

    /// Zoom's error 4741: "With multiple authorizations, the last token issued is considered
    /// valid, and the previous ones are invalidated."
    fn newest_consent_wins(&self) -> bool {
        true
    }

    /// Zoom's metadata offers `client_secret_basic` alone, and its samples encode the id and
    /// the secret as they are.
    fn token_request(&self, client: Client<'_>, grant: TokenGrant<'_>) -> Result<Request> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        request::append_grant(&mut form, &grant);
        let request = request::form(client.endpoints.token_url.as_str(), form.finish());
        request::with_basic(request, client)
    }

    fn read_token(&self, response: &Response) -> std::result::Result<TokenAnswer, TokenRefusal> {
        if !response.status().is_success() {
            return Err(token_refusal(response));
        }
        // One hour, as Zoom documents, where the answer does not say.
        answer::token(response, 3600, regional_api)
            .ok_or_else(|| TokenRefusal::Other(self.unexpected(response, "no access token")))
    }

    /// The token that Zoom documents here is the access token.
    fn revoke_request(&self, client: Client<'_>, token: &AccessToken) -> Result<Option<Request>> {
        let Some(url) = &client.endpoints.revoke_url else { return Ok(None) };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.secret())
            .finish();
        request::with_basic(request::form(url.as_str(), form), client).map(Some)
    }

    fn account_request(&self, access: Access<'_>, scopes: &[String]) -> Result<Option<Request>> {
        let allowed = |scope: &String| scope == "user:read" || scope.starts_with("user:read:user");
        if !scopes.is_empty() && !scopes.iter().any(allowed) {
            return Ok(None);
        }
        request::api(Method::GET, access, "/users/me", None).map(Some)
    }

    fn read_account(&self, response: &Response) -> Result<Account> {
        if !response.status().is_success() {
            return Err(api_error(response));
        }
        #[derive(Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "lenient")]
            id: Option<String>,
            #[serde(default, deserialize_with = "lenient")]
            account_id: Option<String>,
            #[serde(default, deserialize_with = "lenient")]
            email: Option<String>,
        }
        let body: Body = serde_json::from_slice(response.body())
            .map_err(|_| self.unexpected(response, "no user"))?;
        Ok(Account { id: body.account_id, user_id: body.id, email: body.email })
    }

    /// Code 124 with 401; a lack of scopes may come with 401 too.
    fn refuses_token(&self, response: &Response) -> bool {
        response.status() == 401 && missing_scopes(&ErrorBody::read(response)).is_none()
    }

    fn create_request(
        &self,
        access: Access<'_>,
        meeting: &NewMeeting,
        checks: &mut Checks,
    ) -> Result<Request> {
        let mut body = create_body(meeting, checks)?;
        merge(&mut body, &meeting.provider_options);
        request::api(Method::POST, access, "/users/me/meetings", Some(&body))
    }

    fn read_created(&self, response: &Response) -> Result<Meeting> {
        if !response.status().is_success() {
            return Err(api_error(response));
        }
        let body: MeetingBody = serde_json::from_slice(response.body())
            .map_err(|_| self.unexpected(response, "no meeting id and join link"))?;
        Ok(body.into_meeting())
    }
}

impl Zoom {
    fn unexpected(&self, response: &Response, what: &str) -> Error {
        answer::unexpected(response, what)
            .with_provider("zoom")
            .with_tracking_id(answer::header(response.headers(), TRACKING_ID))
    }
}

const TRACKING_ID: &str = "x-zm-trackingid";

/// The account's region, if a token may be sent there; anything else is ignored and the
/// configured API is used.
fn regional_api(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    let trusted = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && (host.ends_with(".zoom.us") || host.ends_with(".zoomgov.com"));
    trusted.then(|| format!("https://{host}/v2"))
}

/// The body of an error: `reason` and `error` from the token endpoint, `code` and `message`
/// from the API.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default, deserialize_with = "lenient")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    code: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    errors: Option<Vec<FieldError>>,
}

#[derive(Deserialize)]
struct FieldError {
    #[serde(default)]
    field: String,
    #[serde(default)]
    message: String,
}

impl ErrorBody {
    fn read(response: &Response) -> ErrorBody {
        serde_json::from_slice(response.body()).unwrap_or_default()
    }

    /// Everything that Zoom said, in one line.
    fn words(&self) -> String {
        let mut words = [&self.error, &self.reason, &self.message]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(": ");
        for error in self.errors.iter().flatten() {
            words.push_str(&format!("; {}: {}", error.field, error.message));
        }
        words
    }
}

/// RFC 6749, section 5.2, as Zoom bends it: the text stands in `reason`, and an older form of
/// "Invalid Token!" comes as `invalid_request`.
fn token_refusal(response: &Response) -> TokenRefusal {
    let body = ErrorBody::read(response);
    let status = response.status().as_u16();
    let error = answer::common_error(response, &body.words(), Timestamp::now())
        .with_provider("zoom")
        .with_provider_code(
            body.error.as_deref().map(answer::words).or(body.code.map(|code| code.to_string())),
        )
        .with_tracking_id(answer::header(response.headers(), TRACKING_ID));
    if !(400..500).contains(&status) || status == 429 {
        return TokenRefusal::Other(error);
    }
    let code = body.error.as_deref().unwrap_or_default();
    let invalid_token = body.reason.as_deref().is_some_and(|why| why.contains("Invalid Token"));
    if code == "invalid_grant" || invalid_token {
        TokenRefusal::Grant(error.with_status(Status::Reauthorize))
    } else if status == 401 || matches!(code, "invalid_client" | "unauthorized_client") {
        TokenRefusal::Other(error.with_status(Status::AppRejected))
    } else {
        TokenRefusal::Other(error)
    }
}

fn api_error(response: &Response) -> Error {
    let body = ErrorBody::read(response);
    let now = Timestamp::now();
    let error = answer::common_error(response, &body.words(), now)
        .with_provider("zoom")
        .with_provider_code(body.code.map(|code| code.to_string()))
        .with_tracking_id(answer::header(response.headers(), TRACKING_ID));
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
        (400 | 404, Some(3001)) => error.with_status(Status::MeetingNotFound),
        (400..=499, Some(3161)) => error.with_status(Status::LicenseRequired),
        _ => error,
    }
}

/// The scopes that Zoom names as lacking; its codes for it vary (4700, 4711), its text does not.
fn missing_scopes(body: &ErrorBody) -> Option<Vec<String>> {
    let message = body.message.as_deref()?;
    let (_, list) = message.split_once("does not contain scopes")?;
    let list = list.trim_start_matches([':', '[', ' ']);
    let list = list.split(']').next().unwrap_or_default();
    let scopes = list.split(',').map(str::trim).filter(|scope| !scope.is_empty());
    Some(scopes.take(MAX_SCOPES).map(answer::words).collect())
}

fn create_body(meeting: &NewMeeting, checks: &mut Checks) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    let mut settings = Map::new();
    body.insert("type".into(), SCHEDULED.into());
    body.insert("topic".into(), checks.cut("topic", &meeting.topic, MAX_TOPIC).into());
    // In UTC, since a wall time is two instants in the hour that a clock change repeats.
    body.insert("start_time".into(), text::utc(meeting.start.instant).into());
    if let Some(zone) = &meeting.start.time_zone {
        body.insert("timezone".into(), zone.as_str().into());
    }
    let mut minutes = meeting.duration_minutes;
    if minutes > MAX_MINUTES {
        checks.cannot("duration_minutes", format!("Zoom allows at most {MAX_MINUTES}"))?;
        minutes = MAX_MINUTES;
    }
    body.insert("duration".into(), minutes.into());
    if let Some(agenda) = &meeting.agenda {
        body.insert("agenda".into(), checks.cut("agenda", agenda, MAX_AGENDA).into());
    }
    if let Some(passcode) = &meeting.passcode {
        let fits = passcode.len() <= MAX_PASSCODE
            && passcode.chars().all(|c| c.is_ascii_alphanumeric() || "@-_*".contains(c));
        if fits {
            body.insert("password".into(), passcode.as_str().into());
        } else {
            let why = "Zoom allows at most 10 letters, digits and @ - _ *";
            checks.cannot("passcode", why)?;
        }
    }
    if let Some(template) = &meeting.template_id {
        body.insert("template_id".into(), template.as_str().into());
    }
    let switches = [
        ("waiting_room", meeting.waiting_room),
        ("join_before_host", meeting.join_before_host),
        ("mute_upon_entry", meeting.mute_on_entry),
    ];
    for (name, switch) in switches {
        if let Some(on) = switch {
            settings.insert(name.into(), on.into());
        }
    }
    if meeting.waiting_room == Some(true) && meeting.join_before_host == Some(true) {
        checks.warn("join_before_host", "Zoom ignores it where the waiting room is on");
    }
    if let Some(recording) = meeting.auto_recording {
        let kind = match recording {
            AutoRecording::None => "none",
            AutoRecording::Local => "local",
            AutoRecording::Cloud => "cloud",
        };
        settings.insert("auto_recording".into(), kind.into());
    }
    if !meeting.alternative_hosts.is_empty() {
        // Zoom separates them by semicolons.
        let hosts = meeting.alternative_hosts.join(";");
        settings.insert("alternative_hosts".into(), hosts.into());
        let notify = meeting.send_email;
        settings.insert("alternative_hosts_email_notification".into(), notify.into());
    }
    if !meeting.invitees.is_empty() {
        let emails = meeting.invitees.iter().map(|invitee| json!({ "email": invitee.email }));
        settings.insert("meeting_invitees".into(), emails.collect());
    }
    settings.insert("email_notification".into(), meeting.send_email.into());
    body.insert("settings".into(), settings.into());
    Ok(body)
}

/// Zoom's meeting. Only the id and the join link are needed; the rest may change shape.
#[derive(Deserialize)]
struct MeetingBody {
    id: Id,
    join_url: String,
    #[serde(default, deserialize_with = "lenient")]
    uuid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    topic: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    start_time: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    start_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    password: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    dynamic_host_key: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    occurrences: Option<Vec<OccurrenceBody>>,
    #[serde(default, deserialize_with = "lenient")]
    settings: Option<SettingsBody>,
}

#[derive(Deserialize)]
struct OccurrenceBody {
    occurrence_id: Id,
    #[serde(default, deserialize_with = "lenient")]
    start_time: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    status: Option<String>,
}

#[derive(Deserialize)]
struct SettingsBody {
    #[serde(default, deserialize_with = "lenient")]
    global_dial_in_numbers: Option<Vec<HashMap<String, Value>>>,
}

impl MeetingBody {
    fn into_meeting(self) -> Meeting {
        let id = self.id.into_text();
        let instant = |time: Option<String>| time.and_then(|time| time.parse().ok());
        let occurrences = self.occurrences.unwrap_or_default().into_iter();
        let numbers = self.settings.and_then(|settings| settings.global_dial_in_numbers);
        Meeting {
            provider: "zoom",
            number: Some(id.clone()),
            id,
            uuid: self.uuid,
            topic: self.topic,
            start: instant(self.start_time),
            time_zone: self.timezone,
            duration_minutes: self.duration,
            join_url: self.join_url,
            passcode: self.password.filter(|passcode| !passcode.is_empty()),
            host: Some(Host { id: self.host_id, email: self.host_email, name: None }),
            dial_in: numbers.unwrap_or_default().into_iter().filter_map(dial_in).collect(),
            occurrences: occurrences
                .filter(|occurrence| occurrence.status.as_deref() != Some("deleted"))
                .map(|occurrence| Occurrence {
                    id: occurrence.occurrence_id.into_text(),
                    start: instant(occurrence.start_time),
                    duration_minutes: occurrence.duration,
                    join_url: None,
                })
                .collect(),
            start_url: self.start_url,
            host_key: self.dynamic_host_key,
            ..Meeting::default()
        }
    }
}

fn dial_in(number: HashMap<String, Value>) -> Option<DialIn> {
    let text = |name: &str| number.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(DialIn {
        number: text("number")?,
        label: text("city").filter(|city| !city.is_empty()),
        country: text("country"),
        toll_free: text("type").map(|kind| kind == "tollfree"),
    })
}

#[cfg(test)]
mod tests;
