//! The dates of a series that are not as its rule says.

use jiff::Timestamp;

use super::api::{Api, Effect};
use crate::error::{Result, Status};
use crate::meeting::{
    Checks, Details, Exception, Meeting, Occurrence, Repeat, Schedule, Start, instant,
};
use crate::provider::Target;

/// Cancels and moves the dates that are to be otherwise. Those that are so already are left alone,
/// so that it can be done again. A failure is a warning: the series is there.
///
/// Whether everything is as it should be.
pub fn apply(
    api: &mut Api<'_>,
    meeting: &mut Meeting,
    schedule: &Schedule,
    checks: &mut Checks,
) -> bool {
    let mut complete = true;
    for exception in &schedule.exceptions {
        let Some(original) = instant(exception.original, &schedule.start.rules()) else { continue };
        let at = meeting.occurrences.iter().position(|date| is_at(date, original));
        let Some(at) = at else { continue };
        if let Err(error) = apply_one(api, meeting, at, exception, schedule, checks)
            && error.status() != Status::MeetingNotFound
        {
            complete = false;
            let what = if exception.moved.is_some() { "moved" } else { "cancelled" };
            let message = format!("{} could not be {what}: {}", exception.original, error.detail());
            checks.warn("icalendar", message);
        }
    }
    complete
}

fn apply_one(
    api: &mut Api<'_>,
    meeting: &mut Meeting,
    at: usize,
    exception: &Exception,
    schedule: &Schedule,
    checks: &mut Checks,
) -> Result<()> {
    let provider = api.provider();
    let id = meeting.occurrences[at].id.clone();
    let target = Target { meeting: &meeting.id, occurrence: Some(&id) };
    let Some(moved) = &exception.moved else {
        api.call(
            Effect::Idempotent,
            |access| provider.delete_request(access, target),
            |response| provider.read_deleted(response),
        )?;
        meeting.occurrences.remove(at);
        return Ok(());
    };
    let Some(to) = instant(moved.start, &schedule.start.rules()) else { return Ok(()) };
    let start = Start { instant: to, zone: schedule.start.zone.clone() };
    let details = Details {
        schedule: Some(Schedule { repeat: Repeat::Keep, ..Schedule::once(start) }),
        duration_minutes: Some(moved.duration_minutes),
        ..Details::default()
    };
    api.call(
        Effect::Idempotent,
        |access| {
            let request = provider.update_request(access, target, &details, None, checks)?;
            request.ok_or_else(|| crate::error::Error::internal("nothing to change"))
        },
        |response| provider.read_updated(response),
    )?;
    let date = &mut meeting.occurrences[at];
    (date.start, date.duration_minutes) = (Some(to), Some(moved.duration_minutes));
    Ok(())
}

/// Whether this is the date that was to begin then.
pub fn is_at(date: &Occurrence, original: Timestamp) -> bool {
    // Zoom's ids are the original beginning in milliseconds since 1970.
    date.id == original.as_millisecond().to_string() || date.start == Some(original)
}
