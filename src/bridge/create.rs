//! Creating a meeting.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::authorization;
use crate::context::{Context, Unanswered};
use crate::error::{Error, Result, Status};
use crate::http::{Request, Response};
use crate::log::Level;
use crate::meeting::{Checks, Meeting, NewMeeting, Start};
use crate::provider::Access;
use crate::settings::App;
use crate::store::Account;
use crate::store::vault::Grant;
use crate::user::UserName;

/// How far in the past a start may lie and still mean "now".
const GRACE: SignedDuration = SignedDuration::from_secs(60);

pub fn create(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    document: &str,
) -> Result<Meeting> {
    let provider = app.provider;
    let mut meeting = NewMeeting::parse(document)?;
    let mut checks = Checks::new(context.call.options.best_effort);
    check_start(&mut meeting.start, &mut checks)?;
    let before = checks.warnings.len();
    let (grant, response) = call_api(context, app, user, |access| {
        checks.warnings.truncate(before);
        provider.create_request(access, &meeting, &mut checks)
    })?;
    let mut created = read(app, &response)?;
    created.warnings = checks.warnings;
    context.log(
        Level::Info,
        format_args!("{}: created {} meeting {}", user, provider.name(), created.id),
    );
    // A raw option may have named another host.
    if grant.row.account.is_none()
        && meeting.provider_options.is_empty()
        && let Some(host) = created.host.clone().filter(|host| host.id.is_some())
    {
        let account = Account { id: None, user_id: host.id, email: host.email };
        authorization::learn_account(context, app, &grant, account);
    }
    match context.call.options.include_host_secrets {
        true => Ok(created),
        false => Ok(created.without_host_secrets()),
    }
}

/// Zoom moves a start in the past to the current time without a word; Webex refuses it.
fn check_start(start: &mut Start, checks: &mut Checks) -> Result<()> {
    let now = Timestamp::now();
    if now.duration_since(start.instant) <= GRACE {
        return Ok(());
    }
    checks.cannot("start", "lies in the past")?;
    start.instant = now + GRACE;
    Ok(())
}

/// Sends an API request with the user's token, and once more with a renewed one if the
/// provider refuses the token.
fn call_api(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    mut build: impl FnMut(Access<'_>) -> Result<Request>,
) -> Result<(Arc<Grant>, Response)> {
    let mut grant = authorization::usable(context, app, user)?;
    let mut send = |grant: &Grant| -> Result<Response> {
        let request = build(authorization::access(app, grant))?;
        context.send(app.provider.name(), request).map_err(lost)
    };
    let mut response = send(&grant)?;
    if app.provider.refuses_token(&response) {
        grant = authorization::renew(context, app, user, &grant)?;
        response = send(&grant)?;
    }
    Ok((grant, response))
}

/// A creation whose answer did not arrive may have happened.
fn lost(unanswered: Unanswered) -> Error {
    match unanswered.may_have_been_sent {
        true => unanswered.error.with_status(Status::OutcomeUnknown),
        false => unanswered.error,
    }
}

fn read(app: &App, response: &Response) -> Result<Meeting> {
    let created = app.provider.read_created(response).and_then(|meeting| {
        let is_link =
            meeting.join_url.starts_with("https://") || meeting.join_url.starts_with("http://");
        match is_link && !meeting.id.is_empty() {
            true => Ok(meeting),
            false => Err(Error::new(Status::UnexpectedAnswer, "no meeting id or no join link")
                .with_provider(app.provider.name())),
        }
    });
    created.map_err(|error| {
        let status = response.status();
        // 503 says that the request was not taken on; the other server errors do not.
        let unclear = status.is_success() || (status.is_server_error() && status != 503);
        if unclear { error.with_status(Status::OutcomeUnknown) } else { error }
    })
}
