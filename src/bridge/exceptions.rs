//! The dates of a series that are not as its rule says.

use jiff::Timestamp;

use super::api::{Api, Effect};
use crate::error::{Error, Result, Status};
use crate::meeting::{
    Checks, Details, Exception, Meeting, Occurrence, Repeat, Schedule, Start, instant,
};
use crate::provider::{Provider, Target};

/// Cancels and moves the dates that are to be otherwise. Those that are so already are left alone,
/// so that it can be done again. A failure is a warning: the series is there. Whether all is done.
pub fn apply(
    api: &mut Api<'_>,
    meeting: &mut Meeting,
    schedule: &Schedule,
    checks: &mut Checks,
) -> bool {
    // All before any is changed: one date may be moved to where another was.
    let known: Vec<(&Exception, Option<String>)> = schedule
        .exceptions
        .iter()
        .filter_map(|exception| {
            let original = instant(exception.original, &schedule.start.rules())?;
            Some((exception, id_of(api, meeting, original)))
        })
        .collect();
    let mut all = true;
    for (exception, id) in known {
        let outcome = match &id {
            Some(id) => apply_one(api, meeting, id, exception, schedule, checks),
            None if is_gone(meeting, exception, schedule) => Ok(()),
            None => {
                Err(Error::new(Status::Unsupported, "it is not among the dates that are listed"))
            }
        };
        match outcome {
            Err(error)
                if exception.moved.is_some() || error.status() != Status::MeetingNotFound =>
            {
                all = false;
                let what = if exception.moved.is_some() { "moved" } else { "cancelled" };
                let date = exception.original;
                checks.warn("icalendar", format!("{date} was not {what}: {}", error.detail()));
            }
            _ => {}
        }
    }
    all
}

fn id_of(api: &Api<'_>, meeting: &Meeting, original: Timestamp) -> Option<String> {
    let by_time = api.provider().occurrence_id(&meeting.id, original);
    by_time.or_else(|| {
        find(api.provider(), &meeting.occurrences, original).map(|date| date.id.clone())
    })
}

/// Whether a date that is to be cancelled is not listed because it has been. Of a series without
/// end only the next dates are listed.
fn is_gone(meeting: &Meeting, exception: &Exception, schedule: &Schedule) -> bool {
    let endless = matches!(&schedule.repeat, Repeat::Rule(rule) if rule.is_endless());
    let last = meeting.occurrences.iter().filter_map(|date| date.start).max();
    let original = instant(exception.original, &schedule.start.rules());
    exception.moved.is_none() && last.is_some() && (!endless || original < last)
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
        api.delete(target)?;
        meeting.occurrences.retain(|date| date.id != id);
        return Ok(());
    };
    let Some(to) = instant(moved.start, &schedule.start.rules()) else { return Ok(()) };
    let wanted = (Some(to), Some(moved.duration_minutes));
    let is_there = |date: &Occurrence| (date.start, date.duration_minutes) == wanted;
    if meeting.occurrences.iter().any(|date| date.id == id && is_there(date)) {
        return Ok(());
    }
    let start = Start { instant: to, zone: schedule.start.zone.clone() };
    let details = Details {
        schedule: Some(Schedule { repeat: Repeat::Keep, ..Schedule::once(start) }),
        duration_minutes: Some(moved.duration_minutes),
        ..Details::default()
    };
    let before = checks.warnings.len();
    api.call(
        Effect::Idempotent,
        |access| {
            checks.warnings.truncate(before);
            let request = provider.update_request(access, target, &details, None, checks)?;
            request.ok_or_else(|| Error::internal("nothing to change"))
        },
        |response| provider.read_updated(response),
    )?;
    for date in meeting.occurrences.iter_mut().filter(|date| date.id == id) {
        (date.start, date.duration_minutes) = wanted;
    }
    Ok(())
}

/// The date that was to begin then. By its id if one says so, since another date may have been
/// moved to that time.
pub fn find<'a>(
    provider: &dyn Provider,
    dates: &'a [Occurrence],
    original: Timestamp,
) -> Option<&'a Occurrence> {
    let by_id = |date: &&Occurrence| provider.is_date(&date.id, original);
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
        let find = |name: &str, dates| {
            let provider = crate::provider::by_name(name).unwrap();
            find(provider, dates, original).map(|date: &Occurrence| date.id.clone())
        };
        // Another date was moved to where this one was.
        let own = original.as_millisecond().to_string();
        let dates = [date("1", "2030-03-05T08:00:00Z"), date(&own, "2030-03-06T08:00:00Z")];
        assert_eq!(find("zoom", &dates), Some(own));
        let dates = [
            date("s_20300304T080000Z", "2030-03-05T08:00:00Z"),
            date("s_20300305T080000Z", "2030-03-07T08:00:00Z"),
        ];
        assert_eq!(find("webex", &dates).unwrap(), "s_20300305T080000Z");
        assert_eq!(find("webex", &dates[..1]).unwrap(), "s_20300304T080000Z");
        assert!(find("zoom", &[]).is_none());
    }
}
