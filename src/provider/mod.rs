//! The providers: pure translation between the house's words and each provider's HTTP.
//!
//! Nothing here sends, stores or waits. A third provider is one new file with its
//! folder, and one line in [`ALL`].

mod answer;
#[cfg(test)]
mod recurrence_tests;
pub mod registration;
mod request;
mod webex;
pub mod webhook;
mod zoom;

use jiff::Timestamp;
use oauth2::{
    AccessToken, AuthorizationCode, ClientId, ClientSecret, PkceCodeVerifier, RedirectUrl,
    RefreshToken,
};
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::http::{Request, Response};
use crate::meeting::recurrence::Recurrence;
use crate::meeting::{Checks, Details, Meeting, Start};
use crate::store::{Account, Reason};

pub use webhook::Webhooks;

/// Every provider that the library knows.
pub const ALL: &[&dyn Provider] = &[&zoom::Zoom, &webex::Webex];

pub fn by_name(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.name() == name)
}

/// Where a provider lives unless the settings say otherwise.
#[derive(Debug)]
pub struct Defaults {
    pub authorization_url: &'static str,
    pub token_url: &'static str,
    pub revoke_url: Option<&'static str>,
    pub api_url: &'static str,
    /// What is asked for when the settings name no scopes; empty leaves it to the app's own
    /// registration at the provider.
    pub scopes: &'static [&'static str],
    /// The same for an app to which an administrator consents for all.
    pub admin_scopes: &'static [&'static str],
}

/// Where an app's provider lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoints {
    pub authorization_url: Url,
    pub token_url: Url,
    pub revoke_url: Option<Url>,
    pub api_url: Url,
}

/// The app as the token endpoint knows it.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    pub id: &'a ClientId,
    pub secret: &'a ClientSecret,
    pub endpoints: &'a Endpoints,
}

/// The right to call the API for a user.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    pub token: &'a AccessToken,
    /// Without a trailing slash.
    pub api_url: &'a str,
    /// Whose meetings are meant.
    pub host: Host<'a>,
}

/// Whose meetings a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// The user's who consented.
    Me,
    /// A user's of the account, by his address there.
    Email(&'a str),
    /// A user's of the account whose address is not known.
    Unknown,
}

impl<'a> Host<'a> {
    /// The address by which to name the host; none where the token tells who he is.
    /// INVALID_ARGUMENT where it is not known.
    pub fn email(self) -> Result<Option<&'a str>> {
        match self {
            Host::Me => Ok(None),
            Host::Email(email) => Ok(Some(email)),
            Host::Unknown => Err(unknown_host("meeting.host_email")),
        }
    }
}

/// The call must name whose meeting it is about, in this field.
pub fn unknown_host(field: &str) -> Error {
    let why = "the user's name is no e-mail address, and no earlier call has named one for him";
    Error::invalid_argument(format!("{field}: missing; {why}"))
}

/// What is given to the token endpoint (RFC 6749, sections 4.1.3 and 6; Zoom, "Server-to-Server
/// OAuth").
pub enum TokenGrant<'a> {
    Code {
        code: &'a AuthorizationCode,
        redirect: &'a RedirectUrl,
        verifier: Option<&'a PkceCodeVerifier>,
    },
    Refresh(&'a RefreshToken),
    /// The app's own credentials alone.
    Account {
        account_id: &'a str,
    },
}

/// What the token endpoint gives (RFC 6749, section 5.1).
pub struct TokenAnswer {
    pub access: AccessToken,
    /// Absent where the provider keeps the old one.
    pub refresh: Option<RefreshToken>,
    /// Seconds.
    pub expires_in: u64,
    /// Absent where the provider does not say what was granted.
    pub scopes: Option<Vec<String>>,
    /// The region's own API, where the provider names one that its tokens may be sent to.
    pub api_url: Option<String>,
}

/// Why the token endpoint gave nothing.
pub enum TokenRefusal {
    /// The code or the refresh token is no longer good, for this user alone, and why.
    Grant(Error, Reason),
    /// Anything else: an outage, a limit, a fault of the app. Ends no authorization.
    Other(Error),
}

pub trait Provider: Sync {
    /// As in settings and documents, for example `zoom`.
    fn name(&self) -> &'static str;

    fn defaults(&self) -> &'static Defaults;

    /// After how many days without use a refresh token is spent for a new one, long before it
    /// lapses.
    fn renewal_days(&self) -> i64;

    /// How many days an unused refresh token lives.
    fn lapse_days(&self) -> i64 {
        90
    }

    /// What an app is registered for, in the order in which a table lists it.
    fn scopes(&self) -> &'static [registration::Scope];

    /// What somebody who was granted these scopes lacks of what the operations about meetings
    /// need. None are lacking of a consent whose scopes the provider does not tell.
    fn lacking_scopes(&self, granted: &[String]) -> Vec<&'static str>;

    /// Whether a later consent of the same account ends the earlier one.
    fn newest_consent_wins(&self) -> bool;

    fn token_request(&self, client: Client<'_>, grant: TokenGrant<'_>) -> Result<Request>;

    fn read_token(&self, response: &Response) -> std::result::Result<TokenAnswer, TokenRefusal>;

    /// The request that ends the consent at the provider, where it has one.
    fn revoke_request(&self, client: Client<'_>, token: &AccessToken) -> Result<Option<Request>>;

    /// The request that tells whose consent this is; `None` if `scopes` do not allow it.
    fn account_request(&self, access: Access<'_>, scopes: &[String]) -> Result<Option<Request>>;

    fn read_account(&self, response: &Response) -> Result<Account>;

    /// The provider's own name of a request, which its support asks for.
    fn tracking_id(&self, response: &Response) -> Option<String>;

    /// Whether the API refuses the access token itself, so that a newer one may help.
    fn refuses_token(&self, response: &Response) -> bool;

    /// The scope that a request of this method about meetings needs, where the provider's refusals
    /// do not name it; `for_others` about those of any user of the account.
    fn scope_for(&self, method: &http::Method, for_others: bool) -> Option<&'static str>;

    /// Whether a scope covers other users than the one who consents.
    fn is_admin_scope(&self, scope: &str) -> bool;

    /// Whether there are apps to which nobody needs to consent.
    fn has_server_apps(&self) -> bool;

    /// Whether the refusal of a new meeting, or of a list, says that nobody in the account has the
    /// host's address.
    fn refuses_host(&self, response: &Response) -> bool;

    /// Whether this can be the id of a meeting: it becomes part of a path.
    fn is_meeting_id(&self, id: &str) -> bool;

    /// Whether this can be the id of one date of that meeting.
    fn is_occurrence_id(&self, meeting: &str, id: &str) -> bool;

    /// Why this provider cannot repeat a meeting so; none if it can.
    fn cannot_repeat(&self, start: &Start, rule: &Recurrence) -> Option<String>;

    /// Whether there are meetings that can be joined at any time.
    fn has_meetings_without_time(&self) -> bool;

    /// Whether a change of the times needs to know what they are now.
    fn changes_times_as_a_whole(&self) -> bool;

    /// The id of one date of a meeting, by when it was to begin originally; none where only the
    /// meeting's list of dates can tell.
    fn occurrence_id(&self, meeting: &str, original: Timestamp) -> Option<String>;

    /// Whether this is the id of the date that was to begin then originally.
    fn is_date(&self, occurrence: &str, original: Timestamp) -> bool;

    /// `mark` is put where a later search finds it, if the provider has such a place.
    fn create_request(
        &self,
        access: Access<'_>,
        details: &Details,
        mark: Option<&str>,
        checks: &mut Checks,
    ) -> Result<Request>;

    fn read_created(&self, response: &Response) -> Result<Meeting>;

    fn get_request(&self, access: Access<'_>, target: Target<'_>) -> Result<Request>;

    /// MEETING_NOT_FOUND where the provider says so.
    fn read_meeting(&self, response: &Response) -> Result<Meeting>;

    /// None if nothing is to be changed by this request. `now` is the meeting before the change,
    /// where it was read.
    fn update_request(
        &self,
        access: Access<'_>,
        target: Target<'_>,
        details: &Details,
        now: Option<&Meeting>,
        checks: &mut Checks,
    ) -> Result<Option<Request>>;

    /// The meeting, if the provider answers a change with it.
    fn read_updated(&self, response: &Response) -> Result<Option<Meeting>>;

    fn delete_request(&self, access: Access<'_>, target: Target<'_>) -> Result<Request>;

    fn read_deleted(&self, response: &Response) -> Result<()>;

    fn list_request(&self, access: Access<'_>, filter: &Filter) -> Result<Request>;

    /// `api_url` is where the list came from: a link to its next part must lead there too.
    fn read_list(&self, api_url: &str, response: &Response) -> Result<Listed>;

    /// How the dates of a repeating meeting are asked for, where they do not come with it.
    fn dates_apart(&self) -> Option<&dyn DatesApart> {
        None
    }

    /// The request for those among which a meeting would be that was made by a lost request.
    fn search_request(
        &self,
        access: Access<'_>,
        sought: &Sought<'_>,
        next: Option<&str>,
    ) -> Result<Request>;

    /// Members of `provider_options` that would make [`Provider::is_sought`] look for something
    /// else.
    fn sought_by(&self) -> &'static [&'static str];

    /// Whether a meeting of that list is it.
    fn is_sought(&self, meeting: &Meeting, sought: &Sought<'_>) -> bool;

    /// How the address for room systems is asked for, where the meeting does not tell it.
    fn sip_apart(&self) -> Option<&dyn SipApart> {
        None
    }

    /// How invitees are changed, where they are not part of the meeting.
    fn invitees_apart(&self) -> Option<&dyn InviteesApart> {
        None
    }

    /// How notifications are verified and read.
    fn webhooks(&self) -> &dyn Webhooks;

    /// How a user's notifications are asked for, where it is not done for the whole app.
    fn subscriptions(&self) -> Option<&dyn Subscriptions> {
        None
    }

    /// Which alternative hosts this answer refuses; none if it is about something else.
    fn refused_hosts(&self, response: &Response, hosts: &[String]) -> Option<Vec<String>>;
}

/// For a provider that lists the dates of a repeating meeting by themselves;
/// [`Provider::read_list`] reads the answer.
pub trait DatesApart {
    fn request(&self, access: Access<'_>, meeting: &Meeting, next: Option<&str>)
    -> Result<Request>;
}

/// For a provider that tells the address for room systems by itself.
pub trait SipApart {
    fn request(&self, access: Access<'_>, meeting: &str) -> Result<Request>;

    fn read(&self, response: &Response) -> Option<String>;
}

/// For a provider whose invitees are changed one by one.
pub trait InviteesApart {
    fn request(&self, access: Access<'_>, meeting: &str, next: Option<&str>) -> Result<Request>;

    fn read(&self, api_url: &str, response: &Response) -> Result<InviteeList>;

    /// What makes the invitees what is wanted, in the order in which it is to be done.
    fn steps(
        &self,
        meeting: &str,
        host: Host<'_>,
        known: &[KnownInvitee],
        details: &Details,
        checks: &mut Checks,
    ) -> Result<Vec<Step>>;
}

/// For a provider whose notifications are asked for with each user's own consent.
pub trait Subscriptions: Sync {
    /// The events that are wanted: one subscription for each.
    fn events(&self) -> &'static [&'static str];

    fn list_request(&self, access: Access<'_>, next: Option<&str>) -> Result<Request>;

    /// `api_url` as for [`Provider::read_list`].
    fn read_list(&self, api_url: &str, response: &Response) -> Result<SubscriptionList>;

    fn create_request(
        &self,
        access: Access<'_>,
        event: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Request>;

    /// Makes one as it is wanted, and active.
    fn renew_request(&self, access: Access<'_>, id: &str, wanted: &Wanted<'_>) -> Result<Request>;

    fn delete_request(&self, access: Access<'_>, id: &str) -> Result<Request>;

    /// Whether a change was carried out.
    fn read_done(&self, response: &Response) -> Result<()>;
}

/// What all subscriptions of a user have in common.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub url: &'a str,
    pub secret: &'a SecretString,
}

/// A subscription as the provider knows it.
pub struct Subscription {
    pub id: String,
    pub event: String,
    pub url: String,
    pub name: String,
    pub is_active: bool,
    /// None if the provider does not tell.
    pub secret: Option<SecretString>,
}

/// A part of the list of subscriptions.
pub struct SubscriptionList {
    pub subscriptions: Vec<Subscription>,
    pub next: Option<String>,
}

/// A meeting, or one date of it, by the provider's own ids.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub meeting: &'a str,
    pub occurrence: Option<&'a str>,
}

impl Target<'_> {
    pub fn part(self) -> Part {
        match self.occurrence {
            Some(_) => Part::Date,
            None => Part::Whole,
        }
    }
}

/// What a request that says something of a meeting is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    New,
    Whole,
    /// One date of a repeating meeting, of which less can be said.
    Date,
}

/// A part of a list.
#[derive(Default)]
pub struct Listed {
    pub meetings: Vec<Meeting>,
    /// What gives the following part.
    pub next: Option<String>,
}

/// What tells a meeting whose creation was not answered.
pub struct Sought<'a> {
    pub mark: &'a str,
    /// As it was asked for.
    pub topic: &'a str,
    /// None without a fixed time.
    pub start: Option<Timestamp>,
    /// Whether it is held on several dates, by the first of which a list need not show it.
    pub repeats: bool,
    pub asked_at: Timestamp,
}

/// An invitee as the provider knows him.
pub struct KnownInvitee {
    pub id: String,
    pub email: String,
    pub co_host: bool,
}

/// One request of a change that takes several.
pub struct Step {
    pub method: http::Method,
    /// Below the API's URL, with the query.
    pub path: String,
    pub body: Option<Map<String, Value>>,
}

impl Step {
    pub fn request(&self, access: Access<'_>) -> Result<Request> {
        match &self.body {
            Some(body) => request::api_with(self.method.clone(), access, &self.path, body),
            None => request::api(self.method.clone(), access, &self.path),
        }
    }
}

/// A part of the list of invitees.
pub struct InviteeList {
    pub invitees: Vec<KnownInvitee>,
    pub next: Option<String>,
}
