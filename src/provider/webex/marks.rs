//! Our own marks on a meeting: `integrationTags`, at most three of at most 64 characters, which
//! Webex shows to no other integration.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::meeting::Details;

const FIELD: &str = "integrationTags";
const MAX: usize = 3;
const LONGEST: usize = 64;
/// Before the zone in which the meeting was planned: Webex answers with times in UTC and does not
/// tell it.
const ZONE: &str = "meetbridge-zone:";

/// Marks a new meeting beside what the caller's own options say.
pub fn put(body: &mut Map<String, Value>, details: &Details, mark: Option<&str>) -> Result<()> {
    if let Some(mark) = mark {
        let tags = body.entry(FIELD).or_insert_with(|| json!([]));
        match tags.as_array_mut().filter(|tags| tags.len() < MAX) {
            Some(tags) => tags.push(mark.into()),
            None => {
                let own = MAX - 1;
                let what =
                    format!("meeting.provider_options.{FIELD}: at most {own} beside a reference");
                return Err(Error::invalid_argument(what));
            }
        }
    }
    if let Some(zone) = zone(details) {
        let tags = body.entry(FIELD).or_insert_with(|| json!([]));
        if let Some(tags) = tags.as_array_mut().filter(|tags| tags.len() < MAX) {
            tags.push(zone.into());
        }
    }
    Ok(())
}

/// Exchanges the zone's mark when the times change, unless the caller sets all marks himself.
pub fn renew_zone(body: &mut Map<String, Value>, details: &Details, now: &[String]) {
    let Some(zone) = zone(details) else { return };
    if body.contains_key(FIELD) || now.contains(&zone) {
        return;
    }
    let others = now.iter().filter(|mark| !mark.starts_with(ZONE));
    let mut marks: Vec<String> = others.cloned().collect();
    if marks.len() < MAX {
        marks.push(zone);
        body.insert(FIELD.into(), marks.into());
    }
}

/// The zone that a meeting's marks tell.
pub fn zone_of(marks: &[String]) -> Option<String> {
    marks.iter().find_map(|mark| mark.strip_prefix(ZONE)).map(str::to_owned)
}

fn zone(details: &Details) -> Option<String> {
    let zone = details.schedule.as_ref()?.start.zone.as_ref()?;
    Some(format!("{ZONE}{}", zone.name)).filter(|mark| mark.len() <= LONGEST)
}
