//! `GET /meetings/{meetingId}` and `/invitation`.

use super::access::{self, Needs};
use super::meeting::Meeting;
use super::{error, ok};
use crate::call::{Answer, Call};
use crate::clock::utc;
use crate::site::Site;
use crate::world::World;
use serde_json::{Value, json};

const NEEDS: Needs = Needs { classic: "meeting:read", granular: "meeting:read:meeting" };
const INVITATION: Needs = Needs { classic: "meeting:read", granular: "meeting:read:invitation" };

/// One meeting, or one of its dates.
pub fn get(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match attempt(site, &world, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn attempt(site: &Site, world: &World, call: &Call) -> Result<Answer, Answer> {
    let caller = access::caller(site, world, call, NEEDS)?;
    let id = access::meeting_id(site, world, call, &caller)?;
    let meeting = &world.zoom[&id];
    let past = call.flag("show_previous_occurrences", false);
    let from = (!past).then(|| site.clock.now());
    let mut shown = meeting.show(world, meeting.show_occurrences(from));
    if let Some(wanted) = call.query("occurrence_id") {
        let one = meeting.occurrences.iter().find(|one| one.id == wanted && !one.deleted);
        let Some(one) = one else {
            return Err(no_occurrence(site));
        };
        shown["start_time"] = json!(utc(one.start));
        shown["duration"] = json!(one.duration);
        if let Some(agenda) = &one.agenda {
            shown["agenda"] = json!(agenda);
        }
        for (name, value) in &one.settings {
            shown["settings"][name] = value.clone();
        }
    }
    Ok(ok(site, 200, &shown))
}

/// Code 300 is documented for an invalid occurrence_id (Zoom API reference, "Delete a meeting").
pub fn no_occurrence(site: &Site) -> Answer {
    error(site, 400, 300, "Invalid occurrence_id.")
}

/// The text that Zoom itself puts into invitations.
pub fn invitation(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let found = access::caller(site, &world, call, INVITATION)
        .and_then(|caller| access::meeting_id(site, &world, call, &caller));
    match found {
        Ok(id) => {
            let body = invitation_body(&world, &world.zoom[&id]);
            ok(site, 200, &body)
        }
        Err(answer) => answer,
    }
}

fn invitation_body(world: &World, meeting: &Meeting) -> Value {
    let host = &world.people[meeting.host].user.display_name;
    let local = meeting.start.to_zoned(meeting.zone());
    let when = match meeting.kind {
        3 => "This is a recurring meeting Meet anytime".to_owned(),
        _ => format!("Time: {} {}", local.strftime("%b %-d, %Y %I:%M %p"), meeting.time_zone),
    };
    let number = meeting.id.to_string();
    let spaced = format!("{} {} {}", &number[..3], &number[3..7], &number[7..]);
    let mut lines = vec![
        format!("{host} is inviting you to a scheduled Zoom meeting."),
        String::new(),
        format!("Topic: {}", meeting.topic),
        when,
        String::new(),
        "Join Zoom Meeting".to_owned(),
        meeting.join_url(),
        String::new(),
        format!("Meeting ID: {spaced}"),
    ];
    if !meeting.password.is_empty() {
        lines.push(format!("Passcode: {}", meeting.password));
    }
    lines.extend([
        String::new(),
        "---".to_owned(),
        String::new(),
        "Dial by your location".to_owned(),
        "+49 69 0000 0001 Germany".to_owned(),
        "+81 3 0000 0001 Japan".to_owned(),
        String::new(),
    ]);
    json!({
        "invitation": lines.join("\r\n"),
        "sip_links": [format!("{number}@zoomcrc.com")],
    })
}
