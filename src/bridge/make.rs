//! Making one meeting, and seeing to it that it is as it was asked for.

use jiff::{SignedDuration, Timestamp};

use super::api::{Api, Effect, Failed, checked};
use super::{exceptions, host};
use crate::error::{Error, Result, Status};
use crate::meeting::{Checks, Details, Meeting, Repeat, Schedule};

/// How many dates of a series are compared with what the provider has made: those that are listed.
const MAX_COMPARED: usize = 300;
/// How far in the past a start may lie and still mean "now".
const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Creates the meeting, without those alternative hosts whom the provider refuses.
pub fn make(
    api: &mut Api<'_>,
    details: &mut Details,
    mark: Option<&str>,
    checks: &mut Checks,
) -> std::result::Result<Meeting, Failed> {
    let provider = api.provider();
    loop {
        let before = checks.warnings.len();
        let hosts = details.alternative_hosts.clone().unwrap_or_default();
        let mut refused = None;
        let is_addressed = api.host.is_addressed();
        let outcome = api.call(
            Effect::Creates,
            |access| {
                checks.warnings.truncate(before);
                provider.create_request(access, details, mark, checks)
            },
            |response| {
                refused = provider.refused_hosts(response, &hosts);
                let created = provider.read_created(response);
                host::refused(provider, is_addressed, response, created)
                    .and_then(|meeting| checked(meeting, provider))
            },
        );
        match (outcome, refused) {
            (Err(failed), Some(refused)) if !hosts.is_empty() && !failed.may_be_done => {
                checks.warnings.truncate(before);
                leave_out(details, &refused, checks);
            }
            (outcome, _) => return outcome,
        }
    }
}

/// Takes alternative hosts out of a request: the refused ones, or all if the provider does not
/// say which.
pub fn leave_out(details: &mut Details, refused: &[String], checks: &mut Checks) {
    let hosts = details.alternative_hosts.take().unwrap_or_default();
    let (out, kept): (Vec<_>, Vec<_>) =
        hosts.into_iter().partition(|host| refused.is_empty() || refused.contains(host));
    for host in out {
        checks.warn("alternative_hosts", format!("{host} cannot host and was left out"));
    }
    details.alternative_hosts = Some(kept);
}

/// What a new meeting still needs: its dates, and those that are not as its rule says. The meeting
/// is there, so nothing of it is a failure any more.
///
/// Whether the exceptions are in force.
pub fn complete(
    api: &mut Api<'_>,
    created: &mut Meeting,
    details: &Details,
    checks: &mut Checks,
) -> bool {
    // The provider may not say in its answer what it was told.
    created.repeats |= matches!(details.schedule, Some(Schedule { repeat: Repeat::Rule(_), .. }));
    if let Err(error) = api.add_dates(created) {
        checks.warn("occurrences", format!("the dates could not be read: {}", error.detail()));
    }
    check_kept(created, details, checks);
    match &details.schedule {
        Some(schedule) => exceptions::apply(api, created, schedule, checks),
        None => true,
    }
}

/// Tells what the provider has made otherwise without a word: Zoom ignores times that it does not
/// like, and accounts may be allowed fewer dates.
pub fn check_kept(meeting: &Meeting, details: &Details, checks: &mut Checks) {
    let Some(schedule) = &details.schedule else { return };
    let listed = meeting.occurrences.len();
    let cancelled = schedule.exceptions.iter().filter(|one| one.moved.is_none()).count();
    if let Repeat::Rule(rule) = &schedule.repeat
        && let Some(dates) = rule.all_dates(schedule.start.wall(), MAX_COMPARED)
        && (1..dates.len().saturating_sub(cancelled)).contains(&listed)
    {
        let all = dates.len();
        checks.warn("recurrence", format!("the provider made only {listed} of {all} dates"));
    }
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let asked = schedule.start.instant;
    // Of a series the first date; a start that its rule does not have moves on to one that it has.
    let first = meeting.occurrences.iter().filter_map(|date| date.start).min();
    if let Some(start) = first.or(meeting.start)
        && !schedule.is_implied
        && !matches!(schedule.repeat, Repeat::NoFixedTime)
        && minute(start) != minute(asked)
    {
        checks.warn("start", format!("the provider made it {start}"));
    }
}

/// Zoom moves a start in the past to the current time without a word; Webex refuses it. Under
/// `best_effort` it is moved to the present, where that moves nothing else.
pub fn check_start(details: &mut Details, may_move: bool, checks: &mut Checks) -> Result<()> {
    let Some(schedule) = &mut details.schedule else { return Ok(()) };
    if matches!(schedule.repeat, Repeat::NoFixedTime) || !is_past(schedule.start.instant) {
        return Ok(());
    }
    let why = "lies in the past";
    if !may_move || !matches!(schedule.repeat, Repeat::Once) {
        return Err(Error::new(Status::Unsupported, format!("start: {why}")));
    }
    checks.cannot("start", why)?;
    schedule.start.instant = Timestamp::now() + GRACE;
    Ok(())
}

/// A creation whose answer did not arrive may have happened.
pub fn unknown(failed: Failed) -> Error {
    match failed.may_be_done {
        true => failed.error.with_status(Status::OutcomeUnknown),
        false => failed.error,
    }
}

/// Whether a meeting can no longer begin then.
pub fn is_past(start: Timestamp) -> bool {
    Timestamp::now().duration_since(start) > GRACE
}
