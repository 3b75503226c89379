//! Requests to a provider's API for one user: with a valid token, and again where that may be.

use std::sync::Arc;
use std::time::Instant;

use http::Method;

use super::host::Host;
use super::retry;
use crate::authorization;
use crate::context::{Context, Unanswered};
use crate::error::{Error, Result, Status};
use crate::http::{Request, Response};
use crate::log::Level;
use crate::meeting::{Meeting, Occurrence};
use crate::provider::{Access, Provider, Target};
use crate::settings::{App, AppKind};
use crate::store::vault::Grant;
use crate::user::UserName;

/// The most parts of a list of dates that are read.
const MAX_PARTS: usize = 3;

/// What a request does if it is carried out twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Twice is as once.
    Idempotent,
    /// Twice makes two.
    Creates,
}

/// Why there is no result.
pub struct Failed {
    pub error: Error,
    /// Whether the provider may have done what was asked, now or at an earlier try.
    pub may_be_done: bool,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Error {
        failed.error
    }
}

impl From<Error> for Failed {
    /// Of what fails before anything is sent.
    fn from(error: Error) -> Failed {
        Failed { error, may_be_done: false }
    }
}

/// One user's way to the API for the length of one call.
pub struct Api<'a> {
    pub context: &'a Context<'a>,
    pub app: &'a App,
    pub user: &'a UserName,
    pub host: Host,
    grant: Option<Arc<Grant>>,
    /// A token is renewed once; a second refusal means something else.
    renewed: bool,
    /// Of the meeting that is spoken of. A provider may quote it.
    pub passcode: Option<String>,
}

impl<'a> Api<'a> {
    pub fn new(context: &'a Context<'a>, app: &'a App, user: &'a UserName) -> Result<Api<'a>> {
        Api::for_host(context, app, user, None)
    }

    /// For calls that may name the host of their meetings.
    pub fn for_host(
        context: &'a Context<'a>,
        app: &'a App,
        user: &'a UserName,
        named: Option<String>,
    ) -> Result<Api<'a>> {
        let host = Host::find(context, app, user, named)?;
        Ok(Api { context, app, user, host, grant: None, renewed: false, passcode: None })
    }

    pub fn provider(&self) -> &'static dyn Provider {
        self.app.provider
    }

    /// Sends a request and reads its answer, as often as the settings and the deadline allow.
    pub fn call<T>(
        &mut self,
        effect: Effect,
        mut build: impl FnMut(Access<'_>) -> Result<Request>,
        mut read: impl FnMut(&Response) -> Result<T>,
    ) -> std::result::Result<T, Failed> {
        let mut tries = 0;
        let mut done_before = false;
        loop {
            let grant = self.grant().map_err(|error| Failed { error, may_be_done: done_before })?;
            let access = authorization::access(self.app, &grant);
            let request = build(Access { host: self.host.address(), ..access });
            let request = request.map_err(|error| Failed { error, may_be_done: done_before })?;
            let method = request.method().clone();
            let failed = match self.context.send(self.app.provider.name(), request) {
                Ok(response) if !self.renewed && self.provider().refuses_token(&response) => {
                    let renewed = authorization::renew(self.context, self.app, self.user, &grant);
                    let renewed =
                        renewed.map_err(|error| Failed { error, may_be_done: done_before })?;
                    // Another consent, in the place of one that has ended, was not renewed yet.
                    self.renewed = renewed.row.key == grant.row.key;
                    self.grant = Some(renewed);
                    continue;
                }
                Ok(response) => match read(&response) {
                    Ok(value) => return Ok(value),
                    Err(error) => Failed {
                        error: self.explained(error, &method),
                        may_be_done: may_be_done(&response),
                    },
                },
                Err(Unanswered { error, may_have_been_sent }) => {
                    Failed { error, may_be_done: may_have_been_sent }
                }
            };
            done_before |= failed.may_be_done;
            let failed = Failed { may_be_done: done_before, ..failed };
            if effect == Effect::Creates && done_before {
                return Err(failed);
            }
            let Some(wait) = retry::wait(&self.context.settings.retry, tries, &failed.error) else {
                return Err(failed);
            };
            let left = self.context.call.deadline.saturating_duration_since(Instant::now());
            if wait >= left {
                return Err(failed);
            }
            let detail = failed.error.detail();
            self.context.log(Level::Info, format_args!("again in {wait:?}: {detail}"));
            if let Err(error) = self.context.pause(wait) {
                return Err(Failed { error, ..failed });
            }
            tries += 1;
        }
    }

    /// Names the scope that the consent lacks, where the provider does not.
    fn explained(&self, error: Error, method: &Method) -> Error {
        let error = error.hiding(self.passcode.as_deref().unwrap_or_default());
        if error.status() != Status::ScopeMissing {
            return error;
        }
        let (provider, for_others) = (self.provider(), self.app.kind != AppKind::User);
        let mut scopes = error.missing_scopes().to_vec();
        if scopes.is_empty() {
            scopes.extend(provider.scope_for(method, for_others).map(str::to_owned));
        }
        // Zoom names those for oneself too, which such an app cannot have.
        if for_others && scopes.iter().any(|scope| provider.is_admin_scope(scope)) {
            scopes.retain(|scope| provider.is_admin_scope(scope));
        }
        error.with_missing_scopes(scopes)
    }

    /// The user's grant, once a request has needed it.
    pub fn granted(&self) -> Option<&Arc<Grant>> {
        self.grant.as_ref()
    }

    fn grant(&mut self) -> Result<Arc<Grant>> {
        match &self.grant {
            Some(grant) => Ok(grant.clone()),
            None => {
                let grant = authorization::usable(self.context, self.app, self.user)?;
                Ok(self.grant.insert(grant).clone())
            }
        }
    }

    /// A meeting as the caller may see it.
    pub fn shown(&self, meeting: Meeting) -> Meeting {
        match self.context.call.options.include_host_secrets {
            true => meeting,
            false => meeting.without_host_secrets(),
        }
    }

    /// Where this user's requests go.
    pub fn api_url(&mut self) -> Result<String> {
        let grant = self.grant()?;
        Ok(authorization::access(self.app, &grant).api_url.to_owned())
    }

    /// A meeting as the provider has it, with its dates.
    pub fn read(&mut self, target: Target<'_>) -> Result<Meeting> {
        let provider = self.provider();
        let mut meeting = self.call(
            Effect::Idempotent,
            |access| provider.get_request(access, target),
            |response| {
                provider.read_meeting(response).and_then(|meeting| checked(meeting, provider))
            },
        )?;
        match target.occurrence {
            Some(id) => as_one_date(&mut meeting, target.meeting, id),
            None => self.add_dates(&mut meeting)?,
        }
        Ok(meeting)
    }

    /// Deletes a meeting or one date of it.
    pub fn delete(&mut self, target: Target<'_>) -> Result<()> {
        let provider = self.provider();
        let deleted = self.call(
            Effect::Idempotent,
            |access| provider.delete_request(access, target),
            |response| provider.read_deleted(response),
        );
        match deleted {
            // An earlier try, whose answer was lost, has deleted it.
            Err(failed)
                if failed.may_be_done && failed.error.status() == Status::MeetingNotFound =>
            {
                Ok(())
            }
            outcome => outcome.map_err(Error::from),
        }
    }

    /// Adds the dates of a repeating meeting where they do not come with it.
    pub fn add_dates(&mut self, meeting: &mut Meeting) -> Result<()> {
        let provider = self.provider();
        let mut dates = Vec::new();
        let mut next = None;
        let Some(list) = provider.dates_apart().filter(|_| meeting.repeats) else { return Ok(()) };
        let api_url = self.api_url()?;
        for _ in 0..MAX_PARTS {
            let mut part = self.call(
                Effect::Idempotent,
                |access| list.request(access, meeting, next.as_deref()),
                |response| provider.read_list(&api_url, response),
            )?;
            dates.append(&mut part.meetings);
            next = part.next;
            if next.is_none() {
                break;
            }
        }
        let own_link = meeting.join_url.clone();
        meeting.occurrences = dates
            .into_iter()
            .map(|date| Occurrence {
                id: date.id,
                start: date.start,
                duration_minutes: date.duration_minutes,
                join_url: date.join_url.filter(|link| Some(link) != own_link.as_ref()),
            })
            .collect();
        Ok(())
    }
}

/// One date of a meeting: the meeting at that time, and the date alone among its occurrences.
pub fn as_one_date(meeting: &mut Meeting, id: &str, occurrence: &str) {
    id.clone_into(&mut meeting.id);
    meeting.occurrences = vec![Occurrence {
        id: occurrence.to_owned(),
        start: meeting.start,
        duration_minutes: meeting.duration_minutes,
        join_url: None,
    }];
}

/// Whether the provider may have carried out what it answers so: 503 says that it did not take
/// the request on, 307 and 308 that it is to be made elsewhere. The other server errors and
/// redirections do not (RFC 9110, section 15.4), and what cannot be read may hide anything.
fn may_be_done(response: &Response) -> bool {
    let status = response.status();
    !status.is_client_error() && !matches!(status.as_u16(), 307 | 308 | 503)
}

/// A meeting with an id and, where there is one, a link that is a link.
pub fn checked(meeting: Meeting, provider: &dyn Provider) -> Result<Meeting> {
    let is_link = |link: &String| {
        // What is not ASCII is looked at by its characters.
        let is_plain = link.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic())
            || !link.contains(|c: char| c.is_control() || c.is_whitespace());
        is_plain && (link.starts_with("https://") || link.starts_with("http://"))
    };
    match provider.is_meeting_id(&meeting.id) && meeting.join_url.as_ref().is_some_and(is_link) {
        true => Ok(meeting),
        false => Err(Error::new(Status::UnexpectedAnswer, "no meeting id or no join link")
            .with_provider(provider.name())),
    }
}
