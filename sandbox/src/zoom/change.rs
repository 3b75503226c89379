//! `PATCH`, `DELETE` and `PUT …/status` of a meeting: all answer 204.

use super::access::{self, Needs};
use super::create::check_alternative_hosts;
use super::draft::Draft;
use super::read::no_occurrence;
use super::{done, error, invalid, not_json, settings, zones};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::webhook;
use crate::world::World;
use jiff::tz::TimeZone;
use serde_json::Value;

const UPDATE: Needs = Needs { classic: "meeting:write", granular: "meeting:update:meeting" };
const DELETE: Needs = Needs { classic: "meeting:write", granular: "meeting:delete:meeting" };
const STATUS: Needs = Needs { classic: "meeting:write", granular: "meeting:update:status" };

/// Changes a meeting or, with `occurrence_id`, one date of it.
pub fn patch(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match try_patch(site, &mut world, call) {
        Ok(()) => done(site),
        Err(answer) => answer,
    }
}

fn try_patch(site: &Site, world: &mut World, call: &Call) -> Result<(), Answer> {
    let caller = access::caller(site, world, call, UPDATE)?;
    let id = access::meeting_id(site, world, call, &caller)?;
    access::count(site, world, world.zoom[&id].host)?;
    let Some(Value::Object(body)) = call.json() else {
        return Err(not_json(site));
    };
    let draft = Draft::read(&body).map_err(|fields| invalid(site, &fields))?;
    check_alternative_hosts(site, world, world.zoom[&id].host, &draft)?;
    let before = world.zoom[&id].clone();
    match call.query("occurrence_id") {
        Some(occurrence) => patch_occurrence(site, world, id, occurrence, draft)?,
        None => patch_all(site, world, id, draft)?,
    }
    let scope = if call.query("occurrence_id").is_some() { "single" } else { "all" };
    webhook::zoom::updated(site, world, &before, scope, &body);
    Ok(())
}

fn patch_all(site: &Site, world: &mut World, id: u64, draft: Draft) -> Result<(), Answer> {
    let now = site.clock.now();
    let label = "zoom pwd";
    let Some(meeting) = world.zoom.get_mut(&id) else {
        return Ok(());
    };
    let kind = draft.kind.unwrap_or(meeting.kind);
    if kind == 8 && draft.recurrence.is_none() && meeting.recurrence.is_none() {
        return Err(invalid(site, &["recurrence".to_owned()]));
    }
    // "recurrence: use this object only for a meeting with type 8".
    if kind != 8 && draft.recurrence.is_some() {
        return Err(invalid(site, &["recurrence".to_owned()]));
    }
    let old_times = (meeting.kind, meeting.start, meeting.time_zone.clone());
    let repeats_anew = draft.recurrence.is_some();
    meeting.kind = kind;
    if let Some(zone) = draft.time_zone {
        meeting.time_zone = zone;
    }
    let zone = zones::zone(&meeting.time_zone).unwrap_or(TimeZone::UTC);
    // A start in the past is ignored, like a missing one ("Update a meeting", start_time).
    let start = draft.start.and_then(|start| start.resolve(&zone)).filter(|start| *start > now);
    if let Some(start) = start {
        meeting.start = start;
    }
    if let Some(topic) = draft.topic {
        meeting.topic = topic;
    }
    if let Some(agenda) = draft.agenda {
        meeting.agenda = agenda;
    }
    if let Some(duration) = draft.duration {
        meeting.duration = duration;
        for one in &mut meeting.occurrences {
            one.duration = duration;
        }
    }
    if let Some(password) = draft.password {
        meeting.encrypted_password = match password.as_str() {
            "" => String::new(),
            _ => format!("{}.1", site.ids.letters(label, 30)),
        };
        meeting.password = password;
    }
    if let Some(fields) = draft.tracking_fields {
        meeting.tracking_fields = Some(fields);
    }
    meeting.settings.extend(draft.settings);
    if kind != 8 {
        meeting.recurrence = None;
    } else if draft.recurrence.is_some() {
        meeting.recurrence = draft.recurrence;
    }
    let new_times = (meeting.kind, meeting.start, meeting.time_zone.clone());
    // Whether Zoom keeps the ids of unchanged dates is not documented; here all are new.
    if repeats_anew || old_times != new_times {
        meeting.regenerate();
    }
    Ok(())
}

/// One date takes agenda, start_time, duration and seven settings ("Update a meeting",
/// `occurrence_id`). What Zoom does with others is not said; refusing them shows a client's
/// mistake, where ignoring would hide it.
fn patch_occurrence(
    site: &Site,
    world: &mut World,
    id: u64,
    occurrence: &str,
    draft: Draft,
) -> Result<(), Answer> {
    let now = site.clock.now();
    let mut wrong: Vec<String> = draft
        .names
        .iter()
        .filter(|name| {
            !["agenda", "start_time", "duration", "settings", "timezone"].contains(&name.as_str())
        })
        .cloned()
        .collect();
    let foreign = |name: &&String| !settings::OF_OCCURRENCE.contains(&name.as_str());
    wrong.extend(draft.settings.keys().filter(foreign).map(|name| format!("settings.{name}")));
    if !wrong.is_empty() {
        return Err(invalid(site, &wrong));
    }
    let Some(meeting) = world.zoom.get_mut(&id) else {
        return Ok(());
    };
    let zone = meeting.zone();
    let found = meeting.occurrences.iter_mut().find(|one| one.id == occurrence && !one.deleted);
    let Some(one) = found else {
        return Err(no_occurrence(site));
    };
    let start = draft.start.and_then(|start| start.resolve(&zone)).filter(|start| *start > now);
    one.start = start.unwrap_or(one.start);
    one.duration = draft.duration.unwrap_or(one.duration);
    one.agenda = draft.agenda.or(one.agenda.take());
    one.settings.extend(draft.settings);
    Ok(())
}

/// Deletes a meeting or, with `occurrence_id`, one date of it. Deletes are not counted against
/// the 100 a day (observed headers, devforum 59670).
pub fn delete(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match try_delete(site, &mut world, call) {
        Ok(()) => done(site),
        Err(answer) => answer,
    }
}

fn try_delete(site: &Site, world: &mut World, call: &Call) -> Result<(), Answer> {
    let caller = access::caller(site, world, call, DELETE)?;
    let id = access::meeting_id(site, world, call, &caller)?;
    let Some(meeting) = world.zoom.get_mut(&id) else {
        return Ok(());
    };
    let Some(wanted) = call.query("occurrence_id") else {
        if meeting.started {
            return Err(error(
                site,
                400,
                3002,
                "Sorry, you cannot delete this meeting since it's in progress.",
            ));
        }
        meeting.deleted = true;
        webhook::zoom::deleted(site, world, id, None);
        return Ok(());
    };
    let found = meeting.occurrences.iter_mut().find(|one| one.id == wanted && !one.deleted);
    let Some(one) = found else {
        return Err(no_occurrence(site));
    };
    one.deleted = true;
    let one = one.clone();
    webhook::zoom::deleted(site, world, id, Some(&one));
    Ok(())
}

/// Ends a meeting in progress, or recovers a deleted one.
pub fn status(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match try_status(site, &mut world, call) {
        Ok(()) => done(site),
        Err(answer) => answer,
    }
}

fn try_status(site: &Site, world: &mut World, call: &Call) -> Result<(), Answer> {
    let caller = access::caller(site, world, call, STATUS)?;
    let missing =
        || error(site, 404, 3001, &format!("Meeting does not exist: {}.", call.param("id")));
    let id = call.param("id").parse::<u64>().map_err(|_| missing())?;
    let Some(meeting) = world.zoom.get_mut(&id).filter(|m| access::visible(m, &caller)) else {
        return Err(missing());
    };
    let body = call.json().unwrap_or_default();
    match (body["action"].as_str(), meeting.deleted) {
        (Some("recover"), true) => {
            meeting.deleted = false;
            webhook::zoom::recovered(site, world, id);
        }
        (Some("end"), false) => {
            meeting.started = false;
            webhook::zoom::ended(site, world, id);
        }
        (Some("recover" | "end"), _) => return Err(missing()),
        _ => return Err(invalid(site, &["action".to_owned()])),
    }
    Ok(())
}
