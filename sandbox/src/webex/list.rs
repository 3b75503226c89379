//! `GET /meetings`.

use super::access::{self, Caller};
use super::meeting::{Meeting, Occurrence};
use super::{NOT_FOUND, error, invalid, page, read, times};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::world::World;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Lists series, or with `meetingType=scheduledMeeting` occurrences.
pub fn list(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match attempt(site, &world, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn attempt(site: &Site, world: &World, call: &Call) -> Result<Answer, Answer> {
    let caller = access::caller(site, world, call, "meeting:schedules_read")?;
    let host = access::host(site, world, &caller, call.query("hostEmail"))?;
    let zone = read::wanted_zone(site, call)?;
    let now = site.clock.now();
    let kind = match call.query("meetingType") {
        Some(kind @ ("meetingSeries" | "scheduledMeeting" | "meeting")) => kind,
        None if call.query("meetingSeriesId").is_some() => "scheduledMeeting",
        None => "meetingSeries",
        Some(_) => return Err(invalid(site, "'meetingType' is invalid.")),
    };
    let (from, to) = window(site, call, kind, now)?;
    let series = call.query("meetingSeriesId");
    if series.is_some_and(|id| world.webex.get(id).is_none_or(|one| one.host != host)) {
        return Err(error(site, 404, NOT_FOUND, &[]));
    }
    let wanted = |meeting: &&Meeting| {
        let tag = call.query("integrationTag").is_none_or(|tag| {
            // Tags are private to the client that set them.
            meeting.client_id == caller.client_id && meeting.tags.iter().any(|own| own == tag)
        });
        meeting.host == host
            && tag
            && series.is_none_or(|id| id == meeting.id)
            && call.query("meetingNumber").is_none_or(|number| number == meeting.number)
            && call.query("webLink").is_none_or(|link| link == meeting.web_link())
    };
    let mut found: Vec<(Timestamp, Value)> = Vec::new();
    for meeting in world.webex.values().filter(wanted) {
        collect(world, call, &caller, meeting, kind, (from, to), &zone, now, &mut found);
    }
    if let Some(state) = call.query("state") {
        found.retain(|(_, body)| body["state"] == state);
    }
    found.sort_by(|a, b| (a.0, a.1["id"].as_str()).cmp(&(b.0, b.1["id"].as_str())));
    let items = found.into_iter().map(|(_, body)| body).collect();
    Ok(page(site, call, items, 10))
}

#[expect(clippy::too_many_arguments, reason = "one loop's body, named for its length only")]
fn collect(
    world: &World,
    call: &Call,
    caller: &Caller,
    meeting: &Meeting,
    kind: &str,
    (from, to): (Timestamp, Timestamp),
    zone: &TimeZone,
    now: Timestamp,
    found: &mut Vec<(Timestamp, Value)>,
) {
    let inside = |one: &Occurrence| one.end() > from && one.start < to;
    let client = caller.client_id.as_str();
    match kind {
        "meetingSeries" => {
            let all = meeting.occurrences();
            if all.iter().any(inside) {
                let first = all.first().cloned();
                let shown = match first {
                    // "current: default true": times of the current or next occurrence.
                    Some(first) if !call.flag("current", true) => first,
                    _ => meeting.current(now),
                };
                let body = meeting.show_series(world, &shown, now, zone, client);
                found.push((shown.start, body));
            }
        }
        "scheduledMeeting" => {
            for one in meeting.occurrences().iter().filter(|one| inside(one)) {
                found.push((one.start, meeting.show_occurrence(world, one, now, zone, client)));
            }
        }
        _ => {
            if let Some(instance) = &meeting.running {
                let one = meeting.current(now);
                let mut body = meeting.show_series(world, &one, now, zone, client);
                body["id"] = instance.as_str().into();
                body["meetingType"] = "meeting".into();
                body["state"] = "inProgress".into();
                found.push((one.start, body));
            }
        }
    }
}

/// "By default from is the current date and time and to is 7 days later" for series and scheduled
/// meetings; 7 days before now until now for ended and running ones.
fn window(
    site: &Site,
    call: &Call,
    kind: &str,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Answer> {
    let read = |name: &str| match call.query(name) {
        None => Ok(None),
        Some(text) => times::read(text, &TimeZone::UTC)
            .or_else(|| {
                let date = text.parse::<jiff::civil::Date>().ok()?;
                Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
            })
            .map(Some)
            .ok_or_else(|| invalid(site, &format!("'{name}' is invalid."))),
    };
    let week = SignedDuration::from_hours(7 * 24);
    let (from, to) = (read("from")?, read("to")?);
    let past = kind == "meeting";
    let from = from.unwrap_or_else(|| match (past, to) {
        (true, to) => to.unwrap_or(now).checked_sub(week).unwrap_or(now),
        // A series in progress is still "now": its end decides.
        (false, _) => now,
    });
    let ahead = from.checked_add(week).unwrap_or(from);
    let to = to.unwrap_or(if past { now } else { ahead });
    if from > to {
        return Err(invalid(site, "'from' must be before 'to'."));
    }
    Ok((from, to))
}
