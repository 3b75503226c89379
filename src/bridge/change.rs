//! Changing and deleting meetings.

use super::api::{Api, Effect, as_one_date};
use super::create::{check_kept, check_start, leave_out};
use super::plan::{Plan, plan};
use super::read::{check_id, occurrence, reference_of};
use super::{exceptions, reference};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::meeting::{Changes, Checks, Details, Meeting, Repeat, Schedule, Start, parse_zone};
use crate::provider::{KnownInvitee, Target};
use crate::settings::App;
use crate::user::UserName;

/// The most parts of a list of invitees that are read: more than Webex allows.
const MAX_PARTS: usize = 20;

pub fn update(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    id: &str,
    document: &str,
) -> Result<Meeting> {
    check_id(app.provider, id)?;
    let Changes { mut details, irregular, rule } = Changes::parse(document)?;
    let mut checks = Checks::new(context.call.options.best_effort);
    let mut api = Api::new(context, app, user);
    let occurrence = occurrence(&mut api, id)?;
    let target = Target { meeting: id, occurrence: occurrence.as_deref() };

    let gives_start = details.schedule.is_some();
    let speaks_of_times = gives_start || details.duration_minutes.is_some();
    let mut now = None;
    if rule.is_some() || (speaks_of_times && app.provider.changes_times_as_a_whole()) {
        now = Some(add_times(&mut details, rule, api.read(target)?)?);
    }
    checks.warnings.append(&mut details.warnings);
    if let Plan::Separate(_) = plan(app.provider, &mut details, irregular, &mut checks)? {
        let what = "dates: a meeting cannot become several; delete it and create them";
        return Err(Error::new(Status::Unsupported, what).with_provider(app.provider.name()));
    }
    if gives_start {
        check_start(&mut details, false, &mut checks)?;
    }

    let answered = send(&mut api, target, &mut details, now.as_ref(), &mut checks)?;
    let invited = change_invitees(&mut api, target, &details, &mut checks)?;
    let mut meeting = match answered.filter(|_| !invited) {
        Some(mut meeting) => match &occurrence {
            None => api.add_dates(&mut meeting).map(|()| meeting),
            Some(date) => {
                as_one_date(&mut meeting, id, date);
                Ok(meeting)
            }
        },
        None => api.read(target),
    }
    .or_else(|error| match error.status() {
        // The change is made; the smallest consent of Zoom does not allow to look at it.
        Status::ScopeMissing => Ok(unread(app, id, &details, &mut checks)),
        _ => Err(error),
    })?;
    if let Some(schedule) = &details.schedule {
        exceptions::apply(&mut api, &mut meeting, schedule, &mut checks);
    }
    meeting.reference = reference_of(&api, &meeting.id)?;
    check_kept(&meeting, &details, &mut checks);
    meeting.warnings = checks.warnings;
    context.log(Level::Info, format_args!("{user}: changed {} meeting {id}", app.provider.name()));
    match context.call.options.include_host_secrets {
        true => Ok(meeting),
        false => Ok(meeting.without_host_secrets()),
    }
}

pub fn delete(context: &Context<'_>, app: &App, user: &UserName, id: &str) -> Result<()> {
    check_id(app.provider, id)?;
    let mut api = Api::new(context, app, user);
    let provider = app.provider;
    let mut whole = true;
    let deleted = occurrence(&mut api, id).and_then(|occurrence| {
        whole = occurrence.is_none();
        let target = Target { meeting: id, occurrence: occurrence.as_deref() };
        let deleted = api.call(
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
    });
    let gone = match &deleted {
        Ok(()) => true,
        Err(error) => error.status() == Status::MeetingNotFound,
    };
    if gone && whole {
        reference::release(&api, id)?;
    }
    match deleted {
        Err(_) if gone && context.call.options.ignore_missing => Ok(()),
        Err(error) => Err(error),
        Ok(()) => {
            let name = provider.name();
            context.log(Level::Info, format_args!("{user}: deleted {name} meeting {id}"));
            Ok(())
        }
    }
}

/// Completes what is said of the times with the meeting's own.
fn add_times(details: &mut Details, rule: Option<Option<String>>, now: Meeting) -> Result<Meeting> {
    let missing = |what: &str| {
        Error::invalid_argument(format!("meeting.start: missing, since the meeting has no {what}"))
    };
    if details.schedule.is_none() {
        let zone = now.time_zone.as_deref().and_then(|name| parse_zone(name, None).ok());
        let start = Start { instant: now.start.ok_or_else(|| missing("start"))?, zone };
        let schedule = match rule {
            None => Schedule { repeat: Repeat::Keep, ..Schedule::once(start) },
            Some(None) => Schedule::once(start),
            Some(Some(rule)) => Schedule::by_rule(start, &rule)?,
        };
        details.schedule = Some(Schedule { is_implied: true, ..schedule });
    }
    if details.duration_minutes.is_none() {
        details.duration_minutes = Some(now.duration_minutes.ok_or_else(|| missing("duration"))?);
    }
    Ok(now)
}

/// Sends the change, without those alternative hosts whom the provider refuses. The meeting, if the
/// provider answers with it.
fn send(
    api: &mut Api<'_>,
    target: Target<'_>,
    details: &mut Details,
    now: Option<&Meeting>,
    checks: &mut Checks,
) -> Result<Option<Meeting>> {
    let provider = api.provider();
    loop {
        let before = checks.warnings.len();
        let hosts = details.alternative_hosts.clone().unwrap_or_default();
        let mut refused = None;
        let mut nothing = false;
        let outcome = api.call(
            Effect::Idempotent,
            |access| {
                checks.warnings.truncate(before);
                let request = provider.update_request(access, target, details, now, checks)?;
                nothing = request.is_none();
                request.ok_or_else(|| Error::internal("nothing to change"))
            },
            |response| {
                refused = provider.refused_hosts(response, &hosts);
                provider.read_updated(response)
            },
        );
        match (outcome, refused) {
            (Err(_), _) if nothing => return Ok(None),
            (Err(_), Some(refused)) if !hosts.is_empty() => {
                checks.warnings.truncate(before);
                leave_out(details, &refused, checks);
            }
            (outcome, _) => return outcome.map_err(Error::from),
        }
    }
}

/// Makes the invitees what is wanted, where they are not part of the meeting. Whether anything
/// was to be done.
fn change_invitees(
    api: &mut Api<'_>,
    target: Target<'_>,
    details: &Details,
    checks: &mut Checks,
) -> Result<bool> {
    let provider = api.provider();
    let speaks_of_them = details.invitees.is_some() || details.alternative_hosts.is_some();
    if !speaks_of_them || target.occurrence.is_some() || !provider.changes_invitees_apart() {
        return Ok(false);
    }
    let api_url = api.api_url()?;
    let mut known: Vec<KnownInvitee> = Vec::new();
    let mut next = None;
    for _ in 0..MAX_PARTS {
        let mut part = api.call(
            Effect::Idempotent,
            |access| provider.invitees_request(access, target.meeting, next.as_deref()),
            |response| provider.read_invitees(&api_url, response),
        )?;
        known.append(&mut part.invitees);
        next = part.next;
        if next.is_none() {
            break;
        }
    }
    let steps = provider.invitee_steps(target.meeting, &known, details, checks)?;
    for step in &steps {
        let done = api.call(
            Effect::Idempotent,
            |access| step.request(access),
            |response| provider.read_deleted(response),
        );
        match done {
            // Somebody else has taken him out.
            Err(failed) if failed.error.status() == Status::MeetingNotFound => {}
            outcome => outcome?,
        }
    }
    Ok(!steps.is_empty())
}

/// What is known of a meeting that may be changed but not read.
fn unread(app: &App, id: &str, details: &Details, checks: &mut Checks) -> Meeting {
    checks.warn("join_url", "changed, but the consent does not allow to read the meeting");
    Meeting {
        provider: app.provider.name().to_owned(),
        id: id.to_owned(),
        topic: details.topic.clone(),
        start: details.schedule.as_ref().map(|schedule| schedule.start.instant),
        time_zone: details
            .schedule
            .as_ref()
            .and_then(|schedule| schedule.start.zone.as_ref().map(|zone| zone.name.clone())),
        duration_minutes: details.duration_minutes,
        ..Meeting::default()
    }
}
