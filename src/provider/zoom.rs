//! Zoom: the OAuth endpoints of zoom.us and the Meetings API, version 2.

mod errors;
mod read;
pub mod recurrence;
mod scopes;
mod webhook;
mod write;
mod zones;

use http::{HeaderName, Method};
use jiff::{SignedDuration, Timestamp};
use oauth2::AccessToken;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use self::errors::{ErrorBody, api_error, missing_scopes, token_refusal};
use super::answer::{self, lenient};
use super::registration::Scope;
use super::{
    Access, Client, Defaults, Host, Listed, Part, Provider, SipApart, Sought, Target, TokenAnswer,
    TokenGrant, TokenRefusal, Webhooks, request,
};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::http::{Request, Response};
use crate::meeting::recurrence::Recurrence;
use crate::meeting::{Checks, Details, Meeting, Start, merge};
use crate::store::Account;
use crate::text;

const TRACKING_ID: HeaderName = HeaderName::from_static("x-zm-trackingid");

/// The longest page of a list.
const MAX_PAGE: u32 = 300;

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
            admin_scopes: &[],
        }
    }

    fn renewal_days(&self) -> i64 {
        // "90 days", in Zoom's table of OAuth; it was 15 years before.
        30
    }

    fn scopes(&self) -> &'static [Scope] {
        scopes::ALL
    }

    fn lacking_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        if granted.is_empty() {
            return Vec::new();
        }
        // An administrator's have a suffix.
        let plain = |scope: &str| {
            let scope = scope.strip_suffix(":admin").unwrap_or(scope);
            scope.strip_suffix(":master").unwrap_or(scope).to_owned()
        };
        let granted: Vec<String> = granted.iter().map(|scope| plain(scope)).collect();
        let has = |scope: &str| granted.iter().any(|granted| granted == scope);
        let is_classic = has("meeting:write") || has("meeting:read");
        let needed = self.scopes().iter().filter(|scope| scope.is_needed);
        let needed = needed.map(|it| (it.name.own, it.classic.unwrap_or(it.name).own));
        let lacking = needed.filter(|(new, classic)| !has(new) && !has(classic));
        let mut lacking: Vec<_> =
            lacking.map(|(new, classic)| if is_classic { classic } else { new }).collect();
        lacking.dedup();
        lacking
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
        let allowed = |scope: &String| {
            matches!(scope.as_str(), "user:read" | "user:read:admin")
                || scope.starts_with("user:read:user")
        };
        if !scopes.is_empty() && !scopes.iter().any(allowed) {
            return Ok(None);
        }
        request::api(Method::GET, access, "/users/me").map(Some)
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

    fn tracking_id(&self, response: &Response) -> Option<String> {
        answer::header(response.headers(), &TRACKING_ID)
    }

    /// Code 124 with 401; a lack of scopes may come with 401 too.
    fn refuses_token(&self, response: &Response) -> bool {
        response.status() == 401 && missing_scopes(&ErrorBody::read(response)).is_none()
    }

    /// Zoom names what is missing.
    fn scope_for(&self, _: &Method, _: bool) -> Option<&'static str> {
        None
    }

    /// "meeting:write:admin", "meeting:write:meeting:admin"; `:master` is for sub-accounts.
    fn is_admin_scope(&self, scope: &str) -> bool {
        scope.ends_with(":admin") || scope.ends_with(":master")
    }

    /// "Server-to-Server OAuth".
    fn has_server_apps(&self) -> bool {
        true
    }

    fn refuses_host(&self, response: &Response) -> bool {
        errors::is_unknown_user(response)
    }

    fn is_meeting_id(&self, id: &str) -> bool {
        id.len() <= 20 && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn is_occurrence_id(&self, _: &str, id: &str) -> bool {
        self.is_meeting_id(id)
    }

    fn cannot_repeat(&self, start: &Start, rule: &Recurrence) -> Option<String> {
        recurrence::of(rule, start.wall()).err()
    }

    fn has_meetings_without_time(&self) -> bool {
        true
    }

    fn changes_times_as_a_whole(&self) -> bool {
        false
    }

    /// Zoom's ids of dates are told with the meeting.
    fn occurrence_id(&self, _: &str, _: Timestamp) -> Option<String> {
        None
    }

    /// Zoom's ids of dates are their original beginnings in milliseconds since 1970.
    fn is_date(&self, occurrence: &str, original: Timestamp) -> bool {
        occurrence.parse() == Ok(original.as_millisecond())
    }

    /// Zoom has no place for a mark.
    fn create_request(
        &self,
        access: Access<'_>,
        details: &Details,
        _: Option<&str>,
        checks: &mut Checks,
    ) -> Result<Request> {
        let body = write::body(details, Part::New, checks)?;
        told(Method::POST, access, &meetings_of(access.host)?, &body, details)
    }

    fn read_created(&self, response: &Response) -> Result<Meeting> {
        if !response.status().is_success() {
            return Err(api_error(response));
        }
        self.meeting(response)
    }

    fn get_request(&self, access: Access<'_>, target: Target<'_>) -> Result<Request> {
        let path = path(target, &[("show_previous_occurrences", "true")]);
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
        _: Option<&Meeting>,
        checks: &mut Checks,
    ) -> Result<Option<Request>> {
        let body = write::body(details, target.part(), checks)?;
        if body.is_empty() && details.provider_options.is_empty() {
            return Ok(None);
        }
        told(Method::PATCH, access, &path(target, &[]), &body, details).map(Some)
    }

    /// Zoom answers 204, without the meeting.
    fn read_updated(&self, response: &Response) -> Result<Option<Meeting>> {
        self.read_deleted(response).map(|()| None)
    }

    /// Without a mail to host and alternative hosts: the groupware tells them.
    fn delete_request(&self, access: Access<'_>, target: Target<'_>) -> Result<Request> {
        let path = path(target, &[("schedule_for_reminder", "false")]);
        request::api(Method::DELETE, access, &path)
    }

    fn read_deleted(&self, response: &Response) -> Result<()> {
        match response.status().is_success() {
            true if answer::is_done(response) => Ok(()),
            true => Err(self.unexpected(response, "something else")),
            false => Err(errors::of_meeting(response)),
        }
    }

    /// `from` and `to` are days, of a zone that Zoom does not name: one more on either side.
    fn list_request(&self, access: Access<'_>, filter: &Filter) -> Result<Request> {
        let size = filter.page_size.min(MAX_PAGE).to_string();
        let days = days(filter.from, filter.to);
        list(access, &size, Some(&days), filter.next.as_deref())
    }

    fn read_list(&self, _: &str, response: &Response) -> Result<Listed> {
        if !response.status().is_success() {
            return Err(api_error(response));
        }
        read::listed(response).ok_or_else(|| self.unexpected(response, "no list of meetings"))
    }

    fn search_request(
        &self,
        access: Access<'_>,
        sought: &Sought<'_>,
        next: Option<&str>,
    ) -> Result<Request> {
        let days = sought.start.filter(|_| !sought.repeats).map(|start| days(start, start));
        list(access, &MAX_PAGE.to_string(), days.as_ref(), next)
    }

    fn sought_by(&self) -> &'static [&'static str] {
        &["topic", "start_time", "timezone", "type", "schedule_for"]
    }

    fn is_sought(&self, meeting: &Meeting, sought: &Sought<'_>) -> bool {
        // Zoom's clock and ours may differ.
        const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        let asked = text::cut(sought.topic, write::MAX_TOPIC).0;
        let older = |at: Timestamp| sought.asked_at.duration_since(at) > TOLERANCE;
        let young = !meeting.created_at.is_some_and(older);
        let topic = meeting.topic.as_deref().unwrap_or_default();
        let same_start = meeting.start.map(minute) == sought.start.map(minute);
        topic.trim() == asked.trim() && (same_start || sought.repeats) && young
    }

    fn sip_apart(&self) -> Option<&dyn SipApart> {
        Some(self)
    }

    fn webhooks(&self) -> &dyn Webhooks {
        self
    }

    /// Zoom refuses the whole meeting for one alternative host without a licence, or of another
    /// account, in words that are not documented.
    fn refused_hosts(&self, response: &Response, hosts: &[String]) -> Option<Vec<String>> {
        if hosts.is_empty() || !matches!(response.status().as_u16(), 400 | 403 | 404) {
            return None;
        }
        let body = ErrorBody::read(response);
        match missing_scopes(&body) {
            Some(_) => None,
            None => answer::refused_hosts(&body.words(), hosts, &["alternative host"]),
        }
    }
}

/// Zoom's own invitation names the address, the meeting does not.
impl SipApart for Zoom {
    fn request(&self, access: Access<'_>, meeting: &str) -> Result<Request> {
        request::api(Method::GET, access, &format!("/meetings/{meeting}/invitation"))
    }

    fn read(&self, response: &Response) -> Option<String> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "lenient")]
            sip_links: Option<Vec<String>>,
        }
        let body = response.status().is_success().then(|| response.body())?;
        serde_json::from_slice::<Body>(body).ok()?.sip_links?.into_iter().next()
    }
}

impl Zoom {
    fn meeting(&self, response: &Response) -> Result<Meeting> {
        read::meeting(response).ok_or_else(|| self.unexpected(response, "no meeting"))
    }

    fn unexpected(&self, response: &Response, what: &str) -> Error {
        answer::unexpected(response, what)
            .with_provider("zoom")
            .with_tracking_id(answer::header(response.headers(), &TRACKING_ID))
    }
}

/// A user-level token knows only `me`, a server app's only others.
fn meetings_of(host: Host<'_>) -> Result<String> {
    /// All that could mean something else in a path (RFC 3986, section 3.3).
    const SEGMENT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
    Ok(match host.email()? {
        None => "/users/me/meetings".to_owned(),
        Some(email) => format!("/users/{}/meetings", utf8_percent_encode(email, SEGMENT)),
    })
}

/// A request with a body, over which the caller's raw members are laid.
fn told(
    method: Method,
    access: Access<'_>,
    path: &str,
    body: &write::Body<'_>,
    details: &Details,
) -> Result<Request> {
    if details.provider_options.is_empty() {
        return request::api_with(method, access, path, body);
    }
    let unwritable = |error: serde_json::Error| Error::internal(error.to_string());
    let mut whole = serde_json::to_value(body).map_err(unwritable)?;
    if let Value::Object(whole) = &mut whole {
        merge(whole, &details.provider_options);
    }
    request::api_with(method, access, path, &whole)
}

fn path(target: Target<'_>, more: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(id) = target.occurrence {
        query.append_pair("occurrence_id", id);
    }
    let query = query.extend_pairs(more).finish();
    match query.is_empty() {
        true => format!("/meetings/{}", target.meeting),
        false => format!("/meetings/{}?{query}", target.meeting),
    }
}

fn list(
    access: Access<'_>,
    size: &str,
    days: Option<&(String, String)>,
    next: Option<&str>,
) -> Result<Request> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("type", "scheduled").append_pair("page_size", size);
    if let Some((from, to)) = days {
        query.append_pair("from", from).append_pair("to", to);
    }
    if let Some(next) = next {
        query.append_pair("next_page_token", next);
    }
    let path = format!("{}?{}", meetings_of(access.host)?, query.finish());
    request::api(Method::GET, access, &path)
}

/// The day before one time and the day after another.
fn days(from: Timestamp, to: Timestamp) -> (String, String) {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    (day(from.checked_sub(DAY).unwrap_or(from)), day(to.checked_add(DAY).unwrap_or(to)))
}

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

#[cfg(test)]
mod tests;
