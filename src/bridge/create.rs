//! Creating a meeting.

use jiff::civil::DateTime;

use super::api::Api;
use super::host;
use super::make::{check_start, complete, is_past, make, unknown};
use super::plan;
use super::reference::{self, Journal, Order};
use crate::authorization;
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::meeting::{Checks, Meeting, NewMeeting, Occurrence, Schedule, Start, instant};
use crate::provider::Target;
use crate::settings::{App, AppKind};
use crate::store::Account;
use crate::user::UserName;

pub fn create(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    document: &str,
) -> Result<Meeting> {
    let mut meeting = NewMeeting::parse(document)?;
    context.trail.note(|row| row.reference.clone_from(&meeting.reference));
    let mut checks = Checks::new(context.call.options.best_effort);
    let host_email = meeting.details.host_email.take();
    if host_email.is_some() && app.kind == AppKind::User {
        checks.cannot("host_email", host::ONLY_FOR_OTHERS)?;
    }
    let mut api = Api::for_host(context, app, user, host_email)?;
    api.host.check("meeting.host_email")?;
    api.passcode.clone_from(&meeting.details.passcode);
    checks.warnings.append(&mut meeting.details.warnings);
    let plan = plan::plan(app.provider, &mut meeting.details, meeting.irregular, &mut checks)?;
    // A raw option may name another host.
    let may_learn = app.kind == AppKind::User && meeting.details.provider_options.is_empty();
    let reference = meeting.reference.clone();
    let mut created = match plan {
        plan::Plan::One => one(&mut api, meeting, &mut checks)?,
        plan::Plan::Separate(dates) => separate(&mut api, meeting, &dates, &mut checks)?,
    };
    created.reference = reference;
    created.warnings = checks.warnings;
    let verb = if created.existing { "found" } else { "created" };
    let provider = app.provider.name();
    context.log(Level::Info, format_args!("{user}: {verb} {provider} meeting {}", created.id));
    api.host.remember(context);
    if may_learn
        && let Some(grant) = api.granted()
        && grant.row.account.is_none()
        && let Some(host) = created.host.clone().filter(|host| host.id.is_some())
    {
        let account = Account { id: None, user_id: host.id, email: host.email };
        authorization::learn_account(context, app, grant, account);
    }
    Ok(api.shown(created))
}

fn one(api: &mut Api<'_>, meeting: NewMeeting, checks: &mut Checks) -> Result<Meeting> {
    let mut details = meeting.details;
    let Some(name) = &meeting.reference else {
        check_start(&mut details, true, checks)?;
        let mut created = make(api, &mut details, None, checks).map_err(unknown)?;
        complete(api, &mut created, &details, checks);
        return Ok(created);
    };
    let journal = reference::open(api, name, &meeting.digest)?;
    journal.create(api, Order { date: "", details: &mut details }, checks)
}

/// A meeting for each date: the first stands for all, and each is told with its own id and link.
fn separate(
    api: &mut Api<'_>,
    meeting: NewMeeting,
    dates: &[DateTime],
    checks: &mut Checks,
) -> Result<Meeting> {
    let journal = match &meeting.reference {
        Some(name) => Some(reference::open(api, name, &meeting.digest)?),
        None => None,
    };
    let mut details = meeting.details;
    let start = details.schedule.take().map(|schedule| schedule.start);
    let zone = start.and_then(|start| start.zone);
    let rules = zone.as_ref().map_or(jiff::tz::TimeZone::UTC, |zone| zone.rules.clone());
    let mut made: Vec<Meeting> = Vec::new();
    let known = checks.warnings.len();
    for date in dates {
        let at = instant(*date, &rules)
            .ok_or_else(|| Error::invalid_argument("meeting.dates: outside the calendar"))?;
        let start = Start { instant: at, zone: zone.clone() };
        details.schedule = Some(Schedule::once(start));
        let text = date.to_string();
        let is_known = journal.as_ref().is_some_and(|journal| journal.knows(&text));
        let goes_on = checks.best_effort || journal.as_ref().is_some_and(Journal::has_begun);
        if is_past(at) && goes_on && !is_known {
            checks.warn("dates", format!("{date} lies in the past and was left out"));
            continue;
        }
        let outcome = match &journal {
            Some(journal) => {
                journal.create(api, Order { date: &text, details: &mut details }, checks)
            }
            None => check_start(&mut details, false, checks)
                .and_then(|()| make(api, &mut details, None, checks).map_err(unknown)),
        };
        match outcome {
            Ok(meeting) => made.push(meeting),
            Err(error) if journal.is_none() => return Err(take_back(api, made, error)),
            Err(error) => return Err(error),
        }
    }
    let mut warnings = checks.warnings.split_off(known);
    let mut seen: Vec<_> = Vec::new();
    warnings.retain(|warning| {
        !seen.contains(warning) && {
            seen.push(warning.clone());
            true
        }
    });
    checks.warnings.append(&mut warnings);
    let existing = made.iter().all(|meeting| meeting.existing);
    let occurrences = made.iter().map(|meeting| Occurrence {
        id: meeting.id.clone(),
        start: meeting.start,
        duration_minutes: meeting.duration_minutes,
        join_url: meeting.join_url.clone(),
    });
    let occurrences = occurrences.collect();
    let first = made.into_iter().next();
    let first =
        first.ok_or_else(|| Error::new(Status::Unsupported, "dates: all lie in the past"))?;
    Ok(Meeting { occurrences, existing, ..first })
}

/// Without a reference nobody would find the meetings of the first dates again.
fn take_back(api: &mut Api<'_>, made: Vec<Meeting>, error: Error) -> Error {
    let mut left = Vec::new();
    for meeting in made {
        let target = Target { meeting: &meeting.id, occurrence: None };
        if let Err(failed) = api.delete(target) {
            let (id, why) = (&meeting.id, failed.detail());
            api.context.log(Level::Warn, format_args!("meeting {id} stays behind: {why}"));
            left.push(meeting.id);
        }
    }
    match left.is_empty() {
        true => error,
        false => error.with_note(&format!("these meetings stay behind: {}", left.join(", "))),
    }
}
