//! Creating a meeting.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::api::{Api, Effect, Failed, checked};
use super::reference::{self, Order};
use super::{exceptions, plan};
use crate::authorization;
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::meeting::{
    Checks, Details, Meeting, NewMeeting, Occurrence, Repeat, Schedule, Start, instant,
};
use crate::provider::Target;
use crate::settings::App;
use crate::store::Account;
use crate::user::UserName;

/// How many dates of a series are compared with what the provider has made: those that are listed.
const MAX_COMPARED: usize = 300;
/// How far in the past a start may lie and still mean "now".
const GRACE: SignedDuration = SignedDuration::from_secs(60);

pub fn create(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    document: &str,
) -> Result<Meeting> {
    let mut meeting = NewMeeting::parse(document)?;
    let mut checks = Checks::new(context.call.options.best_effort);
    let mut api = Api::new(context, app, user);
    if meeting.details.host_email.is_some() {
        checks.cannot("host_email", "only apps of the kinds `account` and `server` name a host")?;
    }
    checks.warnings.append(&mut meeting.details.warnings);
    let plan = plan::plan(app.provider, &mut meeting.details, meeting.irregular, &mut checks)?;
    let mut created = match plan {
        plan::Plan::One => one(&mut api, &meeting, &mut checks)?,
        plan::Plan::Separate(dates) => separate(&mut api, &meeting, &dates, &mut checks)?,
    };
    created.reference = meeting.reference;
    created.warnings = checks.warnings;
    let verb = if created.existing { "found" } else { "created" };
    let provider = app.provider.name();
    context.log(Level::Info, format_args!("{user}: {verb} {provider} meeting {}", created.id));
    // A raw option may have named another host.
    if let Some(grant) = api.granted()
        && grant.row.account.is_none()
        && meeting.details.provider_options.is_empty()
        && let Some(host) = created.host.clone().filter(|host| host.id.is_some())
    {
        let account = Account { id: None, user_id: host.id, email: host.email };
        authorization::learn_account(context, app, grant, account);
    }
    match context.call.options.include_host_secrets {
        true => Ok(created),
        false => Ok(created.without_host_secrets()),
    }
}

fn one(api: &mut Api<'_>, meeting: &NewMeeting, checks: &mut Checks) -> Result<Meeting> {
    let mut details = meeting.details.clone();
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
    meeting: &NewMeeting,
    dates: &[DateTime],
    checks: &mut Checks,
) -> Result<Meeting> {
    let journal = match &meeting.reference {
        Some(name) => Some(reference::open(api, name, &meeting.digest)?),
        None => None,
    };
    let mut details = meeting.details.clone();
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
        // What one date tells every date tells.
        if !made.is_empty() {
            checks.warnings.dedup();
        }
        let outcome = match &journal {
            Some(journal) => {
                let date = date.to_string();
                journal.create(api, Order { date: &date, details: &mut details }, checks)
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
    let first = made.into_iter().next().ok_or_else(|| Error::internal("no dates"))?;
    Ok(Meeting { occurrences, existing, ..first })
}

/// Without a reference nobody would find the meetings of the first dates again.
fn take_back(api: &mut Api<'_>, made: Vec<Meeting>, error: Error) -> Error {
    let provider = api.provider();
    let mut left = Vec::new();
    for meeting in made {
        let target = Target { meeting: &meeting.id, occurrence: None };
        let deleted = api.call(
            Effect::Idempotent,
            |access| provider.delete_request(access, target),
            |response| provider.read_deleted(response),
        );
        if let Err(failed) = deleted {
            let (id, why) = (&meeting.id, failed.error.detail());
            api.context.log(Level::Warn, format_args!("meeting {id} stays behind: {why}"));
            left.push(meeting.id);
        }
    }
    match left.is_empty() {
        true => error,
        false => error.with_note(&format!("these meetings stay behind: {}", left.join(", "))),
    }
}

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
        let outcome = api.call(
            Effect::Creates,
            |access| {
                checks.warnings.truncate(before);
                provider.create_request(access, details, mark, checks)
            },
            |response| {
                refused = provider.refused_hosts(response, &hosts);
                provider.read_created(response).and_then(|meeting| checked(meeting, provider))
            },
        );
        match (outcome, refused) {
            (Err(_), Some(refused)) if !hosts.is_empty() => {
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
pub fn complete(api: &mut Api<'_>, created: &mut Meeting, details: &Details, checks: &mut Checks) {
    // The provider may not say in its answer what it was told.
    created.repeats |= matches!(details.schedule, Some(Schedule { repeat: Repeat::Rule(_), .. }));
    if let Err(error) = api.add_dates(created) {
        checks.warn("occurrences", format!("the dates could not be read: {}", error.detail()));
    }
    check_kept(created, details, checks);
    if let Some(schedule) = &details.schedule {
        exceptions::apply(api, created, schedule, checks);
    }
}

/// Tells what the provider has made otherwise without a word: Zoom ignores times that it does not
/// like, and accounts may be allowed fewer dates.
pub fn check_kept(meeting: &Meeting, details: &Details, checks: &mut Checks) {
    let Some(schedule) = &details.schedule else { return };
    let listed = meeting.occurrences.len();
    if let Repeat::Rule(rule) = &schedule.repeat
        && let Some(dates) = rule.all_dates(schedule.start.wall(), MAX_COMPARED)
        && (1..dates.len()).contains(&listed)
    {
        let all = dates.len();
        checks.warn("recurrence", format!("the provider made only {listed} of {all} dates"));
    }
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let asked = schedule.start.instant;
    let is_fixed = matches!(schedule.repeat, Repeat::Once | Repeat::Keep) && !meeting.repeats;
    if let Some(start) = meeting.start
        && is_fixed
        && minute(start) != minute(asked)
    {
        checks.warn("start", format!("the provider made it {start}"));
    }
}

/// Zoom moves a start in the past to the current time without a word; Webex refuses it. Under
/// `best_effort` it is moved to the present, where that moves nothing else.
pub fn check_start(details: &mut Details, may_move: bool, checks: &mut Checks) -> Result<()> {
    let Some(schedule) = &mut details.schedule else { return Ok(()) };
    let now = Timestamp::now();
    if matches!(schedule.repeat, Repeat::NoFixedTime)
        || now.duration_since(schedule.start.instant) <= GRACE
    {
        return Ok(());
    }
    let why = "lies in the past";
    if !may_move || !matches!(schedule.repeat, Repeat::Once) {
        return Err(Error::new(Status::Unsupported, format!("start: {why}")));
    }
    checks.cannot("start", why)?;
    schedule.start.instant = now + GRACE;
    Ok(())
}

/// A creation whose answer did not arrive may have happened.
pub fn unknown(failed: Failed) -> Error {
    match failed.may_be_done {
        true => failed.error.with_status(Status::OutcomeUnknown),
        false => failed.error,
    }
}
