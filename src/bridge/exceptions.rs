//! The dates of a series that are not as its rule says.

use jiff::Timestamp;

use super::api::{Api, Effect};
use crate::error::{Error, Result, Status};
use crate::meeting::{
    Checks, Details, Exception, Meeting, Occurrence, Repeat, Schedule, Start, instant,
};
use crate::provider::Target;

/// Cancels and moves the dates that are to be otherwise. Those that are so already are left alone,
/// so that it can be done again. A failure is a warning: the series is there.
pub fn apply(api: &mut Api<'_>, meeting: &mut Meeting, schedule: &Schedule, checks: &mut Checks) {
    // All before any is changed: one date may be moved to where another was.
    let known: Vec<(&Exception, Option<String>)> = schedule
        .exceptions
        .iter()
        .filter_map(|exception| {
            let original = instant(exception.original, &schedule.start.rules())?;
            Some((exception, id_of(api, meeting, original)))
        })
        .collect();
    for (exception, id) in known {
        let outcome = match &id {
            Some(id) => apply_one(api, meeting, id, exception, schedule, checks),
            None => {
                Err(Error::new(Status::Unsupported, "it is not among the dates that are listed"))
            }
        };
        match outcome {
            Err(error) if error.status() != Status::MeetingNotFound => {
                let what = if exception.moved.is_some() { "moved" } else { "cancelled" };
                let date = exception.original;
                checks.warn("icalendar", format!("{date} was not {what}: {}", error.detail()));
            }
            _ => {}
        }
    }
}

fn id_of(api: &Api<'_>, meeting: &Meeting, original: Timestamp) -> Option<String> {
    let by_time = api.provider().occurrence_id(&meeting.id, original);
    by_time.or_else(|| find(&meeting.occurrences, original).map(|date| date.id.clone()))
}

fn apply_one(
    api: &mut Api<'_>,
    meeting: &mut Meeting,
    id: &str,
    exception: &Exception,
    schedule: &Schedule,
    checks: &mut Checks,
) -> Result<()> {
    let provider = api.provider();
    let target = Target { meeting: &meeting.id, occurrence: Some(id) };
    let Some(moved) = &exception.moved else {
        api.call(
            Effect::Idempotent,
            |access| provider.delete_request(access, target),
            |response| provider.read_deleted(response),
        )?;
        meeting.occurrences.retain(|date| date.id != id);
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
            request.ok_or_else(|| Error::internal("nothing to change"))
        },
        |response| provider.read_updated(response),
    )?;
    for date in meeting.occurrences.iter_mut().filter(|date| date.id == id) {
        (date.start, date.duration_minutes) = (Some(to), Some(moved.duration_minutes));
    }
    Ok(())
}

/// The date that was to begin then. By its id if one says so, since another date may have been
/// moved to that time: Zoom's ids are the original beginning in milliseconds since 1970, Webex's
/// end with it.
pub fn find(dates: &[Occurrence], original: Timestamp) -> Option<&Occurrence> {
    let milliseconds = original.as_millisecond().to_string();
    let suffix = original.strftime("_%Y%m%dT%H%M%SZ").to_string();
    let by_id = |date: &&Occurrence| date.id == milliseconds || date.id.ends_with(&suffix);
    let by_start = |date: &&Occurrence| date.start == Some(original);
    dates.iter().find(by_id).or_else(|| dates.iter().find(by_start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_known_by_its_original_beginning() {
        let date = |id: &str, start: &str| Occurrence {
            id: id.to_owned(),
            start: Some(start.parse().unwrap()),
            duration_minutes: None,
            join_url: None,
        };
        let original: Timestamp = "2030-03-05T08:00:00Z".parse().unwrap();
        // Another date was moved to where this one was.
        let own = original.as_millisecond().to_string();
        let dates = [date("1", "2030-03-05T08:00:00Z"), date(&own, "2030-03-06T08:00:00Z")];
        assert_eq!(find(&dates, original).unwrap().id, own);
        let dates = [
            date("s_20300304T080000Z", "2030-03-05T08:00:00Z"),
            date("s_20300305T080000Z", "2030-03-07T08:00:00Z"),
        ];
        assert_eq!(find(&dates, original).unwrap().id, "s_20300305T080000Z");
        assert_eq!(find(&dates[..1], original).unwrap().id, "s_20300304T080000Z");
        assert!(find(&[], original).is_none());
    }
}
