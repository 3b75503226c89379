//! `POST /meetings` → 200.

use super::access;
use super::draft::{Change, Draft, check_times};
use super::invitees;
use super::meeting::Meeting;
use super::{error, invalid, ok, read};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::webhook;
use crate::world::World;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Creates a meeting.
pub fn create(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match attempt(site, &mut world, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn attempt(site: &Site, world: &mut World, call: &Call) -> Result<Answer, Answer> {
    let caller = access::caller(site, world, call, "meeting:schedules_write")?;
    access::count(site, world, caller.person)?;
    let zone = read::wanted_zone(site, call)?;
    let Some(Value::Object(body)) = call.json() else {
        return Err(error(site, 400, "The request body is not a JSON object.", &[]));
    };
    let draft = Draft::read(&body, &TimeZone::UTC).map_err(|text| invalid(site, &text))?;
    let host = access::host(site, world, &caller, draft.host_email.as_deref())?;
    let user = &world.people[host].user;
    // An attendee account has no site to host on (`siteUrls` ends in "#attendee").
    if !user.can_host || !user.licensed {
        return Err(access::forbidden(site));
    }
    let (Some(title), Some(start), Some(end)) = (draft.title, draft.start, draft.end) else {
        return Err(invalid(site, "'title', 'start' and 'end' are required."));
    };
    let now = site.clock.now();
    let (start, minutes) = check_times(start, end, now).map_err(|text| invalid(site, &text))?;
    let label = format!("webex meeting {}", user.email);
    let host_key = site.ids.number(&format!("{label} key"), 6).to_string();
    site.ledger.add(|all| all.host_keys.push(host_key.clone()));
    let mut meeting = Meeting {
        id: site.ids.hex(&label, 16),
        number: format!("2{}", site.ids.number(&format!("{label} number"), 10)),
        host,
        client_id: caller.client_id.clone(),
        title,
        agenda: match draft.agenda {
            Change::Set(agenda) => Some(agenda),
            _ => None,
        },
        // "A random password if none is given", subject to the site's policy.
        password: draft
            .password
            .unwrap_or_else(|| site.ids.letters(&format!("{label} password"), 11)),
        phone_password: site.ids.number(&format!("{label} phone"), 8).to_string(),
        host_key,
        start,
        minutes,
        time_zone: draft.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        recurrence: match draft.recurrence {
            Change::Set(recurrence) => Some(recurrence),
            _ => None,
        },
        exceptions: Default::default(),
        invitees: Vec::new(),
        tags: draft.tags.unwrap_or_default(),
        link: format!("m{}", site.ids.hex(&format!("{label} link"), 16)),
        base: call.base.clone(),
        extras: draft.extras,
        running: None,
    };
    for invitee in &draft.invitees {
        let invitee = invitees::read(site, &meeting.id, invitee).map_err(|t| invalid(site, &t))?;
        meeting.invitees.push(invitee);
    }
    meeting.settle();
    let id = meeting.id.clone();
    world.webex.insert(id.clone(), meeting);
    let meeting = &world.webex[&id];
    let shown = meeting.show_series(world, &meeting.current(now), now, &zone, &caller.client_id);
    webhook::webex::happened(site, world, meeting, "created");
    Ok(ok(site, &shown))
}
