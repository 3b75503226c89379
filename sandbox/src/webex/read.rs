//! `GET /meetings/{meetingId}`.

use super::access;
use super::times;
use super::{NOT_FOUND, error, invalid, ok};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::world::World;
use jiff::tz::TimeZone;

/// A series, or one of its occurrences.
pub fn get(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match attempt(site, &world, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn attempt(site: &Site, world: &World, call: &Call) -> Result<Answer, Answer> {
    let caller = access::caller(site, world, call, "meeting:schedules_read")?;
    let host = access::host(site, world, &caller, call.query("hostEmail"))?;
    let zone = wanted_zone(site, call)?;
    let (meeting, part) = access::meeting(site, world, host, call.param("id"))?;
    let now = site.clock.now();
    let client = caller.client_id.as_str();
    let shown = match part {
        // "current: default false" here, unlike in the list: the first occurrence's times.
        None if call.flag("current", false) => {
            meeting.show_series(world, &meeting.current(now), now, &zone, client)
        }
        None => {
            let all = meeting.occurrences();
            let first = all.first().cloned().unwrap_or_else(|| meeting.current(now));
            meeting.show_series(world, &first, now, &zone, client)
        }
        Some(part) => match meeting.occurrence(&part) {
            Some(one) => meeting.show_occurrence(world, &one, now, &zone, client),
            None => return Err(error(site, 404, NOT_FOUND, &[])),
        },
    };
    Ok(ok(site, &shown))
}

/// The zone of the `timezone` request header, UTC without one.
pub fn wanted_zone(site: &Site, call: &Call) -> Result<TimeZone, Answer> {
    match call.header("timezone") {
        None => Ok(TimeZone::UTC),
        Some(name) => times::zone(name)
            .ok_or_else(|| invalid(site, "The 'timezone' header is not a known time zone.")),
    }
}
