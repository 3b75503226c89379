//! `PATCH`, `PUT` (works the same) and `DELETE` of a meeting.

use super::access::{self, Caller};
use super::draft::{Change, Draft, check_times};
use super::meeting::{Exception, later};
use super::{NOT_FOUND, done, error, invalid, ok, read};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::webhook;
use crate::world::World;
use jiff::Timestamp;
use serde_json::Value;

/// Changes a series or one occurrence; answers 200 with it.
pub fn patch(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match try_patch(site, &mut world, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_patch(site: &Site, world: &mut World, call: &Call) -> Result<Answer, Answer> {
    let caller = access::caller(site, world, call, "meeting:schedules_write")?;
    let zone = read::wanted_zone(site, call)?;
    let Some(Value::Object(body)) = call.json() else {
        return Err(error(site, 400, "The request body is not a JSON object.", &[]));
    };
    let host_email = body.get("hostEmail").and_then(Value::as_str);
    let host = access::host(site, world, &caller, host_email)?;
    let (meeting, part) = access::meeting(site, world, host, call.param("id"))?;
    if meeting.running.is_some() {
        return Err(error(site, 403, "A meeting in progress can not be changed.", &[]));
    }
    let draft = Draft::read(&body, &meeting.zone()).map_err(|text| invalid(site, &text))?;
    let id = meeting.id.clone();
    match part {
        None => patch_series(site, world, &id, draft)?,
        Some(part) => patch_occurrence(site, world, &id, &part, draft)?,
    }
    shown(site, world, call, &caller, &id, &zone)
}

fn shown(
    site: &Site,
    world: &World,
    call: &Call,
    caller: &Caller,
    id: &str,
    zone: &jiff::tz::TimeZone,
) -> Result<Answer, Answer> {
    let now = site.clock.now();
    let meeting = &world.webex[id];
    webhook::webex::happened(site, world, meeting, "updated");
    let part = call.param("id").split_once('_').map(|(_, part)| part);
    let body = match part.and_then(|part| meeting.occurrence(part)) {
        Some(one) => meeting.show_occurrence(world, &one, now, zone, &caller.client_id),
        None => meeting.show_series(world, &meeting.current(now), now, zone, &caller.client_id),
    };
    Ok(ok(site, &body))
}

/// New times from what was sent and what was there.
fn times(
    site: &Site,
    draft: &Draft,
    old_start: Timestamp,
    old_minutes: i64,
) -> Result<Option<(Timestamp, i64)>, Answer> {
    if draft.start.is_none() && draft.end.is_none() {
        return Ok(None);
    }
    let start = draft.start.unwrap_or(old_start);
    let end = draft.end.unwrap_or_else(|| later(start, old_minutes));
    let times = check_times(start, end, site.clock.now());
    times.map(Some).map_err(|text| invalid(site, &text))
}

fn patch_series(site: &Site, world: &mut World, id: &str, draft: Draft) -> Result<(), Answer> {
    let Some(meeting) = world.webex.get_mut(id) else {
        return Ok(());
    };
    let times = times(site, &draft, meeting.start, meeting.minutes)?;
    if let Some((start, minutes)) = times {
        (meeting.start, meeting.minutes) = (start, minutes);
    }
    if let Some(zone) = draft.time_zone {
        meeting.time_zone = zone;
    }
    let repeats_anew = !matches!(draft.recurrence, Change::Keep);
    match draft.recurrence {
        Change::Keep => {}
        Change::Clear => meeting.recurrence = None,
        Change::Set(recurrence) => meeting.recurrence = Some(recurrence),
    }
    // "When start, end or recurrence of a series change, all exceptions are cancelled".
    if times.is_some() || repeats_anew {
        meeting.exceptions.clear();
        meeting.settle();
    }
    meeting.title = draft.title.unwrap_or_else(|| meeting.title.clone());
    match draft.agenda {
        Change::Keep => {}
        Change::Clear => meeting.agenda = None,
        Change::Set(agenda) => meeting.agenda = Some(agenda),
    }
    meeting.password = draft.password.unwrap_or_else(|| meeting.password.clone());
    meeting.tags = draft.tags.unwrap_or_else(|| meeting.tags.clone());
    meeting.extras.extend(draft.extras);
    // Null clears (trackingCodes); answers leave such fields out.
    meeting.extras.retain(|_, value| !value.is_null());
    Ok(())
}

fn patch_occurrence(
    site: &Site,
    world: &mut World,
    id: &str,
    part: &str,
    draft: Draft,
) -> Result<(), Answer> {
    if !matches!(draft.recurrence, Change::Keep) {
        return Err(invalid(site, "'recurrence' can not be changed for one occurrence."));
    }
    let Some(meeting) = world.webex.get_mut(id) else {
        return Ok(());
    };
    let Some(one) = meeting.occurrence(part) else {
        return Err(error(site, 404, NOT_FOUND, &[]));
    };
    let times = times(site, &draft, one.start, one.minutes)?;
    let exception = meeting.exceptions.entry(one.original).or_default();
    if let Some((start, minutes)) = times {
        (exception.start, exception.minutes) = (Some(start), Some(minutes));
    }
    if let Some(title) = draft.title {
        exception.title = Some(title);
    }
    match draft.agenda {
        Change::Keep => {}
        Change::Clear => exception.agenda = Some(String::new()),
        Change::Set(agenda) => exception.agenda = Some(agenda),
    }
    Ok(())
}

/// Deletes a series or one occurrence; not recoverable.
pub fn delete(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match try_delete(site, &mut world, call) {
        Ok(()) => done(site),
        Err(answer) => answer,
    }
}

fn try_delete(site: &Site, world: &mut World, call: &Call) -> Result<(), Answer> {
    let caller = access::caller(site, world, call, "meeting:schedules_write")?;
    let host = access::host(site, world, &caller, call.query("hostEmail"))?;
    let (meeting, part) = access::meeting(site, world, host, call.param("id"))?;
    let id = meeting.id.clone();
    let one = match &part {
        None => None,
        Some(part) => match meeting.occurrence(part) {
            None => return Err(error(site, 404, NOT_FOUND, &[])),
            found => found,
        },
    };
    webhook::webex::happened(site, world, meeting, "deleted");
    match one {
        Some(one) if meeting.recurrence.is_some() => {
            if let Some(meeting) = world.webex.get_mut(&id) {
                let exception = Exception { deleted: true, ..Exception::default() };
                meeting.exceptions.insert(one.original, exception);
            }
        }
        _ => {
            world.webex.remove(&id);
        }
    }
    Ok(())
}
