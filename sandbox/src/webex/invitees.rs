//! `/meetingInvitees`: the way to change who is invited, as PATCH of a meeting cannot.

use super::meeting::{Invitee, Meeting};
use super::{NOT_FOUND, access, done, error, invalid, ok, page};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::world::World;
use crate::zoom::settings::is_address;
use serde_json::{Value, json};

const READ: &str = "meeting:schedules_read";
const WRITE: &str = "meeting:schedules_write";

/// Reads one invitee; the reason on failure.
pub fn read(site: &Site, meeting: &str, value: &Value) -> Result<Invitee, String> {
    let email = value["email"].as_str().filter(|email| is_address(email));
    let email = email.ok_or("'email' of an invitee is missing or invalid.")?;
    let name = value["displayName"].as_str().unwrap_or(email);
    if name.chars().count() > 128 {
        return Err("'displayName' of an invitee is too long.".to_owned());
    }
    Ok(Invitee {
        id: format!("{meeting}_{}", site.ids.number("webex invitee", 8)),
        email: email.to_owned(),
        display_name: name.to_owned(),
        co_host: value["coHost"].as_bool().unwrap_or(false),
        panelist: value["panelist"].as_bool().unwrap_or(false),
    })
}

fn show(meeting: &str, one: &Invitee) -> Value {
    json!({
        "id": one.id, "email": one.email, "displayName": one.display_name, "coHost": one.co_host,
        "panelist": one.panelist, "meetingId": meeting,
    })
}

/// Lists a meeting's invitees.
pub fn list(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let found = || -> Result<Answer, Answer> {
        let caller = access::caller(site, &world, call, READ)?;
        let host = access::host(site, &world, &caller, call.query("hostEmail"))?;
        let id = call.query("meetingId").unwrap_or_default();
        let (meeting, _) = access::meeting(site, &world, host, id)?;
        let items = meeting.invitees.iter().map(|one| show(&meeting.id, one)).collect();
        Ok(page(site, call, items, 10))
    };
    found().unwrap_or_else(|answer| answer)
}

/// The meeting that a body names, for changing it.
fn of_body<'a>(
    site: &Site,
    world: &'a mut World,
    call: &Call,
    body: &Value,
) -> Result<&'a mut Meeting, Answer> {
    let caller = access::caller(site, world, call, WRITE)?;
    let host = access::host(site, world, &caller, body["hostEmail"].as_str())?;
    let id = body["meetingId"].as_str().unwrap_or_default();
    let (meeting, _) = access::meeting(site, world, host, id)?;
    let id = meeting.id.clone();
    world.webex.get_mut(&id).ok_or_else(|| error(site, 404, NOT_FOUND, &[]))
}

/// Adds one invitee.
pub fn create(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    let body = call.json().unwrap_or_default();
    let mut attempt = || -> Result<Answer, Answer> {
        let meeting = of_body(site, &mut world, call, &body)?;
        let one = add(site, meeting, &body)?;
        Ok(ok(site, &show(&meeting.id, &one)))
    };
    attempt().unwrap_or_else(|answer| answer)
}

fn add(site: &Site, meeting: &mut Meeting, value: &Value) -> Result<Invitee, Answer> {
    let one = read(site, &meeting.id, value).map_err(|text| invalid(site, &text))?;
    if meeting.invitees.iter().any(|old| old.email.eq_ignore_ascii_case(&one.email)) {
        return Err(error(site, 409, "The invitee already exists.", &[]));
    }
    meeting.invitees.push(one.clone());
    Ok(one)
}

/// Adds up to 100 invitees.
pub fn bulk(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    let body = call.json().unwrap_or_default();
    let mut attempt = || -> Result<Answer, Answer> {
        let meeting = of_body(site, &mut world, call, &body)?;
        let items = body["items"].as_array().filter(|items| items.len() <= 100);
        let items = items.ok_or_else(|| invalid(site, "'items' must have 1 to 100 invitees."))?;
        // All or nothing: nothing says that a part could be taken.
        let before = meeting.invitees.clone();
        let mut shown = Vec::new();
        for item in items {
            match add(site, meeting, item) {
                Ok(one) => shown.push(show(&meeting.id, &one)),
                Err(answer) => {
                    meeting.invitees = before;
                    return Err(answer);
                }
            }
        }
        Ok(ok(site, &json!({ "items": shown })))
    };
    attempt().unwrap_or_else(|answer| answer)
}

/// The meeting and position of the invitee that the path names.
fn of_path(
    site: &Site,
    world: &World,
    call: &Call,
    scope: &str,
) -> Result<(String, usize), Answer> {
    let caller = access::caller(site, world, call, scope)?;
    let body = call.json().unwrap_or_default();
    let host_email = call.query("hostEmail").or_else(|| body["hostEmail"].as_str());
    let host = access::host(site, world, &caller, host_email)?;
    let id = call.param("id");
    let (meeting, _) = access::meeting(site, world, host, id)?;
    let position = meeting.invitees.iter().position(|one| one.id == id);
    let position = position.ok_or_else(|| error(site, 404, NOT_FOUND, &[]))?;
    Ok((meeting.id.clone(), position))
}

/// Shows one invitee.
pub fn get(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match of_path(site, &world, call, READ) {
        Ok((meeting, position)) => {
            ok(site, &show(&meeting, &world.webex[&meeting].invitees[position]))
        }
        Err(answer) => answer,
    }
}

/// Changes one invitee.
pub fn put(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    let body = call.json().unwrap_or_default();
    let mut attempt = || -> Result<Answer, Answer> {
        let (id, position) = of_path(site, &world, call, WRITE)?;
        let mut one = read(site, &id, &body).map_err(|text| invalid(site, &text))?;
        let Some(meeting) = world.webex.get_mut(&id) else {
            return Err(error(site, 404, NOT_FOUND, &[]));
        };
        one.id.clone_from(&meeting.invitees[position].id);
        meeting.invitees[position] = one.clone();
        Ok(ok(site, &show(&id, &one)))
    };
    attempt().unwrap_or_else(|answer| answer)
}

/// Removes one invitee.
pub fn delete(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match of_path(site, &world, call, WRITE) {
        Ok((id, position)) => {
            if let Some(meeting) = world.webex.get_mut(&id) {
                meeting.invitees.remove(position);
            }
            done(site)
        }
        Err(answer) => answer,
    }
}
