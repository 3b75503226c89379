//! Webex: the OAuth endpoints and the Meetings API of webexapis.com, version 1.

mod errors;
mod invitees;
mod marks;
mod read;
pub mod recurrence;
mod subscriptions;
mod webhook;
mod write;

use http::{HeaderName, Method};
use jiff::{SignedDuration, Timestamp};
use oauth2::AccessToken;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

use self::errors::{ErrorBody, api_error, token_refusal};
use super::answer::{self, lenient};
use super::registration::{Names, Scope};
use super::{
    Access, Client, DatesApart, Defaults, Host, InviteeList, InviteesApart, KnownInvitee, Listed,
    Part, Provider, Sought, Step, Subscriptions, Target, TokenAnswer, TokenGrant, TokenRefusal,
    Webhooks, request,
};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::http::{Request, Response};
use crate::meeting::recurrence::Recurrence;
use crate::meeting::{Checks, Details, Meeting, Start};
use crate::store::Account;
use crate::text;

const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");
const MEETINGS: &str = "/meetings";
const INVITEES: &str = "/meetingInvitees";

/// The longest page of a list.
const MAX_PAGE: u32 = 100;
/// How far ahead the dates of a series are listed.
const DATES_AHEAD: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

/// Webex, "Scopes" of integrations. Nobody's profile but one's own is read.
const SCOPES: &[Scope] = &[
    scope("meeting:schedules_read", "meeting:admin_schedule_read", true),
    scope("meeting:schedules_write", "meeting:admin_schedule_write", true),
    scope("spark:people_read", "spark:people_read", false),
];

const fn scope(own: &'static str, all: &'static str, is_needed: bool) -> Scope {
    Scope { name: Names { own, all }, classic: None, is_needed }
}

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
            admin_scopes: &["meeting:admin_schedule_read", "meeting:admin_schedule_write"],
        }
    }

    fn renewal_days(&self) -> i64 {
        // A refresh token lives 90 days, an access token 14.
        7
    }

    fn scopes(&self) -> &'static [Scope] {
        SCOPES
    }

    fn lacking_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        if granted.is_empty() {
            return Vec::new();
        }
        let has = |scope: &str| granted.iter().any(|granted| granted == scope);
        let needed = self.scopes().iter().filter(|scope| scope.is_needed).map(|scope| scope.name);
        needed.filter(|it| !has(it.own) && !has(it.all)).map(|it| it.own).collect()
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
        request::api(Method::GET, access, "/people/me").map(Some)
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

    fn tracking_id(&self, response: &Response) -> Option<String> {
        answer::header(response.headers(), &TRACKING_ID)
    }

    fn refuses_token(&self, response: &Response) -> bool {
        response.status() == 401
    }

    /// Webex speaks of missing scopes, roles and licences in one sentence.
    fn scope_for(&self, method: &Method, for_others: bool) -> Option<&'static str> {
        Some(match (method, for_others) {
            (&Method::GET, false) => "meeting:schedules_read",
            (_, false) => "meeting:schedules_write",
            (&Method::GET, true) => "meeting:admin_schedule_read",
            (_, true) => "meeting:admin_schedule_write",
        })
    }

    fn is_admin_scope(&self, scope: &str) -> bool {
        scope.starts_with("meeting:admin_")
    }

    /// Webex's service apps get their first tokens by hand.
    fn has_server_apps(&self) -> bool {
        false
    }

    /// Not documented; of a new meeting and of a list there is nothing else that could be missing.
    fn refuses_host(&self, response: &Response) -> bool {
        response.status() == 404 && ErrorBody::read(response).is_own()
    }

    /// A series is 32 hexadecimal digits today, one of its dates `<series>_<time in UTC>`.
    fn is_meeting_id(&self, id: &str) -> bool {
        id.len() <= 200
            && !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    }

    fn is_occurrence_id(&self, meeting: &str, id: &str) -> bool {
        let part = id.strip_prefix(meeting).and_then(|rest| rest.strip_prefix('_'));
        self.is_meeting_id(id) && part.is_some_and(|part| !part.is_empty())
    }

    fn cannot_repeat(&self, start: &Start, rule: &Recurrence) -> Option<String> {
        recurrence::of(rule, start.wall(), &start.rules()).err()
    }

    fn has_meetings_without_time(&self) -> bool {
        false
    }

    /// Start and end go together, and our mark of the zone is among other marks.
    fn changes_times_as_a_whole(&self) -> bool {
        true
    }

    fn occurrence_id(&self, meeting: &str, original: Timestamp) -> Option<String> {
        Some(format!("{meeting}_{}", original.strftime("%Y%m%dT%H%M%SZ")))
    }

    fn is_date(&self, occurrence: &str, original: Timestamp) -> bool {
        self.occurrence_id("", original).is_some_and(|suffix| occurrence.ends_with(&suffix))
    }

    fn create_request(
        &self,
        access: Access<'_>,
        details: &Details,
        mark: Option<&str>,
        checks: &mut Checks,
    ) -> Result<Request> {
        let mut body = write::body(details, Part::New, checks)?;
        marks::put(&mut body, details, mark)?;
        name_host(&mut body, access.host)?;
        request::api_with(Method::POST, access, "/meetings", &body)
    }

    fn read_created(&self, response: &Response) -> Result<Meeting> {
        if !response.status().is_success() {
            return Err(api_error(response));
        }
        self.meeting(response)
    }

    fn get_request(&self, access: Access<'_>, target: Target<'_>) -> Result<Request> {
        let path = for_host(&path(target), access.host)?;
        request::api(Method::GET, access, &path)
    }

    fn read_meeting(&self, response: &Response) -> Result<Meeting> {
        if !response.status().is_success() {
            return Err(errors::of_meeting(response));
        }
        self.meeting(response)
    }

    fn update_request(
        &self,
        access: Access<'_>,
        target: Target<'_>,
        details: &Details,
        now: Option<&Meeting>,
        checks: &mut Checks,
    ) -> Result<Option<Request>> {
        let mut body = write::body(details, target.part(), checks)?;
        if let Some(now) = now.filter(|_| target.part() == Part::Whole) {
            marks::renew_zone(&mut body, details, &now.marks);
        }
        if body.is_empty() {
            return Ok(None);
        }
        name_host(&mut body, access.host)?;
        request::api_with(Method::PATCH, access, &path(target), &body).map(Some)
    }

    fn read_updated(&self, response: &Response) -> Result<Option<Meeting>> {
        self.read_meeting(response).map(Some)
    }

    /// Without a mail to host and invitees: the groupware tells them.
    fn delete_request(&self, access: Access<'_>, target: Target<'_>) -> Result<Request> {
        let path = for_host(&format!("{}?sendEmail=false", path(target)), access.host)?;
        request::api(Method::DELETE, access, &path)
    }

    fn read_deleted(&self, response: &Response) -> Result<()> {
        match response.status().is_success() {
            true if answer::is_done(response) => Ok(()),
            true => Err(self.unexpected(response, "something else")),
            false => Err(errors::of_meeting(response)),
        }
    }

    fn list_request(&self, access: Access<'_>, filter: &Filter) -> Result<Request> {
        let size = filter.page_size.min(MAX_PAGE).to_string();
        let (from, to) = (text::utc(filter.from), text::utc(filter.to));
        let query =
            [("meetingType", "meetingSeries"), ("from", &from), ("to", &to), ("max", &size)];
        list(access, MEETINGS, &query, filter.next.as_deref())
    }

    fn read_list(&self, api_url: &str, response: &Response) -> Result<Listed> {
        if !response.status().is_success() {
            return Err(errors::of_meeting(response));
        }
        let meetings = read::meetings(response)
            .ok_or_else(|| self.unexpected(response, "no list of meetings"))?;
        Ok(Listed { meetings, next: self.next(api_url, MEETINGS, response)? })
    }

    fn dates_apart(&self) -> Option<&dyn DatesApart> {
        Some(self)
    }

    fn search_request(
        &self,
        access: Access<'_>,
        sought: &Sought<'_>,
        next: Option<&str>,
    ) -> Result<Request> {
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let start = sought.start.unwrap_or(sought.asked_at);
        let from = text::utc(start.checked_sub(DAY).unwrap_or(start));
        let to = text::utc(start.checked_add(DAY).unwrap_or(start));
        let query = [
            ("meetingType", "meetingSeries"),
            ("integrationTag", sought.mark),
            ("from", &from),
            ("to", &to),
        ];
        list(access, MEETINGS, &query, next)
    }

    fn sought_by(&self) -> &'static [&'static str] {
        &["start", "end", "hostEmail"]
    }

    /// The list was of meetings with the mark.
    fn is_sought(&self, meeting: &Meeting, sought: &Sought<'_>) -> bool {
        meeting.marks.is_empty() || meeting.marks.iter().any(|mark| mark == sought.mark)
    }

    fn invitees_apart(&self) -> Option<&dyn InviteesApart> {
        Some(self)
    }

    fn webhooks(&self) -> &dyn Webhooks {
        self
    }

    fn subscriptions(&self) -> Option<&dyn Subscriptions> {
        Some(self)
    }

    fn refused_hosts(&self, response: &Response, hosts: &[String]) -> Option<Vec<String>> {
        let phrases = ["cohost", "co-host", "alternate host"];
        match response.status().as_u16() {
            400 | 403 | 404 if !hosts.is_empty() => {
                answer::refused_hosts(&ErrorBody::read(response).words(), hosts, &phrases)
            }
            _ => None,
        }
    }
}

impl DatesApart for Webex {
    fn request(
        &self,
        access: Access<'_>,
        meeting: &Meeting,
        next: Option<&str>,
    ) -> Result<Request> {
        let from = meeting.start.unwrap_or_else(Timestamp::now);
        let to = from.checked_add(DATES_AHEAD).unwrap_or(from);
        let (from, to, size) = (text::utc(from), text::utc(to), MAX_PAGE.to_string());
        let query = [
            ("meetingType", "scheduledMeeting"),
            ("meetingSeriesId", &meeting.id),
            ("from", &from),
            ("to", &to),
            ("max", &size),
        ];
        list(access, MEETINGS, &query, next)
    }
}

impl InviteesApart for Webex {
    fn request(&self, access: Access<'_>, meeting: &str, next: Option<&str>) -> Result<Request> {
        let size = MAX_PAGE.to_string();
        list(access, INVITEES, &[("meetingId", meeting), ("max", &size)], next)
    }

    fn read(&self, api_url: &str, response: &Response) -> Result<InviteeList> {
        if !response.status().is_success() {
            return Err(errors::of_meeting(response));
        }
        let invitees = read::invitees(response)
            .ok_or_else(|| self.unexpected(response, "no list of invitees"))?;
        Ok(InviteeList { invitees, next: self.next(api_url, INVITEES, response)? })
    }

    fn steps(
        &self,
        meeting: &str,
        host: Host<'_>,
        known: &[KnownInvitee],
        details: &Details,
        checks: &mut Checks,
    ) -> Result<Vec<Step>> {
        let mut steps = invitees::steps(meeting, known, details, checks)?;
        for step in &mut steps {
            match &mut step.body {
                Some(body) => name_host(body, host)?,
                None => step.path = for_host(&step.path, host)?,
            }
        }
        Ok(steps)
    }
}

impl Webex {
    fn meeting(&self, response: &Response) -> Result<Meeting> {
        read::meeting(response).ok_or_else(|| self.unexpected(response, "no meeting"))
    }

    fn next(&self, api_url: &str, path: &str, response: &Response) -> Result<Option<String>> {
        read::next(api_url, path, response)
            .ok_or_else(|| self.unexpected(response, "a link to somewhere else"))
    }

    fn unexpected(&self, response: &Response, what: &str) -> Error {
        answer::unexpected(response, what)
            .with_provider("webex")
            .with_tracking_id(answer::header(response.headers(), &TRACKING_ID))
    }
}

/// One date of a series is a meeting with an id of its own.
fn path(target: Target<'_>) -> String {
    format!("{MEETINGS}/{}", target.occurrence.unwrap_or(target.meeting))
}

/// A list from its beginning, or from where a part before it ended.
fn list(
    access: Access<'_>,
    path: &str,
    query: &[(&str, &str)],
    next: Option<&str>,
) -> Result<Request> {
    let first = || form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let query = next.map_or_else(first, str::to_owned);
    let path = for_host(&format!("{path}?{query}"), access.host)?;
    request::api(Method::GET, access, &path)
}

/// What names the host of a meeting, in bodies and queries: "only used if the user or application
/// calling the API has the admin-level scopes".
const HOST: &str = "hostEmail";

fn name_host(body: &mut Map<String, Value>, host: Host<'_>) -> Result<()> {
    if let Some(email) = host.email()? {
        body.insert(HOST.to_owned(), email.into());
    }
    Ok(())
}

/// A path that names the host and nobody else, whatever the link to a next part says. One that does
/// so already is followed as it is.
fn for_host(path: &str, host: Host<'_>) -> Result<String> {
    let Some(email) = host.email()? else { return Ok(path.to_owned()) };
    let (before, query) = path.split_once('?').unwrap_or((path, ""));
    let named = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == HOST);
    if named.map(|(_, value)| value).eq([email]) {
        return Ok(path.to_owned());
    }
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != HOST);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair(HOST, email)
        .finish();
    Ok(format!("{before}?{query}"))
}

#[cfg(test)]
mod tests;
