//! The pages behind join links, so that a test can tell a living meeting from a deleted one.

use crate::call::{Answer, Call};
use crate::clock::utc;
use crate::oauth::page;
use crate::site::Site;

/// Zoom's `join_url`.
pub fn zoom(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let id = call.param("id").parse::<u64>().unwrap_or_default();
    let Some(meeting) = world.zoom.get(&id).filter(|meeting| !meeting.deleted) else {
        return gone();
    };
    if call.query("pwd").unwrap_or_default() != meeting.encrypted_password {
        let text = vec!["Please enter the meeting passcode.".to_owned()];
        return Answer::html(200, page::plain("Passcode required", &text));
    }
    let start = if meeting.kind == 3 { "anytime".to_owned() } else { utc(meeting.start) };
    show(&meeting.topic, &start, &world.people[meeting.host].user.display_name)
}

/// Webex's `webLink`.
pub fn webex(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let found = world.webex.values().find(|meeting| meeting.link == call.param("id"));
    let Some(meeting) = found else {
        return gone();
    };
    show(&meeting.title, &utc(meeting.start), &world.people[meeting.host].user.display_name)
}

fn show(topic: &str, start: &str, host: &str) -> Answer {
    let lines = [format!("Start: {start}"), format!("Host: {host}")];
    Answer::html(200, page::plain(topic, &lines))
}

fn gone() -> Answer {
    let lines = ["This meeting does not exist or has been deleted.".to_owned()];
    Answer::html(404, page::plain("Meeting not found", &lines))
}
