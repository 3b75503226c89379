//! Webex: the OAuth endpoints and the Meetings API of webexapis.com, version 1.

use http::Method;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use oauth2::AccessToken;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::answer::{self, lenient};
use super::{Access, Client, Defaults, Provider, TokenAnswer, TokenGrant, TokenRefusal, request};
use crate::error::{Error, Result, Status};
use crate::http::{Request, Response};
use crate::meeting::{AutoRecording, Checks, DialIn, Host, Meeting, NewMeeting, merge};
use crate::store::Account;

/// What Webex's schema of `POST /v1/meetings` allows.
const MAX_TITLE: usize = 128;
const MAX_AGENDA: usize = 1300;
const MIN_MINUTES: u32 = 10;
const MAX_MINUTES: u32 = 23 * 60 + 59;
const MAX_INVITEES: usize = 1000;

pub struct Webex;

impl Provider for Webex {
    fn name(&self) -> &'static str {
        "webex"
    }

    fn defaults(&self) -> &'static Defaults {
        &Defaults {
            authorization_url: "https://webexapis.com/v1/authorize",
            token_url: "https://webexapis.com/v1/access_token",
            // An integration cannot end a user's consent; the user does it in Webex.
            revoke_url: None,
            api_url: "https://webexapis.com/v1",
            scopes: &["meeting:schedules_read", "meeting:schedules_write"],
        }
    }

    fn newest_consent_wins(&self) -> bool {
        false
    }

    /// Webex takes the id and the secret in the body.
    fn token_request(&self, client: Client<'_>, grant: TokenGrant<'_>) -> Result<Request> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("client_id", client.id)
            .append_pair("client_secret", client.secret.secret());
        request::append_grant(&mut form, &grant);
        request::form(client.endpoints.token_url.as_str(), form.finish())
    }

    fn read_token(&self, response: &Response) -> std::result::Result<TokenAnswer, TokenRefusal> {
        if !response.status().is_success() {
            return Err(token_refusal(response));
        }
        // Fourteen days, as Webex documents, where the answer does not say.
        answer::token(response, 1_209_600, |_| None)
            .ok_or_else(|| TokenRefusal::Other(self.unexpected(response, "no access token")))
    }

    fn revoke_request(&self, _: Client<'_>, _: &AccessToken) -> Result<Option<Request>> {
        Ok(None)
    }

    fn account_request(&self, access: Access<'_>, scopes: &[String]) -> Result<Option<Request>> {
        let allowed = |scope: &String| scope == "spark:people_read" || scope == "spark:all";
        if !scopes.is_empty() && !scopes.iter().any(allowed) {
            return Ok(None);
        }
        request::api(Method::GET, access, "/people/me", None).map(Some)
    }

    fn read_account(&self, response: &Response) -> Result<Account> {
        if !response.status().is_success() {
            return Err(api_error(response));
        }
        #[derive(Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "lenient")]
            id: Option<String>,
            #[serde(default, rename = "orgId", deserialize_with = "lenient")]
            org_id: Option<String>,
            #[serde(default, deserialize_with = "lenient")]
            emails: Option<Vec<String>>,
        }
        let body: Body = serde_json::from_slice(response.body())
            .map_err(|_| self.unexpected(response, "no person"))?;
        let email = body.emails.and_then(|emails| emails.into_iter().next());
        Ok(Account { id: body.org_id, user_id: body.id, email })
    }

    fn refuses_token(&self, response: &Response) -> bool {
        response.status() == 401
    }

    fn create_request(
        &self,
        access: Access<'_>,
        meeting: &NewMeeting,
        checks: &mut Checks,
    ) -> Result<Request> {
        let mut body = create_body(meeting, checks)?;
        merge(&mut body, &meeting.provider_options);
        request::api(Method::POST, access, "/meetings", Some(&body))
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

impl Webex {
    fn unexpected(&self, response: &Response, what: &str) -> Error {
        answer::unexpected(response, what)
            .with_provider("webex")
            .with_tracking_id(answer::header(response.headers(), TRACKING_ID))
    }
}

const TRACKING_ID: &str = "trackingid";

#[derive(Default, Deserialize)]
struct ErrorBody {
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

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    description: String,
}

impl ErrorBody {
    fn read(response: &Response) -> ErrorBody {
        serde_json::from_slice(response.body()).unwrap_or_default()
    }

    /// Everything that Webex said, in one line; its descriptions often repeat the message.
    fn words(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        let descriptions = self.errors.iter().flatten().map(|error| error.description.as_str());
        let texts = [&self.error, &self.error_description, &self.message];
        for text in texts.into_iter().flatten().map(String::as_str).chain(descriptions) {
            if !text.is_empty() && !words.contains(&text) {
                words.push(text);
            }
        }
        words.join(": ")
    }

    fn error(&self, response: &Response) -> Error {
        let tracking = self.tracking_id.clone();
        answer::common_error(response, &self.words(), Timestamp::now())
            .with_provider("webex")
            .with_provider_code(self.error.as_deref().map(answer::words))
            .with_tracking_id(
                answer::header(response.headers(), TRACKING_ID)
                    .or(tracking.as_deref().map(answer::words)),
            )
    }
}

/// Webex does not document what it answers to a spent refresh token. A wrong secret of the app
/// must end nobody's authorization, so whatever speaks of the client is the app's fault, and a
/// 401 counts against the user only where it speaks of the grant.
fn token_refusal(response: &Response) -> TokenRefusal {
    let body = ErrorBody::read(response);
    let error = body.error(response);
    let status = response.status().as_u16();
    if !(status == 400 || status == 401 || status == 403) {
        return TokenRefusal::Other(error);
    }
    match body.error.as_deref() {
        Some("invalid_grant") => {
            return TokenRefusal::Grant(error.with_status(Status::Reauthorize));
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
    } else if body.message.is_none() {
        // Not Webex's own words: a proxy or a gateway stands between.
        TokenRefusal::Other(error)
    } else {
        TokenRefusal::Grant(error.with_status(Status::Reauthorize))
    }
}

fn api_error(response: &Response) -> Error {
    let body = ErrorBody::read(response);
    let error = body.error(response);
    let words = body.words().to_lowercase();
    match response.status().as_u16() {
        403 if words.contains("scope") => error.with_status(Status::ScopeMissing),
        403 if words.contains("license") => error.with_status(Status::LicenseRequired),
        _ => error,
    }
}

fn create_body(meeting: &NewMeeting, checks: &mut Checks) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    body.insert("title".into(), checks.cut("topic", &meeting.topic, MAX_TITLE).into());
    let mut minutes = meeting.duration_minutes;
    if !(MIN_MINUTES..=MAX_MINUTES).contains(&minutes) {
        let why = format!("Webex allows {MIN_MINUTES} to {MAX_MINUTES}");
        checks.cannot("duration_minutes", why)?;
        minutes = minutes.clamp(MIN_MINUTES, MAX_MINUTES);
    }
    // With an offset the instant counts; the zone is what people are shown.
    let zone = match &meeting.start.time_zone {
        Some(name) => {
            body.insert("timezone".into(), name.as_str().into());
            TimeZone::get(name).unwrap_or(TimeZone::UTC)
        }
        None => TimeZone::UTC,
    };
    let end = meeting.start.instant + SignedDuration::from_mins(minutes.into());
    body.insert("start".into(), with_offset(meeting.start.instant, &zone).into());
    body.insert("end".into(), with_offset(end, &zone).into());
    if let Some(agenda) = &meeting.agenda {
        body.insert("agenda".into(), checks.cut("agenda", agenda, MAX_AGENDA).into());
    }
    if let Some(passcode) = &meeting.passcode {
        body.insert("password".into(), passcode.as_str().into());
    }
    if let Some(template) = &meeting.template_id {
        body.insert("templateId".into(), template.as_str().into());
    }
    if let Some(on) = meeting.join_before_host {
        body.insert("enabledJoinBeforeHost".into(), on.into());
    }
    if let Some(on) = meeting.waiting_room {
        let security = if on { "allowJoinWithLobby" } else { "allowJoin" };
        body.insert("unlockedMeetingJoinSecurity".into(), security.into());
    }
    if meeting.mute_on_entry == Some(true) {
        checks.cannot("mute_on_entry", "Webex cannot set it for one meeting")?;
    }
    match meeting.auto_recording {
        Some(AutoRecording::Cloud) => {
            body.insert("enabledAutoRecordMeeting".into(), true.into());
        }
        Some(AutoRecording::None) => {
            body.insert("enabledAutoRecordMeeting".into(), false.into());
        }
        Some(AutoRecording::Local) => {
            checks.cannot("auto_recording", "Webex records in its cloud only")?;
        }
        None => {}
    }
    let invitees = invitees(meeting, checks)?;
    if !invitees.is_empty() {
        body.insert("invitees".into(), invitees.into());
    }
    body.insert("sendEmail".into(), meeting.send_email.into());
    Ok(body)
}

/// Webex has no alternative hosts; its co-hosts are invitees with a mark.
fn invitees(meeting: &NewMeeting, checks: &mut Checks) -> Result<Vec<Value>> {
    let (asked, hosts) = (meeting.invitees.len(), meeting.alternative_hosts.len());
    if asked.max(hosts) > MAX_INVITEES {
        checks.cannot("invitees", format!("Webex allows at most {MAX_INVITEES}"))?;
    }
    let (asked, hosts) = (asked.min(MAX_INVITEES), hosts.min(MAX_INVITEES));
    let (asked, hosts) = (&meeting.invitees[..asked], &meeting.alternative_hosts[..hosts]);
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let is_host = |email: &str| hosts.iter().any(|host| same(host, email));
    let mut invitees: Vec<Value> = Vec::new();
    for invitee in asked {
        let mut entry = json!({ "email": invitee.email, "coHost": is_host(&invitee.email) });
        if let Some(name) = &invitee.name {
            entry["displayName"] = checks.cut("invitees", name, MAX_TITLE).into();
        }
        invitees.push(entry);
    }
    let invited = |email: &str| asked.iter().any(|invitee| same(&invitee.email, email));
    for host in hosts.iter().filter(|host| !invited(host)) {
        invitees.push(json!({ "email": host, "coHost": true }));
    }
    if invitees.len() > MAX_INVITEES {
        checks.cannot("invitees", format!("Webex allows at most {MAX_INVITEES}"))?;
        invitees.truncate(MAX_INVITEES);
    }
    Ok(invitees)
}

/// ISO 8601 with the zone's offset, to the second: `2027-03-01T18:00:00+09:00`.
fn with_offset(at: Timestamp, zone: &TimeZone) -> String {
    Zoned::new(at, zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Webex's meeting. Only the id and the join link are needed: Cisco's own examples leave out
/// members that its schema calls required.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MeetingBody {
    id: String,
    web_link: String,
    #[serde(default, deserialize_with = "lenient")]
    meeting_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    start: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    end: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    password: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_display_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_key: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    sip_address: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    telephony: Option<Telephony>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Telephony {
    #[serde(default, deserialize_with = "lenient")]
    call_in_numbers: Option<Vec<CallIn>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallIn {
    call_in_number: String,
    #[serde(default, deserialize_with = "lenient")]
    label: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    toll_type: Option<String>,
}

impl MeetingBody {
    fn into_meeting(self) -> Meeting {
        let instant = |time: Option<String>| time?.parse::<Timestamp>().ok();
        let (start, end) = (instant(self.start), instant(self.end));
        let length = start.zip(end).map(|(start, end)| end.duration_since(start).as_mins());
        let numbers = self.telephony.and_then(|telephony| telephony.call_in_numbers);
        Meeting {
            provider: "webex",
            id: self.id,
            number: self.meeting_number,
            topic: self.title,
            start,
            time_zone: self.timezone,
            duration_minutes: length.and_then(|minutes| minutes.try_into().ok()),
            join_url: self.web_link,
            passcode: self.password.filter(|passcode| !passcode.is_empty()),
            host: Some(Host {
                id: self.host_user_id,
                email: self.host_email,
                name: self.host_display_name,
            }),
            dial_in: numbers
                .unwrap_or_default()
                .into_iter()
                .map(|number| DialIn {
                    number: number.call_in_number,
                    label: number.label,
                    country: None,
                    toll_free: number.toll_type.map(|kind| kind == "tollFree"),
                })
                .collect(),
            sip: self.sip_address.filter(|address| !address.is_empty()),
            host_key: self.host_key,
            ..Meeting::default()
        }
    }
}

#[cfg(test)]
mod tests;
