//! Changing and deleting meetings.

use http::Method;

use super::api::{Api, Effect, as_one_date};
use super::make::{check_kept, check_start, leave_out};
use super::plan::{Plan, plan};
use super::read::{check_id, occurrence, occurrence_at, reference_of};
use super::{exceptions, reference};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::meeting::{Changes, Checks, Details, Meeting, Repeat, Schedule, Start, parse_zone};
use crate::provider::{InviteesApart, KnownInvitee, Step, Target};
use crate::settings::{App, AppKind};
use crate::user::UserName;

/// The most parts of a list of invitees that are read: more than Webex allows.
const MAX_PARTS: usize = 20;
/// How often additions are seen to anew after a lost answer.
const MAX_LOST: u32 = 2;

pub fn update(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    id: &str,
    document: &str,
) -> Result<Meeting> {
    check_id(app.provider, id)?;
    let Changes { mut details, irregular, rule, instance } = Changes::parse(document)?;
    let mut checks = Checks::new(context.call.options.best_effort);
    let host_email = details.host_email.take();
    if host_email.is_some() && app.kind == AppKind::User {
        let what = "meeting.host_email: is settled when the meeting is created";
        return Err(Error::invalid_argument(what));
    }
    let mut api = Api::for_host(context, app, user, host_email)?;
    reference::turn_to_host(&mut api, id)?;
    api.passcode.clone_from(&details.passcode);
    let occurrence = match (occurrence(&mut api, id)?, instance) {
        (None, Some(original)) => Some(occurrence_at(&mut api, id, original)?),
        (named, _) => named,
    };
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
    let new_rule = matches!(&details.schedule, Some(Schedule { repeat: Repeat::Rule(_), .. }));
    if gives_start || (new_rule && app.provider.changes_times_as_a_whole()) {
        check_start(&mut details, false, &mut checks)?;
    }

    let answered = send(&mut api, target, &mut details, now.as_ref(), &mut checks)?;
    let invited = change_invitees(&mut api, target, &mut details, &mut checks)?;
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
    check_kept(&meeting, &details, &mut checks);
    if let Some(schedule) = &details.schedule {
        exceptions::apply(&mut api, &mut meeting, schedule, &mut checks);
    }
    meeting.reference = reference_of(&api, &meeting.id)?;
    if gives_start && meeting.reference.is_some() {
        reference::supersede(&api, &meeting.id)?;
    }
    meeting.warnings = checks.warnings;
    api.host.remember(context);
    context.log(Level::Info, format_args!("{user}: changed {} meeting {id}", app.provider.name()));
    Ok(api.shown(meeting))
}

pub fn delete(context: &Context<'_>, app: &App, user: &UserName, id: &str) -> Result<()> {
    check_id(app.provider, id)?;
    let mut api = Api::new(context, app, user)?;
    reference::turn_to_host(&mut api, id)?;
    let provider = app.provider;
    let whole = context.call.options.occurrence.is_none();
    let deleted = occurrence(&mut api, id).and_then(|occurrence| {
        api.delete(Target { meeting: id, occurrence: occurrence.as_deref() })
    });
    let gone = match &deleted {
        Ok(()) => true,
        Err(error) => error.status() == Status::MeetingNotFound,
    };
    if gone && whole {
        reference::release(&api, id, deleted.is_ok())?;
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

/// Makes the invitees what is wanted, where they are not part of the meeting: without those
/// alternative hosts whom the provider refuses. Whether anything was to be done.
fn change_invitees(
    api: &mut Api<'_>,
    target: Target<'_>,
    details: &mut Details,
    checks: &mut Checks,
) -> Result<bool> {
    let speaks_of_them = details.invitees.is_some() || details.alternative_hosts.is_some();
    let is_asked = speaks_of_them && target.occurrence.is_none();
    let Some(apart) = api.provider().invitees_apart().filter(|_| is_asked) else {
        return Ok(false);
    };
    let mut changed = false;
    let mut lost = 0;
    let before = checks.warnings.len();
    // As often as it takes: each time less is left to do, or fewer hosts to ask for.
    loop {
        let known = invitees(api, apart, target.meeting)?;
        checks.warnings.truncate(before);
        let host = api.host.address();
        let steps = apart.steps(target.meeting, host, &known, details, checks)?;
        changed |= !steps.is_empty();
        match steps.iter().try_for_each(|step| take(api, step, details)) {
            Ok(()) => return Ok(changed),
            Err(Stumble::Refused(hosts)) => leave_out(details, &hosts, checks),
            Err(Stumble::Lost(_)) if lost < MAX_LOST => lost += 1,
            Err(Stumble::Lost(error) | Stumble::Failed(error)) => return Err(error),
        }
    }
}

/// Why a step was not taken.
enum Stumble {
    /// The provider refuses these hosts.
    Refused(Vec<String>),
    /// It may have been taken: what is left to do must be seen anew.
    Lost(Error),
    Failed(Error),
}

fn take(api: &mut Api<'_>, step: &Step, details: &Details) -> std::result::Result<(), Stumble> {
    let provider = api.provider();
    let hosts = details.alternative_hosts.as_deref().unwrap_or_default();
    let adds = step.method == Method::POST;
    let mut refused = None;
    let done = api.call(
        if adds { Effect::Creates } else { Effect::Idempotent },
        |access| step.request(access),
        |response| {
            refused = provider.refused_hosts(response, hosts);
            provider.read_deleted(response)
        },
    );
    match (done, refused) {
        (Ok(()), _) => Ok(()),
        // Somebody else has taken him out.
        (Err(failed), _)
            if step.method == Method::DELETE
                && failed.error.status() == Status::MeetingNotFound =>
        {
            Ok(())
        }
        (Err(failed), _) if adds && failed.may_be_done => Err(Stumble::Lost(failed.error)),
        (Err(_), Some(refused)) if !hosts.is_empty() => Err(Stumble::Refused(refused)),
        (Err(failed), _) => Err(Stumble::Failed(failed.error)),
    }
}

fn invitees(
    api: &mut Api<'_>,
    apart: &dyn InviteesApart,
    meeting: &str,
) -> Result<Vec<KnownInvitee>> {
    let api_url = api.api_url()?;
    let mut known: Vec<KnownInvitee> = Vec::new();
    let mut next = None;
    for _ in 0..MAX_PARTS {
        let mut part = api.call(
            Effect::Idempotent,
            |access| apart.request(access, meeting, next.as_deref()),
            |response| apart.read(&api_url, response),
        )?;
        known.append(&mut part.invitees);
        next = part.next;
        if next.is_none() {
            break;
        }
    }
    Ok(known)
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
